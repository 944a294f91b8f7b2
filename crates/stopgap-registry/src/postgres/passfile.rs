//! The password file of libpq.
//!
//! The crates pg-client-config and postgres-service read such files. But the first applies
//! other variables of the environment as well, and the second reads no passwords.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use tokio_postgres::{Config, config::Host};

use super::{
    mistake::unusable, parameters::Parameters, servers::Servers, surroundings::Surroundings,
};
use crate::store::Result;

/// The longest file that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// The folders of sockets that libpq takes for this machine.
#[cfg(unix)]
const SOCKETS: [&str; 3] = ["/tmp", "/var/run/postgresql", "/run/postgresql"];

/// A password file.
#[derive(Default)]
pub(super) struct PassFile {
    path: PathBuf,
    lines: Vec<Line>,
    /// `true` if other users may read it.
    is_exposed: bool,
}

/// A line: the host, the port, the database and the user, each `None` for any, and the password.
struct Line {
    wanted: [Option<String>; 4],
    password: String,
}

impl PassFile {
    /// Reads the file that the parameter `passfile` or `PGPASSFILE` names, or that of the
    /// user. The last two may be missing.
    pub(super) fn read(given: &Parameters, around: &Surroundings) -> Result<Self> {
        let of_user = || {
            let home = around.home.as_ref()?;
            Some(home.join(".pgpass"))
        };
        match given.get("passfile") {
            Some("") => Ok(Self::default()),
            Some(path) => Self::of(path.into(), true),
            None => match around.passfile.clone().or_else(of_user) {
                Some(path) => Self::of(path, false),
                None => Ok(Self::default()),
            },
        }
    }

    fn of(path: PathBuf, must_exist: bool) -> Result<Self> {
        let cannot = |why: &dyn fmt::Display| cannot(&path, why);
        let about = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => {
                return Ok(Self::default());
            }
            about => about.map_err(|error| cannot(&error))?,
        };
        // As in libpq, /dev/null holds no password.
        if !about.is_file() {
            return Ok(Self::default());
        }
        if about.len() > LONGEST {
            return Err(cannot(&"it is too long"));
        }
        let mut file = File::open(&path).map_err(|error| cannot(&error))?;
        // Of the open file: another one may have its name by now.
        let about = file.metadata().map_err(|error| cannot(&error))?;
        let mut text = Vec::new();
        let read = file.read_to_end(&mut text);
        read.map_err(|error| cannot(&error))?;
        Ok(Self {
            lines: lines(&String::from_utf8_lossy(&text)),
            is_exposed: others_may_read(&about),
            path,
        })
    }

    /// Gives each server its password, if there is a line for it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Address`](crate::StoreError::Address) if other users may read a password
    /// that a server would get.
    pub(super) fn fill(&self, servers: &mut Servers, user: &str) -> Result<()> {
        for server in &mut servers.each {
            let Some(password) = self.password(server, user) else {
                continue;
            };
            if self.is_exposed {
                let why = "other users may read it; run chmod 600 on it";
                return Err(cannot(&self.path, &why));
            }
            server.password(password);
        }
        Ok(())
    }

    /// Returns the password of the first line that fits a server.
    fn password(&self, server: &Config, user: &str) -> Option<&str> {
        let host = match server.get_hosts().first()? {
            Host::Tcp(name) => name.as_str(),
            #[cfg(unix)]
            Host::Unix(folder) => match folder.to_str()? {
                socket if SOCKETS.contains(&socket) => "localhost",
                socket => socket,
            },
        };
        let port = server.get_ports().first()?.to_string();
        let user = server.get_user().unwrap_or(user);
        let database = server.get_dbname().unwrap_or(user);
        let found = [host, &port, database, user];
        let line = self.lines.iter().find(|line| {
            let mut pairs = line.wanted.iter().zip(found);
            pairs.all(|(wanted, found)| wanted.as_ref().is_none_or(|wanted| wanted == found))
        })?;
        Some(&line.password)
    }
}

fn cannot(path: &Path, why: &dyn fmt::Display) -> crate::StoreError {
    let path = path.display();
    unusable(format!("its password file {path} cannot be used: {why}"))
}

/// Reads lines `HOST:PORT:DATABASE:USER:PASSWORD`. As libpq does, it skips comments, and lines
/// with fewer fields or without a password.
fn lines(text: &str) -> Vec<Line> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(line).collect()
}

fn line(line: &str) -> Option<Line> {
    let mut rest = line;
    let mut next = || {
        let (field, behind) = split(rest);
        rest = behind?;
        Some(match field {
            "*" => None,
            field => Some(unescape(field)),
        })
    };
    let wanted = [next()?, next()?, next()?, next()?];
    // As in libpq, the password ends at a colon that is not escaped.
    let password = unescape(split(rest).0);
    (!password.is_empty()).then_some(Line { wanted, password })
}

/// Splits a line at the first colon that is not escaped.
fn split(line: &str) -> (&str, Option<&str>) {
    let mut is_escaped = false;
    let end = line.find(|character| {
        let is_end = character == ':' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end
    });
    match end.and_then(|end| line.split_at_checked(end)) {
        Some((field, behind)) => (field, behind.strip_prefix(':')),
        None => (line, None),
    }
}

/// Removes each backslash that escapes a character.
fn unescape(field: &str) -> String {
    let mut characters = field.chars();
    let mut text = String::new();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}

#[cfg(unix)]
fn others_may_read(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    about.mode() & 0o077 != 0
}

/// Windows keeps the file in the folder of the user, which others cannot read; libpq does not
/// check it there either.
#[cfg(not(unix))]
fn others_may_read(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_libpq_reads_them() {
        let read = |text: &str| {
            let lines = lines(text).into_iter();
            let lines = lines.map(|line| {
                let wanted = line.wanted.map(|field| field.unwrap_or("ANY".into()));
                (wanted.join("|"), line.password)
            });
            lines.collect::<Vec<_>>()
        };
        for (text, wanted, password) in [
            ("h:5432:d:u:p", "h|5432|d|u", "p"),
            ("*:*:*:*:p", "ANY|ANY|ANY|ANY", "p"),
            (r"\*:1:a\:b:c\\d:p\:q\\", r"*|1|a:b|c\d", r"p:q\"),
            (r"\:\:1:*:d:u:p*:left out", "::1|ANY|d|u", "p*"),
            ("\u{FEFF}h:1:d:u: p \r\n", "h|1|d|u", " p "),
        ] {
            assert_eq!(
                read(text),
                [(wanted.to_owned(), password.to_owned())],
                "{text}"
            );
        }
        for text in ["", "# h:1:d:u:p", "h:1:d:p", "h:1:d:u:", "p", r"h:1:d:u\:p"] {
            assert!(read(text).is_empty(), "{text}");
        }
    }
}
