//! Reading rows, whose columns may have any content.

use std::error::Error;

use chrono::{DateTime, Utc};
use stopgap::RecordId;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use crate::store::{Kind, Row, Table, Value};

/// A row that was selected as one value of the type `record`. It is a number of fields, and
/// for each its type, its length and its bytes.
pub(super) struct Record<'r>(&'r [u8]);

impl<'r> FromSql<'r> for Record<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.split_at_checked(4).unwrap_or_default().1))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::RECORD
    }
}

impl<'r> Record<'r> {
    /// Returns the next field; `None` in it if it is null.
    fn field(&mut self) -> Option<(Type, Option<&'r [u8]>)> {
        let (kind, rest) = self.0.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let kind = Type::from_oid(u32::from_be_bytes(*kind)).unwrap_or(Type::UNKNOWN);
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            self.0 = rest;
            return Some((kind, None));
        };
        let (field, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((kind, Some(field)))
    }

    /// Returns the next value, or the reason for which the column cannot have it.
    fn value<T: FromSql<'r>>(&mut self, to_value: impl Fn(T) -> Value) -> Value {
        let Some((kind, field)) = self.field() else {
            return Value::Invalid("the row ends before it".into());
        };
        if !T::accepts(&kind) {
            return Value::Invalid(format!("it is of the type {kind}"));
        }
        match field.map(|field| T::from_sql(&kind, field)) {
            None => Value::Null,
            Some(Ok(value)) => to_value(value),
            Some(Err(error)) => Value::Invalid(error.to_string()),
        }
    }

    /// Returns the row, which has all columns of its table.
    pub(super) fn read(mut self, table: Table) -> Row {
        let columns = table.declaration().columns.iter();
        let values = columns.map(|column| match column.kind {
            Kind::Integer => self.value(Value::Integer),
            Kind::Instant => self.value(Value::Instant),
            Kind::Id => self.value(|id: Uuid| Value::Id(RecordId::from_bytes(id.into_bytes()))),
            Kind::Text => self.value(Value::Text),
            Kind::Bytes => self.value(Value::Bytes),
        });
        Row::new(table, values.collect())
    }

    /// Returns the time, which is the only field.
    pub(super) fn time(mut self) -> Option<DateTime<Utc>> {
        match self.value(Value::Instant) {
            Value::Instant(time) => Some(time),
            _ => None,
        }
    }
}
