//! The contract in SQL: every statement is prepared once a connection, and names
//! its tenant first.
//!
//! What is read in order to be changed is locked as it is read. What only writes is
//! sent and not waited for; whether it failed is heard by whoever waits next, at the
//! latest by the commit.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{CodeDigest, CodeFormat, KeyId, Name, OnlinePolicy, RecordTag, Throttle};
use uuid::Uuid;

use super::{
    columns::{
        Columns, attempt, bucket_of, code, end_of, json, machine, read_attempt, read_code,
        read_machine, read_security_code, rows, same_as, security_code, uuid,
    },
    connection::Params,
    copy,
    error::Trouble,
    events, grant,
    keep::keep,
    open::{Open, own},
    purge::purge,
};
use crate::{
    event::{Event, EventFilter},
    machine::Machine,
    record_id::RecordId,
    store::{
        AttemptRow, CodeRow, KeyRow, Presentation, Purge, Result, Row, SecurityRow, StoreError,
        Table, Transaction,
    },
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

    fn insert_code(&mut self, row: &CodeRow) -> Result<()> {
        let record = &row.record;
        self.send(
            "WITH door AS (INSERT INTO stopgap.throttles (tenant, user_name, failures)
                VALUES ($1, $4, 0) ON CONFLICT (tenant, user_name) DO NOTHING)
             INSERT INTO stopgap.online_codes (tenant, digest, id, user_name, key_id, purposes,
                not_before, expires_at, max_uses, uses, revoked_at, tag, bucket)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            own![
                self.tenant().to_owned(),
                row.digest.as_bytes().to_vec(),
                uuid(record.id),
                record.user.as_str().to_owned(),
                i64::from(record.key_id.0),
                i16::from(record.purposes.bits()),
                record.not_before,
                record.expires_at,
                record.max_uses.map(i64::from),
                i64::from(record.uses),
                record.revoked_at,
                row.tag.as_bytes().to_vec(),
                bucket_of(row.digest.as_bytes()),
            ],
        )
    }

    fn code(&mut self, digest: &CodeDigest) -> Result<Option<CodeRow>> {
        let digest = digest.as_bytes().as_slice();
        self.one(
            "online_codes",
            code!("digest = $2"),
            &[&self.tenant(), &digest],
            read_code,
        )
    }

    fn consume_code(&mut self, digest: &CodeDigest) -> Result<Option<u32>> {
        let digest = digest.as_bytes().as_slice();
        self.one(
            "online_codes",
            "UPDATE stopgap.online_codes SET uses = uses + 1
             WHERE tenant = $1 AND digest = $2 AND revoked_at IS NULL AND uses < max_uses
             RETURNING uses",
            &[&self.tenant(), &digest],
            |row| row.number(0),
        )
    }

    fn grant(&mut self, asked: &Presentation<'_>) -> Result<Option<CodeRow>> {
        let granted = grant::grant(self.connection, self.deadline, self.tenant, asked);
        granted.map_err(Trouble::before_commit)
    }

    fn take_back(&mut self, digest: &CodeDigest, event: RecordId, reason: &str) -> Result<()> {
        self.send(
            "UPDATE stopgap.online_codes SET uses = uses - 1
             WHERE tenant = $1 AND digest = $2 AND uses > 0 AND max_uses IS NOT NULL",
            own![self.tenant().to_owned(), digest.as_bytes().to_vec()],
        )?;
        self.send(
            "UPDATE stopgap.events SET reason = $4 WHERE tenant = $1 AND bucket = $2 AND id = $3",
            own![
                self.tenant().to_owned(),
                bucket_of(event.as_bytes()),
                uuid(event),
                reason.to_owned()
            ],
        )
    }

    fn codes_of(
        &mut self,
        user: &Name,
        before: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<CodeRow>> {
        // Before the newest there is none, so that nothing is left out by `<`.
        let before = before.map_or(Uuid::max(), uuid);
        self.all(
            "online_codes",
            code!("user_name = $2 AND id < $3 ORDER BY id DESC LIMIT $4"),
            &[&self.tenant(), &user.as_str(), &before, &rows(limit)],
            read_code,
        )
    }

    fn codes(&mut self, after: Option<(&Name, RecordId)>, limit: usize) -> Result<Vec<CodeRow>> {
        let (user, id) = after.map_or(("", Uuid::nil()), |(user, id)| (user.as_str(), uuid(id)));
        self.all(
            "online_codes",
            code!("(user_name, id) > ($2, $3) ORDER BY user_name, id LIMIT $4"),
            &[&self.tenant(), &user, &id, &rows(limit)],
            read_code,
        )
    }

    fn revoke_code(
        &mut self,
        digest: &CodeDigest,
        revoked_at: DateTime<Utc>,
        tag: &RecordTag,
    ) -> Result<bool> {
        let digest = digest.as_bytes().as_slice();
        let tag = tag.as_bytes().as_slice();
        let changed = self.run(
            "UPDATE stopgap.online_codes SET revoked_at = $3, tag = $4
             WHERE tenant = $1 AND digest = $2 AND revoked_at IS NULL",
            &[&self.tenant(), &digest, &revoked_at, &tag],
        )?;
        Ok(changed > 0)
    }

    fn attempt(&mut self, id: &Name) -> Result<Option<AttemptRow>> {
        self.one(
            "attempts",
            attempt!("id = $2"),
            &[&self.tenant(), &id.as_str()],
            read_attempt,
        )
    }

    fn attempts(&mut self, after: Option<&Name>, limit: usize) -> Result<Vec<AttemptRow>> {
        let after = after.map_or("", Name::as_str);
        self.all(
            "attempts",
            attempt!("id > $2 ORDER BY id LIMIT $3"),
            &[&self.tenant(), &after, &rows(limit)],
            read_attempt,
        )
    }

    fn insert_attempt(&mut self, row: &AttemptRow) -> Result<()> {
        self.send(
            "INSERT INTO stopgap.attempts
                (tenant, id, key_id, answer, tag, answered_at, bucket)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            own![
                self.tenant().to_owned(),
                row.id.as_str().to_owned(),
                i64::from(row.key_id.0),
                row.answer.clone(),
                row.tag.as_bytes().to_vec(),
                row.at,
                bucket_of(row.tag.as_bytes()),
            ],
        )
    }

    fn throttle(&mut self, user: &Name) -> Result<Throttle> {
        let user = user.as_str();
        let throttle = |row: &Columns<'_>| {
            Ok(Throttle {
                failures: row.number(0)?,
                closed_until: row.get(1)?,
            })
        };
        let sql = "SELECT failures, closed_until FROM stopgap.throttles
             WHERE tenant = $1 AND user_name = $2 FOR UPDATE";
        if !self.writes {
            let sql = "SELECT failures, closed_until FROM stopgap.throttles
                 WHERE tenant = $1 AND user_name = $2";
            let found = self.one("throttles", sql, &[&self.tenant(), &user], throttle)?;
            return Ok(found.unwrap_or_default());
        }
        if let Some(found) = self.one("throttles", sql, &[&self.tenant(), &user], throttle)? {
            return Ok(found);
        }
        // What is not there cannot be locked.
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
            "INSERT INTO stopgap.throttles (tenant, user_name, failures, closed_until)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant, user_name) DO UPDATE
             SET failures = excluded.failures, closed_until = excluded.closed_until",
            own![
                self.tenant().to_owned(),
                user.as_str().to_owned(),
                i64::from(throttle.failures),
                throttle.closed_until,
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

    fn machine(&mut self, user: &Name, machine: &Name) -> Result<Option<Machine>> {
        let sql = if self.writes {
            machine!("user_name = $2 AND machine = $3 FOR UPDATE")
        } else {
            machine!("user_name = $2 AND machine = $3")
        };
        let params: Params<'_> = &[&self.tenant(), &user.as_str(), &machine.as_str()];
        self.one("machines", sql, params, read_machine)
    }

    fn machines(&mut self, user: &Name) -> Result<Vec<Machine>> {
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
    ) -> Result<Vec<Machine>> {
        let (user, machine) = after.map_or(("", ""), |(user, name)| (user.as_str(), name.as_str()));
        self.all(
            "machines",
            machine!("(user_name, machine) > ($2, $3) ORDER BY user_name, machine LIMIT $4"),
            &[&self.tenant(), &user, &machine, &rows(limit)],
            read_machine,
        )
    }

    fn set_machine(&mut self, machine: &Machine) -> Result<()> {
        let enrolment = &machine.enrolment;
        // A generation is raised by one. Of two calls that enrol an unknown machine, each
        // from a random generation, the later one finds its row, and is repeated.
        let changed = self.run(
            "INSERT INTO stopgap.machines
                (tenant, user_name, machine, key_id, generation, enrolled_at, retired_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (tenant, user_name, machine) DO UPDATE
             SET key_id = excluded.key_id, generation = excluded.generation,
                enrolled_at = excluded.enrolled_at, retired_at = excluded.retired_at
             WHERE machines.generation + 1 = excluded.generation",
            &[
                &self.tenant(),
                &enrolment.user.as_str(),
                &enrolment.machine.as_str(),
                &i64::from(enrolment.key_id.0),
                &i64::from(enrolment.generation),
                &machine.enrolled_at,
                &machine.retired_at,
            ],
        )?;
        if changed == 0 {
            return Err(StoreError::Conflict(None));
        }
        Ok(())
    }

    fn insert_security_code(&mut self, row: &SecurityRow) -> Result<()> {
        self.send(
            "INSERT INTO stopgap.security_codes
                (tenant, digest, id, key_id, same_as, scopes, description, expires_at,
                last_used_at, tag)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            own![
                self.tenant().to_owned(),
                row.code.digest.as_bytes().to_vec(),
                uuid(row.id),
                i64::from(row.code.key_id.0),
                same_as(&row.code.access),
                json(&row.code.scopes)?,
                row.code.description.clone(),
                end_of(row.code.life),
                row.last_used_at,
                row.tag.as_bytes().to_vec(),
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

    fn update_security_code(&mut self, row: &SecurityRow) -> Result<()> {
        self.send(
            "UPDATE stopgap.security_codes SET description = $3, expires_at = $4, tag = $5
             WHERE tenant = $1 AND id = $2",
            own![
                self.tenant().to_owned(),
                uuid(row.id),
                row.code.description.clone(),
                end_of(row.code.life),
                row.tag.as_bytes().to_vec(),
            ],
        )
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

    fn delete_security_code(&mut self, id: RecordId) -> Result<()> {
        self.send(
            "DELETE FROM stopgap.security_codes WHERE tenant = $1 AND id = $2",
            own![self.tenant().to_owned(), uuid(id)],
        )
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
        // Who issues with a key keeps it from being retired meanwhile.
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
        // By now nobody issues with it, but somebody may have until just now.
        if let Some(retired_at) = row.retired_at
            && self.key_is_needed(row.id, retired_at)?
        {
            return Err(StoreError::Conflict(None));
        }
        Ok(())
    }

    fn key_is_needed(&mut self, id: KeyId, now: DateTime<Utc>) -> Result<bool> {
        // An expired security code can be brought back for a week.
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

/// Whether anything lives that was made with a key, tenant by tenant: whoever issues
/// may be waiting, so that no table is gone through. Each of these limits keeps the
/// server to the order that is written here.
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
