//! The errors of SQLite as those of the contract.

use std::error::Error as _;

use rusqlite::{Error, ErrorCode, ffi};

use crate::store::{Result, StoreError};

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        // The index of the log lies in a file of its own, which has room or not.
        let no_room = |cause: &ffi::Error| cause.extended_code == ffi::SQLITE_IOERR_SHMSIZE;
        if error.sqlite_error().is_some_and(no_room) {
            return Self::Full(error.into());
        }
        let is_taken = |cause: &ffi::Error| {
            let codes = [
                ffi::SQLITE_CONSTRAINT_UNIQUE,
                ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
            ];
            codes.contains(&cause.extended_code)
        };
        if error.sqlite_error().is_some_and(is_taken) {
            return Self::Conflict(Some(error.into()));
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
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed => Self::Io(error.into()),
            _ => Self::Other(error.into()),
        }
    }
}

/// Returns the result of a transaction for another of its members.
pub(super) fn same_result(result: &Result<()>) -> Result<()> {
    result.as_ref().map_err(same).copied()
}

/// Returns an error of the same kind, if a transaction can fail with it, whose cause is the
/// text of the other's.
pub(super) fn same(error: &StoreError) -> StoreError {
    let cause = error.source().unwrap_or(error).to_string().into();
    match error {
        StoreError::Full(_) => StoreError::Full(cause),
        StoreError::Io(_) => StoreError::Io(cause),
        StoreError::Locked(_) => StoreError::Locked(cause),
        StoreError::ReadOnly(_) => StoreError::ReadOnly(cause),
        StoreError::Damaged(_) => StoreError::Damaged(Some(cause)),
        StoreError::Unknown(_) => StoreError::Unknown(cause),
        StoreError::Replaced => StoreError::Replaced,
        _ => StoreError::Other(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_member_gets_an_error_of_the_same_kind() {
        let cause = || "why".into();
        let errors = [
            StoreError::Full(cause()),
            StoreError::Io(cause()),
            StoreError::Locked(cause()),
            StoreError::ReadOnly(cause()),
            StoreError::Damaged(Some(cause())),
            StoreError::Unknown(cause()),
            StoreError::Replaced,
            StoreError::Other(cause()),
        ];
        for error in errors {
            assert_eq!(same(&error).reason(), error.reason());
        }
    }

    #[test]
    fn each_sqlite_code_has_its_reason() {
        let known = [
            (ffi::SQLITE_BUSY, "store_locked"),
            (ffi::SQLITE_LOCKED, "store_locked"),
            (ffi::SQLITE_READONLY, "store_read_only"),
            (ffi::SQLITE_PERM, "store_read_only"),
            (ffi::SQLITE_FULL, "store_full"),
            (ffi::SQLITE_NOTADB, "store_foreign"),
            (ffi::SQLITE_CORRUPT, "store_damaged"),
            (ffi::SQLITE_CONSTRAINT_UNIQUE, "store_conflict"),
            (ffi::SQLITE_CONSTRAINT_PRIMARYKEY, "store_conflict"),
            (ffi::SQLITE_CONSTRAINT_NOTNULL, "store_failed"),
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
