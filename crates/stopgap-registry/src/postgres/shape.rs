//! Statements without their values. Each is prepared once for each connection.

use std::fmt::Write as _;

use super::{
    numbers::{Numbers, names},
    range::Range,
    step::{self, Step},
    tables,
};
use crate::store::{Declaration, Table};

/// The form of a statement, of which its text is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    /// Takes a lock for each element, shared if it is `true`.
    Locks(Vec<bool>),
    /// Returns the time and the rows of each range, each as one record after a number: 0 for
    /// the time, 1 for the first range.
    Select(Vec<Range>),
    /// Makes changes of different tables.
    Apply(Vec<Step>),
    /// Deletes rows, and returns their number.
    Delete(Range),
    /// Adds rows unless a row has their key, and returns their number. The parameters are the
    /// tenant and a list for each column.
    Keep(Table),
    /// Returns the number of rows.
    Count(Table),
    /// Returns the first tenant after a name that has a row in any table.
    NextTenant,
}

impl Shape {
    /// Returns the text.
    pub(super) fn sql(&self) -> String {
        match self {
            Self::Locks(locks) => take(locks),
            Self::Select(ranges) => select(ranges),
            Self::Apply(steps) => step::apply(steps),
            Self::Delete(range) => counted(&range.delete("LIMIT", &mut Numbers::default())),
            Self::Keep(table) => counted(&keep(table.declaration())),
            Self::Count(table) => {
                format!("SELECT count(*) FROM stopgap.{table} WHERE tenant = $1")
            }
            Self::NextTenant => next_tenant(),
        }
    }
}

fn take(locks: &[bool]) -> String {
    let mut numbers = Numbers::default();
    let locks = locks.iter().map(|is_shared| {
        let shared = if *is_shared { "_shared" } else { "" };
        format!("pg_advisory_xact_lock{shared}({})", numbers.next())
    });
    let locks: Vec<_> = locks.collect();
    format!("SELECT {}", locks.join(", "))
}

/// One statement sees the rows of one moment, and is answered by one message.
fn select(ranges: &[Range]) -> String {
    let mut sql = String::from("SELECT 0, ROW(clock_timestamp())");
    let mut numbers = Numbers::default();
    for (place, range) in (1..).zip(ranges) {
        let _ = write!(sql, " UNION ALL ({})", range.select(place, &mut numbers));
    }
    sql
}

fn keep(declaration: &Declaration) -> String {
    let (table, columns) = (declaration.name, names(declaration.columns));
    let mut numbers = Numbers::default();
    let tenant = numbers.next();
    let lists = declaration.columns.iter().map(|column| {
        let kind = tables::type_of(column.kind);
        format!("{}::{kind}[]", numbers.next())
    });
    let lists: Vec<_> = lists.collect();
    format!(
        "INSERT INTO stopgap.{table} (tenant, {columns}) \
         SELECT {tenant}::text, added.* FROM unnest({}) AS added ON CONFLICT ({}) DO NOTHING",
        lists.join(", "),
        tables::key(declaration),
    )
}

/// Each step reads the keys, which begin with the tenant. A list of distinct tenants would
/// read all rows.
fn next_tenant() -> String {
    let firsts = Table::ALL.iter().map(|table| {
        format!("SELECT min(tenant) AS tenant FROM stopgap.{table} WHERE tenant > $1")
    });
    let firsts: Vec<_> = firsts.collect();
    format!(
        "SELECT min(tenant) FROM ({}) AS firsts",
        firsts.join(" UNION ALL ")
    )
}

fn counted(change: &str) -> String {
    format!("WITH done AS ({change} RETURNING 1) SELECT count(*) FROM done")
}
