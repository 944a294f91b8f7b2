//! Deleting what is over, by indexes.

use chrono::{DateTime, Utc};

use super::{
    columns::{rows, uuid},
    open::Open,
};
use crate::{
    record_id::RecordId,
    store::{Purge, Result},
};

/// How many rows are deleted at a time.
pub(super) const BATCH: usize = 1_000;

/// A tenant's keys, which stand before the time in the indexes of codes.
macro_rules! each_key {
    () => {
        " CROSS JOIN (SELECT id FROM stopgap.keys WHERE tenant = $1) AS held (key_id)"
    };
}

/// Deletes by an index that has a bucket before the time. One bucket after the other
/// is emptied, and so no more is read than is deleted.
macro_rules! by_bucket {
    ($table:literal, $key:literal, $keys:expr, $which:literal, $over:literal) => {
        concat!(
            "DELETE FROM stopgap.",
            $table,
            " WHERE tenant = $1 AND ",
            $key,
            " IN (SELECT over.key FROM generate_series(0, 15) AS buckets (number)",
            $keys,
            " CROSS JOIN LATERAL (SELECT ",
            $key,
            " AS key FROM stopgap.",
            $table,
            " AS it WHERE tenant = $1 AND bucket = number AND ",
            $which,
            $over,
            " < $2 ORDER BY ",
            $over,
            " LIMIT $3) AS over LIMIT $3)"
        )
    };
}

pub(super) fn purge(
    open: &mut Open<'_>,
    what: Purge,
    before: DateTime<Utc>,
    limit: usize,
) -> Result<usize> {
    let (tenant, limit) = (open.tenant(), rows(limit));
    let sql = match what {
        Purge::Codes => by_bucket!(
            "online_codes",
            "digest",
            each_key!(),
            "it.key_id = held.key_id AND ",
            "expires_at"
        ),
        Purge::Attempts => by_bucket!("attempts", "id", "", "", "answered_at"),
        Purge::SecurityCodes => {
            "DELETE FROM stopgap.security_codes WHERE tenant = $1 AND digest IN
                (SELECT over.digest
                 FROM (SELECT id FROM stopgap.keys WHERE tenant = $1) AS held (key_id)
                 CROSS JOIN LATERAL (SELECT digest FROM stopgap.security_codes AS it
                    WHERE tenant = $1 AND it.key_id = held.key_id AND expires_at < $2
                    ORDER BY expires_at LIMIT $3) AS over LIMIT $3)"
        }
        Purge::Events => {
            let first = uuid(RecordId::first_at(before));
            return open.run(
                "DELETE FROM stopgap.events WHERE tenant = $1 AND (bucket, id) IN
                    (SELECT over.bucket, over.id
                     FROM generate_series(0, 15) AS buckets (number)
                     CROSS JOIN LATERAL (SELECT bucket, id FROM stopgap.events
                        WHERE tenant = $1 AND bucket = number AND id < $2
                        ORDER BY id LIMIT $3) AS over LIMIT $3)",
                &[&tenant, &first, &limit],
            );
        }
    };
    open.run(sql, &[&tenant, &before, &limit])
}
