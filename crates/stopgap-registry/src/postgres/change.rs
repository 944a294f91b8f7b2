//! Changes as statements.

use stopgap::Name;

use super::{flight::Request, param::Param, range::Range, shape::Shape, step::Step};
use crate::store::{Change, Result, Row, StoreError, Table, Value};

/// Returns the statements of changes, in their order. Changes of different tables are made by
/// one statement.
///
/// # Errors
///
/// [`StoreError::Other`] if a change does not fit its table.
pub(super) fn requests<'p>(tenant: &'p Name, changes: &'p [Change]) -> Result<Vec<Request<'p>>> {
    let mut requests = Vec::new();
    let (mut steps, mut params): (Vec<Step>, Vec<Param<'p>>) = Default::default();
    for change in changes {
        let (next, own) = step(tenant, change)?;
        if steps.iter().any(|step| step.table() == next.table()) {
            let (steps, params) = (std::mem::take(&mut steps), std::mem::take(&mut params));
            requests.push(Request::Statement(Shape::Apply(steps), params));
        }
        steps.push(next);
        params.extend(own);
    }
    if !steps.is_empty() {
        requests.push(Request::Statement(Shape::Apply(steps), params));
    }
    Ok(requests)
}

/// Returns the form of a change and its parameters.
fn step<'p>(tenant: &'p Name, change: &'p Change) -> Result<(Step, Vec<Param<'p>>)> {
    match change {
        Change::Insert(row) => Ok((Step::Insert(row.table()), row_of(tenant, row)?)),
        Change::Replace { row, loaded } => {
            let mut params = row_of(tenant, row)?;
            params.push(version(row.table(), loaded)?);
            Ok((Step::Replace(row.table()), params))
        }
        Change::Renew { row, loaded } => {
            let mut params = row_of(tenant, row)?;
            params.push(version(
                row.table(),
                loaded.as_ref().unwrap_or(&Value::Null),
            )?);
            Ok((Step::Renew(row.table()), params))
        }
        Change::Delete { table, key, loaded } => {
            let count = table.declaration().key;
            let mut params = values(tenant, *table, count, key)?;
            if table.declaration().version.is_some() {
                params.push(version(*table, loaded)?);
            }
            Ok((Step::Delete(*table), params))
        }
        Change::Trim {
            table,
            index,
            prefix,
            keep,
        } => {
            let (range, params) = Range::last(tenant, *table, index, prefix, *keep)?;
            Ok((Step::Trim(range), params))
        }
    }
}

fn row_of<'p>(tenant: &'p Name, row: &'p Row) -> Result<Vec<Param<'p>>> {
    let columns = row.table().declaration().columns;
    values(tenant, row.table(), columns.len(), row.values())
}

/// Returns the parameters of the tenant and of the values of the first columns.
fn values<'p>(
    tenant: &'p Name,
    table: Table,
    count: usize,
    values: &'p [Value],
) -> Result<Vec<Param<'p>>> {
    if values.len() != count {
        let why = format!("{table} has {count} columns there, not {}", values.len());
        return Err(StoreError::Other(why.into()));
    }
    let mut params = vec![Param::new(table.owner(tenant))];
    for (column, value) in table.declaration().columns.iter().zip(values) {
        params.push(Param::value(column, value)?);
    }
    Ok(params)
}

/// Returns the parameter of the version that was loaded.
fn version(table: Table, loaded: &Value) -> Result<Param<'_>> {
    let declaration = table.declaration();
    let version = declaration.version;
    let mut columns = declaration.columns.iter();
    match columns.find(|column| Some(column.name) == version) {
        Some(column) => Param::value(column, loaded),
        None => Err(StoreError::Other(
            format!("rows of {table} have no version to compare").into(),
        )),
    }
}
