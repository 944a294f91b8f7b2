//! What SQLite says, in the words of the contract.

use rusqlite::{Error, ErrorCode, ffi};

use crate::store::StoreError;

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        // The index of the log lies in a file of its own, which has room or not.
        let no_room = |cause: &ffi::Error| cause.extended_code == ffi::SQLITE_IOERR_SHMSIZE;
        if error.sqlite_error().is_some_and(no_room) {
            return Self::Full(error.into());
        }
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
