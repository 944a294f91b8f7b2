//! The time of a call.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use stopgap::Refusal;

use crate::error::Error;

/// The seconds by which the clock may be set back before calls are refused, as an agent
/// does (SPEC, "Redeeming").
const SET_BACK_SECONDS: i64 = 120;
/// The seconds after which the time is stored again.
const STORED_SECONDS: i64 = 60;

/// Returns an instant in whole microseconds, if it is in the years 1970 to 9999: a later one
/// would be stored, and all further calls refused.
pub(super) fn checked(now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    let now = whole_micros(now);
    if now < DateTime::UNIX_EPOCH || now.year() > 9_999 {
        return Err(Error::Refused(Refusal::TimeOutOfRange));
    }
    Ok(now)
}

/// Refuses a time that is too far before the latest one that was stored: an expired code must
/// not become valid again.
pub(super) fn not_set_back(now: DateTime<Utc>, seen: Option<DateTime<Utc>>) -> Result<(), Error> {
    match seen {
        Some(seen) if seen.signed_duration_since(now).num_seconds() > SET_BACK_SECONDS => {
            Err(Error::Refused(Refusal::ClockRolledBack { seen }))
        }
        _ => Ok(()),
    }
}

/// Refuses a time that differs from the store's by more than `tolerance`.
pub(super) fn not_apart(
    now: DateTime<Utc>,
    stores: Option<DateTime<Utc>>,
    tolerance: Option<TimeDelta>,
) -> Result<(), Error> {
    let (Some(stores), Some(tolerance)) = (stores, tolerance) else {
        return Ok(());
    };
    let ahead = now.signed_duration_since(stores);
    if ahead.abs() > tolerance {
        return Err(Error::ClockDiffers {
            seconds: ahead.num_seconds(),
        });
    }
    Ok(())
}

/// Returns `true` if the time should be stored.
pub(super) fn is_due(now: DateTime<Utc>, seen: Option<DateTime<Utc>>) -> bool {
    seen.is_none_or(|seen| now.signed_duration_since(seen).num_seconds() >= STORED_SECONDS)
}

/// Returns an instant in whole microseconds, as stores have it.
pub(super) fn whole_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

/// Returns the instant some days before.
pub(super) fn days_before(now: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    TimeDelta::try_days(days.into())
        .and_then(|span| now.checked_sub_signed(span))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}
