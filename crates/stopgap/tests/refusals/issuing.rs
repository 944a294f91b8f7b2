//! Issuing: the key, the expiry, and the policies and requests that are refused.

use std::fmt;

use chrono::{
    DateTime, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc,
};
use rand_chacha::rand_core::{TryCryptoRng, TryRng};
use stopgap::{
    Access, Action, Actor, Forbidden, InvalidValue, IssueError, KeyId, KeyRing, MasterKey, Name,
    NameError, OnlinePolicy, Preset, Purpose, Purposes, Role, Scopes, SecurityCode, SecurityFormat,
    SecurityRequest, Validity, VerifyRequest, offline::Enrolment,
};

use super::{NOW, at, days, issue, keys, rng};

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

fn request() -> SecurityRequest<'static> {
    SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED)
}

#[test]
fn the_primary_key_issues_and_each_tenant_has_its_own_keys() {
    let (first, second) = (
        MasterKey::from_bytes([7; 32]),
        MasterKey::from_bytes([8; 32]),
    );
    let mut ring = KeyRing::new(KeyId(1), &first);
    ring.add(KeyId(2), &second).unwrap();
    let (code, grant) = OnlinePolicy::default()
        .issue(&ring, "alice", at(NOW), &mut rng())
        .unwrap();
    assert_eq!(grant.unverified().key_id, KeyId(2));
    let alone = KeyRing::new(KeyId(2), &second);
    let shown = code.reveal();
    let typed = VerifyRequest::new("alice", shown.as_str(), Purpose::Reset);
    assert!(grant.verify(&alone, &typed, at(NOW)).is_ok());

    let format = SecurityFormat::default();
    let created = SecurityCode::create(&ring, &format, &root(), request(), at(NOW), &mut rng());
    let (text, record) = created.unwrap();
    let secret = format.read(text.as_str()).unwrap();
    let created = record.unverified();
    assert_eq!((created.key_id, created.created_at), (KeyId(2), at(NOW)));
    let caller = record.authenticate(&alone, &secret, |_| Role::User, at(NOW));
    assert!(caller.is_ok());
    let enrolment = Enrolment::new(&ring, "alice", "x", at(NOW), &mut rng()).unwrap();
    assert_eq!(enrolment.unverified().key_id, KeyId(2));
    let preset = Preset::seal(&ring, "x".parse().unwrap(), OnlinePolicy::default());
    assert_eq!(preset.unwrap().unverified().key_id, KeyId(2));

    let user = "alice".parse().unwrap();
    let digests = |ring: &KeyRing| {
        let digests = ring.online_digests(&user, &code);
        digests
            .map(|digest| (digest.key_id(), *digest.digest().as_bytes()))
            .collect::<Vec<_>>()
    };
    let acme = Name::new("acme").unwrap();
    let tenant = digests(&ring.tenant(&acme));
    assert_eq!(tenant.len(), 2);
    for ((id, digest), master) in tenant.into_iter().zip([second, first]) {
        let of_master = KeyRing::new(id, &master.tenant(&acme));
        assert_eq!(digests(&of_master), [(id, digest)]);
    }
}

#[test]
fn a_generated_key_is_all_of_the_generators_bytes() {
    let mut bytes = [0; 32];
    rng().try_fill_bytes(&mut bytes).unwrap();
    assert_eq!(MasterKey::generate(&mut rng()).unwrap().reveal(), &bytes);
}

#[test]
fn the_expiry_counts_in_the_zone_of_now() {
    // Clocks go forward on 28 March.
    let berlin = chrono_tz::Europe::Berlin;
    let spring = berlin.with_ymd_and_hms(2027, 3, 25, 15, 0, 0).unwrap();
    let (_, grant) = OnlinePolicy::default()
        .validity(Validity::days(7).unwrap())
        .issue(&keys(), "alice", spring, &mut rng())
        .unwrap();
    let record = grant.unverified();
    assert_eq!(record.expires_at.to_rfc3339(), "2027-04-01T13:00:00+00:00");
    assert_eq!(record.issued_at.to_rfc3339(), "2027-03-25T14:00:00+00:00");
}

/// Hours are elapsed time, even during the night in which clocks change.
#[test]
fn hours_are_elapsed_time_when_clocks_change() {
    let berlin = chrono_tz::Europe::Berlin;
    for (month, day, wall) in [(3, 28, "04:00"), (10, 31, "02:00")] {
        let evening = berlin
            .with_ymd_and_hms(2027, month, day - 1, 23, 0, 0)
            .unwrap();
        for (text, hours) in [("4h", 4), ("PT240M", 4), ("24h", 24)] {
            let validity: Validity = text.parse().unwrap();
            let issued = OnlinePolicy::default().validity(validity).issue(
                &keys(),
                "alice",
                evening,
                &mut rng(),
            );
            let expires_at = issued.unwrap().1.unverified().expires_at;
            let elapsed = TimeDelta::try_hours(hours).unwrap();
            assert_eq!(expires_at, evening.to_utc() + elapsed);
            if hours == 4 {
                let shown = expires_at.with_timezone(&berlin).format("%H:%M");
                assert_eq!(shown.to_string(), wall);
            }
        }
        // In contrast, a day ends at the same time on the wall clock: after 23 or 25
        // hours.
        let day = Validity::DAY.expires_at(evening).unwrap();
        assert_ne!((day - evening).num_hours(), 24);
    }
}

#[test]
fn the_validity_counts_from_not_before_on_the_zone_of_now() {
    let berlin = chrono_tz::Europe::Berlin;
    let now = berlin.with_ymd_and_hms(2027, 3, 20, 9, 0, 0).unwrap();
    let expiry = |first: DateTime<Utc>, text: &str| {
        let validity: Validity = text.parse().unwrap();
        let policy = OnlinePolicy::default().validity(validity).not_before(first);
        let issued = policy.issue(&keys(), "alice", now, &mut rng());
        issued.map(|(_, grant)| grant.unverified().expires_at.to_rfc3339())
    };
    // The start is on the day before clocks go forward.
    let saturday = berlin.with_ymd_and_hms(2027, 3, 27, 9, 0, 0).unwrap();
    let saturday = saturday.to_utc();
    for (text, expected) in [
        ("1d", "2027-03-28T07:00:00+00:00"),
        ("24h", "2027-03-28T08:00:00+00:00"),
        ("1mo", "2027-04-27T07:00:00+00:00"),
        ("90m", "2027-03-27T09:30:00+00:00"),
    ] {
        assert_eq!(expiry(saturday, text), Ok(expected.into()), "{text}");
    }
    // A start in the past counts too, unless the code has expired already.
    let now = now.to_utc();
    let hour = TimeDelta::try_hours(1).unwrap();
    assert_eq!(
        expiry(now - hour, "90m"),
        Ok("2027-03-20T08:30:00+00:00".into())
    );
    for early in [now - hour, now - days(400)] {
        let refused = expiry(early, "1h").unwrap_err();
        let expires_at = early + hour;
        assert_eq!(refused, IssueError::NeverValid { expires_at });
        assert_eq!(refused.reason(), "never_valid");
    }
    assert_eq!(
        expiry(DateTime::<Utc>::MIN_UTC, "1h").unwrap_err().reason(),
        "time_out_of_range"
    );
    assert_eq!(
        expiry(DateTime::<Utc>::MAX_UTC, "1h").unwrap_err().reason(),
        "time_out_of_range"
    );
}

/// A zone that jumps an hour ahead at midnight and a second time at six.
#[derive(Clone, Copy, Debug)]
struct Restless;

impl TimeZone for Restless {
    type Offset = FixedOffset;

    fn from_offset(_: &FixedOffset) -> Self {
        Self
    }

    fn offset_from_local_date(&self, _: &NaiveDate) -> MappedLocalTime<FixedOffset> {
        MappedLocalTime::None
    }

    fn offset_from_local_datetime(&self, wall: &NaiveDateTime) -> MappedLocalTime<FixedOffset> {
        let fits = |hours: i32| {
            let offset = FixedOffset::east_opt(hours * 3600).unwrap();
            let utc = *wall - offset;
            (self.offset_from_utc_datetime(&utc) == offset).then_some(offset)
        };
        (0..3)
            .find_map(fits)
            .map_or(MappedLocalTime::None, MappedLocalTime::Single)
    }

    fn offset_from_utc_date(&self, _: &NaiveDate) -> FixedOffset {
        FixedOffset::east_opt(0).unwrap()
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> FixedOffset {
        let midnight = NaiveDate::from_ymd_opt(2027, 3, 10).unwrap();
        let jumps = [0, 6].map(|hour| midnight.and_hms_opt(hour, 0, 0).unwrap());
        let hours = jumps.iter().filter(|jump| *utc >= **jump).count();
        FixedOffset::east_opt(i32::try_from(hours).unwrap() * 3600).unwrap()
    }
}

#[test]
fn a_skipped_time_is_read_with_the_offset_before_its_own_gap() {
    // On the next day half past seven is skipped, six hours after another jump.
    let now = Restless.with_ymd_and_hms(2027, 3, 9, 7, 30, 0).unwrap();
    let policy = OnlinePolicy::default();
    let (_, grant) = policy.issue(&keys(), "alice", now, &mut rng()).unwrap();
    let record = grant.unverified();
    assert_eq!(record.issued_at.to_rfc3339(), "2027-03-09T07:30:00+00:00");
    assert_eq!(record.expires_at.to_rfc3339(), "2027-03-10T06:30:00+00:00");
}

/// A policy can be built with any values; issuing and sealing check them.
#[test]
fn a_policy_is_checked_when_it_issues() {
    use InvalidValue::{CheckedLength, Length, NoPurpose, NoUses};

    let policy = OnlinePolicy::default();
    for (policy, invalid) in [
        (policy.length(0), Length { found: 0 }),
        (policy.length(7), Length { found: 7 }),
        (policy.length(33), Length { found: 33 }),
        (policy.length(u8::MAX), Length { found: u8::MAX }),
        (
            policy.length(8).check_symbol(true),
            CheckedLength { found: 8 },
        ),
        (policy.check_symbol(true).length(7), Length { found: 7 }),
        (policy.purposes(Purposes::NONE), NoPurpose),
        (policy.purposes([]), NoPurpose),
        (policy.max_uses(0), NoUses),
        (policy.max_uses(0).purposes([]).length(7), NoPurpose),
        (policy.max_uses(0).length(7), NoUses),
    ] {
        assert_eq!(policy.validate(), Err(invalid));
        let issued = policy.issue(&keys(), "alice", at(NOW), &mut rng());
        let error = issued.map(|_| ()).unwrap_err();
        assert_eq!(error, IssueError::InvalidValue(invalid));
        assert_eq!(error.reason(), invalid.reason());
        assert_eq!(error.to_string(), invalid.to_string());
        let sealed = Preset::seal(&keys(), "x".parse().unwrap(), policy);
        assert_eq!(sealed.map(|_| ()).unwrap_err(), invalid);
    }
    for symbols in 8..=32 {
        let (code, grant) = issue(policy.length(symbols));
        assert_eq!(code.reveal().canonical().len(), usize::from(symbols));
        assert_eq!(grant.unverified().format.length, symbols);
    }
    for symbols in 9..=32 {
        let checked = policy.length(symbols).check_symbol(true);
        let (code, grant) = issue(checked);
        assert!(grant.unverified().format.check_symbol);
        let read = checked.format.normalize(code.reveal().as_str());
        assert_eq!(read.unwrap().reveal().as_str(), code.reveal().as_str());
    }
}

#[test]
fn a_record_has_the_values_of_its_policy() {
    let policy = OnlinePolicy::default()
        .purposes([Purpose::Reset, Purpose::Bypass])
        .not_before(at(NOW + 60))
        .max_uses(3);
    let record = issue(policy).1;
    let record = record.open(&keys()).unwrap();
    assert_eq!(record.user, "alice");
    assert_eq!(record.format, policy.format);
    assert_eq!(record.purposes, policy.purposes);
    assert_eq!(record.not_before, Some(at(NOW + 60)));
    assert_eq!((record.max_uses, record.uses), (Some(3), 0));
    assert_eq!((record.issued_at, record.revoked_at), (at(NOW), None));
    assert_eq!(record.id.created_at(), at(NOW));
    let plain = issue(OnlinePolicy::default()).1;
    let plain = plain.open(&keys()).unwrap();
    assert_eq!((plain.not_before, plain.max_uses), (None, None));
    assert_eq!(plain.purposes, Purposes::ALL);
}

#[test]
fn a_code_that_is_not_issued_has_a_reason() {
    let policy = OnlinePolicy::default();
    let issue = |policy: OnlinePolicy, user: &str, now| {
        let issued = policy.issue(&keys(), user, now, &mut rng());
        issued.map(|_| ()).unwrap_err()
    };
    let empty = issue(policy, "", at(NOW));
    assert_eq!(empty, IssueError::InvalidName(NameError::Empty));
    assert_eq!(empty.reason(), "invalid_name");
    let control = NameError::ControlCharacter { position: 2 };
    assert_eq!(
        issue(policy.length(7), "al\nice", at(NOW)),
        IssueError::InvalidName(control)
    );
    let out_of_range = IssueError::InvalidValue(InvalidValue::TimeOutOfRange);
    let late = Utc.with_ymd_and_hms(9999, 12, 31, 0, 0, 0).unwrap();
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    for now in ends.into_iter().chain([late]) {
        assert_eq!(issue(policy, "alice", now), out_of_range);
    }
    // A code that is valid at once can end an hour later, at the end of the calendar.
    let hour = policy.validity(Validity::hours(1).unwrap());
    assert!(hour.issue(&keys(), "alice", late, &mut rng()).is_ok());
}

/// The wall clock of `now` must be in the calendar, even if the code is valid from another
/// time.
#[test]
fn the_wall_clock_of_now_is_in_the_calendar() {
    let zone = |hours: i32| FixedOffset::east_opt(hours * 3_600).unwrap();
    let first = Utc.with_ymd_and_hms(1, 1, 1, 6, 0, 0).unwrap();
    let last = Utc.with_ymd_and_hms(9999, 12, 31, 18, 0, 0).unwrap();
    let issue = |policy: OnlinePolicy, now: DateTime<FixedOffset>| {
        let issued = policy.issue(&keys(), "alice", now, &mut rng());
        issued.map_or_else(|error| error.reason(), |_| "issued")
    };
    let policy = OnlinePolicy::default();
    let [soon, never] = [at(NOW), last - days(2)].map(|start| policy.not_before(start));
    for (now, hours, expected) in [
        (first, -5, "issued"),
        (first, -7, "time_out_of_range"),
        (first, 7, "issued"),
    ] {
        assert_eq!(issue(soon, now.with_timezone(&zone(hours))), expected);
    }
    for (hours, expected) in [
        (5, "never_valid"),
        (7, "time_out_of_range"),
        (-7, "never_valid"),
    ] {
        assert_eq!(issue(never, last.with_timezone(&zone(hours))), expected);
    }
    // The start must be in the calendar too, in any zone.
    let hours = TimeDelta::try_hours(7).unwrap();
    let (before, after) = (first - hours, last + hours);
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    for start in [before, after].into_iter().chain(ends) {
        for hours in [-23, 0, 23] {
            let now = at(NOW).with_timezone(&zone(hours));
            let refused = issue(policy.not_before(start), now);
            assert_eq!(refused, "time_out_of_range", "{start} {hours}");
        }
    }
}

/// A generator without numbers.
struct Broken;

#[derive(Debug)]
struct NoEntropy;

impl fmt::Display for NoEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool is empty")
    }
}

impl std::error::Error for NoEntropy {}

impl TryRng for Broken {
    type Error = NoEntropy;

    fn try_next_u32(&mut self) -> Result<u32, NoEntropy> {
        Err(NoEntropy)
    }

    fn try_next_u64(&mut self) -> Result<u64, NoEntropy> {
        Err(NoEntropy)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), NoEntropy> {
        Err(NoEntropy)
    }
}

impl TryCryptoRng for Broken {}

/// A generator that returns a number of bytes and then fails.
struct Short(usize);

impl TryRng for Short {
    type Error = NoEntropy;

    fn try_next_u32(&mut self) -> Result<u32, NoEntropy> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, NoEntropy> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(NoEntropy)?;
        bytes.fill(0xFF);
        Ok(())
    }
}

impl TryCryptoRng for Short {}

#[test]
fn a_code_takes_16_random_bytes_and_its_id_8() {
    let policy = OnlinePolicy::default();
    let format = SecurityFormat::default();
    for bytes in 0..=24 {
        let mut rng = Short(bytes);
        let issued = policy.issue(&keys(), "alice", at(NOW), &mut rng);
        assert_eq!(issued.is_ok(), bytes == 24, "{bytes}");
        let mut rng = Short(bytes);
        let created = SecurityCode::create(&keys(), &format, &root(), request(), at(NOW), &mut rng);
        assert_eq!(created.is_ok(), bytes == 24, "{bytes}");
    }
    let mut rng = Short(24);
    assert!(policy.issue(&keys(), "alice", at(NOW), &mut rng).is_ok());
    assert_eq!(rng.0, 0);
}

#[test]
fn the_first_generation_is_random_and_below_2_to_the_31() {
    let enrol = |rng: &mut Short| {
        Enrolment::new(&keys(), "alice", "LAPTOP-17", at(NOW), rng)
            .map(|enrolment| enrolment.unverified().generation)
    };
    assert_eq!(enrol(&mut Short(4)).unwrap(), (1 << 31) - 1);
    assert_eq!(enrol(&mut Short(3)).unwrap_err().reason(), "random");
    let mut rng = rng();
    let generations: Vec<u32> = (0..200)
        .map(|_| {
            let enrolment = Enrolment::new(&keys(), "alice", "LAPTOP-17", at(NOW), &mut rng);
            enrolment.unwrap().unverified().generation
        })
        .collect();
    assert!(generations.iter().all(|it| *it < 1 << 31));
    // All 31 bits vary.
    let seen = generations.iter().fold(0, |seen, it| seen | it);
    assert_eq!(seen, (1 << 31) - 1);
    let distinct: std::collections::BTreeSet<_> = generations.iter().collect();
    assert_eq!(distinct.len(), 200);
}

#[test]
fn the_last_generation_has_no_next_one() {
    let first = Enrolment::new(&keys(), "alice", "LAPTOP-17", at(NOW), &mut rng()).unwrap();
    let second = first.next(&keys(), at(NOW + 60)).unwrap();
    let (one, two) = (first.unverified(), second.open(&keys()).unwrap());
    assert_eq!(two.generation, one.generation + 1);
    assert_eq!((two.enrolled_at, two.retired_at), (at(NOW + 60), None));
    let (user, machine) = (one.user.clone(), one.machine.clone());
    let last = Enrolment::migrate(&keys(), user, machine, u32::MAX, at(NOW)).unwrap();
    assert_eq!(last.open(&keys()).unwrap().generation, u32::MAX);
    let error = last.next(&keys(), at(NOW)).unwrap_err();
    assert_eq!(error.reason(), "no_generation");
    // An enrolment that was retired can be followed by another one.
    let retired = second.retire(&keys(), at(NOW + 120)).unwrap();
    let third = retired.next(&keys(), at(NOW + 180)).unwrap();
    let three = third.open(&keys()).unwrap();
    assert_eq!(
        (three.generation, three.retired_at),
        (two.generation + 1, None)
    );
}

#[test]
fn a_retirement_keeps_its_first_time() {
    let first = Enrolment::new(&keys(), "alice", "LAPTOP-17", at(NOW), &mut rng()).unwrap();
    let retired = first.retire(&keys(), at(NOW + 1)).unwrap();
    let again = retired.retire(&keys(), at(NOW + 2)).unwrap();
    assert_eq!(again.open(&keys()).unwrap().retired_at, Some(at(NOW + 1)));
    let refused = retired.key(&keys()).map(|_| ()).unwrap_err();
    assert_eq!(refused.reason(), "revoked");
    for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let refused = first.retire(&keys(), end).map(|_| ()).unwrap_err();
        assert_eq!(refused.reason(), "time_out_of_range");
        let refused = first.next(&keys(), end).map(|_| ()).unwrap_err();
        assert_eq!(refused.reason(), "time_out_of_range");
        let refused = Enrolment::new(&keys(), "alice", "x", end, &mut rng());
        assert_eq!(refused.unwrap_err().reason(), "time_out_of_range");
    }
}

#[test]
fn nothing_is_issued_without_random_numbers() {
    let issued = OnlinePolicy::default().issue(&keys(), "alice", at(NOW), &mut Broken);
    let error = issued.map(|_| ()).unwrap_err();
    assert_eq!(error.reason(), "random");
    assert_eq!(error.to_string(), "no random numbers: the pool is empty");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the pool is empty");
    assert!(MasterKey::generate(&mut Broken).is_err());
}

#[test]
fn a_security_code_that_is_not_created_has_a_reason() {
    let create = |actor: &Actor, description: &str, now| {
        let (format, request) = (
            SecurityFormat::default(),
            request().description(description),
        );
        let created = SecurityCode::create(&keys(), &format, actor, request, now, &mut rng());
        created.map(|_| ()).unwrap_err()
    };
    let late = Utc.with_ymd_and_hms(9999, 12, 31, 23, 0, 0).unwrap();
    for role in [Role::User, Role::HelpDesk, Role::Administrator] {
        let actor = Actor::new("dana", role).unwrap();
        let action = Action::ManageSecurityCode;
        // The role is checked first.
        let refused = create(&actor, "a\0", late);
        assert_eq!(refused, IssueError::Forbidden(Forbidden { role, action }));
        assert_eq!(refused.reason(), "forbidden");
    }
    assert_eq!(
        create(&root(), "a\0", at(NOW)).reason(),
        "description_control"
    );
    // The clock is checked before the description.
    for description in ["", "a\0"] {
        let refused = create(&root(), description, late);
        assert_eq!(refused.reason(), "time_out_of_range");
    }
    let format = SecurityFormat::default();
    let created = SecurityCode::create(&keys(), &format, &root(), request(), at(NOW), &mut Broken);
    assert_eq!(created.map(|_| ()).unwrap_err().reason(), "random");
}
