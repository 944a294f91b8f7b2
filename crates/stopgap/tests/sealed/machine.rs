//! Enrolments of machines.

use chrono::{DateTime, Utc};
use stopgap::{
    Alphabet, InvalidValue, KeyId, LifecycleError, MasterKey, Purpose, Refusal, Sealed,
    VerifyRequest,
    offline::{Enrolment, OfflinePolicy, RequestError, minute_of},
};

use super::{
    MISSING, NOW, at, edits, forge, is_refused, keys, maybe, name, nearly, others, rng, swap,
};

pub(crate) fn enrol(machine: &str, seed: u64) -> Sealed<Enrolment> {
    Enrolment::new(&keys(), "alice", machine, at(NOW), &mut rng(seed)).unwrap()
}

/// Returns the request code that the machine shows now.
fn shown(enrolment: &Sealed<Enrolment>) -> String {
    let key = enrolment.key(&keys()).unwrap();
    key.request_code(minute_of(at(NOW)), &Alphabet::UNAMBIGUOUS)
        .to_string()
}

fn edits_of(sound: &Enrolment) -> Vec<(&'static str, Enrolment)> {
    let generation = sound.generation;
    edits!(
        sound,
        Enrolment {
            key_id: [KeyId(2), MISSING],
            user: ["bob", "alic", "alicee", "Alice"].map(name),
            machine: ["LAPTOP-18", "LAPTOP-1", "LAPTOP-177", "laptop-17"].map(name),
            generation: others(
                &generation,
                [generation + 1, generation - 1, 0, 1, u32::MAX]
            ),
            enrolled_at: nearly(sound.enrolled_at),
            retired_at: maybe(sound.retired_at),
        }
    )
}

/// Calls every function that decides about a record, and checks that it refuses.
fn check_refused(field: &str, edited: &Sealed<Enrolment>, request_code: &str) {
    let (keys, now) = (keys(), at(NOW));
    for refused in [
        edited.key(&keys).map(|_| ()),
        edited.retire(&keys, now).map(|_| ()),
    ] {
        let refusal = refused.unwrap_err();
        assert!(is_refused(field, refusal), "{field}: {refusal}");
    }
    let error = edited.next(&keys, now).map(|_| ());
    let Err(LifecycleError::Record(refusal)) = error else {
        panic!("{field}: {error:?}");
    };
    assert!(is_refused(field, refusal), "{field}: {refusal}");

    let policy = OfflinePolicy::default();
    for user in ["alice", edited.unverified().user.as_str()] {
        let request = VerifyRequest::new(user, request_code, Purpose::Bypass);
        let one = core::slice::from_ref(edited);
        match policy.answer(&keys, one, &request, now).map(|_| ()) {
            Err(RequestError::Record(refusal)) => {
                assert!(is_refused(field, refusal), "{field}: {refusal}");
            }
            // Enrolments of other users are skipped.
            Err(RequestError::NotEnrolled) => assert!(edited.unverified().user != user),
            answer => panic!("{field}: {answer:?}"),
        }
    }
}

#[test]
fn an_edited_enrolment_is_refused() {
    let enrolled = enrol("LAPTOP-17", 1);
    let request_code = shown(&enrolled);
    let retired = enrolled.retire(&keys(), at(NOW)).unwrap();
    for (sound, count) in [(enrolled, 22), (retired, 22)] {
        for (field, edited) in forge(&sound, edits_of(sound.unverified()), count) {
            check_refused(field, &edited, &request_code);
        }
    }
}

#[test]
fn a_retirement_cannot_be_undone_by_an_edit() {
    let enrolled = enrol("LAPTOP-17", 1);
    let request_code = shown(&enrolled);
    let retired = enrolled.retire(&keys(), at(NOW)).unwrap();
    let (mut record, tag) = retired.into_parts();
    record.retired_at = None;
    let revived = [Sealed::from_parts(record, tag)];
    let request = VerifyRequest::new("alice", &request_code, Purpose::Bypass);
    let answer = OfflinePolicy::default().answer(&keys(), &revived, &request, at(NOW));
    let error = answer.map(|_| ()).unwrap_err();
    assert_eq!(error, RequestError::Record(Refusal::Tampered));
}

#[test]
fn an_edited_enrolment_does_not_hide_the_others() {
    let sound = enrol("LAPTOP-17", 1);
    let request_code = shown(&sound);
    let request = VerifyRequest::new("alice", &request_code, Purpose::Bypass);
    for (_, edited) in forge(&sound, edits_of(sound.unverified()), 22) {
        let enrolments = [edited, sound.clone()];
        let answer = OfflinePolicy::default().answer(&keys(), &enrolments, &request, at(NOW));
        assert_eq!(answer.unwrap().enrolment, enrolments[1].unverified());
    }
}

/// The joined names are equal; only their lengths differ.
#[test]
fn a_character_cannot_move_from_the_machine_to_the_user() {
    let sound = enrol("LAPTOP-17", 1);
    let edited = Enrolment {
        user: name("aliceL"),
        machine: name("APTOP-17"),
        ..sound.unverified().clone()
    };
    for (field, edited) in forge(&sound, vec![("user", edited)], 1) {
        check_refused(field, &edited, &shown(&sound));
    }
}

#[test]
fn tags_of_other_machines_and_of_other_states_are_refused() {
    let enrolled = enrol("LAPTOP-17", 1);
    let next = enrolled.next(&keys(), at(NOW)).unwrap();
    let states = [
        enrolled.retire(&keys(), at(NOW)).unwrap(),
        enrolled.retire(&keys(), at(NOW + 1)).unwrap(),
        next.retire(&keys(), at(NOW)).unwrap(),
        enrolled,
        next,
        enrol("LAPTOP-18", 1),
    ];
    swap(&states, 6 * 5);
}

/// A migrated enrolment keeps its time, which must be in the calendar.
#[test]
fn a_migrated_enrolment_is_under_the_primary_key() {
    let enrolled = enrol("LAPTOP-17", 1);
    let record = enrolled.unverified();
    let migrate = |now: DateTime<Utc>| {
        let (user, machine) = (record.user.clone(), record.machine.clone());
        Enrolment::migrate(&keys(), user, machine, record.generation, now)
    };
    let migrated = migrate(record.enrolled_at).unwrap();
    assert_eq!(migrated.tag(), enrolled.tag());
    assert_eq!(migrated.open(&keys()).unwrap(), record);
    for never in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        assert_eq!(migrate(never).unwrap_err(), InvalidValue::TimeOutOfRange);
    }
}

#[test]
fn the_next_enrolment_is_under_the_primary_key() {
    let mut ring = keys();
    let enrolled = enrol("LAPTOP-17", 1);
    ring.add(KeyId(3), &MasterKey::from_bytes([3; 32])).unwrap();
    let retired = enrolled.retire(&ring, at(NOW)).unwrap();
    assert_eq!(retired.unverified().key_id, KeyId(1));
    let next = enrolled.next(&ring, at(NOW)).unwrap();
    assert_eq!(next.open(&ring).unwrap().key_id, KeyId(3));
    assert!(next.key(&ring).is_ok());
}
