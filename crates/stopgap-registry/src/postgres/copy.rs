//! Reading whole tables, page by page.

use stopgap::{Name, RecordId, Throttle};
use uuid::Uuid;

use super::{
    columns::{Columns, bucket_of, rows, uuid},
    connection::{Connection, Params},
    deadline::Deadline,
    error::Trouble,
    events,
    open::Open,
};
use crate::{
    event::Event,
    store::{Result, Table},
};

/// Returns the first tenant after a name that has a row in any table. Each step reads the
/// keys, which begin with the tenant; a list of distinct tenants would read all rows.
pub(super) fn next_tenant(
    connection: &mut Connection,
    deadline: Deadline,
    after: &str,
) -> Result<Option<Name>> {
    macro_rules! first_of {
        ($first:literal $(, $table:literal)*) => {
            concat!(
                "SELECT min(tenant) FROM (SELECT min(tenant) AS tenant FROM stopgap.",
                $first,
                " WHERE tenant > $1",
                $(
                    " UNION ALL SELECT min(tenant) FROM stopgap.",
                    $table,
                    " WHERE tenant > $1",
                )*
                ") AS firsts"
            )
        };
    }
    let sql = first_of!(
        "clocks",
        "keys",
        "formats",
        "presets",
        "online_codes",
        "verifications",
        "throttles",
        "machines",
        "security_codes",
        "events"
    );
    let found = connection.query(deadline, sql, &[&after]);
    let found = found.map_err(Trouble::before_commit)?;
    let table = "tenants";
    match found.first() {
        Some(row) => Columns { table, row }.name_or_none(0),
        None => Ok(None),
    }
}

pub(super) fn count(open: &mut Open<'_>, table: Table) -> Result<u64> {
    macro_rules! count {
        ($table:literal) => {
            concat!(
                "SELECT count(*) FROM stopgap.",
                $table,
                " WHERE tenant = $1"
            )
        };
    }
    let sql = match table {
        Table::Clocks => count!("clocks"),
        Table::Keys => count!("keys"),
        Table::Formats => count!("formats"),
        Table::Presets => count!("presets"),
        Table::Codes => count!("online_codes"),
        Table::Verifications => count!("verifications"),
        Table::Throttles => {
            "SELECT count(*) FROM stopgap.throttles
             WHERE tenant = $1 AND (failures > 0 OR locked_until IS NOT NULL)"
        }
        Table::Machines => count!("machines"),
        Table::SecurityCodes => count!("security_codes"),
        Table::Events => count!("events"),
    };
    let params: Params<'_> = &[&open.tenant()];
    let rows = open.one(table.as_str(), sql, params, |row| row.get::<i64>(0))?;
    Ok(rows
        .and_then(|rows| rows.try_into().ok())
        .unwrap_or_default())
}

pub(super) fn throttles(
    open: &mut Open<'_>,
    after: Option<&Name>,
    limit: usize,
) -> Result<Vec<(Name, Throttle)>> {
    let after = after.map_or("", Name::as_str);
    open.all(
        "throttles",
        "SELECT user_name, failures, locked_until FROM stopgap.throttles
         WHERE tenant = $1 AND user_name > $2 AND (failures > 0 OR locked_until IS NOT NULL)
         ORDER BY user_name LIMIT $3",
        &[&open.tenant(), &after, &rows(limit)],
        |row| {
            let throttle = Throttle {
                failures: row.number(1)?,
                locked_until: row.get(2)?,
            };
            Ok((row.name(0)?, throttle))
        },
    )
}

/// The number of buckets of the log.
const BUCKETS: usize = 16;

pub(super) fn all_events(
    open: &mut Open<'_>,
    after: Option<RecordId>,
    limit: usize,
) -> Result<Vec<Event>> {
    let after = after.map_or(Uuid::nil(), uuid);
    // Of each bucket twice its share, and at the most all that is asked for.
    let share = limit.div_ceil(BUCKETS).saturating_mul(2).min(limit);
    let sql = concat!(
        "SELECT ",
        events::columns!(),
        " FROM generate_series(0, 15) AS buckets (number) CROSS JOIN LATERAL (
            SELECT ",
        events::columns!(),
        " FROM stopgap.events WHERE tenant = $1 AND bucket = number AND id > $2
            ORDER BY id LIMIT $3) AS oldest"
    );
    let params: Params<'_> = &[&open.tenant(), &after, &rows(share)];
    let mut found = open.all("events", sql, params, events::read)?;
    found.sort_by_key(|event| event.id);
    // Behind the last row of a bucket that was not read to its end there may be more.
    let mut seen = [0_usize; BUCKETS];
    for (place, event) in (1_usize..).zip(&found) {
        let bucket = usize::try_from(bucket_of(event.id.as_bytes())).unwrap_or_default();
        let Some(seen) = seen.get_mut(bucket) else {
            continue;
        };
        *seen = seen.saturating_add(1);
        if *seen == share {
            found.truncate(place);
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}
