//! Expiry on the wall clocks of IANA time zones, and reading of validities.

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};
use serde_json::Value;
use stopgap::Validity;

use super::{text, zone};

pub(crate) fn expiry(group: &Value, test: &Value) {
    if group["kind"] == "parse" {
        return parse(test);
    }
    expires(test, zone(test));
    #[cfg(feature = "zones")]
    expires(test, text(test, "zone").parse::<stopgap::Zone>().unwrap());
}

fn expires(test: &Value, zone: impl TimeZone) {
    let issued_at: DateTime<Utc> = text(test, "issuedAt").parse().unwrap();
    let validity: Result<Validity, _> = text(test, "validity").parse();
    let expires_at = validity.map(|validity| validity.expires_at(issued_at.with_timezone(&zone)));
    match (expires_at, text(test, "result")) {
        (Ok(Ok(expires_at)), "valid") => {
            let utc = expires_at.to_utc();
            assert_eq!(
                utc.to_rfc3339_opts(SecondsFormat::Secs, true),
                text(test, "expiresAt")
            );
            if let Some(local) = test["expiresAtLocal"].as_str() {
                assert_eq!(
                    expires_at.to_rfc3339_opts(SecondsFormat::Secs, false),
                    local
                );
            }
            if let Some(canonical) = test["canonicalValidity"].as_str() {
                assert_eq!(validity.unwrap().to_string(), canonical);
            }
        }
        (Ok(Err(_)) | Err(_), "invalid") => {}
        (outcome, result) => panic!("{result}, but {outcome:?}"),
    }
}

fn parse(test: &Value) {
    match (
        text(test, "input").parse::<Validity>(),
        text(test, "result"),
    ) {
        (Ok(validity), "valid") => assert_eq!(validity.to_string(), text(test, "canonical")),
        (Err(_), "invalid") => {}
        (outcome, result) => panic!("{result}, but {outcome:?}"),
    }
}
