//! Deleting old records, by indexes.

use chrono::{DateTime, Utc};
use stopgap::RecordId;

use super::{
    columns::{rows, uuid},
    open::Open,
};
use crate::store::{Purge, Result};

/// The number of rows that are deleted in one transaction.
pub(super) const BATCH: usize = 1_000;

pub(super) fn purge(
    open: &mut Open<'_>,
    what: Purge,
    before: DateTime<Utc>,
    limit: usize,
) -> Result<usize> {
    let (tenant, limit) = (open.tenant(), rows(limit));
    let sql = match what {
        // One bucket after the other is emptied, so no more is read than is deleted. The
        // tenant's keys come before the time in the indexes of codes.
        Purge::Codes => {
            "DELETE FROM stopgap.online_codes WHERE tenant = $1 AND digest IN
                (SELECT over.digest
                 FROM generate_series(0, 15) AS buckets (number)
                 CROSS JOIN (SELECT id FROM stopgap.keys WHERE tenant = $1) AS held (key_id)
                 CROSS JOIN LATERAL (SELECT digest FROM stopgap.online_codes AS it
                    WHERE tenant = $1 AND bucket = number AND it.key_id = held.key_id
                        AND expires_at < $2
                    ORDER BY expires_at LIMIT $3) AS over LIMIT $3)"
        }
        Purge::Verifications => {
            "DELETE FROM stopgap.verifications
             WHERE tenant = $1 AND (user_name, idempotency_key) IN
                (SELECT over.user_name, over.idempotency_key
                 FROM generate_series(0, 15) AS buckets (number)
                 CROSS JOIN LATERAL (SELECT user_name, idempotency_key
                    FROM stopgap.verifications
                    WHERE tenant = $1 AND bucket = number AND answered_at < $2
                    ORDER BY answered_at LIMIT $3) AS over LIMIT $3)"
        }
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
