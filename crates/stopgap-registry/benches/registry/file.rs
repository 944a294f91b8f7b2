//! An SQLite file with codes in it, and bare statements on it.

use std::{fs, path::PathBuf, time::Duration};

use rusqlite::{Connection, params, types::ValueRef};
use stopgap_registry::{Clock, Registry, Sqlite, SystemClock};
use tempfile::TempDir;

use crate::store::{
    Place, Statement,
    clients::run,
    filled::{Filled, TENANT, keys},
};

/// A file in its own folder, which is deleted when this value is dropped.
#[derive(Debug)]
pub(crate) struct File {
    filled: Filled,
    folder: TempDir,
    /// The digests of online codes. The peer uses them.
    online: Vec<Vec<u8>>,
    /// The digests of security codes. The peer uses them.
    security: Vec<Vec<u8>>,
}

impl File {
    /// Makes a file with a number of online codes, events and security codes.
    pub(crate) fn new(rows: usize) -> Self {
        let mut file = Self {
            filled: Filled::new(rows),
            folder: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder"),
            online: Vec::new(),
            security: Vec::new(),
        };
        let registry = Registry::open(&file.address(1), &keys()).expect("opens");
        file.filled.issue(&registry, rows);
        let store = Sqlite::open(file.path(), SystemClock.now()).expect("opens");
        file.filled.create(&store, rows);
        file.read_digests();
        file
    }

    fn read_digests(&mut self) {
        let connection = self.connect();
        let sql = "SELECT digest FROM online_codes INDEXED BY online_codes_by_user \
                   WHERE tenant = ?1 AND user_name = ?2";
        let mut select = connection.prepare(sql).expect("prepared");
        let others = self.filled.others.iter();
        let digests = others.map(|user| select.query_row([TENANT, user], |row| row.get(0)));
        self.online = digests.collect::<Result<_, _>>().expect("read");
        // As many as the registry's side presents, so that both sides read the same
        // number of pages.
        let presented = self.filled.security.len();
        let sql = format!("SELECT digest FROM security_codes ORDER BY random() LIMIT {presented}");
        let mut select = connection.prepare(&sql).expect("prepared");
        let digests = select.query_map([], |row| row.get(0));
        let digests = digests.expect("queried").collect::<Result<_, _>>();
        self.security = digests.expect("read");
    }

    /// Opens a connection of the peer's, with the same durability.
    pub(crate) fn connect(&self) -> Connection {
        let connection = Connection::open(self.path()).expect("opens");
        let set = connection.pragma_update(None, "synchronous", "FULL");
        let wait = connection.busy_timeout(Duration::from_secs(60));
        set.and(wait).expect("set");
        connection
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("bench.db")
    }
}

impl Place for File {
    fn filled(&self) -> &Filled {
        &self.filled
    }

    fn address(&self, _connections: usize) -> String {
        self.path().to_str().expect("text").to_owned()
    }

    fn checkpoint(&self) {
        let connection = self.connect();
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .expect("checkpoint");
    }

    fn size(&self, _table: &str) -> String {
        self.checkpoint();
        let bytes = fs::metadata(self.path()).expect("a file").len();
        format!("{}", bytes >> 20)
    }

    fn peer(&self, statement: Statement, connections: usize, turn: Duration) -> f64 {
        let (digests, sql) = match statement {
            Statement::Select => (
                &self.security,
                "SELECT id, key_id, digest, same_as, scopes, description, expires_at, last_used_at,
                    ends_at, tag
                 FROM security_codes WHERE tenant = ?1 AND digest = ?2",
            ),
            _ => (
                &self.online,
                "UPDATE online_codes SET uses = uses + 1 WHERE tenant = ?1 AND digest = ?2
                 RETURNING uses",
            ),
        };
        let start = || {
            let connection = self.connect();
            move |number: usize| {
                let mut statement = connection.prepare_cached(sql).expect("prepared");
                let digest = &digests[number % digests.len()];
                let mut rows = statement.query(params![TENANT, digest]).expect("queried");
                let row = rows.next().expect("read").expect("a row");
                // SQLite reads a column when it is asked for.
                for place in 0..row.as_ref().column_count() {
                    let value: ValueRef<'_> = row.get_ref(place).expect("a column");
                    std::hint::black_box(value);
                }
                assert!(rows.next().expect("read").is_none());
            }
        };
        run(connections, turn, start).rate
    }
}
