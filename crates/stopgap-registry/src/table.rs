//! Reading any table of a tenant page by page, and keeping its rows elsewhere.

use stopgap::Throttle;

use crate::{
    row::{Row, Table},
    store::{Result, SecurityRow, StoreError, Transaction},
};

/// The next rows of a table in the order of their keys: those after `after`, a row
/// of that table.
pub(crate) fn page(
    rows: &mut dyn Transaction,
    table: Table,
    after: Option<&Row>,
    limit: usize,
) -> Result<Vec<Row>> {
    match (table, after) {
        (Table::Clocks, _) => {
            let clock = rows.clock_floor()?.into_iter().map(Row::Clock);
            Ok(behind(clock, after, limit))
        }
        (Table::Keys, _) => {
            let keys = rows.keys()?.into_iter().map(Row::Key);
            Ok(behind(keys, after, limit))
        }
        (Table::Formats, _) => {
            let formats = rows.formats()?.into_iter().map(Row::Format);
            Ok(behind(formats, after, limit))
        }
        (Table::Presets, _) => {
            let presets = rows.presets()?.into_iter();
            let presets = presets.map(|(name, policy)| Row::Preset(name, policy));
            Ok(behind(presets, after, limit))
        }
        (Table::Codes, after) => {
            let after = match after {
                Some(Row::Code(row)) => Some((&row.record.user, row.record.id)),
                _ => None,
            };
            let codes = rows.codes(after, limit)?.into_iter();
            Ok(codes.map(Box::new).map(Row::Code).collect())
        }
        (Table::Attempts, after) => {
            let after = match after {
                Some(Row::Attempt(row)) => Some(&row.id),
                _ => None,
            };
            let attempts = rows.attempts(after, limit)?.into_iter();
            Ok(attempts.map(Row::Attempt).collect())
        }
        (Table::Throttles, after) => {
            let after = match after {
                Some(Row::Throttle(user, _)) => Some(user),
                _ => None,
            };
            let throttles = rows.throttles(after, limit)?.into_iter();
            let throttles = throttles.map(|(user, throttle)| Row::Throttle(user, throttle));
            Ok(throttles.collect())
        }
        (Table::Machines, after) => {
            let after = match after {
                Some(Row::Machine(row)) => Some((&row.enrolment.user, &row.enrolment.machine)),
                _ => None,
            };
            let machines = rows.all_machines(after, limit)?.into_iter();
            Ok(machines.map(Row::Machine).collect())
        }
        (Table::SecurityCodes, after) => {
            let after = match after {
                Some(Row::SecurityCode(row)) => Some(row.id),
                _ => None,
            };
            let codes = rows.security_codes(after, limit)?.into_iter();
            Ok(codes.map(Box::new).map(Row::SecurityCode).collect())
        }
        (Table::Events, after) => {
            let after = match after {
                Some(Row::Event(event)) => Some(event.id),
                _ => None,
            };
            let events = rows.all_events(after, limit)?.into_iter();
            Ok(events.map(Box::new).map(Row::Event).collect())
        }
    }
}

/// Of a table so small that it is read whole each time.
fn behind(all: impl Iterator<Item = Row>, after: Option<&Row>, limit: usize) -> Vec<Row> {
    let mut rest: Vec<Row> = all
        .filter(|row| after.is_none_or(|after| row.key() > after.key()))
        .collect();
    rest.sort_by(|one, other| one.key().cmp(&other.key()));
    rest.truncate(limit);
    rest
}

/// See [`Transaction::keep`].
pub(crate) fn keep_each<T: Transaction + ?Sized>(kept: &mut T, rows: &[Row]) -> Result<usize> {
    let mut new = 0_usize;
    for row in rows {
        new = new.saturating_add(usize::from(keep_one(kept, row)?));
    }
    Ok(new)
}

/// Whether a row was not there.
fn keep_one<T: Transaction + ?Sized>(kept: &mut T, row: &Row) -> Result<bool> {
    match row {
        Row::Clock(floor) => {
            let new = kept.clock_floor()?.is_none();
            if new {
                kept.set_clock_floor(*floor)?;
            }
            Ok(new)
        }
        Row::Key(row) => {
            let new = kept.keys()?.iter().all(|key| key.id != row.id);
            if new {
                kept.set_key(row)?;
            }
            Ok(new)
        }
        Row::Format(format) => {
            let new = !kept.formats()?.contains(format);
            if new {
                kept.add_format(format)?;
            }
            Ok(new)
        }
        Row::Preset(name, policy) => {
            let new = kept.preset(name)?.is_none();
            if new {
                kept.set_preset(name, policy)?;
            }
            Ok(new)
        }
        Row::Code(row) => match kept.insert_code(row) {
            Err(StoreError::Conflict(cause)) => {
                let there = kept.code(&row.digest)?;
                match there {
                    Some(there) if there.record.id == row.record.id => Ok(false),
                    _ => Err(StoreError::Conflict(cause)),
                }
            }
            done => done.map(|()| true),
        },
        Row::Attempt(row) => match kept.insert_attempt(row) {
            Err(StoreError::Conflict(_)) => Ok(false),
            done => done.map(|()| true),
        },
        Row::Throttle(user, throttle) => {
            let new = kept.throttle(user)? == Throttle::default();
            if new {
                kept.set_throttle(user, throttle)?;
            }
            Ok(new)
        }
        Row::Machine(machine) => {
            let enrolment = &machine.enrolment;
            let there = kept.machine(&enrolment.user, &enrolment.machine)?;
            if there.is_none() {
                kept.set_machine(machine)?;
            }
            Ok(there.is_none())
        }
        Row::SecurityCode(row) => match kept.insert_security_code(row) {
            Err(StoreError::Conflict(cause)) => {
                let digest = |row: &SecurityRow| *row.code.digest.as_bytes();
                match kept.security_code(row.id)? {
                    Some(there) if digest(&there) == digest(row) => Ok(false),
                    _ => Err(StoreError::Conflict(cause)),
                }
            }
            done => done.map(|()| true),
        },
        Row::Event(event) => match kept.append(event) {
            Err(StoreError::Conflict(_)) => Ok(false),
            done => done.map(|()| true),
        },
    }
}
