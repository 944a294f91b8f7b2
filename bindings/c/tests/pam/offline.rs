//! Offline codes.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use stopgap::{Alphabet, EnrolmentKey, Purpose, Validity, chrono::DateTime, offline::Agent};

use crate::place::{OFFLINE, Place};

const CLEAR: &str = "agent clear machine/alice.enrolment";

#[test]
fn a_code_is_good_once_and_activates_the_lock() {
    let Some(place) = Place::enrolled("once", OFFLINE) else {
        return;
    };
    let mut logon = place.log_on("alice");
    let request_code = logon.asked().unwrap();
    let code = place.answer("alice", &request_code, "--valid 7d");
    logon.types(&code);
    let granted = logon.ends().yes();
    assert!(
        granted.log.contains("offline code of alice: granted"),
        "{granted:?}"
    );
    assert!(!granted.log.contains(&code), "{granted:?}");
    // While the lock is active, nothing is asked.
    let unasked = place.log_on("alice").ends().yes();
    assert!(!unasked.said.contains("Code"), "{unasked:?}");
    assert!(
        unasked.log.contains("password-only lock of alice: granted"),
        "{unasked:?}"
    );
    // The command sees the same lock, and clears it.
    let status = place.stopgap("agent status machine/alice.enrolment", "");
    assert!(status.contains("active until"), "{status}");
    place.stopgap(CLEAR, "");
    let again = place.log_on("alice").answers(&code);
    again.no(
        "That code has been used.",
        "offline code of alice: the code has no use left",
    );
}

#[test]
fn a_code_is_read_as_people_type_it() {
    let Some(place) = Place::new("typed") else {
        return;
    };
    place.serve(OFFLINE);
    let forms: [fn(&str) -> String; 3] = [
        str::to_lowercase,
        |code| code.replace('-', ""),
        |code| format!("  {} ", code.replace('-', " ")),
    ];
    for (user, form) in ["alice", r"CORP\bob", "carol@example.com"]
        .into_iter()
        .zip(forms)
    {
        place.enrol(user);
        let mut logon = place.log_on(user);
        let code = place.answer(user, &logon.asked().unwrap(), "");
        logon.types(&form(&code));
        logon.ends().yes();
    }
}

#[test]
fn a_wrong_code_is_refused_and_the_sixth_attempt_waits() {
    let Some(place) = Place::enrolled("wrong", OFFLINE) else {
        return;
    };
    for _ in 0..5 {
        let wrong = place.log_on("alice").answers("ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        wrong.no("That code is not valid.", "offline code of alice: ");
    }
    let mut logon = place.log_on("alice");
    let code = place.answer("alice", &logon.asked().unwrap(), "");
    logon.types(&code);
    logon
        .ends()
        .no("Too many tries; try again at ", "locked until ");
}

#[test]
fn an_online_code_is_no_offline_code() {
    let Some(place) = Place::enrolled("malformed", OFFLINE) else {
        return;
    };
    for typed in ["3F9A-77C2-01BE", "", " ", "é\u{7f}", "🙂"] {
        place
            .log_on("alice")
            .answers(typed)
            .no("", "offline code of alice: ");
    }
}

/// Replaces the state of alice's machine by that of an agent which redeemed a code for a day
/// some hours from now.
#[expect(clippy::disallowed_methods, reason = "the module uses the clock")]
fn redeemed(place: &Place, hours: i64) {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let then = i64::try_from(now).unwrap() + hours * 3_600;
    let path = place.path("machine/alice.enrolment");
    let text = fs::read_to_string(&path).unwrap();
    let (_, digits) = text.split_once(r#""key":""#).unwrap();
    let key = || EnrolmentKey::from_hex(&digits[..64]).unwrap();
    let day = Validity::days(1).unwrap();
    let code = key().offline_code(then / 60, Purpose::Bypass, day, &Alphabet::UNAMBIGUOUS);
    let mut agent = Agent::new(key());
    let step = agent.redeem(
        &code.unwrap().reveal().to_string(),
        Purpose::Bypass,
        DateTime::from_timestamp(then, 0).unwrap(),
    );
    let _ = step.keep(|_| Ok::<_, ()>(())).unwrap().unwrap();
    let state = place.path("machine/alice.enrolment.state");
    fs::write(state, agent.seal().as_bytes()).unwrap();
    place.change(
        "machine/alice.enrolment",
        r#""used":false"#,
        r#""used":true "#,
    );
}

#[test]
fn a_lock_that_has_ended_is_of_no_use() {
    let Some(place) = Place::enrolled("ended", OFFLINE) else {
        return;
    };
    redeemed(&place, -23);
    place.log_on("alice").ends().yes();
    let Some(place) = Place::enrolled("ended", OFFLINE) else {
        return;
    };
    redeemed(&place, -25);
    let mut logon = place.log_on("alice");
    let code = place.answer("alice", &logon.asked().unwrap(), "");
    logon.types(&code);
    logon.ends().yes();
}

#[test]
fn a_clock_that_was_set_back_is_refused() {
    let Some(place) = Place::enrolled("clock", OFFLINE) else {
        return;
    };
    redeemed(&place, 3);
    let refused = place.log_on("alice").ends();
    let refused = refused.no("This computer's clock is wrong.", "clock");
    assert!(!refused.said.contains("Code"), "{refused:?}");
}

#[test]
fn a_reset_needs_a_code_of_its_own_each_time() {
    let Some(place) = Place::enrolled("reset", OFFLINE) else {
        return;
    };
    let mut logon = place.log_on("alice");
    let bypass = place.answer("alice", &logon.asked().unwrap(), "");
    logon.types(&bypass);
    logon.ends().yes();
    place.serve("enrolments=machine purpose=reset");
    let refused = place.log_on("alice").answers(&bypass);
    refused.no("That code is not valid.", "");
    // The lock does not answer for a code.
    let unanswered = place.log_on("alice").ends();
    unanswered.no("Request code: ", "gave no answer");
    place.enrol("bob");
    let mut logon = place.log_on("bob");
    let reset = place.answer("bob", &logon.asked().unwrap(), "--purpose reset");
    logon.types(&reset);
    logon.ends().yes();
    place.serve(OFFLINE);
    place
        .log_on("bob")
        .ends()
        .no("Request code: ", "gave no answer");
}

#[test]
fn the_zone_decides_when_a_lock_ends() {
    let Some(place) = Place::new("zone") else {
        return;
    };
    for (user, zone) in [("alice", "Pacific/Kiritimati"), ("bob", "Europe/Berlin")] {
        place.enrol(user);
        place.serve(&format!("enrolments=machine zone={zone}"));
        let mut logon = place.log_on(user);
        let words = format!("--valid 1mo --zone {zone} --json");
        let answer = place.answer(user, &logon.asked().unwrap(), &words);
        let member = |text: &str, name: &str| {
            let (_, value) = text.split_once(&format!(r#""{name}":""#)).unwrap();
            value.split('"').next().unwrap().to_owned()
        };
        logon.types(&member(&answer, "code"));
        logon.ends().yes();
        let status = place.stopgap(&format!("agent status machine/{user}.enrolment --json"), "");
        assert_eq!(member(&status, "until"), member(&answer, "expires_at"));
    }
    place.serve("enrolments=machine zone=Nowhere");
    place.enrol("carol");
    let mut logon = place.log_on("carol");
    let code = place.answer("carol", &logon.asked().unwrap(), "");
    logon.types(&code);
    logon.ends().no("", "offline code of carol: ");
}

#[test]
fn two_logons_at_once_spend_a_code_once() {
    let Some(place) = Place::new("at-once") else {
        return;
    };
    place.serve(OFFLINE);
    for user in ["alice", "bob", "carol", "dan"] {
        place.enrol(user);
        let mut logons: Vec<_> = (0..3).map(|_| place.log_on(user)).collect();
        let asked = logons.iter_mut().map(|logon| logon.asked().unwrap());
        let request_code = asked.last().unwrap();
        let code = place.answer(user, &request_code, "");
        for logon in &mut logons {
            logon.types(&code);
        }
        let ended: Vec<_> = logons.into_iter().map(crate::logon::Logon::ends).collect();
        let granted = ended.iter().filter(|ended| ended.is_granted).count();
        assert_eq!(granted, 1, "{ended:?}");
        let used = ended
            .iter()
            .filter(|ended| ended.said.contains("has been used"))
            .count();
        assert_eq!(used, 2, "{ended:?}");
    }
}
