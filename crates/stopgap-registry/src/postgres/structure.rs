//! The columns and indexes of the schema, compared with the declarations.

use super::{connection::Connection, deadline::Deadline, error::Trouble, tables};
use crate::store::{Result, StoreError, Table};

/// Selects the columns and indexes of all tables.
const PARTS: &str = "
WITH ours AS (
    SELECT c.oid, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'stopgap' AND c.relkind = 'r'
)
SELECT relname::text, 'column', quote_ident(attname), concat(format_type(atttypid, atttypmod),
    ' COLLATE ' || quote_ident(collname),
    CASE attgenerated WHEN '' THEN '' WHEN 'v' THEN ' GENERATED ALWAYS VIRTUAL'
        ELSE ' GENERATED ALWAYS' END,
    CASE WHEN attidentity = 'a' THEN ' GENERATED ALWAYS AS IDENTITY' END),
    attnotnull, atthasdef OR attidentity <> ''
FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_collation ON pg_collation.oid = attcollation
UNION ALL
SELECT ours.relname::text, CASE WHEN indisprimary THEN 'key' ELSE 'index' END,
    quote_ident(entry.relname), CASE WHEN indisprimary THEN pg_get_constraintdef(pg_constraint.oid)
        ELSE regexp_replace(pg_get_indexdef(indexrelid), ' WITH \\([^)]*\\)', '') END,
    indisunique, indisvalid AND indisready AND indislive
FROM ours JOIN pg_index ON indrelid = ours.oid JOIN pg_class AS entry ON entry.oid = indexrelid
    LEFT JOIN pg_constraint ON conindid = indexrelid AND contype = 'p'
ORDER BY 1, 2, 3";

/// A part of a table that was found.
struct Part {
    table: String,
    kind: String,
    name: String,
    definition: String,
    /// `true` for a column that has always a value, and for a unique index.
    is_strict: bool,
    /// `true` for a column with a default, and for a valid index.
    is_fit: bool,
}

/// A table as it should be.
struct Expected {
    name: &'static str,
    /// The names, the types, and `true` for those that may be null.
    columns: Vec<(&'static str, &'static str, bool)>,
    key: String,
    /// The names, and the statements that create them.
    indexes: Vec<(&'static str, String)>,
}

impl From<Table> for Expected {
    fn from(table: Table) -> Self {
        let declaration = table.declaration();
        let mut columns = vec![("tenant", "text COLLATE \"C\"", false)];
        columns.extend(declaration.columns.iter().map(|column| {
            (
                column.name,
                tables::full_type(column.kind),
                column.is_nullable,
            )
        }));
        let indexes = declaration.indexes.iter();
        Self {
            name: declaration.name,
            columns,
            key: tables::primary_key(declaration),
            indexes: indexes
                .map(|index| (index.name, tables::create_index(declaration, index)))
                .collect(),
        }
    }
}

/// Refuses a schema in which a table is not as it is declared. Other tables, indexes that are
/// not unique, and columns that need no value are accepted. It reads only the catalog.
pub(super) fn is_as_declared(connection: &mut Connection, deadline: Deadline) -> Result<()> {
    let rows = connection.query(deadline, PARTS, &[]);
    let rows = rows.map_err(Trouble::before_commit)?;
    let read = |row: &tokio_postgres::Row| -> Result<Part, tokio_postgres::Error> {
        Ok(Part {
            table: row.try_get(0)?,
            kind: row.try_get(1)?,
            name: row.try_get(2)?,
            definition: row.try_get(3)?,
            is_strict: row.try_get(4)?,
            is_fit: row.try_get(5)?,
        })
    };
    let parts = rows.iter().map(read).collect::<Result<Vec<_>, _>>();
    let parts = parts.map_err(|error| StoreError::Other(error.into()))?;
    for table in Table::ALL {
        if let Some(what) = difference(&Expected::from(table), &parts) {
            return Err(StoreError::Altered { what });
        }
    }
    Ok(())
}

/// Returns the first difference, and the statement that undoes it if there is one.
fn difference(expected: &Expected, parts: &[Part]) -> Option<String> {
    let table = expected.name;
    let parts = parts.iter().filter(|part| part.table == table);
    let parts: Vec<&Part> = parts.collect();
    if parts.is_empty() {
        return Some(format!("the table {table} is missing; restore a backup"));
    }
    let of_kind = |kind: &str| -> Vec<&Part> {
        let parts = parts.iter().filter(|part| part.kind == kind);
        parts.copied().collect()
    };
    in_columns(expected, &of_kind("column"))
        .or_else(|| in_key(expected, &of_kind("key")))
        .or_else(|| in_indexes(expected, &of_kind("index")))
}

fn in_columns(expected: &Expected, found: &[&Part]) -> Option<String> {
    let table = expected.name;
    let undo = |what: String, how: &str| {
        Some(format!(
            "{what} (undo it by ALTER TABLE stopgap.{table} {how})"
        ))
    };
    for (name, kind, is_nullable) in &expected.columns {
        let column = format!("the column {name} of {table}");
        let Some(part) = found.iter().find(|part| part.name == *name) else {
            return Some(format!("{column} is missing; restore a backup"));
        };
        if part.definition != *kind {
            let what = format!("{column} is {} and not {kind}", part.definition);
            let how = match part.definition.strip_prefix(kind) {
                // Nothing is stored in it, and PostgreSQL 18 cannot change it.
                Some(" GENERATED ALWAYS VIRTUAL") => {
                    return Some(format!("{what}; restore a backup"));
                }
                Some(" GENERATED ALWAYS") => "DROP EXPRESSION".to_owned(),
                Some(" GENERATED ALWAYS AS IDENTITY") => "DROP IDENTITY".to_owned(),
                _ => format!("TYPE {kind}"),
            };
            return undo(what, &format!("ALTER COLUMN {name} {how}"));
        }
        match (part.is_strict, is_nullable) {
            (true, true) => {
                let how = format!("ALTER COLUMN {name} DROP NOT NULL");
                return undo(format!("{column} may not be null"), &how);
            }
            (false, false) => {
                let how = format!("ALTER COLUMN {name} SET NOT NULL");
                return undo(format!("{column} may be null"), &how);
            }
            _ => {}
        }
    }
    let is_declared = |part: &Part| expected.columns.iter().any(|(name, ..)| part.name == *name);
    let foreign = found
        .iter()
        .find(|part| !is_declared(part) && part.is_strict && !part.is_fit)?;
    let what = format!(
        "there is the column {} of {table}, which needs a value",
        foreign.name
    );
    undo(what, &format!("DROP COLUMN {}", foreign.name))
}

fn in_key(expected: &Expected, found: &[&Part]) -> Option<String> {
    let Expected { name, key, .. } = expected;
    let alter = format!("undo it by ALTER TABLE stopgap.{name}");
    match found.first() {
        None => Some(format!("{name} has no primary key ({alter} ADD {key})")),
        Some(part) if part.definition != *key => Some(format!(
            "{name} has the {} and not the {key} ({alter} DROP CONSTRAINT {}, ADD {key})",
            part.definition, part.name
        )),
        Some(part) if !part.is_fit => Some(format!(
            "the index {} is not valid (undo it by REINDEX INDEX stopgap.{0})",
            part.name
        )),
        Some(_) => None,
    }
}

fn in_indexes(expected: &Expected, found: &[&Part]) -> Option<String> {
    for (name, create) in &expected.indexes {
        let Some(part) = found.iter().find(|part| part.name == *name) else {
            return Some(format!("the index {name} is missing (undo it by {create})"));
        };
        if part.definition != *create {
            return Some(format!(
                "the index {name} is another: {} (undo it by DROP INDEX stopgap.{name}; {create})",
                part.definition
            ));
        }
        if !part.is_fit {
            return Some(format!(
                "the index {name} is not valid (undo it by REINDEX INDEX stopgap.{name})"
            ));
        }
    }
    let is_declared = |part: &Part| expected.indexes.iter().any(|(name, _)| part.name == *name);
    let foreign = found
        .iter()
        .find(|part| !is_declared(part) && part.is_strict)?;
    Some(format!(
        "there is the unique index {} on {} (undo it by DROP INDEX stopgap.{0})",
        foreign.name, expected.name
    ))
}
