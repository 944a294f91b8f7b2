//! What is issued, by which key, and what cannot be.

use std::fmt;

use chrono::{FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use rand_chacha::rand_core::{TryCryptoRng, TryRng};
use stopgap::{
    Access, Actor, IssueError, KeyId, KeyRing, MasterKey, OnlinePolicy, PolicyError, Purpose,
    Purposes, Role, SecurityCode, Validity, YearOutOfRange, offline::Enrolment,
};

use super::{NOW, at, days, issue, keys, rng};

#[test]
fn the_newest_key_issues_and_each_tenant_has_its_own_keys() {
    let (first, second) = (
        MasterKey::from_bytes([7; 32]),
        MasterKey::from_bytes([8; 32]),
    );
    let mut ring = KeyRing::new(KeyId(1), &first);
    ring.rotate(KeyId(2), &second).unwrap();
    let (code, mut grant) = OnlinePolicy::default()
        .issue(&ring, "alice", at(NOW), &mut rng())
        .unwrap();
    assert_eq!(grant.key_id, KeyId(2));
    let alone = KeyRing::new(KeyId(2), &second);
    let shown = code.reveal();
    assert!(
        grant
            .verify(&alone, "alice", shown.as_str(), Purpose::Reset, at(NOW))
            .is_ok()
    );
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let access = Access::SuperAdministrator;
    let (secret, record) =
        SecurityCode::create(&ring, &root, access, "", at(NOW), &mut rng()).unwrap();
    let shown = secret.reveal();
    assert_eq!((record.key_id, record.created_at), (KeyId(2), at(NOW)));
    assert!(
        record
            .authenticate(&alone, shown.as_str(), |_| Role::User, at(NOW))
            .is_ok()
    );
    assert_eq!(
        Enrolment::new(&ring, "alice", "x").unwrap().key_id,
        KeyId(2)
    );

    let user = "alice".parse().unwrap();
    let digests = |ring: &KeyRing| {
        let digests = ring.online_digests(&user, &code);
        digests
            .map(|(id, digest)| (id, *digest.as_bytes()))
            .collect::<Vec<_>>()
    };
    let tenant = digests(&ring.tenant("acme").unwrap());
    for ((id, digest), master) in tenant.into_iter().zip([second, first]) {
        let of_master = KeyRing::new(id, &master.tenant("acme").unwrap());
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
fn the_zone_of_now_decides_about_the_expiry() {
    // Clocks go forward on 28 March.
    let berlin = chrono_tz::Europe::Berlin;
    let spring = berlin.with_ymd_and_hms(2027, 3, 25, 15, 0, 0).unwrap();
    let (_, grant) = OnlinePolicy::default()
        .valid_for(Validity::days(7).unwrap())
        .issue(&keys(), "alice", spring, &mut rng())
        .unwrap();
    assert_eq!(grant.expires_at.to_rfc3339(), "2027-04-01T13:00:00+00:00");
    assert_eq!(grant.issued_at.to_rfc3339(), "2027-03-25T14:00:00+00:00");
}

/// A zone that jumps an hour ahead at midnight and once more at six.
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
    // Half past seven is skipped the next day, and not an hour but six after a jump.
    let now = Restless.with_ymd_and_hms(2027, 3, 9, 7, 30, 0).unwrap();
    let policy = OnlinePolicy::default();
    let (_, grant) = policy.issue(&keys(), "alice", now, &mut rng()).unwrap();
    assert_eq!(grant.issued_at.to_rfc3339(), "2027-03-09T07:30:00+00:00");
    assert_eq!(grant.expires_at.to_rfc3339(), "2027-03-10T06:30:00+00:00");
}

#[test]
fn a_policy_holds_only_what_a_code_can_be() {
    let policy = OnlinePolicy::default();
    for symbols in [0, 7, 33, usize::MAX] {
        assert_eq!(policy.length(symbols).unwrap_err().found, symbols);
    }
    for symbols in 8..=32 {
        let (code, grant) = issue(policy.length(symbols).unwrap());
        assert_eq!(code.reveal().canonical().len(), symbols);
        assert_eq!(grant.format.length.symbols(), symbols);
    }
    assert_eq!(policy.purposes(Purposes::NONE), Err(PolicyError::NoPurpose));
    assert_eq!(policy.max_uses(0), Err(PolicyError::NoUses));
    assert_eq!(policy.allowed_uses(), None);
    assert_eq!(policy.max_uses(3).unwrap().allowed_uses(), Some(3));
}

#[test]
fn what_cannot_be_issued_says_why() {
    let policy = OnlinePolicy::default();
    let issue = |policy: OnlinePolicy, user: &str, now| {
        policy
            .issue(&keys(), user, now, &mut rng())
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(issue(policy, "", at(NOW)).reason(), "name");
    assert!(matches!(
        issue(policy, "al\nice", at(NOW)),
        IssueError::User(_)
    ));
    let late = Utc.with_ymd_and_hms(9999, 12, 31, 0, 0, 0).unwrap();
    assert_eq!(
        issue(policy, "alice", late),
        IssueError::Time(YearOutOfRange)
    );
    let never = policy.not_before(at(NOW) + days(1));
    let expires_at = at(NOW) + days(1);
    assert_eq!(
        issue(never, "alice", at(NOW)),
        IssueError::NeverValid { expires_at }
    );
    let barely = policy.not_before(at(NOW + 86_399));
    assert!(barely.issue(&keys(), "alice", at(NOW), &mut rng()).is_ok());
}

/// A generator that has none to give.
struct Broken;

#[derive(Debug)]
struct NoEntropy;

impl fmt::Display for NoEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool is dry")
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

/// Nobody's generator is asked for more than a code takes: 16 bytes.
#[test]
fn a_code_takes_sixteen_bytes_of_the_generator() {
    let (mut once, mut bytes) = (rng(), [0; 16]);
    once.try_fill_bytes(&mut bytes).unwrap();
    let mut issuing = rng();
    let policy = OnlinePolicy::default();
    policy
        .issue(&keys(), "alice", at(NOW), &mut issuing)
        .unwrap();
    assert_eq!(issuing.try_next_u64(), once.try_next_u64());
}

#[test]
fn no_random_numbers_no_code() {
    let issued = OnlinePolicy::default().issue(&keys(), "alice", at(NOW), &mut Broken);
    let error = issued.map(|_| ()).unwrap_err();
    assert_eq!(error.reason(), "random");
    assert_eq!(error.to_string(), "no random numbers: the pool is dry");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the pool is dry");
    assert!(MasterKey::generate(&mut Broken).is_err());
}

#[test]
fn a_security_code_that_is_not_made_says_why() {
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let nobody = Actor::new("nobody", Role::User).unwrap();
    let create = |actor: &Actor, description: &str, now| {
        let access = Access::SuperAdministrator;
        let created = SecurityCode::create(&keys(), actor, access, description, now, &mut rng());
        created.map(|_| ()).unwrap_err().reason()
    };
    let late = Utc.with_ymd_and_hms(9999, 12, 31, 23, 0, 0).unwrap();
    assert_eq!(create(&nobody, "", at(NOW)), "forbidden");
    assert_eq!(create(&root, "a\0", at(NOW)), "description");
    assert_eq!(create(&root, "", late), "time_out_of_range");
    let access = Access::SuperAdministrator;
    let dry = SecurityCode::create(&keys(), &root, access, "", at(NOW), &mut Broken);
    assert_eq!(dry.map(|_| ()).unwrap_err().reason(), "random");
}
