//! The state that a machine keeps between two starts, and the ends of time.

use chrono::{TimeDelta, TimeZone, Utc};
use stopgap::{
    EnrolmentKey, Purpose, Refusal, Validity,
    offline::{Agent, PasswordOnlyLock, SealedState, StateError},
};

use super::{
    NOW, at,
    machine::{GUESS, code_of, key, lock},
};

#[test]
fn a_clock_outside_the_calendar_is_wrong() {
    let mut agent = Agent::new(key());
    for now in [
        chrono::DateTime::<Utc>::MIN_UTC,
        chrono::DateTime::<Utc>::MAX_UTC,
    ] {
        let refused = agent.redeem(GUESS, Purpose::Bypass, now).confirm();
        assert_eq!(refused, Err(Refusal::TimeOutOfRange));
        let lock = agent.log_on(now).confirm();
        assert_eq!(lock, Err(Refusal::TimeOutOfRange));
        let _ = agent.request_code(now).to_string();
    }
    // A code whose lock would end after the calendar is refused, and not used up.
    let last = Utc
        .with_ymd_and_hms(9999, 12, 31, 23, 59, 0)
        .unwrap()
        .timestamp();
    let code = code_of(last, Validity::DAY);
    let before = agent.seal();
    let step = agent.redeem(code.reveal().as_str(), Purpose::Bypass, at(last));
    let (after, result) = (step.state().unwrap(), step.confirm());
    assert_eq!(result, Err(Refusal::TimeOutOfRange));
    // Only the clock floor, the 8 bytes from 24 on, and the tag have changed.
    let (before, after) = (before.as_bytes(), after.as_bytes());
    assert_eq!(before[..24], after[..24]);
    assert_eq!(before[32..44], after[32..44]);
}

#[test]
fn a_result_is_lost_if_its_state_cannot_be_stored() {
    let mut agent = Agent::new(key());
    let code = code_of(NOW, Validity::DAY);
    let shown = code.reveal();
    let step = agent.redeem(shown.as_str(), Purpose::Bypass, at(NOW));
    assert_eq!(step.keep(|_| Err("disk full")).unwrap_err(), "disk full");
    let mut kept: Vec<u8> = Vec::new();
    let step = agent.log_on(at(NOW));
    let result = step.keep(|state| {
        kept.extend(state.as_bytes());
        Ok::<(), ()>(())
    });
    assert!(matches!(result, Ok(Ok(Some(_)))));
    assert_eq!(kept, agent.seal().as_bytes());
}

/// Logs on and confirms. Returns whether there was something to store, and the lock.
fn log_on(agent: &mut Agent, now: i64) -> (bool, bool) {
    let step = agent.log_on(at(now));
    (step.state().is_some(), step.confirm().unwrap().is_some())
}

#[test]
fn logging_on_stores_only_what_it_must() {
    let mut agent = Agent::new(key());
    // A new agent has stored nothing.
    assert_eq!(log_on(&mut agent, NOW), (true, false));
    assert_eq!(log_on(&mut agent, NOW + 59), (false, false));
    assert_eq!(log_on(&mut agent, NOW + 60), (true, false));
    let until = at(NOW + 90);
    let activated = agent.activate(PasswordOnlyLock { until }, at(NOW + 60));
    assert!(activated.confirm().is_ok());
    assert_eq!(log_on(&mut agent, NOW + 89), (false, true));
    // The end of the lock is stored at once: an older clock does not bring it back.
    let step = agent.log_on(at(NOW + 90));
    let stored = step.state().unwrap();
    assert_eq!(step.confirm(), Ok(None));
    let restarted = Agent::resume(key(), &stored).unwrap();
    let seen = at(NOW + 90);
    let refused = Err(Refusal::ClockRolledBack { seen });
    assert_eq!(restarted.lock(at(NOW - 31)), refused);
    assert_eq!(log_on(&mut agent, NOW + 91), (false, false));
    // A wrong clock stores nothing.
    let step = agent.log_on(at(NOW - 31));
    assert!(step.state().is_none());
    assert!(step.confirm().is_err());
    // A step that was not confirmed is stored by the next one.
    let _ = agent.unlock();
    let until = at(NOW + 200);
    let _ = agent.activate(PasswordOnlyLock { until }, at(NOW + 91));
    assert_eq!(agent.lock(at(NOW + 91)), Ok(None), "it was not stored");
    assert_eq!(log_on(&mut agent, NOW + 91), (true, true));
    assert!(agent.lock(at(NOW + 91)).unwrap().is_some());
    assert_eq!(log_on(&mut agent, NOW + 92), (false, true));
}

#[test]
fn a_step_can_be_taken_back() {
    let mut agent = Agent::new(key());
    let code = code_of(NOW, Validity::DAY);
    let shown = code.reveal();
    let before = agent.seal();
    agent
        .redeem(shown.as_str(), Purpose::Bypass, at(NOW))
        .undo();
    assert_eq!(agent.seal().as_bytes(), before.as_bytes());
    let redeemed = agent.redeem(shown.as_str(), Purpose::Bypass, at(NOW));
    assert!(redeemed.confirm().is_ok());
}

#[test]
fn an_error_says_what_is_wrong_with_a_state() {
    let sealed = Agent::new(key()).seal();
    assert_eq!(&sealed.as_bytes()[..8], b"stopgap\x01");
    let other = EnrolmentKey::from_bytes([10; 32]);
    assert_eq!(
        Agent::resume(other, &sealed).map(|_| ()).unwrap_err(),
        StateError::DoesNotOpen
    );
    let short = SealedState::from_slice(&sealed.as_bytes()[..75])
        .map(|_| ())
        .unwrap_err();
    assert_eq!(short, StateError::WrongLength { found: 75 });
    assert_eq!(
        short.to_string(),
        "a sealed state has 76 bytes, this one 75"
    );
    assert_eq!(short.reason(), "wrong_length");

    // A later version may have any length; there was none before the first.
    let of_version = |version: u8| {
        let mut bytes = *sealed.as_bytes();
        bytes[7] = version;
        SealedState::from_slice(&bytes).and_then(|state| Agent::resume(key(), &state))
    };
    assert!(of_version(1).is_ok());
    let before = of_version(0).map(|_| ()).unwrap_err();
    assert_eq!(
        (before, before.reason()),
        (StateError::DoesNotOpen, "does_not_open")
    );
    let later = of_version(2).map(|_| ()).unwrap_err();
    assert_eq!(
        (later, later.reason()),
        (StateError::Version { found: 2 }, "version")
    );
    let long = [&b"stopgap\x03"[..], &[0; 200]].concat();
    let longer = SealedState::from_slice(&long).map(|_| ()).unwrap_err();
    assert_eq!(longer, StateError::Version { found: 3 });
}

#[test]
fn fractions_of_a_second_are_cut_off_and_restarts_change_nothing() {
    let now = at(NOW) + TimeDelta::try_milliseconds(900).unwrap();
    let mut agent = Agent::new(key());
    for _ in 0..5 {
        let _ = agent.redeem(GUESS, Purpose::Bypass, now);
    }
    let online = PasswordOnlyLock {
        until: now + TimeDelta::try_days(1).unwrap(),
    };
    let active = agent.activate(online, now).confirm().unwrap();
    let until = at(NOW + 86_400);
    assert_eq!(active, Some(PasswordOnlyLock { until }));
    let mut resumed = Agent::resume(key(), &agent.seal()).unwrap();
    for agent in [&mut agent, &mut resumed] {
        let guess = |agent: &mut Agent, now| {
            agent
                .redeem(GUESS, Purpose::Bypass, now)
                .confirm()
                .unwrap_err()
        };
        let until = Some(at(NOW + 60));
        let early = at(NOW + 59) + TimeDelta::try_milliseconds(999).unwrap();
        assert_eq!(guess(agent, early), Refusal::Throttled { until });
        assert_eq!(lock(agent, NOW + 86_399), Ok(active));
        assert_eq!(lock(agent, NOW + 86_400), Ok(None));
    }
}
