//! The agent: redeeming, the clock, the lock and the throttle.

use chrono::{TimeDelta, TimeZone, Utc};
use stopgap::{
    Alphabet, Code, EnrolmentKey, Malformed, Purpose, Refusal, ThrottlePolicy, Validity,
    offline::{Agent, AgentPolicy, PasswordOnlyLock, Redeemed, minute_of},
};

use super::{NOW, at};

pub(crate) fn key() -> EnrolmentKey {
    EnrolmentKey::from_bytes([9; 32])
}

pub(crate) fn code_of(seconds: i64, validity: Validity) -> Code {
    code_for(Purpose::Bypass, seconds, validity)
}

fn code_for(purpose: Purpose, seconds: i64, validity: Validity) -> Code {
    let minute = minute_of(at(seconds));
    let code = key().offline_code(minute, purpose, validity, &Alphabet::UNAMBIGUOUS);
    code.unwrap()
}

/// Redeems a code for a bypass, and returns the lock.
fn redeem(agent: &mut Agent, code: &Code, now: i64) -> Result<PasswordOnlyLock, Refusal> {
    let shown = code.reveal();
    let step = agent.redeem(shown.as_str(), Purpose::Bypass, at(now));
    let redeemed = step.confirm()?;
    Ok(redeemed.password_only_lock().unwrap())
}

fn redeem_reset(agent: &mut Agent, code: &Code, now: i64) -> Result<Redeemed, Refusal> {
    let shown = code.reveal();
    let step = agent.redeem(shown.as_str(), Purpose::Reset, at(now));
    step.confirm()
}

pub(crate) fn lock(agent: &mut Agent, now: i64) -> Result<Option<PasswordOnlyLock>, Refusal> {
    agent.log_on(at(now)).confirm()
}

fn activate(
    agent: &mut Agent,
    until: chrono::DateTime<Utc>,
    now: i64,
) -> Result<Option<PasswordOnlyLock>, Refusal> {
    let lock = PasswordOnlyLock { until };
    agent.activate(lock, at(now)).confirm()
}

pub(crate) const GUESS: &str = "ZZZZ-ZZZZ-ZZZZ-ZZZZ";

fn guess(agent: &mut Agent, now: i64) -> Refusal {
    agent
        .redeem(GUESS, Purpose::Bypass, at(now))
        .confirm()
        .unwrap_err()
}

#[test]
fn an_offline_code_can_be_redeemed_for_half_an_hour() {
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
    // This holds even if the code would otherwise be late.
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
    let step = agent.redeem(typed.as_str(), Purpose::Bypass, now);
    let redeemed = step.confirm().unwrap();
    let end = berlin.with_ymd_and_hms(2027, 3, 28, 15, 0, 0).unwrap();
    let until = end.to_utc();
    assert_eq!(redeemed, Redeemed::Bypass(PasswordOnlyLock { until }));
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
fn a_clock_that_was_set_back_is_refused() {
    let mut agent = Agent::new(key());
    assert!(redeem(&mut agent, &code_of(NOW, Validity::DAY), NOW).is_ok());
    assert_eq!(lock(&mut agent, NOW + 3_600).unwrap().map(|_| ()), Some(()));
    let seen = at(NOW + 3_600);
    // It may be set back by 120 seconds, but not by 121.
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
    // The time is remembered after a restart.
    let mut agent = Agent::resume(key(), &agent.seal()).unwrap();
    assert_eq!(lock(&mut agent, NOW), refused);
    // A text that is not a code is malformed, and the clock is not checked.
    let typo = agent.redeem("ZZZ*", Purpose::Bypass, at(NOW)).confirm();
    assert_eq!(
        typo,
        Err(Malformed::UnexpectedSymbol { position: 3 }.into())
    );
    // The clock is right again.
    assert!(redeem(&mut agent, &code, NOW + 3_600).is_ok());
}

#[test]
fn a_typo_does_not_move_the_clock_floor_and_a_guess_does() {
    let mut agent = Agent::new(key());
    let before = agent.seal();
    let typo = agent.redeem("ZZZZ", Purpose::Bypass, at(NOW));
    assert_eq!(typo.state().unwrap().as_bytes(), before.as_bytes());
    let both = agent.redeem("ZZZZ", Purpose::Register, at(NOW)).confirm();
    assert_eq!(both.unwrap_err().reason(), "malformed");
    let register = agent.redeem(GUESS, Purpose::Register, at(NOW));
    assert_eq!(register.state().unwrap().as_bytes(), before.as_bytes());
    assert_eq!(register.confirm(), Err(Refusal::WrongPurpose));
    assert_eq!(guess(&mut agent, NOW), Refusal::Unknown);
    assert_eq!(guess(&mut agent, NOW - 121).reason(), "clock_rolled_back");
}

#[test]
fn guesses_lock_out_until_the_end_or_until_an_administrator_unlocks() {
    let mut agent = Agent::new(key());
    for _ in 0..5 {
        assert_eq!(guess(&mut agent, NOW), Refusal::Unknown);
    }
    let code = code_of(NOW, Validity::DAY);
    let locked = Refusal::Throttled {
        until: Some(at(NOW + 60)),
    };
    assert_eq!(redeem(&mut agent, &code, NOW + 59), Err(locked));
    let mut agent = Agent::resume(key(), &agent.seal()).unwrap();
    assert_eq!(redeem(&mut agent, &code, NOW + 59), Err(locked));
    assert!(redeem(&mut agent, &code, NOW + 60).is_ok());
    // The success cleared the failures.
    for _ in 0..4 {
        assert_eq!(guess(&mut agent, NOW + 60), Refusal::Unknown);
    }
    assert_eq!(guess(&mut agent, NOW + 60), Refusal::Unknown);
    assert_eq!(guess(&mut agent, NOW + 60).reason(), "throttled");
    // Unlocking does not change the password-only lock.
    let unlocked = agent.unlock().state().unwrap();
    let mut agent = Agent::resume(key(), &unlocked).unwrap();
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
    let code = code.unwrap();
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
            .confirm()
            .unwrap_err()
            .reason()
    };
    assert_eq!(guess(&mut agent, NOW), "unknown");
    assert_eq!(guess(&mut agent, NOW), "throttled");
    assert_eq!(guess(&mut agent, NOW - 1), "clock_rolled_back");
}

#[test]
fn an_online_grant_activates_the_same_lock_and_the_lost_factor_clears_it() {
    let mut agent = Agent::new(key());
    let until = at(NOW + 7 * 86_400);
    let week = Some(PasswordOnlyLock { until });
    assert_eq!(activate(&mut agent, until, NOW), Ok(week));
    assert_eq!(lock(&mut agent, NOW), Ok(week));
    // A grant that ends earlier, or has ended, does not shorten the lock.
    for earlier in [NOW + 86_400, NOW, NOW - 60] {
        assert_eq!(activate(&mut agent, at(earlier), NOW), Ok(week));
    }
    let cleared = agent.clear_lock().state().unwrap();
    let mut agent = Agent::resume(key(), &cleared).unwrap();
    assert_eq!(lock(&mut agent, NOW), Ok(None));
    // A grant that has ended activates nothing, without an error.
    for past in [NOW, NOW - 1, NOW - 86_400] {
        assert_eq!(activate(&mut agent, at(past), NOW), Ok(None));
    }
    let second = PasswordOnlyLock { until: at(NOW + 1) };
    assert_eq!(activate(&mut agent, second.until, NOW), Ok(Some(second)));
    assert_eq!(lock(&mut agent, NOW + 1), Ok(None));

    let beyond = chrono::DateTime::<Utc>::MAX_UTC;
    let refused = activate(&mut agent, beyond, NOW + 1);
    assert_eq!(refused, Err(Refusal::TimeOutOfRange));
    let rolled_back = activate(&mut agent, until, NOW - 120);
    assert_eq!(rolled_back.unwrap_err().reason(), "clock_rolled_back");
    assert_eq!(lock(&mut agent, NOW + 1), Ok(None));
}

#[test]
fn activating_a_lock_neither_reads_nor_clears_the_throttle() {
    let mut agent = Agent::new(key());
    for _ in 0..5 {
        assert_eq!(guess(&mut agent, NOW), Refusal::Unknown);
    }
    let until = at(NOW + 60);
    assert_eq!(
        activate(&mut agent, until, NOW),
        Ok(Some(PasswordOnlyLock { until }))
    );
    assert_eq!(
        guess(&mut agent, NOW),
        Refusal::Throttled { until: Some(until) }
    );
}

#[test]
fn a_reset_changes_no_lock() {
    let mut agent = Agent::new(key());
    let code = |seconds, validity| code_for(Purpose::Reset, seconds, validity);
    assert_eq!(
        redeem_reset(&mut agent, &code(NOW, Validity::MONTH), NOW),
        Ok(Redeemed::Reset)
    );
    assert_eq!(Redeemed::Reset.password_only_lock(), None);
    assert_eq!(lock(&mut agent, NOW), Ok(None));
    // An active lock stays, with a longer or a shorter validity.
    let week = Validity::days(7).unwrap();
    let active = redeem(&mut agent, &code_of(NOW + 60, week), NOW + 60).unwrap();
    for (later, validity) in [(120, Validity::DAY), (180, Validity::MONTH)] {
        let now = NOW + later;
        let redeemed = redeem_reset(&mut agent, &code(now, validity), now);
        assert_eq!(redeemed, Ok(Redeemed::Reset));
        assert_eq!(lock(&mut agent, now), Ok(Some(active)));
    }
    // The code is redeemed once, uses up earlier codes, and clears the failures.
    let now = NOW + 240;
    for _ in 0..4 {
        assert_eq!(guess(&mut agent, now), Refusal::Unknown);
    }
    let reset = code(now, Validity::DAY);
    assert_eq!(redeem_reset(&mut agent, &reset, now), Ok(Redeemed::Reset));
    assert_eq!(redeem_reset(&mut agent, &reset, now), Err(Refusal::UsedUp));
    let earlier = code_of(now - 60, Validity::DAY);
    assert_eq!(redeem(&mut agent, &earlier, now), Err(Refusal::UsedUp));
    for _ in 0..5 {
        assert_eq!(guess(&mut agent, now), Refusal::Unknown);
    }
    assert_eq!(guess(&mut agent, now).reason(), "throttled");
}

/// The validity of a reset has no meaning, so no expiry is out of range.
#[test]
fn a_reset_works_until_the_end_of_the_calendar() {
    let last = Utc.with_ymd_and_hms(9999, 12, 31, 23, 59, 0).unwrap();
    let last = last.timestamp();
    let mut agent = Agent::new(key());
    let code = code_for(Purpose::Reset, last, Validity::MONTH);
    assert_eq!(redeem_reset(&mut agent, &code, last), Ok(Redeemed::Reset));
}

#[test]
fn a_code_is_for_one_purpose() {
    let mut agent = Agent::new(key());
    let reset = code_for(Purpose::Reset, NOW, Validity::DAY);
    let bypass = code_of(NOW, Validity::DAY);
    assert_eq!(redeem(&mut agent, &reset, NOW), Err(Refusal::Unknown));
    assert_eq!(
        redeem_reset(&mut agent, &bypass, NOW),
        Err(Refusal::Unknown)
    );
    assert!(redeem(&mut agent, &bypass, NOW).is_ok());
}

#[test]
fn a_lockout_of_a_clock_that_was_ahead_is_shortened() {
    // The tolerance is wide here, so that only the throttle decides.
    let policy = AgentPolicy {
        clock_tolerance_seconds: u32::MAX,
        ..AgentPolicy::default()
    };
    let mut agent = Agent::new(key()).with_policy(policy);
    for _ in 0..5 {
        assert_eq!(guess(&mut agent, NOW + 86_400 * 365), Refusal::Unknown);
    }
    let until = Some(at(NOW + 3_600));
    assert_eq!(guess(&mut agent, NOW), Refusal::Throttled { until });
    // The end is in the state.
    let mut agent = Agent::resume(key(), &agent.seal())
        .unwrap()
        .with_policy(policy);
    assert_eq!(guess(&mut agent, NOW + 3_599), Refusal::Throttled { until });
    assert_eq!(guess(&mut agent, NOW + 3_600), Refusal::Unknown);
}

#[test]
fn the_hundredth_failure_has_no_end_until_an_administrator_unlocks() {
    let mut agent = Agent::new(key());
    let mut now = NOW;
    for failure in 1..=100 {
        assert_eq!(guess(&mut agent, now), Refusal::Unknown, "{failure}");
        now += 3_600;
    }
    let forever = Refusal::Throttled { until: None };
    assert_eq!(guess(&mut agent, now + 1_000_000), forever);
    let mut agent = Agent::resume(key(), &agent.seal()).unwrap();
    let now = now + 1_000_000;
    assert_eq!(guess(&mut agent, now), forever);
    // The 8 bytes before the failures are the absent end.
    let state = *agent.seal().as_bytes();
    assert_eq!(state[32..40], i64::MIN.to_be_bytes());
    assert_eq!(state[40..44], 100_u32.to_be_bytes());
    let _ = agent.unlock();
    assert!(redeem(&mut agent, &code_of(now, Validity::DAY), now).is_ok());
}

#[test]
fn a_code_whose_lock_has_ended_already_is_expired_and_not_used_up() {
    // The window is wider than the validity, because the day has 23 hours.
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
    assert_eq!(step.confirm(), Err(Refusal::Expired { expired_at }));
    let before = end - TimeDelta::try_seconds(1).unwrap();
    let step = agent.redeem(typed.as_str(), Purpose::Bypass, before);
    let lock = PasswordOnlyLock { until: expired_at };
    assert_eq!(step.confirm(), Ok(Redeemed::Bypass(lock)));
}

#[test]
fn a_hard_limit_of_1_locks_out_at_the_first_guess() {
    let policy = AgentPolicy {
        throttle: ThrottlePolicy {
            hard_limit: 1,
            ..ThrottlePolicy::default()
        },
        ..AgentPolicy::default()
    };
    let mut agent = Agent::new(key()).with_policy(policy);
    assert_eq!(guess(&mut agent, NOW), Refusal::Unknown);
    let locked = Refusal::Throttled { until: None };
    assert_eq!(guess(&mut agent, NOW + 1_000_000), locked);
    assert_eq!(
        redeem(&mut agent, &code_of(NOW, Validity::DAY), NOW),
        Err(Refusal::ClockRolledBack {
            seen: at(NOW + 1_000_000)
        })
    );
}
