//! What a registry answers where it does not do what it was asked for.

use stopgap::{
    CreateError, DescriptionError, Forbidden, IssueError, KeyId, KeyRingError, LifeError,
    NameError, Refusal, SysRng, YearOutOfRange,
    offline::{AnswerError, GenerationsExhausted},
    rand_core::TryRng,
};

use crate::store::{Cause, StoreError};

/// The operating system has no random numbers.
pub type RandomError = <SysRng as TryRng>::Error;

/// Why a registry did not do what it was asked for. Nothing is half done.
///
/// `Display` and [`reason`](Self::reason) are for the log;
/// [`Refusal::public_message`] has the sentence for the person who typed a code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A code was refused, or the clock is wrong.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The actor's role does not suffice.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// A request code has no answer.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// A security code cannot be changed so.
    #[error(transparent)]
    Life(#[from] LifeError),
    /// A user, a machine, a tenant, a preset or an attempt has no such name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A description is too long, or not one line of text.
    #[error(transparent)]
    Description(#[from] DescriptionError),
    /// The code would expire before it may first be used.
    #[error(transparent)]
    Issue(IssueError<RandomError>),
    /// A security code cannot be made so.
    #[error(transparent)]
    Create(CreateError<RandomError>),
    /// One of many codes cannot be issued, and so none was.
    #[error("number {}: {source}", .index.saturating_add(1))]
    Batch {
        /// Which one, from 0.
        index: usize,
        /// Why.
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
    /// The security code is not what was shown any more, or another one was.
    #[error("the security code has changed since it was shown; look again before deleting it")]
    NotConfirmed,
    /// The attempt id was used for something else.
    #[error("this attempt id was used for another request; make a new one for each")]
    AttemptReused,
    /// What a key ring refuses.
    #[error(transparent)]
    Key(#[from] KeyRingError),
    /// The key that would issue was retired, perhaps by another process.
    #[error("key {id} was retired; open the registry anew with the keys that there are now")]
    KeyRetired {
        /// The key.
        id: KeyId,
    },
    /// Something that still lives was made with that key.
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
    /// There were no random numbers.
    #[error("no random numbers: {0}")]
    Random(#[source] RandomError),
    /// The store could not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whose turn it is after an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The system works, and says no.
    Refused,
    /// What was asked for makes no sense as it stands: mend the request.
    Invalid,
    /// The store, its key or the machine is in trouble: mend that.
    Store,
}

impl Error {
    /// One word for the log, which never changes: those of the core's errors,
    /// `not_kept`, `no_code`, `no_preset`, `no_machine`, `generations_exhausted`,
    /// `not_confirmed`, `attempt_reused`, `key_exists`, `key_issues`, `key_missing`, `key_in_use`, `key_retired`,
    /// `wrong_key`, `random`, and those of [`StoreError`].
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Forbidden(_) => "forbidden",
            Self::Answer(error) => error.reason(),
            Self::Life(error) => error.reason(),
            Self::Name(_) => "name",
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

    /// Whose turn it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Name(_)
            | Self::Description(_)
            | Self::Issue(IssueError::User(_) | IssueError::NeverValid { .. })
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
            IssueError::User(name) => Self::Name(name),
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
