//! What PostgreSQL says, in the words of the contract.

use std::{error::Error as _, io};

use tokio_postgres::{Error, error::SqlState};

use crate::store::{Cause, StoreError};

/// What kept a statement from its answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There are no threads or no files left for a connection.
    Runtime(io::Error),
    /// The deadline has passed.
    TooLate,
    /// The server said no, or nothing more.
    Client(Error),
    /// A row holds what nothing here writes.
    Row(StoreError),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl Trouble {
    /// Where no commit was sent: nothing was done.
    pub(super) fn before_commit(self) -> StoreError {
        match self {
            Self::Runtime(error) => StoreError::Other(error.into()),
            Self::TooLate => StoreError::TimedOut(TOO_LATE.into()),
            Self::Client(error) => of_client(error),
            Self::Row(error) => error,
        }
    }

    /// Where the commit was sent: unless the server says that it has undone all, it
    /// may have been done.
    pub(super) fn after_commit(self) -> StoreError {
        match self {
            Self::Client(error) if was_undone(&error) => of_client(error),
            Self::Client(error) => StoreError::Unknown(cause(error)),
            Self::TooLate => StoreError::Unknown(TOO_LATE.into()),
            Self::Runtime(error) => StoreError::Unknown(error.into()),
            Self::Row(error) => error,
        }
    }

    /// Whether it will not mend itself while somebody waits: no thread, a wrong
    /// password, or a certificate that is not accepted.
    pub(super) fn is_lasting(&self) -> bool {
        match self {
            Self::Runtime(_) => true,
            Self::TooLate | Self::Row(_) => false,
            Self::Client(error) => is_refused(error) || is_about_tls(error),
        }
    }

    /// Where there was no connection yet.
    pub(super) fn at_connecting(self, server: &str) -> StoreError {
        let server = server.to_owned();
        let source = match self {
            Self::Runtime(error) => error.into(),
            Self::TooLate => TOO_LATE.into(),
            Self::Row(error) => return error,
            Self::Client(error) => {
                if is_refused(&error) {
                    let source = cause(error);
                    return StoreError::Denied { server, source };
                }
                cause(error)
            }
        };
        StoreError::Unreachable { server, source }
    }
}

const TOO_LATE: &str = "the deadline has passed";

/// Whether the server knows who we are, and does not let us in.
fn is_refused(error: &Error) -> bool {
    error.code().is_some_and(|state| {
        let state = state.code();
        state.starts_with("28") || state.starts_with("3D") || state == "42501"
    })
}

fn is_about_tls(error: &Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref());
    source
        .and_then(io::Error::get_ref)
        .and_then(|source| source.downcast_ref::<rustls::Error>())
        .is_some()
}

/// Whether the server says that the statement, and so its transaction, was undone.
/// One that ends the session says nothing of the kind: it may be told to stop between
/// the commit and its answer.
fn was_undone(error: &Error) -> bool {
    error.as_db_error().is_some_and(|said| {
        said.severity() == "ERROR" && *said.code() != SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN
    })
}

fn of_client(error: Error) -> StoreError {
    let Some(said) = error.as_db_error() else {
        return if error.is_closed() {
            StoreError::Lost(cause(error))
        } else {
            StoreError::Other(cause(error))
        };
    };
    let ends_session = matches!(said.severity(), "FATAL" | "PANIC");
    let state = said.code().clone();
    let cause = cause(error);
    match state.code() {
        "40001" | "40P01" | "55P03" => StoreError::Locked(cause),
        "23505" => StoreError::Conflict(Some(cause)),
        "25006" => StoreError::ReadOnly(cause),
        // Which server it is, the pool knows.
        "42501" => StoreError::Denied {
            server: String::new(),
            source: cause,
        },
        "57014" => StoreError::TimedOut(cause),
        "53100" => StoreError::Full(cause),
        "58030" => StoreError::Io(cause),
        "XX001" | "XX002" | "3F000" | "42P01" | "42703" => StoreError::Damaged(Some(cause)),
        _ if ends_session => StoreError::Lost(cause),
        _ => StoreError::Other(cause),
    }
}

/// What the server said, or what the client met. The client's own words say less.
fn cause(error: Error) -> Cause {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()).into(),
        None => match error.source() {
            Some(source) => format!("{error}: {source}").into(),
            None => error.into(),
        },
    }
}
