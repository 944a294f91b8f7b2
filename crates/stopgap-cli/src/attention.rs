//! The parts of a store's state that need attention.

use std::cmp::Ordering;

use chrono::TimeDelta;
use serde::Serialize;
use stopgap_registry::{ClockState, Status, store::SchemaNumbers};

use crate::{counted::counted, show::Screen};

/// A fault that needs attention, with its remedy.
#[derive(Debug, Serialize)]
pub(crate) struct Attention {
    /// The check that found it.
    pub(crate) check: &'static str,
    pub(crate) what: String,
}

impl Attention {
    pub(crate) const fn new(check: &'static str, what: String) -> Self {
        Self { check, what }
    }
}

/// Returns the fault of a schema of another version.
pub(crate) fn of_schema(schema: SchemaNumbers) -> Option<Attention> {
    let SchemaNumbers { found, known } = schema;
    let what = match found.cmp(&known) {
        Ordering::Greater => {
            format!("the schema {found} is newer than this Stopgap's, {known}: update Stopgap")
        }
        Ordering::Less => format!(
            "the schema {found} is older than this Stopgap's, {known}: run \"stopgap store migrate\""
        ),
        Ordering::Equal => return None,
    };
    Some(Attention::new("store", what))
}

/// Returns the faults in the state of a tenant.
pub(crate) fn of_status(
    status: &Status,
    tolerance: Option<TimeDelta>,
    screen: &Screen,
) -> Vec<Attention> {
    let mut found = Vec::new();
    let mut add = |check, what| found.push(Attention::new(check, what));
    match (status.clock(tolerance), status.seen_at) {
        (ClockState::Differs { seconds }, _) => {
            let direction = if seconds < 0 { "behind" } else { "ahead of" };
            let what = format!(
                "this machine's clock is {} seconds {direction} the store's: set it right, or pass \
                --clock-tolerance",
                seconds.unsigned_abs()
            );
            add("clock", what);
        }
        (ClockState::SetBack, Some(seen_at)) => {
            let (now, seen_at) = (screen.clock(status.now), screen.clock(seen_at));
            let what = format!(
                "this machine's clock shows {now}, and {seen_at} was seen before: set the clock \
                right, or accept it by \"stopgap clock accept\" if the time that was seen is wrong"
            );
            add("clock", what);
        }
        _ => {}
    }
    for key in &status.keys {
        if key.needed && !key.present && key.retired_at.is_none() {
            let id = key.id;
            let what = format!(
                "key {id} is missing from the key file, and what was made with it is refused: \
                bring it back"
            );
            add("keys", what);
        }
    }
    for id in &status.not_ended {
        let what = format!(
            "key {id} is compromised, and records that were made with it are not ended: run \
            \"stopgap key retire {id} --compromised\" with --tenant for each tenant"
        );
        add("keys", what);
    }
    if status.locked_without_end > 0 {
        let users = counted(status.locked_without_end, "user");
        let what = format!(
            "only an administrator can unlock {users}: run \"stopgap throttle list --locked\", \
            then \"stopgap throttle reset USER\""
        );
        add("lockouts", what);
    }
    if status.unreadable > 0 {
        let records = counted(status.unreadable, "record");
        let what = format!("{records} cannot be read: run \"stopgap doctor\"");
        add("records", what);
    }
    found
}
