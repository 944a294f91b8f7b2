//! The heads of users: their throttles, and the numbers of their changes.

use chrono::{DateTime, Utc};
use stopgap::{Sealed, Throttle, UserHead};

use super::{
    declaration::{Column, Declaration, Index, Only},
    encode::Record,
    fields::Fields,
    table::Table,
    value::{Kind, Value},
};
use crate::store::Result;

/// The heads by strangers and others, and then by the last failure.
pub(crate) static BY_FAILURE: Index = Index {
    name: "heads_by_failure",
    columns: &["is_stranger", "failed_at"],
    is_unique: false,
    only: Only::All,
};

pub(super) static TABLE: Declaration = Declaration {
    name: "heads",
    columns: &[
        Column::new("user_name", Kind::Text),
        Column::new("key_id", Kind::Integer),
        Column::new("failures", Kind::Integer),
        Column::nullable("locked_until", Kind::Instant),
        Column::new("changes", Kind::Integer),
        Column::new("tag", Kind::Bytes),
        Column::new("is_stranger", Kind::Integer),
        Column::new("failed_at", Kind::Instant),
    ],
    key: 1,
    version: Some("tag"),
    indexes: &[&BY_FAILURE],
    is_store_wide: false,
};

/// The head of a user.
#[derive(Clone, Debug)]
pub(crate) struct HeadRow {
    /// The sealed head.
    pub(crate) sealed: Sealed<UserHead>,
    /// `true` if the user never had a code or a machine: perhaps the name is made up.
    pub(crate) is_stranger: bool,
    /// The time of the last failure, or of the first change if there was none.
    pub(crate) failed_at: DateTime<Utc>,
}

impl Record for HeadRow {
    const TABLE: Table = Table::Heads;

    fn values(&self) -> Vec<Value> {
        let head = self.sealed.unverified();
        vec![
            (&head.user).into(),
            head.key_id.into(),
            head.throttle.failures.into(),
            head.throttle.locked_until.into(),
            head.changes.into(),
            self.sealed.tag().into(),
            self.is_stranger.into(),
            self.failed_at.into(),
        ]
    }

    fn read(fields: &mut Fields<'_>) -> Result<Self> {
        let head = UserHead {
            user: fields.name()?,
            key_id: fields.key_id()?,
            throttle: Throttle {
                failures: fields.number()?,
                locked_until: fields.instant_or_none()?,
            },
            changes: fields.number()?,
        };
        Ok(Self {
            sealed: Sealed::from_parts(head, fields.tag()?),
            is_stranger: fields.is_true()?,
            failed_at: fields.instant()?,
        })
    }
}
