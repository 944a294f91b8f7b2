//! The zones of the library beside those of chrono-tz, which has an edition of the database
//! of its own.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::{
    collections::{BTreeSet, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use chrono::{
    DateTime, Datelike, FixedOffset, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone,
    Utc,
};
use chrono_tz::{TZ_VARIANTS, Tz};
use stopgap::{UnknownZone, Validity, Zone};

/// Zones in which the editions differ, with the first year of a difference.
const CHANGED: [(&str, i32); 22] = [
    ("Africa/Casablanca", 2026),
    ("Africa/El_Aaiun", 2026),
    ("America/Bogota", 1992),
    ("America/Edmonton", 2026),
    ("America/Ensenada", 1970),
    ("America/Havana", 2026),
    ("America/Inuvik", 2026),
    ("America/Rainy_River", 2026),
    ("America/Santa_Isabel", 1970),
    ("America/Tijuana", 1970),
    ("America/Vancouver", 2026),
    ("America/Winnipeg", 2026),
    ("America/Yellowknife", 2026),
    ("Asia/Tehran", 1979),
    ("Canada/Central", 2026),
    ("Canada/Mountain", 2026),
    ("Canada/Pacific", 2026),
    ("Cuba", 2026),
    ("Europe/Chisinau", 2022),
    ("Europe/Tiraspol", 2022),
    ("Iran", 1979),
    ("Mexico/BajaNorte", 1970),
];

/// Zones in which only the library has no local mean time before the first change.
const WITHOUT_MEAN_TIME: [&str; 4] = ["CST6CDT", "EST5EDT", "MST7MDT", "PST8PDT"];

/// The Gregorian calendar repeats itself, weekdays included, in so many days.
const FOUR_CENTURIES: i64 = 146_097;

fn both() -> Vec<(Tz, Zone)> {
    let zones = TZ_VARIANTS.iter();
    zones.map(|tz| (*tz, tz.name().parse().unwrap())).collect()
}

fn fixed<Z: TimeZone>(zone: &Z, utc: NaiveDateTime) -> FixedOffset {
    zone.offset_from_utc_datetime(&utc).fix()
}

fn local<Z: TimeZone>(zone: &Z, wall: NaiveDateTime) -> MappedLocalTime<FixedOffset> {
    let offsets = zone.offset_from_local_datetime(&wall);
    offsets.map(|offset| offset.fix())
}

fn year(year: i32) -> NaiveDateTime {
    let start = Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0);
    start.unwrap().naive_utc()
}

/// Returns the changes from one year to another, without the last: the first second of each
/// new offset.
fn changes<Z: TimeZone>(zone: &Z, years: [i32; 2]) -> Vec<NaiveDateTime> {
    let step = TimeDelta::try_days(1).unwrap();
    let second = TimeDelta::try_seconds(1).unwrap();
    let (mut at, end) = (year(years[0]), year(years[1]));
    let mut changes = Vec::new();
    while at < end {
        let (mut low, mut high) = (at, at + step);
        at = high;
        if fixed(zone, low) == fixed(zone, high) {
            continue;
        }
        let before = fixed(zone, low);
        while high - low > second {
            let middle = low + TimeDelta::try_seconds((high - low).num_seconds() / 2).unwrap();
            if fixed(zone, middle) == before {
                low = middle;
            } else {
                high = middle;
            }
        }
        changes.push(high);
    }
    changes
}

/// Returns the wall-clock times at, before, in and after a change.
fn walls(change: NaiveDateTime, before: FixedOffset, after: FixedOffset) -> Vec<NaiveDateTime> {
    let (from, to) = (change + before, change + after);
    let hours = [-25, -1, 0, 1, 25].map(|hours| TimeDelta::try_hours(hours).unwrap());
    let seconds = [-1, 0, 1].map(|seconds| TimeDelta::try_seconds(seconds).unwrap());
    let places = [from, from + (to - from) / 2, to].into_iter();
    let places = places.flat_map(|place| hours.map(|hours| place + hours));
    places
        .flat_map(|place| seconds.map(|seconds| place + seconds))
        .collect()
}

/// Returns the instants and the wall-clock times for which the two differ.
fn differences(tz: Tz, zone: Zone, change: NaiveDateTime) -> Vec<NaiveDateTime> {
    let second = TimeDelta::try_seconds(1).unwrap();
    let instants = [change - second, change, change + second];
    let instants = instants
        .into_iter()
        .filter(|at| fixed(&tz, *at) != fixed(&zone, *at));
    let [before, after] = [change - second, change].map(|at| fixed(&tz, at));
    let walls = walls(change, before, after).into_iter();
    let walls = walls.filter(|wall| local(&tz, *wall) != local(&zone, *wall));
    instants.chain(walls).collect()
}

#[test]
fn the_names_are_those_of_chrono_tz() {
    let ours: BTreeSet<_> = Zone::all().map(|zone| zone.name()).collect();
    let theirs: BTreeSet<_> = TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
    assert_eq!(ours, theirs);
    assert!(Zone::edition() > chrono_tz::IANA_TZDB_VERSION);
    for name in ours {
        let zone: Zone = name.parse().unwrap();
        assert_eq!(zone.name(), name);
        assert_eq!(format!("{zone} {zone:?}"), format!("{name} {name}"));
    }
}

#[test]
fn names_are_read_exactly() {
    for name in [
        "",
        " UTC",
        "UTC ",
        "utc",
        "europe/berlin",
        "EUROPE/BERLIN",
        "Europe/Berlin\0",
        "Factory",
        "Europe",
        "CET-1",
        "+01:00",
        "posix/UTC",
        "Europe/Bérlin",
    ] {
        assert_eq!(name.parse::<Zone>(), Err(UnknownZone), "{name}");
        assert!(name.parse::<Tz>().is_err(), "{name}");
    }
    assert_eq!("UTC".parse(), Ok(Zone::UTC));
    let hash = |zone: &str| {
        let mut hasher = DefaultHasher::new();
        zone.parse::<Zone>().unwrap().hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash("UTC"), hash("UTC"));
    // Other names of the same clock.
    for (name, other) in [("UTC", "Etc/UTC"), ("US/Eastern", "America/New_York")] {
        let [name, other] = [name, other].map(|name| name.parse::<Zone>().unwrap());
        assert_ne!(name, other);
        assert_ne!(hash(name.name()), hash(other.name()));
        assert_eq!(changes(&name, [2020, 2030]), changes(&other, [2020, 2030]));
    }
}

#[test]
fn an_offset_knows_its_zone() {
    let berlin: Zone = "Europe/Berlin".parse().unwrap();
    let noon = Utc.with_ymd_and_hms(2026, 7, 1, 12, 0, 0).unwrap();
    let there = noon.with_timezone(&berlin);
    assert_eq!(there.timezone(), berlin);
    assert_eq!(there.to_string(), "2026-07-01 14:00:00 +02:00");
    assert_eq!(
        noon.with_timezone(&Zone::UTC).to_string(),
        "2026-07-01 12:00:00 +00:00"
    );
    let date = there.date_naive();
    assert_eq!(
        berlin.offset_from_utc_date(&date).fix(),
        there.offset().fix()
    );
    let offset = berlin.offset_from_local_date(&date).unwrap();
    assert_eq!(offset, *there.offset());
}

/// Each change of either edition, from 1970 to 2037, and the wall-clock times around it.
#[test]
fn every_change_of_every_clock() {
    let (mut differing, mut compared) = (BTreeSet::new(), 0);
    for (tz, zone) in both() {
        let theirs: BTreeSet<_> = changes(&tz, [1970, 2038]).into_iter().collect();
        let ours: BTreeSet<_> = changes(&zone, [1970, 2038]).into_iter().collect();
        let first = ours.symmetric_difference(&theirs).min();
        differing.extend(first.map(|first| (zone.name(), first.year())));
        // The last change before the difference may end after it, on the wall clock.
        let last = first.map(|first| *first - TimeDelta::try_days(2).unwrap());
        let same = ours
            .iter()
            .filter(|change| last.is_none_or(|last| **change < last));
        for change in same.copied() {
            compared += 1;
            let differences = differences(tz, zone, change);
            assert!(differences.is_empty(), "{zone} {change}: {differences:?}");
        }
    }
    assert_eq!(differing, CHANGED.into());
    assert!(compared > 29_000, "{compared}");
}

/// A wall-clock time is the inverse of an instant, also in zones in which the editions
/// differ.
#[test]
fn each_instant_is_one_of_its_wall_clock_time() {
    for zone in Zone::all() {
        let all = changes(&zone, [1880, 2120]);
        for change in &all {
            let second = TimeDelta::try_seconds(1).unwrap();
            let before = fixed(&zone, *change - second);
            let after = fixed(&zone, *change);
            for wall in walls(*change, before, after) {
                let offsets: BTreeSet<_> = [before, after]
                    .into_iter()
                    .chain([-2, 2].map(|days| {
                        let days = TimeDelta::try_days(days).unwrap();
                        fixed(&zone, wall + days)
                    }))
                    .filter(|offset| fixed(&zone, wall - *offset) == *offset)
                    .map(|offset| -offset.local_minus_utc())
                    .collect();
                let found = match local(&zone, wall) {
                    MappedLocalTime::None => BTreeSet::new(),
                    MappedLocalTime::Single(one) => [one].map(|at| -at.local_minus_utc()).into(),
                    MappedLocalTime::Ambiguous(one, other) => {
                        assert!(wall - one < wall - other, "{zone} {wall}");
                        [one, other].map(|at| -at.local_minus_utc()).into()
                    }
                };
                assert!(
                    offsets.is_subset(&found),
                    "{zone} {wall}: {offsets:?} {found:?}"
                );
                for seconds in found {
                    let offset = FixedOffset::west_opt(seconds).unwrap();
                    assert_eq!(fixed(&zone, wall - offset), offset, "{zone} {wall}");
                }
            }
        }
    }
}

/// chrono-tz lists changes until 2099. After them, the calendar of 400 years earlier
/// applies.
#[test]
fn far_future_years_follow_the_last_rule() {
    let is_changed = |zone: &Zone| CHANGED.iter().any(|(name, _)| *name == zone.name());
    for (tz, zone) in both().into_iter().filter(|(_, zone)| !is_changed(zone)) {
        for change in changes(&tz, [2090, 2099]) {
            for centuries in [1, 19] {
                let ahead = TimeDelta::try_days(FOUR_CENTURIES * centuries).unwrap();
                let second = TimeDelta::try_seconds(1).unwrap();
                for at in [change - second, change] {
                    assert_eq!(fixed(&zone, at + ahead), fixed(&tz, at), "{zone} {at}");
                }
                let [before, after] = [change - second, change].map(|at| fixed(&tz, at));
                for wall in walls(change, before, after) {
                    let found = local(&zone, wall + ahead);
                    assert_eq!(found, local(&tz, wall), "{zone} {wall}");
                }
            }
        }
    }
    for (zone, instant, expected) in [
        (
            "Europe/Berlin",
            "2100-03-28T00:59:59Z",
            "2100-03-28T01:59:59+01:00",
        ),
        (
            "Europe/Berlin",
            "2100-03-28T01:00:00Z",
            "2100-03-28T03:00:00+02:00",
        ),
        (
            "Europe/Berlin",
            "2100-10-31T01:00:00Z",
            "2100-10-31T02:00:00+01:00",
        ),
        (
            "America/New_York",
            "9999-03-14T06:59:59Z",
            "9999-03-14T01:59:59-05:00",
        ),
        (
            "America/New_York",
            "9999-03-14T07:00:00Z",
            "9999-03-14T03:00:00-04:00",
        ),
        (
            "Australia/Sydney",
            "9999-12-31T12:59:59Z",
            "9999-12-31T23:59:59+11:00",
        ),
        (
            "Asia/Tokyo",
            "9999-12-31T12:00:00Z",
            "9999-12-31T21:00:00+09:00",
        ),
    ] {
        let zone: Zone = zone.parse().unwrap();
        let instant: DateTime<Utc> = instant.parse().unwrap();
        assert_eq!(instant.with_timezone(&zone).to_rfc3339(), expected);
    }
}

/// Before the first change, a zone has its local mean time.
#[test]
fn year_1_has_local_mean_time() {
    let start = year(1);
    let differing = both().into_iter().filter(|(tz, zone)| {
        fixed(tz, start) != fixed(zone, start) || local(tz, start) != local(zone, start)
    });
    let differing: BTreeSet<_> = differing.map(|(_, zone)| zone.name()).collect();
    assert_eq!(differing, WITHOUT_MEAN_TIME.into());
    let berlin: Zone = "Europe/Berlin".parse().unwrap();
    assert_eq!(fixed(&berlin, start).local_minus_utc(), 53 * 60 + 28);
}

/// Nothing panics at the ends of the calendar.
#[test]
fn the_ends_of_the_calendar() {
    for zone in Zone::all() {
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let _ = fixed(&zone, at.naive_utc());
            let _ = local(&zone, at.naive_utc());
            let _ = Validity::MONTH.expires_at(at.with_timezone(&zone));
        }
        for at in [year(1), year(9998)] {
            let expires = Validity::MONTH.expires_at(at.and_utc().with_timezone(&zone));
            assert_eq!(expires.is_err(), zone_is_west(&zone, at), "{zone} {at}");
        }
    }
}

/// Returns `true` if the wall clock is still in the year before.
fn zone_is_west(zone: &Zone, at: NaiveDateTime) -> bool {
    (at + fixed(zone, at)).year() < 1
}
