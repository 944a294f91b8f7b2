//! Reading any table of a tenant page by page.

use crate::{
    row::{Row, Table},
    store::{Result, Transaction},
};

/// Returns the next rows of a table in the order of their keys: those after the row
/// `after`.
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
                Some(Row::Code(row)) => {
                    let record = row.unverified();
                    Some((&record.user, record.id))
                }
                _ => None,
            };
            let codes = rows.codes(after, limit)?.into_iter();
            Ok(codes.map(Box::new).map(Row::Code).collect())
        }
        (Table::Verifications, after) => {
            let after = match after {
                Some(Row::Verification(row)) => {
                    let record = row.unverified();
                    Some((&record.user, record.idempotency_key.as_str()))
                }
                _ => None,
            };
            let verifications = rows.verifications(after, limit)?.into_iter();
            Ok(verifications.map(Box::new).map(Row::Verification).collect())
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
                Some(Row::Machine(row)) => {
                    let record = row.unverified();
                    Some((&record.user, &record.machine))
                }
                _ => None,
            };
            let machines = rows.all_machines(after, limit)?.into_iter();
            Ok(machines.map(Box::new).map(Row::Machine).collect())
        }
        (Table::SecurityCodes, after) => {
            let after = match after {
                Some(Row::SecurityCode(row)) => Some(row.record.unverified().id),
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

/// Returns the next rows of a table that is small enough to be read whole each time.
fn behind(all: impl Iterator<Item = Row>, after: Option<&Row>, limit: usize) -> Vec<Row> {
    let mut rest: Vec<Row> = all
        .filter(|row| after.is_none_or(|after| row.key() > after.key()))
        .collect();
    rest.sort_by(|one, other| one.key().cmp(&other.key()));
    rest.truncate(limit);
    rest
}
