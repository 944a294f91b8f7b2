//! Security codes: their text, their prefixes and their scopes.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, Code, InvalidValue, Malformed, Role, Scopes, SecurityCode, SecurityFormat,
    SecurityPrefix, SecurityRequest,
};

use super::{NOW, at, keys};

/// The CRC-32 of the protocol's example.
const TEXT: &str = "stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7";

fn prefix(text: &str) -> SecurityPrefix {
    text.parse().unwrap()
}

fn format<const N: usize>(shown: &str, accepted: [&str; N]) -> SecurityFormat {
    SecurityFormat {
        prefix: prefix(shown),
        accepted: accepted.map(prefix).to_vec(),
    }
}

fn read(format: &SecurityFormat, text: &str) -> Result<String, Malformed> {
    let code = format.read(text)?;
    Ok(code.reveal().canonical().to_owned())
}

fn code() -> Code {
    SecurityFormat::default().read(TEXT).unwrap()
}

const fn length(found: usize) -> Malformed {
    let expected = 40;
    Malformed::WrongLength { expected, found }
}

const fn unexpected(position: usize) -> Malformed {
    Malformed::UnexpectedSymbol { position }
}

#[test]
fn a_prefix_is_a_letter_and_1_to_15_letters_or_digits() {
    for text in [
        "ab",
        "a1",
        "stopgap",
        "abcdefghijklmnop",
        "z999999999999999",
    ] {
        assert_eq!(prefix(text).as_str(), text);
        assert_eq!(
            SecurityPrefix::try_from(String::from(text)),
            Ok(prefix(text))
        );
        assert_eq!(String::from(prefix(text)), text);
        assert_eq!(format!("{:>18}", prefix(text)), format!("{text:>18}"));
    }
    assert_eq!(SecurityPrefix::default().as_str(), "stopgap");
    for text in [
        "",
        "a",
        "abcdefghijklmnopq",
        "1a",
        "Ab",
        "aB",
        "a_b",
        "a-b",
        "a b",
        " ab",
        "ab\n",
        "äb",
        "aé",
    ] {
        let refused = text.parse::<SecurityPrefix>().unwrap_err();
        assert_eq!(refused, InvalidValue::Prefix, "{text:?}");
        assert_eq!(refused.reason(), "prefix");
    }
}

#[test]
fn the_text_of_a_code_reads_back() {
    let format = SecurityFormat::default();
    assert_eq!(format.text(&code()).as_str(), TEXT);
    assert_eq!(format.text(&code()).to_string(), TEXT);
    assert_eq!(format!("{:?}", format.text(&code())), "SecurityText(..)");
    let canonical = code().reveal().canonical().to_owned();
    assert_eq!(canonical, "C73E7C2106E664166E61EB3B998604DE");
    for typed in [
        TEXT.to_uppercase(),
        format!("“{TEXT}”,\r\n"),
        format!("({TEXT})"),
        TEXT.replace('_', " _\u{200B}"),
        TEXT.replace("7c21", "7c-21"),
        TEXT.replace('7', "\u{FF17}").replace("stop", "ｓＴＯp"),
    ] {
        assert_eq!(read(&format, &typed), Ok(canonical.clone()), "{typed}");
    }
    // Another prefix has another check.
    let acme = self::format("acme", []);
    let text = acme.text(&code());
    assert!(
        text.as_str()
            .starts_with("acme_c73e7c2106e664166e61eb3b998604de")
    );
    assert!(!text.as_str().ends_with("141fdcd7"));
    assert_eq!(read(&acme, text.as_str()), Ok(canonical));
}

#[test]
fn a_text_that_is_not_a_security_code_is_refused_with_the_position() {
    let format = SecurityFormat::default();
    for (text, expected) in [
        ("", length(0)),
        ("stop", length(0)),
        ("stopgap", length(0)),
        ("stopgap_", length(0)),
        ("stopgap_c73e", length(4)),
        (&TEXT[..47], length(39)),
        (&format!("{TEXT}0"), length(41)),
        ("stopgab_c73e", unexpected(6)),
        ("xtopgap", unexpected(0)),
        ("stopgap-c73e", unexpected(8)),
        ("stopgapc73e", unexpected(7)),
        ("stopgap_c73g", unexpected(11)),
        ("stopgap_O000", unexpected(8)),
        ("stopgap__", unexpected(8)),
        ("3F9A-77C2-01BE", unexpected(0)),
        (&"stopgap_".repeat(40), Malformed::TooLong),
    ] {
        assert_eq!(read(&format, text), Err(expected), "{text}");
    }
    // Each single change of a symbol fails the check.
    for place in 8..48 {
        for digit in "0123456789abcdef".chars() {
            let mut typed: Vec<char> = TEXT.chars().collect();
            typed[place] = digit;
            let typed = String::from_iter(typed);
            if typed != TEXT {
                assert_eq!(
                    read(&format, &typed),
                    Err(Malformed::CheckFailed),
                    "{typed}"
                );
            }
        }
    }
}

#[test]
fn codes_of_an_accepted_prefix_are_read() {
    let old = format("stopgap", []);
    let new = format("acme", ["stopgap", "acmecorp"]);
    let shown = old.text(&code());
    let canonical = code().reveal().canonical().to_owned();
    assert_eq!(read(&new, shown.as_str()), Ok(canonical.clone()));
    for accepted in ["acme", "acmecorp"] {
        let shown = format(accepted, []).text(&code());
        assert_eq!(read(&new, shown.as_str()), Ok(canonical.clone()));
        // The reverse does not hold: the old format does not accept the new prefix.
        assert_eq!(read(&old, shown.as_str()), Err(unexpected(0)));
    }
    // A code is shown with the first prefix only.
    assert!(new.text(&code()).as_str().starts_with("acme_"));
    // If the prefix is replaced by another one, the check fails.
    let forged = shown.as_str().replace("stopgap", "acme");
    assert_eq!(read(&new, &forged), Err(Malformed::CheckFailed));
}

#[test]
fn the_error_is_that_of_the_prefix_that_agrees_longest() {
    let format = format("acme", ["stopgap", "stopwatch", "ac1"]);
    for (text, expected) in [
        // The first symbol is wrong for each prefix.
        ("xyz", unexpected(0)),
        ("acmx_", unexpected(3)),
        ("acme-0", unexpected(5)),
        ("stopgab_", unexpected(6)),
        ("stopwax_", unexpected(6)),
        ("stopwatch0", unexpected(9)),
        ("ac1x", unexpected(3)),
        ("ac2", unexpected(2)),
        ("stop", length(0)),
        ("acme_c73", length(3)),
        ("stopgap_c7", length(2)),
        ("ac1_q", unexpected(4)),
        ("", length(0)),
    ] {
        assert_eq!(read(&format, text), Err(expected), "{text}");
    }
}

/// One prefix is the beginning of another, in either order.
#[test]
fn a_prefix_is_distinguished_from_a_longer_one() {
    for format in [format("ab", ["abc"]), format("abc", ["ab"])] {
        for shown in ["ab", "abc"] {
            let text = self::format(shown, []).text(&code());
            assert!(read(&format, text.as_str()).is_ok(), "{shown}");
        }
        assert_eq!(read(&format, "ab_"), Err(length(0)));
        assert_eq!(read(&format, "abcd"), Err(unexpected(3)));
        assert_eq!(read(&format, "abd"), Err(unexpected(2)));
    }
}

#[test]
fn every_code_that_is_created_reads_and_no_symbol_of_it_is_ambiguous() {
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let format = format("acme1", ["stopgap"]);
    for seed in 0..100 {
        let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let created = SecurityCode::create(&keys(), &format, &root, request, at(NOW), &mut rng);
        let (text, record) = created.unwrap();
        assert_eq!(text.as_str().len(), 5 + 1 + 40);
        let code = format.read(text.as_str()).unwrap();
        let caller = record.authenticate(&keys(), &code, |_| Role::User, at(NOW));
        assert!(caller.is_ok());
        assert!(SecurityFormat::default().read(text.as_str()).is_err());
    }
}

#[test]
fn scopes_are_sorted_and_without_repetition() {
    let list = |scopes: &Scopes| scopes.iter().map(String::from).collect::<Vec<_>>();
    for (given, expected) in [
        (&["a"][..], &["a"][..]),
        (&["b", "a"], &["a", "b"]),
        (&["a", "b", "a", "a"], &["a", "b"]),
        // The order is that of bytes: punctuation, digits, then letters.
        (
            &["z", "a", "9", "_", ":", "/", ".", "-", "*"],
            &["*", "-", ".", "/", "9", ":", "_", "a", "z"],
        ),
        (&["ab", "a", "a:b"], &["a", "a:b", "ab"]),
    ] {
        let scopes = Scopes::new(given.iter().copied()).unwrap();
        assert_eq!(list(&scopes), expected);
        assert_eq!(scopes.iter().len(), expected.len());
        assert!(!scopes.is_unlimited());
        assert!(given.iter().all(|scope| scopes.allows(scope)));
        for other in ["c", "", "A", "a ", "*a"] {
            assert!(!scopes.allows(other), "{other}");
        }
    }
    let unlimited = Scopes::UNLIMITED;
    assert!(unlimited.is_unlimited() && unlimited.allows("anything"));
    assert_eq!(unlimited.iter().len(), 0);
    // The order and the repetitions of the caller do not matter.
    assert_eq!(Scopes::new(["b", "a", "b"]), Scopes::new(["a", "b"]));
}

#[test]
fn scopes_have_limits() {
    use InvalidValue::{NoScope, Scope, TooManyScopes};

    let numbered = |count: usize| {
        (0..count)
            .map(|index| format!("s{index}"))
            .collect::<Vec<_>>()
    };
    let new = |scopes: &[String]| Scopes::new(scopes.iter().map(String::as_str));
    assert_eq!(new(&numbered(32)).unwrap().iter().len(), 32);
    assert_eq!(new(&numbered(33)), Err(TooManyScopes));
    // Repetitions do not count, and a long list is read to its end.
    let mut repeated = numbered(32);
    repeated.extend(numbered(32));
    assert_eq!(new(&repeated).unwrap().iter().len(), 32);
    repeated.push("s32".into());
    assert_eq!(new(&repeated), Err(TooManyScopes));

    assert_eq!(Scopes::new([]), Err(NoScope));
    assert!(Scopes::new([&*"x".repeat(64)]).is_ok());
    for wrong in [
        "",
        " ",
        "A",
        "a b",
        "a,b",
        "ä",
        "a\0",
        "a\n",
        "reports?",
        "`",
        "{",
        "@",
        "[",
        "^",
        "+",
        "0)",
        &"x".repeat(65),
    ] {
        assert_eq!(Scopes::new([wrong]), Err(Scope { index: 0 }), "{wrong:?}");
        let third = Scopes::new(["a", "b", wrong, "c", "?"]);
        assert_eq!(third, Err(Scope { index: 2 }), "{wrong:?}");
    }
    // People count from one.
    assert!(Scope { index: 2 }.to_string().starts_with("scope 3 is not"));
    assert_eq!(NoScope.reason(), "no_scope");
    assert_eq!(TooManyScopes.reason(), "too_many_scopes");
    assert_eq!(Scope { index: 0 }.reason(), "scope");
}

#[test]
fn an_authenticated_code_has_the_scopes_of_its_record() {
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let format = SecurityFormat::default();
    let limited = Scopes::new(["users:*", "reports:read"]).unwrap();
    for scopes in [limited, Scopes::UNLIMITED] {
        let access = Access::SameAs("bob".parse().unwrap());
        let request = SecurityRequest::new(access, scopes.clone());
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let created = SecurityCode::create(&keys(), &format, &root, request, at(NOW), &mut rng);
        let (text, record) = created.unwrap();
        let code = format.read(text.as_str()).unwrap();
        let caller = record.authenticate(&keys(), &code, |_| Role::HelpDesk, at(NOW));
        assert_eq!(caller.unwrap().scopes, &scopes);
    }
}
