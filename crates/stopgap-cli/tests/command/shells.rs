//! The scripts for completion in real shells.

use std::{path::Path, process::Command};

use rexpect::session::{PtySession, spawn_command};

use super::{
    completion::{HOSTILE, desk},
    desk::Desk,
};

/// Starts a shell on a terminal with the folder of the command first in its path.
fn shell(desk: &Desk, program: &str, words: &[&str]) -> PtySession {
    let stopgap = desk.command("");
    let folder = Path::new(stopgap.get_program()).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command
        .args(words)
        .current_dir(desk.path(""))
        .env_clear()
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("HOME", desk.path(""))
        .env("TERM", "dumb")
        .env("LC_ALL", "C")
        .env("PS1", "> ")
        .env("INPUTRC", "/dev/null");
    spawn_command(command, Some(20_000)).unwrap()
}

/// Returns `true` if a shell is installed. Otherwise prints a message.
fn is_there(program: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    if !is_there {
        eprintln!("skipped: there is no {program}");
    }
    is_there
}

/// A function in place of the command, which shows its last word. Only the completion asks the
/// program.
const FUNCTION: &str = "stopgap() { [[ $1 == -- ]] && { command stopgap \"$@\"; return; }; \
    printf 'LAST''=<%s>\\n' \"${@: -1}\"; }";

/// Types words with a tab in a shell, and returns the last argument of the command that it runs:
/// a function, which shows it.
fn typed(shell: &mut PtySession, words: &str) -> String {
    shell.send_line(words).unwrap();
    shell.exp_string("LAST=<").unwrap();
    shell.exp_string(">").unwrap()
}

#[test]
fn bash_completes() {
    if !is_there("bash") {
        return;
    }
    let desk = desk();
    let mut bash = shell(&desk, "bash", &["--norc", "--noprofile", "-i"]);
    bash.send_line("eval \"$(stopgap completions bash)\"")
        .unwrap();
    bash.send_line(FUNCTION).unwrap();
    bash.send_line("echo rea''dy").unwrap();
    bash.exp_string("ready").unwrap();
    for (words, last) in [
        ("stopgap online list ali\t", "alice"),
        ("stopgap online list bob@ex\t", "bob@example.com"),
        ("stopgap online list --user=ali\t", "--user=alice"),
        (
            "stopgap online issue --zone=Europe/Berl\t",
            "--zone=Europe/Berlin",
        ),
        (
            "stopgap online issue --zone 'Europe/Berl\t",
            "Europe/Berlin",
        ),
        ("stopgap online issue --pre\t", "--preset"),
        ("stopgap machine retire alice LAP\t", "LAPTOP-17"),
        ("stopgap online list dana\t", "dana scully"),
        ("stopgap online list \\$\t", HOSTILE),
        ("stopgap agent redeem 17\t", "17.enrolment"),
        ("stopgap --tenant acme online list z\t", "zoe"),
    ] {
        assert_eq!(typed(&mut bash, words), last, "{words}");
    }
    // An interactive shell ignores the signal to end.
    bash.send_line("exit").unwrap();
    bash.exp_eof().unwrap();
    assert!(!desk.path("ran").exists());
}

/// The function that Bash calls, without a terminal.
#[test]
fn bash_gets_an_array_of_words() {
    if !is_there("bash") {
        return;
    }
    let desk = desk();
    let script = r#"
        eval "$(stopgap completions bash)"
        COMP_LINE='stopgap online list --user=al --json' COMP_POINT=29 COMP_TYPE=9
        COMP_WORDS=(stopgap online list --user = al --json) COMP_CWORD=5
        _stopgap stopgap al =
        printf '%s|' "${COMPREPLY[@]}"
    "#;
    let mut bash = shell(&desk, "bash", &["--norc", "--noprofile", "-c", script]);
    assert_eq!(bash.exp_eof().unwrap().trim(), "alan|alice|");
}

#[test]
fn fish_completes() {
    if !is_there("fish") {
        return;
    }
    let desk = desk();
    let script = "stopgap completions fish | source; complete -C 'stopgap online list ali'; \
                  complete -C 'stopgap --tenant acme online list '";
    let mut fish = shell(&desk, "fish", &["--no-config", "-c", script]);
    let shown = fish.exp_eof().unwrap();
    assert_eq!(
        shown.split_whitespace().collect::<Vec<_>>(),
        ["alice", "zoe"],
        "{shown}"
    );
}

#[test]
fn zsh_completes() {
    if !is_there("zsh") {
        return;
    }
    let desk = desk();
    let mut zsh = shell(&desk, "zsh", &["-f", "-i"]);
    zsh.send_line("autoload -U compinit; compinit -u -D; eval \"$(stopgap completions zsh)\"")
        .unwrap();
    zsh.send_line(FUNCTION).unwrap();
    zsh.send_line("echo rea''dy").unwrap();
    zsh.exp_string("ready").unwrap();
    for (words, last) in [
        ("stopgap online list ali\t", "alice"),
        ("stopgap online list dana\t", "dana scully"),
        ("stopgap --tenant acme online list z\t", "zoe"),
    ] {
        assert_eq!(typed(&mut zsh, words), last, "{words}");
    }
    // An interactive shell ignores the signal to end.
    zsh.send_line("exit").unwrap();
    zsh.exp_eof().unwrap();
}
