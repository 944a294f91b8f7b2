//! Errors of stores.

use std::error::Error as StdError;

/// The result of a call to a store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The error of a store's own library.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// The error of a store, and what to do about it. The call did nothing, not even in part;
/// the exceptions are [`Unknown`](Self::Unknown) and [`Replaced`](Self::Replaced).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address is not that of a store, or it or a file that it names cannot be used.
    #[error("the store's address cannot be used: {why}")]
    Address {
        /// The mistake and its correction, without any part that may be a password.
        why: String,
    },
    /// There is no such file, or it may not be opened.
    #[error("the store {path} cannot be opened; see that its folder exists and may be written to")]
    CannotOpen {
        /// The file.
        path: String,
        /// The error of the store's library.
        source: Cause,
    },
    /// The server cannot be reached, or accepts no connections just now.
    #[error(
        "the store's server {server} cannot be reached; see that it runs, and that host and port are right: {source}"
    )]
    Unreachable {
        /// The server and its database.
        server: String,
        /// The error of the last try.
        source: Cause,
    },
    /// The server refuses this user, or a right that is needed.
    #[error(
        "the store's server {server} refuses this user; see to the password and the rights: {source}"
    )]
    Denied {
        /// The server and its database.
        server: String,
        /// The error of the server.
        source: Cause,
    },
    /// The connection was lost before anything was kept.
    #[error("the connection to the store was lost, and nothing was done; try again")]
    Lost(#[source] Cause),
    /// The call's deadline passed before anything was kept.
    #[error(
        "the store did not answer in time, and nothing was done; try again, or allow more time"
    )]
    TimedOut(#[source] Cause),
    /// All connections were in use until the call's deadline.
    #[error(
        "all connections to the store were in use for too long; try again, or allow more of them"
    )]
    Exhausted,
    /// The connection was lost, or the deadline passed, when all had been sent and
    /// no answer had come: it was done, or it was not. A verification that had an
    /// idempotency key gets its answer by the same key.
    #[error(
        "the connection to the store was lost before it answered: it may have been done or not; \
        repeat it with the same idempotency key, or look"
    )]
    Unknown(#[source] Cause),
    /// Other transactions held a lock for too long.
    #[error("the store is kept busy by others; try again, or see who holds it")]
    Locked(#[source] Cause),
    /// There is no store at this address.
    #[error("there is no store yet; see that the address is the right one")]
    Missing,
    /// The store cannot be written to.
    #[error(
        "the store is read-only; see to the rights of its file and folder, or connect to the primary"
    )]
    ReadOnly(#[source] Cause),
    /// The disk is full.
    #[error("the disk is full; make room and try again")]
    Full(#[source] Cause),
    /// The file or the schema is not that of a store.
    #[error("that is not Stopgap's store but something else; name another file")]
    Foreign(#[source] Option<Cause>),
    /// The database's encoding does not have every character of a name.
    #[error(
        "the database has the encoding {found}, which does not have every character; create one \
        by CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding {
        /// The encoding, by the server's name for it.
        found: String,
    },
    /// The schema has an object or an owner that Stopgap did not give it, or lacks one that it
    /// gave it.
    #[error("the schema of the store was altered: {what}; find out who did it before you undo it")]
    Altered {
        /// The difference, and its correction if there is one.
        what: String,
    },
    /// The store answered that a record was changed, and still has it as it was.
    #[error(
        "the store did not change the record, though it said so; find out if it has triggers or \
        rules of somebody else"
    )]
    Ignored,
    /// The store's file was replaced under its name, or SQLite's locks on it were dropped: a
    /// descriptor of the file was closed in this process by another library or program. A
    /// change may have been lost. The next call opens the file again.
    #[error(
        "the store's file was replaced, or its locks were dropped: another library in this \
        process may have opened and closed it; back up by SQLite's backup or VACUUM INTO in \
        another process, and try again"
    )]
    Replaced,
    /// The process was forked while another thread was within a call of a store.
    #[error(
        "the process was forked while another thread used a store, so that this child cannot \
        use one; fork when no call runs, or start another program"
    )]
    Forked,
    /// The store was cut off or damaged.
    #[error("the store is damaged; restore it from a backup")]
    Damaged(#[source] Option<Cause>),
    /// The store was made by a newer Stopgap.
    #[error("the store has schema {found}, and this Stopgap knows {known}; update Stopgap")]
    Newer {
        /// The number of its schema.
        found: i64,
        /// The number of the schema that this Stopgap knows.
        known: i64,
    },
    /// A row has a content that no store writes.
    #[error("a row of {table} cannot be read: {why}; find out who changed it, or restore a backup")]
    Row {
        /// The table.
        table: &'static str,
        /// The mistake.
        why: String,
    },
    /// A digest or an id is taken, or another transaction changed the record first.
    #[error("another record has that id already; try again")]
    Conflict(#[source] Option<Cause>),
    /// The disk or the operating system failed.
    #[error("the store cannot be read or written: {0}")]
    Io(#[source] Cause),
    /// Another error.
    #[error("the store failed: {0}")]
    Other(#[source] Cause),
}

impl StoreError {
    /// Returns one word for the log, which never changes: `store_url`, `store_cannot_open`,
    /// `store_locked`, `store_read_only`, `store_full`, `store_foreign`, `store_encoding`,
    /// `store_altered`, `store_ignored`, `store_replaced`, `store_forked`, `store_damaged`, `store_newer`, `store_row`,
    /// `store_conflict`, `store_io`,
    /// `store_unreachable`, `store_denied`, `store_missing`, `store_lost`,
    /// `store_timed_out`, `store_exhausted`, `store_unknown` or `store_failed`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Address { .. } => "store_url",
            Self::Unreachable { .. } => "store_unreachable",
            Self::Denied { .. } => "store_denied",
            Self::Lost(_) => "store_lost",
            Self::TimedOut(_) => "store_timed_out",
            Self::Exhausted => "store_exhausted",
            Self::Unknown(_) => "store_unknown",
            Self::CannotOpen { .. } => "store_cannot_open",
            Self::Locked(_) => "store_locked",
            Self::Missing => "store_missing",
            Self::ReadOnly(_) => "store_read_only",
            Self::Full(_) => "store_full",
            Self::Foreign(_) => "store_foreign",
            Self::Encoding { .. } => "store_encoding",
            Self::Altered { .. } => "store_altered",
            Self::Ignored => "store_ignored",
            Self::Replaced => "store_replaced",
            Self::Forked => "store_forked",
            Self::Damaged(_) => "store_damaged",
            Self::Newer { .. } => "store_newer",
            Self::Row { .. } => "store_row",
            Self::Conflict(_) => "store_conflict",
            Self::Io(_) => "store_io",
            Self::Other(_) => "store_failed",
        }
    }

    /// Returns `true` if it is known that the call did nothing; otherwise it may have been
    /// done.
    #[must_use]
    pub const fn outcome_is_known(&self) -> bool {
        !matches!(self, Self::Unknown(_) | Self::Replaced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_reason() {
        let cause = || Cause::from("why");
        let text = String::new;
        let known = [
            (StoreError::Address { why: text() }, "store_url"),
            (
                StoreError::CannotOpen {
                    path: text(),
                    source: cause(),
                },
                "store_cannot_open",
            ),
            (
                StoreError::Unreachable {
                    server: text(),
                    source: cause(),
                },
                "store_unreachable",
            ),
            (
                StoreError::Denied {
                    server: text(),
                    source: cause(),
                },
                "store_denied",
            ),
            (StoreError::Lost(cause()), "store_lost"),
            (StoreError::TimedOut(cause()), "store_timed_out"),
            (StoreError::Exhausted, "store_exhausted"),
            (StoreError::Locked(cause()), "store_locked"),
            (StoreError::Missing, "store_missing"),
            (StoreError::ReadOnly(cause()), "store_read_only"),
            (StoreError::Full(cause()), "store_full"),
            (StoreError::Foreign(None), "store_foreign"),
            (StoreError::Encoding { found: text() }, "store_encoding"),
            (StoreError::Altered { what: text() }, "store_altered"),
            (StoreError::Ignored, "store_ignored"),
            (StoreError::Forked, "store_forked"),
            (StoreError::Damaged(None), "store_damaged"),
            (StoreError::Newer { found: 2, known: 1 }, "store_newer"),
            (
                StoreError::Row {
                    table: "keys",
                    why: text(),
                },
                "store_row",
            ),
            (StoreError::Conflict(None), "store_conflict"),
            (StoreError::Io(cause()), "store_io"),
            (StoreError::Other(cause()), "store_failed"),
        ];
        for (error, word) in known {
            assert_eq!(error.reason(), word);
            assert!(error.outcome_is_known());
        }
        let unknown = StoreError::Unknown(cause());
        assert_eq!(unknown.reason(), "store_unknown");
        assert!(!unknown.outcome_is_known());
        assert_eq!(StoreError::Replaced.reason(), "store_replaced");
        assert!(!StoreError::Replaced.outcome_is_known());
    }
}
