//! The verification that is one statement: what it grants, and that it does nothing
//! where anything stands in the way.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    Event, EventFilter, Postgres, RecordId,
    stopgap::{CodeDigest, Name, OnlinePolicy, Purpose},
    store::{CodeRow, Presentation, Store},
};

use crate::place::{Place, root};

/// All that is asked of a code, to be changed one by one.
#[derive(Clone)]
struct Asked {
    digests: Vec<CodeDigest>,
    user: Name,
    purpose: Purpose,
    attempt: Option<Name>,
    now: DateTime<Utc>,
    noted: (DateTime<Utc>, DateTime<Utc>),
    tenant: Name,
}

fn grant(store: &Postgres, asked: &Asked, event: &Event) -> Option<CodeRow> {
    // A line of its own each time.
    let mut id = *event.id.as_bytes();
    id[8..].copy_from_slice(&rand().to_be_bytes());
    let event = Event {
        id: RecordId::from_bytes(id),
        ..event.clone()
    };
    let presentation = Presentation {
        digests: &asked.digests,
        user: &asked.user,
        purpose: asked.purpose,
        attempt: asked.attempt.as_ref(),
        now: asked.now,
        noted: asked.noted,
        event: &event,
    };
    let granted = store.at_once().unwrap().grant(&asked.tenant, &presentation);
    granted.unwrap()
}

fn rand() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(())
}

#[test]
fn it_grants_only_where_all_holds() {
    let Some(place) = Place::new() else { return };
    let registry = &place.registry;
    let policy = OnlinePolicy::default().max_uses(3);
    let policy = policy.purposes(Purpose::Reset);
    let issued = registry.issue_code(&root(), "alice", &policy, &Utc);
    let record = issued.unwrap().record;
    let event = registry.events(&root(), &EventFilter::default()).unwrap();
    let event = event.into_iter().next().unwrap();
    let store = Postgres::open(place.database.url(), Utc::now()).unwrap();
    let name = |text| Name::new(text).unwrap();
    let (tenant, alice) = (name("default"), name("alice"));
    let mut digest = None;
    let looked = store.read(&tenant, &mut |rows| {
        digest = Some(rows.codes_of(&alice, None, 1)?.remove(0).digest);
        Ok(())
    });
    looked.unwrap();
    let digest = digest.unwrap();
    let now = Utc::now();
    let good = Asked {
        digests: vec![CodeDigest::from_bytes([9; 32]), digest],
        user: alice,
        purpose: Purpose::Reset,
        attempt: None,
        now,
        noted: (now - TimeDelta::minutes(1), now + TimeDelta::minutes(2)),
        tenant,
    };
    let lines = || place.psql("SELECT count(*) FROM stopgap.events");
    let row = grant(&store, &good, &event).unwrap();
    // As it was before.
    assert_eq!((row.record.uses, place.uses()), (0, "1".to_owned()));
    // One that was answered already.
    let (verified, code) = (Some(name("known")), "0123-4567-89AB");
    let unknown = registry.verify_code("bob", code, Purpose::Reset, Some("known"));
    assert_eq!(unknown.unwrap_err().reason(), "unknown");
    let before = lines();
    let refused = |asked: &Asked, why: &str| {
        let uses = place.uses();
        assert!(grant(&store, asked, &event).is_none(), "{why}");
        assert_eq!((place.uses(), lines()), (uses, before.clone()), "{why}");
    };
    let end = record.expires_at;
    let far = TimeDelta::days(400);
    let with = |change: &dyn Fn(&mut Asked)| {
        let mut asked = good.clone();
        change(&mut asked);
        asked
    };
    refused(&with(&|it| it.user = name("bob")), "another user");
    refused(&with(&|it| it.purpose = Purpose::Bypass), "another purpose");
    refused(&with(&|it| it.tenant = name("other")), "another tenant");
    refused(&with(&|it| it.digests.truncate(1)), "another code");
    refused(
        &with(&|it| it.attempt = verified.clone()),
        "a known attempt",
    );
    refused(&with(&|it| it.now = end), "expired");
    refused(&with(&|it| it.noted.0 = now + far), "noted too long ago");
    refused(&with(&|it| it.noted.1 = now - far), "noted later than now");
    for (change, back) in [
        ("throttles SET failures = 1", "throttles SET failures = 0"),
        (
            "throttles SET closed_until = '2000-01-01'",
            "throttles SET closed_until = NULL",
        ),
        (
            "online_codes SET revoked_at = now()",
            "online_codes SET revoked_at = NULL",
        ),
        (
            "online_codes SET not_before = now() + '1 hour'",
            "online_codes SET not_before = NULL",
        ),
        ("online_codes SET uses = 3", "online_codes SET uses = 1"),
        (
            "online_codes SET max_uses = NULL, purposes = 0",
            &format!(
                "online_codes SET max_uses = 3, purposes = {}",
                record.purposes.bits()
            ),
        ),
    ] {
        place.psql(&format!("UPDATE stopgap.{change}"));
        refused(&good, change);
        place.psql(&format!("UPDATE stopgap.{back}"));
    }
    // At the last microsecond, and to the last use.
    let last = with(&|it| it.now = end - TimeDelta::microseconds(1));
    assert_eq!(grant(&store, &last, &event).unwrap().record.uses, 1);
    assert_eq!(grant(&store, &good, &event).unwrap().record.uses, 2);
    assert!(grant(&store, &good, &event).is_none());
    assert_eq!(place.uses(), "3");
}
