//! The contract in SQL. Every statement is prepared once for each connection, and has the
//! tenant as its first parameter.
//!
//! A row that may be changed is locked when it is read. A statement that only writes is sent
//! without waiting for its result; the next statement that waits returns its error, at the
//! latest the commit.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    CodeDigest, CodeFormat, KeyId, Name, OnlineGrant, OnlinePolicy, RecordId, RecordTag, Sealed,
    SecurityCode, Throttle, Verification, offline::Enrolment,
};
use uuid::Uuid;

use super::{
    columns::{
        Columns, bucket_of, code, end_of, json, machine, read_code, read_machine,
        read_security_code, read_verification, rows, same_as, security_code, uuid, verification,
    },
    connection::Params,
    copy, events,
    keep::keep,
    open::{Open, own},
    purge::purge,
};
use crate::{
    event::{Event, EventFilter},
    store::{KeyRow, Purge, Result, Row, SecurityRow, StoreError, Table, Transaction},
};

impl Transaction for Open<'_> {
    fn clock_floor(&mut self) -> Result<Option<DateTime<Utc>>> {
        let sql = "SELECT seen_at FROM stopgap.clocks WHERE tenant = $1";
        self.one("clocks", sql, &[&self.tenant()], |row| row.get(0))
    }

    fn set_clock_floor(&mut self, floor: DateTime<Utc>) -> Result<()> {
        self.send(
            "INSERT INTO stopgap.clocks (tenant, seen_at) VALUES ($1, $2)
             ON CONFLICT (tenant) DO UPDATE SET seen_at = excluded.seen_at",
            own![self.tenant().to_owned(), floor],
        )
    }

    fn raise_clock_floor(&mut self, now: DateTime<Utc>, quiet: TimeDelta) -> Result<()> {
        let due = now.checked_sub_signed(quiet).unwrap_or(now);
        self.send(
            "INSERT INTO stopgap.clocks (tenant, seen_at) VALUES ($1, $2)
             ON CONFLICT (tenant) DO NOTHING",
            own![self.tenant().to_owned(), now],
        )?;
        self.send(
            "WITH due AS (SELECT tenant FROM stopgap.clocks
                WHERE tenant = $1 AND seen_at <= $3 FOR UPDATE SKIP LOCKED)
             UPDATE stopgap.clocks SET seen_at = $2 FROM due WHERE clocks.tenant = due.tenant",
            own![self.tenant().to_owned(), now, due],
        )
    }

    fn formats(&mut self) -> Result<Vec<CodeFormat>> {
        let sql = "SELECT format FROM stopgap.formats WHERE tenant = $1 ORDER BY format";
        self.all("formats", sql, &[&self.tenant()], |row| row.json(0))
    }

    fn add_format(&mut self, format: &CodeFormat) -> Result<()> {
        if self.formats.contains(format) {
            return Ok(());
        }
        self.formats.push(*format);
        self.send(
            "INSERT INTO stopgap.formats (tenant, format) VALUES ($1, $2)
             ON CONFLICT (tenant, format) DO NOTHING",
            own![self.tenant().to_owned(), json(format)?],
        )
    }

    fn insert_code(&mut self, code: &Sealed<OnlineGrant>) -> Result<()> {
        let record = code.unverified();
        self.send(
            "WITH throttle AS (INSERT INTO stopgap.throttles (tenant, user_name, failures)
                VALUES ($1, $4, 0) ON CONFLICT (tenant, user_name) DO NOTHING)
             INSERT INTO stopgap.online_codes (tenant, digest, id, user_name, key_id, format,
                purposes, not_before, expires_at, max_uses, uses, revoked_at, tag, bucket)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            own![
                self.tenant().to_owned(),
                record.digest.as_bytes().to_vec(),
                uuid(record.id),
                record.user.as_str().to_owned(),
                i64::from(record.key_id.0),
                json(&record.format)?,
                i16::from(record.purposes.bits()),
                record.not_before,
                record.expires_at,
                record.max_uses.map(i64::from),
                i64::from(record.uses),
                record.revoked_at,
                code.tag().as_bytes().to_vec(),
                bucket_of(record.digest.as_bytes()),
            ],
        )
    }

    fn code(&mut self, digest: &CodeDigest) -> Result<Option<Sealed<OnlineGrant>>> {
        let digest = digest.as_bytes().as_slice();
        let sql = if self.writes {
            code!("digest = $2 FOR UPDATE")
        } else {
            code!("digest = $2")
        };
        let params: Params<'_> = &[&self.tenant(), &digest];
        self.one("online_codes", sql, params, read_code)
    }

    fn replace_code(&mut self, new: &Sealed<OnlineGrant>, loaded: &RecordTag) -> Result<bool> {
        let record = new.unverified();
        let changed = self.run(
            "UPDATE stopgap.online_codes SET uses = $3, revoked_at = $4, tag = $5
             WHERE tenant = $1 AND digest = $2 AND tag = $6",
            &[
                &self.tenant(),
                &record.digest.as_bytes().as_slice(),
                &i64::from(record.uses),
                &record.revoked_at,
                &new.tag().as_bytes().as_slice(),
                &loaded.as_bytes().as_slice(),
            ],
        )?;
        Ok(changed > 0)
    }

    fn codes_of(
        &mut self,
        user: &Name,
        before: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<Sealed<OnlineGrant>>> {
        // Before the newest there is none, so that nothing is left out by `<`.
        let before = before.map_or(Uuid::max(), uuid);
        self.all(
            "online_codes",
            code!("user_name = $2 AND id < $3 ORDER BY id DESC LIMIT $4"),
            &[&self.tenant(), &user.as_str(), &before, &rows(limit)],
            read_code,
        )
    }

    fn codes(
        &mut self,
        after: Option<(&Name, RecordId)>,
        limit: usize,
    ) -> Result<Vec<Sealed<OnlineGrant>>> {
        let (user, id) = after.map_or(("", Uuid::nil()), |(user, id)| (user.as_str(), uuid(id)));
        self.all(
            "online_codes",
            code!("(user_name, id) > ($2, $3) ORDER BY user_name, id LIMIT $4"),
            &[&self.tenant(), &user, &id, &rows(limit)],
            read_code,
        )
    }

    fn verification(
        &mut self,
        user: &Name,
        idempotency_key: &str,
    ) -> Result<Option<Sealed<Verification>>> {
        self.one(
            "verifications",
            verification!("user_name = $2 AND idempotency_key = $3"),
            &[&self.tenant(), &user.as_str(), &idempotency_key.as_bytes()],
            read_verification,
        )
    }

    fn insert_verification(&mut self, verification: &Sealed<Verification>) -> Result<()> {
        let record = verification.unverified();
        self.send(
            "INSERT INTO stopgap.verifications (tenant, user_name, idempotency_key, key_id,
                purpose, digest, answered_at, answer, tag, bucket)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            own![
                self.tenant().to_owned(),
                record.user.as_str().to_owned(),
                record.idempotency_key.clone().into_bytes(),
                i64::from(record.key_id.0),
                record.purpose.as_str(),
                record.digest.as_bytes().to_vec(),
                record.answered_at,
                record.answer.clone(),
                verification.tag().as_bytes().to_vec(),
                bucket_of(verification.tag().as_bytes()),
            ],
        )
    }

    fn verifications(
        &mut self,
        after: Option<(&Name, &str)>,
        limit: usize,
    ) -> Result<Vec<Sealed<Verification>>> {
        let (user, key) = after.map_or(("", ""), |(user, key)| (user.as_str(), key));
        self.all(
            "verifications",
            verification!(
                "(user_name, idempotency_key) > ($2, $3) \
                 ORDER BY user_name, idempotency_key LIMIT $4"
            ),
            &[&self.tenant(), &user, &key.as_bytes(), &rows(limit)],
            read_verification,
        )
    }

    fn throttle(&mut self, user: &Name) -> Result<Throttle> {
        let user = user.as_str();
        let throttle = |row: &Columns<'_>| {
            Ok(Throttle {
                failures: row.number(0)?,
                locked_until: row.get(1)?,
            })
        };
        let sql = "SELECT failures, locked_until FROM stopgap.throttles
             WHERE tenant = $1 AND user_name = $2 FOR UPDATE";
        if !self.writes {
            let sql = "SELECT failures, locked_until FROM stopgap.throttles
                 WHERE tenant = $1 AND user_name = $2";
            let found = self.one("throttles", sql, &[&self.tenant(), &user], throttle)?;
            return Ok(found.unwrap_or_default());
        }
        if let Some(found) = self.one("throttles", sql, &[&self.tenant(), &user], throttle)? {
            return Ok(found);
        }
        // A missing row cannot be locked.
        self.send(
            "INSERT INTO stopgap.throttles (tenant, user_name, failures) VALUES ($1, $2, 0)
             ON CONFLICT (tenant, user_name) DO NOTHING",
            own![self.tenant().to_owned(), user.to_owned()],
        )?;
        let found = self.one("throttles", sql, &[&self.tenant(), &user], throttle)?;
        found.ok_or_else(|| StoreError::Conflict(None))
    }

    fn set_throttle(&mut self, user: &Name, throttle: &Throttle) -> Result<()> {
        self.send(
            "INSERT INTO stopgap.throttles (tenant, user_name, failures, locked_until)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, user_name) DO UPDATE
             SET failures = excluded.failures, locked_until = excluded.locked_until",
            own![
                self.tenant().to_owned(),
                user.as_str().to_owned(),
                i64::from(throttle.failures),
                throttle.locked_until,
            ],
        )
    }

    fn throttles(&mut self, after: Option<&Name>, limit: usize) -> Result<Vec<(Name, Throttle)>> {
        copy::throttles(self, after, limit)
    }

    fn preset(&mut self, name: &Name) -> Result<Option<OnlinePolicy>> {
        let sql = "SELECT policy FROM stopgap.presets WHERE tenant = $1 AND name = $2";
        let params: Params<'_> = &[&self.tenant(), &name.as_str()];
        self.one("presets", sql, params, |row| row.json(0))
    }

    fn presets(&mut self) -> Result<Vec<(Name, OnlinePolicy)>> {
        let sql = "SELECT name, policy FROM stopgap.presets WHERE tenant = $1 ORDER BY name";
        self.all("presets", sql, &[&self.tenant()], |row| {
            Ok((row.name(0)?, row.json(1)?))
        })
    }

    fn set_preset(&mut self, name: &Name, policy: &OnlinePolicy) -> Result<()> {
        self.send(
            "INSERT INTO stopgap.presets (tenant, name, policy) VALUES ($1, $2, $3)
             ON CONFLICT (tenant, name) DO UPDATE SET policy = excluded.policy",
            own![
                self.tenant().to_owned(),
                name.as_str().to_owned(),
                json(policy)?
            ],
        )
    }

    fn remove_preset(&mut self, name: &Name) -> Result<bool> {
        let sql = "DELETE FROM stopgap.presets WHERE tenant = $1 AND name = $2";
        Ok(self.run(sql, &[&self.tenant(), &name.as_str()])? > 0)
    }

    fn machine(&mut self, user: &Name, machine: &Name) -> Result<Option<Sealed<Enrolment>>> {
        let sql = if self.writes {
            machine!("user_name = $2 AND machine = $3 FOR UPDATE")
        } else {
            machine!("user_name = $2 AND machine = $3")
        };
        let params: Params<'_> = &[&self.tenant(), &user.as_str(), &machine.as_str()];
        self.one("machines", sql, params, read_machine)
    }

    fn machines(&mut self, user: &Name) -> Result<Vec<Sealed<Enrolment>>> {
        self.all(
            "machines",
            machine!("user_name = $2 ORDER BY machine"),
            &[&self.tenant(), &user.as_str()],
            read_machine,
        )
    }

    fn all_machines(
        &mut self,
        after: Option<(&Name, &Name)>,
        limit: usize,
    ) -> Result<Vec<Sealed<Enrolment>>> {
        let (user, machine) = after.map_or(("", ""), |(user, name)| (user.as_str(), name.as_str()));
        self.all(
            "machines",
            machine!("(user_name, machine) > ($2, $3) ORDER BY user_name, machine LIMIT $4"),
            &[&self.tenant(), &user, &machine, &rows(limit)],
            read_machine,
        )
    }

    fn insert_machine(&mut self, machine: &Sealed<Enrolment>) -> Result<()> {
        let record = machine.unverified();
        self.send(
            "INSERT INTO stopgap.machines
                (tenant, user_name, machine, key_id, generation, enrolled_at, retired_at, tag)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            own![
                self.tenant().to_owned(),
                record.user.as_str().to_owned(),
                record.machine.as_str().to_owned(),
                i64::from(record.key_id.0),
                i64::from(record.generation),
                record.enrolled_at,
                record.retired_at,
                machine.tag().as_bytes().to_vec(),
            ],
        )
    }

    fn replace_machine(&mut self, new: &Sealed<Enrolment>, loaded: &RecordTag) -> Result<bool> {
        let record = new.unverified();
        let changed = self.run(
            "UPDATE stopgap.machines
             SET key_id = $4, generation = $5, enrolled_at = $6, retired_at = $7, tag = $8
             WHERE tenant = $1 AND user_name = $2 AND machine = $3 AND tag = $9",
            &[
                &self.tenant(),
                &record.user.as_str(),
                &record.machine.as_str(),
                &i64::from(record.key_id.0),
                &i64::from(record.generation),
                &record.enrolled_at,
                &record.retired_at,
                &new.tag().as_bytes().as_slice(),
                &loaded.as_bytes().as_slice(),
            ],
        )?;
        Ok(changed > 0)
    }

    fn insert_security_code(&mut self, row: &SecurityRow) -> Result<()> {
        let record = row.record.unverified();
        self.send(
            "INSERT INTO stopgap.security_codes
                (tenant, digest, id, key_id, same_as, scopes, description, expires_at,
                last_used_at, tag)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            own![
                self.tenant().to_owned(),
                record.digest.as_bytes().to_vec(),
                uuid(record.id),
                i64::from(record.key_id.0),
                same_as(&record.access),
                json(&record.scopes)?,
                record.description.clone(),
                end_of(record.lifetime),
                row.last_used_at,
                row.record.tag().as_bytes().to_vec(),
            ],
        )
    }

    fn security_code(&mut self, id: RecordId) -> Result<Option<SecurityRow>> {
        let sql = if self.writes {
            security_code!("id = $2 FOR UPDATE")
        } else {
            security_code!("id = $2")
        };
        let params: Params<'_> = &[&self.tenant(), &uuid(id)];
        self.one("security_codes", sql, params, read_security_code)
    }

    fn security_code_of(&mut self, digests: &[CodeDigest]) -> Result<Option<SecurityRow>> {
        let digests: Vec<&[u8]> = digests.iter().map(|it| it.as_bytes().as_slice()).collect();
        self.one(
            "security_codes",
            security_code!("digest = ANY($2)"),
            &[&self.tenant(), &digests],
            read_security_code,
        )
    }

    fn security_codes(
        &mut self,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<SecurityRow>> {
        let after = after.map_or(Uuid::nil(), uuid);
        self.all(
            "security_codes",
            security_code!("id > $2 ORDER BY id LIMIT $3"),
            &[&self.tenant(), &after, &rows(limit)],
            read_security_code,
        )
    }

    fn replace_security_code(
        &mut self,
        new: &Sealed<SecurityCode>,
        loaded: &RecordTag,
    ) -> Result<bool> {
        let record = new.unverified();
        let changed = self.run(
            "UPDATE stopgap.security_codes SET description = $3, expires_at = $4, tag = $5
             WHERE tenant = $1 AND id = $2 AND tag = $6",
            &[
                &self.tenant(),
                &uuid(record.id),
                &record.description,
                &end_of(record.lifetime),
                &new.tag().as_bytes().as_slice(),
                &loaded.as_bytes().as_slice(),
            ],
        )?;
        Ok(changed > 0)
    }

    fn use_security_code(
        &mut self,
        id: RecordId,
        at: DateTime<Utc>,
        quiet: TimeDelta,
    ) -> Result<bool> {
        let before = at.checked_sub_signed(quiet).unwrap_or(at);
        let after = at.checked_add_signed(quiet).unwrap_or(at);
        let changed = self.run(
            "UPDATE stopgap.security_codes SET last_used_at = $3 WHERE tenant = $1 AND id = $2
                AND (last_used_at IS NULL OR last_used_at <= $4 OR last_used_at >= $5)",
            &[&self.tenant(), &uuid(id), &at, &before, &after],
        )?;
        Ok(changed > 0)
    }

    fn delete_security_code(&mut self, id: RecordId, loaded: &RecordTag) -> Result<bool> {
        let deleted = self.run(
            "DELETE FROM stopgap.security_codes WHERE tenant = $1 AND id = $2 AND tag = $3",
            &[&self.tenant(), &uuid(id), &loaded.as_bytes().as_slice()],
        )?;
        Ok(deleted > 0)
    }

    fn keys(&mut self) -> Result<Vec<KeyRow>> {
        macro_rules! keys {
            ($lock:literal) => {
                concat!(
                    "SELECT id, check_value, added_at, retired_at FROM stopgap.keys \
                     WHERE tenant = $1 ORDER BY id",
                    $lock
                )
            };
        }
        // A transaction that issues with a key keeps it from being retired meanwhile.
        let sql = if self.writes {
            keys!(" FOR SHARE")
        } else {
            keys!("")
        };
        self.all("keys", sql, &[&self.tenant()], |row| {
            Ok(KeyRow {
                id: row.key_id(0)?,
                check: row.check_value(1)?,
                added_at: row.get(2)?,
                retired_at: row.get(3)?,
            })
        })
    }

    fn set_key(&mut self, row: &KeyRow) -> Result<()> {
        self.send(
            "INSERT INTO stopgap.keys (tenant, id, check_value, added_at, retired_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant, id) DO UPDATE
             SET check_value = excluded.check_value, added_at = excluded.added_at,
                retired_at = excluded.retired_at",
            own![
                self.tenant().to_owned(),
                i64::from(row.id.0),
                row.check.to_vec(),
                row.added_at,
                row.retired_at,
            ],
        )?;
        // No transaction issues with it now, but one may have until just now.
        if let Some(retired_at) = row.retired_at
            && self.key_is_needed(row.id, retired_at)?
        {
            return Err(StoreError::Conflict(None));
        }
        Ok(())
    }

    fn key_is_needed(&mut self, id: KeyId, now: DateTime<Utc>) -> Result<bool> {
        // An expired security code can be reactivated for a week.
        let week = TimeDelta::try_days(7).unwrap_or_default();
        let week_ago = now.checked_sub_signed(week).unwrap_or(now);
        let needed = self.one(
            "keys",
            NEEDED,
            &[&i64::from(id.0), &now, &week_ago],
            |row| row.get(0),
        )?;
        Ok(needed.unwrap_or(true))
    }

    fn append(&mut self, event: &Event) -> Result<()> {
        events::append(self, event)
    }

    fn events(&mut self, filter: &EventFilter) -> Result<Vec<Event>> {
        events::list(self, filter)
    }

    fn all_events(&mut self, after: Option<RecordId>, limit: usize) -> Result<Vec<Event>> {
        copy::all_events(self, after, limit)
    }

    fn purge(&mut self, what: Purge, before: DateTime<Utc>, limit: usize) -> Result<usize> {
        purge(self, what, before, limit)
    }

    fn count(&mut self, table: Table) -> Result<u64> {
        copy::count(self, table)
    }

    fn keep(&mut self, rows: &[Row]) -> Result<usize> {
        keep(self, rows)
    }
}

/// Returns whether a record that was made with a key can still be used, tenant by tenant.
/// Transactions that issue may be waiting, so no table is read whole. Each of these limits
/// keeps the server to the order that is written here.
const NEEDED: &str = "SELECT EXISTS (SELECT 1 FROM stopgap.keys AS held
        CROSS JOIN generate_series(0, 15) AS buckets (number)
        CROSS JOIN LATERAL (SELECT 1 FROM stopgap.online_codes AS it
            WHERE it.tenant = held.tenant AND it.bucket = number AND it.key_id = $1
                AND it.expires_at > $2 AND it.revoked_at IS NULL
                AND (it.max_uses IS NULL OR it.uses < it.max_uses) LIMIT 1) AS code
        WHERE held.id = $1)
    OR EXISTS (SELECT 1 FROM stopgap.keys AS held
        CROSS JOIN LATERAL (SELECT 1 FROM stopgap.security_codes AS it
            WHERE it.tenant = held.tenant AND it.key_id = $1
                AND it.expires_at IS NULL LIMIT 1) AS code
        WHERE held.id = $1)
    OR EXISTS (SELECT 1 FROM stopgap.keys AS held
        CROSS JOIN LATERAL (SELECT 1 FROM stopgap.security_codes AS it
            WHERE it.tenant = held.tenant AND it.key_id = $1
                AND it.expires_at > $3 LIMIT 1) AS code
        WHERE held.id = $1)
    OR EXISTS (SELECT 1 FROM stopgap.keys AS held
        CROSS JOIN LATERAL (SELECT 1 FROM stopgap.machines AS it
            WHERE it.tenant = held.tenant AND it.key_id = $1
                AND it.retired_at IS NULL LIMIT 1) AS machine
        WHERE held.id = $1)";
