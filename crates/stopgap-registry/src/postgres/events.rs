//! The audit log in SQL.

use chrono::{DateTime, Utc};
use stopgap::{Name, RecordId};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{
    columns::{Columns, bucket_of, json, rows, uuid},
    open::{Open, own},
};
use crate::{
    event::{Event, EventFilter, EventKind},
    store::Result,
};

pub(super) fn append(open: &mut Open<'_>, event: &Event) -> Result<()> {
    let text = |name: &Name| name.as_str().to_owned();
    open.send(
        "INSERT INTO stopgap.events
            (tenant, bucket, id, actor, role, kind, user_name, subject, detail, reason, context)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        own![
            open.tenant().to_owned(),
            bucket_of(event.id.as_bytes()),
            uuid(event.id),
            text(&event.actor),
            event.role.as_str(),
            event.kind.as_str(),
            event.user.as_ref().map(text),
            event.subject.clone(),
            event.detail.clone(),
            event.reason.clone(),
            event.context.as_ref().map(json).transpose()?,
        ],
    )
}

/// The columns that [`read`] reads.
macro_rules! columns {
    () => {
        "id, actor, role, kind, user_name, subject, detail, reason, context"
    };
}

/// A selection by an index that has the order of the result.
macro_rules! ordered {
    ($which:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM stopgap.events WHERE tenant = $1 AND id >= $2 AND id < $3 ",
            $which,
            " ORDER BY id DESC LIMIT $4"
        )
    };
}

/// A selection of the newest events of each bucket, and of those the newest.
macro_rules! gathered {
    ($which:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM generate_series(0, 15) AS buckets (number) CROSS JOIN LATERAL (
                SELECT ",
            columns!(),
            " FROM stopgap.events
                WHERE tenant = $1 AND bucket = number AND id >= $2 AND id < $3 ",
            $which,
            " ORDER BY id DESC LIMIT $4) AS newest ORDER BY id DESC LIMIT $4"
        )
    };
}

pub(super) fn list(open: &mut Open<'_>, filter: &EventFilter) -> Result<Vec<Event>> {
    let id_at = |instant: DateTime<Utc>| uuid(RecordId::first_at(instant));
    let since = filter.since.map_or(Uuid::nil(), id_at);
    let until = filter.until.map_or(Uuid::max(), id_at);
    let before = filter.before.map_or(Uuid::max(), uuid).min(until);
    let tenant = open.tenant();
    let (limit, user) = (rows(filter.limit), filter.user.as_ref().map(Name::as_str));
    let kind = filter.kind.map(EventKind::as_str);
    let mut params: Vec<&(dyn ToSql + Sync)> = vec![&tenant, &since, &before, &limit];
    let sql = match (&user, &kind) {
        (None, None) => gathered!(""),
        (Some(user), None) => {
            params.push(user);
            ordered!("AND user_name = $5")
        }
        (Some(user), Some(kind)) => {
            params.extend([user as &(dyn ToSql + Sync), kind]);
            ordered!("AND user_name = $5 AND kind = $6")
        }
        (None, Some(kind)) => {
            params.push(kind);
            if filter.kind == Some(EventKind::VerifyCode) {
                gathered!("AND kind = $5")
            } else {
                ordered!("AND kind = $5 AND kind <> 'online.verify'")
            }
        }
    };
    open.all("events", sql, &params, read)
}

pub(super) fn read(row: &Columns<'_>) -> Result<Event> {
    Ok(Event {
        id: row.id(0)?,
        actor: row.name(1)?,
        role: row.parse(2, str::parse)?,
        kind: row.parse(3, str::parse)?,
        user: row.name_or_none(4)?,
        subject: row.get(5)?,
        detail: row.get(6)?,
        reason: row.get(7)?,
        context: row.json_or_none(8)?,
    })
}

pub(super) use columns;
