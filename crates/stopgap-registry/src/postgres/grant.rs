//! A verification in one statement.

use stopgap::{Name, Purposes};
use tokio_postgres::Row;

use super::{
    columns::{Columns, bucket_of, read_code, uuid},
    connection::Connection,
    deadline::Deadline,
    error::Trouble,
};
use crate::store::{CodeRow, Presentation, Result};

/// The door is locked first, so that of many guesses at once no more are looked at
/// than the throttle allows; where the user has no row there, a transaction makes one.
/// Then the code is changed, as `Transaction::consume_code` does it, and given as it was
/// before; one without a limit too, by nothing, so that what became of it while the
/// door was waited for counts. It is found by its digest: the empty text keeps the
/// server from going through all codes of a user who has many.
const GRANT: &str = "WITH door AS (
        SELECT tenant FROM stopgap.throttles
        WHERE tenant = $1 AND user_name = $2 AND failures = 0 AND closed_until IS NULL
            AND EXISTS (SELECT 1 FROM stopgap.clocks
                WHERE tenant = $1 AND seen_at BETWEEN $6 AND $7)
            AND NOT EXISTS (SELECT 1 FROM stopgap.attempts WHERE tenant = $1 AND id = $14)
        FOR UPDATE
    ), found AS (
        UPDATE stopgap.online_codes
        SET uses = uses + CASE WHEN max_uses IS NULL THEN 0 ELSE 1 END
        WHERE tenant = $1 AND digest = ANY($3) AND user_name || '' = $2
            AND revoked_at IS NULL AND (max_uses IS NULL OR uses < max_uses)
            AND purposes & $4 <> 0 AND expires_at > $5
            AND (not_before IS NULL OR not_before <= $5)
            AND EXISTS (SELECT 1 FROM door)
        RETURNING id, user_name, key_id, purposes, not_before, expires_at, max_uses,
            uses - CASE WHEN max_uses IS NULL THEN 0 ELSE 1 END, revoked_at, digest, tag
    ), noted AS (
        INSERT INTO stopgap.events
            (tenant, bucket, id, actor, role, kind, user_name, subject, detail)
        SELECT $1, $8, $9, $10, $11, $12, $2, found.id::text, $13 FROM found LIMIT 1
    )
    SELECT * FROM found";

/// Has the statement ready, so that whatever goes wrong with that is known to have done
/// nothing.
pub(super) fn prepare(connection: &mut Connection, deadline: Deadline) -> Result<(), Trouble> {
    connection.prepared(deadline, GRANT).map(drop)
}

/// Sends the statement, which commits by itself unless a transaction was begun, and
/// reads what it gives.
pub(super) fn grant(
    connection: &mut Connection,
    deadline: Deadline,
    tenant: &Name,
    asked: &Presentation<'_>,
) -> Result<Option<CodeRow>, Trouble> {
    let digests: Vec<&[u8]> = asked
        .digests
        .iter()
        .map(|digest| digest.as_bytes().as_slice())
        .collect();
    let purpose = i16::from(Purposes::from(asked.purpose).bits());
    let event = asked.event;
    let rows = connection.query(
        deadline,
        GRANT,
        &[
            &tenant.as_str(),
            &asked.user.as_str(),
            &digests,
            &purpose,
            &asked.now,
            &asked.noted.0,
            &asked.noted.1,
            &bucket_of(event.id.as_bytes()),
            &uuid(event.id),
            &event.actor.as_str(),
            &event.role.as_str(),
            &event.kind.as_str(),
            &event.detail,
            &asked.attempt.map(Name::as_str),
        ],
    )?;
    let read = |row: &Row| {
        read_code(&Columns {
            table: "online_codes",
            row,
        })
    };
    rows.first().map(read).transpose().map_err(Trouble::Row)
}
