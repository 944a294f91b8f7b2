//! Errors of the registry.

use stopgap::{
    CreateError, DescriptionError, Forbidden, IssueError, KeyId, KeyRingError, LifeError,
    NameError, PolicyError, Refusal, SysRng, YearOutOfRange,
    offline::{AnswerError, GenerationsExhausted},
    rand_core::TryRng,
};

use crate::store::{Cause, StoreError};

/// The error of the operating system's random number generator.
pub type RandomError = <SysRng as TryRng>::Error;

/// The reason why a call of the registry failed. Nothing is half done.
///
/// `Display` and [`reason`](Self::reason) are for the log;
/// [`Refusal::public_message`] has the sentence for the person who typed a code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A code or its user was refused, or the clock is wrong.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The actor's role does not suffice.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A request code has no answer.
    #[error(transparent)]
    Answer(AnswerError),
    /// The lifecycle of a security code does not allow this change.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// A text is not the name of a user, a machine, a tenant, a preset or an attempt.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A policy is not valid.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A description is too long, or not one line of text.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// The code would have expired when it is issued.
    #[error(transparent)]
    Issue(IssueError<RandomError>),
    /// The security code was not created.
    #[error(transparent)]
    Create(CreateError<RandomError>),
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
    /// The user has no code that could be revoked.
    #[error("the user has no code that is still valid; there is nothing to revoke")]
    NoCode,
    /// There is no preset of that name.
    #[error("there is no preset of that name; list the presets, or set this one")]
    NoPreset,
    /// The user is not enrolled on that machine.
    #[error("the user is not enrolled on that machine; list the user's machines")]
    NoMachine,
    /// The machine was enrolled too often.
    #[error(transparent)]
    Generations(#[from] GenerationsExhausted),
    /// The security code has changed since it was shown, or another one was shown.
    #[error("the security code has changed since it was shown; look again before deleting it")]
    NotConfirmed,
    /// The attempt id was used for something else.
    #[error("this attempt id was used for another request; make a new one for each")]
    AttemptReused,
    /// The key ring refused the change.
    #[error(transparent)]
    Key(#[from] KeyRingError),
    /// The key that would issue was retired, perhaps by another process.
    #[error("key {id} was retired; open the registry again with the current keys")]
    KeyRetired {
        /// The key.
        id: KeyId,
    },
    /// The key is needed by codes or machines that can still be used.
    #[error(
        "key {id} is needed: codes, machines or security codes that were made with it still \
        live; wait until they have expired, or revoke, retire or delete them"
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
    /// The random number generator failed.
    #[error("no random numbers: {0}")]
    Random(#[source] RandomError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
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
    /// `invalid_name`, `policy`, `description`, `forbidden`, `not_kept`, `no_code`,
    /// `no_preset`, `no_machine`, `generations_exhausted`, `not_confirmed`,
    /// `attempt_reused`, `key_exists`, `key_issues`, `key_missing`, `key_in_use`,
    /// `key_retired`, `wrong_key`, `random`, and those of [`StoreError`].
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Forbidden(_) => "forbidden",
            Self::Answer(error) => error.reason(),
            Self::Life(error) => error.reason(),
            Self::Name(_) => "invalid_name",
            Self::Policy(_) => "policy",
            Self::Description(_) => "description",
            Self::Issue(error) => error.reason(),
            Self::Create(error) => error.reason(),
            Self::Batch { source, .. } => source.reason(),
            Self::NotKept(_) => "not_kept",
            Self::NoCode => "no_code",
            Self::NoPreset => "no_preset",
            Self::NoMachine => "no_machine",
            Self::Generations(_) => "generations_exhausted",
            Self::NotConfirmed => "not_confirmed",
            Self::AttemptReused => "attempt_reused",
            Self::Key(KeyRingError::Duplicate { .. }) => "key_exists",
            Self::Key(KeyRingError::Newest { .. }) => "key_issues",
            Self::Key(_) => "key_missing",
            Self::KeyInUse { .. } => "key_in_use",
            Self::KeyRetired { .. } => "key_retired",
            Self::WrongKey { .. } => "wrong_key",
            Self::Random(_) => "random",
            Self::Store(error) => error.reason(),
        }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Name(_)
            | Self::Policy(_)
            | Self::Description(_)
            | Self::Issue(IssueError::NeverValid { .. })
            | Self::AttemptReused
            | Self::Life(LifeError::Description(_)) => ErrorKind::Invalid,
            Self::Issue(IssueError::Random(_))
            | Self::Random(_)
            | Self::WrongKey { .. }
            | Self::KeyRetired { .. }
            | Self::NotKept(_)
            | Self::Store(_) => ErrorKind::Store,
            Self::Batch { source, .. } => source.kind(),
            _ => ErrorKind::Refused,
        }
    }
}

impl From<YearOutOfRange> for Error {
    fn from(_: YearOutOfRange) -> Self {
        Self::Refused(Refusal::TimeOutOfRange)
    }
}

impl From<IssueError<RandomError>> for Error {
    fn from(error: IssueError<RandomError>) -> Self {
        match error {
            IssueError::InvalidName(name) => Self::Name(name),
            IssueError::Policy(policy) => Self::Policy(policy),
            IssueError::Time(time) => time.into(),
            IssueError::Random(random) => Self::Random(random),
            other => Self::Issue(other),
        }
    }
}

impl From<CreateError<RandomError>> for Error {
    fn from(error: CreateError<RandomError>) -> Self {
        match error {
            CreateError::Forbidden(forbidden) => Self::Forbidden(forbidden),
            CreateError::Description(description) => Self::Description(description),
            CreateError::Time(time) => time.into(),
            CreateError::Random(random) => Self::Random(random),
            other => Self::Create(other),
        }
    }
}

impl From<AnswerError> for Error {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::InvalidName(name) => Self::Name(name),
            AnswerError::Policy(policy) => Self::Policy(policy),
            other => Self::Answer(other),
        }
    }
}
