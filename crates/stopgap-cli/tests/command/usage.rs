//! Wrong usage, help and closed pipes.

use std::process::{Command, Stdio};

use super::desk::{Desk, Said};

/// Checks that each of these commands exits with 2 and its error, and makes nothing.
fn wrong(commands: &[(&str, &str)]) {
    let desk = Desk::new();
    for (words, error) in commands {
        let said = desk.stopgap(words);
        assert_eq!(said.status, 2, "{words}");
        assert_eq!(said.stdout.is_empty(), !words.contains("--json"), "{words}");
        assert!(said.stderr.starts_with(error), "{words}: {}", said.stderr);
    }
    assert!(desk.files().is_empty());
}

#[test]
fn wrong_usage_exits_with_2_and_makes_nothing() {
    wrong(&[
        (
            "",
            "Temporary access codes: issued, verified, answered offline, redeemed once",
        ),
        ("onlne", "error: unrecognized subcommand 'onlne'"),
        ("online", "Online codes: issue, verify, list, revoke"),
        (
            "online issue",
            "error: the following required arguments were not provided:",
        ),
        (
            "online issue --from people.csv",
            "error: the following required arguments were not provided:",
        ),
        (
            "online issue --out codes.csv",
            "error: the following required arguments were not provided:",
        ),
        (
            "online issue alice --from people.csv --out codes.csv",
            "error: the argument '[USER]' cannot be used with '--from <CSV>'",
        ),
        (
            "online issue alice --valid 32d",
            "error: invalid value '32d' for '--valid <TIME>': a validity has 1 to 31 days, not 32",
        ),
        (
            "online issue alice --valid 2mo",
            "error: invalid value '2mo' for '--valid <TIME>': a validity is 1 minute to 24 hours, \
             1 to 31 days, 1 to 4 weeks, or 1 month (1mo)",
        ),
        (
            "online issue alice --not-before soon",
            "error: invalid value 'soon' for '--not-before <T>': a time is written 7d, 12h or \
             2mo (from now), ",
        ),
        (
            "online issue alice --alphabet 0123456789abcdef",
            "error: invalid value '0123456789abcdef' for '--alphabet <SYMBOLS>': the symbol at \
             position 11 is a lower-case letter",
        ),
        (
            "online issue alice --purpose fly",
            "error: invalid value 'fly' for '--purpose <PURPOSE>'",
        ),
        (
            "online issue alice --length x",
            "error: invalid value 'x' for '--length <N>': invalid digit found in string",
        ),
        (
            "online issue ''",
            "error: invalid value '' for '[USER]': a name must not be empty",
        ),
        (
            "online verify alice --code 3F9A-77C2-01BE",
            "error: unexpected argument '--code' found",
        ),
        (
            "online issue alice --role boss",
            "error: invalid value 'boss' for '--role <ROLE>'",
        ),
        (
            "machine enrol alice LAPTOP-17",
            "error: the following required arguments were not provided:",
        ),
        (
            "agent request",
            "error: the following required arguments were not provided:",
        ),
        (
            "agent request x --watch --json",
            "error: the argument '--watch' cannot be used with '--json'",
        ),
        (
            "security create",
            "error: the following required arguments were not provided:",
        ),
        (
            "security create --super-administrator --same-as bob",
            "error: the argument '--super-administrator' cannot be used with '--same-as <USER>'",
        ),
        (
            "security edit 7 --expires 7d",
            "error: invalid value '7' for '<ID>': an id looks like",
        ),
    ]);
}

#[test]
fn wrong_usage_of_administration_exits_with_2_and_makes_nothing() {
    wrong(&[
        (
            "log --since soon",
            "error: invalid value 'soon' for '--since <T>': a time is written 7d, 12h or 2mo (ago), ",
        ),
        (
            "online revoke",
            "error: the following required arguments were not provided:",
        ),
        (
            "online revoke alice --id 019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11",
            "error: the argument '[USER]' cannot be used with '--id <ID>...'",
        ),
        (
            "online revoke --all --id 019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11",
            "error: the argument '--all' cannot be used with '--id <ID>...'",
        ),
        (
            "key retire 1 --yes",
            "error: the following required arguments were not provided:",
        ),
        (
            "--clock-tolerance 0 online list",
            "error: invalid value '0' for '--clock-tolerance <SECONDS>': a clock tolerance is a \
             number of seconds, 1 or more, or off",
        ),
        (
            "online list --clock-tolerance 2m",
            "error: invalid value '2m' for '--clock-tolerance <SECONDS>': a clock tolerance is",
        ),
        (
            "key retire one",
            "error: invalid value 'one' for '<ID>': invalid digit found in string",
        ),
    ]);
}

#[test]
fn no_command_takes_a_code_as_an_argument() {
    let desk = Desk::new();
    for words in [
        "online verify alice",
        "agent redeem FILE",
        "security authenticate",
    ] {
        let help = desk.stopgap(&format!("{words} --help"));
        assert_eq!(help.status, 0);
        assert!(!help.stdout.contains("<CODE>") && !help.stdout.contains("[CODE]"));
    }
}

#[test]
fn a_code_as_an_argument_is_refused_and_not_repeated() {
    let desk = Desk::new();
    let error = "a code is not taken from the command line, where others can see it; \
                 leave it out, and type it at the prompt or pipe it in";
    for words in [
        "online verify alice 3F9A-77C2-01BE",
        "online verify alice -- 3F9A-77C2-01BE",
        "--tenant acme online verify 3F9A-77C2-01BE alice",
        "agent redeem FILE ZK4Y-7HCR-3WXA-E6JF",
        "security authenticate stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7",
    ] {
        desk.stopgap(words).failed(2, error);
        let document =
            format!("{{\"outcome\":\"error\",\"reason\":\"usage\",\"message\":\"{error}\"}}\n");
        desk.stopgap(&format!("--json {words}"))
            .is(2, &document, &format!("error: {error}\n"));
    }
    assert!(desk.files().is_empty());
}

#[test]
fn a_closed_pipe_causes_no_panic() {
    let desk = Desk::ready();
    let people = (0..3_000).map(|number| format!("user{number}\n"));
    desk.write(
        "people.csv",
        "user\n".to_owned() + &people.collect::<String>(),
    );
    desk.stopgap("online issue --from people.csv --out codes.csv");
    for words in [
        "online list --limit 3000",
        "log --limit 3000 --json",
        "completions bash",
        "man",
        "--help",
    ] {
        let stopgap = desk.command(words);
        let mut command = Command::new("bash");
        command
            .args([
                "-c",
                "\"$0\" \"$@\" | head -n1 >/dev/null; echo ${PIPESTATUS[0]}",
            ])
            .arg(stopgap.get_program())
            .args(stopgap.get_args())
            .current_dir(desk.path(""))
            .stdin(Stdio::null());
        Said::of(command.output().unwrap()).is(0, "0\n", "");
    }
}
