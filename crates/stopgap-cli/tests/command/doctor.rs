//! `stopgap doctor`.

use std::{
    fs,
    time::{Duration, SystemTime},
};

use serde_json::Value;
use stopgap_registry::store::Table;

use super::{
    desk::{Desk, Said, now},
    status::{change, edit, rows},
    terminal::on_terminal_in,
};

const WELL: &str = "\
ok     files       permissions and owners
ok     key file    one key
ok     store       schema 1
ok     integrity   every page, every index, and the structure
ok     disk        room for the store
ok     file times  none is later than the clock
ok     clock       not set back
ok     keys        none is missing
ok     lockouts    each ends by itself
";

/// A store with a record of each kind.
fn filled() -> Desk {
    let desk = Desk::ready();
    let code = desk.line("online issue alice --max-uses 3");
    desk.hears(&code, "online verify alice --idempotency-key one");
    desk.line("security create --super-administrator --unlimited-scope");
    desk.stopgap("machine enrol bob LAPTOP --out laptop.enrolment");
    desk.stopgap("preset set day");
    desk
}

/// Returns the lines of failed checks.
fn wrong(said: &Said) -> Vec<&str> {
    assert_eq!((said.status, said.stderr.as_str()), (1, ""), "{said:?}");
    let lines = said.stdout.lines();
    lines.filter(|line| line.starts_with("wrong")).collect()
}

#[test]
fn an_untouched_store_is_well() {
    let desk = filled();
    let records: usize = Table::ALL
        .map(|table| rows(&desk, table).len())
        .iter()
        .sum();
    // The doctor's own event is one of them.
    let expected = format!(
        "{WELL}ok     records     the tags of {} records\nAll is well.\n",
        records + 1
    );
    desk.stopgap("doctor").done(&expected);
    let said = desk.stopgap("doctor --json");
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((said.status, &report["healthy"]), (0, &true.into()));
    assert_eq!(report["checks"].as_array().unwrap().len(), 10);
    assert_eq!(report["tenants"][0]["findings"], serde_json::json!([]));
    assert_eq!(report["tenants"][0]["status"]["codes"], 1);
    let log = desk.stopgap("log --json --limit 1000").stdout;
    assert_eq!(log.matches("\"kind\":\"store.check\"").count(), 2);
    assert_eq!(log.matches("\"kind\":\"status.show\"").count(), 0);
}

#[test]
fn each_edited_record_is_named_with_what_to_do() {
    for (table, column, remedy) in [
        (Table::Codes, "uses", "stopgap online revoke --id "),
        (
            Table::SecurityCodes,
            "expires_at",
            "stopgap security delete ",
        ),
        (Table::Heads, "failures", "stopgap throttle reset alice"),
        (
            Table::Machines,
            "generation",
            "stopgap machine retire bob LAPTOP",
        ),
        (
            Table::Presets,
            "key_id",
            "bring key 7 back into the key file",
        ),
        (Table::Verifications, "answered_at", "find out who did it"),
    ] {
        let desk = filled();
        edit(&desk, table, |row| match column {
            "uses" | "failures" | "generation" | "key_id" => row.set(column, 7_u32),
            _ => row.set(column, now()),
        });
        let said = desk.stopgap("doctor");
        let lines = wrong(&said);
        let line = lines
            .iter()
            .find(|line| line.starts_with("wrong  records     "));
        let line = line.unwrap_or_else(|| panic!("{table}: {said:?}"));
        assert!(
            line.contains(table.as_str()) && line.contains(remedy),
            "{line}"
        );
        let failed = if table == Table::Heads {
            "2 checks"
        } else {
            "one check"
        };
        let last = format!("\nSomething is wrong: {failed} failed.\n");
        assert!(said.stdout.ends_with(&last), "{said:?}");
        let said = desk.stopgap("doctor --json");
        let report: Value = serde_json::from_str(&said.stdout).unwrap();
        assert_eq!((said.status, &report["healthy"]), (1, &false.into()));
        let found = &report["tenants"][0]["findings"][0];
        assert_eq!(found["table"], table.as_str());
        let fault = if table == Table::Presets {
            "key_missing"
        } else {
            "tampered"
        };
        assert_eq!(found["fault"], fault);
    }
}

/// The remedies work.
#[test]
fn what_it_says_repairs_the_store() {
    let desk = filled();
    let code = edit(&desk, Table::Codes, |row| row.set("uses", 0_u32));
    let head = rows(&desk, Table::Heads).remove(0);
    change(
        &desk,
        &stopgap_registry::store::Change::Delete {
            table: Table::Heads,
            key: head.key().to_vec(),
            loaded: head.version().clone(),
        },
    );
    edit(&desk, Table::Machines, |row| row.set("generation", 7_u32));
    assert_eq!(wrong(&desk.stopgap("doctor")).len(), 3);
    for words in [
        "throttle reset alice",
        &format!("online revoke --id {code}"),
        "machine retire bob LAPTOP",
    ] {
        assert_eq!(desk.stopgap(words).status, 0, "{words}");
    }
    let said = desk.stopgap("doctor");
    assert_eq!(said.status, 0, "{said:?}");
    assert!(
        said.stdout
            .contains(" records, but not of 2 ended records\n"),
        "{said:?}"
    );
}

#[test]
fn many_faults_are_cut_and_json_has_them() {
    let desk = Desk::ready();
    for number in 0..25 {
        desk.stopgap(&format!("preset set preset{number:02}"));
    }
    for row in rows(&desk, Table::Presets) {
        let (mut row, loaded) = (row.clone(), row.version().clone());
        row.set("policy", "no JSON");
        change(
            &desk,
            &stopgap_registry::store::Change::Replace { row, loaded },
        );
    }
    let said = desk.stopgap("doctor");
    let lines = wrong(&said);
    assert_eq!(lines.len(), 21);
    assert_eq!(
        lines[20],
        "wrong  records     and 5 others: pass --json to see them"
    );
    let said = desk.stopgap("doctor --json");
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(report["tenants"][0]["faults"], 25);
}

#[test]
fn all_tenants_are_checked() {
    let desk = filled();
    desk.stopgap("tenant add acme");
    edit(&desk, Table::Presets, |row| row.set("key_id", 7_u32));
    let said = desk.stopgap("doctor --tenant acme");
    assert_eq!(said.status, 0, "{said:?}");
    let said = desk.stopgap("doctor --all-tenants --tenant acme");
    let lines = wrong(&said);
    assert!(
        lines[0].starts_with("wrong  records     default: presets day: "),
        "{lines:?}"
    );
    assert!(
        said.stdout
            .contains("\nok     records     acme: the tags of "),
        "{said:?}"
    );
}

#[test]
fn a_damaged_file_is_reported() {
    let desk = filled();
    let mut bytes = desk.read_bytes("stopgap.db");
    let place = bytes
        .windows(5)
        .position(|window| window == b"alice")
        .unwrap();
    let page = place / 4_096 * 4_096;
    bytes[page..page + 100].fill(0xA5);
    desk.write("stopgap.db", &bytes);
    let said = desk.stopgap("doctor");
    let lines = wrong(&said);
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("wrong  integrity ")),
        "{said:?}"
    );

    // A file that is no store at all.
    desk.write(
        "stopgap.db",
        "no store at all, but a text that is long enough to be read as one",
    );
    let said = desk.stopgap("doctor");
    assert!(
        wrong(&said)[0].starts_with("wrong  store       "),
        "{said:?}"
    );
}

#[test]
fn a_key_file_that_is_refused_is_reported() {
    let desk = filled();
    desk.set_mode("stopgap.key", 0o644);
    let said = desk.stopgap("doctor");
    let lines = wrong(&said);
    assert!(
        lines[0].starts_with("wrong  key file    permissions 0644 for stopgap.key"),
        "{lines:?}"
    );
    assert!(said.stdout.contains("ok     integrity "), "{said:?}");
    fs::remove_file(desk.path("stopgap.key")).unwrap();
    let said = desk.stopgap("doctor");
    assert!(
        wrong(&said)[0].starts_with("wrong  key file    stopgap.key: "),
        "{said:?}"
    );
}

#[test]
fn a_file_of_the_future_is_reported() {
    let desk = filled();
    let store = fs::File::options()
        .write(true)
        .open(desk.path("stopgap.db"))
        .unwrap();
    let later = SystemTime::from(now()) + Duration::from_secs(86_400);
    store.set_modified(later).unwrap();
    drop(store);
    let said = desk.stopgap("doctor");
    let lines = wrong(&said);
    assert_eq!(lines.len(), 1, "{said:?}");
    assert!(lines[0].contains("stopgap.db was changed at "), "{said:?}");
    assert!(lines[0].contains(": set the clock right"), "{said:?}");
}

#[test]
fn a_server_is_checked() {
    let Some(server) = test_postgres::server() else {
        return; // It has printed a message.
    };
    let (desk, database) = (Desk::new(), server.database());
    let at = |words: &str| {
        let mut command = desk.command(words);
        Said::of(
            command
                .env("STOPGAP_STORE", database.url())
                .output()
                .unwrap(),
        )
    };
    assert_eq!(at("status").status, 3);
    assert_eq!(at("doctor").status, 3);
    assert_eq!(at("init").status, 0);
    let said = at("status");
    assert_eq!(said.status, 0, "{said:?}");
    assert!(
        said.stdout
            .starts_with("store           postgres://…, schema 1\n"),
        "{said:?}"
    );
    let said = at("doctor");
    assert_eq!(said.status, 0, "{said:?}");
    assert!(
        said.stdout
            .contains("ok     integrity   encoding, owner and structure\n"),
        "{said:?}"
    );
}

/// A terminal shows the progress, and the same lines after it.
#[test]
fn a_terminal_shows_the_same_lines() {
    let desk = filled();
    let mut session = on_terminal_in(&desk, "doctor", false, "cols 120 rows 40", &[]);
    let text = session.exp_eof().unwrap();
    assert!(
        text.contains("ok     files       permissions and owners"),
        "{text}"
    );
    assert!(text.contains("All is well."), "{text}");
}
