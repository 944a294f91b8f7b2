//! Expiry beside jiff: in zones of the IANA database, in zones with random rules, and at
//! the ends of time.

use std::{fmt::Debug, sync::LazyLock};

use chrono::{
    DateTime, Datelike, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, Offset, TimeDelta,
    TimeZone, Timelike, Utc,
};
use jiff::{
    Timestamp, civil,
    tz::{self, AmbiguousOffset},
};
use stopgap::{InvalidValue, Validity, Zone};

use crate::{civil as calendar, draw::Draw};

/// 1970 to 2037.
const START: i64 = 0;
const END: i64 = 2_145_916_800;

/// All zones, as Stopgap reads the database and as jiff does.
pub static ZONES: LazyLock<Vec<(Zone, tz::TimeZone)>> = LazyLock::new(|| {
    let both = Zone::all().map(|zone| (zone, tz::TimeZone::get(zone.name()).unwrap()));
    both.collect()
});

/// Returns `true` if both read the same changes.
pub fn agree(zone: Zone, other: &tz::TimeZone) -> bool {
    let at = |seconds: i64| {
        let utc = DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
        let one = zone.offset_from_utc_datetime(&utc).fix();
        let other = other.to_offset(Timestamp::from_second(seconds).unwrap());
        one.local_minus_utc() == other.seconds()
    };
    let start = Timestamp::from_second(START).unwrap();
    let changes = other.following(start).map(|change| change.timestamp());
    let mut changes = changes
        .map(Timestamp::as_second)
        .take_while(|change| *change < END);
    changes.all(|change| at(change) && at(change - 1))
        // Stopgap must not have changes that jiff does not have.
        && (START..END).step_by(13 * 86_400).all(at)
}

pub fn target(data: &[u8]) {
    let mut draw = Draw::new(data);
    let validity = draw.validity();
    match draw.number(0..=2_u8) {
        0 => at_the_ends_of_time(&mut draw, validity),
        1 => {
            let (zone, other) = &ZONES[draw.number(0..=ZONES.len() - 1)];
            check(validity, issued(&mut draw, validity, other), zone, other);
        }
        _ => {
            let other = ruled(&mut draw);
            let zone = Ruled(other.clone());
            check(validity, issued(&mut draw, validity, &other), &zone, &other);
        }
    }
    elapsed(&mut draw);
}

/// Checks minutes, which are elapsed time in every zone.
fn elapsed(draw: &mut Draw<'_>) {
    let minutes = draw.number(1..=1_440_u32);
    let validity = Validity::minutes(minutes).unwrap();
    let (zone, other) = &ZONES[draw.number(0..=ZONES.len() - 1)];
    let from = issued(draw, Validity::DAY, other);
    let expires = validity.expires_at(from.with_timezone(zone)).unwrap();
    let expected = from + TimeDelta::try_minutes(minutes.into()).unwrap();
    assert_eq!(expires, expected, "{from} {validity} {zone:?}");
    at_the_ends_of_time(draw, validity);
}

/// Draws any instant, or one that makes the code expire within hours of a change of
/// clocks.
fn issued(draw: &mut Draw<'_>, validity: Validity, zone: &tz::TimeZone) -> DateTime<Utc> {
    let any = draw.instant(START..=END);
    if draw.coin() {
        return any;
    }
    let from = Timestamp::from_second(any.timestamp()).unwrap();
    let Some(change) = zone.following(from).next() else {
        return any;
    };
    let days = calendar::days_of(validity).unwrap_or_else(|| draw.number(28..=31));
    let near = change.timestamp().as_second() - days * calendar::DAY;
    let near = near + draw.number(-10_800..=10_800);
    draw.instant(near.clamp(START, END)..=near.clamp(START, END))
}

/// Compares the expiry by chrono in a zone with jiff's.
fn check<Z: TimeZone + Debug>(
    validity: Validity,
    issued: DateTime<Utc>,
    zone: &Z,
    other: &tz::TimeZone,
) {
    let span = calendar::span(validity);
    let nanos = i32::try_from(issued.timestamp_subsec_nanos()).unwrap();
    let at = Timestamp::new(issued.timestamp(), nanos).unwrap();
    // jiff adds by "compatible", as RFC 5545 asks.
    let expected = at
        .to_zoned_datetime(other.clone())
        .checked_add(span)
        .unwrap();
    // jiff 1.0.2 contradicts itself if a zone's last listed change changes nothing: in
    // America/Nuuk it repeats 28 October 2023, 23:00 to 24:00, by a rule that begins only
    // the next year, and its wall clock at the resulting instant is another one.
    let wall = at
        .to_zoned_datetime(other.clone())
        .datetime()
        .checked_add(span);
    let wall = wall.unwrap();
    let is_there = !matches!(
        other.to_ambiguous_zoned_datetime(wall).offset(),
        AmbiguousOffset::Gap { .. }
    );
    if is_there && expected.datetime() != wall {
        return;
    }
    let expires = validity.expires_at(issued.with_timezone(zone)).unwrap();
    let found = (expires.timestamp(), expires.timestamp_subsec_nanos());
    let nanos = u32::try_from(expected.timestamp().subsec_nanosecond()).unwrap();
    let expected = (expected.timestamp().as_second(), nanos);
    assert_eq!(found, expected, "{issued} {validity} {zone:?}");
}

fn at_the_ends_of_time(draw: &mut Draw<'_>, validity: Validity) {
    let (min, max) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let seconds = match draw.number(0..=3_u8) {
        0 => min.timestamp()..=max.timestamp(),
        1 => -62_140_000_000..=-62_130_000_000,
        2 => 253_395_000_000..=253_403_000_000,
        _ => -62_135_596_800..=253_402_300_799,
    };
    let issued = draw.instant(seconds);
    let ahead = draw.number(-86_399..=86_399);
    let zone = FixedOffset::east_opt(ahead).unwrap();
    let expires = validity.expires_at(issued.with_timezone(&zone));
    let expected = calendar::expiry(validity, issued.timestamp(), ahead.into());
    let found = expires.map(|at| (at.timestamp(), at.timestamp_subsec_nanos()));
    let expected = expected.map(|at| (at, issued.timestamp_subsec_nanos()));
    assert_eq!(
        found,
        expected.ok_or(InvalidValue::TimeOutOfRange),
        "{issued} {zone}"
    );
}

/// Draws a zone whose clocks change twice a year by any rule, as POSIX writes it.
fn ruled(draw: &mut Draw<'_>) -> tz::TimeZone {
    let standard = draw.number(-48..=48_i32) * 15;
    let summer = standard + draw.number(-8..=12) * 15;
    let posix = |minutes: i32| {
        // West of Greenwich is positive there.
        let sign = if minutes > 0 { '-' } else { '+' };
        format!("{sign}{}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
    };
    let mut rule = |months: [u8; 2]| {
        let month = draw.number(months[0]..=months[1]);
        let (week, day) = (draw.number(1..=5_u8), draw.number(0..=6_u8));
        format!("M{month}.{week}.{day}/{}", draw.number(0..=24_u8))
    };
    let mut rules = [rule([2, 5]), rule([8, 11])];
    if draw.coin() {
        rules.reverse();
    }
    let [begins, ends] = rules;
    let (standard, summer) = (posix(standard), posix(summer));
    let text = format!("AAA{standard}BBB{summer},{begins},{ends}");
    tz::TimeZone::posix(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A time zone of jiff for chrono, which only reads its offsets.
#[derive(Clone, Debug)]
struct Ruled(tz::TimeZone);

#[derive(Clone, Debug)]
struct RuledOffset {
    zone: tz::TimeZone,
    fixed: FixedOffset,
}

impl Ruled {
    fn offset(&self, offset: tz::Offset) -> RuledOffset {
        let fixed = FixedOffset::east_opt(offset.seconds()).unwrap();
        let zone = self.0.clone();
        RuledOffset { zone, fixed }
    }
}

impl Offset for RuledOffset {
    fn fix(&self) -> FixedOffset {
        self.fixed
    }
}

impl TimeZone for Ruled {
    type Offset = RuledOffset;

    fn from_offset(offset: &RuledOffset) -> Self {
        Self(offset.zone.clone())
    }

    fn offset_from_local_date(&self, _: &NaiveDate) -> MappedLocalTime<RuledOffset> {
        MappedLocalTime::None
    }

    fn offset_from_local_datetime(&self, wall: &NaiveDateTime) -> MappedLocalTime<RuledOffset> {
        let small = |number: u32| i8::try_from(number).unwrap();
        let wall = civil::DateTime::new(
            i16::try_from(wall.year()).unwrap(),
            small(wall.month()),
            small(wall.day()),
            small(wall.hour()),
            small(wall.minute()),
            small(wall.second()),
            i32::try_from(wall.nanosecond()).unwrap(),
        );
        match self.0.to_ambiguous_timestamp(wall.unwrap()).offset() {
            AmbiguousOffset::Unambiguous { offset } => MappedLocalTime::Single(self.offset(offset)),
            AmbiguousOffset::Fold { before, after } => {
                MappedLocalTime::Ambiguous(self.offset(after), self.offset(before))
            }
            AmbiguousOffset::Gap { .. } => MappedLocalTime::None,
        }
    }

    fn offset_from_utc_date(&self, date: &NaiveDate) -> RuledOffset {
        self.offset_from_utc_datetime(&date.and_hms_opt(0, 0, 0).unwrap())
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> RuledOffset {
        let at = Timestamp::from_second(utc.and_utc().timestamp()).unwrap();
        self.offset(self.0.to_offset(at))
    }
}
