//! What may be an alphabet, a code format, a name, a key.

use std::borrow::Borrow;

use stopgap::{
    Action, Alphabet, AlphabetError, CodeFormat, CodeLength, EnrolmentKey, KeyError, KeyId,
    KeyRingError, LookAlike, Malformed, MasterKey, Name, NameError, Purpose, Purposes, Refusal,
    Role, Throttle, ThrottlePolicy, Validity,
    offline::{Enrolment, GenerationsExhausted, minute_of, seconds_left},
};

use chrono::TimeZone;

use super::keys;

#[test]
fn an_alphabet_says_which_symbol_is_wrong() {
    use AlphabetError::{Lowercase, NotASymbol, Repeated, WrongCount};

    for (symbols, error) in [
        ("", WrongCount { found: 0 }),
        ("0123456789ABCDE", WrongCount { found: 15 }),
        ("0123456789ABCDEFG", WrongCount { found: 17 }),
        ("0123456789ABCDEF0", Repeated { position: 16 }),
        ("0123456789ABCDEE", Repeated { position: 15 }),
        ("0123456789abcdef", Lowercase { position: 10 }),
        ("0123456789ABCDE-", NotASymbol { position: 15 }),
        ("0123456789ABCDÉF", NotASymbol { position: 14 }),
        ("０123456789ABCDEF", NotASymbol { position: 0 }),
    ] {
        assert_eq!(Alphabet::new(symbols), Err(error), "{symbols}");
    }
    assert_eq!(Alphabet::new("0123456789ABCDEF"), Ok(Alphabet::HEX));
    assert_eq!(Alphabet::new("Z3467ACEFHJKRWXY"), Ok(Alphabet::UNAMBIGUOUS));
    assert!(Alphabet::new("FEDCBA9876543210").is_ok());
}

#[test]
fn look_alikes_fold_only_where_they_are_switched_on_and_clear() {
    let read = |alphabet: Alphabet, typed: &str| {
        let format = CodeFormat::new(alphabet, CodeLength::REQUEST);
        format
            .normalize(typed)
            .map(|code| code.reveal().canonical().to_owned())
    };
    let typed = "oOiI-lLＯｌ";
    assert_eq!(
        read(Alphabet::HEX, typed),
        Err(Malformed::UnexpectedSymbol { position: 0 })
    );
    let folding = Alphabet::HEX.fold_look_alikes().unwrap();
    assert_eq!(read(folding, typed), Ok("00111101".into()));
    assert_eq!(folding.symbols(), Alphabet::HEX.symbols());

    // One pair alone.
    let zero = Alphabet::HEX.fold(LookAlike::OAsZero).unwrap();
    assert_eq!(read(zero, "OOOOOOOO"), Ok("00000000".into()));
    assert_eq!(
        read(zero, "OOOOOOOL"),
        Err(Malformed::UnexpectedSymbol { position: 7 })
    );
    assert_eq!(zero.look_alikes().collect::<Vec<_>>(), [LookAlike::OAsZero]);

    // Neither 0 nor 1 is a symbol: there is nothing to fold to.
    let none = Alphabet::UNAMBIGUOUS.fold_look_alikes().unwrap();
    assert_eq!(none, Alphabet::UNAMBIGUOUS);

    // Both are symbols: ambiguous for that pair, and for that pair alone.
    let both = Alphabet::new("01O23456789ABCDE").unwrap();
    let ambiguous = AlphabetError::Ambiguous {
        letter: 'O',
        digit: '0',
    };
    assert_eq!(both.fold_look_alikes(), Err(ambiguous));
    assert_eq!(both.fold(LookAlike::OAsZero), Err(ambiguous));
    let ones = both
        .fold(LookAlike::IAsOne)
        .and_then(|a| a.fold(LookAlike::LAsOne))
        .unwrap();
    assert_eq!(read(ones, "0O1IiLl2"), Ok("0O111112".into()));
    for (symbols, letter) in [("1I23456789ABCDEF", 'I'), ("1L23456789ABCDEF", 'L')] {
        let alphabet = Alphabet::new(symbols).unwrap();
        assert_eq!(
            alphabet.fold_look_alikes(),
            Err(AlphabetError::Ambiguous { letter, digit: '1' })
        );
    }
    // The letter is a symbol, the digit is not: the letter stays itself.
    let letters = Alphabet::new("OIL23456789ABCDE").unwrap();
    assert_eq!(
        read(letters.fold_look_alikes().unwrap(), "OILoil23"),
        Ok("OILOIL23".into())
    );
}

#[test]
fn malformed_tells_the_person_where_to_look() {
    let format = CodeFormat {
        check_symbol: true,
        ..CodeFormat::ONLINE
    };
    let long = " ".repeat(257);
    for (typed, reason, public) in [
        (
            long.as_str(),
            "too_long",
            "That is not a complete code; it is far too long.",
        ),
        (
            "3F9A-?",
            "unexpected_symbol",
            "That is not a complete code; check character 6.",
        ),
        (
            "3F9A",
            "wrong_length",
            "That is not a complete code; it has 4 characters, not 12.",
        ),
        (
            "3F9A-77C2-01BE",
            "check_failed",
            "That is not a complete code; check each character.",
        ),
    ] {
        let malformed = format.normalize(typed).unwrap_err();
        assert_eq!(malformed.reason(), reason);
        assert_eq!(malformed.public_message().to_string(), public);
    }
}

#[test]
fn names_are_1_to_255_bytes_without_control_characters() {
    for name in [
        "x",
        "山田太郎",
        "CORP\\carol",
        "o'neil",
        " ",
        &"u".repeat(255),
    ] {
        assert_eq!(Name::new(name).unwrap().as_str(), name);
    }
    for (name, error) in [
        ("", NameError::Empty),
        (&*"u".repeat(256), NameError::TooLong { found: 256 }),
        (&*"ü".repeat(128), NameError::TooLong { found: 256 }),
        ("al\0ice", NameError::ControlCharacter { position: 2 }),
        ("ü\n", NameError::ControlCharacter { position: 1 }),
        ("a\u{1F}", NameError::ControlCharacter { position: 1 }),
        ("a\u{7F}", NameError::ControlCharacter { position: 1 }),
        ("a\u{85}", NameError::ControlCharacter { position: 1 }),
    ] {
        assert_eq!(Name::new(name), Err(error), "{name:?}");
        assert_eq!(Name::borrowed(name), Err(error), "{name:?}");
        assert_eq!(
            MasterKey::from_bytes([7; 32]).tenant(name).map(|_| ()),
            Err(error)
        );
        assert_eq!(keys().tenant(name).map(|_| ()), Err(error));
        assert_eq!(Enrolment::new(&keys(), name, "x").map(|_| ()), Err(error));
        assert_eq!(Enrolment::new(&keys(), "x", name).map(|_| ()), Err(error));
    }
}

#[test]
fn a_key_is_32_bytes_or_64_digits() {
    let hex = "0f2847ccbe7b30a88c04a439b4408acf2ef3d6c99a709a441b38597b6ede8c0a";
    let lower = MasterKey::from_hex(hex).unwrap();
    let upper = MasterKey::from_hex(&format!(" {}\r\n", hex.to_uppercase())).unwrap();
    assert_eq!(lower.reveal(), upper.reveal());
    assert_eq!(lower.reveal()[..2], [0x0f, 0x28]);
    assert_eq!(
        EnrolmentKey::from_hex(hex).unwrap().reveal(),
        lower.reveal()
    );

    for (text, error) in [
        ("", KeyError::WrongHexLength { found: 0 }),
        (&hex[1..], KeyError::WrongHexLength { found: 63 }),
        (&*format!("{hex}0"), KeyError::WrongHexLength { found: 65 }),
        (&*hex.replace('f', "g"), KeyError::NotHex),
        (&*"é".repeat(32), KeyError::NotHex),
        (&*"é".repeat(64), KeyError::WrongHexLength { found: 64 }),
        (&*hex.replace("0f", "é"), KeyError::NotHex),
    ] {
        assert_eq!(MasterKey::from_hex(text).map(|_| ()), Err(error), "{text}");
        assert_eq!(
            EnrolmentKey::from_hex(text).map(|_| ()),
            Err(error),
            "{text}"
        );
    }
    for found in [0, 31, 33, 64] {
        let error = KeyError::WrongLength { found };
        assert_eq!(
            MasterKey::from_slice(&vec![1; found]).map(|_| ()),
            Err(error)
        );
        assert_eq!(
            EnrolmentKey::from_slice(&vec![1; found]).map(|_| ()),
            Err(error)
        );
    }
}

#[test]
fn a_ring_keeps_one_key_that_issues() {
    let mut ring = keys();
    let second = MasterKey::from_bytes([8; 32]);
    assert_eq!(
        ring.rotate(KeyId(1), &second),
        Err(KeyRingError::Duplicate { id: KeyId(1) })
    );
    assert_eq!(
        ring.retire(KeyId(1)),
        Err(KeyRingError::Newest { id: KeyId(1) })
    );
    ring.rotate(KeyId(9), &second).unwrap();
    ring.rotate(KeyId(3), &MasterKey::from_bytes([9; 32]))
        .unwrap();
    assert_eq!(
        ring.ids().collect::<Vec<_>>(),
        [KeyId(3), KeyId(9), KeyId(1)]
    );
    assert_eq!(ring.newest_id(), KeyId(3));
    assert_eq!(
        ring.tenant("t").unwrap().ids().collect::<Vec<_>>(),
        [KeyId(3), KeyId(9), KeyId(1)]
    );
    ring.retire(KeyId(9)).unwrap();
    assert!(matches!(
        ring.retire(KeyId(9)),
        Err(KeyRingError::Missing(_))
    ));
    assert_eq!(ring.ids().collect::<Vec<_>>(), [KeyId(3), KeyId(1)]);
}

#[test]
fn who_may_do_what() {
    use Action::{
        AcceptClock, AnswerRequest, IssueCode, ManageKey, ManageMachine, ManagePreset,
        ManageSecurityCode, Purge, ReadLog, ReadUser, ResetThrottle, RevokeCode,
    };

    // Of user, help desk, administrator and super administrator: who may.
    const DESK: [bool; 4] = [false, true, true, true];
    const ADMINISTRATOR: [bool; 4] = [false, false, true, true];
    const SUPER: [bool; 4] = [false, false, false, true];
    for (action, allowed, words) in [
        (IssueCode, DESK, "issue a code"),
        (RevokeCode, DESK, "revoke a code"),
        (AnswerRequest, DESK, "answer a request code"),
        (
            ReadUser,
            DESK,
            "look at a user's codes, machines and failures",
        ),
        (ManageMachine, DESK, "enrol or retire a machine"),
        (ResetThrottle, ADMINISTRATOR, "reset a throttle"),
        (ManagePreset, ADMINISTRATOR, "manage presets"),
        (ReadLog, ADMINISTRATOR, "read the log"),
        (Purge, ADMINISTRATOR, "purge old records"),
        (ManageSecurityCode, SUPER, "manage security codes"),
        (ManageKey, SUPER, "manage keys"),
        (AcceptClock, SUPER, "accept the clock"),
    ] {
        assert_eq!(Role::ALL.map(|role| role.may(action).is_ok()), allowed);
        let forbidden = Role::User.may(action).unwrap_err();
        assert_eq!(forbidden.to_string(), format!("user may not {words}"));
    }
}

#[test]
fn request_codes_change_with_the_minute() {
    let key = EnrolmentKey::from_bytes([9; 32]);
    let shown = |at| {
        let request = key.request_code(minute_of(at), &Alphabet::UNAMBIGUOUS);
        (request.to_string(), request.spoken().to_string())
    };
    // 1960 and 2026: minutes before the epoch are minutes as well.
    for minute in [-5_000_000, 0, 29_921_224] {
        let at = |second| super::at(minute * 60 + second);
        assert_eq!(minute_of(at(0)), minute);
        assert_eq!(minute_of(at(59)), minute);
        assert_eq!(
            (
                seconds_left(at(0)),
                seconds_left(at(1)),
                seconds_left(at(59))
            ),
            (60, 59, 1)
        );
        assert_eq!(shown(at(0)), shown(at(59)));
        assert_ne!(shown(at(0)), shown(at(60)));
        assert_eq!(shown(at(0)).0.len(), 9);
    }
}

#[test]
fn bytes_write_a_code_only_in_its_own_length() {
    for symbols in 8..=32_usize {
        let format = CodeFormat::new(Alphabet::HEX, CodeLength::new(symbols).unwrap());
        for bytes in 0..20 {
            let expected = symbols.div_ceil(2);
            match format.encode(&vec![0xAB; bytes]) {
                Ok(code) => assert_eq!(
                    (code.reveal().canonical().len(), bytes),
                    (symbols, expected)
                ),
                Err(error) => assert_eq!((error.expected, error.found), (expected, bytes)),
            }
        }
    }
    let unexpected = Alphabet::HEX.check_symbol("D13Cx78E");
    assert_eq!(unexpected, Err(Malformed::UnexpectedSymbol { position: 4 }));
}

#[test]
fn a_throttle_at_the_end_of_its_numbers_stays_closed() {
    let policy = ThrottlePolicy {
        hard_limit: u32::MAX,
        max_delay_seconds: u32::MAX,
        ..ThrottlePolicy::default()
    };
    let now = chrono::DateTime::<chrono::Utc>::MAX_UTC;
    let mut throttle = Throttle {
        failures: u32::MAX - 1,
        closed_until: None,
    };
    throttle.fail(&policy, now);
    throttle.fail(&policy, now);
    assert_eq!(throttle.failures, u32::MAX);
    assert_eq!(throttle.closed_until, Some(now));
    assert_eq!(
        throttle.check(&policy, now),
        Err(Refusal::Throttled { until: None })
    );
    let never = ThrottlePolicy {
        hard_limit: 0,
        ..policy
    };
    assert!(Throttle::default().check(&never, now).is_err());
}

#[test]
fn the_wall_clock_has_years_1_to_9999_too() {
    let year_1 = chrono::Utc.with_ymd_and_hms(1, 1, 1, 0, 30, 0).unwrap();
    assert!(Validity::DAY.expires_at(year_1).is_ok());
    let west = chrono::FixedOffset::west_opt(3_600).unwrap();
    assert!(
        Validity::DAY
            .expires_at(year_1.with_timezone(&west))
            .is_err()
    );
    let last = chrono::Utc
        .with_ymd_and_hms(9999, 12, 30, 23, 30, 0)
        .unwrap();
    assert!(Validity::DAY.expires_at(last).is_ok());
    let east = chrono::FixedOffset::east_opt(3_600).unwrap();
    assert!(Validity::DAY.expires_at(last.with_timezone(&east)).is_err());
}

#[test]
fn generations_end() {
    let first = Enrolment::new(&keys(), "alice", "LAPTOP-17").unwrap();
    let second = first.next(&keys()).unwrap();
    assert_eq!((first.generation, second.generation), (0, 1));
    let last = Enrolment {
        generation: u32::MAX,
        ..Enrolment::new(&keys(), "alice", "LAPTOP-17").unwrap()
    };
    assert_eq!(last.next(&keys()), Err(GenerationsExhausted));
}

#[test]
fn words_are_read_as_they_are_printed() {
    for purpose in Purpose::ALL {
        assert_eq!(purpose.to_string().parse(), Ok(purpose));
    }
    assert_eq!("BYPASS".parse(), Ok(Purpose::Bypass));
    assert!("".parse::<Purpose>().is_err());
    for role in Role::ALL {
        assert_eq!(role.to_string().parse(), Ok(role));
    }
    assert_eq!("HELP_DESK".parse(), Ok(Role::HelpDesk));
    assert_eq!("HELP_DESK".parse(), Ok(Role::HelpDesk));
    assert!("root".parse::<Role>().is_err());
}

#[test]
fn no_secret_shows_in_debug() {
    let hex = "0f2847ccbe7b30a88c04a439b4408acf2ef3d6c99a709a441b38597b6ede8c0a";
    let master = MasterKey::from_hex(hex).unwrap();
    let ring = keys();
    let code = CodeFormat::ONLINE.normalize("3F9A-77C2-01BE").unwrap();
    let (_, digest) = ring
        .online_digests(&Name::new("alice").unwrap(), &code)
        .next()
        .unwrap();
    let agent = stopgap::offline::Agent::new(EnrolmentKey::from_hex(hex).unwrap());
    for text in [
        format!("{master:?} {ring:?} {agent:?} {:#?}", agent.seal()),
        format!(
            "{code:?} {:?} {:?} {digest:?}",
            code.reveal(),
            code.reveal().spoken()
        ),
    ] {
        // Neither in hexadecimal nor as a list of numbers.
        for secret in ["0f28", "0F28", "15, 40", "3F9A", "51, 70", "Three"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn a_name_is_its_text() {
    let name: Name = "alice".parse().unwrap();
    assert_eq!(AsRef::<str>::as_ref(&name), "alice");
    assert_eq!(Borrow::<str>::borrow(&name), "alice");
    assert!(name == "alice" && name != "bob");
    assert!(PartialEq::<str>::eq(&name, "alice") && PartialEq::<str>::ne(&name, "bob"));
    assert_eq!(String::from(name), "alice");
}

#[test]
fn a_purpose_twice_is_a_purpose() {
    let once = Purposes::NONE.with(Purpose::Reset);
    assert_eq!(once.with(Purpose::Reset), once);
    assert!(once.contains(Purpose::Reset) && !once.contains(Purpose::Bypass));
}

#[test]
fn as_many_hyphens_as_symbols_are_no_symbols() {
    let typed = "3-F-9-A-7-7-C-2-0-1-B-E-";
    let code = CodeFormat::ONLINE.normalize(typed).unwrap();
    assert_eq!(code.reveal().canonical(), "3F9A77C201BE");
    let hyphens = CodeFormat::ONLINE.normalize("------------");
    let (expected, found) = (12, 0);
    let none = Malformed::WrongLength { expected, found };
    assert_eq!(hyphens.map(|_| ()), Err(none));
}
