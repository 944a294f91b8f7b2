//! Text that may have one of several formats, and users with codes of several formats.

use stopgap::{
    Alphabet, CodeFormat, InvalidValue, Malformed, NameError, OnlineGrant, OnlinePolicy, Purpose,
    Refusal, Sealed, VerifyRequest,
};

use super::{NOW, at, issue, keys, other_rng};

const SHORT: CodeFormat = CodeFormat::new(Alphabet::HEX, 8);
const CHECKED: CodeFormat = CodeFormat {
    check_symbol: true,
    ..CodeFormat::ONLINE
};
const CONSONANTS: CodeFormat = CodeFormat::new(Alphabet::UNAMBIGUOUS, 12);

fn read(formats: &[CodeFormat], typed: &str) -> Result<Vec<String>, Malformed> {
    let codes = CodeFormat::normalize_any(formats, typed)?;
    let canonical = codes
        .iter()
        .map(|code| code.reveal().canonical().to_owned());
    Ok(canonical.collect())
}

const fn length(expected: usize, found: usize) -> Malformed {
    Malformed::WrongLength { expected, found }
}

/// 3F9A-77C2-01B with its check symbol.
fn checked() -> String {
    let body = "3F9A77C201B";
    let check = Alphabet::HEX.check_symbol(body).unwrap();
    format!("{body}{check}")
}

#[test]
fn a_text_is_read_in_each_format_that_fits() {
    let right = checked();
    let wrong = "3F9A77C201BE";
    assert_ne!(right, wrong);
    let formats = [SHORT, CHECKED, CONSONANTS, CodeFormat::ONLINE];
    for (formats, typed, expected) in [
        // Without any format, the default one is read.
        (&[][..], "3f9a-77c2-01be", vec![wrong]),
        // One format fits.
        (&formats[..], "3f9a-77c2", vec!["3F9A77C2"]),
        (&formats, "ZZZZ-ZZZZ-ZZZZ", vec!["ZZZZZZZZZZZZ"]),
        // Two formats fit, and read the same code.
        (&formats, &right, vec![&*right]),
        (
            &[CodeFormat::ONLINE, CodeFormat::ONLINE],
            wrong,
            vec![wrong],
        ),
        // A typo in one format may be a code in another.
        (&formats, wrong, vec![wrong]),
        (&[CHECKED, CodeFormat::ONLINE], wrong, vec![wrong]),
    ] {
        let expected: Vec<String> = expected.into_iter().map(String::from).collect();
        assert_eq!(read(formats, typed), Ok(expected), "{typed}");
    }
    // Two formats read different codes, in the order of the formats.
    let folding = CodeFormat {
        alphabet: Alphabet::HEX.fold_look_alikes().unwrap(),
        ..SHORT
    };
    let letters = CodeFormat::new(Alphabet::new("0O23456789ABCDEL").unwrap(), 8);
    for (formats, expected) in [
        ([folding, letters], ["00000001", "0O0O000L"]),
        ([letters, folding], ["0O0O000L", "00000001"]),
    ] {
        assert_eq!(
            read(&formats, "0O0O-000L"),
            Ok(expected.map(String::from).to_vec())
        );
    }
}

#[test]
fn the_nearest_error_is_returned_if_no_format_fits() {
    let long = CodeFormat::new(Alphabet::HEX, 16);
    let unexpected = |position| Malformed::UnexpectedSymbol { position };
    for (formats, typed, expected) in [
        // A typo is the error, with other formats before or after.
        (&[CHECKED][..], "3F9A77C201BE", Malformed::CheckFailed),
        (&[SHORT, CHECKED], "3F9A77C201BE", Malformed::CheckFailed),
        (&[CHECKED, long], "3F9A77C201BE", Malformed::CheckFailed),
        (
            &[CONSONANTS, CHECKED],
            "3F9A77C201BE",
            Malformed::CheckFailed,
        ),
        // The nearest length is named; of two equally near lengths, the first.
        (&[SHORT, long], "3F9A77C201B", length(8, 11)),
        (&[SHORT, long], "3F9A77C201BE4", length(16, 13)),
        (&[SHORT, long], "3F9A77C201BE", length(8, 12)),
        (&[long, SHORT], "3F9A77C201BE", length(16, 12)),
        // A wrong length comes before a wrong symbol.
        (&[CONSONANTS, SHORT], "3F9A77C201B", length(8, 11)),
        (&[SHORT, CONSONANTS], "3F9A77C201B", length(8, 11)),
        // If each format has a wrong symbol, the error is that of the first.
        (&[SHORT, CONSONANTS], "3FZ1", unexpected(2)),
        (&[CONSONANTS, SHORT], "3FZ1", unexpected(3)),
        (&[SHORT, long], &"0".repeat(257), Malformed::TooLong),
        // Without any format, the format of online codes is read.
        (&[], "", length(12, 0)),
        (&[], "3F9A-77C2", length(12, 8)),
        (&[], "3FZ1", unexpected(2)),
    ] {
        assert_eq!(read(formats, typed), Err(expected), "{typed}");
    }
    let read_online = read(&[], "3f9a-77c2-01be");
    assert_eq!(read_online, Ok(vec!["3F9A77C201BE".into()]));
    // An invalid format counts as no format.
    let invalid = CodeFormat::new(Alphabet::HEX, 4);
    assert_eq!(read(&[invalid], "3f9a-77c2-01be"), read_online);
    assert_eq!(read(&[invalid], "3F9A"), Err(length(12, 4)));
    assert_eq!(read(&[invalid, SHORT], "3F9A"), Err(length(8, 4)));
}

#[test]
fn a_format_has_8_symbols_beside_its_check_symbol() {
    use InvalidValue::{CheckedLength, Length};

    for length in 0..=u8::MAX {
        for check_symbol in [false, true] {
            let format = CodeFormat {
                check_symbol,
                ..CodeFormat::new(Alphabet::HEX, length)
            };
            let expected = match (length, check_symbol) {
                (8, true) => Err(CheckedLength { found: 8 }),
                (8..=32, _) => Ok(()),
                _ => Err(Length { found: length }),
            };
            assert_eq!(format.validate(), expected, "{length}");
            // An invalid format reads no code and writes no code.
            let typed = "0".repeat(usize::from(length));
            let normalized = format.normalize(&typed).map(|_| ());
            if let Err(invalid) = expected {
                // The error names the nearest length that a code may have.
                let fewest = if check_symbol { 9 } else { 8 };
                let nearest = usize::from(length).clamp(fewest, 32);
                let wrong = super::formats::length(nearest, length.into());
                assert_eq!(normalized, Err(wrong));
                let encoded = format.encode(&vec![0; usize::from(length).div_ceil(2)]);
                assert_eq!(encoded.map(|_| ()), Err(invalid));
                let any = read(&[format], &typed);
                assert_eq!(any, read(&[], &typed));
            } else {
                assert!(check_symbol || normalized.is_ok(), "{length}");
            }
        }
    }
}

fn issue_in(format: CodeFormat) -> (String, Sealed<OnlineGrant>) {
    let policy = OnlinePolicy {
        format,
        ..OnlinePolicy::default()
    };
    let (code, record) = issue(policy);
    (code.reveal().as_str().to_owned(), record)
}

#[test]
fn the_typed_one_of_codes_of_several_formats_is_verified() {
    let long = CodeFormat::new(Alphabet::UNAMBIGUOUS, 16);
    let issued = [SHORT, CHECKED, long].map(issue_in);
    let records = issued.each_ref().map(|(_, record)| record.clone());
    let verify = |user: &str, typed: &str| {
        let request = VerifyRequest::new(user, typed, Purpose::Bypass);
        let verified = Sealed::verify_any(&records, &keys(), &request, at(NOW));
        verified.map(|(index, granted)| {
            assert_eq!(granted.user().as_str(), "alice");
            index
        })
    };
    for (index, (typed, _)) in issued.iter().enumerate() {
        assert_eq!(verify("alice", typed), Ok(index));
        assert_eq!(verify("alice", &typed.to_lowercase()), Ok(index));
        assert_eq!(verify("bob", typed), Err(Refusal::Unknown));
    }
    // A typo that the check symbol finds is the error, although there are other formats.
    let mut typo: Vec<char> = issued[1].0.chars().collect();
    typo[0] = if typo[0] == '0' { '1' } else { '0' };
    let typo = String::from_iter(typo);
    assert_eq!(verify("alice", &typo), Err(Malformed::CheckFailed.into()));
    assert_eq!(verify("bob", &typo), Err(Malformed::CheckFailed.into()));
    // In a format without a check symbol, the text is a guess.
    assert_eq!(verify("alice", "0000-0000"), Err(Refusal::Unknown));
    // Otherwise the error is the nearest one, as in reading the formats without codes.
    assert_eq!(verify("alice", "0000"), Err(length(8, 4).into()));
    assert_eq!(verify("alice", "0000-0000-000"), Err(length(12, 11).into()));
    let unexpected = Malformed::UnexpectedSymbol { position: 0 };
    assert_eq!(verify("alice", "*"), Err(unexpected.into()));
}

/// If a text fits no record's format, the error is that of reading it in these formats.
#[test]
fn the_nearest_error_of_the_formats_of_all_codes_is_returned() {
    let long = CodeFormat::new(Alphabet::UNAMBIGUOUS, 16);
    let formats = [SHORT, CHECKED, long, CONSONANTS];
    let issued = formats.map(|format| issue_in(format).1);
    let texts = [
        "",
        "0",
        "3F9A77C20",
        "3F9A77C201B",
        "3F9A77C201BE",
        "3F9A77C201BE4",
        "ZW4F-RK37-Z",
        "3FZ1",
        "*",
        "3F9A77C201BE3F9A77C201BE",
    ];
    for picked in 1..1_usize << formats.len() {
        for reversed in [false, true] {
            let mut places: Vec<usize> = (0..formats.len()).collect();
            places.retain(|place| picked >> place & 1 == 1);
            if reversed {
                places.reverse();
            }
            let of_each: Vec<_> = places.iter().map(|place| formats[*place]).collect();
            let records: Vec<_> = places.iter().map(|place| issued[*place].clone()).collect();
            for text in texts {
                let request = VerifyRequest::new("alice", text, Purpose::Bypass);
                let verified = Sealed::verify_any(&records, &keys(), &request, at(NOW));
                let expected = CodeFormat::normalize_any(&of_each, text).unwrap_err();
                let refusal = verified.map(|_| ()).unwrap_err();
                assert_eq!(refusal, expected.into(), "{text}");
            }
        }
    }
    let verify = |records: &[Sealed<OnlineGrant>], text| {
        let request = VerifyRequest::new("alice", text, Purpose::Bypass);
        let verified = Sealed::verify_any(records, &keys(), &request, at(NOW));
        verified.map(|_| ()).unwrap_err()
    };
    let records = [0, 2].map(|place: usize| issued[place].clone());
    assert_eq!(verify(&records, "3F9A77C20"), length(8, 9).into());
    assert_eq!(verify(&records, "ZW4F-RK37-ZW4F-R"), length(16, 13).into());
    assert_eq!(verify(&records, "ZW4F-RK37-ZW4F"), length(16, 12).into());
}

#[test]
fn a_guess_in_one_format_is_not_a_typo_in_another() {
    // A code of the same length without a check symbol: the text is a guess at it.
    let (_, checked) = issue_in(CHECKED);
    let issued = OnlinePolicy::default().issue(&keys(), "alice", at(NOW), &mut other_rng());
    let (_, plain) = issued.unwrap();
    for records in [[checked.clone(), plain.clone()], [plain, checked]] {
        let request = VerifyRequest::new("alice", "0000-0000-0000", Purpose::Bypass);
        let refused = Sealed::verify_any(&records, &keys(), &request, at(NOW));
        assert_eq!(refused.map(|_| ()), Err(Refusal::Unknown));
    }
}

#[test]
fn a_name_is_checked_before_the_text_is_read() {
    let (typed, record) = issue_in(SHORT);
    for user in ["", "al\nice", " "] {
        for typed in [&*typed, "?", "0", ""] {
            let request = VerifyRequest::new(user, typed, Purpose::Bypass);
            let one = core::slice::from_ref(&record);
            let code = SHORT.normalize("0000-0000").unwrap();
            let owner = "alice".parse().unwrap();
            let digest = keys().online_digests(&owner, &code).next().unwrap();
            let refused = [
                record.verify(&keys(), &request, at(NOW)),
                record.check_code(&keys(), &request, &code, at(NOW)),
                record.check_digest(&keys(), &request, &digest, at(NOW)),
                Sealed::verify_any(one, &keys(), &request, at(NOW)).map(|(_, it)| it),
                Sealed::verify_any(&[], &keys(), &request, at(NOW)).map(|(_, it)| it),
            ];
            let expected = match user {
                "" => NameError::Empty,
                " " => NameError::Blank,
                _ => NameError::ControlCharacter { position: 2 },
            };
            for refused in refused {
                let refusal = refused.map(|_| ()).unwrap_err();
                assert_eq!(refusal, Refusal::InvalidName(expected));
            }
        }
    }
}
