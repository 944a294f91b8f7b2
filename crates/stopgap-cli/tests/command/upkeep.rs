//! `stopgap log`, `throttle`, `clock` and `purge`.

use super::desk::Desk;

#[test]
fn the_log_tells_who_did_what() {
    let desk = Desk::new();
    let dana = "--actor dana --role help_desk";
    assert_eq!(
        desk.stopgap(&format!("{dana} online issue alice --purpose reset"))
            .status,
        0
    );
    desk.hears("0000-0000-0000", "online verify alice");
    desk.stopgap(&format!("{dana} log"))
        .refused("refused: help_desk may not read the audit log");
    let log = desk.stopgap("log --user alice --since 1d");
    let lines: Vec<String> = log.stdout.lines().map(super::desk::masked).collect();
    let narrow = |line: &String| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = lines.iter().map(narrow).collect();
    assert_eq!(lines[0], "WHEN ACTOR WHAT USER OUTCOME SUBJECT DETAIL");
    assert_eq!(
        lines[1],
        "<time> alice online.verify alice unknown - bypass"
    );
    assert!(lines[2].starts_with("<time> dana online.issue alice done <id> reset, until <time>"));
    assert_eq!(lines.len(), 3);

    let said = desk.stopgap("log --limit 1");
    assert_eq!(said.stdout.lines().count(), 2);
    assert_eq!(said.stderr, "There are more: pass a higher --limit.\n");
    desk.stopgap("log --since 2999-01-01").done("");
}

#[test]
fn a_lockout_is_shown_and_reset() {
    let desk = Desk::ready();
    desk.stopgap("throttle show alice")
        .done("alice: no failures; not locked out.\n");
    desk.hears("0000-0000-0000", "online verify alice");
    desk.stopgap("throttle show alice")
        .done("alice: one failure; not locked out.\n");
    for _ in 0..4 {
        desk.hears("0000-0000-0000", "online verify alice");
    }
    let said = desk.stopgap("throttle show alice").stdout;
    assert!(
        said.starts_with("alice: 5 failures; locked out until "),
        "{said}"
    );
    desk.stopgap("throttle reset alice --role help_desk")
        .refused("refused: help_desk may not unlock a user");
    desk.stopgap("throttle reset alice")
        .done("alice: no failures; not locked out.\n");
}

#[test]
fn the_clock_is_accepted_and_old_records_go() {
    let desk = Desk::ready();
    desk.stopgap("clock accept")
        .done("Accepted the clock: <time>.\n");
    desk.stopgap("purge --codes 0 --verifications 0 --events 0 --actor dana")
        .done("Deleted 0 codes, 0 security codes, 0 verifications and 2 events.\n");
}

/// At the hundredth failure a lockout has no end.
#[test]
fn a_lockout_without_an_end() {
    let desk = Desk::ready();
    let store =
        stopgap_registry::Sqlite::open(desk.path("stopgap.db"), super::desk::now()).unwrap();
    let throttle = stopgap::Throttle {
        failures: 100,
        locked_until: None,
    };
    let (tenant, alice) = ("default".parse().unwrap(), "alice".parse().unwrap());
    stopgap_registry::store::Store::write(&store, &tenant, &mut |rows| {
        rows.set_throttle(&alice, &throttle)
    })
    .unwrap();
    desk.stopgap("throttle show alice")
        .done("alice: 100 failures; locked out until an administrator unlocks.\n");
    desk.hears("0000-0000-0000", "online verify alice")
        .refused("Too many tries; ask an administrator to unlock.");
}
