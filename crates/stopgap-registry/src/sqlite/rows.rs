//! A tenant's rows: running statements, and reading what they give.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Params};
use serde::{Serialize, de::DeserializeOwned};
use stopgap::{Access, Life, Name, SecurityCode, offline::Enrolment};

use super::columns::Columns;
use crate::{
    event::Event,
    machine::Machine,
    online::CodeRecord,
    store::{AttemptRow, CodeRow, Result, SecurityRow, StoreError},
};

/// A tenant's rows on a connection, within a transaction or, for reading, by
/// themselves.
pub(super) struct Open<'s> {
    pub(super) connection: &'s Connection,
    pub(super) tenant: &'s Name,
}

impl Open<'_> {
    pub(super) fn tenant(&self) -> &str {
        self.tenant.as_str()
    }

    /// How many rows a statement changed.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    pub(super) fn one<T>(
        &self,
        table: &'static str,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Columns<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let row = rows.next()?;
        row.map(|row| read(&Columns { table, row })).transpose()
    }

    pub(super) fn all<T>(
        &self,
        table: &'static str,
        sql: &str,
        params: impl Params,
        read: impl Fn(&Columns<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(&Columns { table, row })?);
        }
        Ok(all)
    }
}

/// The end of time, for pages that begin at the newest.
pub(super) const LAST: [u8; 16] = [0xFF; 16];
/// Before every id.
pub(super) const FIRST: [u8; 16] = [0; 16];

/// The columns that [`read_code`] reads.
macro_rules! code {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_name, key_id, purposes, not_before, expires_at, max_uses, uses, \
             revoked_at, digest, tag FROM online_codes WHERE tenant = ?1 AND ",
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
            not_before: columns.instant_or_none(4)?,
            expires_at: columns.instant(5)?,
            max_uses: columns.get(6)?,
            uses: columns.get(7)?,
            revoked_at: columns.instant_or_none(8)?,
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
             scopes FROM security_codes WHERE tenant = ?1 AND ",
            $rest
        )
    };
}

pub(super) fn read_security_code(columns: &Columns<'_>) -> Result<SecurityRow> {
    let id = columns.id(0)?;
    let same_as = columns.name_or_none(3)?;
    let expires_at = columns.instant_or_none(5)?;
    Ok(SecurityRow {
        id,
        code: SecurityCode {
            key_id: columns.key_id(1)?,
            digest: columns.digest(2)?,
            access: same_as.map_or(Access::SuperAdministrator, Access::SameAs),
            scopes: read_json(columns, 8)?,
            description: columns.get(4)?,
            created_at: id.made_at(),
            life: expires_at.map_or(Life::Permanent, Life::Until),
        },
        last_used_at: columns.instant_or_none(6)?,
        tag: columns.tag(7)?,
    })
}

/// The columns that [`read_machine`] reads.
macro_rules! machine {
    ($rest:literal) => {
        concat!(
            "SELECT key_id, user_name, machine, generation, enrolled_at, retired_at \
             FROM machines WHERE tenant = ?1 AND ",
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
            generation: columns.get(3)?,
        },
        enrolled_at: columns.instant(4)?,
        retired_at: columns.instant_or_none(5)?,
    })
}

/// The columns that [`read_attempt`] reads.
macro_rules! attempt {
    ($rest:literal) => {
        concat!(
            "SELECT id, key_id, answer, tag, answered_at FROM attempts WHERE tenant = ?1 AND ",
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
        at: columns.instant(4)?,
    })
}

/// The columns that [`read_event`] reads.
macro_rules! event {
    ($($rest:literal),*) => {
        concat!(
            "SELECT id, actor, role, kind, user_name, subject, detail, reason FROM events ",
            $($rest),*
        )
    };
}

pub(super) fn read_event(columns: &Columns<'_>) -> Result<Event> {
    Ok(Event {
        id: columns.id(0)?,
        actor: columns.name(1)?,
        role: columns.parse(2, str::parse)?,
        kind: columns.parse(3, str::parse)?,
        user: columns.name_or_none(4)?,
        subject: columns.get(5)?,
        detail: columns.get(6)?,
        reason: columns.get(7)?,
    })
}

pub(super) fn read_json<T: DeserializeOwned>(columns: &Columns<'_>, place: usize) -> Result<T> {
    columns.parse(place, |text| serde_json::from_str(text))
}

pub(super) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Other(error.into()))
}

pub(super) fn micros(instant: Option<DateTime<Utc>>) -> Option<i64> {
    instant.map(|instant| instant.timestamp_micros())
}

/// SQLite counts rows in 64 bits with a sign.
pub(super) fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) use {attempt, code, event, machine, security_code};
