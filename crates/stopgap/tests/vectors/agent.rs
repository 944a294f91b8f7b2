//! Whole sessions at one machine, which restarts from its sealed state at every step.

use serde_json::Value;
use stopgap::{
    EnrolmentKey, Purpose,
    offline::{Agent, AgentPolicy, PasswordOnlyLock, Redeemed, SealedState},
};

use super::{array, figure, from_hex, hex, instant, text, throttle_policy, zone};

pub(crate) fn session(group: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let default = AgentPolicy::default();
    let policy = AgentPolicy {
        window_minutes: figure(group, "windowMinutes", default.window_minutes),
        diagnose_minutes: figure(group, "diagnoseMinutes", default.diagnose_minutes),
        clock_tolerance_seconds: figure(
            group,
            "clockToleranceSeconds",
            default.clock_tolerance_seconds,
        ),
        throttle: throttle_policy(group),
        ..default
    };
    let key = || EnrolmentKey::from_slice(&from_hex(text(test, "enrolmentKey"))).unwrap();
    let zone = zone(test);
    let mut sealed = Agent::new(key()).seal();
    for step in array(&test["steps"]) {
        let mut agent = Agent::resume(key(), &sealed).unwrap().with_policy(policy);
        let now = instant(&step["at"]);
        match text(step, "op") {
            "requestCode" => {
                assert_eq!(
                    agent.request_code(now).to_string(),
                    text(step, "result"),
                    "{step}"
                );
            }
            "redeem" => {
                let purpose: Purpose = text(step, "purpose").parse().unwrap();
                let redeemed = agent.redeem(text(step, "code"), purpose, now.with_timezone(&zone));
                sealed = redeemed.state().unwrap();
                let result = redeemed.confirm().map_err(|refusal| refusal.reason());
                assert_eq!(result.err().unwrap_or("ok"), text(step, "result"), "{step}");
                let lock = result.ok().and_then(Redeemed::password_only_lock);
                let until = lock.map(|lock| lock.until.timestamp());
                assert_eq!(step["lockExpiresAt"], Value::from(until), "{step}");
                assert_eq!(step["failures"], failures(&sealed), "{step}");
            }
            "grantedOnline" => {
                let until = instant(&step["expiresAt"]);
                let opened = agent.activate(PasswordOnlyLock { until }, now);
                sealed = opened.state().unwrap();
                let result = opened.confirm().map_err(|refusal| refusal.reason());
                assert_eq!(result.err().unwrap_or("ok"), text(step, "result"), "{step}");
                let until = result.ok().flatten().map(|lock| lock.until.timestamp());
                // The agent returns the active lock; a vector may name one that has ended.
                let active = |end: &i64| *end > now.timestamp();
                let expected = step["lockExpiresAt"].as_i64().filter(active);
                assert_eq!(until, expected, "{step}");
            }
            "passwordOnly" => {
                let shown = agent.lock(now);
                assert_eq!(step["result"], matches!(shown, Ok(Some(_))), "{step}");
                let asked = agent.log_on(now);
                let holds = matches!(asked.confirm(), Ok(Some(_)));
                assert_eq!(step["result"], holds, "{step}");
                sealed = agent.seal();
            }
            "clear" => sealed = agent.clear_lock().state().unwrap(),
            "resetThrottle" => sealed = agent.unlock().state().unwrap(),
            op => panic!("no such step: {op}"),
        }
    }
    assert_eq!(hex(sealed.as_bytes()), text(test, "sealedState"));
}

/// Returns the failures that a sealed state holds (SPEC, "Sealed state").
fn failures(sealed: &SealedState) -> u32 {
    u32::from_be_bytes(sealed.as_bytes()[40..44].try_into().unwrap())
}
