//! Revocation by order and by id, and the purge of codes that have ended.

use chrono::{TimeDelta, Utc};
use stopgap_registry::{
    PurgePolicy,
    stopgap::{OnlinePolicy, Purpose, RecordId, Refusal, VerifyRequest},
    store::{Table, Value},
};

use crate::world::{World, desk, reason, ring, root};

fn policy() -> OnlinePolicy {
    OnlinePolicy::default()
}

/// The last code is the one that was issued last, even if the clocks differ.
pub(crate) fn the_last_code_is_the_one_issued_last(world: &World) {
    let ahead = TimeDelta::seconds(89);
    // Another server's clock is ahead, within the tolerance.
    world.pass(ahead);
    let first = world.issue(&policy());
    world.pass(-ahead);
    let second = world.issue(&policy());
    let codes = world.registry.codes(&desk(), "alice").unwrap();
    assert!(codes[0].number > codes[1].number && codes[0].id < codes[1].id);
    let revoked = world.registry.revoke_last_code(&desk(), "alice").unwrap();
    assert_eq!(revoked.id, codes[0].id);
    assert_eq!(world.refusal(&second).reason(), "revoked");
    let _ = world.verify(&first).unwrap();

    // This also holds after the clock that was ahead was corrected.
    world.pass(TimeDelta::hours(1));
    let third = world.issue(&policy());
    world.pass(TimeDelta::hours(-1));
    world.registry.accept_clock(&root()).unwrap();
    let fourth = world.issue(&policy());
    world.registry.revoke_last_code(&desk(), "alice").unwrap();
    assert_eq!(world.refusal(&fourth).reason(), "revoked");
    let _ = world.verify(&third).unwrap();
}

pub(crate) fn a_code_is_revoked_by_its_id(world: &World) {
    let codes = [world.issue(&policy()), world.issue(&policy())];
    let ids = world.registry.codes(&desk(), "alice").unwrap();
    let ids: Vec<RecordId> = ids.iter().rev().map(|record| record.id).collect();
    let revoked = world.registry.revoke_code(&desk(), ids[0]).unwrap();
    assert_eq!((revoked.id, revoked.user.as_str()), (ids[0], "alice"));
    let event = world.last_event();
    assert_eq!(event.subject, Some(ids[0].to_string()));
    assert_eq!(event.user.unwrap(), "alice");
    assert_eq!(world.refusal(&codes[0]).reason(), "revoked");
    let _ = world.verify(&codes[1]).unwrap();
    // There is nothing to revoke the second time, or under an unknown id.
    let unknown = RecordId::from_bytes([7; 16]);
    for id in [ids[0], unknown] {
        assert_eq!(reason(world.registry.revoke_code(&desk(), id)), "no_code");
        let event = world.last_event();
        assert_eq!(event.reason.as_deref(), Some("no_code"));
        assert_eq!(event.subject, Some(id.to_string()));
    }
    // An id of another tenant is unknown.
    let other = world.open("other", &ring(&[1])).unwrap();
    assert_eq!(reason(other.revoke_code(&desk(), ids[1])), "no_code");
    let _ = world.verify(&codes[1]).unwrap();
}

/// The time of a revocation or of the last use decides when a code is purged.
pub(crate) fn codes_are_purged_by_when_they_ended(world: &World) {
    let month = policy().validity(stopgap::Validity::MONTH);
    let revoked = world.issue(&month);
    world.registry.revoke_last_code(&desk(), "alice").unwrap();
    let used = world.issue(&month.max_uses(1));
    let _ = world.verify(&used).unwrap();
    let twice = world.issue(&month.max_uses(2));
    let _ = world.verify(&twice).unwrap();
    let live = world.issue(&month);
    let purge = |codes_days| {
        let policy = PurgePolicy {
            codes_days,
            ..PurgePolicy::default()
        };
        world.registry.purge(&root(), &policy).unwrap().codes
    };
    world.pass(TimeDelta::hours(23));
    assert_eq!(purge(1), 0);
    world.pass(TimeDelta::hours(2));
    assert_eq!(purge(2), 0);
    assert_eq!(purge(1), 2);
    for code in [&revoked, &used] {
        assert_eq!(world.refusal(code), Refusal::Unknown);
    }
    for code in [&twice, &live] {
        let _ = world.verify(code).unwrap();
    }
    world.pass(TimeDelta::minutes(1));
    assert_eq!(purge(0), 1);
    let _ = world.verify(&live).unwrap();
    let issued = world.registry.issue_code(&desk(), "alice", &policy(), &Utc);
    let _ = issued.unwrap();
}

/// The number of a user's changes is the version of all the user's records. A call that leaves
/// it as it was could be decided on records that another call has changed.
pub(crate) fn every_change_of_a_user_is_counted(world: &World) {
    let count = || {
        let row = world.row(Table::Heads, vec!["alice".into()]);
        let Value::Integer(changes) = row.value("changes") else {
            panic!("{row:?}");
        };
        *changes
    };
    let once = world.issue(&policy().max_uses(1));
    let any = world.issue(&policy());
    assert_eq!(count(), 2);
    // A use that is not counted changes no record.
    let _ = world.verify(&any).unwrap();
    assert_eq!(count(), 2);
    let _ = world.verify(&once).unwrap();
    assert_eq!(count(), 3);
    // A failure changes the throttle, and so does the end of failures.
    world.refusal("0000-0000-0000");
    let failed = count();
    let _ = world.verify(&any).unwrap();
    assert_eq!(count(), failed + 1);
    let request = VerifyRequest::new("alice", &any, Purpose::Bypass).idempotency_key("one");
    let _ = world.registry.verify_code(&request).unwrap();
    assert_eq!(count(), failed + 2);
    let _ = world.registry.verify_code(&request).unwrap();
    assert_eq!(count(), failed + 2);

    world.registry.revoke_last_code(&desk(), "alice").unwrap();
    assert_eq!(count(), failed + 3);
    assert_eq!(
        world.registry.revoke_all_codes(&desk(), "alice").unwrap(),
        0
    );
    assert_eq!(count(), failed + 3);
    world.issue(&policy());
    assert_eq!(
        world.registry.revoke_all_codes(&desk(), "alice").unwrap(),
        1
    );
    assert_eq!(count(), failed + 5);
}
