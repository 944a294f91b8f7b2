//! Reading a row whose columns may have any content.

use chrono::{DateTime, Utc};
use rusqlite::{Row, types::FromSql};
use serde::de::DeserializeOwned;
use stopgap::{CodeDigest, KeyId, Name, Purposes, RecordId, RecordTag};

use crate::store::{Result, StoreError};

/// The columns of a row, by their places from 0.
pub(super) struct Columns<'r> {
    pub(super) table: &'static str,
    pub(super) row: &'r Row<'r>,
}

impl Columns<'_> {
    fn odd(&self, why: impl ToString) -> StoreError {
        let why = why.to_string();
        StoreError::Row {
            table: self.table,
            why,
        }
    }

    pub(super) fn get<T: FromSql>(&self, place: usize) -> Result<T> {
        self.row.get(place).map_err(|error| self.odd(error))
    }

    /// Returns the value that a text is parsed to.
    pub(super) fn parse<T, E: ToString>(
        &self,
        place: usize,
        parse: impl FnOnce(&str) -> std::result::Result<T, E>,
    ) -> Result<T> {
        let text = self.row.get_ref(place).map_err(|error| self.odd(error))?;
        let text = text.as_str().map_err(|error| self.odd(error))?;
        parse(text).map_err(|error| self.odd(error))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, place: usize) -> Result<T> {
        self.parse(place, |text| serde_json::from_str(text))
    }

    pub(super) fn json_or_none<T: DeserializeOwned>(&self, place: usize) -> Result<Option<T>> {
        let text: Option<String> = self.get(place)?;
        let value = text.map(|text| serde_json::from_str(&text));
        value.transpose().map_err(|error| self.odd(error))
    }

    pub(super) fn name(&self, place: usize) -> Result<Name> {
        self.parse(place, |text| Name::new(text))
    }

    pub(super) fn name_or_none(&self, place: usize) -> Result<Option<Name>> {
        let name: Option<String> = self.get(place)?;
        name.map(Name::new)
            .transpose()
            .map_err(|error| self.odd(error))
    }

    pub(super) fn instant(&self, place: usize) -> Result<DateTime<Utc>> {
        let instant = self.instant_or_none(place)?;
        instant.ok_or_else(|| self.odd("an instant is missing"))
    }

    pub(super) fn instant_or_none(&self, place: usize) -> Result<Option<DateTime<Utc>>> {
        let micros: Option<i64> = self.get(place)?;
        let instant = micros.map(|micros| {
            DateTime::from_timestamp_micros(micros).ok_or_else(|| self.odd("an impossible instant"))
        });
        instant.transpose()
    }

    fn bytes<const N: usize>(&self, place: usize) -> Result<[u8; N]> {
        let bytes = self.row.get_ref(place).map_err(|error| self.odd(error))?;
        let bytes = bytes.as_blob().map_err(|error| self.odd(error))?;
        bytes
            .try_into()
            .map_err(|_| self.odd(format_args!("{} bytes in place of {N}", bytes.len())))
    }

    pub(super) fn check_value(&self, place: usize) -> Result<[u8; 32]> {
        self.bytes(place)
    }

    pub(super) fn digest(&self, place: usize) -> Result<CodeDigest> {
        self.bytes(place).map(CodeDigest::from_bytes)
    }

    pub(super) fn tag(&self, place: usize) -> Result<RecordTag> {
        self.bytes(place).map(RecordTag::from_bytes)
    }

    pub(super) fn id(&self, place: usize) -> Result<RecordId> {
        self.bytes(place).map(RecordId::from_bytes)
    }

    pub(super) fn key_id(&self, place: usize) -> Result<KeyId> {
        self.get(place).map(KeyId)
    }

    pub(super) fn purposes(&self, place: usize) -> Result<Purposes> {
        Purposes::from_bits(self.get(place)?)
            .filter(|purposes| !purposes.is_empty())
            .ok_or_else(|| self.odd("no such purposes"))
    }
}
