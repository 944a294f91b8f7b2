//! A connection, and its statements.

use std::{
    cell::RefCell,
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use rusqlite::{CachedStatement, Connection, ToSql};
use stopgap::Name;

use super::{
    statements::{Shape, Verb},
    values::{self, Parameter},
};
use crate::store::{Result, Row, StoreError, Table, Value};

/// A connection.
pub(super) struct Session {
    pub(super) connection: Connection,
    /// The texts of the statements that were run before.
    texts: RefCell<HashMap<Shape, Arc<str>>>,
}

impl Session {
    pub(super) fn of(connection: Connection) -> Self {
        Self {
            connection,
            texts: RefCell::default(),
        }
    }

    /// Runs a statement without parameters.
    pub(super) fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.raw_execute()?;
        Ok(())
    }

    /// Prepares a statement of a table.
    pub(super) fn prepare(&self, table: Table, verb: Verb) -> Result<Prepared<'_>> {
        let shape = Shape { table, verb };
        let text = match self.texts.borrow_mut().entry(shape) {
            Entry::Occupied(entry) => Arc::clone(entry.get()),
            Entry::Vacant(entry) => Arc::clone(entry.insert(shape.text()?.into())),
        };
        Ok(Prepared {
            statement: self.connection.prepare_cached(&text)?,
            table,
            bound: 0,
        })
    }
}

/// A statement whose parameters are bound one after the other.
pub(super) struct Prepared<'s> {
    statement: CachedStatement<'s>,
    table: Table,
    bound: usize,
}

impl Prepared<'_> {
    /// Binds the owner of a tenant's rows.
    pub(super) fn owner(&mut self, tenant: &Name) -> Result<()> {
        let owner = self.table.owner(tenant);
        self.bind(owner)
    }

    /// Binds values of columns.
    pub(super) fn values<'v>(&mut self, values: impl IntoIterator<Item = &'v Value>) -> Result<()> {
        for value in values {
            if let Value::Invalid(why) = value {
                return Err(StoreError::Row {
                    table: self.table.as_str(),
                    why: why.clone(),
                });
            }
            self.bind(Parameter(value))?;
        }
        Ok(())
    }

    /// Binds a number of rows. SQLite counts them in 64 bits with a sign.
    pub(super) fn number(&mut self, rows: usize) -> Result<()> {
        self.bind(i64::try_from(rows).unwrap_or(i64::MAX))
    }

    fn bind(&mut self, parameter: impl ToSql) -> Result<()> {
        self.bound = self.bound.saturating_add(1);
        self.statement.raw_bind_parameter(self.bound, parameter)?;
        Ok(())
    }

    /// Runs the statement, and returns the number of rows that it changed.
    pub(super) fn execute(mut self) -> Result<usize> {
        Ok(self.statement.raw_execute()?)
    }

    /// Returns the rows with all columns.
    pub(super) fn rows(mut self) -> Result<Vec<Row>> {
        let columns = self.table.declaration().columns;
        let mut found = self.statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let mut values = Vec::with_capacity(columns.len());
            for (place, column) in columns.iter().enumerate() {
                values.push(values::read(column.kind, row.get_ref(place)?));
            }
            rows.push(Row::new(self.table, values));
        }
        Ok(rows)
    }

    /// Returns the only column of the only row.
    pub(super) fn total(mut self) -> Result<u64> {
        let mut rows = self.statement.raw_query();
        let total = rows.next()?.map_or(Ok(0), |row| row.get::<_, i64>(0))?;
        Ok(total.try_into().unwrap_or_default())
    }
}
