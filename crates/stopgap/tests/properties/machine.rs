//! The agent: no code twice, no changed state, no guess.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use proptest::{collection::vec, prelude::*, sample::Index};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, Alphabet, EnrolmentKey, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose,
    Refusal, Role, SecurityCode,
    offline::{Agent, AgentPolicy, Enrolment, LocatePolicy, OfflinePolicy, SealedState, minute_of},
};

use super::{codes::near_code, often, times::validity};

const START: i64 = 1_800_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// What happens at a machine.
#[derive(Clone, Debug)]
enum Event {
    /// Time passes, or the clock is set.
    Clock(i64),
    /// The help desk answers the request code that is shown.
    Answer,
    /// Somebody types one of the answers.
    Redeem(Index),
    /// The machine restarts from its sealed state.
    Restart,
    /// The lost factor came back.
    Clear,
}

fn event() -> impl Strategy<Value = Event> {
    let clock = prop_oneof![
        -3..4_i64,
        -130..130_i64,
        Just(59),
        Just(60),
        Just(61),
        Just(1_800),
        Just(-120),
        Just(-121),
        -100_000..100_000_i64,
    ];
    prop_oneof![
        3 => clock.prop_map(Event::Clock),
        3 => Just(Event::Answer),
        4 => any::<Index>().prop_map(Event::Redeem),
        2 => Just(Event::Restart),
        1 => Just(Event::Clear),
    ]
}

/// Symbols, up to and past every length, and past what is read at all.
fn any_symbols() -> impl Strategy<Value = String> {
    "[0-9A-Fa-f]{0,300}|[Z3467ACEFHJKRWXY -]{0,300}|[0-9A-F]{8}|[Z3467ACEFHJKRWXY]{8}|\
        [Z3467ACEFHJKRWXY]{16}|[0-9A-F]{32}"
}

/// An agent with a shorter look back, which only names reasons and is slow.
fn resume(key: [u8; 32], state: &SealedState) -> Agent {
    let policy = AgentPolicy {
        diagnose_minutes: 90,
        ..AgentPolicy::default()
    };
    Agent::resume(EnrolmentKey::from_bytes(key), state)
        .unwrap()
        .with_policy(policy)
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn no_code_is_redeemed_twice(
        key in any::<[u8; 32]>(),
        events in vec(event(), 1..24),
        validity in validity(),
    ) {
        let server = EnrolmentKey::from_bytes(key);
        let mut agent = resume(key, &Agent::new(EnrolmentKey::from_bytes(key)).seal());
        let mut now = START;
        let mut highest = 0;
        let mut answers = Vec::new();
        let mut redeemed = BTreeSet::new();
        let mut newest_redeemed = i64::MIN;
        let (mut failures, mut closed_until) = (0, 0);
        for event in events {
            match event {
                Event::Clock(step) => now += step,
                Event::Answer => answers.push(minute_of(at(now))),
                Event::Restart => agent = resume(key, &agent.seal()),
                Event::Clear => {
                    let _ = agent.clear_lock().into_parts().0;
                }
                Event::Redeem(_) if answers.is_empty() => {}
                Event::Redeem(index) => {
                    let minute = answers[index.index(answers.len())];
                    let code = server.offline_code(
                        minute, Purpose::Bypass, validity, &Alphabet::UNAMBIGUOUS,
                    );
                    let before = agent.seal();
                    let step = agent.redeem(code.reveal().as_str(), Purpose::Bypass, at(now));
                    let (after, result) = step.into_parts();
                    // What must hold, from the protocol's own words.
                    let age = minute_of(at(now)) - minute;
                    let expected = if now < highest - 120 {
                        "clock_rolled_back"
                    } else if now < closed_until {
                        "throttled"
                    } else if (0..=90).contains(&age) && minute <= newest_redeemed {
                        "used_up"
                    } else if (0..=30).contains(&age) {
                        "ok"
                    } else if (31..=90).contains(&age) {
                        "expired"
                    } else {
                        "unknown"
                    };
                    let reason = result.map_or_else(|refusal| refusal.reason(), |_| "ok");
                    prop_assert_eq!(reason, expected);
                    match reason {
                        "ok" => {
                            prop_assert!(redeemed.insert(minute), "minute {minute} twice");
                            newest_redeemed = minute;
                            (failures, closed_until) = (0, 0);
                        }
                        "unknown" => {
                            failures += 1;
                            if failures >= 5 {
                                closed_until = now + (60 << (failures - 5)).min(3_600);
                            }
                        }
                        _ => {}
                    }
                    if reason == "clock_rolled_back" {
                        prop_assert_eq!(before.as_bytes(), after.as_bytes());
                    } else {
                        highest = highest.max(now);
                    }
                }
            }
        }
    }

    #[test]
    fn one_flipped_symbol_opens_nothing(
        key in any::<[u8; 32]>(),
        minute_ago in 0..=30_i64,
        place in 0..16_usize,
        step in 1..16_usize,
        validity in validity(),
    ) {
        let server = EnrolmentKey::from_bytes(key);
        let mut agent = resume(key, &Agent::new(EnrolmentKey::from_bytes(key)).seal());
        let minute = minute_of(at(START)) - minute_ago;
        let code = server.offline_code(minute, Purpose::Reset, validity, &Alphabet::UNAMBIGUOUS);
        let symbols: Vec<char> = Alphabet::UNAMBIGUOUS.symbols().chars().collect();
        let mut flipped: Vec<char> = code.reveal().canonical().chars().collect();
        let value = symbols.iter().position(|symbol| *symbol == flipped[place]).unwrap();
        flipped[place] = symbols[(value + step) % 16];
        let guess = agent.redeem(&String::from_iter(flipped), Purpose::Reset, at(START));
        prop_assert_eq!(guess.into_parts().1, Err(Refusal::Unknown));
        let other = agent.redeem(code.reveal().as_str(), Purpose::Bypass, at(START));
        prop_assert_eq!(other.into_parts().1, Err(Refusal::Unknown));
        let right = agent.redeem(code.reveal().as_str(), Purpose::Reset, at(START));
        prop_assert!(right.into_parts().1.is_ok());
    }

    #[test]
    fn no_typed_input_panics_at_any_door(
        typed in prop_oneof![any_symbols(), near_code(), any::<String>(), "\\PC{0,300}"],
        check_symbol in any::<bool>(),
        symbols in 8..=32_usize,
    ) {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let policy = OnlinePolicy::default()
            .length(symbols)
            .unwrap()
            .alphabet(Alphabet::HEX.fold_look_alikes().unwrap())
            .check_symbol(check_symbol);
        let (_, mut grant) = policy.issue(&keys, "alice", at(START), &mut rng).unwrap();
        let mut agent = resume([9; 32], &Agent::new(EnrolmentKey::from_bytes([9; 32])).seal());
        let enrolments = [Enrolment::new(&keys, "alice", "LAPTOP-17").unwrap()];
        let offline = OfflinePolicy {
            locate: LocatePolicy { diagnose_minutes: 0, ..LocatePolicy::default() },
            ..OfflinePolicy::default()
        };
        let root = Actor::new("root", Role::SuperAdministrator).unwrap();
        let access = Access::SuperAdministrator;
        let secret = SecurityCode::create(&keys, &root, access, "", at(START), &mut rng);
        let (_, secret) = secret.unwrap();

        let reasons = [
            grant
                .verify(&keys, "alice", &typed, Purpose::Reset, at(START))
                .map_or_else(|refusal| refusal.reason(), |_| "granted"),
            agent
                .redeem(&typed, Purpose::Reset, at(START))
                .into_parts()
                .1
                .map_or_else(|refusal| refusal.reason(), |_| "granted"),
            offline
                .answer(&keys, "alice", &enrolments, &typed, Purpose::Reset, at(START))
                .map_or_else(|error| error.reason(), |_| "granted"),
            secret
                .authenticate(&keys, &typed, |_| Role::User, at(START))
                .map_or_else(|refusal| refusal.reason(), |_| "granted"),
        ];
        for reason in reasons {
            prop_assert!(["malformed", "unknown", "unrecognised"].contains(&reason), "{reason}");
        }
    }

    #[test]
    fn a_changed_state_does_not_open(
        key in any::<[u8; 32]>(),
        other in any::<[u8; 32]>(),
        bit in 0..SealedState::LEN * 8,
        failures in 0..4_usize,
        redeemed in any::<bool>(),
    ) {
        let server = EnrolmentKey::from_bytes(key);
        let mut agent = resume(key, &Agent::new(EnrolmentKey::from_bytes(key)).seal());
        if redeemed {
            let minute = minute_of(at(START));
            let validity = stopgap::Validity::MONTH;
            let code =
                server.offline_code(minute, Purpose::Bypass, validity, &Alphabet::UNAMBIGUOUS);
            let step = agent.redeem(code.reveal().as_str(), Purpose::Bypass, at(START));
            prop_assert!(step.into_parts().1.is_ok());
        }
        for _ in 0..failures {
            let step = agent.redeem("ZZZZ-ZZZZ-ZZZZ-ZZZZ", Purpose::Bypass, at(START));
            prop_assert_eq!(step.into_parts().1, Err(Refusal::Unknown));
        }
        let sealed = agent.seal();
        let opens = |bytes: &[u8], key: [u8; 32]| {
            let sealed = SealedState::from_slice(bytes)?;
            Agent::resume(EnrolmentKey::from_bytes(key), &sealed).map(|agent| agent.seal())
        };
        let reopened = opens(sealed.as_bytes(), key).unwrap();
        prop_assert_eq!(reopened.as_bytes(), sealed.as_bytes());

        let mut changed = *sealed.as_bytes();
        changed[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(opens(&changed, key).is_err(), "bit {bit}");
        prop_assert!(other == key || opens(sealed.as_bytes(), other).is_err());
    }
}

/// Not a random bit but each, and each length.
#[test]
fn no_bit_of_a_state_can_be_changed() {
    let key = || EnrolmentKey::from_bytes([9; 32]);
    let mut agent = Agent::new(key());
    let code = key().offline_code(
        minute_of(at(START)),
        Purpose::Bypass,
        stopgap::Validity::DAY,
        &Alphabet::UNAMBIGUOUS,
    );
    let step = agent.redeem(code.reveal().as_str(), Purpose::Bypass, at(START));
    assert!(step.into_parts().1.is_ok());
    for bit in 0..SealedState::LEN * 8 {
        let mut changed = *step.into_parts().0.as_bytes();
        changed[bit / 8] ^= 1 << (bit % 8);
        let opened = SealedState::from_slice(&changed)
            .and_then(|changed| Agent::resume(key(), &changed).map(|_| ()));
        assert!(opened.is_err(), "bit {bit}");
    }
    for length in (0..SealedState::LEN).chain([SealedState::LEN + 1]) {
        assert!(SealedState::from_slice(&vec![0; length]).is_err());
    }
}
