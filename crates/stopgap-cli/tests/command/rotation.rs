//! `stopgap security create` with an expiry, and `stopgap security rotate`.

use std::{thread, time::Duration};

use serde_json::Value;

use super::desk::Desk;

const CREATE: &str = "security create --same-as bob --scope read --description nightly";
const BOB: &str = "\"nightly\" (same as bob; scopes read)";

fn json(desk: &Desk, words: &str) -> Value {
    let said = desk.stopgap(&format!("{words} --json"));
    assert_eq!(said.status, 0, "{words}: {}", said.stderr);
    serde_json::from_str(&said.stdout).unwrap()
}

/// Returns the newest event of a kind.
fn newest(desk: &Desk, kind: &str) -> Value {
    let log = json(desk, "log");
    let mut events = log["events"].as_array().unwrap().iter();
    events.find(|event| event["kind"] == kind).unwrap().clone()
}

/// Creates a code. Returns its id and its text.
fn create(desk: &Desk, options: &str) -> (String, String) {
    let created = json(desk, &format!("{CREATE} {options}"));
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    (word(&created["record"]["id"]), word(&created["code"]))
}

#[track_caller]
fn authenticates(desk: &Desk, code: &str) {
    desk.hears(code, "security authenticate")
        .done("Authenticated as user, the same as bob.\nIts scopes are read.\n");
}

#[test]
fn a_code_has_the_expiry_of_the_options() {
    let desk = Desk::ready();
    let state = |options: &str| {
        let (id, _) = create(&desk, options);
        let shown = desk.stopgap(&format!("security describe {id} nightly"));
        super::desk::masked(&shown.stdout)
    };
    let active = |left: &str| format!("<id>: {BOB}, active until <time> ({left}).\n");
    assert_eq!(state(""), active("in 24 hours"));
    assert_eq!(state("--expires 7d"), active("in 7 days"));
    assert_eq!(state("--expires 12h"), active("in 12 hours"));
    assert_eq!(state("--permanent"), format!("<id>: {BOB}, permanent.\n"));

    let created = json(
        &desk,
        &format!("{CREATE} --expires '2099-12-24 18:00' --zone Europe/Berlin"),
    );
    assert_eq!(created["record"]["expires_at"], "2099-12-24T17:00:00Z");
    assert_eq!(created["record"]["replaces"], Value::Null);
    let event = newest(&desk, "security.create");
    assert_eq!(event["detail"], "until 2099-12-24T17:00:00Z");

    desk.stopgap(&format!("{CREATE} --expires 2020-01-01"))
        .refused("refused: the new expiry is not in the future; choose a later one");
    for options in ["--expires 7d --permanent", "--expires soon", "--unlimited"] {
        let said = desk.stopgap(&format!("{CREATE} {options}"));
        assert_eq!((said.status, said.stdout.as_str()), (2, ""), "{options}");
    }
}

/// Options are checked before a store is made.
#[test]
fn an_hour_that_clocks_skip_makes_no_store() {
    let desk = Desk::new();
    let skipped = "--expires '2026-03-29 02:30' --zone Europe/Berlin";
    desk.stopgap(&format!("{CREATE} {skipped}")).failed(
        2,
        "clocks never show that time, as summer time begins; choose another",
    );
    assert!(desk.files().is_empty());
}

#[test]
fn both_codes_work_during_the_overlap() {
    let desk = Desk::ready();
    let (old_id, old) = create(&desk, "--expires 30d");
    let said = desk.stopgap(&format!("security rotate {old_id}"));
    said.done("<code>\n");
    let new = said.stdout.trim();
    assert_ne!(new, old);
    authenticates(&desk, &old);
    authenticates(&desk, new);

    let list = json(&desk, "security list");
    let codes = list["codes"].as_array().unwrap();
    assert_eq!(codes.len(), 2);
    assert_eq!(codes[0]["id"], *old_id);
    assert_eq!(codes[0]["replaces"], Value::Null);
    assert_eq!(codes[1]["replaces"], *old_id);
    for field in ["access", "scopes", "description"] {
        assert_eq!(codes[1][field], codes[0][field], "{field}");
    }
    let table = desk.stopgap("security list").stdout;
    let row = table.lines().nth(2).unwrap();
    assert!(row.ends_with(&format!("  {old_id}")), "{table}");

    // The old code ends after a day, not after 30.
    let old = format!("security describe {old_id} nightly");
    let until = format!("<id>: {BOB}, active until <time> (in 24 hours).\n");
    desk.stopgap(&old).done(&until);
    let event = newest(&desk, "security.rotate");
    let new_id = codes[1]["id"].as_str().unwrap();
    assert_eq!(event["subject"], *old_id);
    let detail = event["detail"].as_str().unwrap();
    assert!(
        detail.ends_with(&format!(", replaced by {new_id}")),
        "{detail}"
    );
}

#[test]
fn the_old_code_ends_with_the_overlap() {
    let desk = Desk::ready();
    let (id, old) = create(&desk, "--permanent");
    let rotated = json(&desk, &format!("security rotate {id} --overlap 1s"));
    assert_eq!(rotated["replaced"]["id"], *id);
    assert_eq!(rotated["record"]["replaces"], *id);
    // A permanent code is replaced by a permanent one.
    assert_eq!(rotated["record"]["state"], "permanent");
    thread::sleep(Duration::from_millis(1_100));
    desk.hears(&old, "security authenticate")
        .refused("That code has expired; ask for a new one.");
    authenticates(&desk, rotated["code"].as_str().unwrap());

    // Without an overlap it ends at once.
    let (id, old) = create(&desk, "");
    let rotated = json(
        &desk,
        &format!("security rotate {id} --overlap 0 --permanent"),
    );
    assert_eq!(rotated["replaced"]["state"], "expired");
    assert_eq!(rotated["record"]["state"], "permanent");
    desk.hears(&old, "security authenticate")
        .refused("That code has expired; ask for a new one.");
    authenticates(&desk, rotated["code"].as_str().unwrap());

    let again = format!("security rotate {id}");
    desk.stopgap(&again)
        .refused("refused: the security code expired at <time>; reactivate it first");
    desk.stopgap(&format!("security reactivate {id}"));
    assert_eq!(desk.stopgap(&again).status, 0);
}

#[test]
fn a_rotation_is_refused_for_every_reason() {
    let desk = Desk::ready();
    let (id, _) = create(&desk, "");
    let rotate = format!("security rotate {id}");
    desk.stopgap(&format!("{rotate} --role administrator"))
        .refused("refused: administrator may not manage security codes");
    desk.stopgap("security rotate 019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11")
        .refused("refused: the security code does not exist any more; create a new one");
    for overlap in ["soon", "2020-01-01", "-1", "tomorrow"] {
        let said = desk.stopgap(&format!("{rotate} --overlap={overlap}"));
        assert_eq!(said.status, 2, "{overlap}");
        let form = "an overlap is written 1d, 12h, 30m or 0";
        assert!(said.stderr.contains(form), "{}", said.stderr);
    }
    let codes = json(&desk, "security list");
    assert_eq!(codes["codes"].as_array().unwrap().len(), 1);
    assert_eq!(codes["codes"][0]["state"], "active");
}
