//! A tenant's rows: running statements, and reading their results.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Params};
use serde::Serialize;
use stopgap::{
    Access, Lifetime, Name, OnlineGrant, Sealed, SecurityCode, Verification, offline::Enrolment,
};

use super::columns::Columns;
use crate::{
    event::Event,
    store::{Result, SecurityRow, StoreError},
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

    /// Runs a statement, and returns the number of rows that it changed.
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

/// The largest id, for pages that begin at the newest row.
pub(super) const LAST: [u8; 16] = [0xFF; 16];
/// The smallest id.
pub(super) const FIRST: [u8; 16] = [0; 16];

/// The columns that [`read_code`] reads.
macro_rules! code {
    ($rest:literal) => {
        concat!(
            "SELECT id, key_id, digest, user_name, format, purposes, not_before, expires_at, \
             max_uses, uses, revoked_at, tag FROM online_codes WHERE tenant = ?1 AND ",
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
        not_before: columns.instant_or_none(6)?,
        expires_at: columns.instant(7)?,
        max_uses: columns.get(8)?,
        uses: columns.get(9)?,
        revoked_at: columns.instant_or_none(10)?,
    };
    Ok(Sealed::from_parts(record, columns.tag(11)?))
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
        last_used_at: columns.instant_or_none(6)?,
    })
}

/// The columns that [`read_machine`] reads.
macro_rules! machine {
    ($rest:literal) => {
        concat!(
            "SELECT key_id, user_name, machine, generation, enrolled_at, retired_at, tag \
             FROM machines WHERE tenant = ?1 AND ",
            $rest
        )
    };
}

pub(super) fn read_machine(columns: &Columns<'_>) -> Result<Sealed<Enrolment>> {
    let record = Enrolment {
        key_id: columns.key_id(0)?,
        user: columns.name(1)?,
        machine: columns.name(2)?,
        generation: columns.get(3)?,
        enrolled_at: columns.instant(4)?,
        retired_at: columns.instant_or_none(5)?,
    };
    Ok(Sealed::from_parts(record, columns.tag(6)?))
}

/// The columns that [`read_verification`] reads.
macro_rules! verification {
    ($rest:literal) => {
        concat!(
            "SELECT key_id, user_name, idempotency_key, purpose, digest, answered_at, answer, \
             tag FROM verifications WHERE tenant = ?1 AND ",
            $rest
        )
    };
}

pub(super) fn read_verification(columns: &Columns<'_>) -> Result<Sealed<Verification>> {
    let record = Verification {
        key_id: columns.key_id(0)?,
        user: columns.name(1)?,
        idempotency_key: columns.get(2)?,
        purpose: columns.parse(3, str::parse)?,
        digest: columns.digest(4)?,
        answered_at: columns.instant(5)?,
        answer: columns.get(6)?,
    };
    Ok(Sealed::from_parts(record, columns.tag(7)?))
}

/// The columns that [`read_event`] reads.
macro_rules! event {
    ($($rest:literal),*) => {
        concat!(
            "SELECT id, actor, role, kind, user_name, subject, detail, reason, context FROM events ",
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
        context: columns.json_or_none(8)?,
    })
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

pub(super) use {code, event, machine, security_code, verification};
