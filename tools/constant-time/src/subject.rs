//! What Stopgap does with secrets.

mod key;
mod offline;
mod online;
mod record;
mod text;

use std::fmt::Debug;

use chrono::{DateTime, Utc};

use crate::{
    Watched,
    tool::{Tool, Wrong},
};

pub(crate) use offline::{redeem_in_window, redeem_nearly_right};
pub(crate) use online::{verify_refused, verify_refused_cases};

pub(crate) const SUBJECTS: &[Watched] = &[
    Watched {
        name: "verify_granted",
        cases: online::verify_granted_cases,
        run: online::verify_granted,
    },
    Watched {
        name: "verify_refused",
        cases: verify_refused_cases,
        run: verify_refused,
    },
    Watched {
        name: "issue",
        cases: online::issue_cases,
        run: online::issue,
    },
    Watched {
        name: "authenticate",
        cases: online::authenticate_cases,
        run: online::authenticate,
    },
    Watched {
        name: "tag_fits",
        cases: record::fits_cases,
        run: record::fits,
    },
    Watched {
        name: "tag_tampered",
        cases: record::tampered_cases,
        run: record::tampered,
    },
    Watched {
        name: "locate_found",
        cases: offline::locate_found_cases,
        run: offline::locate_found,
    },
    Watched {
        name: "locate_unrecognised",
        cases: offline::locate_unrecognised_cases,
        run: offline::locate_unrecognised,
    },
    Watched {
        name: "redeem_granted",
        cases: offline::redeem_granted_cases,
        run: offline::redeem_granted,
    },
    Watched {
        name: "redeem_refused",
        cases: offline::redeem_refused_cases,
        run: offline::redeem_refused,
    },
    Watched {
        name: "derive",
        cases: text::cases,
        run: key::derive,
    },
    Watched {
        name: "key_hex",
        cases: text::cases,
        run: key::hex,
    },
    Watched {
        name: "seal",
        cases: text::cases,
        run: offline::seal,
    },
    Watched {
        name: "open_granted",
        cases: offline::open_granted_cases,
        run: offline::open_granted,
    },
    Watched {
        name: "open_refused",
        cases: offline::open_refused_cases,
        run: offline::open_refused,
    },
    Watched {
        name: "offline_code",
        cases: text::cases,
        run: text::offline_code,
    },
    Watched {
        name: "text",
        cases: text::cases,
        run: text::text,
    },
    Watched {
        name: "check_symbol",
        cases: text::cases,
        run: text::check_symbol,
    },
];

/// 2026-11-21 15:00:42 UTC.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_273_242, 0).unwrap_or_default()
}

/// That a verdict is the one that all classes of a subject come to.
fn expect<T: PartialEq + Debug>(tool: &Tool, verdict: T, expected: &T) -> Result<(), Wrong> {
    let verdict = tool.public(verdict);
    if verdict == *expected {
        Ok(())
    } else {
        Err(format!("{verdict:?} instead of {expected:?}"))
    }
}

/// An error, as text: what cannot happen with these inputs.
fn wrong(error: impl Debug) -> Wrong {
    format!("{error:?}")
}
