//! Calls of two servers at the same time.

use std::{sync::Barrier, thread, time::Duration};

use chrono::Utc;
use stopgap_registry::{
    Postgres, Registry,
    stopgap::{
        Access, KeyId, KeyRing, MasterKey, Name, OnlinePolicy, Purpose, Role, Rotation, Scopes,
        SecurityRequest, VerifyRequest,
    },
    store::{Change, Query, Selection, Store, Table, Value},
};

use crate::place::{Place, issue, lock_alice, root, verify};

/// Makes both calls at once, and returns their results.
fn both<A: Send, B: Send>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let one = scope.spawn(|| {
            barrier.wait();
            one()
        });
        barrier.wait();
        let other = other();
        (one.join().unwrap(), other)
    })
}

#[test]
fn a_machine_enrolled_twice_at_once_has_the_last_generation() {
    let Some(place) = Place::new() else { return };
    let other = place.open("pool_size=2");
    for round in 0..20 {
        let enrol = |registry: &Registry| {
            let enrolled = registry.enrol_machine(&root(), "alice", &format!("machine {round}"));
            enrolled.unwrap().enrolment.generation
        };
        let (one, two) = both(|| enrol(&place.registry), || enrol(&other));
        let mut generations = [one, two];
        generations.sort_unstable();
        assert_eq!(generations[1] - generations[0], 1);
    }
    let kept = "SELECT count(*) FROM stopgap.machines";
    assert_eq!(place.psql(kept), "20");
}

/// A code under a retired key could never be used.
#[test]
fn no_code_is_issued_under_a_key_that_is_retired_meanwhile() {
    let Some(place) = Place::new() else { return };
    let master = |number: u8| MasterKey::from_bytes([number; 32]);
    let old = KeyRing::new(KeyId(1), &master(7));
    let mut new = KeyRing::new(KeyId(1), &master(7));
    new.add(KeyId(2), &master(8)).unwrap();
    let (mut issued, mut retired) = (0, 0);
    for round in 0..30 {
        // All tenants share the keys.
        place.psql("DELETE FROM stopgap.online_codes; DELETE FROM stopgap.ring_keys");
        let tenant = format!("tenant {round}");
        let open = |keys: &KeyRing| {
            let builder = Registry::builder(keys).tenant(&tenant);
            builder.open(place.database.url()).unwrap()
        };
        // One server does not have the new key yet.
        let (late, early) = (open(&old), open(&new));
        let (code, done) = both(|| issue(&late), || early.retire_key(&root(), KeyId(1)));
        match (code, done) {
            (Ok(code), Err(error)) => {
                assert_eq!(error.reason(), "key_in_use");
                let _ = verify(&early, &code, None).unwrap();
                issued += 1;
            }
            (Err(error), Ok(())) => {
                assert_eq!(error.reason(), "key_retired");
                retired += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    println!("{issued} codes were issued, {retired} keys were retired");
}

/// One call begins while the other is slowed down.
#[test]
fn issuing_and_retiring_wait_for_each_other() {
    let Some(place) = Place::new() else { return };
    let master = |number: u8| MasterKey::from_bytes([number; 32]);
    let old = KeyRing::new(KeyId(1), &master(7));
    let mut new = KeyRing::new(KeyId(1), &master(7));
    new.add(KeyId(2), &master(8)).unwrap();
    let url = place.database.url();
    let late = Registry::builder(&old).open(url).unwrap();
    let early = Registry::builder(&new).open(url).unwrap();
    place.psql(&format!(
        "{HOLD}
         CREATE TRIGGER waiting BEFORE INSERT ON stopgap.online_codes
         FOR EACH ROW EXECUTE FUNCTION public.hold_row();
         CREATE TRIGGER waiting BEFORE INSERT OR UPDATE ON stopgap.ring_keys
         FOR EACH ROW EXECUTE FUNCTION public.hold_row()"
    ));
    let (_, lost) = during(
        &place,
        || issue(&late).unwrap(),
        || early.retire_key(&root(), KeyId(1)),
    );
    assert_eq!(lost.unwrap_err().reason(), "key_in_use");
    place.psql("DELETE FROM stopgap.online_codes");
    let (done, lost) = during(
        &place,
        || early.retire_key(&root(), KeyId(1)),
        || issue(&late),
    );
    done.unwrap();
    assert_eq!(lost.unwrap_err().reason(), "key_retired");
}

/// Makes `public.hold()`, which returns when the table `public.go` has a row, and a function
/// for triggers that calls it.
const HOLD: &str = "CREATE TABLE public.go (is_set bool);
    CREATE FUNCTION public.hold() RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN
        WHILE NOT EXISTS (SELECT FROM public.go) LOOP PERFORM pg_sleep(0.02); END LOOP;
    END $$;
    CREATE FUNCTION public.hold_row() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM public.hold(); RETURN NEW; END $$;";

/// Begins the other call while the first one is within `public.hold()`. It goes on when the
/// other one waits for it, or has ended.
fn during<A: Send, B: Send>(
    place: &Place,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    place.psql("DELETE FROM public.go");
    let is_seen = |waits: &str| {
        place.psql(&format!(
            "SELECT EXISTS (SELECT FROM pg_stat_activity
                WHERE datname = current_database() AND {waits})"
        )) == "t"
    };
    thread::scope(|scope| {
        let one = scope.spawn(one);
        while !is_seen("wait_event = 'PgSleep'") {}
        let other = scope.spawn(other);
        while !other.is_finished() && !is_seen("wait_event_type = 'Lock'") {}
        place.psql("INSERT INTO public.go VALUES (true)");
        (one.join().unwrap(), other.join().unwrap())
    })
}

/// The registry locks the user first. But even without a lock, the store notices that a row
/// has changed since it was loaded.
#[test]
fn only_one_server_counts_the_last_use() {
    let Some(place) = Place::new() else { return };
    let _ = issue(&place.registry).unwrap();
    let store = Postgres::open(place.database.url(), Utc::now()).unwrap();
    let tenant = Name::new("default").unwrap();
    let query = Query {
        locks: Vec::new(),
        selections: vec![Selection::all(Table::Codes)],
    };
    // Returns `true` if the use was counted, and the number of decisions. Each of them calls
    // `meanwhile` if the code is not used.
    let consume = |tag: u8, meanwhile: &dyn Fn()| {
        let (mut is_counted, mut decisions) = (false, 0);
        let applied = store.update(&tenant, &query, &mut |snapshot| {
            decisions += 1;
            let loaded = &snapshot.rows[0][0];
            is_counted = *loaded.value("uses") == Value::from(0_u32);
            if !is_counted {
                return Ok(Vec::new());
            }
            meanwhile();
            let mut row = loaded.clone();
            row.set("uses", 1_u32);
            row.set("tag", &[tag; 32][..]);
            let loaded = loaded.version().clone();
            Ok(vec![Change::Replace { row, loaded }])
        });
        applied.unwrap();
        (is_counted, decisions)
    };
    // The use is counted by another call after the first decision, which is made again then.
    let counted = || assert_eq!(consume(1, &|| ()), (true, 1));
    assert_eq!(consume(2, &counted), (false, 2));
    assert_eq!(place.uses(), "1");
}

#[test]
fn two_servers_do_not_revoke_one_code_twice() {
    let Some(place) = Place::new() else { return };
    let other = place.open("pool_size=2");
    for _ in 0..15 {
        let first = issue(&place.registry).unwrap();
        let second = issue(&place.registry).unwrap();
        let revoke = |registry: &Registry| registry.revoke_last_code(&root(), "alice");
        let (one, two) = both(|| revoke(&place.registry), || revoke(&other));
        assert_ne!(one.unwrap().id, two.unwrap().id);
        for code in [first, second] {
            let refused = verify(&other, &code, None).unwrap_err();
            assert_eq!(refused.reason(), "revoked");
        }
        issue(&place.registry).unwrap();
        let (one, two) = both(|| revoke(&place.registry), || revoke(&other));
        let reasons = [one, two].map(|done| done.map_or_else(|error| error.reason(), |_| "done"));
        assert!(reasons.contains(&"done"), "{reasons:?}");
        assert!(reasons.contains(&"no_code"), "{reasons:?}");
    }
}

/// A code that is verified and revoked at the same time cannot be used afterwards.
#[test]
fn a_code_revoked_during_a_use_is_revoked() {
    let Some(place) = Place::new() else { return };
    let other = place.open("pool_size=2");
    for round in 0..20 {
        let code = issue(&place.registry).unwrap();
        let attempt = format!("attempt {round}");
        let attempt = (round % 2 == 0).then_some(attempt.as_str());
        let (used, revoked) = both(
            || verify(&place.registry, &code, attempt).map(drop),
            || other.revoke_all_codes(&root(), "alice").unwrap(),
        );
        match used {
            // It was used up before it was revoked, or revoked with its use.
            Ok(()) => assert!(revoked <= 1),
            Err(error) => assert_eq!((error.reason(), revoked), ("revoked", 1)),
        }
        place.psql("DELETE FROM stopgap.online_codes");
    }
}

/// A call waits for the other call, and decides by its outcome.
#[test]
fn a_revocation_waits_for_a_use_and_a_use_for_a_revocation() {
    let Some(place) = Place::new() else { return };
    let other = place.open("pool_size=2");
    place.psql(&format!(
        "{HOLD}
         CREATE TRIGGER waiting BEFORE UPDATE ON stopgap.online_codes
         FOR EACH ROW EXECUTE FUNCTION public.hold_row()"
    ));
    let policy = OnlinePolicy::default().max_uses(3);
    let issue = || {
        let issued = other.issue_code(&root(), "alice", &policy, &Utc).unwrap();
        issued.code.reveal().to_string()
    };
    let code = issue();
    let (used, revoked) = during(
        &place,
        || verify(&place.registry, &code, None).map(|granted| granted.uses_left),
        || other.revoke_all_codes(&root(), "alice").unwrap(),
    );
    assert_eq!((used.unwrap(), revoked), (Some(2), 1));
    let refused = verify(&other, &code, None).unwrap_err();
    assert_eq!(refused.reason(), "revoked");
    let code = issue();
    let (revoked, used) = during(
        &place,
        || other.revoke_last_code(&root(), "alice").map(drop),
        || verify(&place.registry, &code, None),
    );
    revoked.unwrap();
    assert_eq!(used.unwrap_err().reason(), "revoked");
}

/// A verification that waits for the lock loads the code after the wait, not before it.
#[test]
fn a_call_that_waited_loads_the_changed_code() {
    let Some(place) = Place::new() else { return };
    let other = place.open("pool_size=2");
    place.psql(HOLD);
    for policy in [OnlinePolicy::default(), OnlinePolicy::default().max_uses(3)] {
        let issued = other.issue_code(&root(), "alice", &policy, &Utc).unwrap();
        let code = issued.code.reveal().to_string();
        let _ = verify(&place.registry, &code, None).unwrap();
        let hold = || {
            let lock = lock_alice();
            place.psql(&format!(
                "{lock}; SELECT public.hold();
                 UPDATE stopgap.online_codes SET revoked_at = now()"
            ))
        };
        let (_, used) = during(&place, hold, || verify(&place.registry, &code, None));
        // The code was revoked without the key.
        assert_eq!(used.unwrap_err().reason(), "tampered");
    }
}

#[test]
fn two_changes_of_a_security_code_are_both_kept() {
    let Some(place) = Place::new() else { return };
    let other = place.open("pool_size=2");
    for _ in 0..15 {
        let access = Access::SuperAdministrator;
        let made = other.create_security_code(
            &root(),
            SecurityRequest::new(access, Scopes::UNLIMITED).description("before"),
        );
        let made = made.unwrap();
        let id = made.record.id;
        let (one, two) = both(
            || place.registry.describe_security_code(&root(), id, "after"),
            || other.make_security_code_permanent(&root(), id),
        );
        one.unwrap();
        two.unwrap();
        let record = other.security_code(&root(), id).unwrap();
        assert_eq!(record.description, "after");
        assert_eq!(record.expires_at(), None);
        let presented = made.code.to_string();
        let _ = other.authenticate(&presented, |_| Role::User).unwrap();
    }
}

/// Two servers that rotate a code at once each return a linked code, and the shorter overlap
/// decides.
#[test]
fn a_security_code_rotated_twice_at_once_has_two_successors() {
    let Some(place) = Place::new() else { return };
    let other = place.open("pool_size=2");
    for _ in 0..15 {
        let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
        let made = other.create_security_code(&root(), request.permanent());
        let made = made.unwrap();
        let id = made.record.id;
        let rotate = |registry: &Registry, hours: u64| {
            let rotation = Rotation::new(Duration::from_secs(hours * 3_600));
            let rotated = registry.rotate_security_code(&root(), id, rotation);
            rotated.unwrap()
        };
        let (one, two) = both(|| rotate(&place.registry, 1), || rotate(&other, 2));
        for next in [&one, &two] {
            assert_eq!(next.record.replaces, Some(id));
            let _ = other
                .authenticate(next.code.as_str(), |_| Role::User)
                .unwrap();
        }
        assert_ne!(one.record.id, two.record.id);
        let old = other.security_code(&root(), id).unwrap();
        assert_eq!(old.expires_at(), one.replaced.expires_at());
        let presented = made.code.to_string();
        let _ = other.authenticate(&presented, |_| Role::User).unwrap();
    }
}

/// If many guesses come at the same time, no more are checked than the throttle allows.
#[test]
fn guesses_at_the_same_time_are_limited_by_the_throttle() {
    let Some(place) = Place::new() else { return };
    let servers = [place.open("pool_size=8"), place.open("pool_size=8")];
    for user in ["alice", "nobody"] {
        // One user has a code, and so a head. The other has no head yet.
        let policy = OnlinePolicy::default();
        if user == "alice" {
            let _ = servers[0].issue_code(&root(), user, &policy, &Utc).unwrap();
        }
        let barrier = Barrier::new(32);
        let answers: Vec<&'static str> = thread::scope(|scope| {
            let guess = |thread: usize| {
                let (server, barrier) = (&servers[thread % 2], &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let guess = |turn: usize| {
                        let code = format!("{thread:04}-{turn:04}-0000");
                        let id = format!("{user} {thread} {turn}");
                        let id = thread.is_multiple_of(3).then_some(id.as_str());
                        let mut request = VerifyRequest::new(user, &code, Purpose::Reset);
                        request.idempotency_key = id;
                        let answer = server.verify_code(&request);
                        answer.unwrap_err().reason()
                    };
                    (0..100_usize)
                        .filter(|turn| turn % 32 == thread)
                        .map(guess)
                        .collect::<Vec<_>>()
                })
            };
            let guessing: Vec<_> = (0..32).map(guess).collect();
            let answers = guessing.into_iter().map(|answers| answers.join().unwrap());
            answers.flatten().collect()
        });
        let count = |reason| answers.iter().filter(|it| **it == reason).count();
        assert_eq!(answers.len(), 100);
        assert_eq!((count("unknown"), count("throttled")), (5, 95));
        let throttle = servers[0].throttle(&root(), user).unwrap();
        assert_eq!(throttle.failures, 5);
    }
}
