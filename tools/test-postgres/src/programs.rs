//! The installed programs of a PostgreSQL server.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

/// The variable that names a server on which tests may create databases, as a URL.
pub const VARIABLE: &str = "STOPGAP_TEST_POSTGRES";

/// The variable that names the folder of the server's programs. Other programs, such as
/// `psql`, may lie elsewhere.
pub const PROGRAMS: &str = "STOPGAP_POSTGRES_BIN";

/// The programs of a server's folder that is not named.
const SERVER: [&str; 3] = ["initdb", "postgres", "pg_basebackup"];

/// Folders of the packages of Debian, of the PostgreSQL project for Red Hat, of
/// Homebrew and of Postgres.app, each with one folder per version; the others are on
/// `PATH`.
const PACKAGES: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    ("/Applications/Postgres.app/Contents/Versions", ""),
];

/// `true` if the programs of a server are installed.
#[must_use]
pub fn installed() -> bool {
    folder().is_some()
}

/// `true` if a program came with the server.
pub(crate) fn beside_server(name: &str) -> bool {
    folder().is_some_and(|folder| folder.join(name).is_file())
}

/// A command that runs a program without the `PG…` variables that libpq reads.
pub(crate) fn command(name: &str) -> Command {
    let mut command = Command::new(program(name));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    // Tests read the messages, which are English so in any locale.
    command.env("LC_ALL", "C");
    command
}

/// The program of the server's folder, or else of the newest package, or on `PATH`.
///
/// Programs of one folder have one version. Debian's `psql` on `PATH` also starts Perl
/// first, to find the one of the package.
fn program(name: &str) -> PathBuf {
    let Some(folder) = folder() else {
        return name.into();
    };
    let beside = folder.join(name);
    // A server of another version must not take the place of a missing one.
    if beside.is_file() || ["initdb", "postgres"].contains(&name) {
        return beside;
    }
    let program = packaged().map(|folder| folder.join(name));
    let program = program.filter(|program| program.is_file());
    program.unwrap_or_else(|| name.into())
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> io::Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = format!("{name}: {}: {}", output.status, said.trim());
    Err(io::Error::other(said))
}

/// The server's folder: named by [`PROGRAMS`], on `PATH`, named by `pg_config`, or that of
/// the newest package.
fn folder() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOLDER.get_or_init(|| {
        if let Some(named) = std::env::var_os(PROGRAMS) {
            // The programs run in other folders.
            return std::path::absolute(named).ok();
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
            folders.push(String::from_utf8_lossy(&output.stdout).trim().into());
        }
        folders.extend(packaged());
        let whole = |folder: &PathBuf| SERVER.iter().all(|name| folder.join(name).is_file());
        folders.into_iter().find(whole)
    });
    found.as_deref()
}

/// The folder of the newest installed package.
fn packaged() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, prefix) in PACKAGES {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let version = name.to_str().and_then(|name| name.strip_prefix(prefix));
            if let Some(Ok(version)) = version.map(str::parse) {
                found.push((version, entry.path().join("bin")));
            }
        }
    }
    found.into_iter().max().map(|(_, folder)| folder)
}

/// Tells, once in a process, that tests are skipped because no server is installed. It writes
/// to standard error itself: the test harness hides the output of `eprintln!`.
pub(crate) fn skipped() {
    static PRINTED: OnceLock<()> = OnceLock::new();
    PRINTED.get_or_init(|| {
        let why = match std::env::var_os(VARIABLE) {
            Some(_) => "never stopped nor killed: no server programs were found".to_owned(),
            None => format!("not tested: neither its server programs were found nor {VARIABLE}"),
        };
        let _ = writeln!(io::stderr(), "skipped: PostgreSQL was {why}");
    });
}
