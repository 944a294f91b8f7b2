//! Which commands make a store, `stopgap init`, tenants, and the actor of events.

use super::desk::{Desk, Said, masked};

/// Commands that need a store. Each is run without one.
const NEED_A_STORE: &[&str] = &[
    "status",
    "doctor",
    "online verify alice",
    "online list",
    "online revoke alice",
    "machine list alice",
    "machine retire alice LAPTOP-17",
    "offline answer alice ZW4F-RK37",
    "security list",
    "security authenticate",
    "preset list",
    "preset remove day",
    "log",
    "log retention",
    "throttle show alice",
    "throttle reset alice",
    "tenant add acme",
    "tenant list",
    "key add",
    "key list",
    "key retire 1",
    "clock accept",
    "purge",
    "store migrate",
];

#[test]
fn only_some_commands_make_a_store() {
    let desk = Desk::new();
    for words in NEED_A_STORE {
        let said = desk.hears("0000-0000-0000", words);
        said.failed(3, "no store at stopgap.db: run \"stopgap init\"");
        let said = desk.hears(
            "0000-0000-0000",
            &format!("{words} --store other.db --json"),
        );
        assert_eq!(said.status, 3, "{words}");
        assert!(
            said.stdout.contains("\"reason\":\"store_missing\""),
            "{said:?}"
        );
    }
    assert_eq!(desk.files(), Vec::<String>::new());
    for words in [
        "init",
        "online issue alice",
        "machine enrol alice LAPTOP-17 --out 17.enrolment",
        "security create --super-administrator --unlimited-scope",
        "preset set day",
    ] {
        let desk = Desk::new();
        assert_eq!(desk.stopgap(words).status, 0, "{words}");
        let files = desk.files();
        for name in ["stopgap.db", "stopgap.key"] {
            assert!(files.iter().any(|file| file == name), "{words}: {files:?}");
        }
    }
}

/// A misspelled name is neither an empty store nor an empty tenant.
#[test]
fn a_misspelled_name_is_an_error() {
    let desk = Desk::ready();
    let before = desk.files();
    for words in NEED_A_STORE {
        let words = format!("{words} --tenant defualt");
        if words.starts_with("tenant add") || words.starts_with("store") {
            continue;
        }
        desk.hears("0000-0000-0000", &words).failed(
            3,
            "no tenant defualt in stopgap.db: run \"stopgap tenant add defualt\"",
        );
    }
    desk.stopgap("online issue alice --tenant defualt").failed(
        3,
        "no tenant defualt in stopgap.db: run \"stopgap tenant add defualt\"",
    );
    desk.stopgap("online list --store sqlite:stopgap.bd")
        .failed(3, "no store at stopgap.bd: run \"stopgap init\"");
    // An empty file is no store, and does not become one.
    desk.write("empty.db", "");
    desk.stopgap("online list --store empty.db")
        .failed(3, "no store at empty.db: run \"stopgap init\"");
    assert_eq!(desk.read("empty.db"), "");
    std::fs::remove_file(desk.path("empty.db")).unwrap();
    assert_eq!(desk.files(), before);
    desk.stopgap("tenant list").done("TENANT\ndefault\n");
    desk.stopgap("online list --store memory:").failed(
        2,
        "memory: forgets everything at the end of this command; name another store",
    );
}

#[test]
fn init_makes_a_store_and_says_where_it_is() {
    let desk = Desk::new();
    let places = |said: &Said| {
        let folder = desk.path("").canonicalize().unwrap();
        let text = said.stdout.replace(&*folder.to_string_lossy(), "/here");
        assert_eq!(
            text,
            "The store is /here/stopgap.db.\nIts keys are in /here/stopgap.key.\n"
        );
    };
    let said = desk.stopgap("init");
    places(&said);
    assert_eq!(
        said.stderr,
        "Made the key file stopgap.key: keep a copy of it somewhere safe.\n\
         Made the store stopgap.db.\n"
    );
    let key = desk.read("stopgap.key");
    let said = desk.stopgap("init");
    places(&said);
    assert_eq!(said.stderr, "");
    assert_eq!(desk.read("stopgap.key"), key);
    desk.stopgap("init --tenant acme").failed(
        2,
        "a new store has the tenant default: leave --tenant out, then run \"stopgap tenant add \
         acme\"",
    );
}

#[test]
fn tenants_are_added_and_listed() {
    let desk = Desk::ready();
    desk.stopgap("tenant add acme --as dana")
        .done("Added the tenant acme.\n");
    desk.stopgap("tenant add acme")
        .refused("refused: the store has the tenant acme already");
    desk.stopgap("tenant add other --role administrator")
        .refused("refused: administrator may not add or list tenants");
    desk.stopgap("tenant list").done("TENANT\nacme\ndefault\n");
    desk.stopgap("tenant list --json")
        .done("{\"outcome\":\"done\",\"tenants\":[\"acme\",\"default\"]}\n");
    let log = masked(&desk.stopgap("--tenant acme log").stdout);
    assert!(log.contains("tenant.add"), "{log}");
}

/// Only commands that act take `--as`. The actor is always the user of the operating system.
#[test]
fn an_event_names_the_user_and_the_person_for_whom_the_user_acts() {
    let desk = Desk::ready();
    assert_eq!(desk.stopgap("online issue alice --as dana").status, 0);
    assert_eq!(desk.stopgap("online issue alice").status, 0);
    let log = desk.stopgap("log --user alice --json").stdout;
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    let events = log["events"].as_array().unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["on_behalf_of"], serde_json::Value::Null);
    assert_eq!(events[1]["on_behalf_of"], "dana");
    assert_eq!(events[0]["actor"], events[1]["actor"]);
    assert_ne!(events[1]["actor"], "dana");
    let shown = desk.stopgap("log --user alice").stdout;
    let user = events[0]["actor"].as_str().unwrap();
    assert!(shown.contains(&format!("{user} for dana")), "{shown}");
    for words in ["online list", "log", "key list", "throttle show alice"] {
        for option in ["--as dana", "--role user"] {
            let said = desk.stopgap(&format!("{words} {option}"));
            assert_eq!(said.status, 2, "{words} {option}");
        }
    }
    let said = desk.stopgap("online verify alice --as dana");
    assert_eq!(said.status, 2);
}
