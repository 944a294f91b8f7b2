//! A server of a test's own.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Write},
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command},
    sync::Mutex,
};

use crate::{
    Database, Stop,
    database::{Psql, random},
    folder::Folder,
    programs::{self, skipped},
};

/// The settings of every cluster: room for many tests at once, and no durability, which
/// would make tests slow.
const USUAL: [(&str, &str); 5] = [
    ("listen_addresses", "127.0.0.1"),
    ("max_connections", "300"),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("wal_keep_size", "256MB"),
];

/// A PostgreSQL server in a temporary folder, whose superuser is `postgres`.
///
/// Threads may share it: every call takes `&self`. When it is dropped, the server ends
/// and the folder is removed; the same happens when the process ends, also by a signal.
#[derive(Debug)]
pub struct Cluster {
    pub(crate) folder: Folder,
    port: u16,
    pub(crate) password: String,
    /// `None` while the server is stopped.
    pub(crate) postmaster: Mutex<Option<Child>>,
}

impl Cluster {
    /// Starts a server with lines of `postgresql.conf` in addition to `fsync = off` and
    /// the like. `None`, with a message printed once, if no server is installed.
    pub fn start(settings: &[(&str, &str)]) -> io::Result<Option<Self>> {
        if !programs::installed() {
            skipped();
            return Ok(None);
        }
        let folder = Folder::new()?;
        // Every user of the machine can reach the port.
        let password = format!("{:016x}{:016x}", random(), random());
        folder.write("password", &password)?;
        let mut initdb = folder.command("initdb");
        initdb
            .args(["--no-sync", "--username=postgres", "--auth=scram-sha-256"])
            .args(["--encoding=UTF8", "--locale=C", "--pwfile=password"])
            .args(["--pgdata", "data"]);
        programs::run(&mut initdb)?;
        let all = [&USUAL, settings].concat();
        Self::first_start(folder, password, &all).map(Some)
    }

    pub(crate) fn first_start(
        folder: Folder,
        password: String,
        settings: &[(&str, &str)],
    ) -> io::Result<Self> {
        let cluster = Self {
            folder,
            port: free_port()?,
            password,
            postmaster: Mutex::new(None),
        };
        let socket = cluster.folder().to_string_lossy();
        let port = cluster.port.to_string();
        let place = [("port", &*port), ("unix_socket_directories", &*socket)];
        cluster.append(&[settings, &place].concat())?;
        cluster.start_again()?;
        Ok(cluster)
    }

    /// The URL of a database over TCP without TLS, as the superuser, with the password.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let Self { password, port, .. } = self;
        format!("postgres://postgres:{password}@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    /// The port on 127.0.0.1, and of the socket. A restart does not change it.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password of the superuser.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The temporary folder: `data` with the cluster's files, `log`, and the socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder.path
    }

    /// The server's log since its first start.
    pub fn log(&self) -> io::Result<String> {
        fs::read_to_string(self.folder.path.join("log"))
    }

    /// A command that runs a program that came with the server, for instance `pgbench`,
    /// and connects as the superuser.
    #[must_use]
    pub fn command(&self, name: &str) -> Command {
        let mut command = programs::command(name);
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "postgres")
            .env("PGPASSWORD", &self.password);
        command
    }

    /// Runs SQL as the superuser, as [`Database::psql`] does.
    pub fn psql(&self, database: &str, sql: &str) -> io::Result<String> {
        self.client().run(database, sql)
    }

    /// Creates an empty database with a unique name, removed when dropped.
    pub fn database(&self) -> io::Result<Database> {
        Database::new(self.client(), &self.url("postgres"))
    }

    pub(crate) fn client(&self) -> Psql {
        let Self { password, port, .. } = self;
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable");
        Psql::new(&url, Some(password))
    }

    /// Has the server accept TLS too, with a certificate (followed by those that lead to
    /// a root) and its private key, both in PEM.
    pub fn show(&self, certificate: &str, key: &str) -> io::Result<()> {
        self.folder.write("data/server.crt", certificate)?;
        self.folder.write("data/server.key", key)?;
        self.set(&[("ssl", "on")])
    }

    /// Adds lines to `postgresql.conf`; of two with one name the later counts.
    pub(crate) fn append(&self, settings: &[(&str, &str)]) -> io::Result<()> {
        let mut lines = String::new();
        for (name, value) in settings {
            let value = value.replace('\'', "''");
            let _ = writeln!(lines, "{name} = '{value}'");
        }
        let file = self.folder.path.join("data/postgresql.conf");
        let mut file = File::options().append(true).open(file)?;
        file.write_all(lines.as_bytes())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The folder's guard would do the same, but more slowly.
        let _ = self.stop(Stop::Immediate);
    }
}

/// A random port on which nothing listens.
///
/// It is below those that the system gives to clients (from 32768 on Linux, from 49152
/// elsewhere): while a server restarts, a client that got its port would connect to
/// itself.
fn free_port() -> io::Result<u16> {
    for _ in 0..100 {
        let above = u16::try_from(random() % 17_000).unwrap_or_default();
        let port = 15_000_u16.saturating_add(above);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no free port"))
}
