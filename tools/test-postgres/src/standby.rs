//! A server that follows another.

use std::{io, sync::Mutex};

use crate::{Cluster, cluster::command, folder::Folder, port};

impl Cluster {
    /// Makes a standby that streams what this server writes, and answers reads.
    ///
    /// It connects under that name. It is synchronous once this server is told so:
    /// `primary.set(&[("synchronous_standby_names", name)])`.
    ///
    /// # Errors
    ///
    /// `pg_basebackup` fails, or the standby does not start; what they said.
    pub fn standby(&self, name: &str) -> io::Result<Self> {
        let folder = Folder::new()?;
        let mut backup = command(&self.programs, &folder, "pg_basebackup")?;
        let source = format!(
            "host=127.0.0.1 port={} user=postgres application_name={name}",
            self.port
        );
        backup
            .args(["--checkpoint=fast", "--no-sync", "--write-recovery-conf"])
            .args(["--wal-method=stream", "--dbname", &source, "--pgdata"])
            .arg(folder.data())
            .env("PGPASSWORD", &self.password);
        Folder::run(backup)?;
        let standby = Self {
            programs: self.programs.clone(),
            folder,
            port: port::free()?,
            password: self.password.clone(),
            encrypted: self.encrypted,
            postmaster: Mutex::new(None),
        };
        standby.first_start()
    }

    /// Makes a standby take writes, and waits until it does.
    ///
    /// # Errors
    ///
    /// It is no standby, or has not been promoted within a minute.
    pub fn promote(&self) -> io::Result<()> {
        match self
            .psql("postgres", "select pg_promote(true, 60)")?
            .as_str()
        {
            "t" => Ok(()),
            _ => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}
