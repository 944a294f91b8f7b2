//! Inserting many rows of another store at once: each column is sent as one list.

use super::{
    columns::{bucket_of, end_of, json, same_as, uuid},
    open::Open,
};
use crate::store::{Result, Row, Table};

/// One column of rows of one table.
macro_rules! column {
    ($rows:ident, $row:pat => $value:expr) => {
        $rows
            .iter()
            .filter_map(|row| match row {
                $row => Some($value),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
}

/// Inserts rows of one table unless a row has their key. Returns the number of new ones.
pub(super) fn keep(open: &mut Open<'_>, rows: &[Row]) -> Result<usize> {
    match rows.first().map(Row::table) {
        None => Ok(0),
        Some(Table::Clocks | Table::Keys | Table::Formats | Table::Presets) => {
            let mut kept = 0_usize;
            for row in rows {
                kept = kept.saturating_add(keep_one(open, row)?);
            }
            Ok(kept)
        }
        Some(Table::Codes) => keep_codes(open, rows),
        Some(Table::Verifications) => keep_verifications(open, rows),
        Some(Table::Throttles) => keep_throttles(open, rows),
        Some(Table::Machines) => keep_machines(open, rows),
        Some(Table::SecurityCodes) => keep_security_codes(open, rows),
        Some(Table::Events) => keep_events(open, rows),
    }
}

/// Inserts a row of a table that has few.
fn keep_one(open: &mut Open<'_>, row: &Row) -> Result<usize> {
    match row {
        Row::Clock(floor) => open.run(
            "INSERT INTO stopgap.clocks (tenant, seen_at) VALUES ($1, $2)
             ON CONFLICT (tenant) DO NOTHING",
            &[&open.tenant(), floor],
        ),
        Row::Key(key) => open.run(
            "INSERT INTO stopgap.keys (tenant, id, check_value, added_at, retired_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, id) DO NOTHING",
            &[
                &open.tenant(),
                &i64::from(key.id.0),
                &key.check.as_slice(),
                &key.added_at,
                &key.retired_at,
            ],
        ),
        Row::Format(format) => open.run(
            "INSERT INTO stopgap.formats (tenant, format) VALUES ($1, $2)
             ON CONFLICT (tenant, format) DO NOTHING",
            &[&open.tenant(), &json(format)?],
        ),
        Row::Preset(name, policy) => open.run(
            "INSERT INTO stopgap.presets (tenant, name, policy) VALUES ($1, $2, $3)
             ON CONFLICT (tenant, name) DO NOTHING",
            &[&open.tenant(), &name.as_str(), &json(policy)?],
        ),
        _ => Ok(0),
    }
}

fn keep_codes(open: &mut Open<'_>, rows: &[Row]) -> Result<usize> {
    let formats = column!(rows, Row::Code(row) => json(&row.unverified().format));
    let users = column!(rows, Row::Code(row) => row.unverified().user.as_str());
    open.run(
        "INSERT INTO stopgap.throttles (tenant, user_name, failures)
         SELECT DISTINCT $1::text, user_name, 0 FROM unnest($2::text[]) AS users (user_name)
         ON CONFLICT (tenant, user_name) DO NOTHING",
        &[&open.tenant(), &users],
    )?;
    open.run(
        "INSERT INTO stopgap.online_codes (tenant, digest, id, user_name, key_id, format,
            purposes, not_before, expires_at, max_uses, uses, revoked_at, tag, bucket)
         SELECT $1::text, rows.* FROM unnest($2::bytea[], $3::uuid[], $4::text[], $5::bigint[],
            $6::text[], $7::smallint[], $8::timestamptz[], $9::timestamptz[], $10::bigint[],
            $11::bigint[], $12::timestamptz[], $13::bytea[], $14::smallint[]) AS rows
         ON CONFLICT (tenant, user_name, id) DO NOTHING",
        &[
            &open.tenant(),
            &column!(rows, Row::Code(row) => row.unverified().digest.as_bytes().as_slice()),
            &column!(rows, Row::Code(row) => uuid(row.unverified().id)),
            &users,
            &column!(rows, Row::Code(row) => i64::from(row.unverified().key_id.0)),
            &formats.into_iter().collect::<Result<Vec<_>>>()?,
            &column!(rows, Row::Code(row) => i16::from(row.unverified().purposes.bits())),
            &column!(rows, Row::Code(row) => row.unverified().not_before),
            &column!(rows, Row::Code(row) => row.unverified().expires_at),
            &column!(rows, Row::Code(row) => row.unverified().max_uses.map(i64::from)),
            &column!(rows, Row::Code(row) => i64::from(row.unverified().uses)),
            &column!(rows, Row::Code(row) => row.unverified().revoked_at),
            &column!(rows, Row::Code(row) => row.tag().as_bytes().as_slice()),
            &column!(rows, Row::Code(row) => bucket_of(row.unverified().digest.as_bytes())),
        ],
    )
}

fn keep_verifications(open: &mut Open<'_>, rows: &[Row]) -> Result<usize> {
    open.run(
        "INSERT INTO stopgap.verifications (tenant, user_name, idempotency_key, key_id, purpose,
            digest, answered_at, answer, tag, bucket)
         SELECT $1::text, rows.* FROM unnest($2::text[], $3::bytea[], $4::bigint[], $5::text[],
            $6::bytea[], $7::timestamptz[], $8::bytea[], $9::bytea[], $10::smallint[]) AS rows
         ON CONFLICT (tenant, user_name, idempotency_key) DO NOTHING",
        &[
            &open.tenant(),
            &column!(rows, Row::Verification(row) => row.unverified().user.as_str()),
            &column!(rows, Row::Verification(row) => row.unverified().idempotency_key.as_bytes()),
            &column!(rows, Row::Verification(row) => i64::from(row.unverified().key_id.0)),
            &column!(rows, Row::Verification(row) => row.unverified().purpose.as_str()),
            &column!(rows, Row::Verification(row) => row.unverified().digest.as_bytes().as_slice()),
            &column!(rows, Row::Verification(row) => row.unverified().answered_at),
            &column!(rows, Row::Verification(row) => row.unverified().answer.as_slice()),
            &column!(rows, Row::Verification(row) => row.tag().as_bytes().as_slice()),
            &column!(rows, Row::Verification(row) => bucket_of(row.tag().as_bytes())),
        ],
    )
}

/// A row of the default means the same as no row.
fn keep_throttles(open: &mut Open<'_>, rows: &[Row]) -> Result<usize> {
    open.run(
        "INSERT INTO stopgap.throttles (tenant, user_name, failures, locked_until)
         SELECT $1::text, rows.* FROM unnest($2::text[], $3::bigint[], $4::timestamptz[]) AS rows
         ON CONFLICT (tenant, user_name) DO UPDATE
         SET failures = excluded.failures, locked_until = excluded.locked_until
         WHERE throttles.failures = 0 AND throttles.locked_until IS NULL",
        &[
            &open.tenant(),
            &column!(rows, Row::Throttle(user, _) => user.as_str()),
            &column!(rows, Row::Throttle(_, throttle) => i64::from(throttle.failures)),
            &column!(rows, Row::Throttle(_, throttle) => throttle.locked_until),
        ],
    )
}

fn keep_machines(open: &mut Open<'_>, rows: &[Row]) -> Result<usize> {
    open.run(
        "INSERT INTO stopgap.machines
            (tenant, user_name, machine, key_id, generation, enrolled_at, retired_at, tag)
         SELECT $1::text, rows.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[],
            $6::timestamptz[], $7::timestamptz[], $8::bytea[]) AS rows
         ON CONFLICT (tenant, user_name, machine) DO NOTHING",
        &[
            &open.tenant(),
            &column!(rows, Row::Machine(row) => row.unverified().user.as_str()),
            &column!(rows, Row::Machine(row) => row.unverified().machine.as_str()),
            &column!(rows, Row::Machine(row) => i64::from(row.unverified().key_id.0)),
            &column!(rows, Row::Machine(row) => i64::from(row.unverified().generation)),
            &column!(rows, Row::Machine(row) => row.unverified().enrolled_at),
            &column!(rows, Row::Machine(row) => row.unverified().retired_at),
            &column!(rows, Row::Machine(row) => row.tag().as_bytes().as_slice()),
        ],
    )
}

fn keep_security_codes(open: &mut Open<'_>, rows: &[Row]) -> Result<usize> {
    let scopes = column!(rows, Row::SecurityCode(row) => json(&row.record.unverified().scopes));
    open.run(
        "INSERT INTO stopgap.security_codes
            (tenant, digest, id, key_id, same_as, scopes, description, expires_at, last_used_at,
            tag)
         SELECT $1::text, rows.* FROM unnest($2::bytea[], $3::uuid[], $4::bigint[], $5::text[],
            $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::bytea[]) AS rows
         ON CONFLICT (tenant, id) DO NOTHING",
        &[
            &open.tenant(),
            &column!(rows, Row::SecurityCode(row) => row.record.unverified().digest.as_bytes().as_slice()),
            &column!(rows, Row::SecurityCode(row) => uuid(row.record.unverified().id)),
            &column!(rows, Row::SecurityCode(row) => i64::from(row.record.unverified().key_id.0)),
            &column!(rows, Row::SecurityCode(row) => same_as(&row.record.unverified().access)),
            &scopes.into_iter().collect::<Result<Vec<_>>>()?,
            &column!(rows, Row::SecurityCode(row) => row.record.unverified().description.as_str()),
            &column!(rows, Row::SecurityCode(row) => end_of(row.record.unverified().lifetime)),
            &column!(rows, Row::SecurityCode(row) => row.last_used_at),
            &column!(rows, Row::SecurityCode(row) => row.record.tag().as_bytes().as_slice()),
        ],
    )
}

fn keep_events(open: &mut Open<'_>, rows: &[Row]) -> Result<usize> {
    let contexts = column!(rows, Row::Event(event) => event.context.as_ref().map(json).transpose());
    open.run(
        "INSERT INTO stopgap.events
            (tenant, bucket, id, actor, role, kind, user_name, subject, detail, reason, context)
         SELECT $1::text, rows.* FROM unnest($2::smallint[], $3::uuid[], $4::text[], $5::text[],
            $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[]) AS rows
         ON CONFLICT (tenant, bucket, id) DO NOTHING",
        &[
            &open.tenant(),
            &column!(rows, Row::Event(event) => bucket_of(event.id.as_bytes())),
            &column!(rows, Row::Event(event) => uuid(event.id)),
            &column!(rows, Row::Event(event) => event.actor.as_str()),
            &column!(rows, Row::Event(event) => event.role.as_str()),
            &column!(rows, Row::Event(event) => event.kind.as_str()),
            &column!(rows, Row::Event(event) => event.user.as_ref().map(stopgap::Name::as_str)),
            &column!(rows, Row::Event(event) => event.subject.as_deref()),
            &column!(rows, Row::Event(event) => event.detail.as_deref()),
            &column!(rows, Row::Event(event) => event.reason.as_deref()),
            &contexts.into_iter().collect::<Result<Vec<_>>>()?,
        ],
    )
}
