//! The examples in C and C++ use each other's files.

use crate::place::{NOW, Place};

#[test]
fn one_goes_on_with_the_files_of_another() {
    for place in Place::all_enrolled("twins") {
        let code = place.issue("alice reset 1d");
        let answer = place.answered(NOW);
        let active = "password-only until 2026-12-21T15:00:00Z";
        assert_eq!(place.agent(&format!("redeem {NOW}"), &answer).yes(), active);
        for (index, other) in place.others().enumerate() {
            assert_eq!(other.agent(&format!("status {NOW}"), "").yes(), active);
            let redeemed = other.agent(&format!("redeem {NOW}"), &answer).no();
            assert_eq!(redeemed, "That code has been used.");
            let verified = other.server(&format!("verify alice reset {NOW}"), &code);
            if index == 0 {
                assert_eq!(verified.yes(), "granted until 2026-11-22T15:00:00Z");
            } else {
                assert_eq!(verified.no(), "That code has been used.");
            }
        }
        let verified = place.server(&format!("verify alice reset {NOW}"), &code);
        assert_eq!(verified.no(), "That code has been used.");
    }
}
