//! C and Rust agree: each may be the server or the machine, and use the other's files.

use std::fs;

use stopgap::{
    EnrolmentKey, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Refusal, Sealed, SysRng,
    Validity, VerifyRequest,
    chrono::{DateTime, Utc},
    offline::{Agent, Enrolment, OfflinePolicy, SealedState},
};

use crate::{
    place::{NOW, Place, first_word},
    records::Records,
};

const UNTIL: &str = "password-only until 2026-11-28T15:00:00Z";

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn week() -> Validity {
    Validity::days(7).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |digits, byte| format!("{digits}{byte:02X}"))
}

fn agent_key(place: &Place) -> EnrolmentKey {
    EnrolmentKey::from_hex(&fs::read_to_string(place.path("machine/key")).unwrap()).unwrap()
}

fn server_ring(place: &Place) -> KeyRing {
    let key = fs::read_to_string(place.path("server/key")).unwrap();
    KeyRing::new(KeyId(1), &MasterKey::from_hex(&key).unwrap())
}

/// Returns the agent of C's files.
fn resumed(place: &Place) -> Agent {
    let state = fs::read(place.path("machine/state")).unwrap();
    Agent::resume(agent_key(place), &SealedState::from_slice(&state).unwrap()).unwrap()
}

#[test]
fn a_server_of_rust_answers_an_agent_of_c() {
    for place in Place::all("rust-server") {
        let ring = KeyRing::new(KeyId(7), &MasterKey::generate(&mut SysRng).unwrap());
        let enrolments = [
            Enrolment::new(&ring, "alice", "DESKTOP-1", at(NOW), &mut SysRng).unwrap(),
            Enrolment::new(&ring, "alice", "LAPTOP-17", at(NOW), &mut SysRng).unwrap(),
        ];
        let key = enrolments[1].key(&ring).unwrap();
        place.enrol(&hex(key.reveal())).yes();
        let policy = OfflinePolicy::default().validity(week());
        let request = place.request_code(NOW);
        let request = VerifyRequest::new("alice", &request, Purpose::Bypass);
        let answer = policy
            .answer(&ring, &enrolments, &request, at(NOW + 90))
            .unwrap();
        assert_eq!(answer.enrolment.machine, *"LAPTOP-17");
        let redeem = || place.agent(&format!("redeem {NOW}"), answer.code.reveal().as_str());
        assert_eq!(redeem().yes(), UNTIL);
        assert_eq!(answer.expires_at, Some(at(NOW + 7 * 86_400)));
        assert_eq!(redeem().no(), "That code has been used.");
    }
}

#[test]
fn a_server_of_c_answers_an_agent_of_rust() {
    for place in Place::all("rust-agent") {
        let key = place.server("enrol alice LAPTOP-17", "").yes();
        let mut agent = Agent::new(EnrolmentKey::from_hex(&key).unwrap());
        let request = agent.request_code(at(NOW));
        let words = format!("answer alice bypass 7d {}", NOW + 90);
        let answer = place.server(&words, request.as_str()).yes();
        assert!(answer.ends_with(" for LAPTOP-17 until 2026-11-28T15:00:00Z"));
        let mut redeem = || {
            let step = agent.redeem(&first_word(&answer), Purpose::Bypass, at(NOW + 120));
            step.confirm()
        };
        let lock = redeem().unwrap().password_only_lock().unwrap();
        assert_eq!(lock.until, at(NOW + 7 * 86_400));
        assert_eq!(redeem(), Err(Refusal::UsedUp));
    }
}

#[test]
fn a_state_of_c_resumes_in_rust() {
    for place in Place::all_enrolled("rust-resumes") {
        let code = place.answered(NOW);
        place.agent(&format!("redeem {NOW}"), &code).yes();
        let mut agent = resumed(&place);
        assert_eq!(
            agent.seal().as_bytes().as_slice(),
            fs::read(place.path("machine/state")).unwrap()
        );
        let lock = agent.log_on(at(NOW)).confirm();
        assert!(lock.unwrap().is_some());
        let again = agent.redeem(&code, Purpose::Bypass, at(NOW)).confirm();
        assert_eq!(again, Err(Refusal::UsedUp));
    }
}

#[test]
fn a_state_of_rust_resumes_in_c() {
    for place in Place::all_enrolled("c-resumes") {
        let code = place.answered(NOW);
        let mut agent = resumed(&place);
        let step = agent.redeem(&code, Purpose::Bypass, at(NOW));
        let (state, lock) = (step.state().unwrap(), step.confirm());
        assert!(lock.is_ok());
        fs::write(place.path("machine/state"), state.as_bytes()).unwrap();
        let status = place.agent(&format!("status {NOW}"), "").yes();
        assert_eq!(status, "password-only until 2026-12-21T15:00:00Z");
        let again = place.agent(&format!("redeem {NOW}"), &code);
        assert_eq!(again.no(), "That code has been used.");
    }
}

#[test]
fn a_grant_of_c_is_verified_in_rust() {
    for place in Place::all("rust-verifies") {
        let code = place.issue("alice reset 1mo");
        let ring = server_ring(&place);
        let mut file = fs::read(place.path("server/records")).unwrap();
        let sealed = Records(&mut file).grant(0);
        let grant = sealed.open(&ring).unwrap();
        assert_eq!((grant.issued_at, grant.max_uses), (at(NOW), Some(1)));
        let request = VerifyRequest::new("alice", &code, Purpose::Reset);
        let granted = sealed.verify(&ring, &request, at(NOW)).unwrap();
        assert_eq!(granted.expires_at(), at(NOW + 30 * 86_400));
        let again = granted.record.verify(&ring, &request, at(NOW));
        assert_eq!(again.map(|_| ()), Err(Refusal::UsedUp));
        let (mut grant, tag) = sealed.into_parts();
        grant.expires_at = at(NOW + 365 * 86_400);
        let edited = Sealed::from_parts(grant, tag);
        assert_eq!(edited.open(&ring).map(|_| ()), Err(Refusal::Tampered));
    }
}

#[test]
fn a_grant_of_rust_is_verified_in_c() {
    for place in Place::all("c-verifies") {
        place.issue("bob reset 1d");
        let ring = server_ring(&place);
        let twice = OnlinePolicy::default().max_uses(2).validity(week());
        let (code, sealed) = twice.issue(&ring, "alice", at(NOW), &mut SysRng).unwrap();
        place.change("server/records", |file| Records(file).add_grant(&sealed));
        let verify = || place.server(&format!("verify alice reset {NOW}"), code.reveal().as_str());
        for _ in 0..2 {
            assert_eq!(verify().yes(), "granted until 2026-11-28T15:00:00Z");
        }
        assert_eq!(verify().no(), "That code has been used.");
        place.change("server/records", |file| {
            assert_eq!(Records(file).grant(1).open(&ring).unwrap().uses, 2);
        });
    }
}

#[test]
fn an_enrolment_of_c_is_one_in_rust() {
    for place in Place::all_enrolled("rust-enrolment") {
        let mut file = fs::read(place.path("server/records")).unwrap();
        let sealed = Records(&mut file).enrolment();
        let enrolment = sealed.unverified();
        assert_eq!(
            (enrolment.user.as_str(), enrolment.machine.as_str()),
            ("alice", "LAPTOP-17")
        );
        let key = sealed.key(&server_ring(&place)).unwrap();
        assert_eq!(key.reveal(), agent_key(&place).reveal());
    }
}
