//! The values that a caller gives: requests, their circumstances, ids and key sources.

use std::{collections::HashMap, fmt};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    Access, Context, InvalidValue, IssueRequest, KeyId, KeyRing, KeySource, MasterKey, Name,
    OnlinePolicy, Purpose, RecordId, Scopes, SecurityRequest, VerifyRequest,
};

use super::{NOW, at, issue, keys, rng};

#[test]
fn a_context_has_the_values_its_builders_set() {
    let none = Context::default();
    assert_eq!(
        (
            none.source_address,
            none.request_id,
            none.reason,
            none.ticket
        ),
        (None, None, None, None)
    );
    let context = Context::default()
        .source_address("192.0.2.7")
        .request_id("r-1")
        .reason("lost token")
        .ticket("INC-4711");
    assert_eq!(context.source_address, Some("192.0.2.7"));
    assert_eq!(context.request_id, Some("r-1"));
    assert_eq!(context.reason, Some("lost token"));
    assert_eq!(context.ticket, Some("INC-4711"));
    // Each builder sets its own field only.
    for (one, expected) in [
        (none.source_address("a"), [Some("a"), None, None, None]),
        (none.request_id("a"), [None, Some("a"), None, None]),
        (none.reason("a"), [None, None, Some("a"), None]),
        (none.ticket("a"), [None, None, None, Some("a")]),
    ] {
        let fields = [one.source_address, one.request_id, one.reason, one.ticket];
        assert_eq!(fields, expected);
    }
}

#[test]
fn requests_have_the_values_they_are_made_from() {
    let context = Context::default().ticket("INC-4711");
    let issue = IssueRequest::new("alice").context(context);
    assert_eq!((issue.user, issue.context), ("alice", context));
    assert_eq!(IssueRequest::from("alice"), IssueRequest::new("alice"));
    assert_ne!(issue, IssueRequest::new("alice"));

    let verify = VerifyRequest::new("alice", "3F9A", Purpose::Register);
    assert_eq!(
        (verify.user, verify.text, verify.purpose),
        ("alice", "3F9A", Purpose::Register)
    );
    assert_eq!(
        (verify.idempotency_key, verify.context),
        (None, Context::default())
    );
    let full = verify.idempotency_key("5f0c").context(context);
    assert_eq!(
        (full.idempotency_key, full.context),
        (Some("5f0c"), context)
    );
    assert_eq!((full.user, full.text), ("alice", "3F9A"));

    let access = Access::SameAs("bob".parse().unwrap());
    let scopes = Scopes::new(["a"]).unwrap();
    let security = SecurityRequest::new(access.clone(), scopes.clone());
    assert_eq!(
        (security.description, security.context),
        ("", Context::default())
    );
    let security = security.description("nightly").context(context);
    assert_eq!((&security.access, &security.scopes), (&access, &scopes));
    assert_eq!(
        (security.description, security.context),
        ("nightly", context)
    );
}

#[test]
fn debug_of_a_request_hides_the_text() {
    let request = VerifyRequest::new("alice", "3F9A-77C2-01BE", Purpose::Reset)
        .idempotency_key("5f0c")
        .context(Context::default().ticket("INC-4711"));
    for debug in [format!("{request:?}"), format!("{request:#?}")] {
        for shown in ["alice", "Reset", "5f0c", "INC-4711"] {
            assert!(debug.contains(shown), "{debug}");
        }
        for hidden in ["3F9A", "77C2", "01BE", " text:"] {
            assert!(!debug.contains(hidden), "{debug}");
        }
    }
}

/// The circumstances are only for the log: codes and records do not depend on them.
#[test]
fn a_record_does_not_depend_on_the_circumstances() {
    let (_, plain) = issue(OnlinePolicy::default());
    let context = Context::default().reason("lost token").ticket("INC-4711");
    let request = IssueRequest::new("alice").context(context);
    let policy = OnlinePolicy::default();
    let (code, full) = policy.issue(&keys(), request, at(NOW), &mut rng()).unwrap();
    assert_eq!(full.tag(), plain.tag());
    let shown = code.reveal();
    let typed = VerifyRequest::new("alice", shown.as_str(), Purpose::Reset);
    for request in [typed, typed.context(context).idempotency_key("")] {
        assert!(full.verify(&keys(), &request, at(NOW)).is_ok());
    }
}

#[test]
fn an_id_is_a_uuid_that_holds_its_time() {
    let micros = at(NOW) + TimeDelta::microseconds(123_456);
    let id = RecordId::new(micros, &mut rng()).unwrap();
    assert_eq!(id.created_at(), micros);
    let text = id.to_string();
    assert_eq!(text.len(), 36);
    assert_eq!(text.as_bytes()[14], b'7');
    assert!(b"89ab".contains(&text.as_bytes()[19]));
    for typed in [
        text.clone(),
        text.to_uppercase(),
        text.replace('-', ""),
        format!(" {text}\r\n"),
    ] {
        assert_eq!(typed.parse(), Ok(id), "{typed}");
    }
    assert_eq!(RecordId::from_bytes(*id.as_bytes()), id);
    assert_eq!(format!("{id:?}"), text);
    for typed in [
        "",
        "alice",
        &text[1..],
        &format!("{text}0"),
        "3F9A-77C2-01BE",
    ] {
        let refused = typed.parse::<RecordId>().unwrap_err();
        assert_eq!(refused, InvalidValue::RecordId, "{typed}");
        assert_eq!(refused.reason(), "record_id");
    }
    // Two ids of the same instant differ, and sort after all earlier ones.
    let mut rng = rng();
    let ids = [(); 2].map(|()| RecordId::new(micros, &mut rng).unwrap());
    assert_ne!(ids[0], ids[1]);
    let later = RecordId::new(micros + TimeDelta::microseconds(1), &mut rng).unwrap();
    for id in ids {
        assert!(RecordId::first_at(micros) <= id && id < later);
        assert!(id < RecordId::first_at(micros + TimeDelta::nanoseconds(1)));
    }
    for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let id = RecordId::new(end, &mut rng).unwrap();
        assert_eq!(id.to_string().parse(), Ok(id));
        let _ = RecordId::first_at(end);
    }
}

/// A vault that derives the master keys of tenants, but does not know every tenant.
struct Vault(HashMap<&'static str, [u8; 32]>);

#[derive(Debug, PartialEq)]
struct NoTenant;

impl fmt::Display for NoTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such tenant")
    }
}

impl std::error::Error for NoTenant {}

impl KeySource for Vault {
    type Error = NoTenant;

    fn tenant_ring(&self, tenant: &Name) -> Result<KeyRing, NoTenant> {
        let master = self.0.get(tenant.as_str()).ok_or(NoTenant)?;
        Ok(KeyRing::new(KeyId(1), &MasterKey::from_bytes(*master)))
    }
}

/// Issues and verifies with the keys of any source.
fn use_source(source: &impl KeySource, tenant: &str) -> Option<String> {
    let keys = source.tenant_ring(&Name::new(tenant).unwrap()).ok()?;
    let issued = OnlinePolicy::default().issue(&keys, "alice", at(NOW), &mut rng());
    let (code, record) = issued.unwrap();
    let shown = code.reveal();
    let request = VerifyRequest::new("alice", shown.as_str(), Purpose::Reset);
    let granted = record.verify(&keys, &request, at(NOW)).unwrap();
    Some(format!("{:?}", granted.record.tag().as_bytes()))
}

#[test]
fn a_ring_and_a_vault_are_sources_of_the_same_keys() {
    let acme = Name::new("acme").unwrap();
    let of_acme = *MasterKey::from_bytes([7; 32]).tenant(&acme).reveal();
    let vault = Vault(HashMap::from([("acme", of_acme)]));
    let from_ring = use_source(&keys(), "acme");
    assert!(from_ring.is_some());
    assert_eq!(use_source(&vault, "acme"), from_ring);
    assert_ne!(use_source(&keys(), "default"), from_ring);
    assert_eq!(use_source(&vault, "default"), None);
    let refused = vault.tenant_ring(&Name::new("default").unwrap());
    assert_eq!(refused.map(|_| ()), Err(NoTenant));
}
