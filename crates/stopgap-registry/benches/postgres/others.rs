//! The rows that SQL inserts instead of issuing codes, so that millions take only
//! minutes.

use std::fmt::Write;

use crate::store::filled::TENANT;

/// The last bytes of the digest of such a row.
const REST: &str = "'\\x5f1d0c2b3a49586776859483a2b1c0dfeefd0c1b2a394857'::bytea";

/// The rows of one table, numbered from 0. Their digests differ only in the first 64 bits,
/// which are the place of the row in the order of digests. So pgbench can compute them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Others {
    rows: usize,
    /// The number of rows that pgbench asks for.
    asked: usize,
    /// The distance between the numbers of two such rows.
    apart: usize,
    /// The number of the row whose place is 0.
    half: usize,
    /// The distance between two places.
    step: u64,
}

impl Others {
    pub(super) const fn new(rows: usize, asked: usize) -> Self {
        let half = rows / 2;
        Self {
            rows,
            asked,
            apart: rows / asked,
            half,
            step: (1 << 63) / half as u64,
        }
    }

    /// Returns lines of a pgbench script that choose a row: `n` is its number among the
    /// rows that pgbench asks for, and `place` its place.
    pub(super) fn choose(&self) -> String {
        let Self {
            asked,
            apart,
            half,
            step,
            ..
        } = self;
        let last = asked - 1;
        format!("\\set n random(0, {last})\n\\set place (:n * {apart} - {half}) * {step}\n")
    }

    /// Returns the condition for the row that was chosen.
    pub(super) fn chosen() -> String {
        format!("tenant = '{TENANT}' AND digest = int8send(:place) || {REST}")
    }

    /// Returns the SQL that inserts the rows of some tables.
    pub(super) fn insert(&self, tables: &[&str]) -> String {
        let Self {
            rows, half, step, ..
        } = self;
        // The ids are spread over 81 days before now, as their times of issue are.
        let mut sql = format!(
            "SET work_mem = '1GB';
             CREATE TEMP TABLE number AS SELECT n, hash,
                'user-' || lpad(n::text, 8, '0') || 'x' COLLATE \"C\" AS person,
                (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n * 7000000000 / {rows}),
                    12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid AS id,
                int8send((n - {half}) * {step}) || {REST} AS digest
             FROM generate_series(0::bigint, {rows} - 1) AS n
             CROSS JOIN LATERAL md5(n::text) AS hash"
        );
        for table in tables {
            let columns = columns(table);
            let _ = write!(
                sql,
                ";\nINSERT INTO stopgap.{table} {columns}, '{TENANT}'
                    FROM (SELECT *, n & 1 = 0 AS issued FROM number ORDER BY n DESC) AS number"
            );
        }
        sql
    }
}

/// Returns the index whose order puts the issued rows among the others; `None` for the
/// log, in which events are ordered by time.
pub(super) fn order(table: &str) -> Option<&'static str> {
    match table {
        "online_codes" => Some("online_codes_by_digest"),
        "security_codes" => Some("security_codes_by_digest"),
        "heads" => Some("heads_pkey"),
        _ => None,
    }
}

/// Returns the columns of a table and their values, except the tenant's, which is the last.
fn columns(table: &str) -> &'static str {
    match table {
        "online_codes" => {
            "(id, digest, user_name, number, key_id, format, purposes, expires_at, max_uses, uses,
                ends_at, tag, tenant)
             SELECT id, digest, person, 1, 1, (SELECT format FROM stopgap.online_codes LIMIT 1), 1,
                now() + (1 + n % 168) * interval '1 hour', 1000, 0,
                now() + (1 + n % 168) * interval '1 hour', sha256(hash::bytea)"
        }
        "security_codes" => {
            "(id, digest, key_id, same_as, scopes, description, last_used_at, ends_at, tag, tenant)
             SELECT id, digest, 1, person, '\"unlimited\"', 'a build server', now(),
                timestamptz '9999-12-31 23:59:59+00', sha256(hash::bytea)"
        }
        "heads" => {
            "(user_name, key_id, failures, changes, tag, is_stranger, failed_at, tenant)
             SELECT person, 1, 0, 1, sha256(hash::bytea), 0, now()"
        }
        _ => {
            "(id, actor, role, kind, count, user_name, subject, detail, tenant)
             SELECT id, CASE WHEN issued THEN 'dana' ELSE person END,
                CASE WHEN issued THEN 'help_desk' ELSE 'user' END,
                CASE WHEN issued THEN 'online.issue' ELSE 'online.verify' END, 1,
                person, id::text, CASE WHEN issued THEN NULL ELSE 'bypass' END"
        }
    }
}
