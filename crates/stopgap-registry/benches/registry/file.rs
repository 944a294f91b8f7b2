//! An SQLite file with codes in it, and bare statements on it.

use std::{fs, path::PathBuf, time::Duration};

use rusqlite::{Connection, params, types::ValueRef};
use stopgap_registry::{Registry, Sqlite};

use crate::store::{
    Place, Statement,
    clients::run,
    filled::{Filled, SAMPLE, TENANT, keys},
};

/// A file, deleted when dropped.
#[derive(Debug)]
pub(crate) struct File {
    filled: Filled,
    path: PathBuf,
    /// Digests of online codes and of security codes, for the peer.
    digests: [Vec<Vec<u8>>; 2],
}

impl File {
    /// Makes a file with a number of online codes, events and security codes.
    pub(crate) fn new(name: &str, rows: usize) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{name}.db"));
        let mut file = Self {
            filled: Filled::new(rows),
            path,
            digests: Default::default(),
        };
        file.delete();
        let registry = Registry::open(&file.address(1), &keys()).expect("opens");
        file.filled.issue(&registry, rows);
        let store = Sqlite::open(&file.path, file.filled.created_at).expect("opens");
        file.filled.create(&store, rows);
        file.digests = ["online_codes", "security_codes"].map(|table| {
            let sql = format!("SELECT digest FROM {table} ORDER BY random() LIMIT {SAMPLE}");
            let connection = file.connect();
            let mut select = connection.prepare(&sql).expect("prepared");
            let digests = select.query_map([], |row| row.get(0)).expect("queried");
            digests.collect::<Result<_, _>>().expect("read")
        });
        file
    }

    /// A connection of the peer's, with the same durability.
    pub(crate) fn connect(&self) -> Connection {
        let connection = Connection::open(&self.path).expect("opens");
        let set = connection.pragma_update(None, "synchronous", "FULL");
        let wait = connection.busy_timeout(Duration::from_secs(60));
        set.and(wait).expect("set");
        connection
    }

    fn delete(&self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(end);
            // It may not exist.
            let _ = fs::remove_file(path);
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.delete();
    }
}

impl Place for File {
    fn filled(&self) -> &Filled {
        &self.filled
    }

    fn address(&self, _connections: usize) -> String {
        self.path.to_str().expect("text").to_owned()
    }

    fn checkpoint(&self) {
        let connection = self.connect();
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .expect("checkpoint");
    }

    fn size(&self, _table: &str) -> String {
        self.checkpoint();
        let bytes = fs::metadata(&self.path).expect("a file").len();
        format!("{}", bytes >> 20)
    }

    fn peer(&self, statement: Statement, connections: usize, turn: Duration) -> f64 {
        let [online, security] = &self.digests;
        let (digests, sql) = match statement {
            Statement::Select => (
                security,
                "SELECT id, key_id, digest, same_as, description, expires_at, last_used_at, tag
                 FROM security_codes WHERE tenant = ?1 AND digest = ?2",
            ),
            _ => (
                online,
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
