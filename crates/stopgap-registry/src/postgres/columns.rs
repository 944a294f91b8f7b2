//! Reading a row whose columns may hold what nothing here wrote.

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use stopgap::{
    Access, CodeDigest, KeyId, Life, Name, Purposes, RecordTag, SecurityCode, offline::Enrolment,
};
use tokio_postgres::{Row, types::FromSql};
use uuid::Uuid;

use crate::{
    machine::Machine,
    online::CodeRecord,
    record_id::RecordId,
    store::{AttemptRow, CodeRow, Result, SecurityRow, StoreError},
};

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

    /// A text that something else is read from.
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

    pub(super) fn name(&self, place: usize) -> Result<Name> {
        self.parse(place, Name::new)
    }

    pub(super) fn name_or_none(&self, place: usize) -> Result<Option<Name>> {
        let name: Option<&str> = self.get(place)?;
        let name = name.map(Name::new);
        name.transpose().map_err(|error| self.odd(error))
    }

    /// One that does not count from zero is kept in 64 bits with a sign.
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
            "SELECT id, user_name, key_id, purposes, not_before, expires_at, max_uses, uses, \
             revoked_at, digest, tag FROM stopgap.online_codes WHERE tenant = $1 AND ",
            $rest
        )
    };
}

pub(super) fn read_code(columns: &Columns<'_>) -> Result<CodeRow> {
    Ok(CodeRow {
        record: CodeRecord {
            id: columns.id(0)?,
            user: columns.name(1)?,
            key_id: columns.key_id(2)?,
            purposes: columns.purposes(3)?,
            not_before: columns.get(4)?,
            expires_at: columns.get(5)?,
            max_uses: columns.number_or_none(6)?,
            uses: columns.number(7)?,
            revoked_at: columns.get(8)?,
        },
        digest: columns.digest(9)?,
        tag: columns.tag(10)?,
    })
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
    Ok(SecurityRow {
        id,
        code: SecurityCode {
            key_id: columns.key_id(1)?,
            digest: columns.digest(2)?,
            access: same_as.map_or(Access::SuperAdministrator, Access::SameAs),
            scopes: columns.json(8)?,
            description: columns.get(4)?,
            created_at: id.made_at(),
            life: expires_at.map_or(Life::Permanent, Life::Until),
        },
        last_used_at: columns.get(6)?,
        tag: columns.tag(7)?,
    })
}

/// The columns that [`read_machine`] reads.
macro_rules! machine {
    ($rest:literal) => {
        concat!(
            "SELECT key_id, user_name, machine, generation, enrolled_at, retired_at \
             FROM stopgap.machines WHERE tenant = $1 AND ",
            $rest
        )
    };
}

pub(super) fn read_machine(columns: &Columns<'_>) -> Result<Machine> {
    Ok(Machine {
        enrolment: Enrolment {
            key_id: columns.key_id(0)?,
            user: columns.name(1)?,
            machine: columns.name(2)?,
            generation: columns.number(3)?,
        },
        enrolled_at: columns.get(4)?,
        retired_at: columns.get(5)?,
    })
}

/// The columns that [`read_attempt`] reads.
macro_rules! attempt {
    ($rest:literal) => {
        concat!(
            "SELECT id, key_id, answer, tag, answered_at FROM stopgap.attempts \
             WHERE tenant = $1 AND ",
            $rest
        )
    };
}

pub(super) fn read_attempt(columns: &Columns<'_>) -> Result<AttemptRow> {
    Ok(AttemptRow {
        id: columns.name(0)?,
        key_id: columns.key_id(1)?,
        answer: columns.get(2)?,
        tag: columns.tag(3)?,
        at: columns.get(4)?,
    })
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

pub(super) use {attempt, code, machine, security_code};

/// Returns the bucket of a row, one of sixteen, by bytes of which the last is as good as
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

/// Returns the expiry of a security code; none if it is permanent. A deleted code has
/// no row.
pub(super) fn end_of(life: Life) -> Option<DateTime<Utc>> {
    match life {
        Life::Until(expires_at) => Some(expires_at),
        Life::Permanent | Life::Deleted => None,
    }
}
