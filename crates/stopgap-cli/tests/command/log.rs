//! `stopgap log`.

use stopgap::{Name, RecordId, SysRng};
use stopgap_registry::{
    Sqlite,
    store::{Query, Row, Selection, Store, Table, Value},
};

use super::desk::{Desk, masked, now};

#[test]
fn the_log_shows_who_did_what() {
    let desk = Desk::new();
    let dana = "--as dana --role help_desk";
    assert_eq!(
        desk.stopgap(&format!("online issue alice --purpose reset {dana}"))
            .status,
        0
    );
    desk.hears("0000-0000-0000", "online verify alice");
    let log = desk.stopgap("log --user alice --since 1d");
    let lines: Vec<String> = log.stdout.lines().map(masked).collect();
    let narrow = |line: &String| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = lines.iter().map(narrow).collect();
    assert_eq!(lines[0], "WHEN ACTOR WHAT USER OUTCOME SUBJECT DETAIL");
    assert_eq!(
        lines[1],
        "<time> alice online.verify alice unknown - bypass"
    );
    let issued = " for dana online.issue alice done <id> reset, until <time>";
    assert!(lines[2].contains(issued), "{}", lines[2]);
    assert_eq!(lines.len(), 3);

    let said = desk.stopgap("log --limit 1");
    assert_eq!(said.stdout.lines().count(), 2);
    assert_eq!(masked(&said.stderr), "There are more: pass --before <id>\n");
    desk.stopgap("log --since 2999-01-01").done("");
    for since in [
        "2mo",
        "1w",
        "90m",
        "'1 month'",
        "yesterday",
        "'Yesterday 18:00'",
        "2026-01-01T08:00",
    ] {
        let said = desk.stopgap(&format!("log --since {since}"));
        assert!(said.stdout.lines().count() > 3, "{since}: {said:?}");
    }
    desk.stopgap("log --since tomorrow").done("");
    desk.stopgap("log --since 'tomorrow 18:00'").done("");
}

/// Adds copies of the newest event, each with another value in a column.
fn add_events(desk: &Desk, values: &[(&str, Value)]) {
    let store = Sqlite::open(desk.path("stopgap.db"), now()).unwrap();
    let tenant = Name::new("default").unwrap();
    let query = Query {
        selections: vec![Selection::all(Table::Events).descending().limit(1)],
        ..Query::default()
    };
    let newest = store.load(&tenant, &query).unwrap().rows[0][0].clone();
    let rows = values.iter().map(|(column, value)| {
        let mut row = newest.clone();
        row.set("id", RecordId::new(now(), &mut SysRng).unwrap());
        row.set(column, value.clone());
        row
    });
    let rows: Vec<Row> = rows.collect();
    assert_eq!(store.keep(&tenant, &rows).unwrap(), rows.len());
}

#[test]
fn counts_and_damaged_events_are_shown() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    add_events(&desk, &[("count", 12_u32.into())]);
    let log = desk.stopgap("log --user alice");
    assert_eq!((log.status, log.stderr.as_str()), (0, ""));
    let log = masked(&log.stdout);
    assert!(log.contains("  done (12 times)  <id>  "), "{log}");
    assert!(log.contains("  done             <id>  "), "{log}");

    add_events(&desk, &[("role", "wizard".into())]);
    let log = desk.stopgap("log --limit 1");
    assert_eq!(
        masked(&log.stderr),
        "There are more: pass --before <id>\n\
         warning: one event was changed in the store, and cannot be read\n"
    );
    let row = masked(log.stdout.lines().nth(1).unwrap());
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(
        words[..13].join(" "),
        "<time> - log.damaged - - - a row of events cannot be read:"
    );

    let other = [("kind", "".into()), ("count", (-1_i64).into())];
    add_events(&desk, &other);
    let log = desk.stopgap("log --json");
    assert_eq!(
        log.stderr,
        "warning: 3 events were changed in the store, and cannot be read\n"
    );
    let log: serde_json::Value = serde_json::from_str(&log.stdout).unwrap();
    let events = log["events"].as_array().unwrap();
    let with = |field: &str, value: serde_json::Value| {
        events.iter().filter(|event| event[field] == value).count()
    };
    assert_eq!(with("kind", "log.damaged".into()), 3);
    assert_eq!(with("count", 12.into()), 1);
    assert_eq!(with("count", 1.into()), events.len() - 1);
}

#[test]
fn the_retention_is_shown_and_set() {
    let desk = Desk::ready();
    desk.stopgap("log retention")
        .done("A purge must keep events for 90 days.\n");
    desk.stopgap("purge --events 89").failed(
        2,
        "events must be kept for 90 days: pass --events 90 or more, or lower the number by \
         \"stopgap log retention\"",
    );
    assert_eq!(desk.stopgap("purge --events 90 --yes").status, 0);
    let administrator = "--as dana --role administrator";
    desk.stopgap(&format!("log retention 500 {administrator}"))
        .done("A purge must keep events for 500 days.\n");
    let said = desk.stopgap("purge --json --yes");
    assert_eq!(said.status, 2);
    assert!(
        said.stdout.contains("\"reason\":\"log_retention\""),
        "{said:?}"
    );
    desk.stopgap(&format!("log retention 499 {administrator}"))
        .refused("refused: administrator may not lower the retention of the audit log");
    desk.stopgap("log retention 501 --role help_desk")
        .refused("refused: help_desk may not delete old records");
    desk.stopgap("log retention --role help_desk")
        .refused("refused: help_desk may not read the audit log");
    desk.stopgap("log retention 1 --json")
        .done("{\"outcome\":\"done\",\"days\":1}\n");
    desk.stopgap("log retention")
        .done("A purge must keep events for one day.\n");
    for words in [
        "log retention -1",
        "log retention 1d",
        "log --limit 1 retention",
    ] {
        assert_eq!(desk.stopgap(words).status, 2, "{words}");
    }
}
