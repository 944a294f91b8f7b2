//! The minutes of request codes, and the search for the machine that shows one.

use pyo3::prelude::*;
use stopgap::offline::{self, LocatePolicy, Located};

use crate::{
    Result, alphabet::Alphabet, error::OrRaise, key::EnrolmentKey, number::Whole, several::Several,
    text::Text, time::Instant,
};

/// Returns the minute of an instant: whole minutes since 1970 in UTC, rounded down.
///
/// >>> from datetime import datetime, timezone
/// >>> minute_of(datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc))
/// 29921220
#[pyfunction]
pub(crate) fn minute_of(instant: Instant) -> i64 {
    offline::minute_of(instant.0)
}

/// Returns the number of seconds, 1 to 60, until a machine shows the next request code.
#[pyfunction]
pub(crate) fn seconds_left(now: Instant) -> u32 {
    offline::seconds_left(now.0)
}

/// Finds the machine that shows a request code. Returns the index of its key, the minute by
/// the machine's clock, and whether the request is late: older than ``window_minutes``, the
/// window of the agents.
///
/// For each key in turn, the minutes from ``past_minutes`` ago to ``ahead_minutes`` from now
/// are tried, nearest first. ``diagnose_minutes`` is the search distance in both directions
/// that only tells a wrong clock from a mistyped code. :meth:`OfflinePolicy.answer` calls
/// this itself.
///
/// Raises:
///     Malformed: the text is no request code.
///     NotEnrolled: there are no keys.
///     ClockSkew: a machine showed the code, but not in these minutes; with ``index`` and
///         ``minutes``, and no ``machine``.
///     Unrecognised: no machine shows the code; most likely it was mistyped.
#[pyfunction]
#[pyo3(
    signature = (
        typed, keys, *, now, alphabet=&Alphabet::UNAMBIGUOUS,
        past_minutes=Whole(LocatePolicy::default().past_minutes),
        ahead_minutes=Whole(LocatePolicy::default().ahead_minutes),
        diagnose_minutes=Whole(LocatePolicy::default().diagnose_minutes),
        window_minutes=Whole(LocatePolicy::default().window_minutes),
    ),
    text_signature = "(typed, keys, *, now, alphabet=..., past_minutes=60, \
        ahead_minutes=5, diagnose_minutes=1440, window_minutes=30)"
)]
#[expect(clippy::too_many_arguments)]
pub(crate) fn locate(
    py: Python<'_>,
    typed: Text<'_>,
    keys: Several<EnrolmentKey>,
    now: Instant,
    alphabet: &Alphabet,
    past_minutes: Whole<u16>,
    ahead_minutes: Whole<u16>,
    diagnose_minutes: Whole<u16>,
    window_minutes: Whole<u16>,
) -> Result<(usize, i64, bool)> {
    let policy = LocatePolicy {
        past_minutes: past_minutes.0,
        ahead_minutes: ahead_minutes.0,
        diagnose_minutes: diagnose_minutes.0,
        window_minutes: window_minutes.0,
    };
    let keys = keys.0.iter().map(|key| &key.get().0);
    let located = py.detach(|| offline::locate(keys, &typed, &alphabet.0, &policy, now.0));
    let Located {
        index,
        minute,
        late,
    } = located.or_raise(py)?;
    Ok((index, minute, late))
}
