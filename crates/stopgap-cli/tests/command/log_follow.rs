//! `stopgap log --follow`.

use std::{
    io::{BufRead, BufReader, Read},
    os::unix::process::{CommandExt, ExitStatusExt},
    process::{Child, ChildStdout},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use libc::SIGINT;
use serde_json::Value;

use super::{desk::Desk, terminal::on_terminal_in};

/// A command that follows the log, and its lines.
struct Follower {
    child: Child,
    lines: Receiver<String>,
}

impl Follower {
    fn start(desk: &Desk, words: &str) -> Self {
        let mut child = spawn(desk, words);
        let stdout: ChildStdout = child.stdout.take().unwrap();
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        Self { child, lines }
    }

    /// Returns the next line.
    fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    fn interrupt(&self) {
        let process = self.child.id().try_into().unwrap();
        // SAFETY: the child was not waited for, so the number is its own.
        assert_eq!(unsafe { libc::kill(process, SIGINT) }, 0);
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a command that heeds Ctrl-C, even if the parent of these tests ignores it.
fn spawn(desk: &Desk, words: &str) -> Child {
    let mut command = desk.command(words);
    let heed_interrupts = || {
        // SAFETY: POSIX allows `signal` between fork and exec.
        unsafe { libc::signal(SIGINT, libc::SIG_DFL) };
        Ok(())
    };
    // SAFETY: the closure calls one function, which is safe there.
    unsafe { command.pre_exec(heed_interrupts) };
    command.spawn().unwrap()
}

fn words(line: &str) -> String {
    // After the date, the time and the offset.
    let words: Vec<&str> = line.split_whitespace().skip(4).collect();
    words[..3].join(" ")
}

#[test]
fn new_events_are_shown_below_the_last_ones() {
    let desk = Desk::ready();
    for user in ["alice", "bob", "carol"] {
        desk.line(&format!("online issue {user}"));
    }
    let mut follower = Follower::start(&desk, "log --follow --limit 2");
    let head = follower.line();
    assert!(
        head.starts_with("WHEN  ") && head.ends_with("  DETAIL"),
        "{head}"
    );
    assert_eq!(words(&follower.line()), "online.issue bob done");
    assert_eq!(words(&follower.line()), "online.issue carol done");
    desk.line("online issue dave");
    assert_eq!(words(&follower.line()), "online.issue dave done");
    desk.hears("0000-0000-0000", "online verify erin");
    assert_eq!(words(&follower.line()), "online.verify erin unknown");
    // Ctrl-C ends it, and nothing else was shown.
    follower.interrupt();
    assert_eq!(follower.child.wait().unwrap().signal(), Some(SIGINT));
    assert!(
        follower
            .lines
            .recv_timeout(Duration::from_secs(60))
            .is_err()
    );
    // The command that follows is one event.
    let log = desk.stopgap("log --kind log.read --columns detail");
    assert_eq!(log.stdout, "DETAIL\nfollowed\n");
}

#[test]
fn filters_hold_for_new_events() {
    let desk = Desk::ready();
    let follower = Follower::start(
        &desk,
        "log -f --outcome refused --user bob --columns user,outcome",
    );
    assert_eq!(follower.line(), "USER      OUTCOME");
    for user in ["alice", "bob"] {
        desk.line(&format!("online issue {user}"));
        desk.hears("0000-0000-0000", &format!("online verify {user}"));
    }
    assert_eq!(follower.line(), "bob       unknown");
}

#[test]
fn events_are_json_lines() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    let follower = Follower::start(&desk, "log --follow --limit 1 --json");
    let event = || serde_json::from_str::<Value>(&follower.line()).unwrap();
    let alice = event();
    assert_eq!(
        (&alice["user"], &alice["kind"]),
        (&"alice".into(), &"online.issue".into())
    );
    assert!(alice.get("outcome").is_none());
    desk.line("online issue bob");
    assert_eq!(event()["user"], "bob");
}

#[test]
fn events_are_rows_of_csv() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    let follower = Follower::start(&desk, "log --follow --limit 0 --csv --utc");
    assert!(follower.line().starts_with("id,at,actor,"));
    desk.line("online issue bob --reason +1");
    let row = follower.line();
    assert!(row.contains(",online.issue,1,bob,"), "{row}");
    assert!(row.ends_with(",'+1,"), "{row}");
}

/// The reader leaves, and the command ends although nothing happens.
#[test]
fn a_closed_pipe_ends_it() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    for words in ["log -f", "log -f --json", "log -f --csv"] {
        let mut child = spawn(&desk, words);
        let mut stdout = child.stdout.take().unwrap();
        let mut first = [0];
        stdout.read_exact(&mut first).unwrap();
        drop(stdout);
        let status = (0..6_000).find_map(|_| {
            thread::sleep(Duration::from_millis(10));
            child.try_wait().unwrap()
        });
        let _ = child.kill();
        assert_eq!(status.and_then(|status| status.code()), Some(0), "{words}");
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        assert_eq!(stderr, "", "{words}");
    }
}

/// Returns the number of characters of a line, of which rexpect takes each byte for one.
fn width(line: &str) -> usize {
    let is_first = |byte: &char| !matches!(u32::from(*byte), 0x80..=0xBF);
    line.chars().filter(is_first).count()
}

#[test]
fn a_terminal_gets_one_line_for_each_event() {
    let desk = Desk::ready();
    for _ in 0..30 {
        desk.line("online issue alice@department.example.com --as dana");
    }
    for columns in [80, 120] {
        let modes = format!("-echo cols {columns} rows 9");
        // A pager would not end.
        let environment = &[("STOPGAP_PAGER", "sed 's/^/page: /'")];
        let mut terminal =
            on_terminal_in(&desk, "log --follow --limit 30", false, &modes, environment);
        let mut seen = String::new();
        for _ in 0..31 {
            let line = terminal.read_line().unwrap();
            assert!(width(&line) <= columns, "{columns}: {line}");
            seen.push_str(&line);
            seen.push('\n');
        }
        let row = seen.lines().nth(1).unwrap();
        // The time on the clock, without the offset.
        assert_eq!(row.find("  "), Some(19), "{row}");
        assert!(!seen.contains("page: "), "{seen}");
        desk.hears("0000-0000-0000", "online verify bob");
        let line = terminal.read_line().unwrap();
        assert!(line.contains("  online.verify  bob "), "{line}");
        assert!(width(&line) <= columns, "{columns}: {line}");
        terminal.send_control('c').unwrap();
        terminal.exp_eof().unwrap();
    }
}
