//! Selections as conditions in SQL.

use std::{fmt::Write as _, ops::Bound};

use stopgap::Name;

use super::{
    numbers::{Numbers, names},
    param::Param,
    tables,
};
use crate::store::{Column, Declaration, Index, Result, Selection, StoreError, Table, Value};

/// The form of a selection: all of it but the values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Range {
    pub(super) table: Table,
    /// The name of the index; `None` for the key.
    index: Option<&'static str>,
    /// The number of values in the prefix.
    prefix: usize,
    has_list: bool,
    /// The number of values in each bound.
    lower: Bound<usize>,
    upper: Bound<usize>,
    is_descending: bool,
    has_limit: bool,
}

/// The parts of a statement about a range.
struct Sql {
    /// The source of the rows, their condition and their order, after `FROM`.
    source: String,
    /// The condition of one row.
    condition: String,
    /// The parameter of the limit.
    limit: Option<String>,
}

impl Range {
    /// Returns the form of a selection and its parameters: the tenant, the prefix, the list,
    /// the bounds and the limit.
    ///
    /// # Errors
    ///
    /// [`StoreError::Other`] if the table does not have the index, if a value is not of its
    /// column's type, or if a bound is null.
    pub(super) fn of<'p>(
        tenant: &'p Name,
        selection: &'p Selection,
    ) -> Result<(Self, Vec<Param<'p>>)> {
        let range = Self {
            table: selection.table,
            index: selection.index.map(|index| index.name),
            prefix: selection.prefix.len(),
            has_list: selection.any_of.is_some(),
            lower: selection.lower.as_ref().map(Vec::len),
            upper: selection.upper.as_ref().map(Vec::len),
            is_descending: selection.is_descending,
            has_limit: selection.limit < usize::MAX,
        };
        let columns = range.columns()?;
        let mut params = vec![Param::new(selection.table.owner(tenant))];
        let (first, rest) = split(&columns, range.prefix)?;
        values(&mut params, first, &selection.prefix)?;
        if let Some(list) = &selection.any_of {
            let column = rest.first().ok_or_else(too_many)?;
            params.push(Param::list(column, list.iter())?);
        }
        for bound in [&selection.lower, &selection.upper] {
            if let Bound::Included(bound) | Bound::Excluded(bound) = bound {
                if bound.contains(&Value::Null) {
                    return Err(StoreError::Other("a bound needs values".into()));
                }
                let (first, _) = split(rest, bound.len())?;
                values(&mut params, first, bound)?;
            }
        }
        if range.has_limit {
            params.push(Param::rows(selection.limit));
        }
        Ok((range, params))
    }

    /// Returns the form of the rows with a prefix, the last ones first, of which the limit is
    /// the number of those that stay; and its parameters.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub(super) fn last<'p>(
        tenant: &'p Name,
        table: Table,
        index: &'static Index,
        prefix: &'p [Value],
        keep: usize,
    ) -> Result<(Self, Vec<Param<'p>>)> {
        let range = Self {
            table,
            index: Some(index.name),
            prefix: prefix.len(),
            has_list: false,
            lower: Bound::Unbounded,
            upper: Bound::Unbounded,
            is_descending: true,
            has_limit: true,
        };
        let columns = range.columns()?;
        let mut params = vec![Param::new(table.owner(tenant))];
        let (first, _) = split(&columns, prefix.len())?;
        values(&mut params, first, prefix)?;
        params.push(Param::rows(keep));
        Ok((range, params))
    }

    fn declared_index(&self) -> Option<&'static Index> {
        self.table.declaration().index(self.index?)
    }

    /// Returns the columns that order the rows.
    fn columns(&self) -> Result<Vec<&'static Column>> {
        let declaration = self.table.declaration();
        match (self.index, self.declared_index()) {
            (None, _) => Ok(declaration.key_columns().collect()),
            (Some(_), Some(index)) => columns_of(declaration, index),
            (Some(name), None) => Err(StoreError::Other(
                format!("{} has no index {name}", self.table).into(),
            )),
        }
    }

    /// Returns a statement that selects the rows, each as one record after a number.
    pub(super) fn select(&self, place: usize, numbers: &mut Numbers) -> String {
        let columns = names(self.table.declaration().columns);
        let Sql { source, limit, .. } = self.sql(&columns, numbers);
        let limit = limit.map(|limit| format!(" LIMIT {limit}"));
        let limit = limit.unwrap_or_default();
        format!("SELECT {place}, ROW({columns}) FROM {source}{limit}")
    }

    /// Returns a statement that deletes the rows: those before (`LIMIT`) or after (`OFFSET`)
    /// the limit, if there is one.
    ///
    /// They are found first, in their order, and then deleted by their places. `IS TRUE` has
    /// the server check the condition again for a row that changed in between, and not look
    /// for the rows by it.
    pub(super) fn delete(&self, side: &str, numbers: &mut Numbers) -> String {
        let table = self.table;
        let sql = self.sql("ctid", numbers);
        let (source, condition) = (sql.source, sql.condition);
        let Some(limit) = sql.limit else {
            return format!("DELETE FROM stopgap.{table} WHERE {condition}");
        };
        format!(
            "DELETE FROM stopgap.{table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {source} \
             {side} {limit})) AND ({condition}) IS TRUE"
        )
    }

    /// The server chooses the index by the order: it is told not to sort. Its estimates are
    /// no help, because all indexes of an empty table are equal, and the plan of a statement
    /// remains when the table is larger.
    fn sql(&self, columns: &str, numbers: &mut Numbers) -> Sql {
        let table = self.table;
        let ordered = self.columns().unwrap_or_default();
        let (first, rest) = split(&ordered, self.prefix).unwrap_or_default();
        let tenant = numbers.next();
        let values: Vec<_> = first.iter().map(|_| numbers.next()).collect();
        let (mut condition, mut order) = equal(&tenant, &ordered, &values);
        order.push_str(&self.order(rest));
        let index = self.declared_index();
        if let Some(only) = index.and_then(|index| tables::condition(index.only)) {
            let _ = write!(condition, " AND {only}");
        }
        let source = if let (true, [column, ..]) = (self.has_list, rest) {
            let (name, kind) = (column.name, tables::type_of(column.kind));
            let list = format!("{}::{kind}[]", numbers.next());
            let source = format!(
                "unnest({list}) AS list (listed) CROSS JOIN LATERAL (SELECT {columns} \
                 FROM stopgap.{table} WHERE {condition} AND {name} BETWEEN listed AND listed \
                 ORDER BY {name}) AS found"
            );
            let _ = write!(condition, " AND {name} = ANY ({list})");
            source
        } else {
            self.bound(&mut condition, rest, numbers);
            format!("stopgap.{table} WHERE {condition}{order}")
        };
        Sql {
            source,
            condition,
            limit: self.has_limit.then(|| numbers.next()),
        }
    }

    /// Appends the bounds to a condition.
    fn bound(&self, condition: &mut String, rest: &[&'static Column], numbers: &mut Numbers) {
        for (bound, side) in [(self.lower, '>'), (self.upper, '<')] {
            let (count, equal) = match bound {
                Bound::Unbounded | Bound::Included(0) => continue,
                Bound::Included(count) => (count, "="),
                Bound::Excluded(count) => (count, ""),
            };
            let (first, _) = split(rest, count).unwrap_or_default();
            let names: Vec<_> = first.iter().map(|column| column.name).collect();
            let values: Vec<_> = first.iter().map(|_| numbers.next()).collect();
            let (names, values) = (names.join(", "), values.join(", "));
            let _ = match count {
                // No row is before or after no values.
                0 => write!(condition, " AND false"),
                1 => write!(condition, " AND {names} {side}{equal} {values}"),
                _ => write!(condition, " AND ({names}) {side}{equal} ({values})"),
            };
        }
    }

    /// Returns the order by the columns after the prefix.
    fn order(&self, rest: &[&Column]) -> String {
        if rest.is_empty() {
            return String::new();
        }
        let way = if self.is_descending { " DESC" } else { "" };
        let names = rest.iter().map(|column| format!("{}{way}", column.name));
        format!(" ORDER BY {}", names.collect::<Vec<_>>().join(", "))
    }
}

/// Returns the condition that the tenant and the first columns have these values, and the order
/// if those are all columns. A column with one value gives no order, so `BETWEEN` stands in
/// place of `=` for the last column.
pub(super) fn equal(tenant: &str, ordered: &[&Column], values: &[String]) -> (String, String) {
    let mut condition = format!("tenant = {tenant}");
    let mut order = String::new();
    for (place, (column, value)) in (1..).zip(ordered.iter().zip(values)) {
        let name = column.name;
        let _ = if place == ordered.len() {
            order = format!(" ORDER BY {name}");
            write!(condition, " AND {name} BETWEEN {value} AND {value}")
        } else {
            write!(condition, " AND {name} = {value}")
        };
    }
    (condition, order)
}

fn columns_of(declaration: &'static Declaration, index: &Index) -> Result<Vec<&'static Column>> {
    let columns = index.columns.iter().map(|name| {
        let column = declaration
            .columns
            .iter()
            .find(|column| column.name == *name);
        column.ok_or_else(|| StoreError::Other(format!("there is no column {name}").into()))
    });
    columns.collect()
}

fn values<'p>(params: &mut Vec<Param<'p>>, columns: &[&Column], values: &'p [Value]) -> Result<()> {
    for (column, value) in columns.iter().zip(values) {
        params.push(Param::value(column, value)?);
    }
    Ok(())
}

/// Returns the first columns and the rest.
fn split<'c>(
    columns: &'c [&'static Column],
    count: usize,
) -> Result<(&'c [&'static Column], &'c [&'static Column])> {
    columns.split_at_checked(count).ok_or_else(too_many)
}

fn too_many() -> StoreError {
    StoreError::Other("a selection has more values than its index has columns".into())
}
