//! A database for one test, and SQL by `psql`, which comes with the server.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    process::id,
};

use crate::programs;

/// An empty database with a unique name, removed when dropped.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    psql: Psql,
}

impl Database {
    /// Creates a database on the server of a URL.
    pub(crate) fn new(psql: Psql, server: &str) -> io::Result<Self> {
        let name = format!("stopgap_test_{}_{:016x}", id(), random());
        // template1, the default, cannot be copied while a client is connected to it.
        let create = format!("create database {name} template template0");
        psql.run("postgres", &create)?;
        let url = with_database(server, &name);
        Ok(Self { name, url, psql })
    }

    /// Its URL, with the server's password and parameters.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs SQL in it, several statements as one transaction, and returns the rows as
    /// lines with `|` between columns.
    pub fn psql(&self, sql: &str) -> io::Result<String> {
        self.psql.run(&self.name, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server may be gone.
        let remove = format!("drop database if exists {} with (force)", self.name);
        let _ = self.psql.run("postgres", &remove);
    }
}

/// `psql`, connected to one server.
#[derive(Debug, Clone)]
pub(crate) struct Psql {
    url: String,
    password: Option<String>,
}

impl Psql {
    /// Connects to the server of a URL.
    ///
    /// A password can be given apart, because every user of a machine can read the
    /// arguments of a command.
    pub(crate) fn new(url: &str, password: Option<&str>) -> Self {
        Self {
            url: url.to_owned(),
            password: password.map(str::to_owned),
        }
    }

    pub(crate) fn run(&self, database: &str, sql: &str) -> io::Result<String> {
        let mut command = programs::command("psql");
        command
            .args(["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(with_database(&self.url, database))
            .args(["-c", sql]);
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        let rows = programs::run(&mut command)?.stdout;
        let rows = String::from_utf8_lossy(&rows);
        Ok(rows.trim_end_matches('\n').to_owned())
    }
}

/// The URL of another database on the same server.
pub(crate) fn with_database(url: &str, database: &str) -> String {
    let (server, query) = url.split_at(url.find('?').unwrap_or(url.len()));
    let (scheme, rest) = server.split_once("://").unwrap_or(("postgres", server));
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{database}{query}")
}

/// 64 random bits: the keys of [`RandomState`] come from the system.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_changes() {
        for (given, expected) in [
            ("postgres://h", "postgres://h/x"),
            ("postgres://u:p@h:1,i:2/d", "postgres://u:p@h:1,i:2/x"),
            ("postgresql://u@h/d?a=b", "postgresql://u@h/x?a=b"),
            ("postgres:///d?host=/run/p", "postgres:///x?host=/run/p"),
            ("postgres://u@%2Frun?a=/b", "postgres://u@%2Frun/x?a=/b"),
        ] {
            assert_eq!(with_database(given, "x"), expected);
        }
    }
}
