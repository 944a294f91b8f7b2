//! The work that `cargo bench` times, and of which `counts` counts the instructions.

use std::hint::black_box;

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Europe::Zurich;
use stopgap::{
    Alphabet, CodeFormat, EnrolmentKey, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, SysRng,
    Validity,
    offline::{Agent, LocatePolicy, locate, minute_of},
};

/// A way to measure work.
pub trait Measure {
    /// Measures work that can be repeated.
    fn work<R>(&mut self, name: &str, work: impl FnMut() -> R);

    /// Measures work that needs a new input each time.
    fn fresh<N, R>(&mut self, name: &str, new: impl FnMut() -> N, work: impl FnMut(&mut N) -> R);
}

/// The time of all work.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 42).unwrap()
}

/// A ring with one key.
#[must_use]
pub fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

/// The keys of some enrolments.
#[must_use]
pub fn enrolments(count: u8) -> Vec<EnrolmentKey> {
    let keys = (0..count).map(|number| EnrolmentKey::from_bytes([number; 32]));
    keys.collect()
}

/// Measures all work.
pub fn all(measure: &mut impl Measure) {
    let (now, keys, alphabet) = (now(), keys(), Alphabet::UNAMBIGUOUS);
    let issue = || {
        let policy = OnlinePolicy::default();
        let issued = policy.issue(&keys, black_box("alice"), now, &mut SysRng);
        issued.unwrap()
    };
    let (code, mut grant) = issue();
    let typed = code.reveal().to_string();
    measure.work("issue", issue);
    measure.work("verify", || {
        let granted = grant.verify(&keys, "alice", black_box(&typed), Purpose::Bypass, now);
        granted.unwrap()
    });

    measure.work("normalize", || {
        CodeFormat::ONLINE.normalize(black_box("3F9A-77C2-01BE"))
    });
    // The longest that is read: 32 symbols, each with seven hyphens behind it.
    let long = "A-------".repeat(32);
    measure.work("normalize 256 bytes", || {
        CodeFormat::SECURITY.normalize(black_box(&long))
    });
    measure.work("month in UTC", || {
        Validity::MONTH.expires_at(black_box(now))
    });
    let zoned = now.with_timezone(&Zurich);
    measure.work("month in a zone", || {
        Validity::MONTH.expires_at(black_box(zoned))
    });

    let enrolments = enrolments(5);
    let minute = minute_of(now);
    // The last minute of the window; all are compared in any case.
    let code = enrolments[0].offline_code(minute - 30, Purpose::Bypass, Validity::DAY, &alphabet);
    let typed = code.reveal().to_string();
    let agent = || Agent::new(EnrolmentKey::from_bytes([0; 32]));
    measure.fresh("redeem", agent, |agent| {
        let step = agent.redeem(black_box(&typed), Purpose::Bypass, now);
        step.into_parts().1.unwrap()
    });
    let shown = enrolments[4].request_code(minute - 60, &alphabet);
    measure.work("locate 5 enrolments", || {
        let (typed, policy) = (black_box(shown.as_str()), LocatePolicy::default());
        locate(&enrolments, typed, &alphabet, &policy, now).unwrap()
    });
    measure.work("derive an enrolment key", || {
        EnrolmentKey::from_bytes(black_box([0; 32]))
    });
    let sealed = agent().seal();
    let key = || Some(EnrolmentKey::from_bytes([0; 32]));
    measure.fresh("resume", key, |key| {
        Agent::resume(key.take().unwrap(), black_box(&sealed))
    });
}
