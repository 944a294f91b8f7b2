//! `stopgap backup` and `restore`.

use std::fs;

use stopgap_registry::Sqlite;

use super::desk::{Desk, Said, masked, now};

/// Makes a desk with a backup in which two codes are unused; the first is used afterwards.
fn backed_up() -> (Desk, [String; 2]) {
    let desk = Desk::ready();
    let codes = [
        desk.line("online issue alice --max-uses 1"),
        desk.line("online issue bob"),
    ];
    let said = desk.stopgap("backup copy.db");
    assert_eq!((said.status, said.stderr.as_str()), (0, ""));
    let begins = "Backed up ";
    let ends = " rows of one tenant to copy.db, and verified it. \
                Keep the key file apart from it.\n";
    assert!(
        said.stdout.starts_with(begins) && said.stdout.ends_with(ends),
        "{said:?}"
    );
    let used = desk.hears(&codes[0], "online verify alice");
    used.done("Granted: bypass for alice; the code is used up.\n");
    (desk, codes)
}

/// Returns the lines of a table with single spaces.
fn lines(said: &Said) -> Vec<String> {
    let narrow = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    masked(&said.stdout).lines().map(narrow).collect()
}

/// Returns the name of the store that was replaced.
fn replaced(desk: &Desk) -> String {
    let mut names = desk.files().into_iter();
    let is_it = |name: &String| name.starts_with("stopgap.db.2");
    names.find(is_it).unwrap()
}

#[test]
fn a_restored_store_revokes_the_codes_that_it_would_revive() {
    let (desk, [once, often]) = backed_up();
    assert_eq!(desk.mode("copy.db"), 0o600);
    let said = desk.stopgap("restore copy.db --replace");
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{said:?}");
    let lines = lines(&said);
    assert!(
        lines[0].starts_with("Restored stopgap.db from copy.db: "),
        "{lines:?}"
    );
    assert_eq!(lines[1], "Its newest event is of <time> (now).");
    let name = replaced(&desk);
    let path = fs::canonicalize(desk.path(&name)).unwrap();
    let path = path.display();
    assert_eq!(lines[2], format!("The store before it is {path} now."));
    assert_eq!(lines[3], "Revoked one code.");
    assert_eq!(lines[4], "ID TENANT USER EXPIRES");
    assert_eq!(lines[5], "<id> default alice <time>");
    assert_eq!(lines.len(), 6);

    let refused = desk.hears(&once, "online verify alice");
    refused.refused("That code is not valid.");
    let granted = desk.hears(&often, "online verify bob");
    assert_eq!(granted.status, 0, "{granted:?}");
    let log = desk.stopgap("log --json").stdout;
    assert!(log.contains("\"kind\":\"store.restore\""), "{log}");
    assert!(log.contains("; revokes limited\""), "{log}");

    // The store before it works under its new name.
    let used = desk.hears(&once, &format!("--store ./{name} online verify alice"));
    used.refused("That code has been used.");
}

#[test]
fn the_codes_to_revoke_can_be_chosen() {
    for (which, revoked) in [("all", 2), ("nothing", 0)] {
        let (desk, [once, often]) = backed_up();
        let said = desk.stopgap(&format!(
            "restore copy.db --replace --revoke {which} --json"
        ));
        assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{said:?}");
        let document: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!(document["revoked"].as_array().unwrap().len(), revoked);
        assert_eq!(document["missing_keys"].as_array().unwrap().len(), 0);
        assert_eq!(document["tenants"], 1);
        for (user, code) in [("alice", once), ("bob", often)] {
            let said = desk.hears(&code, &format!("online verify {user}"));
            assert_eq!(said.status, i32::from(revoked > 0), "{user}: {said:?}");
        }
    }
}

#[test]
fn every_tenant_is_restored() {
    let desk = Desk::ready();
    desk.line("tenant add acme");
    desk.line("online issue alice --max-uses 1 --tenant acme");
    desk.stopgap("backup copy.db");
    let said = desk.stopgap("restore copy.db --home . --store sqlite:new.db");
    assert!(said.stdout.contains(" rows of 2 tenants.\n"), "{said:?}");
    let lines = lines(&said);
    assert_eq!(lines[2], "Revoked one code.");
    assert_eq!(lines[4], "<id> acme alice <time>");
    for tenant in ["acme", "default"] {
        let log = format!("--store sqlite:new.db log --tenant {tenant} --json");
        let log = desk.stopgap(&log).stdout;
        assert!(log.contains("\"kind\":\"store.restore\""), "{log}");
    }
    assert_eq!(desk.mode("new.db"), 0o600);
}

#[test]
fn a_backup_that_cannot_be_made_leaves_no_file() {
    let desk = Desk::new();
    desk.stopgap("backup copy.db")
        .failed(3, "no store at stopgap.db: run \"stopgap init\"");
    assert!(desk.files().is_empty());
    let (desk, _) = backed_up();
    let copy = desk.read_bytes("copy.db");
    desk.stopgap("backup copy.db").failed(
        3,
        "copy.db exists and is not overwritten: choose another name",
    );
    assert!(copy == desk.read_bytes("copy.db"));
    desk.stopgap("backup none/copy.db")
        .failed(3, "none/copy.db: entity not found");
    desk.stopgap("backup -").failed(
        2,
        "a backup is a file, not a stream: name it, or write ./- for a file \"-\"",
    );
    desk.stopgap("backup copy.db --store memory:").failed(
        2,
        "memory: forgets everything at the end of this command; name another store",
    );
    let said = desk.stopgap("backup copy.db --store postgres://a:hunter2@127.0.0.1:1/b");
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("use \"pg_dump "), "{said:?}");
    assert!(!said.stderr.contains("hunter2"), "{said:?}");
    let said = desk.stopgap("restore copy.db --store postgres://a:hunter2@127.0.0.1:1/b");
    assert!(said.stderr.contains("use \"pg_restore "), "{said:?}");
    assert_eq!(desk.files(), ["copy.db", "stopgap.db", "stopgap.key"]);
}

#[test]
fn a_restore_that_is_refused_changes_nothing() {
    let (desk, [once, _]) = backed_up();
    let before = desk.files();
    desk.stopgap("restore copy.db").failed(
        3,
        "stopgap.db exists: pass --replace to give it another name",
    );
    desk.stopgap("restore none.db --replace")
        .failed(3, "none.db: No such file or directory (os error 2)");
    desk.stopgap("restore copy.db --replace --role help_desk")
        .refused("refused: help_desk may not manage keys");
    desk.write(
        "text.db",
        "Not a store, but long enough to be one. ".repeat(99),
    );
    desk.stopgap("restore text.db --replace").failed(
        3,
        "that is not Stopgap's store but something else; name another file",
    );
    fs::remove_file(desk.path("text.db")).unwrap();

    // A program uses the store.
    let open = Sqlite::open(desk.path("stopgap.db"), now()).unwrap();
    let path = fs::canonicalize(desk.path("stopgap.db")).unwrap();
    let in_use = format!(
        "{} is in use: stop the programs that use it",
        path.display()
    );
    desk.stopgap("restore copy.db --replace").failed(3, &in_use);
    drop(open);

    // Another key.
    let other = Desk::ready();
    fs::copy(other.path("stopgap.key"), desk.path("other.key")).unwrap();
    desk.set_mode("other.key", 0o600);
    let said = desk.stopgap("restore copy.db --replace --key-file other.key");
    assert_eq!(said.status, 3, "{said:?}");
    let wrong = "other.key is not the key file of this backup\n";
    assert!(said.stderr.ends_with(wrong), "{said:?}");
    fs::remove_file(desk.path("other.key")).unwrap();
    let said = desk.stopgap("restore copy.db --replace --key-file none.key");
    assert_eq!(said.status, 3, "{said:?}");
    let needed = "nothing in a backup works without its keys\n";
    assert!(said.stderr.ends_with(needed), "{said:?}");

    assert_eq!(desk.files(), before);
    let used = desk.hears(&once, "online verify alice");
    used.refused("That code has been used.");
}

/// A key that was added after the backup, and one that the key file lacks.
#[test]
fn keys_that_are_missing_are_named() {
    let desk = Desk::ready();
    let first = desk.read("stopgap.key");
    desk.stopgap("key add");
    desk.stopgap("backup copy.db");
    desk.write("old.key", first);
    desk.set_mode("old.key", 0o600);
    let said = desk.stopgap("restore copy.db --store sqlite:new.db --key-file old.key");
    assert_eq!(said.status, 0, "{said:?}");
    assert_eq!(
        said.stderr,
        "The key file lacks these keys of the backup: 2. What they made is refused.\n"
    );
}
