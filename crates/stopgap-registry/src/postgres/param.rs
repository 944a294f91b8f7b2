//! The parameters of statements.

use chrono::{DateTime, Utc};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::store::{Column, Kind, Result, StoreError, Value};

/// A parameter of a statement.
pub(super) enum Param<'p> {
    Borrowed(&'p (dyn ToSql + Sync)),
    Owned(Box<dyn ToSql + Sync + 'p>),
}

impl<'p> Param<'p> {
    /// Returns the parameter of a number of rows, which the server counts in 64 bits with a
    /// sign.
    pub(super) fn rows(number: usize) -> Self {
        Self::Owned(Box::new(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    pub(super) fn text(text: &'p str) -> Self {
        Self::Owned(Box::new(text))
    }

    /// Returns the parameter of a value of a column.
    ///
    /// # Errors
    ///
    /// [`StoreError::Other`] if the column cannot have the value. It is found out before
    /// anything is sent.
    pub(super) fn value(column: &Column, value: &'p Value) -> Result<Self> {
        let null: &(dyn ToSql + Sync) = match column.kind {
            Kind::Integer => &None::<i64>,
            Kind::Instant => &None::<DateTime<Utc>>,
            Kind::Id => &None::<Uuid>,
            Kind::Text => &None::<&str>,
            Kind::Bytes => &None::<&[u8]>,
        };
        Ok(Self::Borrowed(match (column.kind, value) {
            (_, Value::Null) => null,
            (Kind::Integer, Value::Integer(number)) => number,
            (Kind::Instant, Value::Instant(instant)) => instant,
            (Kind::Id, Value::Id(id)) => Uuid::from_bytes_ref(id.as_bytes()),
            (Kind::Text, Value::Text(text)) if !text.contains('\0') => text,
            (Kind::Bytes, Value::Bytes(bytes)) => bytes,
            _ => return Err(unfit(column, value)),
        }))
    }

    /// Returns the parameter of a list of values of a column.
    ///
    /// # Errors
    ///
    /// As [`value`](Self::value).
    pub(super) fn list(column: &Column, values: impl Iterator<Item = &'p Value>) -> Result<Self> {
        match column.kind {
            Kind::Integer => list(column, values, |value| match value {
                Value::Integer(number) => Some(number),
                _ => None,
            }),
            Kind::Instant => list(column, values, |value| match value {
                Value::Instant(instant) => Some(instant),
                _ => None,
            }),
            Kind::Id => list(column, values, |value| match value {
                Value::Id(id) => Some(Uuid::from_bytes_ref(id.as_bytes())),
                _ => None,
            }),
            Kind::Text => list(column, values, |value| match value {
                Value::Text(text) => Some(text).filter(|text| !text.contains('\0')),
                _ => None,
            }),
            Kind::Bytes => list(column, values, |value| match value {
                Value::Bytes(bytes) => Some(bytes),
                _ => None,
            }),
        }
    }

    pub(super) fn as_sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Borrowed(param) => *param,
            Self::Owned(param) => &**param,
        }
    }
}

fn list<'p, T: ToSql + Sync + 'p>(
    column: &Column,
    values: impl Iterator<Item = &'p Value>,
    get: impl Fn(&'p Value) -> Option<&'p T>,
) -> Result<Param<'p>> {
    let fit = |value: &'p Value| match value {
        Value::Null => Ok(None),
        value => get(value).map(Some).ok_or_else(|| unfit(column, value)),
    };
    let list = values.map(fit).collect::<Result<Vec<_>>>()?;
    Ok(Param::Owned(Box::new(list)))
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
