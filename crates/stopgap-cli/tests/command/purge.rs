//! `stopgap purge`.

use super::{
    desk::{Desk, masked},
    terminal::on_terminal_in,
};

const ALL: &str = "--codes 0 --verifications 0 --events 0";

/// Creates a store with a code that has ended, and a log that may be deleted.
fn old() -> Desk {
    let desk = Desk::ready();
    desk.line("online issue alice");
    desk.stopgap("online revoke alice");
    desk.stopgap("log retention 0");
    desk
}

fn codes(desk: &Desk) -> usize {
    let list = desk.stopgap("online list alice").stdout;
    list.lines().skip(1).count()
}

/// Returns the kinds and details of the log, oldest first, without those that read it.
fn log(desk: &Desk) -> Vec<String> {
    let log = desk.stopgap("log --csv").stdout;
    let mut reader = csv::Reader::from_reader(log.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let shown = rows
        .iter()
        .rev()
        .filter(|row| !matches!(&row[5], "log.read" | "online.list"));
    shown
        .map(|row| format!("{} {}", &row[5], &row[9]))
        .collect()
}

#[test]
fn a_dry_run_counts_and_deletes_nothing() {
    let desk = old();
    desk.stopgap(&format!("purge {ALL} --dry-run"))
        .done("A purge would delete one code, no security codes, no verifications and 3 events.\n");
    desk.stopgap(&format!("purge {ALL} --dry-run --json")).done(
        "{\"outcome\":\"done\",\"dry_run\":true,\"deleted\":false,\"codes\":1,\
         \"security_codes\":0,\"verifications\":0,\"events\":4}\n",
    );
    assert_eq!(codes(&desk), 1);
    let log = log(&desk);
    assert_eq!(log.len(), 5, "{log:?}");
    for line in &log[3..] {
        let counted = "purge counted only: codes 0 days, verifications 0 days, events 0 days";
        assert_eq!(line, counted);
    }
    let young = desk.stopgap("purge --dry-run --events 400");
    young.done(
        "A purge would delete no codes, no security codes, no verifications and no events.\n",
    );
    desk.stopgap("log retention 90");
    let refused = desk.stopgap(&format!("purge {ALL} --dry-run"));
    assert_eq!(refused.status, 2);
    assert!(
        refused
            .stderr
            .starts_with("error: events must be kept for 90 days")
    );
    desk.stopgap("purge --dry-run --role help_desk")
        .refused("refused: help_desk may not delete old records");
    assert_eq!(desk.stopgap("purge --dry-run --yes").status, 2);
}

#[test]
fn a_purge_without_a_terminal_must_be_confirmed() {
    let desk = old();
    desk.stopgap(&format!("purge {ALL}"))
        .failed(2, "not a terminal: pass --yes to confirm");
    // A purge that has nothing to delete yet fails as well, so that cron shows it on the first day.
    desk.hears("y\n", "purge")
        .failed(2, "not a terminal: pass --yes to confirm");
    let said = desk.stopgap(&format!("purge {ALL} --json"));
    said.is(
        2,
        "{\"outcome\":\"error\",\"reason\":\"usage\",\
         \"message\":\"not a terminal: pass --yes to confirm\"}\n",
        "error: not a terminal: pass --yes to confirm\n",
    );
    assert_eq!(codes(&desk), 1);
    assert_eq!(log(&desk).len(), 6);
    let said = desk.stopgap(&format!("purge {ALL} --yes"));
    assert_eq!(said.status, 0, "{}", said.stderr);
    let deleted = "Deleted one code, no security codes, no verifications and ";
    assert!(said.stdout.starts_with(deleted), "{}", said.stdout);
    assert_eq!(codes(&desk), 0);
    desk.stopgap("purge --yes --json").done(
        "{\"outcome\":\"done\",\"dry_run\":false,\"deleted\":true,\"codes\":0,\
         \"security_codes\":0,\"verifications\":0,\"events\":0}\n",
    );
}

#[test]
fn a_purge_on_a_terminal_asks() {
    let desk = old();
    let start = |words: &str, columns: usize| {
        let modes = format!("-echo cols {columns} rows 24");
        on_terminal_in(&desk, &format!("purge {words}"), false, &modes, &[])
    };
    let answered = |answer: &str, columns: usize, json: &str| {
        let mut terminal = start(&format!("{ALL} {json}"), columns);
        let question = terminal.exp_string(" for good. Continue? [y/N] ").unwrap();
        assert!(
            question.starts_with("This deletes one code, no security codes, no verifications and "),
            "{question}"
        );
        terminal.send_line(answer).unwrap();
        terminal.exp_eof().unwrap()
    };
    assert_eq!(answered("n", 80, ""), "Nothing is deleted.\r\n");
    assert_eq!(answered("", 120, ""), "Nothing is deleted.\r\n");
    let declined = answered("n", 80, "--json");
    assert!(
        declined.contains("\"deleted\":false,\"codes\":1,"),
        "{declined}"
    );
    assert_eq!(codes(&desk), 1);
    let deleted = answered("yes", 80, "");
    assert!(
        deleted.starts_with("Deleted one code, no security codes, "),
        "{deleted}"
    );
    assert_eq!(codes(&desk), 0);
    // Nothing is asked if there is nothing to delete.
    let nothing = start("", 80).exp_eof().unwrap();
    assert_eq!(masked(&nothing), "There is nothing to delete.\r\n");
}
