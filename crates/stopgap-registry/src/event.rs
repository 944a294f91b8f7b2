//! The audit log: who did what to whom, when, and with which outcome.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use stopgap::{Context, Name, RecordId, Role};

use crate::record::{Record, Row, Value};

/// An event of the audit log. It never holds a code, a digest or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The id, which contains the time.
    pub id: RecordId,
    /// The actor; for a code that was verified, its user.
    pub actor: Name,
    /// The role of the actor.
    pub role: Role,
    /// The person for whom the actor acted, as the actor said.
    pub on_behalf_of: Option<Name>,
    /// The kind: the action that was done, or refused.
    pub kind: EventKind,
    /// The number of times that it was done: 1, or the number of a minute for frequent ones.
    /// It is a lower bound, because a process that ends suddenly forgets those of its last
    /// minute.
    pub count: u32,
    /// The user whom the action concerns.
    pub user: Option<Name>,
    /// The machine, code, security code, preset or key that the action concerns.
    pub subject: Option<String>,
    /// Further details for people: a purpose, an expiry, a count.
    pub detail: Option<String>,
    /// The reason of the refusal; `None` if the action was done.
    pub reason: Option<String>,
    /// The circumstances that the caller gave; `None` if it gave none.
    pub context: Option<EventContext>,
}

impl Event {
    /// Returns the time of the event.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.id.created_at()
    }
}

impl Event {
    /// Reads an event. One that cannot be read is of the kind [`EventKind::Damaged`], and says
    /// why.
    pub(crate) fn shown(row: &Row) -> Self {
        let error = match Self::of(row) {
            Ok(event) => return event,
            Err(error) => error,
        };
        let id = match row.value("id") {
            Value::Id(id) => *id,
            _ => RecordId::from_bytes([0; 16]),
        };
        Self {
            id,
            actor: Name::new("unknown").unwrap_or_else(|_| unreachable!("it is a name")),
            role: Role::User,
            on_behalf_of: None,
            kind: EventKind::Damaged,
            count: 1,
            user: None,
            subject: None,
            detail: Some(error.to_string()),
            reason: None,
            context: None,
        }
    }
}

/// The circumstances of a request, as the log stores them: the caller's
/// [`Context`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventContext {
    /// The network address from which the request came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_address: Option<String>,
    /// The caller's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The reason for which a code was issued or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The ticket of the help desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

impl EventContext {
    /// Returns what the caller gave; `None` if it gave nothing.
    pub(crate) fn of(context: &Context<'_>) -> Option<Self> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let context = Self {
            source_address: owned(context.source_address),
            request_id: owned(context.request_id),
            reason: owned(context.reason),
            ticket: owned(context.ticket),
        };
        (context != Self::default()).then_some(context)
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("at", &self.at())?;
        map.serialize_entry("actor", &self.actor)?;
        map.serialize_entry("role", &self.role)?;
        map.serialize_entry("on_behalf_of", &self.on_behalf_of)?;
        map.serialize_entry("kind", self.kind.as_str())?;
        map.serialize_entry("count", &self.count)?;
        map.serialize_entry("user", &self.user)?;
        map.serialize_entry("subject", &self.subject)?;
        map.serialize_entry("detail", &self.detail)?;
        map.serialize_entry("reason", &self.reason)?;
        map.serialize_entry("context", &self.context)?;
        map.end()
    }
}

/// A selection of events; by default the newest hundred.
#[derive(Clone, Debug)]
pub struct EventFilter {
    /// Only events about this user.
    pub user: Option<Name>,
    /// Only events of this kind.
    pub kind: Option<EventKind>,
    /// Only events of this actor, or of an actor on behalf of this person.
    pub actor: Option<Name>,
    /// Only events with this outcome.
    pub outcome: Option<Outcome>,
    /// Only the event with this id, and events about the record with it. A beginning is enough,
    /// also one of the last 8 symbols; hyphens and case do not matter.
    pub id: Option<String>,
    /// Only events from this instant on.
    pub since: Option<DateTime<Utc>>,
    /// Only events before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Only events older than this one: the last one of the page before.
    pub before: Option<RecordId>,
    /// The highest number of events.
    pub limit: usize,
}

impl Default for EventFilter {
    fn default() -> Self {
        Self {
            user: None,
            kind: None,
            actor: None,
            outcome: None,
            id: None,
            since: None,
            until: None,
            before: None,
            limit: 100,
        }
    }
}

impl EventFilter {
    /// Returns `true` if an event has the wanted kind, actor, outcome and id. A damaged event
    /// is wanted always.
    pub(crate) fn is_match(&self, event: &Event) -> bool {
        let by_actor = |actor: &Name| {
            event.actor == *actor || event.on_behalf_of.as_ref().is_some_and(|of| of == actor)
        };
        event.kind == EventKind::Damaged
            || (self.kind.is_none_or(|kind| kind == event.kind)
                && self.actor.as_ref().is_none_or(by_actor)
                && self
                    .outcome
                    .as_ref()
                    .is_none_or(|outcome| outcome.is_of(event))
                && self.id.as_deref().is_none_or(|id| has_id(event, id)))
    }

    /// Returns `true` if an event is also about the wanted user, and in the wanted time.
    pub(crate) fn is_wanted(&self, event: &Event) -> bool {
        let at = event.at();
        self.is_match(event)
            && (self.user.is_none() || self.user == event.user)
            && self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at < until)
    }

    /// Returns `true` if the index by kind or user does not select all wanted events.
    pub(crate) const fn looks_at_each(&self) -> bool {
        self.actor.is_some() || self.outcome.is_some() || self.id.is_some()
    }
}

/// Returns `true` if an event has an id, or is about a record with it.
fn has_id(event: &Event, id: &str) -> bool {
    let plain = |text: &str| text.replace('-', "").to_ascii_lowercase();
    let begin = plain(id);
    let ids = [Some(event.id.to_string()), event.subject.clone()];
    ids.iter().flatten().map(|id| plain(id)).any(|id| {
        let last = id.len().checked_sub(SHORT).and_then(|at| id.get(at..));
        !begin.is_empty()
            && (id.starts_with(&begin) || last.is_some_and(|last| last.starts_with(&begin)))
    })
}

/// The symbols of the short form of an id.
const SHORT: usize = 8;

/// An outcome of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, for any reason.
    Refused,
    /// It was refused for this reason.
    Reason(String),
}

impl Outcome {
    fn is_of(&self, event: &Event) -> bool {
        match (self, &event.reason) {
            (Self::Done, None) | (Self::Refused, Some(_)) => true,
            (Self::Reason(wanted), Some(reason)) => wanted == reason,
            _ => false,
        }
    }
}

impl From<&str> for Outcome {
    /// Reads `done`, `refused`, or the word of a reason.
    fn from(word: &str) -> Self {
        match word {
            "done" => Self::Done,
            "refused" => Self::Refused,
            reason => Self::Reason(reason.into()),
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// The kind of an [`Event`]: the action that was done, or refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[$doc])* $variant,)*
        }

        impl EventKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns one word for it, which never changes: `online.issue`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

kinds! {
    /// An online code was issued.
    IssueCode = "online.issue",
    /// An online code was verified.
    VerifyCode = "online.verify",
    /// Online codes were listed.
    ListCodes = "online.list",
    /// An online code was revoked.
    RevokeCode = "online.revoke",
    /// A preset was set.
    SetPreset = "preset.set",
    /// The presets were listed.
    ListPresets = "preset.list",
    /// A preset was removed.
    RemovePreset = "preset.remove",
    /// A user was enrolled on a machine.
    EnrolMachine = "machine.enrol",
    /// A user's machines were listed.
    ListMachines = "machine.list",
    /// A user's enrolment on a machine was retired.
    RetireMachine = "machine.retire",
    /// A request code was answered.
    AnswerRequest = "offline.answer",
    /// A security code was created.
    CreateSecurityCode = "security.create",
    /// Security codes were listed.
    ListSecurityCodes = "security.list",
    /// The expiry of a security code was set.
    EditSecurityCode = "security.edit",
    /// A security code was made permanent.
    MakeSecurityCodePermanent = "security.permanent",
    /// The 24-hour lifetime of a security code was restarted.
    ResetSecurityCode = "security.reset",
    /// An expired security code was reactivated.
    ReactivateSecurityCode = "security.reactivate",
    /// A security code was replaced by a new one.
    RotateSecurityCode = "security.rotate",
    /// The description of a security code was set.
    DescribeSecurityCode = "security.describe",
    /// The deletion of a security code was requested, and is not confirmed yet.
    RequestDeletion = "security.request_deletion",
    /// A security code was deleted.
    DeleteSecurityCode = "security.delete",
    /// A security code was authenticated; the uses of a minute have one event, after the first.
    Authenticate = "security.authenticate",
    /// A user's throttle was shown.
    ShowThrottle = "throttle.show",
    /// A user was unlocked.
    Unlock = "throttle.unlock",
    /// A key was added.
    AddKey = "key.add",
    /// The keys were listed.
    ListKeys = "key.list",
    /// A key was retired.
    RetireKey = "key.retire",
    /// The clock was accepted as it is.
    AcceptClock = "clock.accept",
    /// The store was restored from a backup.
    RestoreStore = "store.restore",
    /// The state of the tenant was shown.
    ShowStatus = "status.show",
    /// All records were checked.
    CheckRecords = "store.check",
    /// Old records were deleted.
    Purge = "purge",
    /// The log was read.
    ReadLog = "log.read",
    /// A tenant was added.
    AddTenant = "tenant.add",
    /// The tenants were listed.
    ListTenants = "tenant.list",
    /// The days for which events are kept at least were set.
    SetLogRetention = "log.set_retention",
    /// The event was changed in the store, and cannot be read.
    Damaged = "log.damaged",
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for EventKind {
    type Err = EventKindError;

    fn from_str(text: &str) -> Result<Self, EventKindError> {
        Self::ALL
            .iter()
            .find(|kind| kind.as_str() == text)
            .copied()
            .ok_or(EventKindError)
    }
}

/// A word that names no [`EventKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such kind of event; it looks like online.issue or security.create")]
pub struct EventKindError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_name() {
        for kind in EventKind::ALL.iter().copied() {
            assert_eq!(kind.to_string(), kind.as_str());
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!(format!("{:>8}", EventKind::Purge), "   purge");
        assert_eq!("Purge".parse::<EventKind>(), Err(EventKindError));
    }
}
