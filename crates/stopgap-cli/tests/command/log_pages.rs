//! `stopgap log`: filters, pages, CSV and columns.

use std::collections::BTreeSet;

use serde_json::Value;
use stopgap::{Name, RecordId};
use stopgap_registry::{
    Sqlite,
    store::{Query, Row, Selection, Store, Table},
};

use super::{
    desk::{Desk, masked, now},
    pages::lines,
};

/// Returns the events of a log, as JSON shows them.
fn events(desk: &Desk, words: &str) -> Vec<Value> {
    let said = desk.stopgap(&format!("log {words} --json"));
    assert_eq!(said.status, 0, "{words}: {}", said.stderr);
    let page: Value = serde_json::from_str(&said.stdout).unwrap();
    page["events"].as_array().unwrap().clone()
}

/// Returns kind and user of the events of a log, oldest first.
fn kinds(desk: &Desk, words: &str) -> Vec<String> {
    let event = |event: &Value| {
        let user = event["user"].as_str().unwrap_or("-");
        format!("{} {user}", event["kind"].as_str().unwrap())
    };
    events(desk, words).iter().rev().map(event).collect()
}

/// Issues and verifies codes. Returns the id of the code of alice.
fn day(desk: &Desk) -> String {
    let said = desk.stopgap("online issue alice --as dana --ticket INC-4711 --json");
    let issued: Value = serde_json::from_str(&said.stdout).unwrap();
    desk.line("online issue bob --reason '=lost, phone'");
    desk.hears("0000-0000-0000", "online verify bob");
    desk.stopgap("online issue carol --role user");
    desk.stopgap("online revoke alice");
    issued["record"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn events_are_filtered() {
    let desk = Desk::ready();
    let id = day(&desk);
    let of = |words: &str| kinds(&desk, words);
    let issued = ["online.issue alice"];
    assert_eq!(of("--actor dana"), issued);
    assert_eq!(of("--actor bob"), ["online.verify bob"]);
    assert_eq!(of("--actor erin"), [""; 0]);
    assert_eq!(of("--user alice"), [issued[0], "online.revoke alice"]);
    let all = [issued[0], "online.issue bob", "online.issue carol"];
    assert_eq!(of("--kind online.issue"), all);
    let refused = ["online.verify bob", "online.issue carol"];
    assert_eq!(of("--outcome refused"), refused);
    assert_eq!(of("--outcome unknown"), refused[..1]);
    assert_eq!(of("--outcome done --kind online.issue"), all[..2]);
    assert_eq!(of("--outcome used-up"), [""; 0]);
    let about = [issued[0], "online.revoke alice"];
    for id in [&id, &id[28..], &id[28..34], &id[..30]] {
        assert_eq!(of(&format!("--id {id}")), about, "{id}");
    }
    let event = &events(&desk, "--actor dana")[0]["id"];
    let event = event.as_str().unwrap();
    assert_eq!(of(&format!("--id {event}")), issued);
    assert_eq!(
        of(&format!(
            "--id {id} --user alice --kind online.revoke --outcome done --since 1h"
        )),
        about[1..]
    );
    assert_eq!(of(&format!("--id {id} --outcome refused")), [""; 0]);
    assert_eq!(of("--actor dana --until tomorrow --since 1d"), issued);
    assert_eq!(of("--actor dana --until 1h"), [""; 0]);
    let at = events(&desk, "--actor dana")[0]["at"].clone();
    let at = at.as_str().unwrap();
    assert_eq!(of(&format!("--user alice --until {at}")), [""; 0]);
    assert_eq!(of(&format!("--actor dana --since {at}")), issued);
}

#[test]
fn wrong_filters_are_refused() {
    let desk = Desk::ready();
    for (words, error) in [
        ("--kind online", "online.issue, online.verify, "),
        (
            "--outcome 'not done'",
            "an outcome is done, refused, or one reason",
        ),
        ("--id 12", "at least its first 4 symbols"),
        ("--before 12", "an id looks like "),
        ("--since soon", "a time is written "),
        ("--until 1d --since 1h", "--until is not later than --since"),
        ("--csv --json", "--json cannot be used with --csv"),
        ("--csv --wide", "cannot be used with"),
        ("--no-formula-guard", "--csv"),
        ("--follow --until now", "cannot be used with"),
        ("--as dana", "unexpected argument '--as'"),
        ("--role user", "unexpected argument '--role'"),
    ] {
        let said = desk.stopgap(&format!("log {words}"));
        assert_eq!(said.status, 2, "{words}");
        assert!(said.stderr.contains(error), "{words}: {}", said.stderr);
    }
}

/// Adds copies of the newest event, of which each has the same time.
fn add_copies(desk: &Desk, number: usize) {
    let store = Sqlite::open(desk.path("stopgap.db"), now()).unwrap();
    let tenant = Name::new("default").unwrap();
    let query = Query {
        selections: vec![Selection::all(Table::Events).descending().limit(1)],
        ..Query::default()
    };
    let newest = store.load(&tenant, &query).unwrap().rows[0][0].clone();
    let first = *RecordId::first_at(now()).as_bytes();
    let rows = (1..=number).map(|number| {
        let mut id = first;
        id[15] = u8::try_from(number).unwrap();
        let mut row = newest.clone();
        row.set("id", RecordId::from_bytes(id));
        row
    });
    let rows: Vec<Row> = rows.collect();
    assert_eq!(store.keep(&tenant, &rows).unwrap(), rows.len());
}

#[test]
fn pages_have_each_event_once() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    add_copies(&desk, 11);
    for filter in ["", "--user alice", "--id 0000000"] {
        let all = events(&desk, &format!("{filter} --until now --limit 1000"));
        let mut seen = Vec::new();
        let mut before = format!("--before {}", RecordId::from_bytes([0xFF; 16]));
        for _ in 0..20 {
            let words = format!("log {filter} --until now --limit 3 {before} --json");
            let said = desk.stopgap(&words);
            let page: Value = serde_json::from_str(&said.stdout).unwrap();
            seen.extend(page["events"].as_array().unwrap().clone());
            let next = &page["next"];
            assert_eq!(page["more"], !next.is_null());
            assert_eq!(said.stderr, "");
            let Some(next) = next.as_str() else {
                break;
            };
            before = format!("--before {next}");
        }
        // Each page is an event, newer than its first one.
        let is_read = |event: &Value| event["kind"] == "log.read";
        let wanted: Vec<&Value> = all.iter().filter(|event| !is_read(event)).collect();
        let shown: Vec<&Value> = seen.iter().filter(|event| !is_read(event)).collect();
        assert!(wanted.len() >= 11, "{filter}");
        assert_eq!(shown, wanted, "{filter}");
        let ids: BTreeSet<String> = seen.iter().map(|event| event["id"].to_string()).collect();
        assert_eq!(ids.len(), seen.len(), "{filter}");
    }
    let said = desk.stopgap("log --until now --limit 3 --columns id");
    let last = said.stdout.lines().last().unwrap();
    assert_eq!(
        said.stderr,
        format!("There are more: pass --before {last}\n")
    );
    desk.stopgap("log --limit 0")
        .is(0, "", "There are more: pass a higher --limit.\n");
}

#[test]
fn csv_has_all_fields() {
    let desk = Desk::ready();
    day(&desk);
    let head = "id,at,actor,on_behalf_of,role,kind,count,user,subject,detail,reason,\
                source_address,request_id,context_reason,ticket\n";
    let root = events(&desk, "--actor dana")[0]["actor"].clone();
    let root = root.as_str().unwrap();
    desk.stopgap("log --csv --kind online.issue --outcome done")
        .done(&format!(
            "{head}\
             <id>,<time>,{root},,super_administrator,online.issue,1,bob,<id>,\
             \"reset, register, bypass, until <time>\",,,,\"'=lost, phone\",\n\
             <id>,<time>,{root},dana,super_administrator,online.issue,1,alice,<id>,\
             \"reset, register, bypass, until <time>\",,,,,INC-4711\n"
        ));
    let said = desk.stopgap("log --csv --user bob --no-formula-guard");
    assert!(
        said.stdout.contains(",\"=lost, phone\","),
        "{}",
        said.stdout
    );
    desk.stopgap("log --csv --user erin").done(head);

    // Times are those of events, in the zone of the machine or UTC.
    let event = &events(&desk, "--actor dana")[0];
    let at = |words: &str| {
        let said = desk.stopgap(&format!("log --csv --actor dana {words}"));
        let mut reader = csv::Reader::from_reader(said.stdout.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 1);
        rows[0][1].to_owned()
    };
    let here = at("");
    assert!(
        here.ends_with("+01:00") || here.ends_with("+02:00"),
        "{here}"
    );
    let utc = at("--utc");
    assert!(utc.ends_with('Z'), "{utc}");
    let instant = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!(instant(&here), instant(&utc));
    assert_eq!(instant(&utc), instant(event["at"].as_str().unwrap()));

    let said = desk.stopgap("log --csv --limit 1");
    assert_eq!(masked(&said.stderr), "There are more: pass --before <id>\n");
    // A control character is written as an escape, so that each event is one line.
    desk.line("online issue erin --reason 'two\nlines\u{1b}[2J'");
    let said = desk.stopgap("log --csv --user erin --kind online.issue");
    assert_eq!(said.stdout.lines().count(), 2, "{}", said.stdout);
    assert!(
        said.stdout.contains("two\\nlines\\u{1b}[2J"),
        "{}",
        said.stdout
    );
}

#[test]
fn times_are_shown_and_read_in_utc() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    let when = |words: &str| {
        let log = desk.stopgap(&format!("log --user alice --columns when {words}"));
        log.stdout.lines().last().unwrap().to_owned()
    };
    assert!(when("--utc").ends_with(" +00:00"), "{}", when("--utc"));
    assert!(!when("").ends_with(" +00:00"), "{}", when(""));
    // In Berlin, the clock that UTC shows in half an hour was there before.
    let later = now() + chrono::TimeDelta::try_minutes(30).unwrap();
    let since = later.format("--kind online.issue --since '%Y-%m-%d %H:%M'");
    assert_eq!(kinds(&desk, &format!("{since} --utc")), [""; 0]);
    assert_eq!(kinds(&desk, &since.to_string()), ["online.issue alice"]);

    let modes = "-echo cols 80 rows 24";
    let no_pager = &[("STOPGAP_PAGER", ""), ("TZ", "CET-1")];
    let log = lines(&desk, "log --user alice --utc", modes, no_pager);
    let (time, rest) = log.last().unwrap().split_once("  ").unwrap();
    assert!(time.len() == 20 && time.ends_with('Z'), "{log:?}");
    assert!(rest.contains("  online.issue  alice "), "{log:?}");
}

#[test]
fn reason_and_ticket_are_columns_of_a_wide_log() {
    let desk = Desk::ready();
    let head = |words: &str| {
        let said = desk.stopgap(&format!("log {words}"));
        let head = said.stdout.lines().next().unwrap().to_owned();
        head.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let seven = "WHEN ACTOR WHAT USER OUTCOME SUBJECT DETAIL";
    desk.line("online issue erin");
    assert_eq!(head("--wide"), format!("{seven} ID"));
    day(&desk);
    assert_eq!(head(""), seven);
    assert_eq!(head("--wide"), format!("{seven} REASON TICKET ID"));
    assert_eq!(head("--wide --user alice"), format!("{seven} TICKET ID"));
    assert_eq!(head("--wide --user erin"), format!("{seven} ID"));
    desk.stopgap("log --kind online.issue --outcome done --columns user,ticket,reason")
        .done(
            "USER   TICKET    REASON\n\
             bob    -         =lost, phone\n\
             alice  INC-4711  -\n\
             erin   -         -\n",
        );
    let said = desk.stopgap("log --actor dana --columns actor");
    let actor = said.stdout.lines().nth(1).unwrap();
    assert!(actor.ends_with(" for dana"), "{actor}");
}
