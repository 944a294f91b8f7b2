//! The server, as the help desk runs it.

use std::{fs, os::unix::fs::PermissionsExt, thread};

use crate::{
    place::{Answer, NOW, Place},
    programs::target::is_windows,
};

const DAY: i64 = 86_400;

#[test]
fn a_code_is_issued_and_verified() {
    for place in Place::all("verified") {
        let issued = place
            .server(&format!("issue alice bypass 7d {NOW}"), "")
            .yes();
        let (code, until) = issued.split_once(" until ").unwrap();
        assert_eq!(until, "2026-11-28T15:00:00Z");
        let verify = |words: &str, typed: &str| place.server(&format!("verify {words}"), typed);
        for (late, typed) in [
            (0, code),
            (7 * DAY - 1, &code.to_lowercase().replace('-', " ")),
        ] {
            let granted = verify(&format!("alice bypass {}", NOW + late), typed);
            assert_eq!(granted.yes(), "granted until 2026-11-28T15:00:00Z");
        }
        let refused = |words: String, typed: &str| verify(&words, typed).no();
        let not_valid = "That code is not valid.";
        assert_eq!(
            refused(format!("alice bypass {NOW}"), "0000-0000-0000"),
            not_valid
        );
        assert_eq!(refused(format!("bob bypass {NOW}"), code), not_valid);
        let other_purpose = refused(format!("alice reset {NOW}"), code);
        assert_eq!(other_purpose, not_valid);
        let expired = refused(format!("alice bypass {}", NOW + 7 * DAY), code);
        assert_eq!(expired, "That code has expired; ask for a new one.");
        let typo = refused(format!("alice bypass {NOW}"), "3F9A");
        assert!(typo.starts_with("That is not a complete code"), "{typo}");
    }
}

#[test]
fn a_password_is_reset_once() {
    for place in Place::all("once") {
        let (first, second) = (place.issue("alice reset 1d"), place.issue("alice reset 1d"));
        let verify = format!("verify alice reset {NOW}");
        assert_ne!(first, second);
        assert!(place.server(&verify, &second).is_yes());
        assert_eq!(
            place.server(&verify, &second).no(),
            "That code has been used."
        );
        assert!(place.server(&verify, &first).is_yes());
    }
}

#[test]
fn of_many_at_once_one_passes() {
    for place in Place::all("at-once") {
        let code = place.issue("alice reset 1d");
        let verify = || {
            Answer::of(
                &mut place.server_command(&format!("verify alice reset {NOW}")),
                &code,
            )
        };
        let answers: Vec<Answer> = thread::scope(|scope| {
            let all: Vec<_> = (0..16).map(|_| scope.spawn(verify)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|answer| answer.is_yes()).count(), 1);
    }
}

#[test]
fn a_guesser_must_wait() {
    for place in Place::all("throttled") {
        let code = place.issue("alice bypass 1d");
        let at = |later: i64, typed: &str| {
            place.server(&format!("verify alice bypass {}", NOW + later), typed)
        };
        for _ in 0..9 {
            at(0, "what is this").no(); // a typo is no guess
        }
        for guess in 1..=5 {
            assert_eq!(
                at(0, &format!("0000-0000-000{guess}")).no(),
                "That code is not valid."
            );
        }
        let closed = at(59, &code).no();
        assert_eq!(
            closed,
            "Too many tries; try again at 2026-11-21 15:01:00 +00:00."
        );
        // Only alice is locked out.
        let other = place.issue("bob bypass 1d");
        assert!(
            place
                .server(&format!("verify bob bypass {NOW}"), &other)
                .is_yes()
        );
        assert!(at(60, &code).is_yes());
        assert_eq!(at(60, "0000-0000-0009").no(), "That code is not valid.");
        assert!(at(60, &code).is_yes());
    }
}

#[test]
fn a_record_that_was_changed_is_not_believed() {
    // The last bytes of members of the first grant, whose user is "alice".
    let (issued_at, expires_at, purposes, max_uses, uses, id, tag) =
        (96, 112, 88, 116, 120, 29, 160);
    for place in Place::all("tampered-record") {
        let code = place.issue("alice reset 1d");
        let verify = || place.server(&format!("verify alice reset {NOW}"), &code);
        for offset in [issued_at, expires_at, purposes, max_uses, uses, id, tag] {
            place.change("server/records", |bytes| bytes[offset] ^= 2);
            let said = verify().no();
            let (log, person) = said.split_once('\n').unwrap();
            assert_eq!(log, "STOPGAP_ERR_TAMPERED");
            assert_eq!(person, "That code is not valid.");
            place.change("server/records", |bytes| bytes[offset] ^= 2);
        }
        place.change("server/records", |bytes| {
            bytes.pop();
        });
        assert_eq!(verify().no(), "There are no records, or other ones.");
        place.change("server/records", |bytes| bytes.push(0));
        assert!(verify().is_yes());
    }
}

#[test]
fn failures_that_were_changed_are_not_believed() {
    for place in Place::all("tampered-failures") {
        let code = place.issue("alice bypass 1d");
        let verify = |typed: &str| place.server(&format!("verify alice bypass {NOW}"), typed);
        verify("0000-0000-0000").no();
        let file = fs::read(place.path("server/records")).unwrap();
        // The only user behind the grants and the enrolments, before the failures.
        let user = file.windows(5).rposition(|five| five == b"alice").unwrap();
        let failures = user + 8;
        assert_eq!(file[failures], 1);
        place.change("server/records", |bytes| bytes[failures] = 2);
        let said = verify(&code).no();
        assert!(said.starts_with("STOPGAP_ERR_TAMPERED\n"), "{said}");
        place.change("server/records", |bytes| bytes[failures] = 1);
        assert!(verify(&code).is_yes());
    }
}

#[test]
fn wrong_calls_and_words_are_told() {
    for place in Place::all_enrolled("usage") {
        assert!(
            place
                .agent("forget", "")
                .usage()
                .starts_with("agent enrol DIR")
        );
        for words in [
            "",
            "issue",
            "issue alice reset",
            "verify alice",
            "enrol alice",
            "sing a song now",
        ] {
            assert!(
                place
                    .server(words, "")
                    .usage()
                    .starts_with("server init DIR")
            );
        }
        let no = |words: &str| place.server(words, "").no();
        assert_eq!(
            no("issue alice sing 1d"),
            "A purpose is reset, register or bypass."
        );
        assert!(no("issue alice reset 32d").contains("31 days"));
        assert_eq!(
            no("issue alice reset 1d soon"),
            "This computer's clock is wrong."
        );
        assert!(place.agent("show soon", "").no().contains("clock"));
        assert!(place.enrol("0123").no().starts_with("This machine"));
        fs::remove_file(place.path("machine/state")).unwrap();
        assert!(place.enrol("0123").no().contains("64"));
        assert!(place.agent("show", "").no().starts_with("state: "));
        fs::remove_dir_all(place.path("server")).unwrap();
        assert!(no("enrol alice LAPTOP-17").starts_with("server: "));
    }
}

#[test]
fn nobody_else_can_read_the_files() {
    for place in Place::all_enrolled("private") {
        for folder in ["server", "machine"] {
            for file in fs::read_dir(place.path(folder)).unwrap() {
                let file = file.unwrap();
                let mode = file.metadata().unwrap().permissions().mode();
                // Wine shows the access of administrators as that of the group.
                let (bits, wanted) = if is_windows() {
                    (0o007, 0)
                } else {
                    (0o777, 0o600)
                };
                assert_eq!(mode & bits, wanted, "{}", file.path().display());
                assert_ne!(file.path().extension().unwrap_or_default(), "new");
            }
        }
    }
}
