//! The open files of a store, for one process.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, config::DbConfig};

use super::{
    connection::{connect, in_wal_mode, is_whole},
    file,
    group::Writer,
    objects, replaced, schema,
    session::Session,
    watch::Watch,
};
use crate::{
    fork,
    store::{Result, StoreError},
};

/// The connections for reading that are kept open.
const READERS: usize = 8;

/// The purpose for which a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// An empty file becomes a store.
    Creating,
    /// The file must be a store.
    Existing,
    /// The file must be a store, and no row is changed.
    Source,
}

/// The connections of one process to the file of a store. Fields are dropped in their order:
/// the watch after all connections.
pub(super) struct Files {
    path: PathBuf,
    pub(super) writer: Writer,
    readers: Mutex<Vec<Session>>,
    /// Copies the log back into the file while others write; opened when it is first needed.
    checkpointer: Mutex<Option<Connection>>,
    watch: Arc<Watch>,
    /// The forks before the files were opened.
    forks: u64,
}

impl Files {
    /// Opens the file, and brings its schema up to date.
    pub(super) fn open(path: &Path, now: DateTime<Utc>, opening: Opening) -> Result<Self> {
        let forks = fork::forks();
        replaced::check(path)?;
        file::create_log(path);
        let mut writer = connect(path)?;
        is_whole(path, &writer)?;
        // Nothing is written to a file that is not ours.
        let is_empty = schema::look(&mut writer)? == 0;
        if is_empty && opening != Opening::Creating {
            return Err(StoreError::Missing);
        }
        in_wal_mode(&writer)?;
        schema::migrate(&mut writer, now)?;
        file::protect_log(path);
        objects::check(&writer)?;
        writer.pragma_update(None, "query_only", opening == Opening::Source)?;
        let watch = Arc::new(Watch::new(path)?);
        Ok(Self {
            path: path.to_owned(),
            writer: Writer::new(Session::of(writer), Arc::clone(&watch)),
            readers: Mutex::default(),
            checkpointer: Mutex::default(),
            watch,
            forks,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    pub(super) fn readers(&self) -> MutexGuard<'_, Vec<Session>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads in one transaction, and without waiting for writers.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Session) -> Result<T>) -> Result<T> {
        let idle = self.readers().pop();
        let session = if let Some(session) = idle {
            session
        } else {
            let connection = connect(&self.path)?;
            connection.pragma_update(None, "query_only", true)?;
            Session::of(connection)
        };
        session.run("BEGIN")?;
        let result = read(&session)?;
        session.run("COMMIT")?;
        // A log that was deleted shows an older state.
        self.watch.check()?;
        let mut readers = self.readers();
        if readers.len() < READERS {
            readers.push(session);
        }
        Ok(result)
    }

    /// Copies the log into the file: most of it while others write, then the rest if no other
    /// connection is in the way, so that the log starts at its beginning again. Otherwise the
    /// log would grow, and each write of others would copy some of it.
    pub(super) fn checkpoint(&self) -> Result<()> {
        self.watch.check()?;
        let connection = self.checkpointer.lock();
        let mut connection = connection.unwrap_or_else(PoisonError::into_inner);
        let connection = match &mut *connection {
            Some(connection) => connection,
            none => {
                let connection = connect(&self.path)?;
                // It never waits: it would hold the lock on writing while it waits for a long
                // reader.
                connection.busy_timeout(Duration::ZERO)?;
                none.insert(connection)
            }
        };
        for how in ["PASSIVE", "RESTART"] {
            let sql = format!("PRAGMA wal_checkpoint({how})");
            connection.query_row(&sql, [], |_| Ok(()))?;
        }
        Ok(())
    }
}

impl Drop for Files {
    /// Lets SQLite copy the log into the file and delete it only if no other process has the
    /// store open: SQLite itself may not know of one whose locks were dropped. A child that was
    /// forked needs the index of the log: its SQLite believes that it has it open.
    fn drop(&mut self) {
        let has_child = self.forks != fork::forks();
        if !has_child && self.watch.check().is_ok() && self.watch.is_last() {
            // If another process is still closing its connections, SQLite keeps the log. So the
            // log is emptied here first.
            self.writer.on_connection(|connection| {
                let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
                let emptied = connection.busy_timeout(Duration::ZERO);
                // If this fails, the next process that opens the store reads the log.
                let _ = emptied.and_then(|()| connection.query_row(sql, [], |_| Ok(())));
            });
            return;
        }
        let keep_log = |connection: &Connection| {
            let option = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
            // The connection is about to be closed.
            let _ = connection.set_db_config(option, true);
        };
        self.writer.on_connection(|connection| keep_log(connection));
        let checkpointer = self.checkpointer.get_mut();
        let checkpointer = checkpointer.unwrap_or_else(PoisonError::into_inner);
        checkpointer.iter().for_each(keep_log);
        let readers = self.readers.get_mut();
        for session in readers.unwrap_or_else(PoisonError::into_inner) {
            keep_log(&session.connection);
        }
    }
}
