//! Values that are derived from keys: digests, request codes, offline codes.

use serde_json::Value;
use stopgap::{
    Alphabet, Code, CodeFormat, EnrolmentKey, KeyId, KeyRing, MasterKey, Name, Purpose, Validity,
    offline::{Enrolment, LocatePolicy, RequestError, SUITE},
};

use super::{array, field, figure, from_hex, hex, instant, text};

pub(super) fn ring(test: &Value) -> (MasterKey, KeyRing) {
    let master = MasterKey::from_hex(text(test, "master")).unwrap();
    let keys = KeyRing::new(KeyId(1), &master);
    (master, keys)
}

/// An alphabet that can write these symbols: digests do not depend on it.
pub(super) fn alphabet_of(code: &str) -> Alphabet {
    let mut symbols = String::new();
    for symbol in code.chars().chain('0'..='9').chain('A'..='Z') {
        if symbols.len() < 16 && !symbols.contains(symbol) {
            symbols.push(symbol);
        }
    }
    Alphabet::new(&symbols).unwrap()
}

pub(crate) fn digests(_: &Value, test: &Value) {
    let names = ["user", "tenant"].map(|name| text(test, name).parse::<Name>());
    if text(test, "result") == "invalid" {
        assert!(names.iter().any(Result::is_err));
        return;
    }
    assert_eq!(text(test, "result"), "valid");
    let [user, tenant] = names.map(Result::unwrap);
    let (master, keys) = ring(test);

    let code = text(test, "code");
    let length = u8::try_from(code.len()).unwrap();
    let code = CodeFormat::new(alphabet_of(code), length)
        .normalize(code)
        .unwrap();
    let digests: Vec<_> = keys.online_digests(&user, &code).collect();
    let [computed] = digests[..] else {
        panic!("{digests:?}");
    };
    assert_eq!(computed.key_id(), KeyId(1));
    assert_eq!(
        hex(computed.digest().as_bytes()),
        text(test, "onlineDigest")
    );

    let code = Code::from_canonical(text(test, "securityCode")).unwrap();
    let digests: Vec<_> = keys.security_digests(&code).collect();
    let [computed] = digests[..] else {
        panic!("{digests:?}");
    };
    assert_eq!(computed.key_id(), KeyId(1));
    assert_eq!(
        hex(computed.digest().as_bytes()),
        text(test, "securityDigest")
    );

    let of_tenant = master.tenant(&tenant);
    assert_eq!(hex(of_tenant.reveal()), text(test, "tenantMaster"));
    // The ring of a tenant has the same keys.
    let code = Code::from_canonical(text(test, "securityCode")).unwrap();
    let of_ring = keys.tenant(&tenant);
    let of_master = KeyRing::new(KeyId(1), &of_tenant);
    let digest = |keys: &KeyRing| {
        *keys
            .security_digests(&code)
            .next()
            .unwrap()
            .digest()
            .as_bytes()
    };
    assert_eq!(digest(&of_ring), digest(&of_master));
}

pub(crate) fn offline(group: &Value, test: &Value) {
    assert_eq!(text(group, "ocraSuite"), SUITE);
    let (_, keys) = ring(test);
    let names = ["user", "machine"].map(|name| text(test, name).parse::<Name>());
    if text(test, "result") == "invalid" {
        let register = text(test, "purpose") == Purpose::Register.as_str();
        let validity = text(test, "validity").parse::<Validity>();
        let offline = validity.is_ok_and(Validity::is_calendar);
        assert!(names.iter().any(Result::is_err) || register || !offline);
        return;
    }
    assert_eq!(text(test, "result"), "valid");
    let [user, machine] = names.map(Result::unwrap);
    let generation = field(test, "generation");
    let enrolled_at = chrono::DateTime::UNIX_EPOCH;
    let enrolment = Enrolment::migrate(&keys, user, machine, generation, enrolled_at).unwrap();
    let key = enrolment.key(&keys).unwrap();
    assert_eq!(hex(key.reveal()), text(test, "enrolmentKey"));

    let alphabet = Alphabet::new(text(test, "alphabet")).unwrap();
    let minute = field(test, "minute");
    let purpose: Purpose = text(test, "purpose").parse().unwrap();
    let validity: Validity = text(test, "validity").parse().unwrap();
    assert_eq!(purpose.to_string(), text(test, "purpose"));
    assert_eq!(validity.to_string(), text(test, "validity"));

    assert_eq!(
        key.request_code(minute, &alphabet).canonical(),
        text(test, "request")
    );
    let input = key.ocra_data_input(minute, purpose, validity).unwrap();
    assert_eq!(hex(&input), text(test, "ocraDataInput"));
    let code = key
        .offline_code(minute, purpose, validity, &alphabet)
        .unwrap();
    assert_eq!(code.reveal().canonical(), text(test, "code"));
}

pub(crate) fn requests(group: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let default = LocatePolicy::default();
    let policy = LocatePolicy {
        past_minutes: figure(group, "pastMinutes", default.past_minutes),
        ahead_minutes: figure(group, "aheadMinutes", default.ahead_minutes),
        diagnose_minutes: figure(group, "diagnoseMinutes", default.diagnose_minutes),
        window_minutes: figure(group, "windowMinutes", default.window_minutes),
    };
    let enrolments: Vec<_> = array(&test["enrolmentKeys"])
        .map(|key| EnrolmentKey::from_slice(&from_hex(key.as_str().unwrap())).unwrap())
        .collect();
    let located = policy.locate(
        &enrolments,
        text(test, "request"),
        &Alphabet::UNAMBIGUOUS,
        instant(&test["now"]),
    );
    if let Err(refused) = &located {
        assert_eq!(refused.reason(), text(test, "located"));
    }
    match located {
        Ok(located) => {
            assert_eq!(text(test, "located"), "ok");
            assert_eq!(test["index"], located.index);
            assert_eq!(test["minute"], located.minute);
            assert_eq!(test["late"], located.late);
        }
        Err(RequestError::ClockSkew { index, minutes, .. }) => {
            assert_eq!(test["index"], index);
            assert_eq!(test["skewMinutes"], minutes);
        }
        Err(_) => {}
    }
}
