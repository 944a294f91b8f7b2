//! Reading a row whose columns may have any content.

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use stopgap::{
    Access, CodeDigest, KeyId, Lifetime, Name, OnlineGrant, Purposes, RecordId, RecordTag, Sealed,
    SecurityCode, Verification, offline::Enrolment,
};
use tokio_postgres::{Row, types::FromSql};
use uuid::Uuid;

use crate::store::{Result, SecurityRow, StoreError};

/// The columns of a row, by their places from 0.
pub(super) struct Columns<'r> {
    pub(super) table: &'static str,
    pub(super) row: &'r Row,
}

impl<'r> Columns<'r> {
    pub(super) fn odd(&self, why: impl ToString) -> StoreError {
        let why = why.to_string();
        StoreError::Row {
            table: self.table,
            why,
        }
    }

    pub(super) fn get<T: FromSql<'r>>(&self, place: usize) -> Result<T> {
        self.row.try_get(place).map_err(|error| self.odd(error))
    }

    /// Returns the value that a text is parsed to.
    pub(super) fn parse<T, E: ToString>(
        &self,
        place: usize,
        parse: impl FnOnce(&'r str) -> std::result::Result<T, E>,
    ) -> Result<T> {
        parse(self.get(place)?).map_err(|error| self.odd(error))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, place: usize) -> Result<T> {
        self.parse(place, |text| serde_json::from_str(text))
    }

    pub(super) fn json_or_none<T: DeserializeOwned>(&self, place: usize) -> Result<Option<T>> {
        let text: Option<&str> = self.get(place)?;
        let value = text.map(serde_json::from_str);
        value.transpose().map_err(|error| self.odd(error))
    }

    pub(super) fn name(&self, place: usize) -> Result<Name> {
        self.parse(place, Name::new)
    }

    pub(super) fn name_or_none(&self, place: usize) -> Result<Option<Name>> {
        let name: Option<&str> = self.get(place)?;
        let name = name.map(Name::new);
        name.transpose().map_err(|error| self.odd(error))
    }

    /// Returns a number without a sign, which is stored in 64 bits with one.
    pub(super) fn number(&self, place: usize) -> Result<u32> {
        let number: i64 = self.get(place)?;
        u32::try_from(number).map_err(|error| self.odd(error))
    }

    pub(super) fn number_or_none(&self, place: usize) -> Result<Option<u32>> {
        let number: Option<i64> = self.get(place)?;
        let number = number.map(u32::try_from);
        number.transpose().map_err(|error| self.odd(error))
    }

    fn bytes<const N: usize>(&self, place: usize) -> Result<[u8; N]> {
        let bytes: &[u8] = self.get(place)?;
        let odd = || self.odd(format_args!("{} bytes in place of {N}", bytes.len()));
        bytes.try_into().map_err(|_| odd())
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
        let id: Uuid = self.get(place)?;
        Ok(RecordId::from_bytes(*id.as_bytes()))
    }

    pub(super) fn key_id(&self, place: usize) -> Result<KeyId> {
        self.number(place).map(KeyId)
    }

    fn purposes(&self, place: usize) -> Result<Purposes> {
        let bits: i16 = self.get(place)?;
        let bits = u8::try_from(bits).map_err(|error| self.odd(error))?;
        Purposes::from_bits(bits)
            .filter(|purposes| !purposes.is_empty())
            .ok_or_else(|| self.odd("no such purposes"))
    }
}

/// The columns that [`read_code`] reads.
macro_rules! code {
    ($rest:literal) => {
        concat!(
            "SELECT id, key_id, digest, user_name, format, purposes, not_before, expires_at, \
             max_uses, uses, revoked_at, tag FROM stopgap.online_codes WHERE tenant = $1 AND ",
            $rest
        )
    };
}

pub(super) fn read_code(columns: &Columns<'_>) -> Result<Sealed<OnlineGrant>> {
    let id = columns.id(0)?;
    let record = OnlineGrant {
        id,
        key_id: columns.key_id(1)?,
        digest: columns.digest(2)?,
        user: columns.name(3)?,
        format: columns.json(4)?,
        purposes: columns.purposes(5)?,
        issued_at: id.created_at(),
        not_before: columns.get(6)?,
        expires_at: columns.get(7)?,
        max_uses: columns.number_or_none(8)?,
        uses: columns.number(9)?,
        revoked_at: columns.get(10)?,
    };
    Ok(Sealed::from_parts(record, columns.tag(11)?))
}

/// The columns that [`read_security_code`] reads.
macro_rules! security_code {
    ($rest:literal) => {
        concat!(
            "SELECT id, key_id, digest, same_as, description, expires_at, last_used_at, tag, \
             scopes FROM stopgap.security_codes WHERE tenant = $1 AND ",
            $rest
        )
    };
}

pub(super) fn read_security_code(columns: &Columns<'_>) -> Result<SecurityRow> {
    let id = columns.id(0)?;
    let same_as = columns.name_or_none(3)?;
    let expires_at: Option<DateTime<Utc>> = columns.get(5)?;
    let record = SecurityCode {
        id,
        key_id: columns.key_id(1)?,
        digest: columns.digest(2)?,
        access: same_as.map_or(Access::SuperAdministrator, Access::SameAs),
        scopes: columns.json(8)?,
        description: columns.get(4)?,
        created_at: id.created_at(),
        lifetime: expires_at.map_or(Lifetime::Permanent, Lifetime::Until),
    };
    Ok(SecurityRow {
        record: Sealed::from_parts(record, columns.tag(7)?),
        last_used_at: columns.get(6)?,
    })
}

/// The columns that [`read_machine`] reads.
macro_rules! machine {
    ($rest:literal) => {
        concat!(
            "SELECT key_id, user_name, machine, generation, enrolled_at, retired_at, tag \
             FROM stopgap.machines WHERE tenant = $1 AND ",
            $rest
        )
    };
}

pub(super) fn read_machine(columns: &Columns<'_>) -> Result<Sealed<Enrolment>> {
    let record = Enrolment {
        key_id: columns.key_id(0)?,
        user: columns.name(1)?,
        machine: columns.name(2)?,
        generation: columns.number(3)?,
        enrolled_at: columns.get(4)?,
        retired_at: columns.get(5)?,
    };
    Ok(Sealed::from_parts(record, columns.tag(6)?))
}

/// The columns that [`read_verification`] reads.
macro_rules! verification {
    ($rest:literal) => {
        concat!(
            "SELECT key_id, user_name, idempotency_key, purpose, digest, answered_at, answer, \
             tag FROM stopgap.verifications WHERE tenant = $1 AND ",
            $rest
        )
    };
}

pub(super) fn read_verification(columns: &Columns<'_>) -> Result<Sealed<Verification>> {
    let idempotency_key = String::from_utf8(columns.get(2)?);
    let record = Verification {
        key_id: columns.key_id(0)?,
        user: columns.name(1)?,
        idempotency_key: idempotency_key.map_err(|error| columns.odd(error))?,
        purpose: columns.parse(3, str::parse)?,
        digest: columns.digest(4)?,
        answered_at: columns.get(5)?,
        answer: columns.get(6)?,
    };
    Ok(Sealed::from_parts(record, columns.tag(7)?))
}

pub(super) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Other(error.into()))
}

pub(super) fn uuid(id: RecordId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

/// PostgreSQL counts rows in 64 bits with a sign.
pub(super) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) use {code, machine, security_code, verification};

/// Returns the bucket of a row, one of sixteen, by bytes of which the last is practically
/// random.
pub(super) fn bucket_of(bytes: &[u8]) -> i16 {
    bytes.last().map_or(0, |last| i16::from(last & 15))
}

/// Returns the user with whose rights a security code acts.
pub(super) fn same_as(access: &Access) -> Option<String> {
    match access {
        Access::SuperAdministrator => None,
        Access::SameAs(user) => Some(user.as_str().to_owned()),
    }
}

/// Returns the expiry of a security code; `None` if it is permanent. A deleted code has
/// no row.
pub(super) fn end_of(lifetime: Lifetime) -> Option<DateTime<Utc>> {
    match lifetime {
        Lifetime::Until(expires_at) => Some(expires_at),
        Lifetime::Permanent | Lifetime::Deleted => None,
    }
}
