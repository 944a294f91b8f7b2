//! `stopgap status`.

use std::{fs, time::Duration};

use chrono::{TimeDelta, Utc};
use serde_json::Value;
use stopgap_registry::{
    Registry, Sqlite,
    stopgap::{Actor, OnlinePolicy, Role, Throttle, UserHead},
    store::{Change, Query, Row, Selection, Store, Table},
};

use super::desk::{Desk, Said, now};

/// Returns the rows of a table of the tenant `default`.
pub fn rows(desk: &Desk, table: Table) -> Vec<Row> {
    let store = Sqlite::open(desk.path("stopgap.db"), now()).unwrap();
    let query = Query {
        selections: vec![Selection::all(table)],
        ..Query::default()
    };
    let tenant = "default".parse().unwrap();
    store.load(&tenant, &query).unwrap().rows.remove(0)
}

/// Applies a change, as an editor of the file could.
pub fn change(desk: &Desk, change: &Change) {
    let store = Sqlite::open(desk.path("stopgap.db"), now()).unwrap();
    let tenant = "default".parse().unwrap();
    let changed = store.update(&tenant, &Query::default(), &mut |_| {
        Ok(vec![change.clone()])
    });
    changed.unwrap();
}

/// Edits the first row of a table.
pub fn edit(desk: &Desk, table: Table, edit: impl FnOnce(&mut Row)) -> Row {
    let mut row = rows(desk, table).remove(0);
    let loaded = row.version().clone();
    edit(&mut row);
    let edited = row.clone();
    change(desk, &Change::Replace { row, loaded });
    edited
}

fn document(said: &Said) -> Value {
    assert_eq!(said.stderr, "");
    serde_json::from_str(&said.stdout).unwrap()
}

/// Returns the faults, each with its check.
fn attention(desk: &Desk, words: &str) -> Vec<(String, String)> {
    let said = desk.stopgap(&format!("status --json {words}"));
    let document = document(&said);
    let found = document["attention"].as_array().unwrap();
    assert_eq!(said.status, i32::from(!found.is_empty()), "{said:?}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = found.iter();
    found
        .map(|one| (text(&one["check"]), text(&one["what"])))
        .collect()
}

#[test]
fn a_status_is_one_page() {
    let desk = Desk::ready();
    desk.write("stopgap.toml", "zone = \"UTC\"\n");
    let page = |locked: &str, codes: &str| {
        format!(
            "store           stopgap.db, schema 1\n\
             tenant          default\n\
             keys            primary 1\n\
             clock           right; latest time seen <time> (now)\n\
             locked users    {locked}\n\
             codes           {codes}\n\
             security codes  0 can be used; ending today: 0\n\
             log             events are kept for 90 days\n\
             last purge      none\n\
             Nothing needs attention.\n"
        )
    };
    desk.line("online issue alice --valid 1mo");
    desk.line("online issue bob --valid 3d --not-before 1d");
    desk.stopgap("status")
        .done(&page("0", "2 can be used; ending today: 0"));
    // A lockout that ends by itself needs no attention.
    for _ in 0..5 {
        desk.hears("0000-0000-0000", "online verify alice");
    }
    let said = desk.stopgap("status");
    assert_eq!((said.status, said.stderr.as_str()), (0, ""));
    assert!(
        said.stdout.contains("\nlocked users    1: alice until 20"),
        "{said:?}"
    );
    assert_eq!(attention(&desk, ""), []);

    desk.stopgap("purge --yes");
    desk.stopgap("log retention 365");
    let said = document(&desk.stopgap("status --json"));
    assert!(said["purged_at"].is_string() && said["seen_at"].is_string());
    assert_eq!(said["log_retention_days"], 365);
    assert_eq!(
        (&said["codes"], &said["clock"]),
        (&2.into(), &"right".into())
    );
    assert_eq!(said["schema"]["found"], said["schema"]["known"]);
    assert_eq!(
        (&said["locked_users"], &said["locked"][0]["user"]),
        (&1.into(), &"alice".into())
    );
    // Each run leaves one event.
    let log = desk.stopgap("log --json --limit 1000").stdout;
    assert_eq!(log.matches("\"kind\":\"status.show\"").count(), 4);
    assert_eq!(log.matches("\"kind\":\"key.list\"").count(), 0);
}

/// A code that ends before midnight is counted, by the calendar of the zone.
#[test]
fn codes_that_end_today_are_counted() {
    let desk = Desk::ready();
    let zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"];
    let today = |zone: &str| {
        desk.write("stopgap.toml", format!("zone = \"{zone}\"\n"));
        document(&desk.stopgap("status --json"))["codes_ending"].clone()
    };
    let keys = desk.ring();
    let actor = Actor::new("root", Role::SuperAdministrator).unwrap();
    let registry = Registry::builder(&keys);
    let registry = registry
        .open(desk.path("stopgap.db").to_str().unwrap())
        .unwrap();
    for hours in 1..=24 {
        let policy = OnlinePolicy::default();
        let policy = policy.validity(format!("PT{}M", hours * 60 - 1).parse().unwrap());
        drop(registry.issue_code(&actor, "alice", &policy, &Utc).unwrap());
    }
    drop(registry);
    let hours_left = |zone: &str| {
        let zone: stopgap::Zone = zone.parse().unwrap();
        let local = now().with_timezone(&zone);
        23 - u64::from(chrono::Timelike::hour(&local))
    };
    for zone in zones {
        let (before, found, after) = (hours_left(zone), today(zone), hours_left(zone));
        let found = found.as_u64().unwrap();
        // Of the code that ends in this hour, the minute decides.
        let fits = |left: u64| found == left || found == left + 1;
        assert!(
            fits(before) || fits(after),
            "{zone}: {before} {found} {after}"
        );
    }
}

#[test]
fn a_user_whom_only_an_administrator_unlocks_needs_attention() {
    let desk = Desk::ready();
    let throttle = Throttle {
        failures: 100,
        locked_until: None,
    };
    let keys = desk.ring().tenant(&"default".parse().unwrap());
    let head = UserHead::seal(&keys, "eve".parse().unwrap(), throttle, 1);
    let record = head.unverified();
    let row = Row::new(
        Table::Heads,
        vec![
            (&record.user).into(),
            record.key_id.into(),
            record.throttle.failures.into(),
            record.throttle.locked_until.into(),
            record.changes.into(),
            head.tag().into(),
            true.into(),
            now().into(),
        ],
    );
    change(&desk, &Change::Insert(row));
    let said = desk.stopgap("status");
    assert_eq!(said.status, 1);
    assert!(
        said.stdout
            .contains("\nlocked users    1: eve until an administrator unlocks\n"),
        "{said:?}"
    );
    assert!(
        said.stdout.ends_with(
            "\nattention       only an administrator can unlock one user: run \"stopgap throttle \
             list --locked\", then \"stopgap throttle reset USER\"\n"
        ),
        "{said:?}"
    );
    desk.stopgap("throttle reset eve");
    assert_eq!(attention(&desk, ""), []);
    // So does a throttle that was edited.
    edit(&desk, Table::Heads, |row| row.set("failures", 3_u32));
    let found = attention(&desk, "");
    assert_eq!(found[0].0, "lockouts");
    assert!(
        desk.stopgap("status")
            .stdout
            .contains("1: eve (the record was edited in the store)")
    );
}

#[test]
fn a_key_that_is_missing_needs_attention() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    let before = desk.read("stopgap.key");
    desk.stopgap("key add");
    let both = desk.read("stopgap.key");
    let newest = both.strip_prefix(&before).unwrap();
    desk.write("stopgap.key", newest);
    let found = attention(&desk, "");
    assert_eq!(
        found,
        [(
            "keys".to_owned(),
            "key 1 is missing from the key file, and what was made with it is refused: bring it \
             back"
                .to_owned()
        )]
    );
    assert!(
        desk.stopgap("status")
            .stdout
            .contains("\nkeys            primary 2; missing 1\n")
    );
    desk.write("stopgap.key", both);
    assert_eq!(attention(&desk, ""), []);

    // The records of another tenant are not ended with a key.
    desk.stopgap("tenant add acme");
    let said = desk.stopgap("key retire 1 --compromised --yes --tenant acme");
    assert_eq!(said.status, 0, "{said:?}");
    let found = attention(&desk, "");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0]
            .1
            .starts_with("key 1 is compromised, and records that were made with it are not"),
        "{found:?}"
    );
    desk.stopgap("key retire 1 --compromised --yes");
    assert_eq!(attention(&desk, ""), []);
}

#[test]
fn open_files_need_attention() {
    let desk = Desk::ready();
    let folder = desk.path("").canonicalize().unwrap();
    desk.set_mode("stopgap.db", 0o644);
    let found = attention(&desk, "");
    let path = folder.join("stopgap.db").display().to_string();
    let what = format!("{path}: every user can get at it (0644): type: chmod o-rwx ");
    let of_store = found.iter().filter(|one| one.1.starts_with(&what));
    assert_eq!(of_store.count(), 1, "{found:?}");
    // A group may be meant to read it.
    for file in desk_files(&desk) {
        desk.set_mode(&file, 0o640);
    }
    desk.set_mode("stopgap.key", 0o600);
    assert_eq!(attention(&desk, ""), []);
    desk.set_mode("", 0o777);
    let found = attention(&desk, "");
    assert!(
        found[0]
            .1
            .contains(": every user can replace the files in it (0777): "),
        "{found:?}"
    );
    desk.set_mode("", 0o1777);
    assert_eq!(attention(&desk, ""), []);
    desk.set_mode("", 0o700);
}

/// Returns the names of all files.
fn desk_files(desk: &Desk) -> Vec<String> {
    let files = fs::read_dir(desk.path("")).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// A clock that was set back is shown, and nothing fails.
#[test]
fn a_clock_that_was_set_back_needs_attention() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    let later = now() + TimeDelta::from_std(Duration::from_secs(864_000)).unwrap();
    edit(&desk, Table::Tenants, |row| {
        row.set("seen_at", later);
        row.set("changes", 77_u32);
    });
    assert_eq!(desk.stopgap("online list").status, 1);
    let found = attention(&desk, "");
    assert_eq!((found.len(), found[0].0.as_str()), (1, "clock"));
    assert!(
        found[0].1.contains("accept it by \"stopgap clock accept\""),
        "{found:?}"
    );
    let said = desk.stopgap("status");
    assert!(
        said.stdout
            .contains("\nclock           set back; latest time seen "),
        "{said:?}"
    );
    let said = desk.stopgap("doctor");
    assert_eq!(said.status, 1);
    assert!(
        said.stdout
            .contains("\nwrong  clock       this machine's clock shows "),
        "{said:?}"
    );
    desk.stopgap("clock accept");
    assert_eq!(attention(&desk, ""), []);
}
