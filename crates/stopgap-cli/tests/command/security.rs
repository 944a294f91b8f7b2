//! `stopgap security`.

use std::{thread, time::Duration};

use super::desk::Desk;

#[test]
fn a_security_code_goes_through_its_lifecycle() {
    let desk = Desk::ready();
    let said = desk.stopgap(
        "security create --same-as bob@example.com --scope reports.read --scope a \
         --description 'a report'",
    );
    said.done("<code>\n");
    let code = said.stdout.trim();
    assert_eq!(code.len(), "stopgap_".len() + 40);
    desk.hears(code, "security authenticate").done(
        "Authenticated as user, the same as bob@example.com.\nIts scopes are a, reports.read.\n",
    );
    // The code as a person may have copied it.
    let pasted = format!(" \u{201C}{}\u{201D},\n", code.to_uppercase());
    assert_eq!(desk.hears(&pasted, "security authenticate").status, 0);
    desk.hears(
        code,
        "security authenticate --directory-role super_administrator",
    )
    .done(
        "Authenticated as user, the same as bob@example.com; a security code never has the \
             rights of another super administrator.\nIts scopes are a, reports.read.\n",
    );
    let list = desk.stopgap("security list");
    list.done(
        "ID                                    STATE   ACCESS                   SCOPES           EXPIRES                     LAST USED                   DESCRIPTION\n\
         <id>  active  same as bob@example.com  a, reports.read  <time>  <time>  a report\n",
    );
    let id = &list.stdout.lines().nth(1).unwrap()[..36];
    let change = |words: &str| {
        let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
        desk.stopgap(&format!("security {verb} {id} {rest}"))
    };
    let now = |what: &str| {
        format!("<id>: \"a report\" (same as bob@example.com; scopes a, reports.read), {what}.\n")
    };

    change("edit --expires 7d").done(&now("active until <time> (in 7 days)"));
    change("reset").done(&now("active until <time> (in 24 hours)"));
    change("permanent").done(&now("permanent"));
    change("reactivate")
        .refused("refused: the security code is active already; reset it for another 24 hours");
    change("edit --expires 2020-01-01")
        .refused("refused: the new expiry is not in the future; choose a later one");
    change("edit --expires 1s");
    thread::sleep(Duration::from_millis(1_100));
    desk.hears(code, "security authenticate")
        .refused("That code has expired; ask for a new one.");
    assert!(desk.stopgap("security list").stdout.contains("  expired  "));
    change("permanent")
        .refused("refused: the security code expired at <time>; reactivate it first");
    change("reactivate").done(&now("active until <time> (in 24 hours)"));
    let bob = "\"for bob\" (same as bob@example.com; scopes a, reports.read), \
               active until <time> (in 24 hours).\n";
    change("describe 'for bob'").done(&format!("<id>: {bob}"));

    change("delete").failed(2, "not a terminal: pass --yes to confirm");
    change("delete --yes").done(&format!("Deleted {bob}"));
    change("delete --yes")
        .refused("refused: the security code does not exist any more; create a new one");
    desk.hears(code, "security authenticate")
        .refused("That code is not valid.");
}

#[test]
fn a_security_code_can_have_the_rights_of_a_super_administrator() {
    let desk = Desk::ready();
    let code = desk.line("security create --super-administrator --unlimited-scope");
    desk.hears(&code, "security authenticate")
        .done("Authenticated as super_administrator.\n");
    let listed = desk.stopgap("security list").stdout;
    assert!(listed.contains("  super_administrator  unlimited  "));
    desk.stopgap("security create --super-administrator --unlimited-scope --role administrator")
        .refused("refused: administrator may not manage security codes");
    desk.hears("zz", "security authenticate")
        .refused("That is not a complete code; check character 1.");
}

#[test]
fn scopes_must_be_given() {
    let desk = Desk::new();
    let create = "security create --same-as bob";
    desk.stopgap(create).failed(
        2,
        "the scopes of the code are missing: pass --scope NAME for each, or --unlimited-scope",
    );
    desk.stopgap(&format!("{create} --scope read --scope Write"))
        .failed(
            2,
            "scope 2 is not 1 to 64 characters of a-z 0-9 . _ : / * -",
        );
    let both = desk.stopgap(&format!("{create} --scope read --unlimited-scope"));
    assert_eq!(both.status, 2);
    // Nothing was made.
    assert!(desk.files().is_empty());

    let desk = Desk::ready();
    for (scopes, json) in [
        ("--unlimited-scope", "\"scopes\":\"unlimited\""),
        (
            "--scope users:* --scope a --scope a",
            "\"scopes\":[\"a\",\"users:*\"]",
        ),
    ] {
        let created = desk.stopgap(&format!("{create} {scopes} --json")).stdout;
        assert!(created.contains(json), "{created}");
        let document: serde_json::Value = serde_json::from_str(&created).unwrap();
        let code = document["code"].as_str().unwrap();
        assert!(code.starts_with("stopgap_"));
        let authenticated = desk.hears(code, "security authenticate --json").stdout;
        assert!(authenticated.contains(json), "{authenticated}");
        let listed = desk.stopgap("security list --json").stdout;
        assert!(listed.contains(json), "{listed}");
    }
}

#[test]
fn a_typo_in_a_security_code_is_reported() {
    let desk = Desk::ready();
    let code = desk.line("security create --super-administrator --unlimited-scope");
    let (rest, last) = code.split_at(code.len() - 1);
    let typo = format!("{rest}{}", if last == "0" { '1' } else { '0' });
    desk.hears(&typo, "security authenticate")
        .refused("That code has a typo; check each character.");
    desk.hears(rest, "security authenticate")
        .refused("That is not a complete code; it has 39 characters, not 40.");
    // Without its prefix it is not a security code.
    let bare = code.trim_start_matches("stopgap_");
    let said = desk.hears(bare, "security authenticate");
    assert!(said.stderr.contains("check character 1"), "{}", said.stderr);
}
