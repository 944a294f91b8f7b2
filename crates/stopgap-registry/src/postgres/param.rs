//! The parameters of statements.

use std::iter;

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::store::{Column, Kind, Result, StoreError, Value};

/// A parameter of a statement.
pub(super) struct Param<'p>(Box<dyn ToSql + Sync + 'p>);

impl<'p> Param<'p> {
    pub(super) fn new(value: impl ToSql + Sync + 'p) -> Self {
        Self(Box::new(value))
    }

    /// Returns the parameter of a number of rows, which the server counts in 64 bits with a
    /// sign.
    pub(super) fn rows(number: usize) -> Self {
        Self::new(i64::try_from(number).unwrap_or(i64::MAX))
    }

    /// Returns the parameter of a value of a column.
    ///
    /// # Errors
    ///
    /// [`StoreError::Other`] if the column cannot have the value. It is found out before
    /// anything is sent.
    pub(super) fn value(column: &Column, value: &'p Value) -> Result<Self> {
        Self::of(column, iter::once(value), false)
    }

    /// Returns the parameter of a list of values of a column.
    ///
    /// # Errors
    ///
    /// As [`value`](Self::value).
    pub(super) fn list(column: &Column, values: impl Iterator<Item = &'p Value>) -> Result<Self> {
        Self::of(column, values, true)
    }

    fn of(column: &Column, values: impl Iterator<Item = &'p Value>, is_list: bool) -> Result<Self> {
        match column.kind {
            Kind::Integer => fit(column, values, is_list, |value| match value {
                Value::Integer(number) => Some(number),
                _ => None,
            }),
            Kind::Instant => fit(column, values, is_list, |value| match value {
                Value::Instant(instant) => Some(instant),
                _ => None,
            }),
            Kind::Id => fit(column, values, is_list, |value| match value {
                Value::Id(id) => Some(Uuid::from_bytes_ref(id.as_bytes())),
                _ => None,
            }),
            Kind::Text => fit(column, values, is_list, |value| match value {
                Value::Text(text) => Some(text).filter(|text| !text.contains('\0')),
                _ => None,
            }),
            Kind::Bytes => fit(column, values, is_list, |value| match value {
                Value::Bytes(bytes) => Some(bytes),
                _ => None,
            }),
        }
    }

    pub(super) fn as_sql(&self) -> &(dyn ToSql + Sync) {
        &*self.0
    }
}

fn fit<'p, T: ToSql + Sync + 'p>(
    column: &Column,
    values: impl Iterator<Item = &'p Value>,
    is_list: bool,
    get: impl Fn(&'p Value) -> Option<&'p T>,
) -> Result<Param<'p>> {
    let fit = |value: &'p Value| match value {
        Value::Null => Ok(None),
        value => get(value).map(Some).ok_or_else(|| unfit(column, value)),
    };
    let mut list = values.map(fit).collect::<Result<Vec<_>>>()?;
    Ok(if is_list {
        Param::new(list)
    } else {
        Param::new(list.pop().flatten())
    })
}

/// Returns the error of a value that a column cannot have.
fn unfit(column: &Column, value: &Value) -> StoreError {
    let why = match value {
        Value::Invalid(why) => why,
        Value::Text(text) if text.contains('\0') => "PostgreSQL has no texts with a NUL",
        _ => "the value is of another kind than the column",
    };
    StoreError::Other(format!("{}: {why}", column.name).into())
}
