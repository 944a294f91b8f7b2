//! Instants and zones that the caller gives.

#[cfg(feature = "zones")]
use std::cell::Cell;

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
    unsafe { with_zone(name, |zone| Ok(*zone)) }
}

/// Returns an instant on the wall clock of a zone.
///
/// # Safety
///
/// As [`text`].
pub(crate) unsafe fn zoned(seconds: i64, name: stopgap_text) -> Outcome<DateTime<Zone>> {
    // SAFETY: the caller's promise.
    unsafe { with_zoned(seconds, name, Ok) }
}

/// Passes an instant on the wall clock of a zone to a function. That is faster than to return
/// it, because it is large.
///
/// # Safety
///
/// As [`text`].
#[inline]
pub(crate) unsafe fn with_zoned<T>(
    seconds: i64,
    name: stopgap_text,
    call: impl FnOnce(DateTime<Zone>) -> Outcome<T>,
) -> Outcome<T> {
    // SAFETY: the caller's promise.
    unsafe { with_zone(name, |zone| call(instant(seconds)?.with_timezone(zone))) }
}

/// Passes the zone of this name to a function; UTC for an empty one.
///
/// # Safety
///
/// As [`text`].
#[inline]
unsafe fn with_zone<T>(name: stopgap_text, call: impl FnOnce(&Zone) -> Outcome<T>) -> Outcome<T> {
    // SAFETY: the caller's promise.
    let name = unsafe { text(name) }?;
    let mut zone = UTC;
    if !name.is_empty() {
        find(name, &mut zone)?;
    }
    call(&zone)
}

#[cfg(feature = "zones")]
const UTC: Zone = Zone::UTC;
#[cfg(not(feature = "zones"))]
const UTC: Zone = Utc;

#[cfg(feature = "zones")]
thread_local! {
    /// The zone that this thread used last. A caller of Rust keeps its `Zone`; a caller of C
    /// gives a name each time, and to look that up takes longer than to use the zone.
    static LAST: Cell<Zone> = const { Cell::new(UTC) };
}

#[cfg(feature = "zones")]
fn find(name: &str, zone: &mut Zone) -> Outcome {
    *zone = LAST.get();
    if zone.name() != name {
        *zone = name.parse().map_err(|_| STOPGAP_ERR_UNKNOWN_ZONE)?;
        LAST.set(*zone);
    }
    Ok(())
}

#[cfg(not(feature = "zones"))]
fn find(name: &str, _: &mut Zone) -> Outcome {
    match name {
        "UTC" | "Etc/UTC" => Ok(()),
        _ => Err(STOPGAP_ERR_UNKNOWN_ZONE.into()),
    }
}

#[cfg(all(test, feature = "zones"))]
mod tests {
    use stopgap::chrono::Offset;

    use super::*;

    #[test]
    fn each_name_has_its_own_zone_in_any_order() {
        let names = ["Europe/Berlin", "", "America/New_York", "Asia/Kolkata"];
        let offsets = [3_600, 0, -18_000, 19_800];
        for turn in [0, 1, 1, 2, 2, 0, 3, 0, 0, 1, 3] {
            let (name, offset) = (stopgap_text::lend(names[turn]), offsets[turn]);
            // SAFETY: texts of this test.
            let midnight = unsafe { zoned(0, name) }.unwrap();
            assert_eq!(midnight.offset().fix().local_minus_utc(), offset, "{turn}");
            // SAFETY: a text of this test.
            let unknown = unsafe { zone(stopgap_text::lend("europe/berlin")) };
            assert_eq!(unknown.unwrap_err().status, STOPGAP_ERR_UNKNOWN_ZONE);
        }
    }
}
