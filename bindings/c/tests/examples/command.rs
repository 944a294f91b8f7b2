//! The examples and the command `stopgap`, each as the other's machine or server.

use std::{
    env,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::Command,
};

use crate::{
    place::{Answer, Place, first_word},
    programs,
};

/// Returns the command, which Cargo builds as an example of this package.
fn stopgap() -> PathBuf {
    let folder = programs::library().with_file_name("examples");
    folder.join(format!("stopgap{}", env::consts::EXE_SUFFIX))
}

/// Runs the command with these words and this line, in the place's folder.
fn command(place: &Place, words: &str, line: &str) -> Answer {
    let mut command = Command::new(stopgap());
    let settings = env::vars().filter(|(name, _)| name.starts_with("STOPGAP_"));
    for (name, _) in settings {
        command.env_remove(name);
    }
    // The C examples use UTC and English.
    command
        .env("TZ", "UTC")
        .env("LC_ALL", "C")
        .current_dir(&place.folder);
    Answer::of(command.args(words.split_whitespace()), line)
}

/// Returns the end of the lock in the command's output, in the form of the examples.
fn until(text: &str) -> String {
    let (_, until) = text.split_once("until ").unwrap();
    let (day, time) = until[..19].split_once(' ').unwrap();
    format!("{day}T{time}Z")
}

#[test]
fn the_command_answers_an_agent_of_c() {
    for place in Place::all("command-answers") {
        let enrol = command(&place, "machine enrol alice LAPTOP-17 --out file", "");
        assert!(enrol.is_yes(), "{enrol:?}");
        let file = fs::read_to_string(place.path("file")).unwrap();
        let (_, key) = file.split_once(r#""key":""#).unwrap();
        place.enrol(&key[..64]).yes();
        // The command uses the clock.
        let request = first_word(&place.agent("show", "").yes());
        let answer = command(
            &place,
            &format!("offline answer alice {request} --valid 7d"),
            "",
        );
        let opened = place.agent("redeem", &answer.yes()).yes();
        assert!(opened.starts_with("password-only until "), "{opened}");
        assert_eq!(place.agent("status", "").yes(), opened);
        assert_eq!(
            place.agent("redeem", &answer.yes()).no(),
            "That code has been used."
        );
    }
}

#[test]
fn a_server_of_c_answers_the_command() {
    for place in Place::all("command-redeems") {
        let key = place.server("enrol alice LAPTOP-17", "").yes();
        let file = format!(
            r#"{{"stopgap":"enrolment","version":1,"user":"alice","machine":"LAPTOP-17","generation":0,"used":false,"key":"{key}"}}"#
        );
        fs::write(place.path("file"), file).unwrap();
        fs::set_permissions(place.path("file"), Permissions::from_mode(0o600)).unwrap();
        let request = command(&place, "agent request file", "").yes();
        let answer = place.server("answer alice bypass 7d", &request).yes();
        let (code, promised) = answer.split_once(" for LAPTOP-17 until ").unwrap();
        let redeem = || command(&place, "agent redeem file", code);
        assert_eq!(until(&redeem().yes()), promised);
        assert_eq!(redeem().no(), "That code has been used.");
    }
}
