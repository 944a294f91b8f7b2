//! A database of one test.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    process::id,
};

use crate::{address::Address, psql::Psql};

/// An empty database, removed when dropped, whoever is connected to it.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    client: Psql,
}

impl Database {
    pub(crate) fn new(client: Psql, address: &Address) -> io::Result<Self> {
        let chance = RandomState::new().hash_one(());
        let name = format!("stopgap_test_{}_{chance:016x}", id());
        client.create(&name)?;
        let url = address.url(&name);
        Ok(Self { name, url, client })
    }

    /// Its URL, with the server's password and parameters.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name, unlike any other.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs SQL in it, several statements as one transaction; the rows as lines, with
    /// `|` between columns.
    ///
    /// # Errors
    ///
    /// What `psql` said.
    pub fn psql(&self, sql: &str) -> io::Result<String> {
        self.client.run(&self.name, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Its server may have gone.
        let _ = self.client.remove(&self.name);
    }
}
