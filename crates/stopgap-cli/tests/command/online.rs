//! `stopgap online` and `preset`.

use super::desk::Desk;

const MADE: &str = "Made the key file stopgap.key: keep a copy of it somewhere safe.\n\
    Made the store stopgap.db.\n";

#[test]
fn the_first_command_needs_no_set_up() {
    let desk = Desk::new();
    let said = desk.stopgap("online issue alice --valid 7d");
    said.is(0, "<code>\n", MADE);
    assert_eq!(said.stdout.len(), "3F9A-77C2-01BE\n".len());
    desk.stopgap("online issue alice").done("<code>\n");
}

#[test]
fn a_code_is_verified_however_it_is_typed() {
    let desk = Desk::ready();
    let code = desk.line("online issue alice --valid 7d");
    let granted = "Granted: bypass for alice until <time> (in 7 days).\n";
    for typed in [
        code.clone(),
        code.to_lowercase(),
        code.replace('-', ""),
        format!("  {} \r\n", code.replace('-', " ")),
        // After empty lines, and over two lines.
        format!("\n \r\n{code}\n"),
        format!("{}\n{}\n", &code[..7], &code[7..]),
    ] {
        desk.hears(&typed, "online verify alice").done(granted);
    }
    let other = desk.hears(&code, "online verify bob");
    other.refused("That code is not valid.");
}

#[test]
fn each_refusal_has_its_sentence() {
    let desk = Desk::ready();
    let once = desk.line("online issue alice --max-uses 1 --purpose reset");
    desk.hears(&once, "online verify alice")
        .refused("That code is not valid.");
    desk.hears(&once, "online verify alice --purpose reset")
        .done("Granted: reset for alice; the code is used up.\n");
    desk.hears(&once, "online verify alice --purpose reset")
        .refused("That code has been used.");
    desk.hears("1234", "online verify alice")
        .refused("That is not a complete code; it has 4 characters, not 12.");
    desk.hears("3F9A-77C2-01B\u{FFFD}", "online verify alice")
        .refused("That is not a complete code; check character 14.");
    desk.hears(&"A".repeat(5_000), "online verify alice")
        .refused("That is not a complete code; it is far too long.");
    for _ in 0..5 {
        let said = desk.hears("0000-0000-0000", "online verify alice");
        assert_eq!(said.status, 1);
    }
    desk.hears("0000-0000-0000", "online verify alice")
        .refused("Too many tries; try again at <time>.");
    desk.stopgap("throttle reset alice")
        .done("alice: no failures; not locked out.\n");
}

#[test]
fn uses_are_counted_and_an_answer_is_replayed() {
    let desk = Desk::ready();
    let code = desk.line("online issue alice --max-uses 3 --valid 7d");
    let verify = |code: &str, key: &str| {
        let command = format!("online verify alice --idempotency-key {key}");
        desk.hears(code, &command)
    };
    let granted = "Granted: bypass for alice, 2 times more until <time> (in 7 days)";
    verify(&code, "one").done(&format!("{granted}.\n"));
    verify(&code, "one").done(&format!("{granted} (a replay).\n"));
    assert!(verify(&code, "two").stdout.contains("once more"));
    verify(&code, "three").done("Granted: bypass for alice; the code is used up.\n");
    verify(&code, "four").refused("That code has been used.");
    verify("0000-0000-0000", "one").failed(
        2,
        "the idempotency key was used for another verification; use a new one",
    );
    verify(&code, &"x".repeat(256)).failed(2, "an idempotency key has 1 to 255 bytes, not 256");
    let said = desk.hears(&code, "online verify alice --idempotency-key one --json");
    let said: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(
        (&said["replayed"], &said["uses_left"]),
        (&true.into(), &2.into())
    );
}

/// A reason and a ticket are in the log.
#[test]
fn a_reason_and_a_ticket_are_logged() {
    let desk = Desk::ready();
    let options = "--reason lost --ticket INC-4711";
    let context = serde_json::json!({"reason": "lost", "ticket": "INC-4711"});
    for command in [
        "online issue alice",
        "offline answer alice ZZZZ-ZZZZ",
        "security create --same-as alice --unlimited-scope",
    ] {
        desk.stopgap(&format!("{command} {options}"));
        let log = desk.stopgap("log --user alice --limit 1 --json").stdout;
        let log: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(log["events"][0]["context"], context, "{command}");
    }
    desk.stopgap(&format!("online issue --from a.csv --out b.csv {options}"))
        .failed(
            2,
            "--reason and --ticket are for one user, not for a file of users",
        );
}

#[test]
fn options_choose_the_kind_of_code() {
    let desk = Desk::ready();
    assert_eq!(desk.line("online issue alice --length 32").len(), 39);
    let code = desk.line("online issue alice --alphabet unambiguous --length 16");
    let symbols = |symbol: char| "Z3467ACEFHJKRWXY-".contains(symbol);
    assert!(code.chars().all(symbols), "{code}");
    desk.stopgap("online issue alice --alphabet abc")
        .is(2, "", "error: invalid value 'abc' for '--alphabet <SYMBOLS>': an alphabet has 16 symbols, this one has 3\n\nFor more information, try '--help'.\n");
    let code = desk.line("online issue bob --not-before 2h --check-symbol");
    desk.hears(&code, "online verify bob")
        .refused("That code is not valid.");
    desk.stopgap("online issue bob --length 7")
        .failed(2, "a code has 8 to 32 symbols, not 7");
    desk.stopgap("online issue bob --max-uses 0").failed(
        2,
        "a code needs at least one use; leave the limit out for any number of uses",
    );
    desk.stopgap("online issue bob --length 8 --check-symbol")
        .failed(2, "a code with a check symbol has 9 to 32 symbols, not 8");
    // The validity counts from the start.
    let said = desk.stopgap("online issue carol --not-before 2d --valid 90m --json");
    assert_eq!(said.status, 0, "{}", said.stderr);
    let issued: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let at = |field: &str| {
        let instant = issued["record"][field].as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(instant).unwrap()
    };
    assert_eq!((at("expires_at") - at("not_before")).num_minutes(), 90);
    let never = desk.stopgap("online issue bob --not-before 2020-01-01");
    assert_eq!(never.status, 2);
    assert_eq!(
        super::desk::masked(&never.stderr),
        "error: the code would have expired at <time>: choose a later start, or a longer \
         validity\n"
    );
}

#[test]
fn minutes_and_hours_are_read() {
    let desk = Desk::ready();
    for (valid, relative) in [
        ("90m", "in 2 hours"),
        ("'30 min'", "in 30 minutes"),
        ("8h", "in 8 hours"),
        ("1h30m", "in 2 hours"),
        ("PT45M", "in 45 minutes"),
        ("24h", "in 24 hours"),
    ] {
        let code = desk.line(&format!("online issue alice --valid {valid}"));
        let said = desk.hears(&code, "online verify alice").stdout;
        assert!(said.contains(&format!("({relative})")), "{valid}: {said}");
    }
    let said = desk.stopgap("online issue alice --valid 25h");
    assert_eq!(said.status, 2);
    desk.stopgap("preset set short --valid 8h")
        .done("Set the preset short.\n");
    assert!(desk.stopgap("preset list").stdout.contains("  8h  "));
}

#[test]
fn dates_are_read_in_the_given_zone() {
    let desk = Desk::ready();
    let said =
        desk.stopgap("online issue bob --not-before '2026-03-29 02:30' --zone Europe/Berlin");
    said.failed(
        2,
        "clocks never show that time, as summer time begins; choose another",
    );
    let said = desk.stopgap("online issue bob --zone Nowhere");
    assert_eq!(said.status, 2);
    assert!(
        said.stderr
            .contains("no such zone; it looks like Europe/Berlin")
    );
}

#[test]
fn codes_are_listed_and_revoked() {
    let desk = Desk::ready();
    desk.stopgap("online list").done("");
    let first = desk.line("online issue alice --valid 7d");
    let last = desk.line("online issue alice --valid 7d --max-uses 2 --purpose reset");
    desk.line("online issue bob --valid 7d");
    desk.stopgap("online list alice").done(
        "ID                                    STATE   USER   USES  PURPOSES                 ISSUED                      EXPIRES\n\
         <id>  active  alice  0/2   reset                    <time>  <time>\n\
         <id>  active  alice  any   reset, register, bypass  <time>  <time>\n",
    );
    assert_eq!(desk.stopgap("online list").stdout.lines().count(), 4);
    let said = desk.stopgap("online list --limit 2");
    assert_eq!(said.stdout.lines().count(), 3);
    assert_eq!(said.stderr, "There are more: pass a higher --limit.\n");

    desk.stopgap("online revoke alice")
        .done("Revoked the code of alice issued <time> (now).\n");
    desk.hears(&last, "online verify alice --purpose reset")
        .refused("That code is not valid.");
    assert_eq!(desk.hears(&first, "online verify alice").status, 0);
    desk.stopgap("online revoke alice --all")
        .done("Revoked one code of alice.\n");
    desk.stopgap("online revoke alice --all")
        .done("alice has no code to revoke.\n");
    desk.stopgap("online revoke alice")
        .refused("refused: there is no such code that is still valid; there is nothing to revoke");
}

#[test]
fn a_code_is_revoked_by_its_id() {
    let desk = Desk::ready();
    let older = desk.line("online issue alice");
    let newer = desk.line("online issue alice");
    // Newest first.
    let list = desk.stopgap("online list alice").stdout;
    let id = &list.lines().nth(2).unwrap()[..36];
    let json = desk.stopgap("online list alice --json").stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["codes"][1]["id"], id);
    desk.stopgap(&format!("online revoke --id {id} --role user"))
        .refused("refused: user may not revoke a code");
    desk.stopgap(&format!("online revoke --id {id}"))
        .done("Revoked the code of alice issued <time> (now).\n");
    desk.hears(&older, "online verify alice")
        .refused("That code is not valid.");
    assert_eq!(desk.hears(&newer, "online verify alice").status, 0);
    let nothing = "refused: there is no such code that is still valid; there is nothing to revoke";
    desk.stopgap(&format!("online revoke --id {id}"))
        .refused(nothing);
    desk.stopgap("online revoke --id 019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11")
        .refused(nothing);

    let other = json["codes"][0]["id"].as_str().unwrap();
    let said = desk.stopgap(&format!("online revoke --id {other} --json"));
    let revoked: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(revoked["count"], 1);
    assert_eq!(revoked["codes"][0]["user"], "alice");
    assert_eq!(revoked["codes"][0]["id"], other);
    assert_eq!(revoked["codes"][0]["state"], "revoked");
}

#[test]
fn a_preset_is_a_policy_by_name() {
    let desk = Desk::ready();
    desk.stopgap("preset set lost-token --valid 7d --purpose bypass --max-uses 1 --check-symbol")
        .done("Set the preset lost-token.\n");
    desk.stopgap("preset list").done(
        "NAME        VALID  LENGTH  USES  SYMBOLS                       PURPOSES\n\
         lost-token  7d     12      1     0123456789ABCDEF and a check  bypass\n",
    );
    // An equal policy changes nothing.
    desk.stopgap("preset set lost-token --valid 7d --purpose bypass --max-uses 1 --check-symbol")
        .done("Set the preset lost-token.\n");
    desk.line("online issue alice --preset lost-token --max-uses 5");
    let listed = desk.stopgap("online list").stdout;
    assert!(
        listed.contains("0/5") && listed.contains("  bypass  "),
        "{listed}"
    );
    desk.stopgap("preset remove lost-token")
        .done("Removed the preset lost-token.\n");
    desk.stopgap("online issue alice --preset lost-token")
        .refused("refused: there is no preset of that name; list the presets, or set this one");
}

#[test]
fn a_preset_is_not_changed_silently() {
    let desk = Desk::ready();
    let first = "preset set lost-token --valid 7d --purpose bypass --max-uses 1";
    assert_eq!(desk.stopgap(first).status, 0);
    let before = desk.stopgap("preset list").stdout;
    let wider = "preset set lost-token --valid 1mo --length 8";
    let changes = "valid: 7d → 1mo; length: 12 → 8; uses: 1 → any; purposes: bypass → reset, \
                   register, bypass";
    let error =
        format!("the preset lost-token would change ({changes}): pass --replace to change it");
    desk.stopgap(wider).failed(2, &error);
    assert_eq!(desk.stopgap("preset list").stdout, before);
    desk.stopgap(&format!("{wider} --role user"))
        .refused("refused: user may not manage presets");
    desk.stopgap(&format!("{wider} --replace"))
        .done(&format!("Changed the preset lost-token ({changes}).\n"));
    assert_ne!(desk.stopgap("preset list").stdout, before);
    let said = desk
        .stopgap("preset set lost-token --replace --json")
        .stdout;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["policy"]["validity"], "P1D");
    assert_eq!(said["replaced"]["validity"], "P1M");
}

#[test]
fn a_preset_that_cannot_be_read_is_not_replaced_silently() {
    let desk = Desk::ready();
    assert_eq!(desk.stopgap("preset set lost-token").status, 0);
    // Its key is in no file of this machine.
    assert_eq!(desk.stopgap("key add").status, 0);
    let keys = desk.read("stopgap.key");
    let newest: Vec<&str> = keys
        .lines()
        .filter(|line| !line.starts_with("1 "))
        .collect();
    desk.write("stopgap.key", newest.join("\n"));
    desk.stopgap("preset set lost-token --valid 7d").failed(
        2,
        "the preset lost-token would change (it cannot be read: key_missing): pass --replace to \
         change it",
    );
    let said = desk.stopgap("preset set lost-token --valid 7d --replace");
    assert_eq!(said.status, 0, "{said:?}");
}

/// Durations and times are read alike, in any case.
#[test]
fn times_are_written_in_many_ways() {
    let desk = Desk::ready();
    for (words, until) in [
        ("--valid 1w", "in 7 days"),
        ("--valid '2 Weeks'", "in 14 days"),
        ("--valid 80M", "in 80 minutes"),
        ("--valid 1h20m", "in 80 minutes"),
        ("--valid 1d --not-before 1w", "in 8 days"),
        ("--valid 1d --not-before '2mo'", "in 6"),
        ("--valid 1h --not-before now", "in 60 minutes"),
    ] {
        desk.line(&format!("online issue alice {words}"));
        let list = desk.stopgap("online list alice --wide").stdout;
        let newest = list.lines().nth(1).unwrap();
        assert!(newest.contains(&format!("({until}")), "{words}: {newest}");
    }
    desk.line("online issue alice --valid 1d --not-before 'TOMORROW  18:00' --zone UTC");
    let list = desk.stopgap("online list alice --json").stdout;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let start = list["codes"][0]["not_before"].as_str().unwrap();
    assert!(start.ends_with("T18:00:00Z"), "{start}");
}

#[test]
fn a_tenant_sees_only_its_own_codes() {
    let desk = Desk::ready();
    desk.line("tenant add acme");
    let code = desk.line("--tenant acme online issue alice");
    desk.hears(&code, "online verify alice")
        .refused("That code is not valid.");
    desk.stopgap("online list").done("");
    assert_eq!(
        desk.hears(&code, "online verify alice --tenant acme")
            .status,
        0
    );
}

#[test]
fn a_role_without_the_right_is_refused() {
    let desk = Desk::ready();
    desk.stopgap("online issue alice --role user")
        .refused("refused: user may not issue a code");
    desk.stopgap("online issue alice --role help-desk")
        .done("<code>\n");
}
