//! What a store promises by itself, where the registry looks before it asks.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    Event, EventFilter, Machine, StoreError,
    stopgap::{Access, KeyId, Life, Name, OnlinePolicy, Purpose, RecordTag, Role, Scopes},
    store::{AttemptRow, CodeRow, Purge, Result, Row, SecurityRow, Table, Transaction},
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

fn a_code(world: &World, policy: &OnlinePolicy) -> CodeRow {
    world.issue(policy);
    let user = "alice".parse().unwrap();
    kept(world, |rows| rows.codes_of(&user, None, 1)).remove(0)
}

fn a_security_code(world: &World) -> SecurityRow {
    let created = world.registry.create_security_code(
        &root(),
        Access::SuperAdministrator,
        Scopes::UNLIMITED,
        "",
    );
    let id = created.unwrap().record.id;
    kept(world, |rows| rows.security_code(id)).unwrap()
}

pub(crate) fn a_use_is_counted_while_there_is_one(world: &World) {
    let twice = OnlinePolicy::default().max_uses(2);
    let consume = |row: &CodeRow| kept(world, |rows| rows.consume_code(&row.digest));
    let code = a_code(world, &twice);
    assert_eq!(
        [consume(&code), consume(&code), consume(&code)],
        [Some(1), Some(2), None]
    );
    let revoked = a_code(world, &twice);
    assert_eq!(consume(&revoked), Some(1));
    world.registry.revoke_last_code(&desk(), "alice").unwrap();
    assert_eq!(consume(&revoked), None);
    let unlimited = a_code(world, &OnlinePolicy::default());
    assert_eq!(consume(&unlimited), None);
}

pub(crate) fn codes_of_a_user_come_in_pages(world: &World) {
    let policy = OnlinePolicy::default();
    let mut codes: Vec<_> = (0..5).map(|_| a_code(world, &policy)).collect();
    codes.reverse();
    let another = world.registry.issue_code(&desk(), "bob", &policy, &Utc);
    let _ = another.unwrap();
    let alice = codes[0].record.user.clone();
    for limit in 1..=6 {
        let (mut read, mut before) = (Vec::new(), None);
        loop {
            let page = kept(world, |rows| rows.codes_of(&alice, before, limit));
            assert!(page.len() <= limit);
            let Some(oldest) = page.last() else { break };
            before = Some(oldest.record.id);
            read.extend(page);
            assert!(read.len() <= codes.len(), "the same comes again");
        }
        assert_eq!(read, codes);
    }
}

pub(crate) fn the_first_revocation_stands(world: &World) {
    let code = a_code(world, &OnlinePolicy::default());
    let revoke = |number: u8| {
        let at = DateTime::from_timestamp(number.into(), 0).unwrap();
        let tag = RecordTag::from_bytes([number; 32]);
        kept(world, |rows| rows.revoke_code(&code.digest, at, &tag))
    };
    assert_eq!([revoke(1), revoke(2)], [true, false]);
    let row = kept(world, |rows| rows.code(&code.digest)).unwrap();
    assert_eq!(row.record.revoked_at.unwrap().timestamp(), 1);
    assert_eq!(row.tag.as_bytes(), &[1; 32]);
}

pub(crate) fn a_use_is_noted_after_a_while(world: &World) {
    let id = a_security_code(world).id;
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

/// Who changes a code may have read it before others noted a use.
pub(crate) fn a_change_forgets_no_use(world: &World) {
    let row = a_security_code(world);
    let (at, quiet) = (world.now(), TimeDelta::seconds(60));
    assert!(kept(world, |rows| rows.use_security_code(row.id, at, quiet)));
    kept(world, |rows| rows.update_security_code(&row));
    let after = kept(world, |rows| rows.security_code(row.id)).unwrap();
    assert_eq!((row.last_used_at, after.last_used_at), (None, Some(at)));
}

pub(crate) fn a_digest_is_kept_once(world: &World) {
    let there = a_code(world, &OnlinePolicy::default());
    let mut other = there.clone();
    other.record.id = "019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11".parse().unwrap();
    let keep = |row: CodeRow| {
        let mut outcome = None;
        let row = [Row::Code(Box::new(row))];
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
    let end = code.record.expires_at;
    assert_eq!([needed(end - microsecond), needed(end)], [true, false]);

    world.registry.revoke_last_code(&desk(), "alice").unwrap();
    world
        .registry
        .add_key(&root(), KeyId(2), &master(2))
        .unwrap();
    let secret = a_security_code(world);
    assert!(!needed(world.now()));
    let end = world.now() + TimeDelta::days(1);
    let edited = world.registry.edit_security_code(&root(), secret.id, end);
    let gone = edited.unwrap().expires_at().unwrap() + TimeDelta::days(7);
    let needed = |at: DateTime<Utc>| kept(world, |rows| rows.key_is_needed(KeyId(2), at));
    assert_eq!([needed(gone - microsecond), needed(gone)], [true, false]);
}

pub(crate) fn what_is_over_at_an_instant_is_not_before_it(world: &World) {
    let code = text_and_row(world);
    let secret = a_security_code(world);
    let attempt = Some("attempt");
    let verified = world
        .registry
        .verify_code("alice", &code.0, Purpose::Reset, attempt);
    let _ = verified.unwrap();
    let name = "attempt".parse().unwrap();
    let answered = kept(world, |rows| rows.attempt(&name)).unwrap().at;
    let presented = world.registry.authenticate(UNKNOWN, |_| Role::User);
    assert!(presented.is_err());
    let oldest = kept(world, |rows| rows.events(&EventFilter::default()));
    let oldest = oldest.last().unwrap().at();
    let secret_ends = match secret.code.life {
        Life::Until(end) => end,
        other => panic!("{other:?}"),
    };
    for (what, end) in [
        (Purge::Codes, code.1.record.expires_at),
        (Purge::SecurityCodes, secret_ends),
        (Purge::Attempts, answered),
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

/// Whatever is read in pages comes in the order of its bytes, one page behind the
/// other, and is what another tenant has none of.
pub(crate) fn tables_are_read_page_by_page(world: &World) {
    // Bytes order capitals before small letters, and both before what is not ASCII.
    let names =
        ["Zoe", "adam", "zoe", "\u{e4}da", "\u{1f600}"].map(|name| name.parse::<Name>().unwrap());
    for name in names.iter().rev() {
        let enrolled = world.registry.enrol_machine(&root(), name.as_str(), "desk");
        let _ = enrolled.unwrap();
        let wrong = "0000-0000-0000";
        let attempt = Some(name.as_str());
        let verified = world
            .registry
            .verify_code(name.as_str(), wrong, Purpose::Reset, attempt);
        assert!(verified.is_err());
    }
    for page in [1, 2, 5, 9] {
        let (mut users, mut machines, mut attempts) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let next = kept(world, |rows| rows.throttles(users.last(), page));
            assert!(next.len() <= page);
            users.extend(next.iter().map(|(user, _)| user.clone()));
            let last = machines
                .last()
                .map(|last: &Machine| (&last.enrolment.user, &last.enrolment.machine));
            machines.extend(kept(world, |rows| rows.all_machines(last, page)));
            let last = attempts.last().map(|last: &AttemptRow| &last.id);
            attempts.extend(kept(world, |rows| rows.attempts(last, page)));
            if next.is_empty() {
                break;
            }
        }
        assert_eq!(users, names);
        assert!(
            machines
                .iter()
                .map(|machine| &machine.enrolment.user)
                .eq(&names)
        );
        assert!(attempts.iter().map(|attempt| &attempt.id).eq(&names));
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
        assert!(rows.attempts(None, 9)?.is_empty() && rows.all_events(None, 9)?.is_empty());
        assert_eq!(
            (rows.count(Table::Keys)?, rows.count(Table::Events)?),
            (1, 0)
        );
        Ok(())
    });
    looked.unwrap();
    assert_eq!(world.store.tenants().unwrap(), ["default", "other"]);
}

fn text_and_row(world: &World) -> (String, CodeRow) {
    let issued = world
        .registry
        .issue_code(&desk(), "alice", &OnlinePolicy::default(), &Utc);
    let code = text(&issued.unwrap().code);
    let user = "alice".parse().unwrap();
    let row = kept(world, |rows| rows.codes_of(&user, None, 1)).remove(0);
    (code, row)
}
