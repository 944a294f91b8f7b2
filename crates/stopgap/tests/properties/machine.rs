//! The agent: it redeems no code twice, opens no changed state and accepts no guess. No
//! typed text panics.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use proptest::{collection::vec, prelude::*, sample::Index};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, Alphabet, Code, CodeFormat, Context, EnrolmentKey, KeyId, KeyRing, MasterKey,
    OnlinePolicy, Purpose, Refusal, Role, Scopes, Sealed, SecurityCode, SecurityFormat,
    SecurityRequest, Validity, VerifyRequest,
    offline::{Agent, AgentPolicy, Enrolment, LocatePolicy, OfflinePolicy, SealedState, minute_of},
};

use super::{codes::near_code, names, often, times::validity};

const START: i64 = 1_800_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// Returns the offline code of a minute.
fn code_for(server: &EnrolmentKey, minute: i64, purpose: Purpose, validity: Validity) -> Code {
    let code = server.offline_code(minute, purpose, validity, &Alphabet::UNAMBIGUOUS);
    code.unwrap()
}

/// An event at a machine.
#[derive(Clone, Debug)]
enum Event {
    /// Time passes, or the clock is set.
    Clock(i64),
    /// The help desk answers the request code that is shown.
    Answer,
    /// A person types one of the answers.
    Redeem(Index),
    /// The machine restarts from its sealed state.
    Restart,
    /// The person has the lost factor again.
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

/// Returns texts of symbols, some longer than the longest input that is read.
fn any_symbols() -> impl Strategy<Value = String> {
    "[0-9A-Fa-f]{0,300}|[Z3467ACEFHJKRWXY -]{0,300}|[0-9A-F]{8}|[Z3467ACEFHJKRWXY]{8}|\
        [Z3467ACEFHJKRWXY]{16}|[0-9A-F]{32}"
}

/// Returns an agent that searches fewer minutes for the reason, because that is slow.
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
        let (mut failures, mut locked_until) = (0, 0);
        for event in events {
            match event {
                Event::Clock(step) => now += step,
                Event::Answer => answers.push(minute_of(at(now))),
                Event::Restart => agent = resume(key, &agent.seal()),
                Event::Clear => {
                    let _ = agent.clear_lock().state().unwrap();
                }
                Event::Redeem(_) if answers.is_empty() => {}
                Event::Redeem(index) => {
                    let minute = answers[index.index(answers.len())];
                    let code = code_for(&server, minute, Purpose::Bypass, validity);
                    let before = agent.seal();
                    let step = agent.redeem(code.reveal().as_str(), Purpose::Bypass, at(now));
                    let (after, result) = (step.state().unwrap(), step.confirm());
                    // The result that the protocol demands.
                    let age = minute_of(at(now)) - minute;
                    let expected = if now < highest - 120 {
                        "clock_rolled_back"
                    } else if now < locked_until {
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
                            (failures, locked_until) = (0, 0);
                        }
                        "unknown" => {
                            failures += 1;
                            if failures >= 5 {
                                locked_until = now + (60 << (failures - 5)).min(3_600);
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
    fn a_code_with_one_symbol_changed_is_a_guess(
        key in any::<[u8; 32]>(),
        minute_ago in 0..=30_i64,
        place in 0..16_usize,
        step in 1..16_usize,
        validity in validity(),
    ) {
        let server = EnrolmentKey::from_bytes(key);
        let mut agent = resume(key, &Agent::new(EnrolmentKey::from_bytes(key)).seal());
        let minute = minute_of(at(START)) - minute_ago;
        let code = code_for(&server, minute, Purpose::Reset, validity);
        let symbols: Vec<char> = Alphabet::UNAMBIGUOUS.symbols().chars().collect();
        let mut flipped: Vec<char> = code.reveal().canonical().chars().collect();
        let value = symbols.iter().position(|symbol| *symbol == flipped[place]).unwrap();
        flipped[place] = symbols[(value + step) % 16];
        let guess = agent.redeem(&String::from_iter(flipped), Purpose::Reset, at(START));
        prop_assert_eq!(guess.confirm(), Err(Refusal::Unknown));
        let other = agent.redeem(code.reveal().as_str(), Purpose::Bypass, at(START));
        prop_assert_eq!(other.confirm(), Err(Refusal::Unknown));
        let right = agent.redeem(code.reveal().as_str(), Purpose::Reset, at(START));
        prop_assert!(right.confirm().is_ok());
    }

    #[test]
    fn no_typed_text_panics(
        typed in prop_oneof![
            any_symbols(),
            near_code(),
            any::<String>(),
            "\\PC{0,300}",
            "[^-~ ]?stopgap_[0-9a-f]{30,42}",
        ],
        user in prop_oneof![Just(String::from("alice")), names::text()],
        check_symbol in any::<bool>(),
        symbols in 9..=32_u8,
    ) {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let policy = OnlinePolicy::default()
            .length(symbols)
            .alphabet(Alphabet::HEX.fold_look_alikes().unwrap())
            .check_symbol(check_symbol);
        let (_, record) = policy.issue(&keys, "alice", at(START), &mut rng).unwrap();
        let mut agent = resume([9; 32], &Agent::new(EnrolmentKey::from_bytes([9; 32])).seal());
        let enrolment = Enrolment::new(&keys, "alice", "LAPTOP-17", at(START), &mut rng);
        let enrolments = [enrolment.unwrap()];
        let offline = OfflinePolicy {
            locate: LocatePolicy { diagnose_minutes: 0, ..LocatePolicy::default() },
            ..OfflinePolicy::default()
        };
        let root = Actor::new("root", Role::SuperAdministrator).unwrap();
        let (format, access) = (SecurityFormat::default(), Access::SuperAdministrator);
        let request = SecurityRequest::new(access, Scopes::UNLIMITED);
        let created = SecurityCode::create(&keys, &format, &root, request, at(START), &mut rng);
        let (_, secret) = created.unwrap();

        let context = Context::default().reason(&typed).ticket(&user);
        let request = VerifyRequest::new(&user, &typed, Purpose::Reset)
            .idempotency_key(&typed)
            .context(context);
        let formats = [policy.format, CodeFormat::ONLINE];
        let reasons = [
            record
                .verify(&keys, &request, at(START))
                .map_or_else(|refusal| refusal.reason(), |_| "granted"),
            Sealed::verify_any(core::slice::from_ref(&record), &keys, &request, at(START))
                .map_or_else(|refusal| refusal.reason(), |_| "granted"),
            agent
                .redeem(&typed, Purpose::Reset, at(START))
                .confirm()
                .map_or_else(|refusal| refusal.reason(), |_| "granted"),
            offline
                .answer(&keys, &enrolments, &request, at(START))
                .map_or_else(|error| error.reason(), |_| "granted"),
            format
                .read(&typed)
                .map_err(Refusal::from)
                .and_then(|code| secret.authenticate(&keys, &code, |_| Role::User, at(START)))
                .map_or_else(|refusal| refusal.reason(), |_| "granted"),
        ];
        for reason in reasons {
            let refused = ["malformed", "unknown", "unrecognised", "invalid_name", "not_enrolled"];
            prop_assert!(refused.contains(&reason), "{reason}");
        }
        let _ = CodeFormat::normalize_any(&formats, &typed);
        let _ = Code::from_canonical(&typed);
        let _ = typed.parse::<stopgap::RecordId>();
        let _ = MasterKey::from_hex(&typed);
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
            let code = code_for(&server, minute, Purpose::Bypass, Validity::MONTH);
            let step = agent.redeem(code.reveal().as_str(), Purpose::Bypass, at(START));
            prop_assert!(step.confirm().is_ok());
        }
        for _ in 0..failures {
            let step = agent.redeem("ZZZZ-ZZZZ-ZZZZ-ZZZZ", Purpose::Bypass, at(START));
            prop_assert_eq!(step.confirm(), Err(Refusal::Unknown));
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

/// Each bit, and each length.
#[test]
fn no_bit_of_a_state_can_be_changed() {
    let key = || EnrolmentKey::from_bytes([9; 32]);
    let mut agent = Agent::new(key());
    let minute = minute_of(at(START));
    let code = code_for(&key(), minute, Purpose::Bypass, Validity::DAY);
    let step = agent.redeem(code.reveal().as_str(), Purpose::Bypass, at(START));
    let sealed = step.state().unwrap();
    assert!(step.confirm().is_ok());
    for bit in 0..SealedState::LEN * 8 {
        let mut changed = *sealed.as_bytes();
        changed[bit / 8] ^= 1 << (bit % 8);
        let opened = SealedState::from_slice(&changed)
            .and_then(|changed| Agent::resume(key(), &changed).map(|_| ()));
        assert!(opened.is_err(), "bit {bit}");
    }
    for length in (0..SealedState::LEN).chain([SealedState::LEN + 1]) {
        assert!(SealedState::from_slice(&vec![0; length]).is_err());
    }
}
