//! Loading, deciding and applying, each in one flight.

use stopgap::Name;

use super::{
    change,
    connection::Connection,
    deadline::Deadline,
    flight::{self, Answers, Failure, Request},
    lock,
    param::Param,
    range::Range,
    rows::Record,
    shape::Shape,
};
use crate::store::{Change, Query, Result, Selection, Snapshot, StoreError};

/// The level at which each statement sees all that was committed before it began, so that
/// the selection sees the changes of those who had the locks before.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Begins a transaction, takes the locks of a query, and loads its snapshot. After an error
/// there is no transaction.
pub(super) fn begin(
    connection: &mut Connection,
    deadline: Deadline,
    tenant: &Name,
    query: &Query,
) -> Result<Snapshot> {
    let mut requests = vec![Request::Command(BEGIN)];
    let locks = lock::numbers(tenant, &query.locks);
    if !locks.is_empty() {
        let shape = Shape::Locks(locks.values().copied().collect());
        let numbers = locks.into_keys().map(Param::new).collect();
        requests.push(Request::Statement(shape, numbers));
    }
    requests.push(select(tenant, &query.selections)?);
    let (sent, begun) = match connection.fly(deadline, &requests) {
        Ok(answers) => (requests.len(), snapshot(&answers, &query.selections)),
        Err(failure) => (failure.sent, Err(failure.before_commit())),
    };
    if begun.is_err() && sent > 0 {
        connection.undo(deadline);
    }
    begun
}

/// Applies changes, and commits the transaction. After an error there is no transaction.
pub(super) fn commit(
    connection: &mut Connection,
    deadline: Deadline,
    tenant: &Name,
    changes: &[Change],
) -> Result<()> {
    let mut requests = match change::requests(tenant, changes) {
        Ok(requests) => requests,
        Err(error) => {
            connection.undo(deadline);
            return Err(error);
        }
    };
    requests.push(Request::Command("COMMIT"));
    finish(connection, deadline, &requests).map(drop)
}

/// Runs requests, of which the last one commits the transaction. After an error there is no
/// transaction.
fn finish(
    connection: &mut Connection,
    deadline: Deadline,
    requests: &[Request<'_>],
) -> Result<Answers> {
    connection.was_warned();
    match connection.fly(deadline, requests) {
        // A commit that was cut off while it waited for a standby succeeds with a warning: it
        // may be lost with this server.
        Ok(_) if connection.was_warned() => Err(StoreError::Unknown(
            "the server warned while it committed".into(),
        )),
        Ok(answers) => Ok(answers),
        Err(failure) => {
            let commit = requests.len().saturating_sub(1);
            if (1..=commit).contains(&failure.sent) {
                connection.undo(deadline);
            }
            Err(failure.with_commit(commit))
        }
    }
}

/// Returns the requests that run one statement in a transaction.
pub(super) fn alone(shape: Shape, params: Vec<Param<'_>>) -> [Request<'_>; 3] {
    [
        Request::Command(BEGIN),
        Request::Statement(shape, params),
        Request::Command("COMMIT"),
    ]
}

/// Runs requests of [`alone`], and returns the number that the statement returns.
pub(super) fn run(
    connection: &mut Connection,
    deadline: Deadline,
    requests: &[Request<'_>; 3],
) -> Result<usize> {
    let answers = finish(connection, deadline, requests)?;
    let number: Option<i64> = flight::value(answers.get(1))?;
    Ok(usize::try_from(number.unwrap_or_default()).unwrap_or_default())
}

/// Loads a snapshot without locks.
pub(super) fn load(
    connection: &mut Connection,
    deadline: Deadline,
    tenant: &Name,
    query: &Query,
) -> Result<Snapshot> {
    let request = select(tenant, &query.selections)?;
    let answers = connection.fly(deadline, &[request]);
    let answers = answers.map_err(Failure::before_commit)?;
    snapshot(&answers, &query.selections)
}

/// Returns the request that selects the time and the rows.
fn select<'p>(tenant: &'p Name, selections: &'p [Selection]) -> Result<Request<'p>> {
    let (mut ranges, mut params) = (Vec::new(), Vec::new());
    for selection in selections {
        let (range, own) = Range::of(tenant, selection)?;
        ranges.push(range);
        params.extend(own);
    }
    Ok(Request::Statement(Shape::Select(ranges), params))
}

/// Reads the last answer: the time, and the rows of each selection.
fn snapshot(answers: &Answers, selections: &[Selection]) -> Result<Snapshot> {
    let odd = |error: tokio_postgres::Error| StoreError::Other(error.into());
    let mut snapshot = Snapshot {
        rows: vec![Vec::new(); selections.len()],
        time: None,
    };
    for row in answers.last().into_iter().flatten() {
        let number: i32 = row.try_get(0).map_err(odd)?;
        let record: Record<'_> = row.try_get(1).map_err(odd)?;
        let place = usize::try_from(number).unwrap_or_default().checked_sub(1);
        let selection = place.and_then(|place| selections.get(place));
        let rows = place.and_then(|place| snapshot.rows.get_mut(place));
        match (selection, rows) {
            (Some(selection), Some(rows)) => rows.push(record.read(selection.table)),
            _ => snapshot.time = record.time(),
        }
    }
    Ok(snapshot)
}
