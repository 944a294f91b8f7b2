//! What SQLite says, in the words of the contract.

use rusqlite::{Error, ErrorCode};

use crate::store::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let Some(code) = error.sqlite_error_code() else {
            return Self::Other(error.into());
        };
        match code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked(error.into()),
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly(error.into()),
            ErrorCode::DiskFull => Self::Full(error.into()),
            ErrorCode::NotADatabase => Self::Foreign(Some(error.into())),
            ErrorCode::DatabaseCorrupt => Self::Damaged(Some(error.into())),
            ErrorCode::ConstraintViolation => Self::Conflict(Some(error.into())),
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed => Self::Io(error.into()),
            _ => Self::Other(error.into()),
        }
    }
}
