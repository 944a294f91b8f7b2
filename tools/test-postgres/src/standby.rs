//! A standby of a server.

use std::{fs, io};

use crate::{Cluster, folder::Folder, programs};

impl Cluster {
    /// Starts a standby that streams what this server writes and answers reads.
    ///
    /// It connects under the given name, and becomes synchronous by
    /// `primary.set(&[("synchronous_standby_names", name)])`.
    pub fn standby(&self, name: &str) -> io::Result<Self> {
        let folder = Folder::new()?;
        let (port, password) = (self.port(), &self.password);
        let source = format!("host=127.0.0.1 port={port} user=postgres application_name={name}");
        // pg_basebackup of an older version refuses the server.
        if programs::beside_server("pg_basebackup") {
            self.back_up(&folder, &source)?;
        } else {
            self.copy(&folder)?;
        }
        folder.write("data/standby.signal", "")?;
        let source = format!("{source} password={password}");
        Self::first_start(folder, password.clone(), &[("primary_conninfo", &source)])
    }

    /// Copies the server's files by `pg_basebackup`.
    fn back_up(&self, folder: &Folder, source: &str) -> io::Result<()> {
        let mut backup = folder.command("pg_basebackup");
        backup
            .args(["--checkpoint=fast", "--no-sync", "--wal-method=stream"])
            .args(["--dbname", source, "--pgdata", "data"])
            .env("PGPASSWORD", &self.password);
        programs::run(&mut backup).map(|_| ())
    }

    /// Has the server copy its files by `cp`, for a package without `pg_basebackup`. Needs
    /// PostgreSQL 15 or newer.
    fn copy(&self, folder: &Folder) -> io::Result<()> {
        let data = folder.path.join("data");
        // One session, because the backup ends with it. No row is sent to cp.
        let sql = format!(
            "select pg_backup_start('standby', fast => true);
             copy (select 1 where false) to program 'cp -R . \"{}\"';
             select labelfile from pg_backup_stop(wait_for_archive => false)",
            data.to_string_lossy().replace('\'', "''")
        );
        let said = self.psql("postgres", &sql)?;
        // The results of the other statements come first.
        let label = said
            .find("START WAL LOCATION")
            .and_then(|at| said.get(at..));
        let label =
            label.ok_or_else(|| io::Error::other(format!("no label of a backup: {said}")))?;
        folder.write("data/backup_label", &format!("{label}\n"))?;
        fs::remove_file(data.join("postmaster.pid"))
    }
}
