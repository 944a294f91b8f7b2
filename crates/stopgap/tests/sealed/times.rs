//! Times of records: whole microseconds, which every store can keep.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    Actor, LifecycleEvent, Lifetime, OnlinePolicy, Preset, Purpose, Record, Refusal, Role, Sealed,
    SecurityCode, Throttle, UserHead, UserThrottle, Verification, VerifyRequest,
    offline::Enrolment,
};

use super::{NOW, at, head, keys, machine, name, online, rng, security, store};

/// Returns the time of a record in one field.
type Field<R> = fn(&mut R) -> &mut DateTime<Utc>;

/// Checks that a record with a time between two microseconds is refused, although its tag
/// is right for the time without nanoseconds.
fn check<R: Record + Clone>(sound: &Sealed<R>, fields: &[Field<R>]) {
    let open = |field: Field<R>, step| {
        let (mut record, tag) = sound.clone().into_parts();
        *field(&mut record) += step;
        Sealed::from_parts(record, tag).open(&keys()).map(|_| ())
    };
    for (index, field) in fields.iter().enumerate() {
        assert_eq!(open(*field, TimeDelta::zero()), Ok(()), "{index}");
        for nanos in [1, 500, 999, 1_000, -1, -1_000] {
            let opened = open(*field, TimeDelta::nanoseconds(nanos));
            assert_eq!(opened, Err(Refusal::Tampered), "{index}: {nanos}");
        }
    }
}

#[test]
fn a_time_between_two_microseconds_is_refused() {
    let (_, issued) = online::issue(1);
    let revoked = issued.revoke(&keys(), at(NOW)).unwrap();
    check(
        &revoked,
        &[
            |record| &mut record.issued_at,
            |record| record.not_before.as_mut().unwrap(),
            |record| &mut record.expires_at,
            |record| record.revoked_at.as_mut().unwrap(),
        ],
    );
    check(
        &security::create(1).1,
        &[
            |record| &mut record.created_at,
            |record| match &mut record.lifetime {
                Lifetime::Until(end) => end,
                lifetime => panic!("{lifetime:?}"),
            },
        ],
    );
    let enrolled = machine::enrol("LAPTOP-17", 1);
    check(
        &enrolled.retire(&keys(), at(NOW)).unwrap(),
        &[
            |record| &mut record.enrolled_at,
            |record| record.retired_at.as_mut().unwrap(),
        ],
    );
    check(
        &store::throttle("alice"),
        &[|record| record.throttle.locked_until.as_mut().unwrap()],
    );
    check(
        &head::head("alice"),
        &[|record| record.throttle.locked_until.as_mut().unwrap()],
    );
    check(
        &store::preset("visitor"),
        &[|record| record.policy.not_before.as_mut().unwrap()],
    );
    let (_, verification) = store::verification(Purpose::Reset, "alice");
    check(&verification, &[|record| &mut record.answered_at]);
}

/// Issuing and changing round a time down to the microsecond, on both sides of the epoch.
#[test]
fn nanoseconds_are_cut_off() {
    for (seconds, fraction, cut) in [
        (NOW, 1_999, 1_000),
        (NOW, 999, 0),
        (NOW, 999_999_999, 999_999_000),
        (-1, 999_999_999, 999_999_000),
        (-1, 1, 0),
    ] {
        let instant = |nanos| DateTime::from_timestamp(seconds, nanos).unwrap();
        check_cut(instant(fraction), instant(cut));
    }
}

/// Opens a record, and returns one of its times.
#[track_caller]
fn opened<R: Record, T>(sealed: &Sealed<R>, time: impl FnOnce(&R) -> T) -> T {
    time(sealed.open(&keys()).unwrap())
}

fn days(days: i64) -> TimeDelta {
    TimeDelta::try_days(days).unwrap()
}

fn check_cut(now: DateTime<Utc>, cut: DateTime<Utc>) {
    let (keys, day) = (keys(), days(1));
    let policy = OnlinePolicy::default();
    let issued = policy.issue(&keys, "alice", now, &mut rng(1)).unwrap().1;
    let times = opened(&issued, |record| (record.issued_at, record.expires_at));
    assert_eq!(times, (cut, cut + day));
    let policy = policy.not_before(now);
    let issued = policy.issue(&keys, "alice", now, &mut rng(1)).unwrap().1;
    let times = opened(&issued, |record| (record.not_before, record.expires_at));
    assert_eq!(times, (Some(cut), cut + day));
    let revoked = issued.revoke(&keys, now).unwrap();
    assert_eq!(opened(&revoked, |record| record.revoked_at), Some(cut));
    let preset = Preset::seal(&keys, name("visitor"), policy).unwrap();
    let not_before = preset.policy(&keys, "visitor").unwrap().not_before;
    assert_eq!(not_before, Some(cut));

    let created = security::create_at(now, 1).1;
    let times = opened(&created, |record| (record.created_at, record.lifetime));
    assert_eq!(times, (cut, Lifetime::Until(cut + day)));
    let apply = |sealed: &Sealed<SecurityCode>, event, now| {
        let root = Actor::new("root", Role::SuperAdministrator).unwrap();
        sealed.apply(&keys, &root, event, now).unwrap()
    };
    let expires_at = now + days(9);
    let edited = apply(&created, LifecycleEvent::Edit { expires_at }, now);
    let lifetime = opened(&edited, |record| record.lifetime);
    assert_eq!(lifetime, Lifetime::Until(cut + days(9)));
    let reset = apply(&edited, LifecycleEvent::Reset, now);
    let lifetime = opened(&reset, |record| record.lifetime);
    assert_eq!(lifetime, Lifetime::Until(cut + day));
    let reactivated = apply(&reset, LifecycleEvent::Reactivate, now + day);
    let lifetime = opened(&reactivated, |record| record.lifetime);
    assert_eq!(lifetime, Lifetime::Until(cut + day + day));

    let enrolled = Enrolment::new(&keys, "alice", "x", now, &mut rng(1)).unwrap();
    let next = enrolled.next(&keys, now).unwrap();
    for enrolment in [&enrolled, &next] {
        assert_eq!(opened(enrolment, |record| record.enrolled_at), cut);
    }
    let retired = next.retire(&keys, now).unwrap();
    assert_eq!(opened(&retired, |record| record.retired_at), Some(cut));

    let throttle = Throttle {
        failures: 5,
        locked_until: Some(now),
    };
    let sealed = UserThrottle::seal(&keys, name("alice"), throttle);
    let locked_until = sealed.throttle(&keys, "alice").unwrap().locked_until;
    assert_eq!(locked_until, Some(cut));
    let sealed = UserHead::seal(&keys, name("alice"), throttle, 1);
    let fresh = UserHead::seal(&keys, name("alice"), Throttle::default(), 0);
    for head in [&sealed, &fresh.update(&keys, throttle, 1).unwrap()] {
        let locked_until = opened(head, |record| record.throttle.locked_until);
        assert_eq!(locked_until, Some(cut));
        assert_eq!(head.tag(), sealed.tag());
    }
    let request = VerifyRequest::new("alice", "", Purpose::Reset).idempotency_key("5f0c");
    let (code, _) = store::verification(Purpose::Reset, "alice");
    let sealed = Verification::seal(&keys, &request, &code, b"", now).unwrap();
    assert_eq!(opened(&sealed, |record| record.answered_at), cut);
}
