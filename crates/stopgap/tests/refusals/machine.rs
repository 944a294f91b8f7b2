//! At the machine: redeeming, the clock, the lock, the throttle.

use chrono::{TimeDelta, TimeZone, Utc};
use stopgap::{
    Alphabet, Code, EnrolmentKey, Malformed, Purpose, Refusal, ThrottlePolicy, Validity,
    offline::{Agent, AgentPolicy, Lock, minute_of},
};

use super::{NOW, at};

pub(crate) fn key() -> EnrolmentKey {
    EnrolmentKey::from_bytes([9; 32])
}

pub(crate) fn code_of(seconds: i64, validity: Validity) -> Code {
    let minute = minute_of(at(seconds));
    key().offline_code(minute, Purpose::Bypass, validity, &Alphabet::UNAMBIGUOUS)
}

fn redeem(agent: &mut Agent, code: &Code, now: i64) -> Result<Lock, Refusal> {
    let shown = code.reveal();
    agent
        .redeem(shown.as_str(), Purpose::Bypass, at(now))
        .into_parts()
        .1
}

pub(crate) fn lock(agent: &mut Agent, now: i64) -> Result<Option<Lock>, Refusal> {
    agent.lock(at(now)).into_parts().1
}

pub(crate) const GUESS: &str = "ZZZZ-ZZZZ-ZZZZ-ZZZZ";

fn guess(agent: &mut Agent, now: i64) -> Refusal {
    agent
        .redeem(GUESS, Purpose::Bypass, at(now))
        .into_parts()
        .1
        .unwrap_err()
}

#[test]
fn a_code_is_good_for_half_an_hour_and_its_day_for_another_reason() {
    let code = code_of(NOW, Validity::DAY);
    let minute = NOW / 60 * 60;
    for (now, expected) in [
        (minute - 1, "unknown"),
        (minute, "ok"),
        (minute + 30 * 60 + 59, "ok"),
        (minute + 31 * 60, "expired"),
        (minute + 1_440 * 60 + 59, "expired"),
        (minute + 1_441 * 60, "unknown"),
    ] {
        let mut agent = Agent::new(key());
        let result = redeem(&mut agent, &code, now);
        let reason = result.map_or_else(|refusal| refusal.reason(), |_| "ok");
        assert_eq!(reason, expected, "{} s", now - minute);
        if let Err(Refusal::Expired { expired_at }) = result {
            assert_eq!(expired_at, at(minute + 31 * 60));
        }
    }
}

#[test]
fn codes_of_earlier_minutes_are_used_up_with_the_one_redeemed() {
    let mut agent = Agent::new(key());
    let (earlier, later) = (
        code_of(NOW - 60, Validity::DAY),
        code_of(NOW, Validity::DAY),
    );
    let next = code_of(NOW + 60, Validity::DAY);
    assert!(redeem(&mut agent, &later, NOW).is_ok());
    assert_eq!(redeem(&mut agent, &later, NOW), Err(Refusal::UsedUp));
    assert_eq!(redeem(&mut agent, &earlier, NOW), Err(Refusal::UsedUp));
    // Also when it would only be late.
    assert_eq!(
        redeem(&mut agent, &earlier, NOW + 7_200),
        Err(Refusal::UsedUp)
    );
    let mut agent = Agent::new(key());
    assert!(redeem(&mut agent, &earlier, NOW).is_ok());
    assert!(redeem(&mut agent, &next, NOW + 60).is_ok());
}

#[test]
fn the_lock_runs_from_the_minute_of_the_request_and_is_never_shortened() {
    let mut agent = Agent::new(key());
    let berlin = chrono_tz::Europe::Berlin;
    // Shown at 15:00 on the day before clocks go forward, redeemed at 15:20.
    let shown = berlin.with_ymd_and_hms(2027, 3, 27, 15, 0, 42).unwrap();
    let code = code_of(shown.timestamp(), Validity::DAY);
    let typed = code.reveal();
    let now = shown + TimeDelta::try_minutes(20).unwrap();
    let opened = agent
        .redeem(typed.as_str(), Purpose::Bypass, now)
        .into_parts()
        .1
        .unwrap();
    let end = berlin.with_ymd_and_hms(2027, 3, 28, 15, 0, 0).unwrap();
    assert_eq!(opened.until, end);
    assert_eq!((end - shown).num_hours(), 22);

    let until = end.timestamp();
    assert_eq!(lock(&mut agent, until - 1).unwrap().unwrap().until, end);
    let month = code_of(until - 60, Validity::MONTH);
    let long = redeem(&mut agent, &month, until - 1).unwrap();
    let day = code_of(until, Validity::DAY);
    assert_eq!(redeem(&mut agent, &day, until), Ok(long));
    assert_eq!(lock(&mut agent, long.until.timestamp()), Ok(None));
}

#[test]
fn a_clock_that_was_set_back_opens_nothing() {
    let mut agent = Agent::new(key());
    assert!(redeem(&mut agent, &code_of(NOW, Validity::DAY), NOW).is_ok());
    assert_eq!(lock(&mut agent, NOW + 3_600).unwrap().map(|_| ()), Some(()));
    let seen = at(NOW + 3_600);
    // 120 seconds are forgiven, one more is not.
    assert!(lock(&mut agent, NOW + 3_480).unwrap().is_some());
    let refused = Err(Refusal::ClockRolledBack { seen });
    assert_eq!(lock(&mut agent, NOW + 3_479), refused);
    let code = code_of(NOW + 3_420, Validity::DAY);
    assert_eq!(redeem(&mut agent, &code, NOW + 3_479).map(Some), refused);
    assert_eq!(
        Refusal::ClockRolledBack { seen }
            .public_message()
            .to_string(),
        "This computer's clock is wrong."
    );
    // A restart does not forget the time.
    let mut agent = Agent::resume(key(), &agent.seal()).unwrap();
    assert_eq!(lock(&mut agent, NOW), refused);
    // What is no code at all is told so first, and is no reason to look.
    let typo = agent
        .redeem("ZZZ?", Purpose::Bypass, at(NOW))
        .into_parts()
        .1;
    assert_eq!(
        typo,
        Err(Malformed::UnexpectedSymbol { position: 3 }.into())
    );
    // Right again, and open again.
    assert!(redeem(&mut agent, &code, NOW + 3_600).is_ok());
}

#[test]
fn a_typo_does_not_move_the_clock_floor_and_a_guess_does() {
    let mut agent = Agent::new(key());
    let before = agent.seal();
    let typo = agent.redeem("ZZZZ", Purpose::Bypass, at(NOW));
    assert_eq!(typo.into_parts().0.as_bytes(), before.as_bytes());
    let both = agent
        .redeem("ZZZZ", Purpose::Register, at(NOW))
        .into_parts()
        .1;
    assert_eq!(both.unwrap_err().reason(), "malformed");
    let register = agent.redeem(GUESS, Purpose::Register, at(NOW));
    assert_eq!(register.into_parts().1, Err(Refusal::WrongPurpose));
    assert_eq!(register.into_parts().0.as_bytes(), before.as_bytes());
    assert_eq!(guess(&mut agent, NOW), Refusal::Unknown);
    assert_eq!(guess(&mut agent, NOW - 121).reason(), "clock_rolled_back");
}

#[test]
fn guesses_close_the_door_until_it_is_opened_again() {
    let mut agent = Agent::new(key());
    for _ in 0..5 {
        assert_eq!(guess(&mut agent, NOW), Refusal::Unknown);
    }
    let code = code_of(NOW, Validity::DAY);
    let closed = Refusal::Throttled {
        until: Some(at(NOW + 60)),
    };
    assert_eq!(redeem(&mut agent, &code, NOW + 59), Err(closed));
    let mut agent = Agent::resume(key(), &agent.seal()).unwrap();
    assert_eq!(redeem(&mut agent, &code, NOW + 59), Err(closed));
    assert!(redeem(&mut agent, &code, NOW + 60).is_ok());
    // The success cleared the failures.
    for _ in 0..4 {
        assert_eq!(guess(&mut agent, NOW + 60), Refusal::Unknown);
    }
    assert_eq!(guess(&mut agent, NOW + 60), Refusal::Unknown);
    assert_eq!(guess(&mut agent, NOW + 60).reason(), "throttled");
    // The lock that is open stays so.
    let opened = agent.reset_throttle().into_parts().0;
    let mut agent = Agent::resume(key(), &opened).unwrap();
    assert!(lock(&mut agent, NOW + 60).unwrap().is_some());
    assert_eq!(guess(&mut agent, NOW + 60), Refusal::Unknown);
}

#[test]
fn every_figure_of_an_agent_can_be_set() {
    let policy = AgentPolicy {
        alphabet: Alphabet::HEX,
        window_minutes: 1,
        diagnose_minutes: 3,
        clock_tolerance_seconds: 0,
        throttle: ThrottlePolicy {
            free: 1,
            ..ThrottlePolicy::default()
        },
    };
    let fresh = || Agent::new(key()).with_policy(policy);
    assert!(
        fresh()
            .request_code(at(NOW))
            .canonical()
            .chars()
            .all(|c| c.is_ascii_hexdigit())
    );
    let minute = minute_of(at(NOW));
    let code = key().offline_code(minute, Purpose::Bypass, Validity::DAY, &Alphabet::HEX);
    for (age, expected) in [
        (0, "ok"),
        (1, "ok"),
        (2, "expired"),
        (3, "expired"),
        (4, "unknown"),
    ] {
        let result = redeem(&mut fresh(), &code, NOW + age * 60);
        let reason = result.map_or_else(|refusal| refusal.reason(), |_| "ok");
        assert_eq!(reason, expected, "{age}");
    }
    let mut agent = fresh();
    let guess = |agent: &mut Agent, now| {
        agent
            .redeem(&"0".repeat(16), Purpose::Bypass, at(now))
            .into_parts()
            .1
            .unwrap_err()
            .reason()
    };
    assert_eq!(guess(&mut agent, NOW), "unknown");
    assert_eq!(guess(&mut agent, NOW), "throttled");
    assert_eq!(guess(&mut agent, NOW - 1), "clock_rolled_back");
}

#[test]
fn an_online_grant_opens_the_same_lock_and_the_lost_factor_closes_it() {
    let mut agent = Agent::new(key());
    let week = Lock {
        until: at(NOW + 7 * 86_400),
    };
    assert_eq!(agent.open_lock(week, at(NOW)).into_parts().1, Ok(week));
    assert_eq!(lock(&mut agent, NOW), Ok(Some(week)));
    // A shorter one does not shorten it.
    let day = Lock {
        until: at(NOW + 86_400),
    };
    assert_eq!(agent.open_lock(day, at(NOW)).into_parts().1, Ok(week));
    let cleared = agent.clear_lock().into_parts().0;
    let mut agent = Agent::resume(key(), &cleared).unwrap();
    assert_eq!(lock(&mut agent, NOW), Ok(None));
    let beyond = Lock {
        until: chrono::DateTime::<Utc>::MAX_UTC,
    };
    let refused = agent.open_lock(beyond, at(NOW)).into_parts().1;
    assert_eq!(refused, Err(Refusal::TimeOutOfRange));
    assert_eq!(lock(&mut agent, NOW), Ok(None));
    let past = Lock { until: at(NOW) };
    let expired = Refusal::Expired {
        expired_at: at(NOW),
    };
    assert_eq!(agent.open_lock(past, at(NOW)).into_parts().1, Err(expired));
    let rolled_back = agent
        .open_lock(week, at(NOW - 121))
        .into_parts()
        .1
        .unwrap_err();
    assert_eq!(rolled_back.reason(), "clock_rolled_back");
    assert_eq!(lock(&mut agent, NOW), Ok(None));
}

#[test]
fn a_code_whose_lock_has_ended_already_is_expired_and_not_used_up() {
    // A window that is wider than the validity, over a day of 23 hours.
    let policy = AgentPolicy {
        window_minutes: 1_440,
        ..AgentPolicy::default()
    };
    let new_york = chrono_tz::America::New_York;
    let shown = new_york.with_ymd_and_hms(2026, 3, 7, 12, 0, 0).unwrap();
    let end = new_york.with_ymd_and_hms(2026, 3, 8, 12, 0, 0).unwrap();
    assert_eq!((end - shown).num_minutes(), 1_380);
    let code = code_of(shown.timestamp(), Validity::DAY);
    let typed = code.reveal();
    let mut agent = Agent::new(key()).with_policy(policy);
    let step = agent.redeem(typed.as_str(), Purpose::Bypass, end);
    let expired_at = end.to_utc();
    assert_eq!(step.into_parts().1, Err(Refusal::Expired { expired_at }));
    let before = end - TimeDelta::try_seconds(1).unwrap();
    let lock = agent
        .redeem(typed.as_str(), Purpose::Bypass, before)
        .into_parts()
        .1;
    assert_eq!(lock.unwrap().until, expired_at);
}

#[test]
fn a_hard_limit_of_one_closes_the_door_for_good() {
    let policy = AgentPolicy {
        throttle: ThrottlePolicy {
            hard_limit: 1,
            ..ThrottlePolicy::default()
        },
        ..AgentPolicy::default()
    };
    let mut agent = Agent::new(key()).with_policy(policy);
    assert_eq!(guess(&mut agent, NOW), Refusal::Unknown);
    let closed = Refusal::Throttled { until: None };
    assert_eq!(guess(&mut agent, NOW + 1_000_000), closed);
    assert_eq!(
        redeem(&mut agent, &code_of(NOW, Validity::DAY), NOW),
        Err(Refusal::ClockRolledBack {
            seen: at(NOW + 1_000_000)
        })
    );
}
