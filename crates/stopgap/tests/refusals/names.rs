//! Names: each error, its position, and the order of the errors.

use std::{borrow::Borrow, collections::HashSet};

use stopgap::{
    Actor, CodeFormat, IssueError, Name, NameError, OnlinePolicy, Purpose, Refusal, Role,
    Verification, VerifyRequest,
    offline::{Enrolment, OfflinePolicy, RequestError},
};

use super::{NOW, at, enrol, issue, keys, rng};

use NameError::{Blank, ControlCharacter, Empty, InvalidUnicode, InvisibleCharacter, TooLong};

#[test]
fn names_are_1_to_255_visible_bytes() {
    for name in [
        "x",
        "山田太郎",
        "CORP\\carol",
        "o'neil",
        " x",
        "x ",
        "a b",
        "\u{3000}x",
        "e\u{301}",
        "🙂",
        "\u{E000}",
        "\u{10FFFF}",
        &"u".repeat(255),
        &"ü".repeat(127),
    ] {
        assert_eq!(Name::new(name).unwrap().as_str(), name);
        assert_eq!(Name::from_utf8(name.as_bytes()).unwrap(), name);
    }
}

/// Returns texts that are not names, each with its error.
fn refused() -> Vec<(String, NameError)> {
    let control = |position| ControlCharacter { position };
    let invisible = |position| InvisibleCharacter { position };
    let mut refused = vec![
        (String::new(), Empty),
        ("u".repeat(256), TooLong { found: 256 }),
        ("ü".repeat(128), TooLong { found: 256 }),
        ("\0".repeat(1_000), TooLong { found: 1_000 }),
        (" ".repeat(256), TooLong { found: 256 }),
        ("al\0ice".into(), control(2)),
        ("ü\n".into(), control(1)),
        ("🙂\u{1F}".into(), control(1)),
        ("a\u{7F}".into(), control(1)),
        ("a\u{85}".into(), control(1)),
        ("a\u{2028}b".into(), control(1)),
        ("\u{2029}".into(), control(0)),
        ("\t".into(), control(0)),
        // A control character has precedence over an invisible one, even if it comes
        // later.
        ("\u{200B}\u{1}".into(), control(1)),
        ("\u{AD}".into(), invisible(0)),
        ("al\u{200B}ice".into(), invisible(2)),
        ("alice\u{FEFF}".into(), invisible(5)),
        ("\u{202E}ecila".into(), invisible(0)),
        ("a\u{FE0F}".into(), invisible(1)),
        ("a\u{E0041}".into(), invisible(1)),
        ("\u{3164}".into(), invisible(0)),
        // An invisible character has precedence over a blank name.
        (" \u{200D} ".into(), invisible(1)),
        (" ".into(), Blank),
        ("\u{A0}\u{3000}\u{2003}".into(), Blank),
        (" ".repeat(255), Blank),
    ];
    refused.extend((0..32).map(|byte| (format!("a{}", char::from(byte)), control(1))));
    refused
}

#[test]
fn a_text_that_is_not_a_name_is_refused_with_the_position() {
    for (name, error) in refused() {
        assert_eq!(Name::new(&name), Err(error), "{name:?}");
        assert_eq!(name.parse::<Name>(), Err(error));
        assert_eq!(Name::try_from(name.clone()), Err(error));
        assert_eq!(Name::from_utf8(name.as_bytes()), Err(error));
        assert_eq!(Actor::new(&name, Role::User), Err(error));
    }
    for bytes in [
        &b"\xFF"[..],
        b"al\xC3",
        b"\xED\xA0\x80",
        b"\xC0\x80",
        &[0xFF; 300],
    ] {
        assert_eq!(Name::from_utf8(bytes), Err(InvalidUnicode));
    }
}

#[test]
fn every_function_that_takes_a_name_refuses_other_texts() {
    let (code, record) = issue(OnlinePolicy::default());
    let enrolments = [enrol("alice", "LAPTOP-17")];
    let shown = code.reveal();
    for (name, error) in refused() {
        let policy = OnlinePolicy::default();
        let issued = policy.issue(&keys(), name.as_str(), at(NOW), &mut rng());
        let refused = issued.map(|_| ()).unwrap_err();
        assert_eq!(refused, IssueError::InvalidName(error));
        for (user, machine) in [(&*name, "x"), ("x", &*name)] {
            let enrolled = Enrolment::new(&keys(), user, machine, at(NOW), &mut rng());
            let refused = enrolled.map(|_| ()).unwrap_err();
            assert_eq!(refused, IssueError::InvalidName(error));
        }
        let request = VerifyRequest::new(&name, shown.as_str(), Purpose::Reset);
        let verified = record.verify(&keys(), &request, at(NOW));
        assert_eq!(
            verified.map(|_| ()).unwrap_err(),
            Refusal::InvalidName(error)
        );
        let answered = OfflinePolicy::default().answer(&keys(), &enrolments, &request, at(NOW));
        assert_eq!(
            answered.map(|_| ()).unwrap_err(),
            RequestError::InvalidName(error)
        );
        let request = request.idempotency_key("5f0c");
        let code = CodeFormat::ONLINE.normalize("3F9A-77C2-01BE").unwrap();
        let sealed = Verification::seal(&keys(), &request, &code, b"", at(NOW));
        assert_eq!(sealed.map(|_| ()).unwrap_err(), Refusal::InvalidName(error));
    }
}

#[test]
fn each_error_has_its_reason_and_says_what_to_do() {
    for (error, reason, text) in [
        (InvalidUnicode, "invalid_unicode", "valid Unicode"),
        (Empty, "empty", "must not be empty"),
        (TooLong { found: 256 }, "too_long", "this one has 256"),
        (
            ControlCharacter { position: 3 },
            "control_character",
            "remove the one at position 4",
        ),
        (
            InvisibleCharacter { position: 3 },
            "invisible_character",
            "remove the one at position 4",
        ),
        (Blank, "blank", "must not be blank"),
    ] {
        assert_eq!(error.reason(), reason);
        assert!(error.to_string().contains(text), "{error}");
        let refusal = Refusal::from(error);
        assert_eq!(refusal.reason(), "invalid_name");
        assert_eq!(refusal.to_string(), error.to_string());
    }
}

#[test]
fn a_name_is_compared_hashed_and_shown_as_its_text() {
    let name: Name = "alice".parse().unwrap();
    assert_eq!(AsRef::<str>::as_ref(&name), "alice");
    assert_eq!(Borrow::<str>::borrow(&name), "alice");
    assert!(name == "alice" && name != "bob" && name != "Alice");
    assert!(PartialEq::<str>::eq(&name, "alice") && PartialEq::<str>::ne(&name, "bob"));
    assert!(HashSet::from([name.clone()]).contains("alice"));
    assert_eq!(
        format!("{name} {name:>7} {name:?}"),
        "alice   alice \"alice\""
    );
    assert_eq!(String::from(name), "alice");
}
