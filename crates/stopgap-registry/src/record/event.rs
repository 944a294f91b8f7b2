//! The audit log.

use super::{
    declaration::{Column, Declaration, Index, Only},
    encode::{Record, json},
    fields::Fields,
    table::Table,
    value::{Kind, Value},
};
use crate::{event::Event, store::Result};

pub(crate) static BY_USER: Index = Index {
    name: "events_by_user",
    columns: &["user_name", "id"],
    is_unique: false,
    only: Only::Some("user_name"),
};

/// The events of all kinds but the most frequent one, which is found as fast by its ids.
/// Each event that is not in this index is one page less to write.
pub(crate) static BY_KIND: Index = Index {
    name: "events_by_kind",
    columns: &["kind", "id"],
    is_unique: false,
    only: Only::Not("kind", "online.verify"),
};

pub(super) static TABLE: Declaration = Declaration {
    name: "events",
    columns: &[
        Column::new("id", Kind::Id),
        Column::new("actor", Kind::Text),
        Column::new("role", Kind::Text),
        Column::nullable("on_behalf_of", Kind::Text),
        Column::new("kind", Kind::Text),
        Column::new("count", Kind::Integer),
        Column::nullable("user_name", Kind::Text),
        Column::nullable("subject", Kind::Text),
        Column::nullable("detail", Kind::Text),
        Column::nullable("reason", Kind::Text),
        Column::nullable("context", Kind::Text),
    ],
    key: 1,
    version: None,
    indexes: &[&BY_USER, &BY_KIND],
    is_store_wide: false,
};

impl Record for Event {
    const TABLE: Table = Table::Events;

    fn values(&self) -> Vec<Value> {
        vec![
            self.id.into(),
            (&self.actor).into(),
            self.role.as_str().into(),
            self.on_behalf_of.as_ref().into(),
            self.kind.as_str().into(),
            self.count.into(),
            self.user.as_ref().into(),
            self.subject.clone().into(),
            self.detail.clone().into(),
            self.reason.clone().into(),
            self.context.as_ref().map(json).into(),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        Ok(Self {
            id: fields.id()?,
            actor: fields.name()?,
            role: fields.parsed()?,
            on_behalf_of: fields.name_or_none()?,
            kind: fields.parsed()?,
            count: fields.number()?,
            user: fields.name_or_none()?,
            subject: fields.text_or_none()?,
            detail: fields.text_or_none()?,
            reason: fields.text_or_none()?,
            context: fields.json_or_none()?,
        })
    }
}
