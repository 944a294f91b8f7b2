//! The lifecycle of a security code, and a throttle, step by step.

use serde_json::Value;
use stopgap::{
    Access, Actor, KeyId, KeyRing, LifecycleError, LifecycleEvent, LifecycleState, MasterKey,
    Refusal, Role, Scopes, SecurityCode, SecurityFormat, SecurityRequest, SysRng, Throttle,
};

use super::{array, instant, text, throttle_policy};

pub(crate) fn security_code(_: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let created_at = instant(&test["createdAt"]);
    let format = SecurityFormat::default();
    let created = SecurityCode::create(&keys, &format, &root, request, created_at, &mut SysRng);
    let (shown, mut sealed) = created.unwrap();
    let code = format.read(shown.as_str()).unwrap();
    for step in array(&test["steps"]) {
        let now = instant(&step["at"]);
        let event = match text(step, "op") {
            "state" => None,
            "authenticate" => {
                let outcome = sealed.authenticate(&keys, &code, |_| Role::User, now);
                let result = outcome.as_ref().map_or_else(Refusal::reason, |_| "ok");
                assert_eq!(result, text(step, "result"), "{step}");
                None
            }
            "edit" => Some(LifecycleEvent::Edit {
                expires_at: instant(&step["expiresAt"]),
            }),
            "make_permanent" => Some(LifecycleEvent::MakePermanent),
            "reset" => Some(LifecycleEvent::Reset),
            "reactivate" => Some(LifecycleEvent::Reactivate),
            "describe" => Some(LifecycleEvent::Describe("nightly report")),
            "delete" => Some(LifecycleEvent::Delete),
            op => panic!("no such step: {op}"),
        };
        if let Some(event) = event {
            let outcome = sealed.apply(&keys, &root, event, now);
            let result = outcome
                .as_ref()
                .map_or_else(LifecycleError::reason, |_| "ok");
            assert_eq!(result, text(step, "result"), "{step}");
            sealed = outcome.unwrap_or(sealed);
        }
        let state = sealed.open(&keys).unwrap().state(now);
        assert_eq!(state.as_str(), text(step, "state"), "{step}");
        let expires_at = match state {
            LifecycleState::Active { expires_at: at }
            | LifecycleState::Expired { expired_at: at } => Some(at.timestamp()),
            LifecycleState::Permanent | LifecycleState::Gone => None,
        };
        assert_eq!(step["stateExpiresAt"], Value::from(expires_at), "{step}");
    }
}

pub(crate) fn throttle(group: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let policy = throttle_policy(group);
    let mut throttle = Throttle::default();
    for step in array(&test["steps"]) {
        let now = instant(&step["at"]);
        let result = match text(step, "op") {
            "fail" => match throttle.guard(&policy, now, || Err::<(), _>(Refusal::Unknown)) {
                Err(Refusal::Unknown) => "counted",
                Err(Refusal::Throttled { .. }) => "throttled",
                outcome => panic!("{outcome:?}"),
            },
            "succeed" => match throttle.guard(&policy, now, || Ok(())) {
                Ok(()) => "ok",
                Err(Refusal::Throttled { .. }) => "throttled",
                outcome => panic!("{outcome:?}"),
            },
            "check" => match throttle.check(&policy, now) {
                Ok(()) => "ok",
                Err(refusal) => refusal.reason(),
            },
            "reset" => {
                throttle.reset();
                "ok"
            }
            op => panic!("no such step: {op}"),
        };
        assert_eq!(result, text(step, "result"), "{step}");
        assert_eq!(step["failures"], throttle.failures, "{step}");
        let locked_until = throttle.locked_until.map(|until| until.timestamp());
        assert_eq!(step["lockedUntil"], Value::from(locked_until), "{step}");
        let without_end = throttle.failures >= policy.hard_limit;
        assert_eq!(step["untilReset"], without_end, "{step}");
    }
}
