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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_word() {
        let known = [
            (ffi::SQLITE_BUSY, "store_locked"),
            (ffi::SQLITE_LOCKED, "store_locked"),
            (ffi::SQLITE_READONLY, "store_read_only"),
            (ffi::SQLITE_PERM, "store_read_only"),
            (ffi::SQLITE_FULL, "store_full"),
            (ffi::SQLITE_NOTADB, "store_foreign"),
            (ffi::SQLITE_CORRUPT, "store_damaged"),
            (ffi::SQLITE_CONSTRAINT_UNIQUE, "store_conflict"),
            (ffi::SQLITE_IOERR_READ, "store_io"),
            (ffi::SQLITE_CANTOPEN, "store_io"),
            (ffi::SQLITE_PROTOCOL, "store_io"),
            (ffi::SQLITE_IOERR_SHMSIZE, "store_full"),
            (ffi::SQLITE_MISUSE, "store_failed"),
        ];
        for (code, word) in known {
            let error = Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(StoreError::from(error).reason(), word, "{code}");
        }
        let other = StoreError::from(Error::QueryReturnedNoRows);
        assert_eq!(other.reason(), "store_failed");
    }
}
