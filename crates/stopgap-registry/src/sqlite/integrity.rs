//! The integrity of a file: its pages, its indexes and its schema.

use std::path::Path;

use rusqlite::Connection;

use super::{
    Sqlite,
    connection::{connect, is_whole},
    existing, file, objects, schema,
};
use crate::{
    schema_numbers::SchemaNumbers,
    store::{Result, StoreError},
};

/// The most damages that are listed.
const LISTED: usize = 20;

impl Sqlite {
    /// Returns the numbers of the schema of an existing file, and changes nothing.
    ///
    /// # Errors
    ///
    /// As [`open_existing`](Self::open_existing).
    pub fn schema_numbers(path: impl AsRef<Path>) -> Result<SchemaNumbers> {
        let path = file::resolve(existing(path.as_ref())?)?;
        let found = schema::look(&mut connect(&path)?)?;
        let known = schema::KNOWN;
        Ok(SchemaNumbers { found, known })
    }

    /// Reads every page and every index of an existing file, and returns at most 20 damages.
    /// Other threads and processes may write meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file cannot be opened, or is not a store.
    pub fn damages(path: impl AsRef<Path>) -> Result<Vec<String>> {
        let path = file::resolve(existing(path.as_ref())?)?;
        let connection = connect(&path)?;
        connection.pragma_update(None, "query_only", true)?;
        let mut damages = Vec::new();
        if let Err(error) = is_whole(&path, &connection) {
            damages.push(error.to_string());
        }
        // Some damage ends the check itself.
        if let Err(error) = check(&connection, &mut damages) {
            damages.push(StoreError::from(error).to_string());
        }
        match objects::check(&connection) {
            Err(StoreError::Altered { what }) => damages.push(what),
            Err(error) if damages.is_empty() => damages.push(error.to_string()),
            _ => {}
        }
        Ok(damages)
    }
}

/// Adds the damages that SQLite finds.
fn check(connection: &Connection, damages: &mut Vec<String>) -> rusqlite::Result<()> {
    let sql = format!("PRAGMA integrity_check({LISTED})");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let damage: String = row.get(0)?;
        if damage != "ok" {
            damages.push(damage);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use chrono::DateTime;

    use super::*;

    /// Returns a folder, and the path of a new store in it.
    fn store() -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stopgap.db");
        drop(Sqlite::open(&path, DateTime::UNIX_EPOCH).unwrap());
        (folder, path)
    }

    #[test]
    fn the_schema_of_a_file_is_numbered() {
        let (folder, path) = store();
        let numbers = Sqlite::schema_numbers(&path).unwrap();
        assert_eq!((numbers.found, numbers.known), (1, schema::KNOWN));
        let missing = Sqlite::schema_numbers(folder.path().join("other.db"));
        assert_eq!(missing.unwrap_err().reason(), "store_missing");
        let sql = "INSERT INTO migrations VALUES (9, 'later', 0)";
        Connection::open(&path).unwrap().execute(sql, []).unwrap();
        let newer = Sqlite::schema_numbers(&path).unwrap_err();
        assert!(matches!(newer, StoreError::Newer { found: 9, known: 1 }));
    }

    #[test]
    fn objects_of_others_are_damages() {
        let (_folder, path) = store();
        assert_eq!(Sqlite::damages(&path).unwrap(), [""; 0]);
        let sql = "DROP INDEX online_codes_by_user; CREATE TABLE harmless (x)";
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
        let damages = Sqlite::damages(&path).unwrap();
        assert_eq!(damages.len(), 1);
        let begin = "index \"online_codes_by_user\" is missing; restore it by: ";
        assert!(damages[0].starts_with(begin), "{damages:?}");
    }

    #[test]
    fn a_file_that_was_cut_off_is_damaged() {
        let (_folder, path) = store();
        let file = fs::File::options().write(true).open(&path).unwrap();
        let length = file.metadata().unwrap().len();
        file.set_len(length - 4_096).unwrap();
        drop(file);
        let error = Sqlite::damages(&path).unwrap_err();
        assert_eq!(error.reason(), "store_damaged");
    }
}
