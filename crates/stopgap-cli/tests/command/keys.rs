//! `stopgap key`.

use super::desk::{Desk, masked};

#[test]
fn a_key_is_added_and_another_is_retired() {
    let desk = Desk::ready();
    let code = desk.line("online issue alice");
    desk.stopgap("key add").done(
        "Key 2 is the primary key now. Copy the key file again, and to every machine that uses it.\n",
    );
    desk.stopgap("key list").done(
        "KEY  STATE     NEEDED  ADDED\n\
         1    verifies  yes     <time>\n\
         2    primary   no      <time>\n",
    );
    assert_eq!(desk.hears(&code, "online verify alice").status, 0);
    desk.stopgap("key retire 2")
        .refused("refused: key 2 is the primary key; add another key first");
    desk.stopgap("key retire 1").refused(
        "refused: key 1 is needed: codes, machines or security codes that were made with it \
         can still be used; wait until they have expired, or revoke, retire or delete them",
    );
    desk.stopgap("key retire 9")
        .refused("refused: there is no key 9 to retire; list the keys");
    assert_eq!(desk.read("stopgap.key").lines().count(), 4);
    assert_eq!(desk.stopgap("online revoke alice").status, 0);
    desk.stopgap("key retire 1")
        .done("Retired key 1, and removed it from the key file.\n");
    assert_eq!(desk.read("stopgap.key").lines().count(), 3);
    assert_eq!(desk.mode("stopgap.key"), 0o600);
    desk.hears(&code, "online verify alice")
        .refused("That code is not valid.");
    assert!(
        desk.stopgap("key list")
            .stdout
            .contains("1    retired  no ")
    );
}

/// A key stays in the file if retiring it ended after the change of the store, and in the
/// file of another machine.
#[test]
fn a_key_that_is_left_in_the_file_can_be_removed() {
    let desk = Desk::ready();
    desk.stopgap("key add");
    let before = desk.read("stopgap.key");
    let retired = "Retired key 1, and removed it from the key file.\n";
    desk.stopgap("key retire 1").done(retired);
    let after = desk.read("stopgap.key");
    desk.write("stopgap.key", &before);
    desk.stopgap("key retire 1").done(retired);
    assert_eq!(desk.read("stopgap.key"), after);
    desk.stopgap("key retire 1")
        .refused("refused: there is no key 1 to retire; list the keys");
}

/// Makes a desk with a record of each kind under key 1, and one under key 2.
fn compromised() -> (Desk, [String; 2]) {
    let desk = Desk::ready();
    let code = desk.line("online issue alice --purpose reset --valid 7d");
    let security =
        desk.line("security create --same-as bob --unlimited-scope --description nightly");
    desk.stopgap("machine enrol carol LAPTOP-17 --out 17.enrolment");
    desk.stopgap("preset set lost-token");
    desk.line("tenant add acme");
    desk.line("--tenant acme online issue zoe");
    assert_eq!(desk.stopgap("key add").status, 0);
    desk.line("online issue dora");
    (desk, [code, security])
}

#[test]
fn a_compromised_key_ends_all_that_it_made() {
    let (desk, [code, security]) = compromised();
    desk.stopgap("key retire 1 --compromised")
        .failed(2, "not a terminal: pass --yes to confirm");
    assert_eq!(desk.read("stopgap.key").lines().count(), 4);
    let said = desk.stopgap("key retire 1 --compromised --yes");
    assert_eq!((said.status, said.stderr.as_str()), (0, ""));
    let narrow = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = masked(&said.stdout).lines().map(narrow).collect();
    let ended = [
        "Retired key 1, and removed it from the key file. This ended 4 records of the tenant default.",
        "ENDED USER OR ACCESS ID OR NAME DETAIL",
        "online code alice <id> reset, until <time>",
        "security code same as bob <id> nightly",
        "enrolment carol LAPTOP-17 generation",
        "preset - lost-token -",
    ];
    assert_eq!(lines.len(), ended.len(), "{lines:?}");
    for (line, ended) in lines.iter().zip(ended) {
        assert!(line.starts_with(ended), "{line}");
    }
    assert_eq!(desk.read("stopgap.key").lines().count(), 3);
    let list = desk.stopgap("key list").stdout;
    assert!(list.contains("1    compromised  no "), "{list}");
    let list = desk.stopgap("key list --json").stdout;
    assert_eq!(list.matches("\"compromised\":true").count(), 1, "{list}");
    desk.hears(&code, "online verify alice --purpose reset")
        .refused("That code is not valid.");
    desk.hears(&security, "security authenticate")
        .refused("That code is not valid.");
    desk.stopgap("security list").done("");
    desk.stopgap("preset list").done("");
    assert!(
        desk.stopgap("machine list carol")
            .stdout
            .contains("retired")
    );
    assert!(
        desk.stopgap("online list dora")
            .stdout
            .contains("  active  ")
    );

    // Once more, for this tenant and another.
    desk.stopgap("key retire 1 --compromised --yes").done(
        "Retired key 1, and removed it from the key file. \
         This ended no records of the tenant default.\n",
    );
    let said = desk.stopgap("--tenant acme key retire 1 --compromised --yes --json");
    let ended: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(
        (&ended["key"], &ended["retired"]),
        (&1.into(), &true.into())
    );
    assert_eq!(ended["codes"][0]["user"], "zoe");
    assert_eq!(ended["codes"][0]["state"], "revoked");
    for none in ["security_codes", "machines", "presets"] {
        assert_eq!(ended[none], serde_json::json!([]), "{none}");
    }
}

#[test]
fn a_compromised_key_ends_thousands_of_codes() {
    let desk = Desk::ready();
    let people: Vec<String> = (0..1_200).map(|number| format!("user{number}")).collect();
    desk.write("people.csv", format!("user\n{}", people.join("\n")));
    desk.stopgap("online issue --from people.csv --out codes.csv");
    desk.stopgap("key add");
    let said = desk.stopgap("key retire 1 --compromised --yes");
    assert!(
        said.stdout
            .contains("This ended 1,200 records of the tenant default."),
        "{said:?}"
    );
    let list = desk.stopgap("online list --limit 2000 --json").stdout;
    assert_eq!(list.matches("\"state\":\"revoked\"").count(), 1_200);
}

#[test]
fn a_compromised_key_that_cannot_be_retired_is_refused() {
    let (desk, _) = compromised();
    let before = desk.read("stopgap.key");
    for yes in ["", " --yes"] {
        let retire = |words: &str| desk.stopgap(&format!("key retire {words} --compromised{yes}"));
        retire("2").refused("refused: key 2 is the primary key; add another key first");
        retire("9").refused("refused: there is no key 9 to retire; list the keys");
        retire("1 --role administrator").refused("refused: administrator may not manage keys");
    }
    assert_eq!(desk.read("stopgap.key"), before);

    // The key file of another machine still has it as the primary key.
    assert_eq!(desk.stopgap("key retire 1 --compromised --yes").status, 0);
    let old: Vec<&str> = before
        .lines()
        .filter(|line| !line.starts_with("2 "))
        .collect();
    desk.write("stopgap.key", old.join("\n"));
    desk.stopgap("online list").failed(
        3,
        "key 1 was retired, perhaps on another machine: use the current key file, whose last key \
         is the primary key",
    );
}

#[test]
fn a_role_without_the_right_changes_nothing() {
    let desk = Desk::ready();
    let before = desk.read("stopgap.key");
    for words in ["key add", "key retire 1"] {
        desk.stopgap(&format!("{words} --role administrator"))
            .refused("refused: administrator may not manage keys");
    }
    assert_eq!(desk.read("stopgap.key"), before);
}

#[test]
fn a_bare_key_and_comments_are_kept() {
    let desk = Desk::new();
    let key = "ab".repeat(32);
    desk.write("stopgap.key", format!("# from the safe\n{key}\n"));
    desk.set_mode("stopgap.key", 0o600);
    let said = desk.stopgap("init");
    assert_eq!(
        (said.status, said.stderr.as_str()),
        (0, "Made the store stopgap.db.\n")
    );
    assert_eq!(desk.stopgap("key add").status, 0);
    let text = desk.read("stopgap.key");
    assert!(
        text.starts_with(&format!("# from the safe\n1 {key}\n2 ")),
        "{text}"
    );
}
