//! `stopgap agent unlock`: an online code on a machine that reaches the store.

use std::fs;

use super::desk::{Desk, now};

const ACTIVE: &str =
    "The password-only lock is active until <time> (in 7 days): name and password are enough.\n";
const INACTIVE: &str = "No password-only lock is active: the second factor is required.\n";
const UNLOCK: &str = "agent unlock 17.enrolment";

/// A machine that reaches the store: the files of both are in one folder.
fn online_machine() -> Desk {
    let desk = Desk::ready();
    let enrolled = desk.stopgap("machine enrol alice LAPTOP-17 --out 17.enrolment");
    assert_eq!(enrolled.status, 0);
    desk
}

/// Returns the number of uses of the only code of a user.
fn uses(desk: &Desk, user: &str) -> u64 {
    let list = desk.stopgap(&format!("online list {user} --json")).stdout;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    list["codes"][0]["uses"].as_u64().unwrap()
}

#[test]
fn an_online_code_activates_the_lock_until_it_expires() {
    let desk = online_machine();
    let code = desk.line("online issue alice --valid 7d --max-uses 2");
    desk.hears(&code, UNLOCK).done(ACTIVE);
    desk.stopgap("agent status 17.enrolment").done(ACTIVE);
    assert_eq!(uses(&desk, "alice"), 1);
    let log = desk.stopgap("log --json").stdout;
    assert!(log.contains("\"kind\":\"online.verify\""), "{log}");
    desk.stopgap("agent clear 17.enrolment").done(INACTIVE);

    let said = desk.hears(&code, &format!("{UNLOCK} --json"));
    let said: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let list = desk.stopgap("online list alice --json").stdout;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!(said["outcome"], "done");
    assert_eq!(said["purpose"], "bypass");
    assert_eq!(said["active"], true);
    // The lock ends with the code, whose end is in whole microseconds.
    let until = said["until"].as_str().unwrap().trim_end_matches('Z');
    let expires_at = list["codes"][0]["expires_at"].as_str().unwrap();
    assert!(expires_at.starts_with(until), "{expires_at} {until}");
    desk.hears(&code, UNLOCK)
        .refused("That code has been used.");
}

#[test]
fn a_refused_code_activates_nothing() {
    let desk = online_machine();
    let reset = desk.line("online issue alice --purpose reset");
    let other = desk.line("online issue bob");
    for code in [&reset, &other, "0000-0000-0000"] {
        desk.hears(code, UNLOCK).refused("That code is not valid.");
    }
    desk.hears("3F9A", UNLOCK)
        .refused("That is not a complete code; it has 4 characters, not 12.");
    desk.hears("", UNLOCK)
        .failed(2, "no code was given: type it at the prompt, or pipe it in");
    desk.stopgap("agent status 17.enrolment")
        .is(1, INACTIVE, "");
}

/// A use is counted only if the lock can be activated.
#[test]
fn a_machine_that_cannot_be_unlocked_uses_up_no_code() {
    let desk = online_machine();
    let code = desk.line("online issue alice --valid 7d --max-uses 1");
    desk.hears(&code, "agent unlock 18.enrolment")
        .failed(3, "18.enrolment: No such file or directory (os error 2)");

    // The machine's clock was ahead once: its state has a later time.
    let enrolment: serde_json::Value = serde_json::from_str(&desk.read("17.enrolment")).unwrap();
    let key = stopgap::EnrolmentKey::from_hex(enrolment["key"].as_str().unwrap()).unwrap();
    let later = now() + chrono::Days::new(1);
    let mut agent = stopgap::offline::Agent::new(key);
    let step = agent.log_on(later);
    step.keep(|state| fs::write(desk.path("17.enrolment.state"), state.as_bytes()))
        .unwrap()
        .unwrap();
    desk.hears(&code, UNLOCK).refused(
        "refused: this computer's clock shows <time>, and <time> was seen before: set the clock \
             right",
    );

    desk.write("17.enrolment.state", "damaged");
    desk.hears(&code, UNLOCK).failed(
        3,
        "17.enrolment.state: a sealed state has 76 bytes, this one 7",
    );
    fs::remove_file(desk.path("17.enrolment.state")).unwrap();
    let said = desk.hears(&code, UNLOCK);
    assert!(
        said.stderr.contains("17.enrolment.state is missing"),
        "{said:?}"
    );
    assert_eq!(uses(&desk, "alice"), 0);
    fs::remove_file(desk.path("17.enrolment")).unwrap();
    desk.line("machine enrol alice LAPTOP-17 --out 17.enrolment");
    desk.hears(&code, UNLOCK).done(ACTIVE);
}

/// The store and the enrolment may be in different folders.
#[test]
fn the_store_is_the_one_that_the_options_name() {
    let (desk, plane) = (online_machine(), Desk::new());
    let code = desk.line("online issue alice --valid 7d");
    fs::rename(desk.path("17.enrolment"), plane.path("17.enrolment")).unwrap();
    let home = desk.path("");
    let unlock = format!("{UNLOCK} --home {}", home.display());
    plane.hears(&code, &unlock).done(ACTIVE);
    assert_eq!(plane.files(), ["17.enrolment", "17.enrolment.state"]);
}
