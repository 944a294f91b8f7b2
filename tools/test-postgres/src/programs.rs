//! Where the programs of a PostgreSQL server are.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// What a folder must hold to be that of a server.
const SERVER: [&str; 3] = ["initdb", "postgres", "pg_basebackup"];

/// Folders of the packages of Debian, of the PostgreSQL project for Red Hat, of
/// Homebrew and of Postgres.app, each with one folder for a version.
const PACKAGES: [(&str, &str); 6] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/usr/local", "pgsql"),
    ("/opt/homebrew/opt", "postgresql"),
    ("/usr/local/opt", "postgresql"),
    ("/Applications/Postgres.app/Contents/Versions", ""),
];

/// The programs of one PostgreSQL server, of one version.
#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Those on `PATH`, where `pg_config` says, or in the folders of the usual
    /// packages, there the newest; `None` where no server is installed.
    #[must_use]
    pub fn find() -> Option<Self> {
        let mut folders: Vec<PathBuf> = paths().collect();
        folders.extend(configured());
        folders.extend(packaged());
        let whole = |folder: &PathBuf| SERVER.iter().all(|name| folder.join(name).is_file());
        let folder = folders.into_iter().find(whole)?;
        Some(Self { folder })
    }

    /// The program of that name, for instance `pgbench`; beside the server, or else on
    /// `PATH`.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let beside = std::iter::once(self.folder.clone());
        beside
            .chain(paths())
            .map(|folder| folder.join(name))
            .find(|program| program.is_file())
    }

    /// A command that runs the program of that name, free of the `PG…` variables that
    /// would send it elsewhere.
    ///
    /// # Errors
    ///
    /// It is not installed.
    pub fn command(&self, name: &str) -> io::Result<Command> {
        let program = self.program(name).ok_or_else(|| missing(name))?;
        Ok(command(&program))
    }

    /// The server's own words for its version: `postgres (PostgreSQL) 15.4`.
    ///
    /// # Errors
    ///
    /// It does not run.
    pub fn version(&self) -> io::Result<String> {
        let output = self.command("postgres")?.arg("--version").output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

/// A command without the variables that libpq reads.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command
}

/// The program is on no path that was looked at.
pub(crate) fn missing(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{name} is not installed"))
}

/// The folders on `PATH`.
pub(crate) fn paths() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim()))
}

fn packaged() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, prefix) in PACKAGES {
        let Ok(entries) = fs::read_dir(parent) else {
            continue;
        };
        for entry in entries.flatten() {
            if let Some(version) = version(&entry.file_name(), prefix) {
                found.push((version, entry.path().join("bin")));
            }
        }
    }
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The 15 of `15`, `pgsql-15` and `postgresql@15`; nought where there is only the name.
fn version(name: &OsStr, prefix: &str) -> Option<u32> {
    let rest = name.to_str()?.strip_prefix(prefix)?;
    if rest.is_empty() {
        return (!prefix.is_empty()).then_some(0);
    }
    let number = rest.strip_prefix('@').unwrap_or(rest);
    number.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_folders() {
        for (name, prefix, expected) in [
            ("15", "", Some(15)),
            ("9.6", "", Some(9)),
            ("pgsql-16", "pgsql-", Some(16)),
            ("postgresql@17", "postgresql", Some(17)),
            ("postgresql", "postgresql", Some(0)),
            ("postgresqlish", "postgresql", None),
            ("lib", "pgsql-", None),
            ("latest", "", None),
        ] {
            assert_eq!(version(OsStr::new(name), prefix), expected, "{name}");
        }
    }
}
