//! Time zones, and the times that they show.

#[cfg(windows)]
use std::sync::LazyLock;
use std::{
    fmt,
    str::FromStr,
    sync::{PoisonError, RwLock},
};

use chrono::{
    DateTime, Days, FixedOffset, Local, MappedLocalTime, NaiveDate, NaiveDateTime, Offset,
    SubsecRound, TimeZone, Utc,
};
use stopgap::UnknownZone;

/// The zone of the configuration file, which replaces this machine's.
static CONFIGURED: RwLock<Option<stopgap::Zone>> = RwLock::new(None);

fn configured() -> Option<stopgap::Zone> {
    *CONFIGURED.read().unwrap_or_else(PoisonError::into_inner)
}

/// Returns this machine's zone by the name that Windows keeps in the registry, which CLDR's table
/// translates, or by the variable `TZ`. `None` if it has no name.
#[cfg(windows)]
fn system() -> Option<stopgap::Zone> {
    static FOUND: LazyLock<Option<stopgap::Zone>> = LazyLock::new(|| {
        let zone = jiff::tz::TimeZone::try_system().ok()?;
        zone.iana_name()?.parse().ok()
    });
    *FOUND
}

/// Returns `None`: chrono reads the variable `TZ` and /etc/localtime.
#[cfg(not(windows))]
const fn system() -> Option<stopgap::Zone> {
    None
}

/// This machine's zone, or one of the IANA database by its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Zone {
    #[default]
    Here,
    Named(stopgap::Zone),
}

/// An offset that remembers its zone, as chrono asks of a [`TimeZone`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ZoneOffset {
    zone: Zone,
    fixed: FixedOffset,
}

impl Zone {
    pub(crate) const UTC: Self = Self::Named(stopgap::Zone::UTC);

    /// Sets the zone that replaces this machine's in this process.
    pub(crate) fn configure(zone: Option<Self>) {
        let zone = match zone {
            Some(Self::Named(zone)) => Some(zone),
            Some(Self::Here) | None => None,
        };
        *CONFIGURED.write().unwrap_or_else(PoisonError::into_inner) = zone;
    }

    fn offset(self, fixed: impl Offset) -> ZoneOffset {
        ZoneOffset {
            zone: self,
            fixed: fixed.fix(),
        }
    }
}

impl TimeZone for Zone {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone
    }

    fn offset_from_local_date(&self, date: &NaiveDate) -> MappedLocalTime<ZoneOffset> {
        self.offset_from_local_datetime(&date.and_time(chrono::NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, wall: &NaiveDateTime) -> MappedLocalTime<ZoneOffset> {
        match self {
            Self::Here => match configured().or_else(system) {
                Some(zone) => Self::Named(zone).offset_from_local_datetime(wall),
                None => Local
                    .offset_from_local_datetime(wall)
                    .map(|offset| self.offset(offset)),
            },
            Self::Named(zone) => zone
                .offset_from_local_datetime(wall)
                .map(|offset| self.offset(offset)),
        }
    }

    fn offset_from_utc_date(&self, date: &NaiveDate) -> ZoneOffset {
        self.offset_from_utc_datetime(&date.and_time(chrono::NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        match self {
            Self::Here => match configured().or_else(system) {
                Some(zone) => self.offset(zone.offset_from_utc_datetime(utc)),
                None => self.offset(Local.offset_from_utc_datetime(utc)),
            },
            Self::Named(zone) => self.offset(zone.offset_from_utc_datetime(utc)),
        }
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
        match self {
            Self::Here => f.write_str("here"),
            Self::Named(zone) => f.write_str(zone.name()),
        }
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        if name.eq_ignore_ascii_case("here") {
            return Ok(Self::Here);
        }
        name.parse().map(Self::Named)
    }
}

/// Returns the time of this machine, in whole microseconds, as stores keep time.
#[expect(clippy::disallowed_methods, reason = "a program may look at the clock")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// Returns the instant of a wall-clock time, as RFC 5545 reads it: a time that occurs twice is
/// the first, one that is skipped has the offset from before. `None` if it is out of range.
pub(crate) fn at_wall_clock(wall: NaiveDateTime, zone: Zone) -> Option<DateTime<Utc>> {
    let offset = match zone.offset_from_local_datetime(&wall) {
        MappedLocalTime::Single(offset) => offset,
        MappedLocalTime::Ambiguous(one, other) => {
            // The earlier instant has the greater offset.
            let is_first = one.fixed.local_minus_utc() >= other.fixed.local_minus_utc();
            if is_first { one } else { other }
        }
        MappedLocalTime::None => {
            // Offsets are less than a day, so this is before the skipped time.
            let before = wall.checked_sub_days(Days::new(1))?;
            zone.offset_from_utc_datetime(&before)
        }
    };
    let utc = wall.checked_sub_offset(offset.fixed)?;
    Some(utc.and_utc())
}

/// Returns an instant on the wall clock of a zone, with its offset.
pub(crate) fn clock(instant: DateTime<Utc>, zone: Zone) -> String {
    let local = instant.with_timezone(&zone);
    local.format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// Returns an instant on the wall clock of a zone, without its offset; `Z` stands for UTC.
pub(crate) fn wall(instant: DateTime<Utc>, zone: Zone) -> String {
    let mark = if zone == Zone::UTC { "Z" } else { "" };
    let local = instant.with_timezone(&zone);
    format!("{}{mark}", local.format("%Y-%m-%d %H:%M:%S"))
}
