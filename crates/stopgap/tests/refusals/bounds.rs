//! Alphabets, look-alikes, roles, minutes, and other values at their bounds.

use chrono::TimeZone;
use stopgap::{
    Action, Alphabet, CodeFormat, EnrolmentKey, InvalidValue, LookAlike, Malformed, Purpose,
    Purposes, Role, Validity,
    offline::{minute_of, seconds_left},
};

#[test]
fn an_alphabet_says_which_symbol_is_wrong() {
    use InvalidValue::{LowerCase, NotASymbol, Repeated, WrongCount};

    for (symbols, error) in [
        ("", WrongCount { found: 0 }),
        ("0123456789ABCDE", WrongCount { found: 15 }),
        ("0123456789ABCDEFG", WrongCount { found: 17 }),
        // The number of characters is checked first.
        ("0123456789ABCDEF0", WrongCount { found: 17 }),
        ("aé-", WrongCount { found: 3 }),
        ("éééééééééééééééé", NotASymbol { position: 0 }),
        ("0123456789ABCDEE", Repeated { position: 15 }),
        ("0123456789abcdef", LowerCase { position: 10 }),
        ("0123456789ABCDE-", NotASymbol { position: 15 }),
        ("012345678ABCDÉF-", NotASymbol { position: 13 }),
        ("０123456789ABCDEF", NotASymbol { position: 0 }),
        // Otherwise the first wrong character from the left decides.
        ("00a-456789ABCDEF", Repeated { position: 1 }),
        ("0a0-456789ABCDEF", LowerCase { position: 1 }),
        ("0-0a456789ABCDEF", NotASymbol { position: 1 }),
    ] {
        assert_eq!(Alphabet::new(symbols), Err(error), "{symbols}");
    }
    assert_eq!(Alphabet::new("0123456789ABCDEF"), Ok(Alphabet::HEX));
    assert_eq!(Alphabet::new("Z3467ACEFHJKRWXY"), Ok(Alphabet::UNAMBIGUOUS));
    assert!(Alphabet::new("FEDCBA9876543210").is_ok());
    for (error, reason) in [
        (WrongCount { found: 0 }, "wrong_count"),
        (LowerCase { position: 0 }, "lower_case"),
        (NotASymbol { position: 0 }, "not_a_symbol"),
        (Repeated { position: 0 }, "repeated"),
    ] {
        assert_eq!(error.reason(), reason);
    }
}

#[test]
fn look_alikes_fold_only_if_they_are_on_and_unambiguous() {
    let read = |alphabet: Alphabet, typed: &str| {
        let format = CodeFormat::new(alphabet, 8);
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

    // Only one pair.
    let zero = Alphabet::HEX.fold(LookAlike::OAsZero).unwrap();
    assert_eq!(read(zero, "OOOOOOOO"), Ok("00000000".into()));
    assert_eq!(
        read(zero, "OOOOOOOL"),
        Err(Malformed::UnexpectedSymbol { position: 7 })
    );
    assert_eq!(zero.look_alikes().collect::<Vec<_>>(), [LookAlike::OAsZero]);

    // Neither 0 nor 1 is a symbol, so nothing folds.
    let none = Alphabet::UNAMBIGUOUS.fold_look_alikes().unwrap();
    assert_eq!(none, Alphabet::UNAMBIGUOUS);

    // Both are symbols: ambiguous for that pair only.
    let both = Alphabet::new("01O23456789ABCDE").unwrap();
    let ambiguous = InvalidValue::Ambiguous {
        letter: 'O',
        digit: '0',
    };
    assert_eq!(both.fold_look_alikes(), Err(ambiguous));
    assert_eq!(both.fold(LookAlike::OAsZero), Err(ambiguous));
    assert_eq!(ambiguous.reason(), "ambiguous");
    let ones = both
        .fold(LookAlike::IAsOne)
        .and_then(|alphabet| alphabet.fold(LookAlike::LAsOne))
        .unwrap();
    assert_eq!(read(ones, "0O1IiLl2"), Ok("0O111112".into()));
    for (symbols, letter) in [("1I23456789ABCDEF", 'I'), ("1L23456789ABCDEF", 'L')] {
        let alphabet = Alphabet::new(symbols).unwrap();
        let digit = '1';
        assert_eq!(
            alphabet.fold_look_alikes(),
            Err(InvalidValue::Ambiguous { letter, digit })
        );
    }
    // The letter is a symbol and the digit is not: the letter does not fold.
    let letters = Alphabet::new("OIL23456789ABCDE").unwrap();
    assert_eq!(
        read(letters.fold_look_alikes().unwrap(), "OILoil23"),
        Ok("OILOIL23".into())
    );
}

#[test]
fn a_malformed_text_tells_the_person_what_to_check() {
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
            "3F9A-?2",
            "unexpected_symbol",
            "That is not a complete code; check character 6.",
        ),
        (
            "3F9A",
            "wrong_length",
            "That is not a complete code; it has 4 characters, not 12.",
        ),
        // Punctuation at the end belongs to the sentence around the code.
        (
            "3F9A-?",
            "wrong_length",
            "That is not a complete code; it has 4 characters, not 12.",
        ),
        (
            "3F9A-77C2-01BE",
            "check_failed",
            "That code has a typo; check each character.",
        ),
    ] {
        let malformed = format.normalize(typed).unwrap_err();
        assert_eq!(malformed.reason(), reason);
        assert_eq!(malformed.public_message().to_string(), public);
    }
}

#[test]
fn who_may_do_what() {
    use Action::{
        AcceptClock, AnswerRequest, IssueCode, LowerLogRetention, ManageKey, ManageMachine,
        ManagePreset, ManageSecurityCode, ManageTenant, Purge, ReadLog, ReadUser, ResetThrottle,
        RevokeCode,
    };

    // For user, help desk, administrator and super administrator.
    const DESK: [bool; 4] = [false, true, true, true];
    const ADMINISTRATOR: [bool; 4] = [false, false, true, true];
    const SUPER: [bool; 4] = [false, false, false, true];
    let table = [
        (IssueCode, DESK, "issue a code"),
        (RevokeCode, DESK, "revoke a code"),
        (AnswerRequest, DESK, "answer a request code"),
        (
            ReadUser,
            DESK,
            "look at a user's codes, machines and failures",
        ),
        (ManageMachine, DESK, "enrol or retire a machine"),
        (ResetThrottle, ADMINISTRATOR, "unlock a user"),
        (ManagePreset, ADMINISTRATOR, "manage presets"),
        (ReadLog, ADMINISTRATOR, "read the audit log"),
        (Purge, ADMINISTRATOR, "delete old records"),
        (ManageSecurityCode, SUPER, "manage security codes"),
        (ManageKey, SUPER, "manage keys"),
        (AcceptClock, SUPER, "accept a clock that was set back"),
        (
            LowerLogRetention,
            SUPER,
            "lower the retention of the audit log",
        ),
        (ManageTenant, SUPER, "add or list tenants"),
    ];
    assert_eq!(table.map(|(action, ..)| action), Action::ALL);
    for (action, allowed, words) in table {
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
    // 1960 and 2026: minutes before the epoch are minutes too.
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
fn bytes_make_only_a_code_of_their_length() {
    for symbols in 8..=32_u8 {
        let format = CodeFormat::new(Alphabet::HEX, symbols);
        for bytes in 0..20 {
            let expected = usize::from(symbols).div_ceil(2);
            let encoded = format.encode(&vec![0xAB; bytes]);
            if bytes == expected {
                let length = encoded.unwrap().reveal().canonical().len();
                assert_eq!(length, usize::from(symbols));
            } else {
                let found = bytes;
                let error = InvalidValue::Bytes { expected, found };
                assert_eq!(encoded.map(|_| ()), Err(error));
                assert_eq!(error.reason(), "bytes");
            }
        }
    }
    let unexpected = Alphabet::HEX.check_symbol("D13Cx78E");
    assert_eq!(unexpected, Err(Malformed::UnexpectedSymbol { position: 4 }));
}

#[test]
fn the_wall_clock_has_years_1_to_9999_too() {
    let year_1 = chrono::Utc.with_ymd_and_hms(1, 1, 1, 0, 30, 0).unwrap();
    let west = chrono::FixedOffset::west_opt(3_600).unwrap();
    let last = chrono::Utc
        .with_ymd_and_hms(9999, 12, 30, 23, 30, 0)
        .unwrap();
    let east = chrono::FixedOffset::east_opt(3_600).unwrap();
    for validity in [Validity::DAY, Validity::hours(24).unwrap()] {
        let expires_at = |instant| validity.expires_at(instant);
        assert!(expires_at(year_1).is_ok());
        assert!(validity.expires_at(year_1.with_timezone(&west)).is_err());
        assert!(expires_at(last).is_ok());
        assert!(validity.expires_at(last.with_timezone(&east)).is_err());
    }
}

#[test]
fn words_are_read_in_their_printed_form() {
    for purpose in Purpose::ALL {
        assert_eq!(purpose.to_string().parse(), Ok(purpose));
    }
    assert_eq!("BYPASS".parse(), Ok(Purpose::Bypass));
    for text in ["", "unlock", "bypass "] {
        assert_eq!(text.parse::<Purpose>(), Err(InvalidValue::Purpose));
    }
    for role in Role::ALL {
        assert_eq!(role.to_string().parse(), Ok(role));
    }
    assert_eq!("HELP_DESK".parse(), Ok(Role::HelpDesk));
    for text in ["", "root", "help desk"] {
        assert_eq!(text.parse::<Role>(), Err(InvalidValue::Role));
    }
}

#[test]
fn a_set_has_each_purpose_once() {
    let once = Purposes::NONE.with(Purpose::Reset);
    assert_eq!(once.with(Purpose::Reset), once);
    assert!(once.contains(Purpose::Reset) && !once.contains(Purpose::Bypass));
    assert!(Purposes::NONE.is_empty() && !once.is_empty());
}

#[test]
fn hyphens_do_not_count_as_symbols() {
    let typed = "3-F-9-A-7-7-C-2-0-1-B-E-";
    let code = CodeFormat::ONLINE.normalize(typed).unwrap();
    assert_eq!(code.reveal().canonical(), "3F9A77C201BE");
    let hyphens = CodeFormat::ONLINE.normalize("------------");
    let (expected, found) = (12, 0);
    let none = Malformed::WrongLength { expected, found };
    assert_eq!(hyphens.map(|_| ()), Err(none));
}
