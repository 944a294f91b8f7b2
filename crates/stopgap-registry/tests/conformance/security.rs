use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    Authenticated, Error, ErrorKind, EventFilter, EventKind, Registry,
    stopgap::{
        Access, KeyId, LifecycleState, Malformed, Name, RecordId, Refusal, Role, Scopes,
        SecurityFormat, SecurityRequest,
    },
};

use crate::world::{UNKNOWN, World, reason, ring, root};

fn create(world: &World) -> (RecordId, String) {
    let created = world
        .registry
        .create_security_code(
            &root(),
            SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED)
                .description("nightly report"),
        )
        .unwrap();
    (created.record.id, created.code.to_string())
}

fn authenticate(world: &World, presented: &str) -> Result<Authenticated, Error> {
    world.registry.authenticate(presented, |_| Role::User)
}

pub(crate) fn a_security_code_goes_through_its_lifecycle(world: &World) {
    let registry = &world.registry;
    let (id, code) = create(world);
    let shown = |state: LifecycleState| state.as_str();
    assert_eq!(authenticate(world, &code).unwrap().id, id);
    let record = registry.security_code(&root(), id).unwrap();
    assert_eq!(shown(record.state), "active");
    assert_eq!(
        record.expires_at().unwrap() - record.created_at(),
        TimeDelta::hours(24)
    );

    world.pass(TimeDelta::hours(12));
    let record = registry.reset_security_code(&root(), id).unwrap();
    world.pass(TimeDelta::hours(23));
    let _ = authenticate(
        world,
        &format!(" \u{201C}{}\u{201D}. ", code.to_uppercase()),
    )
    .unwrap();
    world.set(record.expires_at().unwrap());
    assert_eq!(reason(authenticate(world, &code)), "expired");
    let listed = registry
        .security_codes(&root(), None, 10, |_| true)
        .unwrap();
    assert_eq!(shown(listed[0].state), "expired");

    world.pass(TimeDelta::days(6));
    let record = registry.reactivate_security_code(&root(), id).unwrap();
    assert_eq!(shown(record.state), "active");
    let _ = authenticate(world, &code).unwrap();
    let expires_at = world.now() + TimeDelta::days(400);
    let record = registry
        .edit_security_code(&root(), id, expires_at)
        .unwrap();
    assert_eq!(record.expires_at(), Some(expires_at));
    world.pass(TimeDelta::days(399));
    let _ = authenticate(world, &code).unwrap();
    let record = registry.make_security_code_permanent(&root(), id).unwrap();
    assert_eq!(
        (shown(record.state), record.expires_at()),
        ("permanent", None)
    );
    world.pass(TimeDelta::days(4_000));
    let _ = authenticate(world, &code).unwrap();
    let record = registry
        .describe_security_code(&root(), id, "weekly report")
        .unwrap();
    assert_eq!(record.description, "weekly report");
    assert_eq!(
        registry.security_code(&root(), id).unwrap().description,
        "weekly report"
    );

    // Eight days after its expiry, the code does not exist any more.
    registry.reset_security_code(&root(), id).unwrap();
    world.pass(TimeDelta::days(8) + TimeDelta::seconds(1));
    assert_eq!(reason(authenticate(world, &code)), "unknown");
    assert_eq!(reason(registry.security_code(&root(), id)), "not_found");
}

pub(crate) fn a_change_is_refused_for_every_reason(world: &World) {
    let registry = &world.registry;
    let (id, code) = create(world);
    let now = world.now();
    let edit = |expires_at: DateTime<Utc>| registry.edit_security_code(&root(), id, expires_at);
    assert_eq!(reason(edit(now)), "expiry_not_in_future");
    assert_eq!(reason(edit(DateTime::<Utc>::MAX_UTC)), "time_out_of_range");
    assert_eq!(
        reason(registry.reactivate_security_code(&root(), id)),
        "already_active"
    );
    for (text, expected) in [
        ("a\nb".to_owned(), "description_control"),
        ("x".repeat(1_025), "description_too_long"),
    ] {
        let described = registry.describe_security_code(&root(), id, &text);
        assert_eq!(described.as_ref().unwrap_err().kind(), ErrorKind::Invalid);
        assert_eq!(reason(described), expected);
        let created = registry.create_security_code(
            &root(),
            SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED).description(&text),
        );
        assert_eq!(reason(created), expected);
    }

    // A server without its key cannot make the record valid again.
    let elsewhere = world.open("default", &ring(&[2])).unwrap();
    assert_eq!(
        reason(elsewhere.make_security_code_permanent(&root(), id)),
        "key_missing"
    );

    world.pass(TimeDelta::hours(25));
    assert_eq!(reason(edit(now + TimeDelta::days(9))), "expired");
    assert_eq!(
        reason(registry.make_security_code_permanent(&root(), id)),
        "expired"
    );
    assert_eq!(reason(registry.reset_security_code(&root(), id)), "expired");
    assert_eq!(reason(authenticate(world, &code)), "expired");
    registry
        .describe_security_code(&root(), id, "still there")
        .unwrap();

    world.pass(TimeDelta::days(7));
    let never: RecordId = "019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11".parse().unwrap();
    for id in [id, never] {
        let later = world.now() + TimeDelta::days(1);
        assert_eq!(
            reason(registry.edit_security_code(&root(), id, later)),
            "not_found"
        );
        assert_eq!(
            reason(registry.make_security_code_permanent(&root(), id)),
            "not_found"
        );
        assert_eq!(
            reason(registry.reset_security_code(&root(), id)),
            "not_found"
        );
        assert_eq!(
            reason(registry.reactivate_security_code(&root(), id)),
            "not_found"
        );
        assert_eq!(
            reason(registry.describe_security_code(&root(), id, "")),
            "not_found"
        );
        assert_eq!(reason(registry.request_deletion(&root(), id)), "not_found");
        assert_eq!(
            reason(registry.confirm_deletion(&root(), id, "")),
            "not_found"
        );
    }
    assert_eq!(reason(authenticate(world, "3F9A")), "malformed");
    assert_eq!(reason(authenticate(world, UNKNOWN)), "unknown");
}

pub(crate) fn an_authenticated_code_acts_as_its_user(world: &World) {
    let bob: Name = "bob@example.com".parse().unwrap();
    let created = world
        .registry
        .create_security_code(
            &root(),
            SecurityRequest::new(Access::SameAs(bob.clone()), Scopes::UNLIMITED),
        )
        .unwrap();
    let code = created.code.to_string();
    for (is, acts, limited) in [
        (Role::User, Role::User, false),
        (Role::Administrator, Role::Administrator, false),
        (Role::SuperAdministrator, Role::User, true),
    ] {
        let scope = world.registry.authenticate(&code, |user| {
            assert_eq!(*user, bob);
            is
        });
        let scope = scope.unwrap();
        assert_eq!((scope.role, scope.limited), (acts, limited));
        assert_eq!(scope.user.as_ref(), Some(&bob));
    }
    let (_, code) = create(world);
    let scope = world
        .registry
        .authenticate(&code, |_| panic!("the code has no user"));
    let scope = scope.unwrap();
    assert_eq!((scope.role, scope.user), (Role::SuperAdministrator, None));
}

pub(crate) fn deletion_takes_two_steps(world: &World) {
    let registry = &world.registry;
    let (id, code) = create(world);
    let deletion = registry.request_deletion(&root(), id).unwrap();
    assert_eq!(deletion.record.description, "nightly report");
    assert_eq!(deletion.confirmation.len(), 8);
    let _ = authenticate(world, &code).unwrap();
    let wrong = registry.confirm_deletion(&root(), id, "yes");
    assert_eq!(reason(wrong), "not_confirmed");
    // The code has changed since it was shown.
    registry.make_security_code_permanent(&root(), id).unwrap();
    let stale = registry.confirm_deletion(&root(), id, &deletion.confirmation);
    assert_eq!(reason(stale), "not_confirmed");
    let deletion = registry.request_deletion(&root(), id).unwrap();
    registry
        .confirm_deletion(&root(), id, &deletion.confirmation)
        .unwrap();
    assert_eq!(reason(authenticate(world, &code)), "unknown");
    assert_eq!(reason(registry.security_code(&root(), id)), "not_found");
}

pub(crate) fn a_use_is_stored_once_a_minute(world: &World) {
    let (id, code) = create(world);
    let uses = || {
        let filter = EventFilter {
            kind: Some(EventKind::Authenticate),
            ..Default::default()
        };
        world.registry.events(&root(), &filter).unwrap()
    };
    let used_at = || {
        let record = world.registry.security_code(&root(), id).unwrap();
        record.last_used_at
    };
    assert_eq!(used_at(), None);
    for _ in 0..10 {
        let _ = authenticate(world, &code).unwrap();
    }
    assert_eq!(uses().len(), 1);
    assert_eq!(uses()[0].subject, Some(id.to_string()));
    let first = used_at().unwrap();
    world.set(first + TimeDelta::milliseconds(59_900));
    let _ = authenticate(world, &code).unwrap();
    assert_eq!((uses().len(), used_at()), (1, Some(first)));
    world.set(first + TimeDelta::seconds(60));
    let _ = authenticate(world, &code).unwrap();
    assert_eq!(uses().len(), 2);
    assert!(used_at().unwrap() > first);

    // A change keeps the time of the last use.
    let record = world.registry.reset_security_code(&root(), id).unwrap();
    assert_eq!(record.last_used_at, used_at());

    // Of many uses at the same time, one stores the time.
    world.pass(TimeDelta::seconds(61));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| authenticate(world, &code).unwrap());
        }
    });
    assert_eq!(uses().len(), 3);

    // Unknown codes are counted in the same way.
    for _ in 0..10 {
        let unknown = authenticate(world, UNKNOWN);
        assert_eq!(reason(unknown), "unknown");
    }
    let noted = uses();
    assert_eq!(noted.len(), 4);
    assert_eq!(noted[0].reason.as_deref(), Some("unknown"));
    world.pass(TimeDelta::hours(25));
    assert_eq!(reason(authenticate(world, &code)), "expired");
    assert_eq!(uses()[0].reason.as_deref(), Some("expired"));
    // A clock that was set back a little does not stop authentication.
    world.pass(TimeDelta::seconds(-100));
    assert_eq!(reason(authenticate(world, &code)), "expired");
    world.pass(TimeDelta::hours(-1));
    assert!(matches!(
        authenticate(world, &code),
        Err(Error::Refused(Refusal::ClockRolledBack { .. }))
    ));
}

pub(crate) fn codes_that_are_gone_are_not_listed(world: &World) {
    let old: Vec<RecordId> = (0..30).map(|_| create(world).0).collect();
    world.pass(TimeDelta::days(3));
    let new: Vec<RecordId> = (0..10).map(|_| create(world).0).collect();
    world.pass(TimeDelta::days(5) + TimeDelta::minutes(1));
    let mut listed = Vec::new();
    loop {
        let after = listed.last().copied();
        let page = world
            .registry
            .security_codes(&root(), after, 4, |_| true)
            .unwrap();
        if page.is_empty() {
            break;
        }
        assert!(listed.len() >= 8 || page.len() == 4);
        listed.extend(page.iter().map(|record| record.id));
    }
    assert_eq!(listed, new);
    assert!(!listed.contains(&old[0]));
}

pub(crate) fn an_edited_expiry_is_returned_as_stored(world: &World) {
    let registry = &world.registry;
    let (id, _) = create(world);
    let expires_at = world.now() + TimeDelta::hours(1);
    let finer = expires_at + TimeDelta::nanoseconds(999);
    let edited = registry.edit_security_code(&root(), id, finer).unwrap();
    let kept = registry.security_code(&root(), id).unwrap();
    assert_eq!(edited.expires_at(), Some(expires_at));
    assert_eq!(kept.expires_at(), Some(expires_at));
}

/// No lock is held during a look-up of a role, so the registry may be called.
pub(crate) fn a_role_look_up_may_call_the_registry(world: &World) {
    let bob: Name = "bob".parse().unwrap();
    let created = world.registry.create_security_code(
        &root(),
        SecurityRequest::new(Access::SameAs(bob), Scopes::UNLIMITED),
    );
    let code = created.unwrap().code.to_string();
    let scope = world.registry.authenticate(&code, |_| {
        let key = crate::world::master(2);
        world.registry.add_key(&root(), KeyId(2), &key).unwrap();
        Role::HelpDesk
    });
    assert_eq!(scope.unwrap().role, Role::HelpDesk);
}

/// If a role cannot be found, nothing is decided, so nothing is stored.
pub(crate) fn who_fails_to_find_a_role_leaves_no_trace(world: &World) {
    let bob: Name = "bob".parse().unwrap();
    let created = world
        .registry
        .create_security_code(
            &root(),
            SecurityRequest::new(Access::SameAs(bob), Scopes::UNLIMITED),
        )
        .unwrap();
    let code = created.code.to_string();
    let events = || {
        let all = EventFilter::default();
        world.registry.events(&root(), &all).unwrap().len()
    };
    let before = events();
    let failed = world
        .registry
        .try_authenticate(&code, |_| Err(Error::NoMachine));
    assert_eq!(reason(failed), "no_machine");
    let record = world.registry.security_code(&root(), created.record.id);
    assert_eq!(record.unwrap().last_used_at, None);
    // The two events are reading the log before, and reading the code.
    assert_eq!(events(), before + 2);
    let found = world
        .registry
        .try_authenticate(&code, |_| Ok::<_, Error>(Role::HelpDesk));
    assert_eq!(found.unwrap().role, Role::HelpDesk);
}

/// Every store returns the scopes with the code, even after a change.
pub(crate) fn scopes_are_stored(world: &World) {
    let registry = &world.registry;
    let many: Vec<String> = (10..42).map(|number| format!("scope:{number}")).collect();
    let many = Scopes::new(many.iter().map(String::as_str)).unwrap();
    for scopes in [
        Scopes::UNLIMITED,
        Scopes::new(["users:*", "reports.read", "users:*"]).unwrap(),
        many,
    ] {
        let access = Access::SameAs("bob".parse().unwrap());
        let created =
            registry.create_security_code(&root(), SecurityRequest::new(access, scopes.clone()));
        let created = created.unwrap();
        assert_eq!(created.record.scopes, scopes);
        let id = created.record.id;
        let described = registry.describe_security_code(&root(), id, "other");
        assert_eq!(described.unwrap().scopes, scopes);
        let found = authenticate(world, created.code.as_str()).unwrap();
        assert_eq!(found.scopes, scopes);
        let listed = registry
            .security_codes(&root(), None, 10, |_| true)
            .unwrap();
        let listed = listed.iter().find(|record| record.id == id).unwrap();
        let json = serde_json::to_value(listed).unwrap();
        assert_eq!(json["scopes"], serde_json::to_value(&scopes).unwrap());
    }
}

/// Codes with the earlier prefix stay valid if that prefix is accepted.
pub(crate) fn a_prefix_can_be_changed(world: &World) {
    let (_, old) = create(world);
    let [acme, stopgap] = ["acme", "stopgap"].map(|prefix| prefix.parse().unwrap());
    let now = world.now();
    let open = |format: SecurityFormat| {
        let keys = ring(&[1]);
        let builder = Registry::builder(&keys)
            .clock(move || now)
            .clock_tolerance(None);
        let builder = builder.security_format(format);
        builder.over(Arc::clone(&world.store)).unwrap()
    };
    let role = |_: &Name| Role::User;
    let registry = open(SecurityFormat {
        prefix: acme,
        accepted: vec![stopgap],
    });
    let access = Access::SuperAdministrator;
    let created =
        registry.create_security_code(&root(), SecurityRequest::new(access, Scopes::UNLIMITED));
    let new = created.unwrap().code.to_string();
    assert!(new.starts_with("acme_"), "{new}");
    for code in [&old, &new] {
        let _ = registry.authenticate(code, role).unwrap();
    }
    assert_eq!(reason(authenticate(world, &new)), "malformed");
}

/// A typo is refused without reading the store, and leaves no event.
pub(crate) fn a_malformed_code_is_refused_without_reading_the_store(world: &World) {
    let (_, code) = create(world);
    let events = || {
        let all = EventFilter::default();
        world.registry.events(&root(), &all).unwrap().len()
    };
    let before = events();
    let (rest, last) = code.split_at(code.len() - 1);
    let typo = format!("{rest}{}", if last == "0" { '1' } else { '0' });
    for (presented, expected) in [
        (typo.as_str(), Malformed::CheckFailed),
        (
            rest,
            Malformed::WrongLength {
                expected: 40,
                found: 39,
            },
        ),
        (&code[8..], Malformed::UnexpectedSymbol { position: 0 }),
    ] {
        let refused = authenticate(world, presented);
        assert_eq!(crate::world::refused(refused), Refusal::Malformed(expected));
    }
    // The only event is reading the log.
    assert_eq!(events(), before + 1);
}

/// A refused authentication does not change the time of the last use. One event in a
/// minute has the number of authentications.
pub(crate) fn only_granted_uses_count(world: &World) {
    let registry = &world.registry;
    let (id, code) = create(world);
    let last_used = || {
        let record = registry.security_code(&root(), id).unwrap();
        record.last_used_at
    };
    let counts = || {
        let filter = EventFilter {
            kind: Some(EventKind::Authenticate),
            ..EventFilter::default()
        };
        let events = registry.events(&root(), &filter).unwrap();
        let counts = events
            .iter()
            .map(|event| (event.count, event.reason.clone()));
        counts.collect::<Vec<_>>()
    };
    let granted = |count| (count, None);
    let refused = |count| (count, Some("expired".to_owned()));
    for _ in 0..50 {
        let _ = authenticate(world, &code).unwrap();
    }
    assert_eq!(counts(), [granted(1)]);
    let first = last_used().unwrap();
    world.pass(TimeDelta::seconds(61));
    registry.flush().unwrap();
    assert_eq!(counts(), [granted(49), granted(1)]);
    let last = last_used().unwrap();
    assert!(last > first && last < first + TimeDelta::seconds(1));

    world.pass(TimeDelta::days(1));
    for _ in 0..5 {
        assert_eq!(reason(authenticate(world, &code)), "expired");
    }
    registry.flush().unwrap();
    assert_eq!(counts()[..2], [refused(4), refused(1)]);
    assert_eq!(last_used(), Some(last));
}
