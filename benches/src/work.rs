//! The work that `cargo bench` times, and whose instructions `counts` counts.

use std::hint::black_box;

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::Europe::Zurich;
use stopgap::{
    Access, Actor, Alphabet, Code, CodeFormat, EnrolmentKey, KeyId, KeyRing, MasterKey,
    OnlineGrant, OnlinePolicy, Purpose, Role, Scopes, Sealed, SecurityCode, SecurityFormat,
    SecurityRequest, SysRng, Validity, VerifyRequest,
    offline::{Agent, LocatePolicy, minute_of},
};

/// A way to measure work.
pub trait Measure {
    /// Measures work that can be repeated.
    fn work<R>(&mut self, name: &str, work: impl FnMut() -> R);

    /// Measures work that needs a new input each time.
    fn fresh<N, R>(&mut self, name: &str, new: impl FnMut() -> N, work: impl FnMut(&mut N) -> R);
}

/// The user of all work.
pub const USER: &str = "alice";

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

/// Issues a code to [`USER`].
pub fn issue(policy: &OnlinePolicy, keys: &KeyRing) -> (Code, Sealed<OnlineGrant>) {
    let issued = policy.issue(keys, black_box(USER), now(), &mut SysRng);
    issued.unwrap()
}

/// Returns a request to verify what [`USER`] typed.
#[must_use]
pub fn request(typed: &str) -> VerifyRequest<'_> {
    VerifyRequest::new(USER, black_box(typed), Purpose::Bypass)
}

/// Returns the offline code of a minute, as a typed text.
#[must_use]
pub fn offline_code(key: &EnrolmentKey, minute: i64) -> String {
    let alphabet = Alphabet::UNAMBIGUOUS;
    let code = key.offline_code(minute, Purpose::Bypass, Validity::DAY, &alphabet);
    code.unwrap().reveal().to_string()
}

/// Measures all work.
pub fn all(measure: &mut impl Measure) {
    let (now, keys, alphabet) = (now(), keys(), Alphabet::UNAMBIGUOUS);
    let policy = OnlinePolicy::default();
    measure.work("issue", || issue(&policy, &keys));
    for (name, policy) in [
        ("verify", policy),
        ("verify with limited uses", policy.max_uses(3)),
    ] {
        let (code, sealed) = issue(&policy, &keys);
        let typed = code.reveal().to_string();
        measure.work(name, || {
            let granted = sealed.verify(&keys, &request(&typed), now);
            granted.unwrap()
        });
    }
    let actor = Actor::new("root", Role::SuperAdministrator).unwrap();
    let (format, access) = (SecurityFormat::default(), Access::SuperAdministrator);
    let security = SecurityRequest::new(access, Scopes::UNLIMITED);
    let created = SecurityCode::create(&keys, &format, &actor, security, now, &mut SysRng);
    let (text, sealed) = created.unwrap();
    let text = text.to_string();
    measure.work("authenticate", || {
        let code = format.read(black_box(&text)).unwrap();
        let authenticated = sealed.authenticate(&keys, &code, |_| Role::User, now);
        authenticated.unwrap().role
    });

    measure.work("normalize", || {
        CodeFormat::ONLINE.normalize(black_box("3F9A-77C2-01BE"))
    });
    // The longest input that is read: 32 symbols, each followed by seven hyphens.
    let long = "A-------".repeat(32);
    measure.work("normalize 256 bytes", || {
        CodeFormat::new(Alphabet::HEX, 32).normalize(black_box(&long))
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
    let typed = offline_code(&enrolments[0], minute - 30);
    let agent = || Agent::new(EnrolmentKey::from_bytes([0; 32]));
    measure.fresh("redeem", agent, |agent| {
        let step = agent.redeem(black_box(&typed), Purpose::Bypass, now);
        (black_box(step.state()), step.confirm().unwrap())
    });
    let shown = enrolments[4].request_code(minute - 60, &alphabet);
    measure.work("locate 5 enrolments", || {
        let (typed, policy) = (black_box(shown.as_str()), LocatePolicy::default());
        policy.locate(&enrolments, typed, &alphabet, now).unwrap()
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
