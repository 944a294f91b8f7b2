//! Errors of the registry.

use chrono::{DateTime, Utc};
use stopgap::{
    Forbidden, InvalidValue, IssueError, KeyError, KeyId, LifecycleError, Name, NameError,
    RecordId, Refusal, SysRng, offline::RequestError, rand_core::TryRng,
};

use crate::{
    id_prefix::IdPrefix,
    store::{Cause, StoreError},
};

/// The error of the operating system's random number generator.
pub type RandomError = <SysRng as TryRng>::Error;

/// The reason why a call of the registry failed. Nothing is half done.
///
/// `Display` and [`reason`](Self::reason) are for the log;
/// [`Refusal::public_message`] has the sentence for the person who typed a code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A code, its user or its record was refused, or the clock is wrong.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The actor's role does not suffice.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A request code has no answer.
    #[error(transparent)]
    Request(RequestError),
    /// The lifecycle of a security code does not allow this change.
    #[error(transparent)]
    Lifecycle(LifecycleError),
    /// A text is not the name of a user, a machine, a tenant or a preset.
    #[error(transparent)]
    InvalidName(#[from] NameError),
    /// A policy, a validity or a description is not valid.
    #[error(transparent)]
    InvalidValue(InvalidValue),
    /// The code would have expired when it is issued.
    #[error("the code would have expired at {expires_at}; choose a later start")]
    NeverValid {
        /// The expiry that the code would have.
        expires_at: DateTime<Utc>,
    },
    /// One code of a batch was not issued, and so none was.
    #[error("number {}: {source}", .index.saturating_add(1))]
    Batch {
        /// The place of the code in the batch, from 0.
        index: usize,
        /// The reason.
        source: Box<Self>,
    },
    /// The codes could not be written down, and so none was issued.
    #[error("the codes were not written down, and so none was issued: {0}")]
    NotKept(#[source] Cause),
    /// There is no such code that could be revoked.
    #[error("there is no such code that is still valid; there is nothing to revoke")]
    NoCode,
    /// No id begins like this.
    #[error("no id begins with {id}: list the codes, and pass an id as the list shows it")]
    UnknownId {
        /// The beginning of the id.
        id: IdPrefix,
    },
    /// Several ids begin like this.
    #[error("several ids begin with {id}: pass one of {}", listed(.candidates, *.are_all))]
    AmbiguousId {
        /// The beginning of the id.
        id: IdPrefix,
        /// At most 10 of the ids.
        candidates: Vec<RecordId>,
        /// `true` if there are no others.
        are_all: bool,
    },
    /// There is no preset of that name.
    #[error("there is no preset of that name; list the presets, or set this one")]
    NoPreset,
    /// The user is not enrolled on that machine.
    #[error("the user is not enrolled on that machine; list the user's machines")]
    NoMachine,
    /// The security code has changed since it was shown, or another one was shown.
    #[error("the security code has changed since it was shown; look again before deleting it")]
    NotConfirmed,
    /// The key ring refused the change.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The primary key was retired, perhaps by another process.
    #[error("key {id} was retired; open the registry again with the current keys")]
    KeyRetired {
        /// The key.
        id: KeyId,
    },
    /// The key is needed by codes or machines that can still be used.
    #[error(
        "key {id} is needed: codes, machines or security codes that were made with it can \
        still be used; wait until they have expired, or revoke, retire or delete them"
    )]
    KeyInUse {
        /// The key.
        id: KeyId,
    },
    /// The store was made with another key of that id.
    #[error(
        "key {id} is not the key that this store was made with; open it with the right key, \
        or add this one under another id"
    )]
    WrongKey {
        /// The id.
        id: KeyId,
    },
    /// The store has no tenant of that name.
    #[error("the store has no tenant {tenant}; add it first, or see to the spelling")]
    NoTenant {
        /// The name.
        tenant: Name,
    },
    /// The store has a tenant of that name already.
    #[error("the store has the tenant {tenant} already")]
    TenantExists {
        /// The name.
        tenant: Name,
    },
    /// The registry's clock is not that of the store.
    #[error(
        "the clock differs from the store's by {seconds} seconds; set it right, or allow more by \
        the clock tolerance"
    )]
    ClockDiffers {
        /// The seconds by which it is ahead; negative if it is behind.
        seconds: i64,
    },
    /// Events must be kept for longer than the purge was told.
    #[error(
        "events must be kept for {days} days; purge older ones only, or let a super administrator \
        lower the retention of the log"
    )]
    LogRetention {
        /// The days for which they must be kept.
        days: u32,
    },
    /// The source of keys failed.
    #[error("the keys cannot be read: {0}")]
    KeySource(#[source] Cause),
    /// The random number generator failed.
    #[error("no random numbers: {0}")]
    Random(#[source] RandomError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Returns ids in one line, and an ellipsis if there are others.
fn listed(ids: &[RecordId], are_all: bool) -> String {
    let mut ids: Vec<String> = ids.iter().map(RecordId::to_string).collect();
    if !are_all {
        ids.push("…".into());
    }
    ids.join(", ")
}

/// The kind of an [`Error`], by the party that can act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A refusal: the system works.
    Refused,
    /// An invalid request: correct the arguments.
    Invalid,
    /// A fault of the store, its key or the machine.
    Store,
}

impl Error {
    /// Returns one word for the log, which never changes: those of the core's errors,
    /// `forbidden`, `invalid_name`, `never_valid`, `not_kept`, `no_code`, `unknown_id`,
    /// `ambiguous_id`, `no_preset`,
    /// `no_machine`, `not_confirmed`, `key_exists`, `primary_key`, `key_missing`,
    /// `invalid_key`, `key_retired`, `key_in_use`, `wrong_key`, `no_tenant`,
    /// `tenant_exists`, `clock_differs`,
    /// `log_retention`, `key_source`, `random`, and those of [`StoreError`].
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Forbidden(_) => "forbidden",
            Self::Request(error) => error.reason(),
            Self::Lifecycle(error) => error.reason(),
            Self::InvalidName(_) => "invalid_name",
            Self::InvalidValue(error) => error.reason(),
            Self::NeverValid { .. } => "never_valid",
            Self::Batch { source, .. } => source.reason(),
            Self::NotKept(_) => "not_kept",
            Self::NoCode => "no_code",
            Self::UnknownId { .. } => "unknown_id",
            Self::AmbiguousId { .. } => "ambiguous_id",
            Self::NoPreset => "no_preset",
            Self::NoMachine => "no_machine",
            Self::NotConfirmed => "not_confirmed",
            Self::Key(KeyError::Duplicate { .. }) => "key_exists",
            Self::Key(KeyError::Primary { .. }) => "primary_key",
            Self::Key(KeyError::Missing { .. }) => "key_missing",
            Self::Key(_) => "invalid_key",
            Self::KeyRetired { .. } => "key_retired",
            Self::KeyInUse { .. } => "key_in_use",
            Self::WrongKey { .. } => "wrong_key",
            Self::NoTenant { .. } => "no_tenant",
            Self::TenantExists { .. } => "tenant_exists",
            Self::ClockDiffers { .. } => "clock_differs",
            Self::LogRetention { .. } => "log_retention",
            Self::KeySource(_) => "key_source",
            Self::Random(_) => "random",
            Self::Store(error) => error.reason(),
        }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidName(_)
            | Self::InvalidValue(_)
            | Self::NeverValid { .. }
            | Self::LogRetention { .. }
            | Self::AmbiguousId { .. }
            | Self::Refused(
                Refusal::InvalidIdempotencyKey { .. }
                | Refusal::IdempotencyKeyExpired
                | Refusal::IdempotencyKeyReused,
            ) => ErrorKind::Invalid,
            Self::Random(_)
            | Self::WrongKey { .. }
            | Self::NoTenant { .. }
            | Self::KeyRetired { .. }
            | Self::ClockDiffers { .. }
            | Self::KeySource(_)
            | Self::NotKept(_)
            | Self::Store(_) => ErrorKind::Store,
            Self::Batch { source, .. } => source.kind(),
            _ => ErrorKind::Refused,
        }
    }
}

impl Error {
    /// Returns the error of a call that had changed the store before: it is not known if all of
    /// the call was done.
    pub(crate) fn after_a_change(self) -> Self {
        match self {
            Self::Store(error) if error.outcome_is_known() => {
                StoreError::Unknown(error.into()).into()
            }
            other => other,
        }
    }
}

/// A time that is out of range is that of a wrong clock, whatever noticed it.
impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        match error {
            InvalidValue::TimeOutOfRange => Self::Refused(Refusal::TimeOutOfRange),
            other => Self::InvalidValue(other),
        }
    }
}

impl From<IssueError<RandomError>> for Error {
    fn from(error: IssueError<RandomError>) -> Self {
        match error {
            IssueError::InvalidName(name) => Self::InvalidName(name),
            IssueError::InvalidValue(value) => value.into(),
            IssueError::Forbidden(forbidden) => Self::Forbidden(forbidden),
            IssueError::NeverValid { expires_at } => Self::NeverValid { expires_at },
            IssueError::Lifecycle(error) => error.into(),
            IssueError::Random(random) => Self::Random(random),
            // Does not happen: the core has no other error.
            other => Self::Store(StoreError::Other(other.into())),
        }
    }
}

impl From<LifecycleError> for Error {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::Forbidden(forbidden) => Self::Forbidden(forbidden),
            LifecycleError::InvalidValue(value) => value.into(),
            LifecycleError::Record(refusal) => Self::Refused(refusal),
            other => Self::Lifecycle(other),
        }
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::InvalidName(name) => Self::InvalidName(name),
            RequestError::InvalidValue(value) => value.into(),
            other => Self::Request(other),
        }
    }
}
