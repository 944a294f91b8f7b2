//! `stopgap key`.

use super::desk::Desk;

#[test]
fn a_key_comes_and_one_goes() {
    let desk = Desk::ready();
    let code = desk.line("online issue alice");
    desk.stopgap("key add").done(
        "Key 2 is the primary key now. Copy the key file again, and to every machine that uses it.\n",
    );
    desk.stopgap("key list").done(
        "KEY  STATE     NEEDED  ADDED\n\
         1    verifies  yes     <time> (now)\n\
         2    primary   no      <time> (now)\n",
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

#[test]
fn who_may_not_changes_nothing() {
    let desk = Desk::ready();
    let before = desk.read("stopgap.key");
    for words in ["key add", "key list", "key retire 1"] {
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
    desk.stopgap("online list")
        .is(0, "", "Made the store stopgap.db.\n");
    assert_eq!(desk.stopgap("key add").status, 0);
    let text = desk.read("stopgap.key");
    assert!(
        text.starts_with(&format!("# from the safe\n1 {key}\n2 ")),
        "{text}"
    );
}
