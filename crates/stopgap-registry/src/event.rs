//! The audit log: who did what to whom, when, and with which outcome.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer, ser::SerializeMap};
use stopgap::{Name, Role};

use crate::record_id::RecordId;

/// One line of the audit log. It never holds a code, a digest or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name, which knows when it was.
    pub id: RecordId,
    /// Who acted. Whoever presents a code acts in the name of its user.
    pub actor: Name,
    /// As what.
    pub role: Role,
    /// What was done, or refused.
    pub kind: EventKind,
    /// To which user.
    pub user: Option<Name>,
    /// To which machine, code, security code, preset or key.
    pub subject: Option<String>,
    /// More about it, for people: a purpose, an expiry, a count.
    pub detail: Option<String>,
    /// Why it was refused; none where it was done.
    pub reason: Option<String>,
}

impl Event {
    /// When it was.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.id.made_at()
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("at", &self.at())?;
        map.serialize_entry("actor", &self.actor)?;
        map.serialize_entry("role", &self.role)?;
        map.serialize_entry("kind", self.kind.as_str())?;
        map.serialize_entry("user", &self.user)?;
        map.serialize_entry("subject", &self.subject)?;
        map.serialize_entry("detail", &self.detail)?;
        map.serialize_entry("reason", &self.reason)?;
        map.end()
    }
}

/// Which events to show; by default the newest hundred.
#[derive(Clone, Debug)]
pub struct EventFilter {
    /// Of this user alone.
    pub user: Option<Name>,
    /// Of this kind alone.
    pub kind: Option<EventKind>,
    /// From this instant on.
    pub since: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Older than this event: the last one of the page before.
    pub before: Option<RecordId>,
    /// At most so many.
    pub limit: usize,
}

impl Default for EventFilter {
    fn default() -> Self {
        Self {
            user: None,
            kind: None,
            since: None,
            until: None,
            before: None,
            limit: 100,
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What was done, or refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventKind {
            $($(#[$doc])* $variant,)*
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// One word for it, which never changes: `online.issue`.
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
    /// An online code was presented.
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
    /// A security code was given another expiry.
    EditSecurityCode = "security.edit",
    /// A security code was made permanent.
    MakeSecurityCodePermanent = "security.permanent",
    /// A security code was given 24 hours from now.
    ResetSecurityCode = "security.reset",
    /// An expired security code was brought back.
    ReactivateSecurityCode = "security.reactivate",
    /// A security code was described anew.
    DescribeSecurityCode = "security.describe",
    /// Somebody asked to delete a security code, and was shown which.
    RequestDeletion = "security.request_deletion",
    /// A security code was deleted.
    DeleteSecurityCode = "security.delete",
    /// A security code was presented; noted once a minute.
    Authenticate = "security.authenticate",
    /// A user's throttle was looked at.
    ShowThrottle = "throttle.show",
    /// A user's throttle was reset.
    ResetThrottle = "throttle.reset",
    /// A key was added.
    AddKey = "key.add",
    /// The keys were listed.
    ListKeys = "key.list",
    /// A key was retired.
    RetireKey = "key.retire",
    /// The clock was accepted as it is.
    AcceptClock = "clock.accept",
    /// Old records were deleted.
    Purge = "purge",
    /// The log was read.
    ReadLog = "log.read",
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
    fn each_kind_has_its_word() {
        for kind in EventKind::ALL.iter().copied() {
            assert_eq!(kind.to_string(), kind.as_str());
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!(format!("{:>8}", EventKind::Purge), "   purge");
        assert_eq!("Purge".parse::<EventKind>(), Err(EventKindError));
    }
}
