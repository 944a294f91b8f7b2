//! The command on a terminal.

use std::{os::unix::process::CommandExt, process::Command};

use rexpect::session::{PtySession, spawn_command};

use super::desk::{Desk, masked};

/// Starts a program on its own terminal. Ctrl-C ends it, even if the parent of these
/// tests ignores Ctrl-C. Programs inherit that, for example from a shell that started the
/// tests in the background.
fn start(mut command: Command) -> PtySession {
    let heed_interrupts = || {
        // SAFETY: POSIX allows `signal` between fork and exec.
        unsafe { libc::signal(libc::SIGINT, libc::SIG_DFL) };
        Ok(())
    };
    // SAFETY: the closure calls one function, which is safe there.
    unsafe { command.pre_exec(heed_interrupts) };
    spawn_command(command, Some(10_000)).unwrap()
}

/// Starts a command on a terminal that echoes input, as terminals do.
fn on_terminal(desk: &Desk, words: &str, color: bool) -> PtySession {
    on_terminal_of(desk, words, color, "echo")
}

/// Starts a command on a terminal with these modes of `stty`.
fn on_terminal_of(desk: &Desk, words: &str, color: bool, modes: &str) -> PtySession {
    on_terminal_in(desk, words, color, modes, &[("STOPGAP_PAGER", "")])
}

/// Starts a command on a terminal with these modes of `stty`, in this environment.
pub fn on_terminal_in(
    desk: &Desk,
    words: &str,
    color: bool,
    modes: &str,
    environment: &[(&str, &str)],
) -> PtySession {
    let stopgap = desk.command(words);
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("stty {modes}; exec \"$0\" \"$@\"")])
        .arg(stopgap.get_program())
        .args(stopgap.get_args())
        .current_dir(desk.path(""))
        .env("TERM", "xterm")
        .env("LC_ALL", "C")
        .env_remove("STOPGAP_LANG")
        .env_remove("LESS")
        .env_remove("PAGER")
        .env_remove("STOPGAP_PAGER")
        .env_remove("CLICOLOR")
        .env_remove("NO_COLOR")
        .envs(environment.iter().copied());
    if !color {
        command.env("NO_COLOR", "1");
    }
    start(command)
}

/// Returns the output of a command on a terminal.
fn shown(desk: &Desk, words: &str, color: bool) -> String {
    on_terminal(desk, words, color).exp_eof().unwrap()
}

#[test]
fn a_code_is_shown_big_and_in_words() {
    let desk = Desk::ready();
    let text = shown(&desk, "online issue alice --valid 7d --max-uses 1", true);
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "");
    assert!(
        lines[1].starts_with("    \x1b[1m") && lines[1].ends_with("\x1b[0m"),
        "{text}"
    );
    assert_eq!(lines[2].matches(", ").count(), 2, "{text}");
    assert_eq!(lines[2].split(' ').count(), 4 + 12, "{text}");
    assert_eq!(lines[3], "");
    assert!(lines[4].starts_with("For alice, to reset, register, bypass, once, until "));
    assert!(lines[4].ends_with(" (in 7 days)."), "{text}");

    let plain = shown(&desk, "online issue alice", false);
    assert!(!plain.contains('\x1b'), "{plain}");
}

/// Checks that the line after a code has its symbols in the words of DIN 5009.
#[track_caller]
fn is_spelled_in_german(text: &str) {
    let words = "Null Eins Zwei Drei Vier Fünf Sechs Sieben Acht Neun Aachen Berlin Chemnitz \
        Düsseldorf Essen Frankfurt Goslar Hamburg Ingelheim Jena Köln Leipzig München Nürnberg \
        Offenbach Potsdam Quickborn Rostock Salzwedel Tübingen Unna Völklingen Wuppertal Xanten \
        Ypsilon Zwickau";
    let words: Vec<&str> = words.split_whitespace().collect();
    // rexpect takes each byte for a character.
    let bytes = text.chars().map(|byte| u8::try_from(byte).unwrap());
    let text = String::from_utf8(bytes.collect()).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    let symbols = lines[1].trim().chars().filter(|symbol| *symbol != '-');
    let expected: Vec<&str> = symbols
        .map(|symbol| words[symbol.to_digit(36).unwrap() as usize])
        .collect();
    assert!(expected.len() >= 8, "{text}");
    assert_eq!(lines[2].trim().replace(", ", " "), expected.join(" "));
}

#[test]
fn a_code_is_spelled_in_the_language_of_the_reader() {
    let desk = Desk::ready();
    let issued = shown(&desk, "online issue alice --lang de", false);
    is_spelled_in_german(&issued);
    // The other lines are for the operator.
    assert!(issued.contains("\r\nFor alice, to reset"), "{issued}");
    desk.line("machine enrol alice LAPTOP-17 --out laptop.enrolment");
    let request = "agent request laptop.enrolment --lang de";
    is_spelled_in_german(&shown(&desk, request, false));
    let watched = format!("{request} --watch");
    let mut terminal = on_terminal(&desk, &watched, false);
    let drawn = terminal.exp_string("Read it to the help desk.").unwrap();
    terminal.send_control('c').unwrap();
    is_spelled_in_german(&drawn);
}

#[test]
fn ended_codes_are_dim() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    assert!(!shown(&desk, "online list", true).contains("\x1b[2m"));
    desk.stopgap("online revoke alice");
    let dim = shown(&desk, "online list", true);
    let row = dim.lines().nth(1).unwrap();
    assert!(
        row.starts_with("\x1b[2m") && row.contains("  revoked  "),
        "{dim}"
    );
    assert!(!shown(&desk, "online list", false).contains('\x1b'));
    assert!(shown(&desk, "online list nobody", true).starts_with("There is nothing to list."));
}

#[test]
fn a_typed_code_is_not_echoed() {
    let desk = Desk::ready();
    let code = desk.line("online issue alice");
    let mut terminal = on_terminal(&desk, "online verify alice", true);
    terminal.exp_string("Code: ").unwrap();
    // The command switches echo off a moment after it shows the prompt.
    std::thread::sleep(std::time::Duration::from_millis(500));
    terminal.send_line(&code).unwrap();
    let rest = terminal.exp_eof().unwrap();
    assert!(!rest.contains(&code), "{rest}");
    assert!(rest.contains("Granted: bypass for alice"), "{rest}");
}

#[test]
fn a_code_that_unlocks_a_machine_is_not_echoed() {
    let desk = Desk::ready();
    desk.stopgap("machine enrol alice LAPTOP-17 --out 17.enrolment");
    let code = desk.line("online issue alice");
    let mut terminal = on_terminal(&desk, "agent unlock 17.enrolment", true);
    terminal.exp_string("Code: ").unwrap();
    // The command switches echo off a moment after it shows the prompt.
    std::thread::sleep(std::time::Duration::from_millis(500));
    terminal.send_line(&code).unwrap();
    let rest = terminal.exp_eof().unwrap();
    assert!(!rest.contains(&code), "{rest}");
    assert!(
        rest.contains("The password-only lock is active until "),
        "{rest}"
    );
}

#[test]
fn a_rotation_names_both_codes() {
    let desk = Desk::ready();
    desk.line("security create --same-as bob --scope a --permanent");
    let list = desk.stopgap("security list").stdout;
    let id = &list.lines().nth(1).unwrap()[..36];
    let text = shown(&desk, &format!("security rotate {id}"), false);
    assert!(
        text.contains(&format!("\r\nIt replaces {id}, active until ")),
        "{text}"
    );
    assert_eq!(
        masked(&text.replace("\r\n", "\n")),
        "\n    <code>\n\n\
         <id>: a code (same as bob; scopes a), permanent. It is not shown again.\n\
         It replaces <id>, active until <time> (in 24 hours).\n"
    );
}

/// Ctrl-C and Ctrl-D end the command, and the terminal echoes again.
#[test]
fn a_prompt_can_be_left() {
    let desk = Desk::ready();
    for (key, told) in [('c', "exits with 130"), ('d', "exits with 2")] {
        let stopgap = desk.command("online verify alice");
        let mut command = Command::new("sh");
        command
            .args(["-c", "stty echo; \"$@\"; echo exits with $?; stty -a", "sh"])
            .arg(stopgap.get_program())
            .args(stopgap.get_args())
            .current_dir(desk.path(""));
        let mut terminal = start(command);
        terminal.exp_string("Code: ").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
        terminal.send_control(key).unwrap();
        terminal.exp_string(told).unwrap();
        let modes = terminal.exp_eof().unwrap();
        assert!(
            modes.contains(" echo ") && !modes.contains("-echo "),
            "{modes}"
        );
        assert!(
            modes.contains(" icanon") && !modes.contains("-icanon"),
            "{modes}"
        );
    }
}

/// A signal at the prompt ends the command, and the terminal echoes again.
#[test]
fn a_signal_at_a_prompt_gives_the_terminal_back() {
    let desk = Desk::ready();
    for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGINT] {
        let stopgap = desk.command("online verify alice");
        let mut command = Command::new("sh");
        let inner = "ulimit -c 0; echo process $$.; exec \"$0\" \"$@\"";
        let script = "stty echo; inner=$1; shift; sh -c \"$inner\" \"$@\"; \
                      echo exits with $?.; stty -a";
        command
            .args(["-c", script, "sh", inner])
            .arg(stopgap.get_program())
            .args(stopgap.get_args())
            .current_dir(desk.path(""));
        let mut terminal = start(command);
        terminal.exp_string("process ").unwrap();
        let process: i32 = terminal.exp_string(".").unwrap().parse().unwrap();
        terminal.exp_string("Code: ").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
        // SAFETY: the process waits for a code, so the number is its own.
        assert_eq!(unsafe { libc::kill(process, signal) }, 0);
        terminal
            .exp_string(&format!("exits with {}.", 128 + signal))
            .unwrap();
        let modes = terminal.exp_eof().unwrap();
        for mode in ["echo", "icanon", "isig"] {
            let mut words = modes.split_whitespace();
            assert!(words.any(|word| word == mode), "{signal}: {modes}");
        }
    }
}

#[test]
fn a_change_of_a_preset_must_be_confirmed() {
    let desk = Desk::ready();
    desk.stopgap("preset set lost-token --valid 7d");
    let set = |answer: &str| {
        let mut terminal = on_terminal(&desk, "preset set lost-token --valid 8d", false);
        // rexpect reads bytes, so it does not find the arrow.
        terminal
            .exp_string("Change the preset lost-token (valid: 7d ")
            .unwrap();
        terminal.exp_string(" 8d)? [y/N] ").unwrap();
        terminal.send_line(answer).unwrap();
        terminal.exp_eof().unwrap()
    };
    assert!(set("n").contains("The preset lost-token is not changed."));
    assert!(desk.stopgap("preset list").stdout.contains("  7d  "));
    assert!(set("y").contains("Changed the preset lost-token (valid: 7d "));
    assert!(desk.stopgap("preset list").stdout.contains("  8d  "));
}

#[test]
fn a_deletion_must_be_confirmed() {
    let desk = Desk::ready();
    desk.line("security create --super-administrator --unlimited-scope --description nightly");
    let list = desk.stopgap("security list").stdout;
    let id = &list.lines().nth(1).unwrap()[..36];
    let delete = |answer: &str| {
        let mut terminal = on_terminal(&desk, &format!("security delete {id}"), true);
        let question = terminal.exp_string("? [y/N] ").unwrap();
        assert!(
            question
                .starts_with("Delete \"nightly\" (super_administrator; unlimited), active until ")
        );
        terminal.send_line(answer).unwrap();
        terminal.exp_eof().unwrap()
    };
    assert!(delete("").contains("Nothing is deleted."));
    assert!(delete("n").contains("Nothing is deleted."));
    assert!(delete("yes").contains("Deleted \"nightly\""));
}

#[test]
fn retiring_a_compromised_key_must_be_confirmed() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    desk.stopgap("key add");
    let question = "Retire key 1, and end all codes, security codes, enrolments and presets of \
                    the tenant default that were made with it? [y/N] ";
    let retire = |answer: &str| {
        let mut terminal = on_terminal(&desk, "key retire 1 --compromised", true);
        terminal.exp_string(question).unwrap();
        terminal.send_line(answer).unwrap();
        terminal.exp_eof().unwrap()
    };
    let kept = retire("n");
    assert!(
        kept.contains("Key 1 is not retired; nothing was ended."),
        "{kept}"
    );
    assert!(desk.stopgap("key list").stdout.contains("1    verifies"));
    let ended = retire("y");
    assert!(
        ended.contains("This ended one record of the tenant default."),
        "{ended}"
    );
    // The command does not ask if it must refuse in any case.
    let primary = shown(&desk, "key retire 2 --compromised", false);
    assert_eq!(
        primary,
        "refused: key 2 is the primary key; add another key first\r\n"
    );
}

#[test]
fn a_watch_shows_one_code_after_another() {
    let desk = Desk::ready();
    desk.stopgap("machine enrol alice LAPTOP-17 --out 17.enrolment");
    let mut terminal = on_terminal(&desk, "agent request 17.enrolment --watch", true);
    for _ in 0..2 {
        terminal.exp_string("Another one in ").unwrap();
        terminal.exp_string(" s; Ctrl-C ends this.").unwrap();
        terminal.exp_string("\x1b[5A").unwrap();
    }
    terminal.send_control('c').unwrap();
    terminal.exp_eof().unwrap();
}

/// Lines that are wider than the terminal do not move the display down.
#[test]
fn a_narrow_watch_stays_in_its_place() {
    let desk = Desk::ready();
    desk.stopgap("machine enrol alice LAPTOP-17 --out 17.enrolment");
    let words = "agent request 17.enrolment --watch";
    let mut terminal = on_terminal_of(&desk, words, false, "echo cols 40 rows 24");
    let mut text = terminal.exp_string("Ctrl-C ends this.").unwrap();
    text.push_str("Ctrl-C ends this.");
    let rows = |line: &str| line.len().div_ceil(40).max(1);
    let rows: usize = text.split("\r\n").map(rows).sum();
    assert!(rows > 5, "{text}");
    terminal
        .exp_string(&format!("\x1b[{rows}A\r\x1b[J"))
        .unwrap();
    terminal.send_control('c').unwrap();
    terminal.exp_eof().unwrap();
}
