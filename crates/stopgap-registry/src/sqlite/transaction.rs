//! The contract in SQL. Every statement is prepared once for each connection, and has the
//! tenant as its first parameter.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::params;
use stopgap::{
    Access, CodeDigest, CodeFormat, KeyId, Lifetime, Name, OnlineGrant, OnlinePolicy, RecordId,
    RecordTag, Sealed, SecurityCode, Throttle, Verification, offline::Enrolment,
};

use super::rows::{
    FIRST, LAST, Open, code, event, json, machine, micros, read_code, read_event, read_machine,
    read_security_code, read_verification, rows, security_code, verification,
};
use crate::{
    event::{Event, EventFilter, EventKind},
    store::{KeyRow, Purge, Result, SecurityRow, Table, Transaction},
};

impl Transaction for Open<'_> {
    fn clock_floor(&mut self) -> Result<Option<DateTime<Utc>>> {
        let sql = "SELECT seen_at FROM clocks WHERE tenant = ?1";
        self.one("clocks", sql, [self.tenant()], |row| row.instant(0))
    }

    fn set_clock_floor(&mut self, floor: DateTime<Utc>) -> Result<()> {
        self.run(
            "INSERT INTO clocks (tenant, seen_at) VALUES (?1, ?2)
             ON CONFLICT (tenant) DO UPDATE SET seen_at = excluded.seen_at",
            params![self.tenant(), floor.timestamp_micros()],
        )?;
        Ok(())
    }

    fn raise_clock_floor(&mut self, now: DateTime<Utc>, quiet: TimeDelta) -> Result<()> {
        self.run(
            "INSERT INTO clocks (tenant, seen_at) VALUES (?1, ?2)
             ON CONFLICT (tenant) DO UPDATE SET seen_at = excluded.seen_at
             WHERE excluded.seen_at - seen_at >= ?3",
            params![
                self.tenant(),
                now.timestamp_micros(),
                quiet.num_microseconds()
            ],
        )?;
        Ok(())
    }

    fn formats(&mut self) -> Result<Vec<CodeFormat>> {
        let sql = "SELECT format FROM formats WHERE tenant = ?1 ORDER BY format";
        self.all("formats", sql, [self.tenant()], |row| row.json(0))
    }

    fn add_format(&mut self, format: &CodeFormat) -> Result<()> {
        self.run(
            "INSERT INTO formats (tenant, format) VALUES (?1, ?2)
             ON CONFLICT (tenant, format) DO NOTHING",
            params![self.tenant(), json(format)?],
        )?;
        Ok(())
    }

    fn insert_code(&mut self, code: &Sealed<OnlineGrant>) -> Result<()> {
        let record = code.unverified();
        self.run(
            "INSERT INTO online_codes (tenant, digest, id, user_name, key_id, format, purposes,
                not_before, expires_at, max_uses, uses, revoked_at, tag)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                self.tenant(),
                record.digest.as_bytes(),
                record.id.as_bytes(),
                record.user.as_str(),
                record.key_id.0,
                json(&record.format)?,
                record.purposes.bits(),
                micros(record.not_before),
                record.expires_at.timestamp_micros(),
                record.max_uses,
                record.uses,
                micros(record.revoked_at),
                code.tag().as_bytes(),
            ],
        )?;
        Ok(())
    }

    fn code(&mut self, digest: &CodeDigest) -> Result<Option<Sealed<OnlineGrant>>> {
        self.one(
            "online_codes",
            code!("digest = ?2"),
            params![self.tenant(), digest.as_bytes()],
            read_code,
        )
    }

    fn replace_code(&mut self, new: &Sealed<OnlineGrant>, loaded: &RecordTag) -> Result<bool> {
        let record = new.unverified();
        let changed = self.run(
            "UPDATE online_codes SET uses = ?3, revoked_at = ?4, tag = ?5
             WHERE tenant = ?1 AND digest = ?2 AND tag = ?6",
            params![
                self.tenant(),
                record.digest.as_bytes(),
                record.uses,
                micros(record.revoked_at),
                new.tag().as_bytes(),
                loaded.as_bytes(),
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
        let before = before.map_or(LAST, |before| *before.as_bytes());
        self.all(
            "online_codes",
            code!("user_name = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4"),
            params![self.tenant(), user.as_str(), before, rows(limit)],
            read_code,
        )
    }

    fn codes(
        &mut self,
        after: Option<(&Name, RecordId)>,
        limit: usize,
    ) -> Result<Vec<Sealed<OnlineGrant>>> {
        let (user, id) = after.map_or(("", FIRST), |(user, id)| (user.as_str(), *id.as_bytes()));
        self.all(
            "online_codes",
            code!("(user_name, id) > (?2, ?3) ORDER BY user_name, id LIMIT ?4"),
            params![self.tenant(), user, id, rows(limit)],
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
            verification!("user_name = ?2 AND idempotency_key = ?3"),
            params![self.tenant(), user.as_str(), idempotency_key],
            read_verification,
        )
    }

    fn insert_verification(&mut self, verification: &Sealed<Verification>) -> Result<()> {
        let record = verification.unverified();
        self.run(
            "INSERT INTO verifications (tenant, user_name, idempotency_key, key_id, purpose,
                digest, answered_at, answer, tag)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                self.tenant(),
                record.user.as_str(),
                record.idempotency_key,
                record.key_id.0,
                record.purpose.as_str(),
                record.digest.as_bytes(),
                record.answered_at.timestamp_micros(),
                record.answer,
                verification.tag().as_bytes(),
            ],
        )?;
        Ok(())
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
                "(user_name, idempotency_key) > (?2, ?3) \
                 ORDER BY user_name, idempotency_key LIMIT ?4"
            ),
            params![self.tenant(), user, key, rows(limit)],
            read_verification,
        )
    }

    fn throttle(&mut self, user: &Name) -> Result<Throttle> {
        let throttle = self.one(
            "throttles",
            "SELECT failures, locked_until FROM throttles WHERE tenant = ?1 AND user_name = ?2",
            params![self.tenant(), user.as_str()],
            |row| {
                Ok(Throttle {
                    failures: row.get(0)?,
                    locked_until: row.instant_or_none(1)?,
                })
            },
        )?;
        Ok(throttle.unwrap_or_default())
    }

    fn set_throttle(&mut self, user: &Name, throttle: &Throttle) -> Result<()> {
        if *throttle == Throttle::default() {
            self.run(
                "DELETE FROM throttles WHERE tenant = ?1 AND user_name = ?2",
                params![self.tenant(), user.as_str()],
            )?;
        } else {
            self.run(
                "INSERT INTO throttles (tenant, user_name, failures, locked_until)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (tenant, user_name) DO UPDATE
                 SET failures = excluded.failures, locked_until = excluded.locked_until",
                params![
                    self.tenant(),
                    user.as_str(),
                    throttle.failures,
                    micros(throttle.locked_until)
                ],
            )?;
        }
        Ok(())
    }

    fn throttles(&mut self, after: Option<&Name>, limit: usize) -> Result<Vec<(Name, Throttle)>> {
        let after = after.map_or("", Name::as_str);
        self.all(
            "throttles",
            "SELECT user_name, failures, locked_until FROM throttles
             WHERE tenant = ?1 AND user_name > ?2 ORDER BY user_name LIMIT ?3",
            params![self.tenant(), after, rows(limit)],
            |row| {
                let throttle = Throttle {
                    failures: row.get(1)?,
                    locked_until: row.instant_or_none(2)?,
                };
                Ok((row.name(0)?, throttle))
            },
        )
    }

    fn preset(&mut self, name: &Name) -> Result<Option<OnlinePolicy>> {
        self.one(
            "presets",
            "SELECT policy FROM presets WHERE tenant = ?1 AND name = ?2",
            params![self.tenant(), name.as_str()],
            |row| row.json(0),
        )
    }

    fn presets(&mut self) -> Result<Vec<(Name, OnlinePolicy)>> {
        let sql = "SELECT name, policy FROM presets WHERE tenant = ?1 ORDER BY name";
        self.all("presets", sql, [self.tenant()], |row| {
            Ok((row.name(0)?, row.json(1)?))
        })
    }

    fn set_preset(&mut self, name: &Name, policy: &OnlinePolicy) -> Result<()> {
        self.run(
            "INSERT INTO presets (tenant, name, policy) VALUES (?1, ?2, ?3)
             ON CONFLICT (tenant, name) DO UPDATE SET policy = excluded.policy",
            params![self.tenant(), name.as_str(), json(policy)?],
        )?;
        Ok(())
    }

    fn remove_preset(&mut self, name: &Name) -> Result<bool> {
        let sql = "DELETE FROM presets WHERE tenant = ?1 AND name = ?2";
        Ok(self.run(sql, params![self.tenant(), name.as_str()])? > 0)
    }

    fn machine(&mut self, user: &Name, machine: &Name) -> Result<Option<Sealed<Enrolment>>> {
        self.one(
            "machines",
            machine!("user_name = ?2 AND machine = ?3"),
            params![self.tenant(), user.as_str(), machine.as_str()],
            read_machine,
        )
    }

    fn machines(&mut self, user: &Name) -> Result<Vec<Sealed<Enrolment>>> {
        self.all(
            "machines",
            machine!("user_name = ?2 ORDER BY machine"),
            params![self.tenant(), user.as_str()],
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
            machine!("(user_name, machine) > (?2, ?3) ORDER BY user_name, machine LIMIT ?4"),
            params![self.tenant(), user, machine, rows(limit)],
            read_machine,
        )
    }

    fn insert_machine(&mut self, machine: &Sealed<Enrolment>) -> Result<()> {
        let record = machine.unverified();
        self.run(
            "INSERT INTO machines
                (tenant, user_name, machine, key_id, generation, enrolled_at, retired_at, tag)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                self.tenant(),
                record.user.as_str(),
                record.machine.as_str(),
                record.key_id.0,
                record.generation,
                record.enrolled_at.timestamp_micros(),
                micros(record.retired_at),
                machine.tag().as_bytes(),
            ],
        )?;
        Ok(())
    }

    fn replace_machine(&mut self, new: &Sealed<Enrolment>, loaded: &RecordTag) -> Result<bool> {
        let record = new.unverified();
        let changed = self.run(
            "UPDATE machines SET key_id = ?4, generation = ?5, enrolled_at = ?6, retired_at = ?7,
                tag = ?8
             WHERE tenant = ?1 AND user_name = ?2 AND machine = ?3 AND tag = ?9",
            params![
                self.tenant(),
                record.user.as_str(),
                record.machine.as_str(),
                record.key_id.0,
                record.generation,
                record.enrolled_at.timestamp_micros(),
                micros(record.retired_at),
                new.tag().as_bytes(),
                loaded.as_bytes(),
            ],
        )?;
        Ok(changed > 0)
    }

    fn insert_security_code(&mut self, row: &SecurityRow) -> Result<()> {
        let record = row.record.unverified();
        self.run(
            "INSERT INTO security_codes
                (tenant, digest, id, key_id, same_as, scopes, description, expires_at,
                last_used_at, tag)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                self.tenant(),
                record.digest.as_bytes(),
                record.id.as_bytes(),
                record.key_id.0,
                same_as(&record.access),
                json(&record.scopes)?,
                record.description,
                micros(end_of(record.lifetime)),
                micros(row.last_used_at),
                row.record.tag().as_bytes(),
            ],
        )?;
        Ok(())
    }

    fn security_code(&mut self, id: RecordId) -> Result<Option<SecurityRow>> {
        self.one(
            "security_codes",
            security_code!("id = ?2"),
            params![self.tenant(), id.as_bytes()],
            read_security_code,
        )
    }

    fn security_code_of(&mut self, digests: &[CodeDigest]) -> Result<Option<SecurityRow>> {
        for digest in digests {
            let found = self.one(
                "security_codes",
                security_code!("digest = ?2"),
                params![self.tenant(), digest.as_bytes()],
                read_security_code,
            )?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn security_codes(
        &mut self,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<SecurityRow>> {
        let after = after.map_or(FIRST, |after| *after.as_bytes());
        self.all(
            "security_codes",
            security_code!("id > ?2 ORDER BY id LIMIT ?3"),
            params![self.tenant(), after, rows(limit)],
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
            "UPDATE security_codes SET description = ?3, expires_at = ?4, tag = ?5
             WHERE tenant = ?1 AND id = ?2 AND tag = ?6",
            params![
                self.tenant(),
                record.id.as_bytes(),
                record.description,
                micros(end_of(record.lifetime)),
                new.tag().as_bytes(),
                loaded.as_bytes(),
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
        let changed = self.run(
            "UPDATE security_codes SET last_used_at = ?3 WHERE tenant = ?1 AND id = ?2
                AND (last_used_at IS NULL OR abs(last_used_at - ?3) >= ?4)",
            params![
                self.tenant(),
                id.as_bytes(),
                at.timestamp_micros(),
                quiet.num_microseconds(),
            ],
        )?;
        Ok(changed > 0)
    }

    fn delete_security_code(&mut self, id: RecordId, loaded: &RecordTag) -> Result<bool> {
        let deleted = self.run(
            "DELETE FROM security_codes WHERE tenant = ?1 AND id = ?2 AND tag = ?3",
            params![self.tenant(), id.as_bytes(), loaded.as_bytes()],
        )?;
        Ok(deleted > 0)
    }

    fn keys(&mut self) -> Result<Vec<KeyRow>> {
        let sql = "SELECT id, check_value, added_at, retired_at FROM keys
             WHERE tenant = ?1 ORDER BY id";
        self.all("keys", sql, [self.tenant()], |row| {
            Ok(KeyRow {
                id: row.key_id(0)?,
                check: row.check_value(1)?,
                added_at: row.instant(2)?,
                retired_at: row.instant_or_none(3)?,
            })
        })
    }

    fn set_key(&mut self, row: &KeyRow) -> Result<()> {
        self.run(
            "INSERT INTO keys (tenant, id, check_value, added_at, retired_at)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (tenant, id) DO UPDATE
             SET check_value = excluded.check_value, added_at = excluded.added_at,
                retired_at = excluded.retired_at",
            params![
                self.tenant(),
                row.id.0,
                row.check,
                row.added_at.timestamp_micros(),
                micros(row.retired_at),
            ],
        )?;
        Ok(())
    }

    fn key_is_needed(&mut self, id: KeyId, now: DateTime<Utc>) -> Result<bool> {
        // An expired security code can be reactivated for a week.
        let week = TimeDelta::try_days(7).unwrap_or_default();
        let week_ago = now.checked_sub_signed(week).unwrap_or(now);
        let needed = self.one(
            "keys",
            "SELECT EXISTS (SELECT 1 FROM online_codes
                    WHERE key_id = ?1 AND revoked_at IS NULL AND expires_at > ?2
                        AND (max_uses IS NULL OR uses < max_uses))
                OR EXISTS (SELECT 1 FROM security_codes
                    WHERE key_id = ?1 AND (expires_at IS NULL OR expires_at > ?3))
                OR EXISTS (SELECT 1 FROM machines WHERE key_id = ?1 AND retired_at IS NULL)",
            params![id.0, now.timestamp_micros(), week_ago.timestamp_micros()],
            |row| row.get(0),
        )?;
        Ok(needed.unwrap_or(true))
    }

    fn append(&mut self, event: &Event) -> Result<()> {
        self.run(
            "INSERT INTO events
                (tenant, id, actor, role, kind, user_name, subject, detail, reason, context)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                self.tenant(),
                event.id.as_bytes(),
                event.actor.as_str(),
                event.role.as_str(),
                event.kind.as_str(),
                event.user.as_ref().map(Name::as_str),
                event.subject,
                event.detail,
                event.reason,
                event.context.as_ref().map(json).transpose()?,
            ],
        )?;
        Ok(())
    }

    fn events(&mut self, filter: &EventFilter) -> Result<Vec<Event>> {
        // One statement for each index, by name: otherwise SQLite would read the whole log
        // in order.
        macro_rules! events {
            ($index:literal, $which:literal) => {
                event!(
                    $index,
                    " WHERE tenant = ?1 AND id >= ?2 AND id < ?3 ",
                    $which,
                    " ORDER BY id DESC LIMIT ?6"
                )
            };
        }
        let sql = match (&filter.user, filter.kind) {
            (None, None) => events!("", "AND ?4 IS NULL AND ?5 IS NULL"),
            (Some(_), None) => {
                events!(
                    "INDEXED BY events_by_user",
                    "AND user_name = ?4 AND ?5 IS NULL"
                )
            }
            (Some(_), Some(_)) => {
                events!(
                    "INDEXED BY events_by_user",
                    "AND user_name = ?4 AND kind = ?5"
                )
            }
            (None, Some(EventKind::VerifyCode)) => events!("", "AND ?4 IS NULL AND kind = ?5"),
            (None, Some(_)) => {
                events!(
                    "INDEXED BY events_by_kind",
                    "AND ?4 IS NULL AND kind = ?5 AND kind <> 'online.verify'"
                )
            }
        };
        let id_at = |instant: DateTime<Utc>| *RecordId::first_at(instant).as_bytes();
        let until = filter.until.map_or(LAST, id_at);
        let before = filter.before.map_or(LAST, |before| *before.as_bytes());
        self.all(
            "events",
            sql,
            params![
                self.tenant(),
                filter.since.map_or(FIRST, id_at),
                until.min(before),
                filter.user.as_ref().map(Name::as_str),
                filter.kind.map(EventKind::as_str),
                rows(filter.limit),
            ],
            read_event,
        )
    }

    fn all_events(&mut self, after: Option<RecordId>, limit: usize) -> Result<Vec<Event>> {
        let after = after.map_or(FIRST, |after| *after.as_bytes());
        self.all(
            "events",
            event!("WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3"),
            params![self.tenant(), after, rows(limit)],
            read_event,
        )
    }

    fn purge(&mut self, what: Purge, before: DateTime<Utc>, limit: usize) -> Result<usize> {
        let sql = match what {
            Purge::Codes => {
                "DELETE FROM online_codes WHERE tenant = ?1 AND digest IN
                    (SELECT digest FROM online_codes WHERE tenant = ?1 AND expires_at < ?2
                     ORDER BY expires_at LIMIT ?3)"
            }
            Purge::SecurityCodes => {
                "DELETE FROM security_codes WHERE tenant = ?1 AND digest IN
                    (SELECT digest FROM security_codes WHERE tenant = ?1 AND expires_at < ?2
                     ORDER BY expires_at LIMIT ?3)"
            }
            Purge::Verifications => {
                "DELETE FROM verifications WHERE tenant = ?1 AND (user_name, idempotency_key) IN
                    (SELECT user_name, idempotency_key FROM verifications
                     WHERE tenant = ?1 AND answered_at < ?2 ORDER BY answered_at LIMIT ?3)"
            }
            Purge::Events => {
                let first = RecordId::first_at(before);
                return self.run(
                    "DELETE FROM events WHERE tenant = ?1 AND id IN
                        (SELECT id FROM events WHERE tenant = ?1 AND id < ?2
                         ORDER BY id LIMIT ?3)",
                    params![self.tenant(), first.as_bytes(), rows(limit)],
                );
            }
        };
        let before = before.timestamp_micros();
        self.run(sql, params![self.tenant(), before, rows(limit)])
    }

    fn count(&mut self, table: Table) -> Result<u64> {
        macro_rules! count {
            ($table:literal) => {
                concat!("SELECT count(*) FROM ", $table, " WHERE tenant = ?1")
            };
        }
        let sql = match table {
            Table::Clocks => count!("clocks"),
            Table::Keys => count!("keys"),
            Table::Formats => count!("formats"),
            Table::Presets => count!("presets"),
            Table::Codes => count!("online_codes"),
            Table::Verifications => count!("verifications"),
            Table::Throttles => count!("throttles"),
            Table::Machines => count!("machines"),
            Table::SecurityCodes => count!("security_codes"),
            Table::Events => count!("events"),
        };
        let rows = self.one(table.as_str(), sql, [self.tenant()], |row| {
            row.get::<i64>(0)
        })?;
        Ok(rows
            .and_then(|rows| rows.try_into().ok())
            .unwrap_or_default())
    }
}

fn same_as(access: &Access) -> Option<&str> {
    match access {
        Access::SuperAdministrator => None,
        Access::SameAs(user) => Some(user.as_str()),
    }
}

/// Returns the expiry; `None` if the code is permanent. A deleted code has no row.
fn end_of(lifetime: Lifetime) -> Option<DateTime<Utc>> {
    match lifetime {
        Lifetime::Until(expires_at) => Some(expires_at),
        Lifetime::Permanent | Lifetime::Deleted => None,
    }
}
