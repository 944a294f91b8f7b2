//! The rows of a tenant on a connection.

use stopgap::{CodeFormat, Name};

use super::{
    columns::Columns,
    connection::{Connection, OwnParams, Params},
    deadline::Deadline,
    error::Trouble,
};
use crate::store::Result;

/// A tenant's rows on a connection, within a transaction or, for reading, outside of
/// one.
pub(super) struct Open<'s> {
    pub(super) connection: &'s mut Connection,
    pub(super) tenant: &'s Name,
    pub(super) deadline: Deadline,
    /// `true` within a transaction, which locks what it reads.
    pub(super) writes: bool,
    /// The formats that were added in this transaction.
    pub(super) formats: Vec<CodeFormat>,
}

/// Makes parameters that live until they are sent.
macro_rules! own {
    ($($param:expr),* $(,)?) => {
        vec![$(Box::new($param) as Box<dyn tokio_postgres::types::ToSql + Sync + Send>),*]
    };
}

impl<'s> Open<'s> {
    pub(super) fn tenant(&self) -> &'s str {
        self.tenant.as_str()
    }

    /// Sends a statement that writes.
    pub(super) fn send(&mut self, sql: &'static str, params: OwnParams) -> Result<()> {
        let sent = self.connection.send(self.deadline, sql, params);
        sent.map_err(Trouble::before_commit)
    }

    /// Runs a statement, and returns the number of rows that it changed.
    pub(super) fn run(&mut self, sql: &'static str, params: Params<'_>) -> Result<usize> {
        let changed = self.connection.execute(self.deadline, sql, params);
        let changed = changed.map_err(Trouble::before_commit)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(super) fn one<T>(
        &mut self,
        table: &'static str,
        sql: &'static str,
        params: Params<'_>,
        read: impl Fn(&Columns<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.all(table, sql, params, read)?.into_iter().next())
    }

    pub(super) fn all<T>(
        &mut self,
        table: &'static str,
        sql: &'static str,
        params: Params<'_>,
        read: impl Fn(&Columns<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let rows = self.connection.query(self.deadline, sql, params);
        let rows = rows.map_err(Trouble::before_commit)?;
        let read = |row| read(&Columns { table, row });
        rows.iter().map(read).collect()
    }
}

pub(super) use own;
