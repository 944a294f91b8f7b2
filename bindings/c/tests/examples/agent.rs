//! The agent, as a machine runs it.

use std::fs;

use crate::place::{NOW, Place};

#[test]
fn a_machine_redeems_once_and_remembers() {
    for place in Place::all_enrolled("redeemed") {
        let now = NOW + 42;
        let agent = |words: &str| place.agent(&format!("{words} {now}"), "");
        assert!(agent("show").yes().ends_with(" (another one in 18 s)"));
        assert_eq!(
            agent("status").no_and(),
            ("second factor needed".into(), String::new())
        );
        let request = place.request_code(now).to_lowercase();
        let answer = place
            .server(&format!("answer alice bypass 1mo {}", now + 300), &request)
            .yes();
        let (code, machine) = answer.split_once(' ').unwrap();
        assert_eq!(machine, "for LAPTOP-17 until 2026-12-21T15:00:00Z");
        let redeem = |late: i64| place.agent(&format!("redeem {}", now + late), code);
        let active = "password-only until 2026-12-21T15:00:00Z";
        assert_eq!(redeem(600).yes(), active);
        // Each of these is another process.
        assert_eq!(redeem(601).no(), "That code has been used.");
        let status = |at: i64| place.agent(&format!("status {at}"), "");
        let end = 1_797_865_200;
        assert_eq!(status(now + 602).yes(), active);
        assert_eq!(status(end - 1).yes(), active);
        assert_eq!(status(end).no_and().0, "second factor needed");
        // The clock back: within its lock, but it has been later.
        let (printed, said) = status(now + 602).no_and();
        assert_eq!(
            (printed.as_str(), said.as_str()),
            ("second factor needed", "This computer's clock is wrong.")
        );
    }
}

#[test]
fn a_lock_is_cleared_and_a_late_code_is_late() {
    for place in Place::all_enrolled("cleared") {
        let (first, late) = (place.answered(NOW), place.answered(NOW + 60));
        assert!(place.agent(&format!("redeem {NOW}"), &first).is_yes());
        assert_eq!(place.agent("clear", "").yes(), "second factor needed");
        assert_eq!(place.agent(&format!("status {NOW}"), "").no_and().1, "");
        let redeem = |at: i64, typed: &str| place.agent(&format!("redeem {at}"), typed).no();
        assert_eq!(redeem(NOW, &first), "That code has been used.");
        let expired = redeem(NOW + 60 + 31 * 60, &late);
        assert_eq!(expired, "That code has expired; ask for a new one.");
        let wrong = redeem(NOW + 60 + 31 * 60, "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        assert_eq!(wrong, "That code is not valid.");
    }
}

#[test]
fn a_state_that_was_changed_does_not_open() {
    for place in Place::all_enrolled("tampered-state") {
        let code = place.answered(NOW);
        let before = fs::read(place.path("machine/state")).unwrap();
        assert!(place.agent(&format!("redeem {NOW}"), &code).is_yes());
        let status = || place.agent(&format!("status {NOW}"), "");
        for offset in 0..76 {
            place.change("machine/state", |bytes| bytes[offset] ^= 1);
            let said = status().no();
            assert!(said.contains("state"), "{offset}: {said}");
            place.change("machine/state", |bytes| bytes[offset] ^= 1);
        }
        for length in [0, 75, 77, 500] {
            let whole = fs::read(place.path("machine/state")).unwrap();
            place.change("machine/state", |bytes| bytes.resize(length, 0));
            status().no();
            fs::write(place.path("machine/state"), whole).unwrap();
        }
        assert!(status().is_yes());
        // An older state put back is not noticed, as the header documents.
        fs::write(place.path("machine/state"), before).unwrap();
        assert!(place.agent(&format!("redeem {NOW}"), &code).is_yes());
        // A machine is not enrolled twice by mistake.
        let key = fs::read_to_string(place.path("machine/key")).unwrap();
        assert_eq!(place.enrol(&key).no(), "This machine is enrolled already.");
    }
}

#[test]
fn what_cannot_be_kept_is_not_granted() {
    for place in Place::all_enrolled("kept") {
        let (offline, online) = (place.answered(NOW), place.issue("alice reset 1d"));
        let redeem = || place.agent(&format!("redeem {NOW}"), &offline);
        let verify = || place.server(&format!("verify alice reset {NOW}"), &online);
        // In the place of the drafts.
        let ways = [
            place.path("machine/state.new"),
            place.path("server/records.new"),
        ];
        for way in &ways {
            fs::create_dir(way).unwrap();
        }
        assert!(redeem().no().starts_with("state: "));
        assert!(verify().no().starts_with("records: "));
        place
            .server(&format!("issue alice reset 1d {NOW}"), "")
            .no();
        let (printed, _) = place.agent(&format!("status {NOW}"), "").no_and();
        assert_eq!(printed, "second factor needed");
        for way in &ways {
            fs::remove_dir(way).unwrap();
        }
        assert!(redeem().is_yes());
        assert!(verify().is_yes());
    }
}

#[test]
fn a_machine_that_is_enrolled_anew_has_another_key() {
    for place in Place::all_enrolled("anew") {
        let old = place.request_code(NOW);
        let key = place.server("enrol alice LAPTOP-17", "").yes();
        let answer =
            |request: &str| place.server(&format!("answer alice bypass 7d {NOW}"), request);
        let said = answer(&old).no();
        assert!(said.starts_with("No machine of the user shows"), "{said}");
        fs::remove_dir_all(place.path("machine")).unwrap();
        place.enrol(&key).yes();
        assert!(answer(&place.request_code(NOW)).is_yes());
    }
}
