//! The tenants, and the numbers of their rows.

use stopgap::Name;
use tokio_postgres::types::FromSqlOwned;

use super::{
    connection::Connection,
    deadline::Deadline,
    flight::{self, Failure, Request},
    param::Param,
    shape::Shape,
};
use crate::store::{Result, StoreError, Table};

/// Returns the first tenant after a name that has a row in any table. The rows of the store
/// itself belong to the empty name, which is before all others.
pub(super) fn next(
    connection: &mut Connection,
    deadline: Deadline,
    after: &str,
) -> Result<Option<Name>> {
    let tenant: Option<String> = one(connection, deadline, Shape::NextTenant, after)?;
    let name = tenant.map(Name::new).transpose();
    name.map_err(|error| StoreError::Row {
        table: "tenants",
        why: format!("tenant: {error}"),
    })
}

/// Returns the number of a tenant's rows in a table.
pub(super) fn count(
    connection: &mut Connection,
    deadline: Deadline,
    owner: &str,
    table: Table,
) -> Result<u64> {
    let rows: Option<i64> = one(connection, deadline, Shape::Count(table), owner)?;
    Ok(rows
        .and_then(|rows| rows.try_into().ok())
        .unwrap_or_default())
}

/// Returns the only value of a statement whose only parameter is a tenant.
fn one<T: FromSqlOwned>(
    connection: &mut Connection,
    deadline: Deadline,
    shape: Shape,
    tenant: &str,
) -> Result<Option<T>> {
    let requests = [Request::Statement(shape, vec![Param::new(tenant)])];
    let answers = connection.fly(deadline, &requests);
    let answers = answers.map_err(Failure::before_commit)?;
    flight::value::<Option<T>>(answers.first()).map(Option::flatten)
}
