//! Lists on a terminal: their widths, and the pager.

use super::{
    desk::{Desk, masked},
    terminal::on_terminal_in,
};

const NARROW: &str = "-echo cols 80 rows 24";
const NO_PAGER: &[(&str, &str)] = &[("STOPGAP_PAGER", "")];

/// Returns the output of a command on a terminal, without escape sequences.
pub fn lines(desk: &Desk, words: &str, modes: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let mut terminal = on_terminal_in(desk, words, false, modes, environment);
    // Each byte came as a character.
    let text = terminal.exp_eof().unwrap();
    let bytes = text
        .chars()
        .map(|byte| u8::try_from(u32::from(byte)).unwrap());
    let text = String::from_utf8(bytes.collect()).unwrap();
    text.lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn width(line: &str) -> usize {
    line.chars().count()
}

/// Writes a file of this number of users.
fn write_people(desk: &Desk, number: usize) {
    let users = (0..number).map(|number| format!("user-{number}@example.com"));
    let users: Vec<String> = std::iter::once("user".to_owned()).chain(users).collect();
    desk.write("people.csv", users.join("\n"));
}

/// Creates records with long texts in every list.
fn filled() -> Desk {
    let desk = Desk::ready();
    for user in ["alice", "bob.with.a.long.name@department.example.com"] {
        desk.line(&format!("online issue {user} --valid 7d"));
        desk.line(&format!(
            "security create --same-as {user} --scope reports.read.everywhere --scope a \
             --description 'a report for the whole company, every night at two'"
        ));
        desk.stopgap(&format!("machine enrol {user} LAPTOP --out {user}"));
        desk.hears("0000-0000-0000", &format!("online verify {user}"));
    }
    desk.stopgap("preset set lost-token --valid 1mo --check-symbol");
    desk
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let desk = filled();
    let lists = [
        ("online list", "ID        STATE   USER  "),
        ("security list", "ID        STATE   ACCESS  "),
        ("machine list", "STATE     USER  "),
        ("throttle list", "USER  "),
        ("preset list", "NAME  "),
        ("key list", "KEY  STATE  "),
        ("log", "WHEN  "),
    ];
    for (list, head) in lists {
        for columns in [80, 120] {
            let modes = format!("-echo cols {columns} rows 24");
            let lines = lines(&desk, list, &modes, NO_PAGER);
            for line in &lines {
                assert!(width(line) <= columns, "{list} at {columns}: {line}");
            }
            let shown = lines.join("\n");
            let head = head.trim_end();
            assert!(lines[0].starts_with(head), "{list} at {columns}:\n{shown}");
        }
    }
    let online = lines(&desk, "online list", NARROW, NO_PAGER);
    assert_eq!(
        online[0].split_whitespace().collect::<Vec<_>>(),
        [
            "ID", "STATE", "USER", "USES", "PURPOSES", "ISSUED", "EXPIRES"
        ]
    );
    assert!(online[1].contains("active  alice ") && online[1].ends_with("in 7 days"));
    assert!(
        online[2].contains("  bob.with.a.") && online[2].contains("…  "),
        "{online:?}"
    );
    // On a very narrow one some columns are left out, but never these.
    let narrow = lines(&desk, "online list", "-echo cols 44 rows 24", NO_PAGER);
    assert_eq!(
        narrow[0].split_whitespace().collect::<Vec<_>>(),
        ["ID", "STATE", "USER", "EXPIRES"]
    );
}

#[test]
fn a_terminal_gets_short_ids_and_relative_times() {
    let desk = Desk::ready();
    desk.line("online issue alice --valid 7d");
    let id = desk.stopgap("online list --columns id").stdout;
    let id = id.lines().nth(1).unwrap();
    let listed = lines(
        &desk,
        "online list --columns id,issued,expires",
        NARROW,
        NO_PAGER,
    );
    let words: Vec<&str> = listed[1].split_whitespace().collect();
    assert_eq!(words[0], &id[28..]);
    assert!(listed[1].ends_with("  in 7 days"), "{listed:?}");
    let said = desk.stopgap(&format!("online show {}", words[0]));
    assert!(said.stdout.contains("user        alice"), "{}", said.stdout);

    let wide = lines(&desk, "online list --wide", NARROW, NO_PAGER);
    assert_eq!(
        masked(&wide[1]),
        "<id>  active  alice  any   reset, register, bypass  <time> (now)  <time> (in 7 days)"
    );
}

#[test]
fn a_hundred_events_are_a_hundred_lines() {
    let desk = Desk::ready();
    write_people(&desk, 120);
    desk.stopgap("online issue --from people.csv --out codes.csv");
    let log = lines(&desk, "log --no-pager", NARROW, NO_PAGER);
    // The head, 100 events, and the note that there are more.
    assert_eq!(log.len(), 102, "{log:?}");
    assert_eq!(masked(&log[101]), "There are more: pass --before <id>");
    for line in &log {
        assert!(width(line) <= 80, "{line}");
    }
    assert!(log[1].contains("  online.issue  user-"), "{}", log[1]);
}

#[test]
fn a_long_list_goes_through_a_pager() {
    let desk = Desk::ready();
    for _ in 0..8 {
        desk.line("online issue alice");
    }
    let short = "-echo cols 80 rows 9";
    let paged = |words: &str, modes: &str, environment: &[(&str, &str)]| {
        let mut terminal = on_terminal_in(&desk, words, true, modes, environment);
        terminal.exp_eof().unwrap()
    };
    let marks = &[("STOPGAP_PAGER", "sed 's/^/page: /'")];
    let text = paged("online list", short, marks);
    assert_eq!(text.matches("page: ").count(), 9, "{text}");
    // Styles survive.
    assert!(text.starts_with("page: \x1b[4mID"), "{text:?}");
    let text = paged("online list", short, &[("PAGER", "sed 's/^/page: /'")]);
    assert_eq!(text.matches("page: ").count(), 9, "{text}");
    let both = &[("STOPGAP_PAGER", "cat"), ("PAGER", "sed 's/^/page: /'")];
    assert!(!paged("online list", short, both).contains("page: "));
    let plain = &[marks[0], ("NO_COLOR", "1")];
    assert!(paged("online list", short, plain).starts_with("page: ID"));
    let less = &[("STOPGAP_PAGER", "sh -c 'echo \"LESS is $LESS\"; cat'")];
    assert!(paged("online list", short, less).starts_with("LESS is FRX\r\n"));
    let own = &[less[0], ("LESS", "S")];
    assert!(paged("online list", short, own).starts_with("LESS is S\r\n"));

    for (words, modes) in [
        ("online list --no-pager", short),
        ("online list --json", short),
        ("online list --limit 5", short),
        ("online list", "-echo cols 80 rows 10"),
        ("online list", "-echo"),
    ] {
        let text = paged(words, modes, marks);
        assert!(!text.contains("page: "), "{words} {modes}: {text}");
    }
}

#[test]
fn a_pager_that_is_missing_or_left_is_no_error() {
    let desk = Desk::ready();
    for _ in 0..8 {
        desk.line("online issue alice");
    }
    let modes = "-echo cols 80 rows 9";
    let missing = &[("STOPGAP_PAGER", "/there/is/no/pager -x")];
    assert_eq!(lines(&desk, "online list", modes, missing).len(), 9);
    // Not all of the text fits into the pipe.
    write_people(&desk, 3_000);
    desk.stopgap("online issue --from people.csv --out codes.csv");
    let first = &[("STOPGAP_PAGER", "head -n 1")];
    let words = "online list --limit 5000";
    let mut terminal = on_terminal_in(&desk, words, false, modes, first);
    let text = terminal.exp_eof().unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    let status = terminal.process().wait().unwrap();
    assert!(format!("{status:?}").contains("Exited"), "{status:?}");
    assert!(format!("{status:?}").ends_with(", 0)"), "{status:?}");
}
