//! Validities as people and machines write them.

use stopgap::{
    Alphabet, EnrolmentKey, InvalidValue,
    InvalidValue::{Days, Minutes, Months, OfflineValidity},
    Purpose, Validity,
};

const FORM: InvalidValue = InvalidValue::Validity;

#[test]
fn people_type_days_months_hours_and_minutes() {
    let minutes = |count| Validity::minutes(count).unwrap();
    for (texts, expected) in [
        (
            &["P7D", "7d", "7D", "7 d", "7 days", "7 Days", " 7d\n"][..],
            Validity::days(7).unwrap(),
        ),
        (&["P1D", "1d", "1 day", "1days"], Validity::DAY),
        (&["P31D", "31d"], Validity::days(31).unwrap()),
        (
            &["P1M", "1mo", "1 month", "1 Months", "1MO"],
            Validity::MONTH,
        ),
        (
            &[
                "PT90M",
                "90m",
                "90 min",
                "90 minutes",
                "90M",
                "1h30m",
                "1h 30m",
                "1 h 30 min",
                "PT1H30M",
                "1 hour 30 minutes",
            ],
            minutes(90),
        ),
        (
            &["PT8H", "8h", "8 hours", "8 H", "480m", "PT480M"],
            minutes(480),
        ),
        (&["PT1M", "1m", "1 minute"], minutes(1)),
        (&["PT1H", "1h", "60m", "1 hour"], minutes(60)),
        (&["PT24H", "24h", "1440m"], minutes(1_440)),
        (&["PT23H59M", "23h59m", "1439m"], minutes(1_439)),
    ] {
        for text in texts {
            assert_eq!(text.parse(), Ok(expected), "{text:?}");
        }
        // The first text is the canonical form, or is read as the same validity.
        assert_eq!(expected.to_string().parse(), Ok(expected));
    }
    for (validity, canonical) in [
        (minutes(60), "PT1H"),
        (minutes(61), "PT61M"),
        (minutes(90), "PT90M"),
        (minutes(1_440), "PT24H"),
        (Validity::hours(8).unwrap(), "PT8H"),
        (Validity::days(31).unwrap(), "P31D"),
        (Validity::MONTH, "P1M"),
    ] {
        assert_eq!(validity.to_string(), canonical);
    }
}

#[test]
fn a_text_that_is_not_a_validity_is_refused_with_the_reason() {
    for (text, error) in [
        ("", FORM),
        (" ", FORM),
        ("d", FORM),
        ("7", FORM),
        ("P", FORM),
        ("PT", FORM),
        ("PD", FORM),
        ("PT7D", FORM),
        ("P7 D", FORM),
        ("P 7D", FORM),
        // ISO forms have no white space around them.
        (" P7D", FORM),
        ("P7D ", FORM),
        ("PT8H\n", FORM),
        // ISO forms are in upper case.
        ("p7d", FORM),
        ("P7d", FORM),
        ("p1m", FORM),
        ("pt8h", FORM),
        ("Pt8H", FORM),
        ("P7days", FORM),
        ("PT8HOURS", FORM),
        // No leading zeros, signs, fractions or other digits.
        ("07d", FORM),
        ("P01M", FORM),
        ("P00D", FORM),
        ("P0007D", FORM),
        ("08h", FORM),
        ("1h05m", FORM),
        ("P7", FORM),
        ("-7d", FORM),
        ("+7d", FORM),
        ("7.5d", FORM),
        ("1,5h", FORM),
        ("７d", FORM),
        ("7\u{200B}d", FORM),
        // Other units, and mixtures.
        ("1w", FORM),
        ("P1W", FORM),
        ("P1Y", FORM),
        ("1y", FORM),
        ("90s", FORM),
        ("PT90S", FORM),
        ("P1MO", FORM),
        ("P1M1D", FORM),
        ("P1DT1H", FORM),
        ("1d12h", FORM),
        ("1h1h", FORM),
        ("30m1h", FORM),
        ("PT30M1H", FORM),
        ("1h30", FORM),
        ("1h30m30s", FORM),
        ("1h30m ago", FORM),
        // After hours there are at most 59 minutes.
        ("1h60m", FORM),
        ("PT1H60M", FORM),
        ("1h0m", FORM),
        ("PT1H0M", FORM),
        // Numbers out of range.
        ("0d", Days { found: 0 }),
        ("P0D", Days { found: 0 }),
        ("P32D", Days { found: 32 }),
        ("99999999999999999999d", Days { found: u32::MAX }),
        ("0mo", Months { found: 0 }),
        ("P2M", Months { found: 2 }),
        ("99999999999mo", Months { found: u32::MAX }),
        ("0m", Minutes { found: 0 }),
        ("PT0M", Minutes { found: 0 }),
        ("PT1441M", Minutes { found: 1_441 }),
        ("0h", Minutes { found: 0 }),
        ("0h5m", Minutes { found: 0 }),
        ("25h", Minutes { found: 1_500 }),
        ("24h1m", Minutes { found: 1_441 }),
        ("99999999999h", Minutes { found: u32::MAX }),
        ("99999999999m", Minutes { found: u32::MAX }),
    ] {
        assert_eq!(text.parse::<Validity>(), Err(error), "{text:?}");
    }
}

#[test]
fn constructors_refuse_what_parsing_refuses() {
    for days in 0..=40 {
        let expected = (1..=31).contains(&days);
        assert_eq!(Validity::days(days).is_ok(), expected, "{days}");
    }
    for minutes in 0..=1_500 {
        let expected = (1..=1_440).contains(&minutes);
        assert_eq!(Validity::minutes(minutes).is_ok(), expected, "{minutes}");
    }
    for hours in 0..=30 {
        let expected = (1..=24).contains(&hours);
        assert_eq!(Validity::hours(hours).is_ok(), expected, "{hours}");
    }
    let found = u32::MAX;
    assert_eq!(Validity::days(found), Err(Days { found }));
    assert_eq!(Validity::minutes(found), Err(Minutes { found }));
    assert_eq!(Validity::hours(found), Err(Minutes { found }));
    assert_eq!(Validity::hours(25), Err(Minutes { found: 1_500 }));
    assert_eq!(
        Validity::minutes(1_441).unwrap_err().to_string(),
        "a validity has 1 to 1440 minutes (24 hours), not 1441; use days for more"
    );
    // A day is not 24 hours.
    assert_ne!(Validity::hours(24).unwrap(), Validity::DAY);
}

#[test]
fn offline_codes_take_days_or_a_month() {
    let key = EnrolmentKey::from_bytes([9; 32]);
    for text in ["PT1M", "90m", "PT24H"] {
        let validity: Validity = text.parse().unwrap();
        assert!(!validity.is_calendar());
        let code = key.offline_code(0, Purpose::Bypass, validity, &Alphabet::HEX);
        assert_eq!(code.map(|_| ()), Err(OfflineValidity));
        let input = key.ocra_data_input(0, Purpose::Bypass, validity);
        assert_eq!(input.map(|_| ()), Err(OfflineValidity));
    }
    for text in ["P1D", "P31D", "P1M"] {
        let validity: Validity = text.parse().unwrap();
        assert!(validity.is_calendar());
        let code = key.offline_code(0, Purpose::Bypass, validity, &Alphabet::HEX);
        assert!(code.is_ok());
        assert!(key.ocra_data_input(0, Purpose::Bypass, validity).is_ok());
    }
    assert_eq!(OfflineValidity.reason(), "offline_validity");
}
