//! Instants and zones that the caller gives.

use stopgap::chrono::{DateTime, Datelike, Utc};

use crate::text::stopgap_text;
use crate::{
    error::Outcome,
    status::{STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_UNKNOWN_ZONE},
    text::text,
    time::STOPGAP_NEVER,
};

/// The zone of a wall clock.
#[cfg(feature = "zones")]
pub(crate) type Zone = stopgap::Zone;
#[cfg(not(feature = "zones"))]
pub(crate) type Zone = Utc;

/// Returns the instant of an argument, which is in the years 1 to 9999: some calls of
/// the core do not check that.
pub(crate) fn instant(seconds: i64) -> Outcome<DateTime<Utc>> {
    match stored(seconds)? {
        instant if (1..=9999).contains(&instant.year()) => Ok(instant),
        _ => Err(STOPGAP_ERR_TIME_OUT_OF_RANGE.into()),
    }
}

/// Returns the instant of a member of a struct. It may be after the year 9999: a
/// lockout that starts late in that year ends in the next.
pub(crate) fn stored(seconds: i64) -> Outcome<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| STOPGAP_ERR_TIME_OUT_OF_RANGE.into())
}

/// Returns the instant of a member of a struct; `None` for STOPGAP_NEVER.
pub(crate) fn stored_or_never(seconds: i64) -> Outcome<Option<DateTime<Utc>>> {
    match seconds {
        STOPGAP_NEVER => Ok(None),
        seconds => stored(seconds).map(Some),
    }
}

/// Returns the zone of this name; UTC for an empty one.
///
/// # Safety
///
/// As [`text`].
pub(crate) unsafe fn zone(name: stopgap_text) -> Outcome<Zone> {
    // SAFETY: the caller's promise.
    match unsafe { text(name) }? {
        "" => Ok(utc()),
        name => named(name),
    }
}

/// Returns an instant on the wall clock of a zone.
///
/// # Safety
///
/// As [`text`].
pub(crate) unsafe fn zoned(seconds: i64, name: stopgap_text) -> Outcome<DateTime<Zone>> {
    // SAFETY: the caller's promise.
    let zone = unsafe { zone(name) }?;
    Ok(instant(seconds)?.with_timezone(&zone))
}

#[cfg(feature = "zones")]
fn utc() -> Zone {
    Zone::UTC
}

#[cfg(not(feature = "zones"))]
fn utc() -> Zone {
    Utc
}

#[cfg(feature = "zones")]
fn named(name: &str) -> Outcome<Zone> {
    name.parse().map_err(|_| STOPGAP_ERR_UNKNOWN_ZONE.into())
}

#[cfg(not(feature = "zones"))]
fn named(name: &str) -> Outcome<Zone> {
    match name {
        "UTC" | "Etc/UTC" => Ok(Utc),
        _ => Err(STOPGAP_ERR_UNKNOWN_ZONE.into()),
    }
}
