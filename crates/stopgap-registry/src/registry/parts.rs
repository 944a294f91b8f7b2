//! The contents of an event, filled in while the registry decides.

use chrono::{DateTime, Utc};
use stopgap::{Actor, Context, Name, RecordId, SysRng};

use crate::{
    error::Error,
    event::{Event, EventContext, EventKind},
};

#[derive(Clone, Debug)]
pub(super) struct EventParts {
    pub(super) kind: EventKind,
    pub(super) user: Option<Name>,
    pub(super) subject: Option<String>,
    pub(super) detail: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) context: Option<EventContext>,
}

impl EventParts {
    pub(super) const fn new(kind: EventKind) -> Self {
        Self {
            kind,
            user: None,
            subject: None,
            detail: None,
            reason: None,
            context: None,
        }
    }

    pub(super) fn of(kind: EventKind, user: &Name) -> Self {
        Self {
            user: Some(user.clone()),
            ..Self::new(kind)
        }
    }

    pub(super) fn about(kind: EventKind, subject: impl ToString) -> Self {
        Self {
            subject: Some(subject.to_string()),
            ..Self::new(kind)
        }
    }

    /// Adds the circumstances that the caller gave.
    pub(super) fn context(self, context: &Context<'_>) -> Self {
        Self {
            context: EventContext::of(context),
            ..self
        }
    }

    pub(super) fn event(&self, now: DateTime<Utc>, actor: &Actor) -> Result<Event, Error> {
        Ok(Event {
            id: RecordId::new(now, &mut SysRng).map_err(Error::Random)?,
            actor: actor.name.clone(),
            role: actor.role,
            on_behalf_of: actor.on_behalf_of.clone(),
            kind: self.kind,
            count: 1,
            user: self.user.clone(),
            subject: self.subject.clone(),
            detail: self.detail.clone(),
            reason: self.reason.clone(),
            context: self.context.clone(),
        })
    }
}
