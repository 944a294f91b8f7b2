use chrono::{TimeDelta, Utc};
use stopgap_registry::{
    Builder, EventFilter, EventKind, PurgePolicy, Registry,
    stopgap::{
        Access, Name, OnlinePolicy, Purpose, Refusal, Role, Scopes, SecurityRequest, Validity,
        VerifyRequest,
    },
};

use crate::world::{World, desk, reason, refused, ring, root};

pub(crate) fn they_do_not_see_each_other(world: &World) {
    let ours = &world.registry;
    let theirs = world.open("acme", &ring(&[1])).unwrap();
    assert_eq!(theirs.tenant().as_str(), "acme");
    assert!(format!("{theirs:?}").contains("acme"));

    let code = world.issue(&OnlinePolicy::default().length(20));
    let secret = ours
        .create_security_code(
            &root(),
            SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED).description("ours"),
        )
        .unwrap();
    let _ = ours.enrol_machine(&desk(), "alice", "LAPTOP-17").unwrap();
    ours.set_preset(&root(), "ours", &OnlinePolicy::default())
        .unwrap();
    for _ in 0..3 {
        world.refusal("0123-4567-89AB-CDEF-0123");
    }
    let request = VerifyRequest::new("alice", &code, Purpose::Reset).idempotency_key("one");
    let _ = ours.verify_code(&request).unwrap();

    // Not even the length of the other tenant's codes is known there.
    let unread = theirs.verify_code(&VerifyRequest::new("alice", &code, Purpose::Reset));
    assert_eq!(refused(unread).reason(), "malformed");
    let long = OnlinePolicy::default().length(20);
    let _ = theirs.issue_code(&desk(), "zoe", &long, &Utc).unwrap();
    let unknown = theirs.verify_code(&request);
    assert_eq!(refused(unknown), Refusal::Unknown);
    let unknown = theirs.authenticate(secret.code.as_str(), |_| Role::User);
    assert_eq!(refused(unknown), Refusal::Unknown);
    let id = secret.record.id;
    assert_eq!(reason(theirs.security_code(&root(), id)), "not_found");
    assert_eq!(reason(theirs.request_deletion(&root(), id)), "not_found");
    assert!(theirs.codes(&desk(), "alice").unwrap().is_empty());
    assert_eq!(
        theirs.all_codes(&desk(), None, 9, |_| true).unwrap().len(),
        1
    );
    assert!(theirs.machines(&desk(), "alice").unwrap().is_empty());
    assert!(
        theirs
            .security_codes(&root(), None, 9, |_| true)
            .unwrap()
            .is_empty()
    );
    assert!(theirs.presets(&desk()).unwrap().is_empty());
    assert_eq!(reason(theirs.preset("ours")), "no_preset");
    assert_eq!(theirs.throttle(&desk(), "alice").unwrap().failures, 1);
    assert_eq!(theirs.revoke_all_codes(&desk(), "alice").unwrap(), 0);
    let bypass = theirs.answer_request(
        &desk(),
        &VerifyRequest::new("alice", "ZZZZ-ZZZZ", Purpose::Bypass),
        Validity::DAY,
        &Utc,
    );
    assert_eq!(reason(bypass), "not_enrolled");
    assert_eq!(
        reason(theirs.retire_machine(&desk(), "alice", "LAPTOP-17")),
        "no_machine"
    );
    let events = theirs.events(&root(), &EventFilter::default()).unwrap();
    assert!(
        events
            .iter()
            .all(|event| event.detail.as_deref() != Some("reset") || event.reason.is_some())
    );

    // A purge of one tenant deletes nothing of the other.
    world.pass(TimeDelta::days(1_000));
    let purged = theirs.purge(&root(), &PurgePolicy::default()).unwrap();
    assert_eq!((purged.codes, purged.security_codes), (1, 0));
    assert_eq!(ours.codes(&desk(), "alice").unwrap().len(), 1);
    theirs.accept_clock(&root()).unwrap();
}

pub(crate) fn a_tenant_is_added_once(world: &World) {
    let ring = ring(&[1, 2]);
    let opened = |builder: Builder<'_>| {
        let builder = builder.clock(world.clock()).clock_tolerance(None);
        let registry = builder.over(world.store.clone())?;
        registry.tenants(&root())
    };
    let builder = || Registry::builder(&ring).tenant("acme");
    assert_eq!(reason(opened(builder().existing())), "no_tenant");
    let desk = desk().on_behalf_of(Name::new("dana").unwrap());
    assert_eq!(reason(opened(builder().add_tenant(&desk))), "forbidden");
    assert_eq!(reason(opened(builder().existing())), "no_tenant");
    assert_eq!(world.registry.tenants(&root()).unwrap().len(), 1);

    let root = root().on_behalf_of(Name::new("dana").unwrap());
    let tenants = opened(builder().add_tenant(&root)).unwrap();
    assert_eq!(tenants, ["acme", "default"]);
    assert_eq!(reason(opened(builder().add_tenant(&root))), "tenant_exists");
    assert_eq!(opened(builder().existing()).unwrap(), tenants);
    let theirs = world.open("acme", &ring).unwrap();
    let events = theirs.events(&root, &EventFilter::default()).unwrap();
    let first = events.last().unwrap();
    assert_eq!(first.kind, EventKind::AddTenant);
    assert_eq!(first.subject.as_deref(), Some("acme"));
    assert_eq!(first.on_behalf_of.as_ref().unwrap(), "dana");
    assert_eq!(first.actor, root.name);
    // The log was read on behalf of the same person.
    let filter = EventFilter {
        kind: Some(EventKind::ReadLog),
        ..EventFilter::default()
    };
    let events = theirs.events(&root, &filter).unwrap();
    assert_eq!(events[0].on_behalf_of.as_ref().unwrap(), "dana");
}
