//! Errors of PostgreSQL, as those of the contract.

use std::{error::Error as _, io};

use tokio_postgres::{Error, error::SqlState};

use super::auth::NotAllowed;
use crate::store::{Cause, StoreError};

/// The reason for which a statement has no result.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The system has no thread or no file left for a connection.
    Runtime(io::Error),
    /// The deadline has passed.
    TooLate,
    /// The server returned an error, or closed the connection.
    Client(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

impl Trouble {
    /// Returns the error if no commit was sent: nothing was done.
    pub(super) fn before_commit(self) -> StoreError {
        match self {
            Self::Runtime(error) => StoreError::Other(error.into()),
            Self::TooLate => StoreError::TimedOut(TOO_LATE.into()),
            Self::Client(error) => of_client(error),
        }
    }

    /// Returns the error if the commit was sent: unless the server reports that it has undone
    /// the transaction, it may have been done.
    pub(super) fn after_commit(self) -> StoreError {
        match self {
            Self::Client(error) if was_undone(&error) => of_client(error),
            Self::Client(error) => StoreError::Unknown(cause(error)),
            Self::TooLate => StoreError::Unknown(TOO_LATE.into()),
            Self::Runtime(error) => StoreError::Unknown(error.into()),
        }
    }

    /// Returns `true` if the server returned an error.
    pub(super) fn is_of_server(&self) -> bool {
        match self {
            Self::Client(error) => error.as_db_error().is_some(),
            Self::Runtime(_) | Self::TooLate => false,
        }
    }

    /// Returns `true` if waiting does not help: there is no thread, the password is wrong, or
    /// a certificate is not accepted.
    pub(super) fn is_lasting(&self) -> bool {
        match self {
            Self::Runtime(_) => true,
            Self::TooLate => false,
            Self::Client(error) => {
                is_refused(error)
                    || is_about::<rustls::Error>(error)
                    || is_about::<NotAllowed>(error)
            }
        }
    }

    /// Returns the error if there was no connection yet.
    pub(super) fn at_connecting(self, server: &str) -> StoreError {
        let server = server.to_owned();
        let source = match self {
            Self::Runtime(error) => error.into(),
            Self::TooLate => TOO_LATE.into(),
            Self::Client(error) => {
                if is_refused(&error) || is_about::<NotAllowed>(&error) {
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

/// Returns `true` if the server refuses this user.
fn is_refused(error: &Error) -> bool {
    error.code().is_some_and(|state| {
        let state = state.code();
        state.starts_with("28") || state.starts_with("3D") || state == "42501"
    })
}

/// Returns `true` if the stream failed with an error of this type.
fn is_about<E: std::error::Error + 'static>(error: &Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref());
    let cause = source.and_then(io::Error::get_ref);
    cause.and_then(|cause| cause.downcast_ref::<E>()).is_some()
}

/// Returns `true` if the server reports that the statement, and so its transaction, was
/// undone. An error that ends the session does not report that: the session may be ended
/// between the commit and its answer.
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
        // A statement divides by zero if a row has another version than that which was loaded.
        "23505" | "22012" => StoreError::Conflict(Some(cause)),
        "25006" => StoreError::ReadOnly(cause),
        // The pool adds the server.
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

/// Returns the message of the server, or the source of the client's error, which says more
/// than the error itself.
fn cause(error: Error) -> Cause {
    match error.as_db_error() {
        Some(said) => format!("{} ({})", said.message(), said.code().code()).into(),
        None => match error.source() {
            Some(source) => format!("{error}: {source}").into(),
            None => error.into(),
        },
    }
}
