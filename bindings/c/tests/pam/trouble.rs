//! If a file is missing or wrong, nothing is granted, and the log has the reason.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::Command,
};

use crate::place::{BOTH, OFFLINE, Place};

const ENROLMENT: &str = "machine/alice.enrolment";
const STATE: &str = "machine/alice.enrolment.state";

/// Asserts that alice is asked nothing, and that the log has this.
#[track_caller]
fn assert_unavailable(place: &Place, log: &str) {
    let refused = place.log_on("alice").ends();
    let refused = refused.no("Offline codes do not work on this computer now.", log);
    assert!(!refused.said.contains("Code from"), "{refused:?}");
}

#[test]
fn without_a_conversation_nothing_is_granted() {
    let Some(place) = Place::enrolled("silent", OFFLINE) else {
        return;
    };
    let program = place.caller();
    for (way, said) in [
        ("failing", "Conversation error"),
        ("textless", "Conversation error"),
        ("missing", "System error"),
    ] {
        let mut command = Command::new(&program);
        let ended = place.run(command.arg(way)).ends();
        ended.no(said, "alice was asked for a code, and gave no answer");
    }
    // The end of the input.
    place.log_on("alice").ends().no("", "gave no answer");
}

#[test]
fn a_very_long_answer_is_refused() {
    let Some(place) = Place::enrolled("long", BOTH) else {
        return;
    };
    for length in [33, 300, 511, 512, 513, 5_000] {
        place
            .log_on("alice")
            .answers(&"A".repeat(length))
            .no("", "code of alice: ");
    }
    place.serve(OFFLINE);
    for length in [17, 511, 5_000] {
        place
            .log_on("alice")
            .answers(&"A".repeat(length))
            .no("", "offline code of alice: ");
    }
}

#[test]
fn a_user_without_an_enrolment_is_unknown() {
    let Some(place) = Place::enrolled("unknown", OFFLINE) else {
        return;
    };
    fs::create_dir(place.path("machine/sub")).unwrap();
    let words = "machine enrol sub/alice L --home desk --out machine/sub/alice.enrolment";
    place.stopgap(words, "");
    for user in [
        "sub/alice",
        "bob",
        "../machine/alice",
        "alice/",
        ".",
        "",
        &"a".repeat(255),
    ] {
        let refused = place.log_on(user).ends();
        let refused = refused.no("User not known", "no enrolment");
        assert!(!refused.said.contains("Code from"), "{refused:?}");
    }
    // Another user's file is no enrolment of this one.
    fs::copy(place.path(ENROLMENT), place.path("machine/bob.enrolment")).unwrap();
    let refused = place.log_on("bob").ends();
    refused.no("Offline codes do not work", "damaged, or another user's");
}

#[test]
fn a_damaged_enrolment_is_refused() {
    let Some(place) = Place::enrolled("damaged", OFFLINE) else {
        return;
    };
    let whole = fs::read_to_string(place.path(ENROLMENT)).unwrap();
    for (from, to) in [
        (r#""stopgap":"enrolment""#, r#""stopgap":"something""#),
        (r#""version":1"#, r#""version":2"#),
        (r#""version":1"#, r#""version":"1""#),
        (r#""used":false"#, r#""used":"false""#),
        (r#""used":false"#, r#""used":false,"used":false"#),
        (r#""used":false,"#, ""),
        (r#""key":""#, r#""key":"g"#),
        (r#""key":""#, r#""key":"0"#),
        (r#""key":""#, r#""key":[""#),
        ("}", ""),
        ("}", "}}"),
        ("}", ",}"),
        ("{", "[{"),
    ] {
        fs::write(place.path(ENROLMENT), whole.replace(from, to)).unwrap();
        assert_unavailable(&place, "damaged");
    }
    fs::write(place.path(ENROLMENT), "").unwrap();
    assert_unavailable(&place, "damaged");
    fs::write(place.path(ENROLMENT), " ".repeat(5_000)).unwrap();
    assert_unavailable(&place, "the enrolment cannot be read");
    // White space and the order of members do not matter.
    let spaced = whole.replace(',', " ,\n ").replace(':', " : ");
    fs::write(place.path(ENROLMENT), spaced).unwrap();
    place
        .log_on("alice")
        .ends()
        .no("Request code", "gave no answer");
    assert!(
        fs::read_to_string(place.path(ENROLMENT))
            .unwrap()
            .contains(r#""used" : true"#)
    );
}

#[test]
fn files_that_others_can_change_are_refused() {
    let Some(place) = Place::enrolled("exposed", OFFLINE) else {
        return;
    };
    let set = |file: &str, mode| {
        fs::set_permissions(place.path(file), Permissions::from_mode(mode)).unwrap();
    };
    set(ENROLMENT, 0o644);
    assert_unavailable(&place, "others can read or write the enrolment");
    set(ENROLMENT, 0o600);
    set("machine", 0o770);
    assert_unavailable(&place, "others can write the folder of the enrolments");
    set("machine", 0o700);
    fs::rename(place.path(ENROLMENT), place.path("machine/real")).unwrap();
    std::os::unix::fs::symlink("real", place.path(ENROLMENT)).unwrap();
    assert_unavailable(&place, "the enrolment does not open");
    place.serve("enrolments=nowhere");
    assert_unavailable(&place, "the folder of the enrolments does not open");
}

#[test]
fn a_state_that_is_missing_or_changed_is_refused() {
    let Some(place) = Place::enrolled("state", OFFLINE) else {
        return;
    };
    place
        .log_on("alice")
        .ends()
        .no("Request code", "gave no answer");
    let state = fs::read(place.path(STATE)).unwrap();
    for changed in [
        &state[1..],
        &[&state[..75], &[state[75] ^ 1]].concat(),
        &[0; 500],
    ] {
        fs::write(place.path(STATE), changed).unwrap();
        assert_unavailable(&place, "state");
    }
    fs::remove_file(place.path(STATE)).unwrap();
    assert_unavailable(&place, "the state is missing");
    fs::write(place.path(STATE), state).unwrap();
    place
        .log_on("alice")
        .ends()
        .no("Request code", "gave no answer");
}

#[test]
fn a_state_that_cannot_be_written_grants_nothing() {
    let Some(place) = Place::enrolled("unwritable", OFFLINE) else {
        return;
    };
    // In the place of the draft: not even root can write it.
    let draft = place.path("machine/alice.enrolment.state.new");
    fs::create_dir(&draft).unwrap();
    assert_unavailable(&place, "the state cannot be written: Is a directory");
    fs::remove_dir(&draft).unwrap();
    let mut logon = place.log_on("alice");
    let code = place.answer("alice", &logon.asked().unwrap(), "");
    fs::create_dir(&draft).unwrap();
    logon.types(&code);
    let refused = logon.ends();
    refused.no(
        "Offline codes do not work on this computer now.",
        "the state cannot be written",
    );
    fs::remove_dir(&draft).unwrap();
    // The state does not know the code, and the lock is not active.
    place.log_on("alice").answers(&code).yes();
}

#[test]
fn wrong_options_grant_nothing() {
    let Some(place) = Place::enrolled("options", OFFLINE) else {
        return;
    };
    for (options, log) in [
        ("", "no codes to ask for"),
        ("purpose=bypass", "no codes to ask for"),
        (
            "enrolments=machine purpose=register",
            r#"wrong option "purpose=register""#,
        ),
        (
            "enrolments=machine timeout=0",
            r#"wrong option "timeout=0""#,
        ),
        (
            "enrolments=machine timeout=9x",
            r#"wrong option "timeout=9x""#,
        ),
        ("enrolments=machine nullok", r#"wrong option "nullok""#),
        ("enrolments=machine store=", r#"wrong option "store=""#),
    ] {
        place.serve(options);
        place.log_on("alice").ends().no("", log);
    }
    let service = place.path("services/stopgap");
    let line = fs::read_to_string(&service).unwrap();
    let (line, _) = line.split_once(" [enrolments").unwrap();
    for relative in [
        "enrolments=machine",
        "home=desk",
        "key_file=K",
        "command=stopgap",
    ] {
        fs::write(&service, format!("{line} store=x {relative}\n")).unwrap();
        let log = format!(r#"wrong option "{relative}""#);
        place.log_on("alice").ends().no("", &log);
    }
}

#[test]
fn a_program_that_wants_no_messages_shows_none() {
    let Some(place) = Place::enrolled("quiet", OFFLINE) else {
        return;
    };
    let refused = place
        .test("alice", &["authenticate(PAM_SILENT)"])
        .answers("Z");
    let refused = refused.no("Authentication failure", "offline code of alice: ");
    assert_eq!(refused.said.lines().count(), 2, "{refused:?}");
}

#[test]
fn the_module_has_no_say_in_other_services() {
    let Some(place) = Place::enrolled("others", OFFLINE) else {
        return;
    };
    let service = place.path("services/stopgap");
    let line = fs::read_to_string(&service).unwrap();
    for (kind, operation) in [
        ("account", "acct_mgmt"),
        ("session", "open_session"),
        ("session", "close_session"),
        ("password", "chauthtok"),
    ] {
        let permit = format!("{kind} required pam_permit.so\n");
        let line = line.replace("auth", kind);
        for (lines, is_granted) in [(line.clone(), false), (line + &permit, true)] {
            fs::write(&service, lines).unwrap();
            let ended = place.test("alice", &[operation]).ends();
            assert_eq!(ended.is_granted, is_granted, "{operation}: {ended:?}");
            assert!(
                ended.log.contains("a line of auth only"),
                "{operation}: {ended:?}"
            );
        }
    }
}
