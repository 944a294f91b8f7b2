//! A server of our own.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read},
    path::Path,
    process::Child,
    sync::Mutex,
};

use crate::{
    Database, Programs, Stop, address::Address, folder::Folder, port, programs::missing,
    psql::Psql, settings,
};

/// What a server shows to clients that speak TLS, in PEM.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// The certificate, and after it those that lead to a root.
    pub certificate: &'a str,
    /// Its private key, without a passphrase.
    pub key: &'a str,
}

/// A PostgreSQL server in a temporary folder, whose superuser is `postgres`.
///
/// Threads may share it: every call takes `&self`. Dropped, the server ends and the
/// folder is removed; the same happens when the process ends, also by a signal.
pub struct Cluster {
    pub(crate) programs: Programs,
    pub(crate) folder: Folder,
    pub(crate) port: u16,
    pub(crate) password: String,
    pub(crate) encrypted: bool,
    /// `None` while it is stopped.
    pub(crate) postmaster: Mutex<Option<Child>>,
}

impl Cluster {
    /// Starts a server with those lines of `postgresql.conf` on top of
    /// `max_connections = 300`, `fsync = off` and `full_page_writes = off`.
    ///
    /// # Errors
    ///
    /// `initdb` fails, or the server does not start; what they said.
    pub fn start(programs: &Programs, settings: &[(&str, &str)]) -> io::Result<Self> {
        Self::new(programs, settings, None)
    }

    /// Starts a server that accepts TLS, and still those who come without.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_with_tls(
        programs: &Programs,
        settings: &[(&str, &str)],
        identity: Identity<'_>,
    ) -> io::Result<Self> {
        Self::new(programs, settings, Some(identity))
    }

    fn new(
        programs: &Programs,
        settings: &[(&str, &str)],
        identity: Option<Identity<'_>>,
    ) -> io::Result<Self> {
        let folder = Folder::new()?;
        let password = password()?;
        let file = folder.path().join("password");
        folder.write(&file, &password)?;
        let mut initdb = command(programs, &folder, "initdb")?;
        initdb
            .args(["--no-sync", "--username=postgres", "--auth=scram-sha-256"])
            .args(["--encoding=UTF8", "--locale=C", "--pwfile"])
            .arg(&file)
            .arg("--pgdata")
            .arg(folder.data());
        Folder::run(initdb)?;
        let cluster = Self {
            programs: programs.clone(),
            folder,
            port: port::free()?,
            password,
            encrypted: identity.is_some(),
            postmaster: Mutex::new(None),
        };
        cluster.append(&settings::USUAL)?;
        if let Some(Identity { certificate, key }) = identity {
            let data = cluster.folder.data();
            cluster
                .folder
                .write(&data.join("server.crt"), certificate)?;
            cluster.folder.write(&data.join("server.key"), key)?;
            cluster.append(&[("ssl", "on")])?;
        }
        cluster.append(settings)?;
        cluster.first_start()
    }

    /// Starts it on a port that it keeps; on another where someone was quicker.
    pub(crate) fn first_start(mut self) -> io::Result<Self> {
        let folder = self.folder.path().to_string_lossy().into_owned();
        for _ in 0..5 {
            self.append(&[
                ("port", &self.port.to_string()),
                ("unix_socket_directories", &folder),
            ])?;
            match self.start_again() {
                Ok(()) => return Ok(self),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    self.port = port::free()?;
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::from(io::ErrorKind::AddrInUse))
    }

    /// The URL of a database, over TCP and as the superuser, with the password in it.
    ///
    /// It says `sslmode=disable`, unless the server was given an [`Identity`]: then it
    /// has no parameters, and some may be added.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let Self { password, port, .. } = self;
        let query = if self.encrypted {
            ""
        } else {
            "?sslmode=disable"
        };
        format!("postgres://postgres:{password}@127.0.0.1:{port}/{database}{query}")
    }

    /// The URL of a database over the socket in the cluster's folder.
    #[must_use]
    pub fn socket_url(&self, database: &str) -> String {
        let Self { password, port, .. } = self;
        let folder = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres:{password}@{folder}:{port}/{database}?sslmode=disable")
    }

    /// The port on 127.0.0.1, the same for as long as the cluster lives.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password of the superuser.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The temporary folder: `data` with the cluster's files, and `log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the server has said since it first started.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn log(&self) -> io::Result<String> {
        fs::read_to_string(self.folder.log())
    }

    /// The programs that the cluster was made with.
    #[must_use]
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Runs SQL as the superuser, several statements as one transaction; the rows as
    /// lines, with `|` between columns.
    ///
    /// # Errors
    ///
    /// What `psql` said.
    pub fn psql(&self, database: &str, sql: &str) -> io::Result<String> {
        self.client()?.run(database, sql)
    }

    /// Makes an empty database, for as long as the cluster lives.
    ///
    /// # Errors
    ///
    /// What `psql` said, for instance that there is one of that name.
    pub fn create_database(&self, name: &str) -> io::Result<()> {
        self.client()?.create(name)
    }

    /// Makes an empty database of a name of its own, removed when dropped.
    ///
    /// # Errors
    ///
    /// What `psql` said.
    pub fn database(&self) -> io::Result<Database> {
        Database::new(self.client()?, &Address::of(&self.url("postgres")))
    }

    /// Changes settings: those that a running server takes up, at once, the others
    /// when it starts again.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn set(&self, settings: &[(&str, &str)]) -> io::Result<()> {
        self.append(settings)?;
        self.reload()
    }

    pub(crate) fn append(&self, settings: &[(&str, &str)]) -> io::Result<()> {
        let file = self.folder.data().join("postgresql.conf");
        let mut file = File::options().append(true).open(file)?;
        io::Write::write_all(&mut file, settings::lines(settings).as_bytes())
    }

    pub(crate) fn client(&self) -> io::Result<Psql> {
        let program = self
            .programs
            .program("psql")
            .ok_or_else(|| missing("psql"))?;
        let address = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        let password = Some(self.password.clone());
        Ok(Psql::new(program, Address::of(&address), password))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What the folder's guard would do also, more slowly.
        let _ = self.stop(Stop::Immediate);
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cluster = f.debug_struct("Cluster");
        cluster.field("folder", &self.folder.path());
        cluster.field("port", &self.port).finish_non_exhaustive()
    }
}

/// A command of the server's programs, as the server's user.
pub(crate) fn command(
    programs: &Programs,
    folder: &Folder,
    name: &str,
) -> io::Result<std::process::Command> {
    let program = programs.program(name).ok_or_else(|| missing(name))?;
    Ok(folder.command(&program))
}

/// 128 bits in hexadecimal: the server listens where every user of the machine is.
fn password() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}
