//! `stopgap store`.

use super::desk::Desk;

/// Makes a desk with a row in most tables.
fn filled() -> (Desk, String) {
    let desk = Desk::ready();
    let code = desk.line("online issue alice --max-uses 1");
    desk.stopgap("preset set lost-token --valid 1mo");
    desk.hears("0000-0000-0000", "online verify bob --idempotency-key one");
    (desk, code)
}

#[test]
fn a_store_is_copied_whole() {
    let (desk, code) = filled();
    let before = std::fs::read(desk.path("stopgap.db")).unwrap();
    let said = desk.stopgap("store copy stopgap.db moved.db");
    assert_eq!(said.stderr, "Made the store moved.db.\n");
    let narrow = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = said.stdout.lines().map(narrow).collect();
    assert_eq!(lines[0], "TABLE COPIED ALREADY THERE VERIFIED");
    assert!(
        lines.contains(&"online_codes 1 0 1".to_owned()),
        "{lines:?}"
    );
    assert_eq!(desk.mode("moved.db"), 0o600);
    let all = "rows of one tenant; 0 were there already.";
    assert!(lines.last().unwrap().contains(all), "{lines:?}");

    // Again, to the store that the environment names.
    let mut again = desk.command("store copy sqlite:stopgap.db --json");
    again.env("STOPGAP_STORE", "sqlite:moved.db");
    let said = super::desk::Said::of(again.output().unwrap());
    assert_eq!((said.status, said.stderr.as_str()), (0, ""));
    let document = said.stdout;
    let begins =
        "{\"outcome\":\"done\",\"tenants\":1,\"tables\":[{\"table\":\"tenants\",\"copied\":0,";
    assert!(document.starts_with(begins), "{document}");
    let codes = "{\"table\":\"online_codes\",\"copied\":0,\"already_there\":1,\"verified\":1}";
    assert!(document.contains(codes), "{document}");

    // The copy works with the same key, and the original is unchanged.
    let granted = desk.hears(&code, "--store sqlite:moved.db online verify alice");
    granted.done("Granted: bypass for alice; the code is used up.\n");
    assert!(before == std::fs::read(desk.path("stopgap.db")).unwrap());
}

#[test]
fn an_impossible_copy_is_refused() {
    let (desk, _) = filled();
    desk.stopgap("store copy none.db moved.db")
        .failed(3, "no store at none.db: name the one to copy");
    desk.stopgap("store copy stopgap.db sqlite:./stopgap.db")
        .failed(2, "a store cannot be copied to itself; name another one");
    let forgets = "memory: forgets everything at the end of this command; name another store";
    desk.stopgap("store copy stopgap.db memory:")
        .failed(2, forgets);
    desk.stopgap("store copy memory: stopgap.db")
        .failed(2, forgets);
    desk.stopgap("store copy stopgap.db")
        .failed(2, "say where to copy it to: a second address, or --store");
    // No file was made.
    assert_eq!(desk.files(), ["stopgap.db", "stopgap.key"]);

    // The target is a store that is already in use.
    let said = desk.stopgap("--store sqlite:used.db online issue zoe");
    assert_eq!(said.status, 0, "{}", said.stderr);
    let said = desk.stopgap("store copy stopgap.db used.db");
    assert_eq!((said.status, said.stdout.as_str()), (3, ""));
    assert!(
        said.stderr.contains("is not the same in both stores"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_store_is_migrated_without_its_key() {
    let (desk, code) = filled();
    let migrated = format!(
        "The schema of stopgap.db is up to date for Stopgap {}.\n",
        env!("CARGO_PKG_VERSION")
    );
    std::fs::rename(desk.path("stopgap.key"), desk.path("away")).unwrap();
    desk.stopgap("store migrate").done(&migrated);
    std::fs::rename(desk.path("away"), desk.path("stopgap.key")).unwrap();
    desk.hears(&code, "online verify alice")
        .done("Granted: bypass for alice; the code is used up.\n");
    let said = desk.stopgap("--store sqlite:./stopgap.db store migrate --json");
    let document = format!(
        "{{\"outcome\":\"done\",\"store\":\"./stopgap.db\",\"version\":\"{}\"}}\n",
        env!("CARGO_PKG_VERSION")
    );
    said.done(&document);
}

#[test]
fn a_schema_that_is_missing_is_made_and_others_are_refused() {
    let desk = Desk::new();
    desk.stopgap("store migrate")
        .failed(3, "no store at stopgap.db: run \"stopgap init\"");
    desk.stopgap("store migrate --store memory:").failed(
        2,
        "memory: forgets everything at the end of this command; name another store",
    );
    desk.stopgap("store migrate --home there").failed(
        3,
        "there is no folder there; make it first, or name another",
    );
    assert!(desk.files().is_empty());
    // An empty file has no schema yet.
    desk.write("stopgap.db", "");
    assert_eq!(desk.stopgap("store migrate").status, 0);
    assert!(desk.read_bytes("stopgap.db").len() > 10_000);
    let text = "Not a database, but text that is long enough to be looked at as one.".repeat(99);
    desk.write("stopgap.db", text);
    desk.stopgap("store migrate").failed(
        3,
        "that is not Stopgap's store but something else; name another file",
    );
}
