//! Requests that are sent together, and answered after one wait.

use tokio_postgres::{Row, types::FromSqlOwned};

use super::{error::Trouble, param::Param, shape::Shape};
use crate::store::{Result, StoreError};

/// A request of a flight.
pub(super) enum Request<'p> {
    /// A command without parameters and without rows.
    Command(&'static str),
    /// A statement and its parameters.
    Statement(Shape, Vec<Param<'p>>),
}

/// The rows that each request returned.
pub(super) type Answers = Vec<Vec<Row>>;

/// Returns the only value of an answer; `None` if it has no row.
pub(super) fn value<T: FromSqlOwned>(answer: Option<&Vec<Row>>) -> Result<Option<T>> {
    let row = answer.and_then(|rows| rows.first());
    let value = row.map(|row| row.try_get(0)).transpose();
    value.map_err(|error| StoreError::Other(error.into()))
}

/// The first failure of a flight.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) trouble: Trouble,
    /// The place of the request that failed; `None` if it is not known.
    pub(super) place: Option<usize>,
    /// The number of requests that were sent.
    pub(super) sent: usize,
}

impl From<Trouble> for Failure {
    /// Nothing was sent.
    fn from(trouble: Trouble) -> Self {
        Self {
            trouble,
            place: None,
            sent: 0,
        }
    }
}

impl Failure {
    /// Returns the error if the flight has no commit: nothing was done.
    pub(super) fn before_commit(self) -> StoreError {
        self.trouble.before_commit()
    }

    /// Returns the error if the request at this place commits.
    pub(super) fn with_commit(self, commit: usize) -> StoreError {
        // The server answers in order, so the error of an earlier request means that it has
        // not committed: it undoes the transaction, also if it ends the session.
        let is_earlier = self.place.is_some_and(|place| place < commit);
        if self.sent <= commit || (is_earlier && self.trouble.is_of_server()) {
            self.trouble.before_commit()
        } else {
            self.trouble.after_commit()
        }
    }
}
