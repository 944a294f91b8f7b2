//! The rows of a file, read directly with SQLite.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, types::Value};
use stopgap_registry::Sqlite;
use tempfile::TempDir;

use crate::filled::noon;

pub(crate) struct File {
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl File {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Self {
            path: folder.path().join("stopgap.db"),
            _folder: folder,
        }
    }

    pub(crate) fn text(&self) -> &str {
        self.path.to_str().unwrap()
    }

    pub(crate) fn open(&self) -> Sqlite {
        Sqlite::open(&self.path, noon()).unwrap()
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    /// Returns another file with the same rows.
    pub(crate) fn duplicate(&self) -> Self {
        let other = Self::new();
        let connection = self.connection();
        connection
            .execute("VACUUM INTO ?1", [other.text()])
            .unwrap();
        other
    }

    /// Returns the tables, without the one that lists the migrations.
    pub(crate) fn tables(&self) -> Vec<String> {
        let connection = self.connection();
        let mut tables = connection
            .prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table'
                    AND name NOT LIKE 'sqlite_%' AND name <> 'migrations' ORDER BY name",
            )
            .unwrap();
        let names = tables.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    }

    pub(crate) fn columns(&self, table: &str) -> Vec<String> {
        let connection = self.connection();
        let sql = "SELECT name FROM pragma_table_info(?1)";
        let mut columns = connection.prepare(sql).unwrap();
        let names = columns.query_map([table], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    }

    /// Returns all columns of all rows of a table, in order.
    pub(crate) fn rows(&self, table: &str) -> Vec<Vec<Value>> {
        let connection = self.connection();
        let columns = self.columns(table);
        let list = columns.join(", ");
        let sql = format!("SELECT {list} FROM {table} ORDER BY {list}");
        let mut statement = connection.prepare(&sql).unwrap();
        let row = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|at| row.get(at)).collect();
        let rows = statement.query_map([], row).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// Checks that two files have the same rows, and that no table is empty.
    pub(crate) fn is_same_as(&self, other: &Path) {
        let other = Self {
            path: other.to_owned(),
            _folder: TempDir::new().unwrap(),
        };
        assert_eq!(self.tables(), other.tables());
        for table in self.tables() {
            let rows = self.rows(&table);
            assert!(!rows.is_empty(), "no rows in {table}");
            assert!(rows == other.rows(&table), "{table} differs");
        }
        let connection = self.connection();
        let whole: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(whole, "ok");
    }
}
