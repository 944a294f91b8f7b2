//! All calls of a registry, each in a state in which it can be made.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use stopgap_registry::{
    Error, EventFilter, PurgePolicy,
    stopgap::{
        Access, Actor, EnrolmentKey, KeyId, KeyRing, Name, OnlinePolicy, Purpose, RecordId, Role,
        Rotation, Scopes, SecurityRequest, Validity, VerifyRequest, offline::Agent,
    },
};

use crate::world::{World, master, root};

/// The values of a case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// A number that no other case has.
    pub(crate) number: u32,
    /// A user that no other case has, and an idempotency key.
    pub(crate) name: String,
    /// A code of some kind.
    pub(crate) code: String,
    id: Option<RecordId>,
    /// The confirmation of the deletion.
    confirmation: String,
    /// The key of a machine.
    key: Vec<u8>,
}

/// A call, and the answer that it should get.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) given: fn(&World, &mut Given),
    pub(crate) call: fn(&World, &Given) -> Result<(), Error>,
    /// The reason of the refusal, if it is refused.
    pub(crate) refusal: Option<&'static str>,
}

impl Case {
    pub(crate) fn prepare(&self, world: &World) -> Given {
        let number = world.number();
        let mut given = Given {
            number,
            name: format!("name-{number}"),
            ..Given::default()
        };
        (self.given)(world, &mut given);
        given
    }
}

macro_rules! cases {
    ($($name:ident by $given:path $(, refused as $reason:literal)?:
        |$world:ident, $of:ident| $call:expr;)*) => {
        pub(crate) const CASES: &[Case] = &[$(Case {
            name: stringify!($name),
            given: $given,
            call: |$world, $of| ($call).map(drop),
            refusal: { let _none: Option<&'static str> = None; $(let _none = Some($reason);)? _none },
        },)*];
    };
}

cases! {
    issue by nothing: |world, given|
        world.registry.issue_code(&root(), given.name.as_str(), &once(), &Utc);
    issue_without_a_right by nothing, refused as "forbidden": |world, given|
        world.registry.issue_code(&nobody(), given.name.as_str(), &once(), &Utc);
    issue_many by nothing: |world, given|
        world.registry.issue_codes(&root(), (0..3).map(|_| (given.name.clone(), once())), &Utc);
    issue_many_but_one by nothing, refused as "invalid_name": |world, given|
        world.registry.issue_codes(&root(), [given.name.as_str(), ""].map(|name| (name, once())), &Utc);
    issue_many_and_lose_them by nothing, refused as "not_kept": |world, given|
        world.registry.issue_codes_and_keep(&root(), [(given.name.clone(), once())], &Utc, |_| {
            Err("no room".into())
        });
    verify by a_code: |world, given|
        world.registry.verify_code(&VerifyRequest::new(&given.name, &given.code, Purpose::Bypass));
    verify_by_an_idempotency_key by a_code: |world, given|
        verify(world, given);
    verify_again by a_verified_code: |world, given| verify(world, given);
    verify_one_that_is_used_up by a_used_code, refused as "used_up": |world, given|
        verify(world, given);
    verify_one_that_is_unknown by a_foreign_code, refused as "unknown": |world, given|
        verify(world, given);
    verify_what_is_no_code by nothing, refused as "malformed": |world, given|
        world.registry.verify_code(&VerifyRequest::new(&given.name, "hello", Purpose::Bypass));
    list by a_code: |world, given| world.registry.codes(&root(), &given.name);
    list_all by a_code: |world, given| {
        let _ = given;
        world.registry.all_codes(&root(), None, 10, |_| true)
    };
    find by a_code: |world, given|
        world.registry.find_code(&root(), &given.id.unwrap().into());
    revoke_some by a_code: |world, given|
        world.registry.revoke_codes(&root(), &[given.id.unwrap()]);
    revoke by a_code: |world, given| world.registry.revoke_last_code(&root(), &given.name);
    revoke_all by two_codes: |world, given|
        world.registry.revoke_all_codes(&root(), &given.name);
    revoke_one by a_code: |world, given|
        world.registry.revoke_code(&root(), given.id.unwrap());
    revoke_none by nothing, refused as "no_code": |world, given|
        world.registry.revoke_last_code(&root(), &given.name);
    set_preset by nothing: |world, given|
        world.registry.set_preset(&root(), &given.name, &once());
    preset by a_preset: |world, given| world.registry.preset(&given.name);
    presets by a_preset: |world, given| {
        let _ = given;
        world.registry.presets(&root())
    };
    remove_preset by a_preset: |world, given|
        world.registry.remove_preset(&root(), &given.name);
    enrol by nothing: |world, given|
        world.registry.enrol_machine(&root(), &given.name, "LAPTOP-17");
    enrol_again by a_machine: |world, given|
        world.registry.enrol_machine(&root(), &given.name, "LAPTOP-17");
    machines by a_machine: |world, given| world.registry.machines(&root(), &given.name);
    all_machines by a_machine: |world, given| {
        let _ = given;
        world.registry.all_machines(&root(), None, 10, |_| true)
    };
    retire_machine by a_machine: |world, given|
        world.registry.retire_machine(&root(), &given.name, "LAPTOP-17");
    answer by a_machine: |world, given| {
        let mut asked = given.clone();
        // The machine shows another request code each minute.
        ask(world, &mut asked);
        let week = Validity::days(7).unwrap();
        let purpose = Purpose::Bypass;
        world.registry.answer_request(&root(), &VerifyRequest::new(&given.name, &asked.code, purpose), week, &Utc)
    };
    create by nothing: |world, given|
        world.registry.create_security_code(&root(), SecurityRequest::new(same_as(given), Scopes::UNLIMITED).description("a build server"));
    security_codes by a_security_code: |world, given| {
        let _ = given;
        world.registry.security_codes(&root(), None, 10, |_| true)
    };
    security_code by a_security_code: |world, given|
        world.registry.security_code(&root(), given.id.unwrap());
    edit by a_security_code: |world, given| {
        let expires_at = world.now() + TimeDelta::hours(2);
        world.registry.edit_security_code(&root(), given.id.unwrap(), expires_at)
    };
    make_permanent by a_security_code: |world, given|
        world.registry.make_security_code_permanent(&root(), given.id.unwrap());
    reset by a_security_code: |world, given|
        world.registry.reset_security_code(&root(), given.id.unwrap());
    reactivate by an_expired_security_code: |world, given|
        world.registry.reactivate_security_code(&root(), given.id.unwrap());
    describe by a_security_code: |world, given|
        world.registry.describe_security_code(&root(), given.id.unwrap(), "another");
    rotate by a_security_code: |world, given| {
        let rotation = Rotation::new(Duration::from_secs(60));
        world.registry.rotate_security_code(&root(), given.id.unwrap(), rotation)
    };
    request_deletion by a_security_code: |world, given|
        world.registry.request_deletion(&root(), given.id.unwrap());
    delete by a_security_code: |world, given|
        world.registry.confirm_deletion(&root(), given.id.unwrap(), &given.confirmation);
    authenticate by a_security_code: |world, given|
        world.registry.authenticate(&given.code, |_| Role::User);
    authenticate_an_expired_one by an_expired_security_code, refused as "expired":
        |world, given| world.registry.authenticate(&given.code, |_| Role::User);
    authenticate_an_unknown_one by a_deleted_security_code, refused as "unknown":
        |world, given| world.registry.authenticate(&given.code, |_| Role::User);
    throttle by a_failure: |world, given| world.registry.throttle(&root(), &given.name);
    throttles by a_failure: |world, given| {
        let _ = given;
        world.registry.throttles(&root(), None, 10, |_| true)
    };
    unlock by a_failure: |world, given|
        world.registry.unlock(&root(), &given.name);
    add_key by nothing: |world, given|
        world.registry.add_key(&root(), KeyId(given.number), &master(given.number));
    keys by nothing: |world, given| {
        let _ = given;
        world.registry.keys(&root())
    };
    retire_key by another_key: |world, given| {
        let _ = given;
        world.registry.retire_key(&root(), KeyId(1))
    };
    retire_compromised_key by a_key_in_use: |world, given| {
        let _ = given;
        world.registry.retire_compromised_key(&root(), KeyId(1))
    };
    flush by counted_uses: |world, given| {
        let _ = given;
        world.registry.flush()
    };
    set_log_retention by nothing: |world, given| {
        let _ = given;
        world.registry.set_log_retention(&root(), 400)
    };
    log_retention by nothing: |world, given| {
        let _ = given;
        world.registry.log_retention(&root())
    };
    events by a_code: |world, given| {
        let _ = given;
        world.registry.events(&root(), &EventFilter::default())
    };
    accept_clock by nothing: |world, given| {
        let _ = given;
        world.registry.accept_clock(&root())
    };
    open by nothing: |world, given|
        world.open(&KeyRing::new(KeyId(1), &master(1)), &given.name);
}

/// Returns a policy for one use.
pub(crate) fn once() -> OnlinePolicy {
    OnlinePolicy::default().max_uses(1)
}

pub(crate) fn verify(world: &World, given: &Given) -> Result<(), Error> {
    let registry = &world.registry;
    let request = VerifyRequest::new(&given.name, &given.code, Purpose::Bypass);
    let granted = registry.verify_code(&request.idempotency_key(&given.name))?;
    assert_eq!(granted.uses_left, Some(0));
    Ok(())
}

/// Purges all old records.
pub(crate) fn purge(world: &World) -> Result<(), Error> {
    let policy = PurgePolicy {
        codes_days: 0,
        verifications_days: 0,
        events_days: 0,
    };
    world.registry.purge(&root(), &policy).map(drop)
}

fn nobody() -> Actor {
    Actor::new("nobody", Role::User).unwrap()
}

fn same_as(given: &Given) -> Access {
    Access::SameAs(Name::new(given.name.clone()).unwrap())
}

fn nothing(_: &World, _: &mut Given) {}

pub(crate) fn a_code(world: &World, given: &mut Given) {
    let issued = world
        .registry
        .issue_code(&root(), given.name.as_str(), &once(), &Utc);
    let issued = issued.unwrap();
    given.code = issued.code.reveal().to_string();
    given.id = Some(issued.record.id);
}

fn two_codes(world: &World, given: &mut Given) {
    a_code(world, given);
    a_code(world, given);
}

fn a_verified_code(world: &World, given: &mut Given) {
    a_code(world, given);
    verify(world, given).unwrap();
}

fn a_used_code(world: &World, given: &mut Given) {
    a_code(world, given);
    let registry = &world.registry;
    let granted = registry.verify_code(&VerifyRequest::new(
        &given.name,
        &given.code,
        Purpose::Bypass,
    ));
    assert_eq!(granted.unwrap().uses_left, Some(0));
}

/// Issues a code to another user.
fn a_foreign_code(world: &World, given: &mut Given) {
    let name = std::mem::replace(&mut given.name, "another".into());
    a_code(world, given);
    given.name = name;
}

fn a_failure(world: &World, given: &mut Given) {
    a_foreign_code(world, given);
    assert!(verify(world, given).is_err());
}

fn a_preset(world: &World, given: &mut Given) {
    let set = world.registry.set_preset(&root(), &given.name, &once());
    set.unwrap();
}

fn a_machine(world: &World, given: &mut Given) {
    let enrolled = world
        .registry
        .enrol_machine(&root(), &given.name, "LAPTOP-17");
    given.key = enrolled.unwrap().key.reveal().to_vec();
}

fn ask(world: &World, given: &mut Given) {
    let key = EnrolmentKey::from_slice(&given.key).unwrap();
    given.code = Agent::new(key).request_code(world.now()).to_string();
}

fn a_security_code(world: &World, given: &mut Given) {
    let created = world
        .registry
        .create_security_code(
            &root(),
            SecurityRequest::new(same_as(given), Scopes::UNLIMITED).description("a build server"),
        )
        .unwrap();
    given.code = created.code.to_string();
    given.id = Some(created.record.id);
    let deletion = world.registry.request_deletion(&root(), created.record.id);
    given.confirmation = deletion.unwrap().confirmation;
}

fn an_expired_security_code(world: &World, given: &mut Given) {
    a_security_code(world, given);
    world.pass(TimeDelta::hours(25));
}

fn a_deleted_security_code(world: &World, given: &mut Given) {
    a_security_code(world, given);
    let id = given.id.unwrap();
    let deleted = world
        .registry
        .confirm_deletion(&root(), id, &given.confirmation);
    deleted.unwrap();
}

/// The number of uses after the first, which are counted in memory.
pub(crate) const COUNTED: u32 = 3;

/// Creates a security code with uses that are not stored yet.
pub(crate) fn counted_uses(world: &World, given: &mut Given) {
    a_security_code(world, given);
    for _ in 0..=COUNTED {
        let used = world.registry.authenticate(&given.code, |_| Role::User);
        let _ = used.unwrap();
    }
}

/// Makes records of every kind under a key that is then no longer the primary key.
fn a_key_in_use(world: &World, given: &mut Given) {
    a_preset(world, given);
    a_machine(world, given);
    a_code(world, given);
    a_security_code(world, given);
    another_key(world, given);
}

fn another_key(world: &World, given: &mut Given) {
    let id = KeyId(given.number);
    let added = world.registry.add_key(&root(), id, &master(given.number));
    added.unwrap();
}
