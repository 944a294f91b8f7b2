//! Expiry on the wall clocks of the IANA time zones.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use stopgap::Validity;

use super::{text, zone};

pub(crate) fn expiry(_: &Value, test: &Value) {
    let issued_at: DateTime<Utc> = text(test, "issuedAt").parse().unwrap();
    let zone = zone(test);
    let validity: Result<Validity, _> = text(test, "validity").parse();
    let expires_at = validity.map(|validity| validity.expires_at(issued_at.with_timezone(&zone)));
    match (expires_at, text(test, "result")) {
        (Ok(Ok(expires_at)), "valid") => {
            let seconds = |local: bool| {
                if local {
                    expires_at.to_rfc3339_opts(SecondsFormat::Secs, false)
                } else {
                    expires_at
                        .to_utc()
                        .to_rfc3339_opts(SecondsFormat::Secs, true)
                }
            };
            assert_eq!(seconds(false), text(test, "expiresAt"));
            assert_eq!(seconds(true), text(test, "expiresAtLocal"));
        }
        (Ok(Err(_)) | Err(_), "invalid") => {}
        (outcome, result) => panic!("{result}, but {outcome:?}"),
    }
}
