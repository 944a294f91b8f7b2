//! Lockouts at a server.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{Refusal, Throttle, ThrottlePolicy};

use super::{NOW, at};

const POLICY: fn() -> ThrottlePolicy = ThrottlePolicy::default;

fn failed(failures: u32, end: Option<i64>) -> Throttle {
    Throttle {
        failures,
        locked_until: end.map(at),
    }
}

#[test]
fn a_lockout_doubles_up_to_an_hour_and_ends_with_an_administrator() {
    let mut throttle = Throttle::default();
    let mut now = at(NOW);
    for failure in 1..=99_u32 {
        throttle.fail(&POLICY(), now);
        let seconds = match failure {
            0..=4 => 0,
            5..=10 => 60 << (failure - 5),
            _ => 3_600,
        };
        let locked = throttle.check(&POLICY(), now);
        if seconds == 0 {
            assert_eq!((locked, throttle.locked_until), (Ok(()), None));
            continue;
        }
        now += TimeDelta::try_seconds(seconds).unwrap();
        let until = Some(now);
        assert_eq!(throttle.locked_until, until, "{failure}");
        assert_eq!(locked, Err(Refusal::Throttled { until }));
        assert_eq!(throttle.check(&POLICY(), now), Ok(()), "{failure}");
    }
    // The hundredth sets no end.
    throttle.fail(&POLICY(), now);
    assert_eq!(throttle, failed(100, None));
    let forever = Err(Refusal::Throttled { until: None });
    for later in [now, at(NOW + 1_000_000_000)] {
        assert_eq!(throttle.check(&POLICY(), later), forever);
    }
    assert_eq!(throttle, failed(100, None));
    throttle.reset();
    assert_eq!(throttle, Throttle::default());
    assert_eq!(throttle.check(&POLICY(), now), Ok(()));
}

#[test]
fn an_end_set_by_a_clock_that_was_ahead_is_shortened() {
    for (end, kept) in [
        // An end that is possible stays.
        (NOW + 3_600, NOW + 3_600),
        (NOW + 60, NOW + 60),
        (NOW - 60, NOW - 60),
        // A later end becomes the latest possible one.
        (NOW + 3_601, NOW + 3_600),
        (NOW + 86_400 * 365, NOW + 3_600),
    ] {
        let mut throttle = failed(5, Some(end));
        let verdict = throttle.check(&POLICY(), at(NOW));
        assert_eq!(throttle, failed(5, Some(kept)));
        let until = Some(at(kept));
        let expected = if kept > NOW {
            Err(Refusal::Throttled { until })
        } else {
            Ok(())
        };
        assert_eq!(verdict, expected);
    }
    // The new end is stored, so the lockout ends although the clock was wrong by a year.
    let mut throttle = failed(5, Some(NOW + 86_400 * 365));
    assert!(throttle.check(&POLICY(), at(NOW)).is_err());
    assert!(throttle.check(&POLICY(), at(NOW + 3_599)).is_err());
    assert_eq!(throttle.check(&POLICY(), at(NOW + 3_600)), Ok(()));

    let mut far = Throttle {
        failures: 7,
        locked_until: Some(DateTime::<Utc>::MAX_UTC),
    };
    let guess = || -> Result<(), Refusal> { panic!("locked out") };
    let locked = far.guard(&POLICY(), at(NOW), guess);
    let until = Some(at(NOW + 3_600));
    assert_eq!(locked, Err(Refusal::Throttled { until }));
    assert_eq!(far.locked_until, until);
    // A lockout without an end is not shortened, and gets no end.
    let mut none = failed(4, None);
    assert_eq!(none.check(&POLICY(), at(NOW)), Ok(()));
    assert_eq!(none, failed(4, None));
}

#[test]
fn the_longest_lockout_of_the_policy_decides() {
    let policy = ThrottlePolicy {
        max_delay_seconds: 90,
        ..POLICY()
    };
    let mut throttle = failed(5, None);
    throttle.fail(&policy, at(NOW));
    assert_eq!(throttle, failed(6, Some(NOW + 90)));
    let mut throttle = failed(5, Some(NOW + 100));
    let until = Some(at(NOW + 90));
    let locked = throttle.check(&policy, at(NOW));
    assert_eq!(locked, Err(Refusal::Throttled { until }));
    // Without any delay there is no lockout.
    let none = ThrottlePolicy {
        max_delay_seconds: 0,
        ..POLICY()
    };
    let mut throttle = failed(5, Some(NOW + 100));
    assert_eq!(throttle.check(&none, at(NOW)), Ok(()));
}

#[test]
fn only_a_guess_counts() {
    let mut throttle = failed(3, None);
    for refusal in [
        Refusal::Tampered,
        Refusal::UsedUp,
        Refusal::WrongPurpose,
        Refusal::TimeOutOfRange,
        Refusal::IdempotencyKeyExpired,
        Refusal::Malformed(stopgap::Malformed::CheckFailed),
        Refusal::Expired {
            expired_at: at(NOW),
        },
    ] {
        let verdict = throttle.guard(&POLICY(), at(NOW), || Err::<(), _>(refusal));
        assert_eq!((verdict, throttle.failures), (Err(refusal), 3));
    }
    let verdict = throttle.guard(&POLICY(), at(NOW), || Err::<(), _>(Refusal::Unknown));
    assert_eq!((verdict, throttle.failures), (Err(Refusal::Unknown), 4));
    assert_eq!(throttle.guard(&POLICY(), at(NOW), || Ok(7)), Ok(7));
    assert_eq!(throttle, Throttle::default());
}

#[test]
fn a_throttle_at_the_end_of_its_numbers_stays_locked() {
    let policy = ThrottlePolicy {
        hard_limit: u32::MAX,
        max_delay_seconds: u32::MAX,
        ..POLICY()
    };
    let now = DateTime::<Utc>::MAX_UTC;
    let mut throttle = Throttle {
        failures: u32::MAX - 2,
        locked_until: None,
    };
    throttle.fail(&policy, now);
    assert_eq!(throttle.locked_until, Some(now));
    throttle.fail(&policy, now);
    throttle.fail(&policy, now);
    assert_eq!(throttle.failures, u32::MAX);
    assert_eq!(throttle.locked_until, None);
    let forever = Err(Refusal::Throttled { until: None });
    assert_eq!(throttle.check(&policy, now), forever);
    let never = ThrottlePolicy {
        hard_limit: 0,
        ..policy
    };
    assert_eq!(Throttle::default().check(&never, now), forever);
    // With 0 free failures, the first failure locks for twice the first delay.
    let strict = ThrottlePolicy {
        free: 0,
        ..POLICY()
    };
    let mut throttle = Throttle::default();
    throttle.fail(&strict, at(NOW));
    assert_eq!(throttle, failed(1, Some(NOW + 120)));
}
