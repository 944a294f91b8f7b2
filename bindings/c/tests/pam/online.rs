//! Online codes.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use crate::place::{BOTH, ONLINE, Place};

#[test]
fn an_online_code_is_verified_at_each_logon() {
    let Some(place) = Place::enrolled("granted", BOTH) else {
        return;
    };
    let code = place.issue("--purpose bypass");
    for typed in [&*code, &code.to_lowercase(), &code.replace('-', "")] {
        let granted = place.log_on("alice").answers(typed).yes();
        assert!(
            granted.log.contains("online code of alice: granted"),
            "{granted:?}"
        );
        assert!(!granted.log.contains(typed), "{granted:?}");
    }
    // It activates no lock.
    place
        .log_on("alice")
        .ends()
        .no("Request code: ", "gave no answer");
    place.stopgap("online revoke alice --home desk", "");
    let revoked = place.log_on("alice").answers(&code);
    revoked.no("That code is not valid.", "online code of alice: revoked");
}

#[test]
fn a_code_for_another_purpose_or_without_uses_is_refused() {
    let Some(place) = Place::new("purpose") else {
        return;
    };
    place.serve(ONLINE);
    let code = place.issue("--purpose reset --max-uses 1");
    let refused = place.log_on("alice").answers(&code);
    refused.no("", "online code of alice: wrong_purpose");
    place.serve(&format!("{ONLINE} purpose=reset"));
    place.log_on("alice").answers(&code).yes();
    let used = place.log_on("alice").answers(&code);
    used.no("That code has been used.", "online code of alice: used_up");
}

#[test]
fn a_wrong_code_is_refused_and_the_sixth_attempt_waits() {
    let Some(place) = Place::new("throttled") else {
        return;
    };
    place.serve(ONLINE);
    let code = place.issue("");
    place
        .log_on("alice")
        .answers("XY")
        .no("", "online code of alice: malformed");
    for _ in 0..5 {
        let wrong = place.log_on("alice").answers("0000-0000-0000");
        wrong.no("That code is not valid.", "online code of alice: unknown");
    }
    let locked_out = place.log_on("alice").answers(&code);
    locked_out.no("Too many", "online code of alice: throttled");
    // A user whose name looks like an option is a user.
    let other = place.log_on("--json").answers("0000-0000-0000");
    other.no("That code is not valid.", "online code of --json: unknown");
}

#[test]
fn without_the_server_an_offline_code_is_asked_for() {
    let Some(place) = Place::enrolled("unreachable", BOTH) else {
        return;
    };
    let code = place.issue("");
    fs::rename(place.path("desk"), place.path("away")).unwrap();
    let mut logon = place.log_on("alice");
    logon.asked();
    logon.types(&code);
    let request_code = logon.asked().unwrap();
    fs::rename(place.path("away"), place.path("desk")).unwrap();
    logon.types(&place.answer("alice", &request_code, ""));
    let granted = logon.ends().yes();
    assert!(
        granted.said.contains("The server cannot be reached."),
        "{granted:?}"
    );
    assert!(
        granted.log.contains("exit status 3: there is no folder"),
        "{granted:?}"
    );
    // With an offline code the server is not asked at all.
    place.stopgap("agent clear machine/alice.enrolment", "");
    let refused = place.log_on("alice").answers("ZZZZ-ZZZZ-ZZZZ-ZZZZ");
    let refused = refused.no("That code is not valid.", "offline code of alice: ");
    assert!(!refused.log.contains("online code of"), "{refused:?}");
}

#[test]
fn without_the_server_and_an_enrolment_nothing_is_granted() {
    let Some(place) = Place::new("alone") else {
        return;
    };
    place.serve("enrolments=machine home=away command=stopgap timeout=60");
    let refused = place.log_on("alice").answers("3F9A-77C2-01BE");
    let refused = refused.no("The server cannot be reached.", "exit status 3");
    assert!(!refused.said.contains("Request code"), "{refused:?}");
    place.serve("home=desk command=missing");
    let refused = place.log_on("alice").answers("3F9A-77C2-01BE");
    refused.no("The server cannot be reached.", "exit status 127");
}

/// Makes a program in the place of the command.
fn program(path: &Path, lines: &str) {
    fs::write(path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn the_command_gets_the_code_by_its_input_and_no_environment() {
    let Some(place) = Place::new("closed") else {
        return;
    };
    place.serve("home=desk key_file=K tenant=T command=spy timeout=60");
    let heard = place.path("heard");
    let lines = r#"{ echo "$@"; cat; /usr/bin/env; ls /proc/self/fd; } > "HEARD""#;
    let lines = lines.replace("HEARD", heard.to_str().unwrap());
    program(&place.path("spy"), &lines);
    place.log_on("alice").answers("3F9A-77C2-01BE").yes();
    let heard = fs::read_to_string(heard).unwrap();
    let mut lines = heard.lines();
    let desk = place.path("desk");
    let arguments = format!(
        "online verify --json --purpose bypass --home {} --key-file {} --tenant T -- alice",
        desk.display(),
        place.path("K").display()
    );
    assert_eq!(lines.next(), Some(&*arguments));
    assert_eq!(lines.next(), Some("3F9A-77C2-01BE"));
    // The shell adds these.
    let mut rest: Vec<_> = lines.collect();
    rest.retain(|line| {
        !["PWD", "OLDPWD", "SHLVL", "_"]
            .iter()
            .any(|own| line.starts_with(own))
    });
    // Beside the three standard ones `ls` has its folder open.
    assert_eq!(rest, ["LC_ALL=C", "0", "1", "2", "3"]);
}

#[test]
fn a_program_that_ignores_its_children_gets_the_answer() {
    let Some(place) = Place::new("ignored") else {
        return;
    };
    place.serve(ONLINE);
    let code = place.issue("");
    let caller = place.caller();
    let log_on = || {
        let mut command = Command::new(&caller);
        command.args(["ignoring", "pamtester", "stopgap", "alice", "authenticate"]);
        place.run(&mut command)
    };
    log_on().answers(&code).yes();
    log_on()
        .answers("0000-0000-0000")
        .no("That code is not valid.", "alice: unknown");
}

#[test]
fn a_command_that_gives_no_answer_grants_nothing() {
    let Some(place) = Place::new("hanging") else {
        return;
    };
    for (seconds, lines, log) in [
        (1, "exec sleep 3600", "exit status -1: no answer"),
        (1, "exec >&-; exec sleep 3600", "exit status -1"),
        (60, "kill -9 $$", "exit status -1"),
        (60, "exit 2", "exit status 2"),
        (60, "while :; do echo 0123456789; done", "exit status -1"),
        (60, r#"echo '{"reason":"unknown"'; exit 3"#, "exit status 3"),
    ] {
        place.serve(&format!("home=desk command=program timeout={seconds}"));
        program(&place.path("program"), lines);
        let refused = place.log_on("alice").answers("3F9A-77C2-01BE");
        refused.no("The server cannot be reached.", log);
    }
    program(&place.path("program"), "exit 1");
    let refused = place.log_on("alice").answers("3F9A-77C2-01BE");
    refused.no("That code is not valid.", "online code of alice: unknown");
}
