use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use stopgap_registry::{
    Event, EventContext, EventFilter, EventKind, PurgePolicy, Purged, Registry, RevokeOnRestore,
    stopgap::{
        Access, Context, IssueRequest, KeyId, Name, OnlinePolicy, Purpose, Refusal, Role, Rotation,
        Scopes, SecurityRequest, Validity, VerifyRequest,
    },
    store::{Change, Table, Value},
};

use crate::{
    rows,
    world::{UNKNOWN, World, desk, master, reason, refused, root, someone, text},
};

fn events(world: &World, filter: &EventFilter) -> Vec<Event> {
    world.registry.events(&root(), filter).unwrap()
}

/// Makes every call once. Returns the secrets that were shown.
fn everything(world: &World) -> Vec<String> {
    let registry = &world.registry;
    let day = OnlinePolicy::default();
    let mut secrets = vec![world.issue(&day)];
    let _ = registry
        .verify_code(
            &VerifyRequest::new("alice", &secrets[0], Purpose::Reset).idempotency_key("one"),
        )
        .unwrap();
    registry.codes(&desk(), "alice").unwrap();
    registry.revoke_last_code(&desk(), "alice").unwrap();
    registry.set_preset(&root(), "day", &day).unwrap();
    registry.presets(&desk()).unwrap();
    registry.remove_preset(&root(), "day").unwrap();
    let enrolled = registry
        .enrol_machine(&desk(), "alice", "LAPTOP-17")
        .unwrap();
    let request = enrolled
        .key
        .request_code(
            stopgap::offline::minute_of(world.now()),
            &stopgap::Alphabet::UNAMBIGUOUS,
        )
        .to_string();
    let answered = registry
        .answer_request(
            &desk(),
            &VerifyRequest::new("alice", &request, Purpose::Bypass),
            Validity::DAY,
            &Utc,
        )
        .unwrap();
    secrets.push(text(&answered.code));
    secrets.push(hex(enrolled.key.reveal()));
    registry.machines(&desk(), "alice").unwrap();
    registry
        .retire_machine(&desk(), "alice", "LAPTOP-17")
        .unwrap();
    let created = registry
        .create_security_code(
            &root(),
            SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED)
                .description("report"),
        )
        .unwrap();
    let (id, secret) = (created.record.id, created.code.to_string());
    let _ = registry.authenticate(&secret, |_| Role::User).unwrap();
    secrets.push(secret);
    registry.security_codes(&root(), None, 9, |_| true).unwrap();
    let later = world.now() + TimeDelta::hours(1);
    registry.edit_security_code(&root(), id, later).unwrap();
    registry.make_security_code_permanent(&root(), id).unwrap();
    registry.reset_security_code(&root(), id).unwrap();
    assert_eq!(
        reason(registry.reactivate_security_code(&root(), id)),
        "already_active"
    );
    registry
        .describe_security_code(&root(), id, "other")
        .unwrap();
    let rotation = Rotation::new(Duration::ZERO);
    let rotated = registry.rotate_security_code(&root(), id, rotation);
    let rotated = rotated.unwrap();
    let id = rotated.record.id;
    secrets.push(rotated.code.to_string());
    let deletion = registry.request_deletion(&root(), id).unwrap();
    registry
        .confirm_deletion(&root(), id, &deletion.confirmation)
        .unwrap();
    registry.throttle(&desk(), "alice").unwrap();
    registry.unlock(&root(), "alice").unwrap();
    registry.add_key(&root(), KeyId(2), &master(2)).unwrap();
    secrets.extend([hex(master(1).reveal()), hex(master(2).reveal())]);
    registry.keys(&root()).unwrap();
    registry.tenants(&root()).unwrap();
    registry.status(&root(), world.now()).unwrap();
    registry.check(&root(), world.now(), |_| {}).unwrap();
    // The code that was replaced is gone, and no longer needs the key.
    world.pass(TimeDelta::days(7) + TimeDelta::seconds(1));
    registry.retire_key(&root(), KeyId(1)).unwrap();
    registry.accept_clock(&root()).unwrap();
    registry
        .restored(&root(), RevokeOnRestore::default())
        .unwrap();
    registry.purge(&root(), &PurgePolicy::default()).unwrap();
    registry.set_log_retention(&root(), 30).unwrap();
    secrets
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

pub(crate) fn every_call_leaves_an_event(world: &World) {
    everything(world);
    events(world, &EventFilter::default());
    let log = events(world, &EventFilter::default());
    for kind in EventKind::ALL {
        let of_kind = log.iter().filter(|event| event.kind == *kind);
        // A tenant is added with its first registry, and this one was not.
        let never = [EventKind::Damaged, EventKind::AddTenant];
        let expected = usize::from(!never.contains(kind));
        assert_eq!(of_kind.count(), expected, "{kind}");
        assert_eq!(kind.as_str().parse(), Ok(*kind));
    }
    let verified = log.iter().find(|event| event.kind == EventKind::VerifyCode);
    let verified = verified.unwrap();
    assert_eq!(
        (verified.actor.as_str(), verified.role),
        ("alice", Role::User)
    );
    assert_eq!(verified.user.as_ref().unwrap(), "alice");
    assert_eq!(verified.reason, None);
    let issued = log.iter().find(|event| event.kind == EventKind::IssueCode);
    let issued = issued.unwrap();
    assert_eq!(
        (issued.actor.as_str(), issued.role),
        ("help_desk", Role::HelpDesk)
    );
}

pub(crate) fn the_log_is_read_in_pages(world: &World) {
    for user in ["alice", "bob"].repeat(10) {
        world.pass(TimeDelta::seconds(1));
        let issued = world
            .registry
            .issue_code(&desk(), user, &OnlinePolicy::default(), &Utc);
        drop(issued.unwrap());
    }
    let since = world.now() - TimeDelta::milliseconds(9_500);
    let alice: Name = "alice".parse().unwrap();
    let issued = EventFilter {
        kind: Some(EventKind::IssueCode),
        ..EventFilter::default()
    };
    let of_alice = EventFilter {
        user: Some(alice.clone()),
        ..issued.clone()
    };
    assert_eq!(events(world, &issued).len(), 20);
    assert_eq!(events(world, &of_alice).len(), 10);
    let recent = EventFilter {
        since: Some(since),
        ..issued.clone()
    };
    assert_eq!(events(world, &recent).len(), 10);
    let before = EventFilter {
        until: Some(since),
        ..of_alice.clone()
    };
    assert_eq!(events(world, &before).len(), 5);

    let mut seen: Vec<Event> = Vec::new();
    loop {
        let page = EventFilter {
            before: seen.last().map(|event| event.id),
            limit: 3,
            ..of_alice.clone()
        };
        let page = events(world, &page);
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.iter().all(|event| event.user.as_ref() == Some(&alice)));
    assert!(seen.is_sorted_by(|newer, older| newer.at() > older.at()));
    let read = EventFilter {
        kind: Some(EventKind::ReadLog),
        limit: 1,
        ..EventFilter::default()
    };
    assert_eq!(events(world, &read).len(), 1);
}

pub(crate) fn nothing_secret_is_in_it(world: &World) {
    let secrets = everything(world);
    let log = events(
        world,
        &EventFilter {
            limit: 1_000,
            ..EventFilter::default()
        },
    );
    let said = format!("{log:?} {:?}", world.registry);
    let json = serde_json::to_string(&log).unwrap();
    for secret in secrets {
        let bare = secret.replace('-', "");
        for text in [&said, &json] {
            let text = text.to_uppercase();
            assert!(!text.contains(&secret.to_uppercase()));
            assert!(!text.contains(&bare.to_uppercase()));
        }
    }
}

pub(crate) fn old_rows_are_purged(world: &World) {
    let registry = &world.registry;
    let people = (0..1_200).map(|_| ("alice", OnlinePolicy::default()));
    registry.issue_codes(&desk(), people, &Utc).unwrap();
    let code = world.issue(&OnlinePolicy::default());
    let _ = registry
        .verify_code(&VerifyRequest::new("alice", &code, Purpose::Reset).idempotency_key("one"))
        .unwrap();
    let created = registry
        .create_security_code(
            &root(),
            SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED),
        )
        .unwrap();
    let kept = registry
        .create_security_code(
            &root(),
            SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED),
        )
        .unwrap();
    registry
        .make_security_code_permanent(&root(), kept.record.id)
        .unwrap();
    let purge = |policy| {
        let administrator = someone(Role::Administrator);
        let counted = registry.count_purge(&administrator, &policy).unwrap();
        let purged = registry.purge(&administrator, &policy).unwrap();
        assert_eq!(purged, counted);
        purged
    };
    assert_eq!(purge(PurgePolicy::default()), Purged::default());
    // An expired security code can be reactivated for a week.
    world.pass(TimeDelta::days(7));
    let patient = PurgePolicy {
        verifications_days: 30,
        ..PurgePolicy::default()
    };
    assert_eq!(purge(patient), Purged::default());
    let id = created.record.id;
    registry.reactivate_security_code(&root(), id).unwrap();

    world.pass(TimeDelta::days(8) + TimeDelta::minutes(1));
    let purged = purge(PurgePolicy::default());
    assert_eq!(
        (purged.codes, purged.security_codes, purged.verifications),
        (0, 1, 1)
    );
    assert_eq!(world.refusal(&code).reason(), "expired");
    world.pass(TimeDelta::days(24));
    assert_eq!(purge(PurgePolicy::default()).codes, 1_201);
    assert_eq!(world.refusal(&code), Refusal::Unknown);
    assert!(registry.codes(&desk(), "alice").unwrap().is_empty());
    let _ = registry
        .authenticate(kept.code.as_str(), |_| Role::User)
        .unwrap();
    let gone = registry.authenticate(created.code.as_str(), |_| Role::User);
    assert_eq!(refused(gone), Refusal::Unknown);

    registry.set_log_retention(&root(), 30).unwrap();
    let purged = purge(PurgePolicy {
        events_days: 30,
        ..PurgePolicy::default()
    });
    assert!(purged.events > 1_200, "{purged:?}");
    let all = EventFilter {
        limit: 9_999,
        ..EventFilter::default()
    };
    let oldest = events(world, &all).pop().unwrap().at();
    assert!(oldest > world.now() - TimeDelta::days(30));
}

pub(crate) fn a_clock_that_was_set_back(world: &World) {
    let code = world.issue(&OnlinePolicy::default());
    world.pass(TimeDelta::days(2));
    world.registry.codes(&desk(), "alice").unwrap();
    assert_eq!(world.refusal(&code).reason(), "expired");
    // Two minutes may be an adjustment of the clock; more would make the code valid
    // again.
    world.pass(TimeDelta::seconds(-119));
    assert_eq!(world.refusal(&code).reason(), "expired");
    world.pass(TimeDelta::days(-1) - TimeDelta::hours(12));
    assert!(matches!(
        world.refusal(&code),
        Refusal::ClockRolledBack { .. }
    ));
    let issued = world
        .registry
        .issue_code(&root(), "alice", &OnlinePolicy::default(), &Utc);
    assert_eq!(reason(issued), "clock_rolled_back");
    assert_eq!(
        reason(world.registry.authenticate(UNKNOWN, |_| Role::User)),
        "clock_rolled_back"
    );
    // This also holds if the store was just opened.
    let restarted = world.open("default", &crate::world::ring(&[1])).unwrap();
    let presented = restarted.authenticate(UNKNOWN, |_| Role::User);
    assert_eq!(reason(presented), "clock_rolled_back");

    let forbidden = world.registry.accept_clock(&someone(Role::Administrator));
    assert_eq!(reason(forbidden), "forbidden");
    assert!(matches!(
        world.refusal(&code),
        Refusal::ClockRolledBack { .. }
    ));
    world.registry.accept_clock(&root()).unwrap();
    let _ = world.verify(&code).unwrap();
    assert_eq!(
        reason(world.registry.authenticate(UNKNOWN, |_| Role::User)),
        "unknown"
    );
}

pub(crate) fn a_clock_can_be_accepted_in_another_registry(world: &World) {
    let other = world.open("default", &crate::world::ring(&[1])).unwrap();
    let present = |registry: &Registry| {
        let presented = registry.authenticate(UNKNOWN, |_| Role::User);
        reason(presented)
    };
    world.pass(TimeDelta::days(2));
    other.codes(&desk(), "alice").unwrap();
    world.pass(TimeDelta::days(-1));
    assert_eq!(present(&other), "clock_rolled_back");
    world.registry.accept_clock(&root()).unwrap();
    assert_eq!(present(&other), "unknown");
    // From this time on, the clock is checked as before.
    world.pass(TimeDelta::minutes(-5));
    assert_eq!(present(&other), "clock_rolled_back");
}

/// A refused call of a server whose clock is ahead does not stop other servers.
pub(crate) fn a_refused_call_stores_no_time(world: &World) {
    let code = world.issue(&OnlinePolicy::default());
    let refuse = || {
        assert_eq!(world.refusal("0123-4567-89AB"), Refusal::Unknown);
        let presented = world.registry.authenticate(UNKNOWN, |_| Role::User);
        assert_eq!(reason(presented), "unknown");
        let forbidden = world.registry.codes(&someone(Role::User), "alice");
        assert_eq!(reason(forbidden), "forbidden");
    };
    world.pass(TimeDelta::days(365));
    refuse();
    world.pass(TimeDelta::days(-365));
    let _ = world.verify(&code).unwrap();
    // A granted call stores the time.
    world.pass(TimeDelta::hours(1));
    let _ = world.verify(&code).unwrap();
    world.pass(TimeDelta::minutes(-59));
    assert_eq!(world.refusal(&code).reason(), "clock_rolled_back");
}

/// If there are no other calls, a granted authentication stores the time for all
/// registries.
pub(crate) fn an_authentication_stores_the_time(world: &World) {
    let created = world
        .registry
        .create_security_code(
            &root(),
            SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED),
        )
        .unwrap();
    let code = created.code.to_string();
    for presented in [code.clone(), code] {
        world.pass(TimeDelta::hours(2));
        let _ = world.registry.authenticate(&presented, |_| Role::User);
        world.pass(TimeDelta::hours(-1));
        let restarted = world.open("default", &crate::world::ring(&[1])).unwrap();
        let again = restarted.authenticate(&presented, |_| Role::User);
        assert_eq!(reason(again), "clock_rolled_back");
        world.pass(TimeDelta::hours(1));
    }
}

/// An impossible time is refused, and not stored.
pub(crate) fn a_clock_far_ahead_is_refused(world: &World) {
    let now = world.now();
    for year in [10_000, 20_000, 200_000] {
        world.set(Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap());
        let listed = world.registry.codes(&desk(), "alice");
        assert_eq!(reason(listed), "time_out_of_range");
        let accepted = world.registry.accept_clock(&root());
        assert_eq!(reason(accepted), "time_out_of_range");
    }
    world.set(now);
    world.registry.codes(&desk(), "alice").unwrap();
}

pub(crate) fn any_instant_bounds_a_page(world: &World) {
    world.registry.codes(&desk(), "alice").unwrap();
    let at = world.last_event().at();
    let half = TimeDelta::nanoseconds(500);
    let microsecond = TimeDelta::microseconds(1);
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    for (since, until, found) in [
        (first, last, 1),
        (last, last, 0),
        (first, first, 0),
        (at, at, 0),
        (at, at + half, 1),
        (at, at + microsecond, 1),
        (at + half, last, 0),
        (at - half, at + microsecond, 1),
        (first, at - half, 0),
    ] {
        let filter = EventFilter {
            kind: Some(EventKind::ListCodes),
            since: Some(since),
            until: Some(until),
            ..EventFilter::default()
        };
        let events = events(world, &filter);
        assert_eq!(events.len(), found, "{since} to {until}");
    }
}

/// The two minutes count from the latest time that was stored, not from the previous one.
pub(crate) fn a_clock_goes_back_two_minutes_once(world: &World) {
    let look = || match world.registry.codes(&desk(), "alice") {
        Ok(_) => "done",
        Err(error) => error.reason(),
    };
    let microsecond = TimeDelta::microseconds(1);
    assert_eq!(look(), "done");
    // The call itself takes a microsecond.
    let noted = world.now() + TimeDelta::seconds(60);
    world.set(noted - microsecond);
    assert_eq!(look(), "done");
    for (back, said) in [
        (100, "done"),
        (120, "done"),
        (121, "clock_rolled_back"),
        (200, "clock_rolled_back"),
    ] {
        world.set(noted - TimeDelta::seconds(back) - microsecond);
        assert_eq!(look(), said, "{back} seconds");
    }
    // Times before 1970 are out of range.
    for (before, said) in [(1, "clock_rolled_back"), (2, "time_out_of_range")] {
        world.set(DateTime::UNIX_EPOCH - TimeDelta::microseconds(before));
        assert_eq!(look(), said);
    }
    let end = Utc.with_ymd_and_hms(9_999, 12, 31, 23, 59, 59).unwrap();
    world.set(end);
    assert_eq!(look(), "done");
    world.set(end + TimeDelta::seconds(1));
    assert_eq!(look(), "time_out_of_range");
}

pub(crate) fn an_event_names_its_subject(world: &World) {
    let registry = &world.registry;
    let said = || {
        let event = world.last_event();
        let user = event.user.map(|user| user.to_string());
        (user, event.subject, event.detail)
    };
    let about = |user: Option<&str>, subject: Option<&str>, detail: Option<&str>| {
        let own = |text: &str| text.to_owned();
        (user.map(own), subject.map(own), detail.map(own))
    };
    let alice = Some("alice");
    let policy = OnlinePolicy::default();
    let issued = registry.issue_code(&desk(), "alice", &policy, &Utc);
    let id = issued.unwrap().record.id.to_string();
    let detail = "reset, register, bypass, until 2026-11-22T12:00:00Z";
    assert_eq!(said(), about(alice, Some(&id), Some(detail)));
    registry.revoke_last_code(&desk(), "alice").unwrap();
    assert_eq!(said(), about(alice, Some(&id), None));
    world.issue(&policy);
    world.issue(&policy);
    registry.revoke_all_codes(&desk(), "alice").unwrap();
    assert_eq!(said(), about(alice, None, Some("all: 2")));
    for _ in 0..2 {
        let enrolled = registry.enrol_machine(&desk(), "alice", "LAPTOP-17");
        let generation = format!("generation {}", enrolled.unwrap().enrolment.generation);
        assert_eq!(said(), about(alice, Some("LAPTOP-17"), Some(&generation)));
    }
    registry
        .retire_machine(&desk(), "alice", "LAPTOP-17")
        .unwrap();
    assert_eq!(said(), about(alice, Some("LAPTOP-17"), None));
    registry.set_preset(&root(), "day", &policy).unwrap();
    assert_eq!(said(), about(None, Some("day"), None));
    registry.unlock(&root(), "alice").unwrap();
    assert_eq!(said(), about(alice, None, None));
    registry.add_key(&root(), KeyId(2), &master(2)).unwrap();
    assert_eq!(said(), about(None, Some("2"), None));
    let access = Access::SameAs("alice".parse().unwrap());
    let created = registry
        .create_security_code(&root(), SecurityRequest::new(access, Scopes::UNLIMITED))
        .unwrap();
    let id = created.record.id.to_string();
    let now = world.now().format("%Y-%m-%dT%H:%M:%SZ");
    let until = (world.now() + TimeDelta::hours(24)).format("until %Y-%m-%dT%H:%M:%SZ");
    assert_eq!(said(), about(alice, Some(&id), Some(&until.to_string())));
    let rotation = Rotation::new(Duration::ZERO);
    let rotated = registry.rotate_security_code(&root(), created.record.id, rotation);
    let new = rotated.unwrap().record.id;
    let detail = format!("until {now}, replaced by {new}");
    assert_eq!(said(), about(alice, Some(&id), Some(&detail)));
    let reactivated = registry.reactivate_security_code(&root(), created.record.id);
    let _ = reactivated.unwrap();
    let later = Utc.with_ymd_and_hms(2027, 1, 1, 0, 0, 0).unwrap();
    registry
        .edit_security_code(&root(), created.record.id, later)
        .unwrap();
    let detail = Some("until 2027-01-01T00:00:00Z");
    assert_eq!(said(), about(None, Some(&id), detail));
    let _ = registry
        .authenticate(created.code.as_str(), |_| Role::HelpDesk)
        .unwrap();
    let event = world.last_event();
    assert_eq!(event.subject, Some(id));
    assert_eq!(event.user.as_ref(), Some(&event.actor));
    assert_eq!(
        (event.actor.as_str(), event.role),
        ("alice", Role::HelpDesk)
    );
}

/// The circumstances that a caller gives are in the event, even if the call is refused.
pub(crate) fn an_event_has_its_context(world: &World) {
    let registry = &world.registry;
    let day = OnlinePolicy::default();
    let context = Context::default()
        .source_address("192.0.2.7")
        .request_id("req-\0-1")
        .reason("lost token")
        .ticket("INC-4711");
    let all = EventContext {
        source_address: Some("192.0.2.7".into()),
        request_id: Some("req-\0-1".into()),
        reason: Some("lost token".into()),
        ticket: Some("INC-4711".into()),
    };
    let stored = || world.last_event().context;

    let request = IssueRequest::new("alice").context(context);
    let issued = registry.issue_code(&desk(), request, &day, &Utc).unwrap();
    assert_eq!(stored().as_ref(), Some(&all));
    let forbidden = registry.issue_code(&someone(Role::User), request, &day, &Utc);
    assert_eq!(reason(forbidden), "forbidden");
    assert_eq!(stored().as_ref(), Some(&all));
    let code = text(&issued.code);
    for typed in [&code, "0123-4567-89AB"] {
        let request = VerifyRequest::new("alice", typed, Purpose::Reset).context(context);
        let _ = registry.verify_code(&request);
        assert_eq!(stored().as_ref(), Some(&all));
    }
    let request = VerifyRequest::new("alice", "ZZZZ-ZZZZ", Purpose::Bypass).context(context);
    let answered = registry.answer_request(&desk(), &request, Validity::DAY, &Utc);
    assert_eq!(reason(answered), "not_enrolled");
    assert_eq!(stored().as_ref(), Some(&all));
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let created = registry.create_security_code(&root(), request.context(context));
    let _ = created.unwrap();
    assert_eq!(stored().as_ref(), Some(&all));

    // The event has only the circumstances that were given.
    let ticket = Context::default().ticket("INC-4711");
    let request = IssueRequest::new("alice").context(ticket);
    let _ = registry.issue_code(&desk(), request, &day, &Utc).unwrap();
    let event = serde_json::to_value(world.last_event()).unwrap();
    assert_eq!(event["context"], serde_json::json!({"ticket": "INC-4711"}));
    let _ = registry.issue_code(&desk(), "alice", &day, &Utc).unwrap();
    assert_eq!(stored(), None);
    let event = serde_json::to_value(world.last_event()).unwrap();
    assert_eq!(event.get("context"), Some(&serde_json::Value::Null));
}

/// Only a super administrator can lower the retention of events.
pub(crate) fn events_are_kept_for_the_retention(world: &World) {
    let registry = &world.registry;
    let administrator = someone(Role::Administrator);
    assert_eq!(registry.log_retention(&administrator).unwrap(), 90);
    let purge = |events_days| {
        let policy = PurgePolicy {
            events_days,
            ..PurgePolicy::default()
        };
        registry.purge(&administrator, &policy)
    };
    for days in [0, 89] {
        assert_eq!(reason(purge(days)), "log_retention");
        let event = world.last_event();
        assert_eq!(event.reason.as_deref(), Some("log_retention"));
    }
    purge(90).unwrap();
    registry.set_log_retention(&administrator, 100).unwrap();
    assert_eq!(reason(purge(99)), "log_retention");
    assert_eq!(
        reason(registry.set_log_retention(&administrator, 99)),
        "forbidden"
    );
    assert_eq!(registry.log_retention(&administrator).unwrap(), 100);
    registry.set_log_retention(&root(), 7).unwrap();
    let event = world.last_event();
    assert_eq!(event.kind, EventKind::SetLogRetention);
    assert_eq!(event.detail.as_deref(), Some("7 days, before 100"));
    world.pass(TimeDelta::days(8));
    assert!(purge(7).unwrap().events > 0);
}

/// An event that was changed in the store does not hide others.
pub(crate) fn a_damaged_event_is_shown(world: &World) {
    for user in ["alice", "bob", "carol"] {
        world.registry.codes(&desk(), user).unwrap();
    }
    let rows = rows::all(&*world.store, world.tenant(), Table::Events);
    let bob = rows
        .iter()
        .find(|row| *row.value("user_name") == "bob".into());
    let bob = bob.unwrap();
    for (column, value) in [("role", "emperor"), ("kind", "online.dance"), ("actor", "")] {
        let mut damaged = bob.clone();
        damaged.set(column, value);
        rows::apply(
            &*world.store,
            world.tenant(),
            &[
                Change::Delete {
                    table: Table::Events,
                    key: bob.key().to_vec(),
                    loaded: Value::Null,
                },
                Change::Insert(damaged),
            ],
        );
        let log = events(world, &EventFilter::default());
        let shown = log.iter().filter(|event| event.kind == EventKind::Damaged);
        let shown: Vec<_> = shown.collect();
        assert_eq!(shown.len(), 1, "{column}");
        assert!(Value::from(shown[0].id) == *bob.value("id"));
        let why = shown[0].detail.as_deref().unwrap();
        assert!(why.contains(column), "{why}");
        let of = |name: &str| {
            log.iter()
                .any(|event| event.user.as_ref().is_some_and(|user| user == name))
        };
        assert!(of("alice") && of("carol"));
        // A filter by kind still returns it, although its kind may be damaged.
        let of_bob = EventFilter {
            user: Some("bob".parse().unwrap()),
            kind: Some(EventKind::ListCodes),
            ..EventFilter::default()
        };
        assert_eq!(events(world, &of_bob)[0].kind, EventKind::Damaged);
    }
}

pub(crate) fn events_are_filtered(world: &World) {
    let registry = &world.registry;
    let dana = desk().on_behalf_of(Name::new("dana").unwrap());
    for number in 0..1_100 {
        let user = format!("user-{number}");
        let actor = if number == 3 { &dana } else { &desk() };
        let issued = registry.issue_code(actor, &*user, &OnlinePolicy::default(), &Utc);
        let _ = issued.unwrap();
    }
    world.refusal("0000-0000-0000");
    let found = |filter: EventFilter| {
        let events = registry.events(&root(), &filter).unwrap();
        // Those of this reader are left out.
        let events = events
            .into_iter()
            .filter(|event| event.kind != EventKind::ReadLog);
        events.collect::<Vec<_>>()
    };
    let name = |name: &str| Some(Name::new(name).unwrap());
    let of_dana = found(EventFilter {
        actor: name("dana"),
        ..EventFilter::default()
    });
    assert_eq!(of_dana.len(), 1);
    assert_eq!(of_dana[0].user, name("user-3"));
    let of_desk = found(EventFilter {
        actor: name("help_desk"),
        limit: 5_000,
        ..EventFilter::default()
    });
    assert_eq!(of_desk.len(), 1_100);
    for (word, least) in [("refused", 1), ("unknown", 1), ("expired", 0)] {
        let events = found(EventFilter {
            outcome: Some(word.into()),
            ..EventFilter::default()
        });
        assert_eq!(events.len(), least, "{word}");
    }
    let done = found(EventFilter {
        outcome: Some("done".into()),
        kind: Some(EventKind::IssueCode),
        limit: 7,
        ..EventFilter::default()
    });
    assert_eq!(done.len(), 7);

    // An event, and events about a record, by the whole id, its beginning, and its last symbols.
    let code = of_dana[0].subject.clone().unwrap();
    let event = of_dana[0].id.to_string();
    let short = |id: &str| id[id.len() - 8..].to_uppercase();
    for id in [
        &*code,
        &event,
        &event[..30],
        &short(&code),
        &short(&event)[..7],
    ] {
        let events = found(EventFilter {
            id: Some(id.into()),
            ..EventFilter::default()
        });
        assert_eq!(events.len(), 1, "{id}");
        assert_eq!(events[0], of_dana[0]);
    }
    let none = found(EventFilter {
        id: Some("-".into()),
        ..EventFilter::default()
    });
    assert_eq!(none, []);
}

pub(crate) fn the_log_is_followed(world: &World) {
    world.issue(&OnlinePolicy::default());
    let filter = EventFilter {
        user: Some(Name::new("alice").unwrap()),
        ..EventFilter::default()
    };
    let registry = &world.registry;
    assert_eq!(
        registry
            .follow_events(&desk(), filter.clone())
            .unwrap_err()
            .reason(),
        "forbidden"
    );
    let mut follower = registry.follow_events(&root(), filter).unwrap();
    let begun = world.last_event();
    assert_eq!(begun.kind, EventKind::ReadLog);
    let kinds = |events: Vec<Event>| events.iter().map(|event| event.kind).collect::<Vec<_>>();
    assert_eq!(
        kinds(follower.earlier_events()),
        [EventKind::IssueCode, EventKind::ReadLog]
    );
    assert_eq!(follower.earlier_events(), []);
    assert_eq!(follower.next_events().unwrap(), []);
    world.issue(&OnlinePolicy::default());
    world.issue_to("bob", &OnlinePolicy::default());
    world.refusal("0000-0000-0000");
    assert_eq!(
        kinds(follower.next_events().unwrap()),
        [EventKind::IssueCode, EventKind::VerifyCode]
    );
    // The clock of another server is behind by less than two minutes.
    world.pass(TimeDelta::seconds(200));
    world.issue(&OnlinePolicy::default());
    assert_eq!(follower.next_events().unwrap().len(), 1);
    world.pass(TimeDelta::seconds(-100));
    world.issue(&OnlinePolicy::default());
    world.pass(TimeDelta::seconds(100));
    assert_eq!(follower.next_events().unwrap().len(), 1);
    world.pass(TimeDelta::hours(1));
    assert_eq!(follower.next_events().unwrap(), []);
    // Only the last ones match, oldest first.
    let filter = EventFilter {
        kind: Some(EventKind::IssueCode),
        actor: Some(desk().name),
        limit: 2,
        ..EventFilter::default()
    };
    let mut wanted = registry.events(&root(), &filter).unwrap();
    wanted.reverse();
    let mut follower = registry.follow_events(&root(), filter).unwrap();
    assert_eq!(wanted.len(), 2);
    assert_eq!(follower.earlier_events(), wanted);
    // Polls leave no event.
    let events = registry.events(&root(), &EventFilter::default()).unwrap();
    let is_read = |event: &&Event| event.detail.as_deref() == Some("followed");
    assert_eq!(events.iter().filter(is_read).count(), 3);
}
