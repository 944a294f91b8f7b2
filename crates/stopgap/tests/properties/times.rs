//! Expiry on every wall clock.

use chrono::{DateTime, Datelike, FixedOffset, MappedLocalTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::{prelude::*, sample::select};
use stopgap::{Life, LifeEvent, Validity};

use super::often;

pub(crate) fn validity() -> impl Strategy<Value = Validity> {
    prop_oneof![
        1 => Just(Validity::MONTH),
        2 => (1..=31_u32).prop_map(|days| Validity::days(days).unwrap()),
    ]
}

fn zone() -> impl Strategy<Value = Tz> {
    select(TZ_VARIANTS.to_vec())
}

/// 1900 to 2099, seconds apart.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (-2_208_988_800..4_102_444_800_i64).prop_map(|at| DateTime::from_timestamp(at, 0).unwrap())
}

/// The wall-clock time, as `expires_at` is to read it.
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
            // Skipped: read with the offset before the gap, the clock shows the
            // time later by the whole gap, and before it had that offset.
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
    fn a_month_is_28_to_31_days_in_utc(issued in instant()) {
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

    #[test]
    fn no_instant_panics(
        seconds in prop_oneof![any::<i64>(), Just(i64::MIN), -70_000_000_000..260_000_000_000_i64],
        nanos in 0..2_000_000_000_u32,
        zone in zone(),
        east in -86_399..86_400_i32,
        validity in validity(),
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
        // Away from the ends, nothing is an error.
        let inner = (10..9990).contains(&issued.year());
        prop_assert!(!inner || validity.expires_at(issued.with_timezone(&zone)).is_ok());

        let edit = LifeEvent::Edit { expires_at: issued };
        for life in [Life::Until(issued), Life::Permanent, Life::Deleted] {
            let _ = life.state(issued);
            for event in [edit, LifeEvent::Reset, LifeEvent::Reactivate] {
                let _ = life.apply(event, issued);
                let _ = life.apply(event, min);
                let _ = life.apply(event, max);
            }
        }
    }

    #[test]
    fn a_validity_reads_what_it_prints(validity in validity()) {
        let iso = validity.to_string();
        prop_assert_eq!(iso.parse(), Ok(validity));
        prop_assert_eq!(iso.to_lowercase().parse(), Ok(validity));
    }

    #[test]
    fn a_validity_is_read_or_an_error(text in "[pP ]?[0-9]{0,12} ?[a-zA-Z]{0,6}|\\PC*") {
        if let Ok(validity) = text.parse::<Validity>() {
            prop_assert_eq!(validity.to_string().parse(), Ok(validity));
        }
    }
}

/// One example of each way to write and to miswrite a validity.
#[test]
fn validities_by_hand() {
    use stopgap::ValidityError::{Days, Form, Months};

    let seven = Validity::days(7);
    for text in ["P7D", "p7d", "7d", "7D", "7 d", "7 days", " 7d\n"] {
        assert_eq!(text.parse(), seven, "{text:?}");
    }
    for text in ["P1M", "p1m", "1mo", "1 month", "1 Months", "1MO"] {
        assert_eq!(text.parse(), Ok(Validity::MONTH), "{text:?}");
    }
    for (text, error) in [
        ("", Form),
        ("d", Form),
        ("7", Form),
        ("P", Form),
        ("PT7D", Form),
        ("P7 D", Form),
        ("07d", Form),
        ("P01M", Form),
        ("P7", Form),
        ("-7d", Form),
        ("+7d", Form),
        ("7.5d", Form),
        ("1m", Form),
        ("1h", Form),
        ("P1W", Form),
        ("P1MO", Form),
        ("P1M1D", Form),
        ("７d", Form),
        ("0d", Days { found: 0 }),
        ("P32D", Days { found: 32 }),
        ("99999999999999999999d", Days { found: u32::MAX }),
        ("0mo", Months { found: 0 }),
        ("P2M", Months { found: 2 }),
    ] {
        assert_eq!(text.parse::<Validity>(), Err(error), "{text:?}");
    }
}

/// Each time that a clock was or will be set, in every zone from 1970 to 2037,
/// as chrono-tz knows it: a wall-clock time that is skipped and one that occurs
/// twice are both read with the offset before the change.
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
                // Two changes within a week are left to the random instants.
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

/// Something issued a day, or a month, before this wall-clock time expires at
/// this instant.
fn check_change(zone: Tz, wall: chrono::NaiveDateTime, expected: chrono::NaiveDateTime) {
    let yesterday = wall.checked_sub_days(chrono::Days::new(1));
    let last_month = wall.checked_sub_months(chrono::Months::new(1));
    // From the 31st there is no such day in every month.
    let last_month = last_month.filter(|issued| issued.day() == wall.day());
    for (issued, validity) in [(yesterday, Validity::DAY), (last_month, Validity::MONTH)] {
        let issued = issued.and_then(|wall| zone.from_local_datetime(&wall).earliest());
        if let Some(issued) = issued {
            let expires = validity.expires_at(issued).unwrap();
            assert_eq!(expires.naive_utc(), expected, "{zone} {wall} {validity}");
        }
    }
}
