//! The objects of the schema, compared with those that the migrations make.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::schema;
use crate::store::{Result, StoreError};

/// The name of an object, and its type, table and SQL.
type Objects = BTreeMap<String, Object>;

/// A row of `sqlite_schema`.
#[derive(Debug, PartialEq, Eq)]
struct Object {
    kind: String,
    table: String,
    /// Empty for an index that belongs to a constraint.
    sql: String,
}

/// Refuses a store whose tables or indexes differ from those of the schema, or that has
/// triggers, views, or indexes and foreign keys on its tables that Stopgap did not make.
/// Tables of other programs are tolerated.
pub(super) fn check(connection: &Connection) -> Result<()> {
    let expected = declared(&schema::current());
    let found = read(connection)?;
    for (name, object) in &expected {
        let kind = &object.kind;
        match found.get(name) {
            Some(same) if same == object => {}
            Some(_) => return altered(format!("{kind} {name:?} was changed; restore a backup")),
            None if object.sql.is_empty() => {
                return altered(format!("{kind} {name:?} is missing; restore a backup"));
            }
            None => {
                let sql = &object.sql;
                let what = format!("{kind} {name:?} is missing; restore it by: {sql}");
                return altered(what);
            }
        }
    }
    for (name, object) in &found {
        let kind = &object.kind;
        let on_ours = kind == "index" && expected.contains_key(&object.table);
        let harmless = kind == "table" || kind == "index" && !on_ours;
        if !harmless && !expected.contains_key(name) {
            let word = kind.to_uppercase();
            let what = format!("{kind} {name:?} is not Stopgap's; remove it by DROP {word}");
            return altered(what);
        }
    }
    for (name, object) in &found {
        if object.kind == "table" && !expected.contains_key(name) && !is_virtual(object) {
            refers_elsewhere(connection, name, &expected)?;
        }
    }
    Ok(())
}

/// Refuses a table of another program with a foreign key to one of ours: it can keep rows
/// from being deleted.
fn refers_elsewhere(connection: &Connection, name: &str, ours: &Objects) -> Result<()> {
    let mut statement = connection.prepare("SELECT \"table\" FROM pragma_foreign_key_list(?1)")?;
    let parents = statement.query_map([name], |row| row.get::<_, String>(0))?;
    for parent in parents {
        let parent = parent?.to_ascii_lowercase();
        if ours.contains_key(&parent) {
            let what = format!("table {name:?} has a foreign key to {parent:?}; drop that table");
            return altered(what);
        }
    }
    Ok(())
}

fn is_virtual(object: &Object) -> bool {
    object.sql.starts_with("CREATE VIRTUAL")
}

/// Returns the objects that these statements create.
fn declared(sql: &str) -> Objects {
    let statements = sql.split(';').map(normalize);
    statements.filter_map(|sql| object(&sql)).collect()
}

/// Returns the object that a statement creates, and its name.
fn object(sql: &str) -> Option<(String, Object)> {
    let mut words = sql.split([' ', '(']).filter(|word| *word != "UNIQUE");
    let (_create, kind, name) = (words.next()?, words.next()?, words.next()?);
    let table = match kind {
        "TABLE" => name,
        _ => words.nth(1)?,
    };
    let object = Object {
        kind: kind.to_ascii_lowercase(),
        table: table.into(),
        sql: sql.into(),
    };
    Some((name.into(), object))
}

/// Reads the objects. SQLite compares their names without regard to case.
fn read(connection: &Connection) -> Result<Objects> {
    let sql = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let text = |column| row.get::<_, String>(column);
        let name = text(1)?.to_ascii_lowercase();
        let object = Object {
            kind: text(0)?,
            table: text(2)?.to_ascii_lowercase(),
            sql: normalize(&text(3)?),
        };
        Ok((name, object))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Replaces each run of white space by one space.
fn normalize(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn altered<T>(what: String) -> Result<T> {
    Err(StoreError::Altered { what })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    /// The migrations make the objects that the SQL declares.
    #[test]
    fn a_new_store_has_the_declared_objects() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection, DateTime::UNIX_EPOCH).unwrap();
        let found = read(&connection).unwrap();
        assert_eq!(found, declared(&schema::current()));
        assert!(found.len() > 15, "{}", found.len());
    }
}
