//! Completion: the answers to the scripts of shells.

use std::{collections::BTreeMap, fs};

use super::desk::{Desk, Said};

/// A name that is a command in a shell, if it is not quoted.
pub const HOSTILE: &str = "$(touch ran)";

/// Returns a desk with users, machines and codes of any kind.
pub fn desk() -> Desk {
    let desk = Desk::ready();
    for user in ["alan", "alice", "bob@example.com", "dana scully", HOSTILE] {
        desk.line(&format!("online issue '{user}'"));
    }
    // A stranger has no code.
    desk.hears("0000-0000-0000", "online verify alf");
    desk.line("machine enrol alice LAPTOP-17 --out 17.enrolment");
    desk.line("machine enrol alan DESK-4 --out 4.enrolment");
    desk.line("machine enrol alice OLD-1 --out 1.enrolment");
    desk.line("machine retire alice OLD-1");
    desk.line("preset set lost-token --valid 1mo");
    desk.line("tenant add acme");
    desk.line("--tenant acme online issue zoe");
    desk.line("security create --same-as bob --scope a --description nightly");
    desk
}

/// Calls the command as the script of a shell does. The last word is the one at the cursor.
fn asked(desk: &Desk, shell: &str, words: &[&str]) -> Said {
    let mut command = desk.command("");
    command
        .args(["--", "stopgap"])
        .args(words)
        .env("STOPGAP_COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_IFS", "\n");
    Said::of(command.output().unwrap())
}

/// Returns the suggestions for the last word.
fn suggested(desk: &Desk, words: &[&str]) -> Vec<String> {
    let said = asked(desk, "bash", words);
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{words:?}");
    said.stdout.lines().map(ToOwned::to_owned).collect()
}

/// Returns the ids of a list, newest first, in their short form.
fn short_ids(desk: &Desk, list: &str) -> Vec<String> {
    let listed = desk.stopgap(list).stdout;
    let ids = listed.lines().skip(1).map(|line| line[28..36].to_owned());
    let mut ids: Vec<String> = ids.collect();
    ids.reverse();
    ids
}

#[test]
fn words_are_completed_from_the_store() {
    let desk = desk();
    let is = |words: &[&str], expected: &[&str]| {
        assert_eq!(suggested(&desk, words), expected, "{words:?}");
    };
    is(&["onl"], &["online"]);
    is(&["online", "re"], &["revoke"]);
    is(&["online", "issue", "al"], &["alan", "alice"]);
    is(&["online", "list", "--user", "b"], &["bob@example.com"]);
    is(
        &["online", "list", "--user=al"],
        &["--user=alan", "--user=alice"],
    );
    is(
        &["online", "issue", "alice", "--preset", ""],
        &["lost-token"],
    );
    is(&["preset", "remove", ""], &["lost-token"]);
    is(&["--tenant", ""], &["acme", "default"]);
    is(&["--tenant", "acme", "online", "issue", ""], &["zoe"]);
    is(&["online", "issue", "--tenant=acme", ""], &["zoe"]);
    is(&["machine", "retire", "alice", ""], &["LAPTOP-17"]);
    is(&["machine", "enrol", "alan", "D"], &["DESK-4"]);
    is(
        &["online", "issue", "--zone", "Europe/Berl"],
        &["Europe/Berlin"],
    );
    is(&["--lang", ""], &["en", "de", "fr", "es"]);
    is(&["online", "list", "--state", "re"], &["revoked"]);
    is(
        &["online", "list", "--state", "active,re"],
        &["active,revoked"],
    );
    is(
        &["online", "verify", "alice", "--purpose", "b"],
        &["bypass"],
    );
    is(&["preset", "set", "--role", "help"], &["help_desk"]);
    is(&["online", "issue", "alice", "--not"], &["--not-before"]);
    // Nothing is known of these.
    is(&["online", "issue", "alice", "--reason", ""], &[]);
    is(&["tenant", "add", "--as", ""], &[]);
}

#[test]
fn ids_are_short_and_described() {
    let desk = desk();
    let ids = short_ids(&desk, "online list");
    assert_eq!(ids.len(), 5);
    assert_eq!(suggested(&desk, &["online", "revoke", "--id", ""]), ids);
    assert_eq!(
        suggested(&desk, &["online", "revoke", "--id", &ids[0], ""]),
        ids
    );
    let begun = &ids[2][..5];
    assert_eq!(
        suggested(&desk, &["online", "show", begun]),
        [ids[2].clone()]
    );
    let list = desk.stopgap("online list alice").stdout;
    let whole = &list.lines().nth(1).unwrap()[..36];
    assert_eq!(
        suggested(&desk, &["online", "show", &whole[..20]])[0].len(),
        36
    );
    // A code that cannot be used is not suggested for revocation.
    desk.line("online revoke alice");
    assert_eq!(suggested(&desk, &["online", "revoke", "--id", ""]).len(), 4);
    assert_eq!(suggested(&desk, &["online", "show", ""]).len(), 5);
    let described = asked(&desk, "fish", &["online", "show", ""]).stdout;
    assert!(described.contains("\talice, revoked\n"), "{described}");
    assert!(described.contains("\talan, active\n"), "{described}");
    let security = asked(&desk, "zsh", &["security", "rotate", ""]).stdout;
    let id = &short_ids(&desk, "security list")[0];
    assert_eq!(security, format!("{id}:nightly, bob, active"));
}

#[test]
fn files_are_suggested_only_for_files() {
    let desk = desk();
    fs::create_dir(desk.path("folder")).unwrap();
    let of = |words: &[&str]| suggested(&desk, words).join(" ");
    let enrolments = "1.enrolment 17.enrolment 4.enrolment";
    assert!(of(&["agent", "redeem", ""]).starts_with(enrolments));
    assert_eq!(of(&["online", "issue", "--from", "17"]), "17.enrolment");
    assert_eq!(of(&["--key-file", "stopgap.k"]), "stopgap.key");
    assert_eq!(of(&["--store", "stopgap.db"]), "stopgap.db stopgap.db-lock");
    assert_eq!(of(&["restore", "17"]), "17.enrolment");
    assert_eq!(of(&["--home", ""]), ". folder/");
    assert_eq!(of(&["man", "--out", "f"]), "folder/");
    for words in [&["online", "show", "17"], &["online", "issue", "17"]] {
        assert_eq!(of(words), "");
    }
}

#[test]
fn the_environment_and_the_configuration_name_the_store() {
    let (desk, other) = (desk(), Desk::ready());
    other.line("online issue olga");
    let home = other.path("");
    let home = home.to_str().unwrap();
    for words in [
        &["--home", home, "online", "list", ""],
        &["online", "list", "--home", home, ""],
    ] {
        assert_eq!(suggested(&desk, words), ["olga"]);
    }
    let store = other.path("stopgap.db");
    for (name, value, user) in [
        ("STOPGAP_HOME", home, "olga"),
        ("STOPGAP_STORE", store.to_str().unwrap(), "olga"),
        ("STOPGAP_TENANT", "acme", "zoe"),
    ] {
        let mut command = desk.command("-- stopgap online list ''");
        command.env("STOPGAP_COMPLETE", "fish").env(name, value);
        let said = Said::of(command.output().unwrap());
        assert_eq!(said.stdout, format!("{user}\n"), "{name}");
    }
    desk.write("stopgap.toml", "tenant = \"acme\"\n");
    desk.set_mode("stopgap.toml", 0o600);
    assert_eq!(suggested(&desk, &["online", "list", ""]), ["zoe"]);
}

/// Returns the contents of all files, and the times of their last changes.
fn contents(desk: &Desk) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let files = desk.files().into_iter();
    let content = |name: String| {
        let changed = fs::metadata(desk.path(&name)).unwrap().modified().unwrap();
        let bytes = desk.read_bytes(&name);
        (name, (bytes, changed))
    };
    files.map(content).collect()
}

/// Returns the events of the log, but not that it was read.
fn events(desk: &Desk) -> Vec<serde_json::Value> {
    let said = desk.stopgap("log --json");
    let log: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let mut events = log["events"].as_array().unwrap().clone();
    events.retain(|event| event["kind"] != "log.read");
    events
}

#[test]
fn nothing_changes_and_no_key_is_needed() {
    let desk = desk();
    let (log, files) = (events(&desk), contents(&desk));
    let all: [&[&str]; 6] = [
        &["online", "list", ""],
        &["online", "revoke", "--id", ""],
        &["security", "delete", ""],
        &["--tenant", ""],
        &["online", "issue", "--preset", ""],
        &["machine", "retire", "alice", ""],
    ];
    for words in all {
        assert!(!suggested(&desk, words).is_empty(), "{words:?}");
    }
    assert_eq!(contents(&desk), files);
    assert_eq!(events(&desk), log);
    fs::remove_file(desk.path("stopgap.key")).unwrap();
    for words in all {
        assert!(!suggested(&desk, words).is_empty(), "{words:?}");
    }
}

#[test]
fn without_a_store_nothing_is_suggested_and_nothing_is_made() {
    let desk = Desk::new();
    let silent = |words: &[&str]| {
        for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
            let said = asked(&desk, shell, words);
            let options = said.stdout.lines().all(|line| line.starts_with("--"));
            assert!(
                options && said.stderr.is_empty() && said.status == 0,
                "{said:?}"
            );
        }
    };
    silent(&["online", "issue", ""]);
    silent(&["online", "revoke", "--id", "12"]);
    silent(&["--store", "memory:", "online", "issue", ""]);
    silent(&["--store", "foo://bar", "online", "issue", ""]);
    silent(&[
        "--store",
        "postgres://127.0.0.1:9/none",
        "online",
        "issue",
        "",
    ]);
    silent(&["--home", "/none/here", "--tenant", ""]);
    assert!(desk.files().is_empty());
    desk.write("stopgap.db", "no database");
    desk.write("stopgap.toml", "no = [");
    silent(&["online", "issue", ""]);
    fs::remove_file(desk.path("stopgap.toml")).unwrap();
    silent(&["online", "issue", ""]);
    assert_eq!(desk.files(), ["stopgap.db"]);
    assert_eq!(desk.read("stopgap.db"), "no database");
}

/// The variable alone does not change a command.
#[test]
fn a_command_is_no_completion() {
    let desk = Desk::ready();
    let mut command = desk.command("online issue alice");
    let said = Said::of(command.env("STOPGAP_COMPLETE", "bash").output().unwrap());
    assert_eq!((said.status, said.stdout.len()), (0, 15), "{said:?}");
}

#[test]
fn many_users_are_suggested_by_their_first_and_last_ones() {
    let desk = Desk::ready();
    let names = (0..1_500).map(|number| format!("user-{number:04}\n"));
    let people = format!("user\nzacharias\n{}", names.collect::<String>());
    desk.write("people.csv", people);
    let issued = desk.stopgap("online issue --from people.csv --out codes.csv");
    assert_eq!(issued.status, 0, "{issued:?}");
    let users = suggested(&desk, &["online", "list", ""]);
    assert_eq!(users.len(), 1_000);
    assert_eq!(
        (users[0].as_str(), users[999].as_str()),
        ("user-0000", "zacharias")
    );
    assert_eq!(suggested(&desk, &["online", "list", "user-077"]).len(), 10);
}

#[test]
fn a_name_that_a_shell_would_run_is_left_out_or_quoted() {
    let desk = desk();
    let suggested = asked(&desk, "powershell", &["online", "list", ""]).stdout;
    assert_eq!(suggested, "alan\nalice\nbob@example.com\n");
    assert!(
        asked(&desk, "fish", &["online", "list", ""])
            .stdout
            .contains(HOSTILE)
    );
}

#[test]
fn every_shell_gets_a_script() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = desk.stopgap(&format!("completions {shell}"));
        assert_eq!(script.status, 0);
        assert!(script.stdout.contains("STOPGAP_COMPLETE"), "{shell}");
        assert!(script.stdout.contains("stopgap -- "), "{shell}");
    }
}
