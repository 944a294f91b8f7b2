//! SQL by the client that comes with the server.

use std::{io, path::PathBuf};

use crate::{
    address::Address,
    programs::{self, missing},
};

/// `psql`, and where it connects.
#[derive(Debug, Clone)]
pub(crate) struct Psql {
    program: PathBuf,
    address: Address,
    /// Where it is not in the address: arguments are seen by everyone on a machine.
    password: Option<String>,
}

impl Psql {
    pub(crate) fn new(program: PathBuf, address: Address, password: Option<String>) -> Self {
        Self {
            program,
            address,
            password,
        }
    }

    /// The one beside a server, or on `PATH`.
    pub(crate) fn find(address: Address) -> io::Result<Self> {
        // The one on Debian's `PATH` starts Perl, to find the one beside the server.
        let program = match programs::Programs::find() {
            Some(server) => server.program("psql"),
            None => programs::paths()
                .map(|folder| folder.join("psql"))
                .find(|program| program.is_file()),
        };
        let program = program.ok_or_else(|| missing("psql"))?;
        Ok(Self::new(program, address, None))
    }

    /// Runs SQL in one transaction, where it is of several statements, and returns its
    /// rows as lines, their columns with `|` between.
    pub(crate) fn run(&self, database: &str, sql: &str) -> io::Result<String> {
        let mut command = programs::command(&self.program);
        command
            .args(["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.address.url(database))
            .args(["-c", sql]);
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        let output = command.output()?;
        if output.status.success() {
            let rows = String::from_utf8_lossy(&output.stdout);
            return Ok(rows.trim_end_matches('\n').to_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(said.trim().to_owned()))
    }

    /// The version of the server.
    pub(crate) fn version(&self) -> io::Result<String> {
        self.run(self.address.database(), "show server_version")
    }

    /// Makes an empty database.
    pub(crate) fn create(&self, name: &str) -> io::Result<()> {
        // Not of template1, which someone may be connected to.
        let sql = format!("create database {} template template0", quoted(name));
        self.run(self.address.database(), &sql).map(|_| ())
    }

    /// Removes a database, whoever is connected to it.
    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        let sql = format!("drop database if exists {} with (force)", quoted(name));
        self.run(self.address.database(), &sql).map(|_| ())
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
