//! Lists on a pipe: ids, columns and filters.

use serde_json::Value;

use super::desk::{Desk, Said};

/// Returns the JSON document of a command that succeeded.
fn json(desk: &Desk, words: &str) -> Value {
    let said = desk.stopgap(&format!("{words} --json"));
    assert_eq!(said.status, 0, "{words}: {}", said.stderr);
    serde_json::from_str(&said.stdout).unwrap()
}

/// Returns one column of a list.
fn column(desk: &Desk, words: &str, name: &str) -> Vec<String> {
    let said = desk.stopgap(&format!("{words} --columns {name}"));
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{words}");
    said.stdout.lines().skip(1).map(str::to_owned).collect()
}

fn short(id: &str) -> &str {
    &id[28..]
}

/// Issues a code, and returns its id.
fn issue(desk: &Desk, words: &str) -> String {
    let issued = json(desk, &format!("online issue {words}"));
    issued["record"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_pipe_gets_whole_ids_and_times() {
    let desk = Desk::ready();
    desk.line("online issue alice --valid 7d");
    desk.stopgap("online list").done(
        "ID                                    STATE   USER   USES  PURPOSES                 ISSUED                      EXPIRES\n\
         <id>  active  alice  any   reset, register, bypass  <time>  <time>\n",
    );
    desk.stopgap("online list --wide --columns id,issued,expires")
        .done(
            "ID                                    ISSUED                            EXPIRES\n\
         <id>  <time> (now)  <time> (in 7 days)\n",
        );
}

#[test]
fn columns_are_chosen() {
    let desk = Desk::ready();
    desk.line("security create --same-as bob --unlimited-scope --description nightly");
    desk.stopgap("security list --columns description,access")
        .done(
            "DESCRIPTION  ACCESS\n\
         nightly      same as bob\n",
        );
    desk.stopgap("security list --columns last-used --columns STATE")
        .done(
            "LAST USED  STATE\n\
         -          active\n",
        );
    desk.stopgap("security list --columns id,codes").failed(
        2,
        "no column \"codes\": choose from id, state, access, scopes, expires, last-used, \
         description, replaces",
    );
    for list in [
        "online list",
        "machine list",
        "throttle list",
        "preset list",
        "key list",
        "log",
    ] {
        let said = desk.stopgap(&format!("{list} --columns nonsense"));
        assert_eq!(said.status, 2, "{list}");
        assert!(
            said.stderr.contains("\"nonsense\": choose from "),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn all_users_codes_are_oldest_first() {
    let desk = Desk::ready();
    let users = ["carol", "alice", "bob", "alice"];
    let ids: Vec<String> = users.iter().map(|user| issue(&desk, user)).collect();
    assert_eq!(column(&desk, "online list", "user"), users);
    assert_eq!(column(&desk, "online list", "id"), ids);
    let said = desk.stopgap("online list --limit 3 --columns user");
    assert_eq!(said.stdout, "USER\ncarol\nalice\nbob\n");
    assert_eq!(said.stderr, "There are more: pass a higher --limit.\n");
}

#[test]
fn codes_are_filtered() {
    let desk = Desk::ready();
    issue(&desk, "alice --valid 7d --purpose reset");
    issue(&desk, "bob --valid 1d");
    issue(&desk, "carol --valid 31d --not-before 2d");
    issue(&desk, "dave.SMITH@example.com --valid 7d --purpose bypass");
    desk.stopgap("online revoke bob");
    let users = |filter: &str| column(&desk, &format!("online list {filter}"), "user");
    assert_eq!(users("--state revoked"), ["bob"]);
    assert_eq!(
        users("--state revoked --state not-yet-valid"),
        ["bob", "carol"]
    );
    assert_eq!(users("--state revoked,not_yet_valid"), ["bob", "carol"]);
    assert_eq!(users("--user bob"), ["bob"]);
    assert_eq!(users("bob --state active"), [""; 0]);
    assert_eq!(users("--purpose reset"), ["alice", "bob", "carol"]);
    assert_eq!(users("--expires-before 2d"), ["bob"]);
    assert_eq!(users("--search smith"), ["dave.SMITH@example.com"]);
    assert_eq!(users("--search EXAMPLE --state expired"), [""; 0]);
    // Only those that match count.
    let said = desk.stopgap("online list --state active --limit 1 --columns user");
    assert_eq!(said.stdout, "USER\nalice\n");
    assert_eq!(said.stderr, "There are more: pass a higher --limit.\n");
    assert_eq!(users("--state active --limit 2").len(), 2);
    assert_eq!(users("alice --state active --limit 1"), ["alice"]);

    assert_eq!(desk.stopgap("online list bob --user bob").status, 2);
    assert_eq!(desk.stopgap("online list --state gone").status, 2);
    let said = desk.stopgap("online list --expires-before whenever");
    assert!(said.stderr.contains("a time is written"), "{}", said.stderr);
}

#[test]
fn security_codes_are_filtered() {
    let desk = Desk::ready();
    desk.line("security create --same-as bob --scope reports.read --description Nightly");
    desk.line("security create --super-administrator --unlimited-scope --description weekly");
    let id = column(&desk, "security list --search weekly", "id").remove(0);
    desk.stopgap(&format!("security permanent {}", short(&id)));
    let texts = |filter: &str| column(&desk, &format!("security list {filter}"), "description");
    assert_eq!(texts(""), ["Nightly", "weekly"]);
    assert_eq!(texts("--state permanent"), ["weekly"]);
    assert_eq!(texts("--state permanent,active"), ["Nightly", "weekly"]);
    assert_eq!(texts("--user bob"), ["Nightly"]);
    assert_eq!(texts("--expires-before 2d"), ["Nightly"]);
    assert_eq!(texts("--expires-before 1h"), [""; 0]);
    for text in ["NIGHT", "reports", "Bob"] {
        assert_eq!(texts(&format!("--search {text}")), ["Nightly"], "{text}");
    }
}

#[test]
fn machines_of_all_users_are_listed() {
    let desk = Desk::ready();
    for (user, machine) in [
        ("bob", "LAPTOP-1"),
        ("alice", "LAPTOP-2"),
        ("alice", "TOWER"),
    ] {
        desk.stopgap(&format!("machine enrol {user} {machine} --out {machine}"));
    }
    desk.stopgap("machine retire alice TOWER");
    let names = |filter: &str| column(&desk, &format!("machine list {filter}"), "machine");
    assert_eq!(names(""), ["LAPTOP-2", "TOWER", "LAPTOP-1"]);
    assert_eq!(names("alice"), ["LAPTOP-2", "TOWER"]);
    assert_eq!(names("--user alice --state retired"), ["TOWER"]);
    assert_eq!(names("--state enrolled"), ["LAPTOP-2", "LAPTOP-1"]);
    assert_eq!(names("--search laptop"), ["LAPTOP-2", "LAPTOP-1"]);
    assert_eq!(json(&desk, "machine list --limit 2")["more"], true);
    assert_eq!(json(&desk, "machine list --limit 3")["more"], false);
}

#[test]
fn throttles_of_all_users_are_listed() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    desk.line("online issue carol");
    desk.stopgap("throttle list").done("");
    let guess = |user: &str| desk.hears("0000-0000-0000", &format!("online verify {user}"));
    for _ in 0..5 {
        guess("alice");
    }
    guess("bob");
    desk.stopgap("throttle list").done(
        "USER   STATE       FAILURES  UNTIL\n\
         alice  locked      5         <time>\n\
         bob    not locked  1         -\n",
    );
    assert_eq!(column(&desk, "throttle list --locked", "user"), ["alice"]);
    assert_eq!(column(&desk, "throttle list --search BO", "user"), ["bob"]);
    let list = json(&desk, "throttle list --limit 1");
    assert_eq!(list["throttles"][0]["user"], "alice");
    assert_eq!(list["throttles"][0]["failures"], 5);
    assert_eq!(list["throttles"][0]["locked"], true);
    assert_eq!(list["throttles"][0]["tampered"], false);
    assert_eq!(list["more"], true);
    desk.stopgap("throttle reset alice");
    assert_eq!(column(&desk, "throttle list", "user"), ["bob"]);
}

#[test]
fn a_code_is_shown_by_a_part_of_its_id() {
    let desk = Desk::ready();
    let id = issue(&desk, "alice --valid 7d --max-uses 2 --purpose reset");
    let all = "id          <id>\n\
               state       active\n\
               user        alice\n\
               purposes    reset\n\
               uses        0/2\n\
               issued      <time> (now)\n\
               valid from  issue\n\
               expires     <time> (in 7 days)\n\
               revoked     -\n\
               number      1\n\
               key         1\n";
    let upper = short(&id).to_uppercase();
    let parts = [&id, short(&id), &id[..20], &upper, &short(&id)[..7]];
    for part in parts {
        desk.stopgap(&format!("online show {part}")).done(all);
    }
    let shown = json(&desk, &format!("online show {}", short(&id)));
    assert_eq!(shown["record"]["id"], id);
    assert_eq!(shown["record"]["state"], "active");

    let other = issue(&desk, "bob");
    let said = desk.stopgap(&format!("online show {}", &id[..8]));
    assert_eq!(said.status, 2);
    assert_eq!(
        said.stderr,
        format!(
            "error: several ids begin with {}: pass one of {id}, {other}\n",
            &id[..8]
        )
    );
    desk.stopgap("online show 00000000-0000")
        .refused("refused: no id begins with 000000000000: list the codes, and pass an id as the list shows it");
    let advice = "pass it as the list shows it, or at least its first 4 symbols";
    for wrong in ["019", "hello", "019a-xyz1"] {
        let said = desk.stopgap(&format!("online show {wrong}"));
        assert_eq!(said.status, 2);
        assert!(said.stderr.contains(advice), "{}", said.stderr);
    }
}

#[test]
fn several_codes_are_revoked_at_once() {
    let desk = Desk::ready();
    let ids: Vec<String> = ["alice", "bob", "carol", "alice"]
        .iter()
        .map(|user| issue(&desk, user))
        .collect();
    desk.stopgap(&format!("online revoke --id {}", short(&ids[2])))
        .done("Revoked the code of carol issued <time> (now).\n");
    let live = || column(&desk, "online list --state active", "user");
    // One of them has ended.
    let said = desk.stopgap(&format!("online revoke --id {} {}", ids[0], short(&ids[2])));
    assert_eq!(said.status, 1);
    assert_eq!(
        said.stderr,
        format!(
            "refused: {}: there is no such code that is still valid; there is nothing to revoke\n",
            short(&ids[2])
        )
    );
    assert_eq!(live(), ["alice", "bob", "alice"]);
    let unknown = format!("online revoke --id {} 00000000", ids[0]);
    assert_eq!(desk.stopgap(&unknown).status, 1);
    assert_eq!(live(), ["alice", "bob", "alice"]);

    let (last, first) = (short(&ids[3]), &ids[0]);
    let words = format!("online revoke --id {last} {first} --id {first}");
    desk.stopgap(&words).done(
        "Revoked the code of alice issued <time> (now).\n\
         Revoked the code of alice issued <time> (now).\n",
    );
    assert_eq!(live(), ["bob"]);
    let revoked = json(&desk, &format!("online revoke --id {}", short(&ids[1])));
    assert_eq!(revoked["count"], 1);
    assert_eq!(revoked["codes"][0]["id"], ids[1]);
    assert_eq!(revoked["codes"][0]["state"], "revoked");
}

#[test]
fn security_codes_have_short_ids() {
    let desk = Desk::ready();
    desk.line("security create --same-as bob --unlimited-scope --description nightly");
    desk.line("security create --same-as bob --unlimited-scope --description weekly");
    let id = column(&desk, "security list", "id").remove(0);
    let change = |words: &str| -> Said {
        let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
        desk.stopgap(&format!("security {verb} {} {rest}", short(&id)))
    };
    for words in ["edit --expires 7d", "permanent", "reset", "describe daily"] {
        let said = change(words);
        assert_eq!(said.status, 0, "{words}: {}", said.stderr);
        assert!(said.stdout.starts_with(&id), "{words}: {}", said.stdout);
    }
    change("reactivate")
        .refused("refused: the security code is active already; reset it for another 24 hours");
    assert_eq!(change("delete --yes").status, 0);
    assert_eq!(column(&desk, "security list", "description"), ["weekly"]);
    let said = desk.stopgap("security reset 00000000");
    assert!(
        said.stderr
            .starts_with("refused: no id begins with 00000000")
    );
}

#[test]
fn colors_are_turned_on_and_off() {
    let desk = Desk::ready();
    desk.line("online issue alice");
    let is_colored = |words: &str| {
        let said = desk.stopgap(words);
        (said.stdout + &said.stderr).contains('\x1b')
    };
    assert!(!is_colored("online list"));
    assert!(!is_colored("online list --color auto"));
    assert!(is_colored("online list --color always"));
    assert!(!is_colored("--color=never online list"));
    assert!(is_colored("--color always online list --columns nonsense"));
    assert!(is_colored("online list --nonsense --color always"));
    assert!(!is_colored("online list --json --color always"));
    assert_eq!(desk.stopgap("online list --color blue").status, 2);
    let mut forced = desk.command("online list --color never");
    let said = Said::of(forced.env("CLICOLOR_FORCE", "1").output().unwrap());
    assert!(!said.stdout.contains('\x1b'));
}
