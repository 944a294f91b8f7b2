//! Retries after a conflict or a lost connection, if nothing was done.

use std::time::Duration;

use super::{
    backoff::{self, Backoff},
    deadline::Deadline,
};
use crate::store::{Result, Row, StoreError};

/// Conflicts after which an unchanged snapshot is not tried again: the changes themselves
/// are in conflict with a row that was not loaded.
const CONFLICTS: u32 = 4;

/// Works until the deadline. The inner result of the work is returned as it is; the outer
/// error is one of the store, after some of which the work is done again. `are_several` is
/// `true` if another server may be the primary.
pub(super) fn until<T>(
    deadline: Deadline,
    are_several: bool,
    mut work: impl FnMut() -> Result<Result<T>>,
) -> Result<T> {
    let mut backoff = Backoff::until(deadline);
    let mut before = None;
    let mut slowest = Duration::ZERO;
    loop {
        let begun = deadline.left();
        let error = match work() {
            Ok(done) => return done,
            // The error before says more.
            Err(late @ StoreError::TimedOut(_)) => return Err(before.unwrap_or(late)),
            Err(error) => error,
        };
        let passes = match error {
            StoreError::Locked(_) | StoreError::Lost(_) | StoreError::Conflict(_) => true,
            StoreError::ReadOnly(_) => are_several,
            _ => false,
        };
        // If the deadline cuts a try at its commit, its outcome is unknown. So a try is begun
        // only if there is time for one that is slower than all before.
        slowest = slowest.max(begun.saturating_sub(deadline.left()));
        let needs = slowest.saturating_mul(2).min(backoff::LONGEST);
        if !passes || !backoff.pause(needs) {
            return Err(error);
        }
        before = Some(error);
    }
}

/// The conflicts of one call.
#[derive(Debug, Default)]
pub(super) struct Conflicts {
    /// The rows of the last snapshot after which there was a conflict.
    rows: Vec<Vec<Row>>,
    /// The number of conflicts after that snapshot.
    number: u32,
}

impl Conflicts {
    /// Counts a conflict after a snapshot with these rows, and returns `true` if the same
    /// snapshot had too many.
    pub(super) fn are_too_many(&mut self, rows: Vec<Vec<Row>>) -> bool {
        if rows != self.rows {
            self.rows = rows;
            self.number = 0;
        }
        self.number = self.number.saturating_add(1);
        self.number >= CONFLICTS
    }
}
