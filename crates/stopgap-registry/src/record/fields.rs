//! Reading the values of a row, which may have any content.

use std::{slice, str::FromStr};

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use stopgap::{CodeDigest, KeyId, Name, Purposes, RecordId, RecordTag};

use super::{declaration::Column, row::Row, table::Table, value::Value};
use crate::store::{Result, StoreError};

/// The values of a row, read from the first column to the last.
pub(crate) struct Fields<'r> {
    table: Table,
    columns: slice::Iter<'static, Column>,
    values: slice::Iter<'r, Value>,
    column: &'static str,
}

impl<'r> Fields<'r> {
    pub(crate) fn of(row: &'r Row) -> Self {
        Self {
            table: row.table(),
            columns: row.table().declaration().columns.iter(),
            values: row.values().iter(),
            column: "",
        }
    }

    /// Returns an error about the value that was read last.
    pub(crate) fn invalid(&self, why: impl ToString) -> StoreError {
        StoreError::Row {
            table: self.table.as_str(),
            why: format!("{}: {}", self.column, why.to_string()),
        }
    }

    fn next(&mut self) -> Result<&'r Value> {
        self.column = self.columns.next().map_or("", |column| column.name);
        match self.values.next() {
            Some(Value::Invalid(why)) => Err(self.invalid(why)),
            Some(value) => Ok(value),
            None => Err(self.invalid("there is no such column")),
        }
    }

    fn odd<T>(&self) -> Result<T> {
        Err(self.invalid("the value is missing, or is of another kind"))
    }

    fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self, &'r Value) -> Result<T>,
    ) -> Result<Option<T>> {
        match self.next()? {
            Value::Null => Ok(None),
            value => read(self, value).map(Some),
        }
    }

    pub(crate) fn integer(&mut self) -> Result<i64> {
        match self.next()? {
            Value::Integer(number) => Ok(*number),
            _ => self.odd(),
        }
    }

    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T> {
        let number = self.integer()?;
        T::try_from(number).map_err(|_| self.invalid("the number is out of range"))
    }

    pub(crate) fn number_or_none<T: TryFrom<i64>>(&mut self) -> Result<Option<T>> {
        self.optional(|fields, value| match value {
            Value::Integer(number) => {
                T::try_from(*number).map_err(|_| fields.invalid("the number is out of range"))
            }
            _ => fields.odd(),
        })
    }

    pub(crate) fn is_true(&mut self) -> Result<bool> {
        match self.integer()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => self.odd(),
        }
    }

    pub(crate) fn key_id(&mut self) -> Result<KeyId> {
        self.number().map(KeyId)
    }

    pub(crate) fn instant(&mut self) -> Result<DateTime<Utc>> {
        match self.next()? {
            Value::Instant(instant) => Ok(*instant),
            _ => self.odd(),
        }
    }

    pub(crate) fn instant_or_none(&mut self) -> Result<Option<DateTime<Utc>>> {
        self.optional(|fields, value| match value {
            Value::Instant(instant) => Ok(*instant),
            _ => fields.odd(),
        })
    }

    pub(crate) fn id(&mut self) -> Result<RecordId> {
        match self.next()? {
            Value::Id(id) => Ok(*id),
            _ => self.odd(),
        }
    }

    pub(crate) fn id_or_none(&mut self) -> Result<Option<RecordId>> {
        self.optional(|fields, value| match value {
            Value::Id(id) => Ok(*id),
            _ => fields.odd(),
        })
    }

    pub(crate) fn text(&mut self) -> Result<&'r str> {
        match self.next()? {
            Value::Text(text) => Ok(text),
            _ => self.odd(),
        }
    }

    pub(crate) fn text_or_none(&mut self) -> Result<Option<String>> {
        self.optional(|fields, value| match value {
            Value::Text(text) => Ok(text.clone()),
            _ => fields.odd(),
        })
    }

    pub(crate) fn parsed<T: FromStr<Err: ToString>>(&mut self) -> Result<T> {
        let text = self.text()?;
        text.parse()
            .map_err(|error: T::Err| self.invalid(error.to_string()))
    }

    pub(crate) fn name(&mut self) -> Result<Name> {
        let text = self.text()?;
        Name::new(text).map_err(|error| self.invalid(error))
    }

    pub(crate) fn name_or_none(&mut self) -> Result<Option<Name>> {
        let text = self.text_or_none()?;
        let name = text.map(Name::new).transpose();
        name.map_err(|error| self.invalid(error))
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let text = self.text()?;
        serde_json::from_str(text).map_err(|error| self.invalid(error))
    }

    pub(crate) fn json_or_none<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        let text = self.text_or_none()?;
        let value = text.map(|text| serde_json::from_str(&text)).transpose();
        value.map_err(|error| self.invalid(error))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'r [u8]> {
        match self.next()? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => self.odd(),
        }
    }

    pub(crate) fn array(&mut self) -> Result<[u8; 32]> {
        let bytes = self.bytes()?;
        let array = bytes.try_into();
        array.map_err(|_| self.invalid(format_args!("{} bytes in place of 32", bytes.len())))
    }

    pub(crate) fn digest(&mut self) -> Result<CodeDigest> {
        self.array().map(CodeDigest::from_bytes)
    }

    pub(crate) fn tag(&mut self) -> Result<RecordTag> {
        self.array().map(RecordTag::from_bytes)
    }

    pub(crate) fn purposes(&mut self) -> Result<Purposes> {
        let purposes = self.number().ok().and_then(Purposes::from_bits);
        purposes
            .filter(|purposes| !purposes.is_empty())
            .ok_or_else(|| self.invalid("there are no such purposes"))
    }
}
