use chrono::{TimeDelta, Utc};
use stopgap_registry::stopgap::{
    Access, EnrolmentKey, KeyId, OnlinePolicy, Purpose, Refusal, Role, Scopes, SecurityRequest,
    Validity, VerifyRequest, offline::Agent,
};

use crate::world::{World, desk, master, reason, refused, ring, root};

pub(crate) fn a_new_key_invalidates_nothing(world: &World) {
    let registry = &world.registry;
    let code = world.issue(&OnlinePolicy::default());
    let secret = registry
        .create_security_code(
            &root(),
            SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED),
        )
        .unwrap();
    let enrolled = registry
        .enrol_machine(&desk(), "alice", "LAPTOP-17")
        .unwrap();
    let laptop = Agent::new(EnrolmentKey::from_bytes(*enrolled.key.reveal()));

    registry.add_key(&root(), KeyId(2), &master(2)).unwrap();
    let newer = world.issue(&OnlinePolicy::default());
    let restarted = world.open("default", &ring(&[1, 2])).unwrap();
    for registry in [registry, &restarted] {
        for typed in [&code, &newer] {
            let _ = registry
                .verify_code(&VerifyRequest::new("alice", typed, Purpose::Reset))
                .unwrap();
        }
        let _ = registry
            .authenticate(secret.code.as_str(), |_| Role::User)
            .unwrap();
        let request = laptop.request_code(world.now()).to_string();
        let _ = registry
            .answer_request(
                &desk(),
                &VerifyRequest::new("alice", &request, Purpose::Reset),
                Validity::DAY,
                &Utc,
            )
            .unwrap();
    }
    let codes = registry.codes(&desk(), "alice").unwrap();
    assert_eq!((codes[0].key_id, codes[1].key_id), (KeyId(2), KeyId(1)));

    // Without the new key, its codes are unknown.
    let behind = world.open("default", &ring(&[1])).unwrap();
    let unknown = behind.verify_code(&VerifyRequest::new("alice", &newer, Purpose::Reset));
    assert_eq!(refused(unknown), Refusal::Unknown);
    let _ = behind
        .verify_code(&VerifyRequest::new("alice", &code, Purpose::Reset))
        .unwrap();
}

pub(crate) fn a_key_that_is_needed_cannot_be_retired(world: &World) {
    let registry = &world.registry;
    let retire = || registry.retire_key(&root(), KeyId(1));
    assert_eq!(reason(retire()), "primary_key");
    assert_eq!(
        reason(registry.retire_key(&root(), KeyId(9))),
        "key_missing"
    );
    let code = world.issue(&OnlinePolicy::default());
    registry.add_key(&root(), KeyId(2), &master(2)).unwrap();
    assert_eq!(
        reason(registry.add_key(&root(), KeyId(2), &master(3))),
        "key_exists"
    );
    assert_eq!(reason(retire()), "key_in_use");
    registry.revoke_all_codes(&desk(), "alice").unwrap();
    retire().unwrap();
    // The second time, there is nothing to retire.
    assert_eq!(reason(retire()), "key_missing");
    assert_eq!(world.refusal(&code), Refusal::Unknown);

    // Each kind of record keeps a key in use, in any tenant.
    let acme = world.open("acme", &ring(&[2])).unwrap();
    let _ = acme
        .issue_code(&desk(), "zoe", &OnlinePolicy::default(), &Utc)
        .unwrap();
    registry.add_key(&root(), KeyId(3), &master(3)).unwrap();
    let retire = || registry.retire_key(&root(), KeyId(2));
    assert_eq!(reason(retire()), "key_in_use");
    world.pass(TimeDelta::days(1) + TimeDelta::seconds(1));

    let older = world.open("default", &ring(&[2])).unwrap();
    let _ = older.enrol_machine(&desk(), "alice", "LAPTOP-17").unwrap();
    assert_eq!(reason(retire()), "key_in_use");
    older.retire_machine(&desk(), "alice", "LAPTOP-17").unwrap();

    let secret = older
        .create_security_code(
            &root(),
            SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED),
        )
        .unwrap();
    let id = secret.record.id;
    assert_eq!(reason(retire()), "key_in_use");
    // An expired one can be reactivated for a week.
    world.pass(TimeDelta::days(2));
    assert_eq!(reason(retire()), "key_in_use");
    older.reactivate_security_code(&root(), id).unwrap();
    older.make_security_code_permanent(&root(), id).unwrap();
    world.pass(TimeDelta::days(100));
    assert_eq!(reason(retire()), "key_in_use");
    let deletion = older.request_deletion(&root(), id).unwrap();
    older
        .confirm_deletion(&root(), id, &deletion.confirmation)
        .unwrap();
    retire().unwrap();
}

pub(crate) fn another_key_with_a_known_number_is_refused(world: &World) {
    let keys = stopgap::KeyRing::new(KeyId(1), &master(2));
    let wrong = world.open("default", &keys);
    assert_eq!(
        wrong.as_ref().unwrap_err().kind(),
        stopgap_registry::ErrorKind::Store
    );
    assert_eq!(reason(wrong), "wrong_key");
    // A new tenant may still have it.
    world.open("acme", &keys).unwrap();
    world.open("default", &ring(&[1, 2])).unwrap();
    assert_eq!(
        reason(world.registry.add_key(&root(), KeyId(2), &master(3))),
        "wrong_key"
    );
    world
        .registry
        .add_key(&root(), KeyId(2), &master(2))
        .unwrap();
}

pub(crate) fn the_ring_and_the_store_agree(world: &World) {
    let registry = &world.registry;
    world.issue(&OnlinePolicy::default());
    registry.add_key(&root(), KeyId(2), &master(2)).unwrap();
    world.open("default", &ring(&[1, 2, 3])).unwrap();
    let keys = registry.keys(&root()).unwrap();
    let seen: Vec<_> = keys
        .iter()
        .map(|key| (key.id.0, key.primary, key.present, key.needed))
        .collect();
    assert_eq!(
        seen,
        [
            (1, false, true, true),
            (2, true, true, false),
            (3, false, false, false)
        ]
    );
    // Opening the store with a ring that still has a retired key does not change this.
    registry.revoke_all_codes(&desk(), "alice").unwrap();
    registry.retire_key(&root(), KeyId(1)).unwrap();
    let retired = registry.keys(&root()).unwrap()[0];
    assert!(retired.retired_at.is_some());
    world.pass(TimeDelta::hours(1));
    world.open("default", &ring(&[1, 2])).unwrap();
    assert_eq!(registry.keys(&root()).unwrap()[0], retired);
    // A key that is added again is in use again, and keeps its first time.
    registry.add_key(&root(), KeyId(1), &master(1)).unwrap();
    let again = registry.keys(&root()).unwrap()[0];
    assert_eq!((again.retired_at, again.added_at), (None, retired.added_at));
}

/// Another process does not know yet that its key was retired.
pub(crate) fn a_retired_key_issues_nothing(world: &World) {
    let behind = world.open("default", &ring(&[1])).unwrap();
    let once = OnlinePolicy::default().max_uses(1);
    let used = world.issue(&OnlinePolicy::default().max_uses(2));
    let _ = world.verify(&used).unwrap();
    let registry = &world.registry;
    registry.add_key(&root(), KeyId(2), &master(2)).unwrap();
    // A used-up code does not need its key; a code with a use left does.
    let early = registry.retire_key(&root(), KeyId(1));
    assert_eq!(reason(early), "key_in_use");
    let _ = world.verify(&used).unwrap();
    registry.retire_key(&root(), KeyId(1)).unwrap();

    let retired = |reason: &str| {
        assert_eq!(reason, "key_retired");
        assert_eq!(world.last_event().reason.as_deref(), Some(reason));
    };
    retired(reason(behind.issue_code(&desk(), "alice", &once, &Utc)));
    retired(reason(behind.issue_codes(&desk(), [("alice", once)], &Utc)));
    retired(reason(behind.enrol_machine(&desk(), "alice", "LAPTOP-17")));
    let secret = behind.create_security_code(
        &root(),
        SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED),
    );
    retired(reason(secret));
    world.issue(&once);
}

/// A process of another tenant does not issue with a key that was retired.
pub(crate) fn a_key_is_retired_for_all_tenants(world: &World) {
    let acme = world.open("acme", &ring(&[1])).unwrap();
    world
        .registry
        .add_key(&root(), KeyId(2), &master(2))
        .unwrap();
    world.registry.retire_key(&root(), KeyId(1)).unwrap();
    let issued = acme.issue_code(&desk(), "zoe", &OnlinePolicy::default(), &Utc);
    assert_eq!(reason(issued), "key_retired");
    // A process whose ring also has the new key issues with the new key.
    let both = world.open("acme", &ring(&[1, 2])).unwrap();
    let issued = both.issue_code(&desk(), "zoe", &OnlinePolicy::default(), &Utc);
    assert_eq!(issued.unwrap().record.key_id, KeyId(2));
}

/// All records under a compromised key are refused and listed.
pub(crate) fn a_compromised_key_ends_its_records(world: &World) {
    let registry = &world.registry;
    let code = world.issue(&OnlinePolicy::default());
    let secret = registry.create_security_code(
        &root(),
        SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED),
    );
    let secret = secret.unwrap();
    let _ = registry
        .enrol_machine(&desk(), "alice", "LAPTOP-17")
        .unwrap();
    registry
        .set_preset(&root(), "day", &OnlinePolicy::default())
        .unwrap();
    let acme = world.open("acme", &ring(&[1, 2])).unwrap();
    let elsewhere = world.open("default", &ring(&[1])).unwrap();
    let behind = world.open("default", &ring(&[2, 1])).unwrap();
    assert_eq!(
        reason(registry.retire_compromised_key(&root(), KeyId(1))),
        "primary_key"
    );
    registry.add_key(&root(), KeyId(2), &master(2)).unwrap();
    let newer = world.issue(&OnlinePolicy::default());
    assert_eq!(reason(registry.retire_key(&root(), KeyId(1))), "key_in_use");
    assert_eq!(
        reason(registry.retire_compromised_key(&desk(), KeyId(1))),
        "forbidden"
    );
    let ended = registry.retire_compromised_key(&root(), KeyId(1)).unwrap();
    assert_eq!(ended.codes.len(), 1);
    assert!(ended.codes[0].revoked_at.is_some());
    assert_eq!(ended.security_codes[0].id, secret.record.id);
    assert_eq!(ended.machines[0].machine, "LAPTOP-17");
    assert_eq!(ended.presets, ["day"]);
    let state = registry.keys(&root()).unwrap()[0];
    assert!(state.compromised && state.retired_at.is_some() && !state.needed);

    assert_eq!(world.refusal(&code), Refusal::Unknown);
    let presented = registry.authenticate(secret.code.as_str(), |_| Role::User);
    assert_eq!(refused(presented), Refusal::Unknown);
    assert_eq!(reason(registry.preset("day")), "no_preset");
    let _ = world.verify(&newer).unwrap();
    // Other processes refuse to use the key, and refuse all calls if it is their primary key.
    let verify = VerifyRequest::new("alice", &newer, Purpose::Reset);
    assert_eq!(reason(elsewhere.verify_code(&verify)), "key_retired");
    assert_eq!(reason(behind.verify_code(&verify)), "key_retired");
    let presented = elsewhere.authenticate(secret.code.as_str(), |_| Role::User);
    assert_eq!(reason(presented), "key_retired");
    let issued = acme.issue_code(&desk(), "zoe", &OnlinePolicy::default(), &Utc);
    assert_eq!(issued.unwrap().record.key_id, KeyId(2));
    // The key stays retired, and can be retired again to list the records of another
    // tenant.
    let again = registry.add_key(&root(), KeyId(1), &master(1));
    assert_eq!(reason(again), "key_retired");
    let none = acme.retire_compromised_key(&root(), KeyId(1)).unwrap();
    assert!(none.codes.is_empty() && none.machines.is_empty());
}
