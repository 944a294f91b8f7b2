//! The store, its key, and their faults.

use std::fs;

use super::desk::{Desk, Said};

#[test]
fn only_the_owner_can_read_new_files() {
    for mask in ["000", "022", "077"] {
        let desk = Desk::new();
        // The permissions are right with every umask, from the first instant on.
        let script = format!("umask {mask}; exec \"$0\" online issue alice");
        let mut command = std::process::Command::new("sh");
        command
            .args(["-c", &script, env!("CARGO_BIN_EXE_stopgap")])
            .current_dir(desk.path(""));
        let said = Said::of(command.output().unwrap());
        assert_eq!(said.status, 0, "{}", said.stderr);
        assert_eq!(desk.files(), ["stopgap.db", "stopgap.key"]);
        assert_eq!(desk.mode("stopgap.db"), 0o600);
        assert_eq!(desk.mode("stopgap.key"), 0o600);
        if cfg!(target_os = "linux") {
            assert_eq!(desk.mode("stopgap.db-lock"), 0o600);
        }
    }
}

/// A store that was not made is not reported as made.
#[test]
fn a_store_that_cannot_be_made_is_an_error() {
    let desk = Desk::new();
    let said = desk.stopgap("--store there/stopgap.db --json init");
    assert_eq!(said.status, 3);
    assert!(!said.stderr.contains("Made the store"), "{said:?}");
    assert!(
        said.stdout.contains("\"reason\":\"store_cannot_open\""),
        "{said:?}"
    );
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let desk = Desk::ready();
    for mode in [0o604, 0o640, 0o644, 0o602] {
        desk.set_mode("stopgap.key", mode);
        desk.stopgap("online list").failed(
            3,
            &format!(
                "permissions {mode:04o} for stopgap.key are too open: others than its owner can \
                 get at a secret; type: chmod 600 stopgap.key"
            ),
        );
    }
    desk.set_mode("stopgap.key", 0o400);
    desk.stopgap("online list").done("");
}

#[test]
fn the_suggested_chmod_command_can_be_typed() {
    let desk = Desk::new();
    desk.write("it's a key", "");
    desk.set_mode("it's a key", 0o644);
    let mut command = desk.command("init");
    let said = Said::of(
        command
            .env("STOPGAP_MASTER_KEY_FILE", "it's a key")
            .output()
            .unwrap(),
    );
    let (_, typed) = said.stderr.split_once("type: ").unwrap();
    assert_eq!(typed, "chmod 600 'it'\\''s a key'\n");
}

#[test]
fn a_store_without_its_key_is_never_given_another() {
    let desk = Desk::ready();
    let code = desk.line("online issue alice");
    fs::rename(desk.path("stopgap.key"), desk.path("away")).unwrap();
    for words in ["online issue alice", "key add", "purge"] {
        desk.stopgap(words).failed(
            3,
            "there is no key file stopgap.key, but the store is there, and nothing in it works \
             without its key: bring the file back, or name it with --key-file",
        );
    }
    assert_eq!(desk.files(), ["away", "stopgap.db"]);
    desk.hears(&code, "--key-file away online verify alice")
        .done("Granted: bypass for alice until <time> (in 24 hours).\n");
}

#[test]
fn another_key_is_refused() {
    let desk = Desk::ready();
    desk.write("other.key", format!("{}\n", "ab".repeat(32)));
    desk.set_mode("other.key", 0o600);
    desk.stopgap("--key-file other.key online list").failed(
        3,
        "key 1 is not the key that this store was made with; open it with the right key, or add \
         this one under another id",
    );
}

#[test]
fn a_damaged_key_file_is_an_error_that_shows_no_key() {
    let desk = Desk::ready();
    let key = "00112233445566778899aabbccddeeff".repeat(2);
    for (text, error) in [
        (String::new(), "stopgap.key: there is no key in it"),
        (
            format!("1 {key}0\n"),
            "stopgap.key, line 1: a key is a number and 64 hex digits",
        ),
        (
            format!("# key\n{key}z\n"),
            "stopgap.key, line 2: a key is a number and 64 hex digits",
        ),
        (
            format!("1 {key}\n1 {key}\n"),
            "stopgap.key, line 2: that key's number stands above already",
        ),
        (
            "x".repeat(70_000),
            "stopgap.key is far too long to be what it should be",
        ),
    ] {
        desk.write("stopgap.key", &text);
        let said = desk.stopgap("online list");
        said.failed(3, error);
        assert_eq!(desk.read("stopgap.key"), text);
    }
    fs::remove_file(desk.path("stopgap.key")).unwrap();
    fs::create_dir(desk.path("stopgap.key")).unwrap();
    desk.stopgap("online list")
        .failed(3, "stopgap.key: is a directory");
}

#[test]
fn a_file_that_is_not_a_store_is_an_error() {
    let desk = Desk::ready();
    desk.write(
        "text.db",
        "Not a database, but text that is long enough to be looked at as one.".repeat(99),
    );
    let said = desk.stopgap("--store text.db online list");
    said.failed(
        3,
        "that is not Stopgap's store but something else; name another file",
    );
    let said = desk.stopgap("--store mysql://here online list");
    said.failed(
        3,
        "the store's address cannot be used: there is no store of that kind; name a file, \
         sqlite:FILE, postgres://…, or memory:, and a file with a colon in its name as ./FILE",
    );
    let said = desk.stopgap("--store postgres://here?sslmode=off online list");
    said.failed(
        3,
        "the store's address cannot be used: sslmode has to be one of disable, allow, prefer, \
         require, verify-ca, verify-full",
    );
    let said = desk.stopgap("--store sqlite: online list");
    assert_eq!(said.status, 3);
    assert_eq!(desk.files(), ["stopgap.db", "stopgap.key", "text.db"]);
}

#[test]
fn home_chooses_another_folder() {
    let desk = Desk::new();
    desk.stopgap("--home there init").failed(
        3,
        "there is no folder there; make it first, or name another",
    );
    fs::create_dir(desk.path("there")).unwrap();
    let made = "Made the key file there/stopgap.key: keep a copy of it somewhere safe.\n\
        Made the store there/stopgap.db.\n";
    let mut command = desk.command("online issue alice");
    let said = Said::of(command.env("STOPGAP_HOME", "there").output().unwrap());
    said.is(0, "<code>\n", made);
    assert_eq!(desk.stopgap("online list --home there").status, 0);
    assert_eq!(desk.files(), ["there"]);
    let mut command = desk.command("init");
    let said = Said::of(
        command
            .env("STOPGAP_STORE", "sqlite:there/other.db")
            .output()
            .unwrap(),
    );
    assert_eq!(said.status, 0);
    assert_eq!(desk.files(), ["stopgap.key", "there"]);
}

#[test]
fn a_store_in_memory_leaves_no_store() {
    let desk = Desk::new();
    desk.stopgap("--store memory: online issue alice").is(
        0,
        "<code>\n",
        "Made the key file stopgap.key: keep a copy of it somewhere safe.\n",
    );
    assert_eq!(desk.files(), ["stopgap.key"]);
}

#[test]
fn no_code_and_no_key_is_in_a_file() {
    let desk = Desk::ready();
    let codes = [
        desk.line("online issue alice --valid 7d"),
        desk.line("security create --super-administrator --unlimited-scope"),
    ];
    desk.hears(&codes[0], "online verify alice --idempotency-key one");
    desk.hears(&codes[1], "security authenticate");
    let key = desk.read("stopgap.key");
    let key = key.split_whitespace().last().unwrap();
    assert_eq!(key.len(), 64);
    let mut looked = 0;
    for name in desk.files() {
        if name == "stopgap.key" {
            continue;
        }
        let bytes = fs::read(desk.path(&name)).unwrap();
        let text = String::from_utf8_lossy(&bytes).to_uppercase();
        let secrets = codes.iter().map(|code| code.replace('-', ""));
        for secret in secrets.chain([key.to_uppercase()]) {
            assert!(!text.contains(&secret), "{name}");
        }
        looked += 1;
    }
    assert!(looked >= 1);
}

#[test]
fn a_code_that_cannot_be_shown_is_reported() {
    let desk = Desk::ready();
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    // Not every system has `/dev/full`.
    if let Ok(full) = full {
        let mut command = desk.command("online issue alice");
        let said = Said::of(command.stdout(full).output().unwrap());
        assert_eq!(said.status, 3);
        assert!(said.stderr.starts_with(
            "error: the code was issued but could not be shown; revoke it, and issue another: "
        ));
    }
}
