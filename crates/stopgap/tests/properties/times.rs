//! Expiry on each wall clock, and lifetimes.

use chrono::{DateTime, Datelike, FixedOffset, MappedLocalTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::{prelude::*, sample::select};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, KeyId, KeyRing, LifecycleEvent, Lifetime, MasterKey, OnlinePolicy, Role, Scopes,
    Sealed, SecurityCode, SecurityFormat, SecurityRequest, Validity,
};

use super::often;

pub(crate) fn validity() -> impl Strategy<Value = Validity> {
    prop_oneof![
        1 => Just(Validity::MONTH),
        2 => (1..=31_u32).prop_map(|days| Validity::days(days).unwrap()),
    ]
}

/// Returns validities of elapsed time.
fn elapsed() -> impl Strategy<Value = Validity> {
    (1..=1_440_u32).prop_map(|minutes| Validity::minutes(minutes).unwrap())
}

fn any_validity() -> impl Strategy<Value = Validity> {
    prop_oneof![validity(), elapsed()]
}

/// Returns a validity, and a text in which a person may type it.
fn typed_validity() -> impl Strategy<Value = (String, Validity)> {
    let minutes =
        (1..=1_440_u32, "(m|min|M|minute|minutes)", " {0,2}").prop_map(|(count, unit, space)| {
            let validity = Validity::minutes(count).unwrap();
            (format!("{count}{space}{unit}"), validity)
        });
    let hours = (1..=24_u32, "(h|H|hour|hours)", " {0,2}").prop_map(|(count, unit, space)| {
        let validity = Validity::hours(count).unwrap();
        (format!("{count}{space}{unit}"), validity)
    });
    let both =
        (1..24_u32, 1..60_u32, any::<bool>(), " {0,2}").prop_map(|(hours, minutes, iso, space)| {
            let validity = Validity::minutes(hours * 60 + minutes).unwrap();
            let text = if iso {
                format!("PT{hours}H{minutes}M")
            } else {
                format!("{hours}h{space}{minutes}m")
            };
            (text, validity)
        });
    let days = (1..=31_u32, "(d|D|day|days|Days)", " {0,2}").prop_map(|(count, unit, space)| {
        let validity = Validity::days(count).unwrap();
        (format!("{count}{space}{unit}"), validity)
    });
    prop_oneof![minutes, hours, both, days]
}

fn zone() -> impl Strategy<Value = Tz> {
    select(TZ_VARIANTS.to_vec())
}

/// Returns instants from 1900 to 2099, to the second.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (-2_208_988_800..4_102_444_800_i64).prop_map(|at| DateTime::from_timestamp(at, 0).unwrap())
}

/// Returns the wall-clock time that `expires_at` must read.
fn expected_wall(issued: DateTime<Tz>, validity: Validity) -> chrono::NaiveDateTime {
    let wall = issued.naive_local();
    if validity != Validity::MONTH {
        let days: i64 = validity.to_string()[1..]
            .trim_end_matches('D')
            .parse()
            .unwrap();
        return wall + TimeDelta::try_days(days).unwrap();
    }
    let (year, month) = match wall.month() {
        12 => (wall.year() + 1, 1),
        month => (wall.year(), month + 1),
    };
    let date = (28..=wall.day().max(28))
        .rev()
        .find_map(|day| chrono::NaiveDate::from_ymd_opt(year, month, day.min(wall.day())))
        .unwrap();
    date.and_time(wall.time())
}

fn check_wall_clock(zone: Tz, issued: DateTime<Utc>, validity: Validity) {
    let issued = issued.with_timezone(&zone);
    let expires = validity.expires_at(issued).unwrap();
    let wall = expected_wall(issued, validity);
    let offset_at = |at: DateTime<Tz>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(at) => assert_eq!(expires, at),
        MappedLocalTime::Ambiguous(one, other) => {
            assert_eq!(expires.naive_local(), wall);
            assert_eq!(expires, one.min(other));
        }
        MappedLocalTime::None => {
            // This time is skipped. With the offset before the gap, it is later by the
            // length of the gap, and the clock had that offset before the gap.
            let gap = expires.naive_local() - wall;
            assert!(gap > TimeDelta::zero());
            let before = offset_at(expires - gap);
            assert_eq!(wall - before, expires.naive_utc());
        }
    }
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn a_month_has_28_to_31_days_in_utc(issued in instant()) {
        let expires = Validity::MONTH.expires_at(issued).unwrap();
        let days = (expires - issued).num_days();
        prop_assert!((28..=31).contains(&days));
        prop_assert_eq!(expires.time(), issued.time());
        prop_assert_eq!(expires - issued, TimeDelta::try_days(days).unwrap());
    }

    #[test]
    fn the_wall_clock_is_kept_in_every_zone(
        zone in zone(), issued in instant(), validity in validity(),
    ) {
        check_wall_clock(zone, issued, validity);
    }

    /// Minutes and hours are what chrono adds, in each zone and across each change of a
    /// clock.
    #[test]
    fn minutes_and_hours_are_elapsed_time(
        zone in zone(), issued in instant(), minutes in 1..=1_440_u32,
    ) {
        let validity = Validity::minutes(minutes).unwrap();
        let elapsed = TimeDelta::try_minutes(minutes.into()).unwrap();
        prop_assert_eq!(validity.expires_at(issued), Ok(issued + elapsed));
        let zoned = validity.expires_at(issued.with_timezone(&zone)).unwrap();
        prop_assert_eq!(zoned.to_utc(), issued + elapsed);
        prop_assert!(!validity.is_calendar());
    }

    /// With a later or an earlier start, the expiry counts from the start, in the zone of
    /// now.
    #[test]
    fn the_expiry_counts_from_not_before(
        zone in zone(),
        now in instant(),
        start in -100_000_i64..10_000_000,
        validity in any_validity(),
    ) {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
        let first = now + TimeDelta::try_seconds(start).unwrap();
        let policy = OnlinePolicy::default().validity(validity).not_before(first);
        let now = now.with_timezone(&zone);
        let expected = validity.expires_at(first.with_timezone(&zone)).unwrap().to_utc();
        let issued = policy.issue(&keys, "alice", now, &mut rng());
        match issued {
            Ok((_, record)) => {
                prop_assert_eq!(record.unverified().expires_at, expected);
                prop_assert!(expected > now);
            }
            Err(error) => {
                prop_assert_eq!(error.reason(), "never_valid");
                prop_assert!(expected <= now);
            }
        }
    }

    #[test]
    fn no_instant_panics(
        seconds in prop_oneof![any::<i64>(), Just(i64::MIN), -70_000_000_000..260_000_000_000_i64],
        nanos in 0..2_000_000_000_u32,
        zone in zone(),
        east in -86_399..86_400_i32,
        validity in any_validity(),
    ) {
        let (min, max) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        let seconds = seconds.clamp(min.timestamp(), max.timestamp());
        let Some(issued) = DateTime::from_timestamp(seconds, nanos) else { return Ok(()); };
        let offset = FixedOffset::east_opt(east).unwrap();
        for outcome in [
            validity.expires_at(issued),
            validity.expires_at(issued.with_timezone(&zone)).map(|at| at.to_utc()),
            validity.expires_at(issued.with_timezone(&offset)).map(|at| at.to_utc()),
        ] {
            let sound = |at: DateTime<Utc>| (1..=9999).contains(&at.year());
            prop_assert!(outcome.is_err() || sound(issued) && outcome.is_ok_and(sound));
        }
        // Far from the ends of the calendar, there is no error.
        let inner = (10..9990).contains(&issued.year());
        prop_assert!(!inner || validity.expires_at(issued.with_timezone(&zone)).is_ok());

        for lifetime in [Lifetime::Until(issued), Lifetime::Permanent, Lifetime::Deleted] {
            let _ = lifetime.state(issued);
            let _ = lifetime.state(min);
            let _ = lifetime.state(max);
        }
        let (keys, root) = (keys(), root());
        let (record, policy) = (security_code(), OnlinePolicy::default());
        let edit = LifecycleEvent::Edit { expires_at: issued };
        for event in [edit, LifecycleEvent::Reset, LifecycleEvent::Reactivate] {
            for now in [issued, min, max] {
                let _ = record.apply(&keys, &root, event, now);
            }
        }
        let starting = policy.validity(validity).not_before(issued);
        for now in [issued, DateTime::UNIX_EPOCH] {
            let _ = starting.issue(&keys, "alice", now, &mut rng());
            let _ = policy.issue(&keys, "alice", now.with_timezone(&zone), &mut rng());
        }
    }

    #[test]
    fn a_validity_reads_what_it_prints(validity in any_validity()) {
        let iso = validity.to_string();
        prop_assert_eq!(iso.parse(), Ok(validity));
        // ISO forms are in upper case.
        prop_assert!(iso.to_lowercase().parse::<Validity>().is_err());
    }

    #[test]
    fn a_validity_is_read_as_people_type_it((text, validity) in typed_validity()) {
        prop_assert_eq!(text.parse(), Ok(validity));
        // White space is accepted around forms that people type, but not around ISO
        // forms.
        let around = format!(" {text}\n").parse::<Validity>();
        prop_assert_eq!(around.ok(), (!text.starts_with('P')).then_some(validity));
        prop_assert_eq!(validity.to_string().parse(), Ok(validity));
    }

    #[test]
    fn any_text_is_read_as_a_validity_or_refused(
        text in "[pP ]?T?[0-9]{0,12} ?[a-zA-Z]{0,6}[0-9]{0,3}[a-zA-Z]{0,3}|\\PC*",
    ) {
        if let Ok(validity) = text.parse::<Validity>() {
            prop_assert_eq!(validity.to_string().parse(), Ok(validity));
        }
    }
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

/// Returns a security code of the epoch.
fn security_code() -> Sealed<SecurityCode> {
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let (format, now) = (SecurityFormat::default(), DateTime::UNIX_EPOCH);
    let created = SecurityCode::create(&keys(), &format, &root(), request, now, &mut rng());
    created.unwrap().1
}

/// Each change of a clock from 1970 to 2037 in each zone of chrono-tz: a wall-clock time
/// that is skipped and one that occurs twice are both read with the offset before the
/// change.
#[test]
fn every_change_of_every_clock() {
    let (mut skipped, mut repeated) = (0, 0);
    for zone in TZ_VARIANTS {
        let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
        let mut at = Utc.with_ymd_and_hms(1970, 1, 1, 0, 0, 0).unwrap();
        while at.year() < 2038 {
            let next = at + TimeDelta::try_days(7).unwrap();
            if offset(at) != offset(next) {
                let (before, after) = (offset(at), offset(next));
                let (mut low, mut high) = (at, next);
                while high - low > TimeDelta::try_seconds(1).unwrap() {
                    let middle = low + (high - low) / 2;
                    if offset(middle) == before {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                let forward = after.local_minus_utc() - before.local_minus_utc();
                // Two changes within a week are skipped here; the random instants cover
                // them.
                if offset(high) == after {
                    for second in [0, forward.abs() / 2, forward.abs() - 1] {
                        let into = TimeDelta::try_seconds(second.into()).unwrap();
                        let start = if forward > 0 { before } else { after };
                        let wall = high.naive_utc() + start + into;
                        check_change(zone, wall, wall - before);
                    }
                    skipped += u32::from(forward > 0);
                    repeated += u32::from(forward < 0);
                }
            }
            at = next;
        }
    }
    assert!(
        skipped > 10_000 && repeated > 10_000,
        "{skipped} and {repeated}"
    );
}

/// Checks that a code that is issued a day, or a month, before this wall-clock time expires
/// at this instant.
fn check_change(zone: Tz, wall: chrono::NaiveDateTime, expected: chrono::NaiveDateTime) {
    let yesterday = wall.checked_sub_days(chrono::Days::new(1));
    let last_month = wall.checked_sub_months(chrono::Months::new(1));
    // The month may not have this day.
    let last_month = last_month.filter(|issued| issued.day() == wall.day());
    for (issued, validity) in [(yesterday, Validity::DAY), (last_month, Validity::MONTH)] {
        let issued = issued.and_then(|wall| zone.from_local_datetime(&wall).earliest());
        if let Some(issued) = issued {
            let expires = validity.expires_at(issued).unwrap();
            assert_eq!(expires.naive_utc(), expected, "{zone} {wall} {validity}");
        }
    }
}
