//! The contract of a store, in cases that the registry itself does not cause.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    Event, EventFilter, StoreError,
    stopgap::{
        Access, CodeDigest, KeyId, KeyRing, LifecycleEvent, Lifetime, Name, OnlineGrant,
        OnlinePolicy, Purpose, RecordTag, Role, Scopes, Sealed, SecurityRequest, Verification,
        VerifyRequest, offline::Enrolment,
    },
    store::{Purge, Result, Row, SecurityRow, Table, Transaction},
};

use crate::world::{UNKNOWN, World, desk, master, ring, root, text};

fn kept<T>(world: &World, mut work: impl FnMut(&mut dyn Transaction) -> Result<T>) -> T {
    let mut outcome = None;
    let kept = world.store.write(world.registry.tenant(), &mut |rows| {
        outcome = Some(work(rows)?);
        Ok(())
    });
    kept.unwrap();
    outcome.unwrap()
}

fn a_code(world: &World, policy: &OnlinePolicy) -> Sealed<OnlineGrant> {
    world.issue(policy);
    let user = "alice".parse().unwrap();
    kept(world, |rows| rows.codes_of(&user, None, 1)).remove(0)
}

/// Returns the tenant's ring of the world's registry.
fn tenant_ring() -> KeyRing {
    ring(&[1]).tenant(&"default".parse().unwrap())
}

fn a_security_code(world: &World) -> SecurityRow {
    let created = world.registry.create_security_code(
        &root(),
        SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED),
    );
    let id = created.unwrap().record.id;
    kept(world, |rows| rows.security_code(id)).unwrap()
}

/// A record is replaced only if its tag is still the one that was loaded; otherwise nothing
/// changes.
pub(crate) fn a_record_is_replaced_once(world: &World) {
    let other = RecordTag::from_bytes([9; 32]);
    let keys = tenant_ring();
    let now = world.now();

    let code = a_code(world, &OnlinePolicy::default().max_uses(2));
    let revoked = code.revoke(&keys, now).unwrap();
    let replace = |loaded: &RecordTag| kept(world, |rows| rows.replace_code(&revoked, loaded));
    let digest = code.unverified().digest;
    let stored = || kept(world, |rows| rows.code(&digest)).unwrap();
    assert!(!replace(&other));
    assert_eq!(stored().tag(), code.tag());
    assert!(replace(code.tag()));
    assert!(!replace(code.tag()));
    assert_eq!(stored().open(&keys).unwrap().revoked_at, Some(now));
    let missing = Sealed::from_parts(
        OnlineGrant {
            digest: CodeDigest::from_bytes([1; 32]),
            ..code.unverified().clone()
        },
        *code.tag(),
    );
    assert!(!kept(world, |rows| rows.replace_code(&missing, code.tag())));

    let secret = a_security_code(world).record;
    let id = secret.unverified().id;
    let described = secret
        .apply(&keys, &root(), LifecycleEvent::Describe("other"), now)
        .unwrap();
    let replace =
        |loaded: &RecordTag| kept(world, |rows| rows.replace_security_code(&described, loaded));
    let stored = || kept(world, |rows| rows.security_code(id)).unwrap().record;
    assert!(!replace(&other));
    assert_eq!(stored().tag(), secret.tag());
    assert!(replace(secret.tag()));
    assert!(!replace(secret.tag()));
    assert_eq!(stored().open(&keys).unwrap().description, "other");
    let delete = |loaded: &RecordTag| kept(world, |rows| rows.delete_security_code(id, loaded));
    assert!(!delete(secret.tag()));
    assert!(delete(described.tag()));
    assert!(!delete(described.tag()));

    let enrolled = world.registry.enrol_machine(&desk(), "alice", "DESK");
    let enrolled = enrolled.unwrap().enrolment;
    let (user, machine) = (enrolled.user, enrolled.machine);
    let stored = || kept(world, |rows| rows.machine(&user, &machine)).unwrap();
    let first = stored();
    let next = first.next(&keys, now).unwrap();
    let replace = |loaded: &RecordTag| kept(world, |rows| rows.replace_machine(&next, loaded));
    assert!(!replace(&other));
    assert_eq!(stored().tag(), first.tag());
    assert!(replace(first.tag()));
    assert!(!replace(first.tag()));
    let generation = first.unverified().generation + 1;
    assert_eq!(stored().open(&keys).unwrap().generation, generation);
}

pub(crate) fn codes_of_a_user_come_in_pages(world: &World) {
    let policy = OnlinePolicy::default();
    let mut codes: Vec<_> = (0..5).map(|_| a_code(world, &policy)).collect();
    codes.reverse();
    let another = world.registry.issue_code(&desk(), "bob", &policy, &Utc);
    let _ = another.unwrap();
    let alice = codes[0].unverified().user.clone();
    for limit in 1..=6 {
        let (mut read, mut before) = (Vec::new(), None);
        loop {
            let page = kept(world, |rows| rows.codes_of(&alice, before, limit));
            assert!(page.len() <= limit);
            let Some(oldest) = page.last() else { break };
            before = Some(oldest.unverified().id);
            read.extend(page);
            assert!(read.len() <= codes.len(), "the same comes again");
        }
        let tags = |codes: &[Sealed<OnlineGrant>]| -> Vec<RecordTag> {
            codes.iter().map(|code| *code.tag()).collect()
        };
        assert_eq!(tags(&read), tags(&codes));
    }
}

pub(crate) fn a_use_is_noted_after_a_while(world: &World) {
    let id = a_security_code(world).record.unverified().id;
    let quiet = TimeDelta::seconds(60);
    let microsecond = TimeDelta::microseconds(1);
    let noted = world.now();
    for (at, due) in [
        (noted, true),
        (noted + quiet - microsecond, false),
        (noted - quiet + microsecond, false),
        (noted + quiet, true),
        (noted, true),
        (noted - quiet, true),
    ] {
        let did = kept(world, |rows| rows.use_security_code(id, at, quiet));
        assert_eq!(did, due, "{at}");
    }
}

/// A code may be changed after it was loaded and then used.
pub(crate) fn a_change_forgets_no_use(world: &World) {
    let row = a_security_code(world);
    let id = row.record.unverified().id;
    let (at, quiet) = (world.now(), TimeDelta::seconds(60));
    assert!(kept(world, |rows| rows.use_security_code(id, at, quiet)));
    let tag = row.record.tag();
    assert!(kept(world, |rows| rows.replace_security_code(&row.record, tag)));
    let after = kept(world, |rows| rows.security_code(id)).unwrap();
    assert_eq!((row.last_used_at, after.last_used_at), (None, Some(at)));
}

pub(crate) fn a_digest_is_kept_once(world: &World) {
    let there = a_code(world, &OnlinePolicy::default());
    let (mut record, tag) = there.clone().into_parts();
    record.id = "019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11".parse().unwrap();
    let other = Sealed::from_parts(record, tag);
    let keep = |code: Sealed<OnlineGrant>| {
        let mut outcome = None;
        let row = [Row::Code(Box::new(code))];
        let tenant = world.registry.tenant();
        let written = world.store.write(tenant, &mut |rows| {
            outcome = Some(rows.keep(&row)?);
            Ok(())
        });
        written.map(|()| outcome)
    };
    assert_eq!(keep(there).unwrap(), Some(0));
    let error = keep(other).unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error}");
}

pub(crate) fn a_key_is_needed_to_the_last(world: &World) {
    let microsecond = TimeDelta::microseconds(1);
    let needed = |at: DateTime<Utc>| kept(world, |rows| rows.key_is_needed(KeyId(1), at));
    let code = a_code(world, &OnlinePolicy::default());
    let end = code.unverified().expires_at;
    assert_eq!([needed(end - microsecond), needed(end)], [true, false]);

    world.registry.revoke_last_code(&desk(), "alice").unwrap();
    world
        .registry
        .add_key(&root(), KeyId(2), &master(2))
        .unwrap();
    let id = a_security_code(world).record.unverified().id;
    assert!(!needed(world.now()));
    let end = world.now() + TimeDelta::days(1);
    let edited = world.registry.edit_security_code(&root(), id, end);
    let gone = edited.unwrap().expires_at().unwrap() + TimeDelta::days(7);
    let needed = |at: DateTime<Utc>| kept(world, |rows| rows.key_is_needed(KeyId(2), at));
    assert_eq!([needed(gone - microsecond), needed(gone)], [true, false]);
}

pub(crate) fn what_is_over_at_an_instant_is_not_before_it(world: &World) {
    let code = text_and_row(world);
    let secret = a_security_code(world);
    let request = VerifyRequest::new("alice", &code.0, Purpose::Reset).idempotency_key("one");
    let verified = world.registry.verify_code(&request);
    let _ = verified.unwrap();
    let alice = "alice".parse().unwrap();
    let answered = kept(world, |rows| rows.verification(&alice, "one")).unwrap();
    let answered = answered.unverified().answered_at;
    let presented = world.registry.authenticate(UNKNOWN, |_| Role::User);
    assert!(presented.is_err());
    let oldest = kept(world, |rows| rows.events(&EventFilter::default()));
    let oldest = oldest.last().unwrap().at();
    let secret_ends = match secret.record.unverified().lifetime {
        Lifetime::Until(end) => end,
        other => panic!("{other:?}"),
    };
    for (what, end) in [
        (Purge::Codes, code.1.unverified().expires_at),
        (Purge::SecurityCodes, secret_ends),
        (Purge::Verifications, answered),
        (Purge::Events, oldest),
    ] {
        let purge = |before, limit| kept(world, |rows| rows.purge(what, before, limit));
        let after = end + TimeDelta::microseconds(1);
        assert_eq!(purge(end, 9), 0, "{what:?}");
        assert_eq!(purge(after, 0), 0, "{what:?}");
        assert_eq!(purge(after, 9), 1, "{what:?}");
        assert_eq!(purge(after, 9), 0, "{what:?}");
    }
}

/// Pages are in the order of the bytes of their keys, and contain no row of another
/// tenant.
pub(crate) fn tables_are_read_page_by_page(world: &World) {
    // Bytes order capitals before small letters, and both before what is not ASCII.
    let names =
        ["Zoe", "adam", "zoe", "\u{e4}da", "\u{1f600}"].map(|name| name.parse::<Name>().unwrap());
    for name in names.iter().rev() {
        let enrolled = world.registry.enrol_machine(&root(), name.as_str(), "desk");
        let _ = enrolled.unwrap();
        let wrong = "0000-0000-0000";
        for key in ["2", "1"] {
            let request = VerifyRequest::new(name.as_str(), wrong, Purpose::Reset);
            let verified = world.registry.verify_code(&request.idempotency_key(key));
            assert!(verified.is_err());
        }
    }
    for page in [1, 2, 5, 9] {
        let (mut users, mut machines) = (Vec::new(), Vec::new());
        let mut verifications: Vec<Sealed<Verification>> = Vec::new();
        loop {
            let next = kept(world, |rows| rows.throttles(users.last(), page));
            assert!(next.len() <= page);
            users.extend(next.iter().map(|(user, _)| user.clone()));
            let last = machines
                .last()
                .map(|last: &Enrolment| (&last.user, &last.machine));
            let more = kept(world, |rows| rows.all_machines(last, page));
            machines.extend(more.into_iter().map(|machine| machine.into_parts().0));
            let last = verifications.last().map(|last| {
                let last = last.unverified();
                (&last.user, last.idempotency_key.as_str())
            });
            let more = kept(world, |rows| rows.verifications(last, page));
            let read = more.len();
            verifications.extend(more);
            if next.is_empty() && read == 0 {
                break;
            }
        }
        assert_eq!(users, names);
        assert!(machines.iter().map(|machine| &machine.user).eq(&names));
        let read = verifications.iter().map(|verification| {
            let record = verification.unverified();
            (&record.user, record.idempotency_key.as_str())
        });
        let all = names.iter().flat_map(|name| [(name, "1"), (name, "2")]);
        assert!(read.eq(all));
        let mut events: Vec<Event> = Vec::new();
        loop {
            let last = events.last().map(|event| event.id);
            let next = kept(world, |rows| rows.all_events(last, page));
            if next.is_empty() {
                break;
            }
            events.extend(next);
        }
        assert!(events.len() >= 10 && events.is_sorted_by_key(|event| event.id));
        let all = kept(world, |rows| rows.count(Table::Events));
        assert_eq!(usize::try_from(all).unwrap(), events.len());
    }
    for (table, rows) in [
        (Table::Throttles, 5),
        (Table::Machines, 5),
        (Table::Codes, 0),
    ] {
        assert_eq!(kept(world, |all| all.count(table)), rows);
    }
    let _ = world.open("other", &ring(&[1])).unwrap();
    let other = "other".parse().unwrap();
    let looked = world.store.read(&other, &mut |rows| {
        assert!(rows.throttles(None, 9)?.is_empty() && rows.all_machines(None, 9)?.is_empty());
        assert!(rows.verifications(None, 9)?.is_empty() && rows.all_events(None, 9)?.is_empty());
        assert_eq!(
            (rows.count(Table::Keys)?, rows.count(Table::Events)?),
            (1, 0)
        );
        Ok(())
    });
    looked.unwrap();
    assert_eq!(world.store.tenants().unwrap(), ["default", "other"]);
}

fn text_and_row(world: &World) -> (String, Sealed<OnlineGrant>) {
    let issued = world
        .registry
        .issue_code(&desk(), "alice", &OnlinePolicy::default(), &Utc);
    let code = text(&issued.unwrap().code);
    let user = "alice".parse().unwrap();
    let row = kept(world, |rows| rows.codes_of(&user, None, 1)).remove(0);
    (code, row)
}
