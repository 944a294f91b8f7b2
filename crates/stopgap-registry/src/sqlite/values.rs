//! The values of columns, as SQLite stores them: an instant as its microseconds since 1970,
//! an id as its bytes.

use chrono::DateTime;
use rusqlite::{
    ToSql,
    types::{ToSqlOutput, Type, ValueRef},
};
use stopgap::RecordId;

use crate::store::{Kind, Value};

/// A value as a parameter.
pub(super) struct Parameter<'v>(pub(super) &'v Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Instant(instant) => ValueRef::Integer(instant.timestamp_micros()),
            Value::Id(id) => ValueRef::Blob(id.as_bytes()),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            Value::Invalid(why) => {
                let why = why.as_str().into();
                return Err(rusqlite::Error::ToSqlConversionFailure(why));
            }
        }))
    }
}

/// Returns the type of a column in SQL.
pub(super) const fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer | Kind::Instant => "INTEGER",
        Kind::Text => "TEXT",
        Kind::Id | Kind::Bytes => "BLOB",
    }
}

/// Returns what a column holds. [`Value::Invalid`] if no store writes that.
pub(super) fn read(kind: Kind, stored: ValueRef<'_>) -> Value {
    match (kind, stored) {
        (_, ValueRef::Null) => Value::Null,
        (Kind::Integer, ValueRef::Integer(number)) => Value::Integer(number),
        (Kind::Instant, ValueRef::Integer(micros)) => {
            match DateTime::from_timestamp_micros(micros) {
                Some(instant) => Value::Instant(instant),
                None => Value::Invalid("an impossible instant".into()),
            }
        }
        (Kind::Id, ValueRef::Blob(bytes)) => match bytes.try_into() {
            Ok(bytes) => Value::Id(RecordId::from_bytes(bytes)),
            Err(_) => Value::Invalid(format!("{} bytes in place of 16", bytes.len())),
        },
        (Kind::Text, ValueRef::Text(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(error) => Value::Invalid(error.to_string()),
        },
        (Kind::Bytes, ValueRef::Blob(bytes)) => bytes.into(),
        (_, other) => Value::Invalid(format!("{} in place of {}", name(other), type_of(kind))),
    }
}

/// Returns the name of a value's type in SQL.
fn name(stored: ValueRef<'_>) -> &'static str {
    match stored.data_type() {
        Type::Null => "NULL",
        Type::Integer => "INTEGER",
        Type::Real => "REAL",
        Type::Text => "TEXT",
        Type::Blob => "BLOB",
    }
}
