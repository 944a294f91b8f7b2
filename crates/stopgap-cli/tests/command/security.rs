//! `stopgap security`.

use std::{thread, time::Duration};

use super::desk::Desk;

#[test]
fn a_life() {
    let desk = Desk::ready();
    let said = desk.stopgap("security create --same-as bob@example.com --description 'a report'");
    said.done("<code>\n");
    let code = said.stdout.trim();
    assert_eq!(code.len(), 39);
    desk.hears(code, "security authenticate")
        .done("Authenticated as user, the same as bob@example.com.\n");
    desk.hears(code, "security authenticate --directory-role super_administrator")
        .done("Authenticated as user, the same as bob@example.com, for a code never shares a super administrator's access.\n");
    let list = desk.stopgap("security list");
    list.done(
        "ID                                    STATE   ACCESS                   EXPIRES                                   LAST USED                         DESCRIPTION\n\
         <id>  active  same as bob@example.com  <time> (in 24 hours)  <time> (now)  a report\n",
    );
    let id = &list.stdout.lines().nth(1).unwrap()[..36];
    let change = |words: &str| {
        let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
        desk.stopgap(&format!("security {verb} {id} {rest}"))
    };
    let now = |what: &str| format!("<id>: \"a report\" (same as bob@example.com), {what}.\n");

    change("edit --expires 7d").done(&now("active until <time> (in 7 days)"));
    change("reset").done(&now("active until <time> (in 24 hours)"));
    change("permanent").done(&now("permanent"));
    change("reactivate")
        .refused("refused: the security code is active already; reset it for 24 hours more");
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
    change("describe 'for bob'")
        .done("<id>: \"for bob\" (same as bob@example.com), active until <time> (in 24 hours).\n");

    change("delete").failed(2, "nobody is there to be asked; say --yes to delete it");
    change("delete --yes").done(
        "Deleted \"for bob\" (same as bob@example.com), active until <time> (in 24 hours).\n",
    );
    change("delete --yes")
        .refused("refused: there is no such security code (any more); create a new one");
    desk.hears(code, "security authenticate")
        .refused("That code is not valid.");
}

#[test]
fn one_for_a_super_administrator() {
    let desk = Desk::ready();
    let code = desk.line("security create --super-administrator");
    desk.hears(&code, "security authenticate")
        .done("Authenticated as super_administrator.\n");
    let listed = desk.stopgap("security list").stdout;
    assert!(listed.contains("  super_administrator  "));
    desk.stopgap("--role administrator security list")
        .refused("refused: administrator may not manage security codes");
    desk.hears("zz", "security authenticate")
        .refused("That is not a complete code; check character 1.");
}
