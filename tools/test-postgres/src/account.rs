//! Whom the server runs as.

use std::{io, os::unix::process::CommandExt, path::Path, process::Command};

/// The user for root's servers: PostgreSQL's own, or else the one that owns nothing.
const NAMES: [&str; 2] = ["postgres", "nobody"];

/// Another user than the one of this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// `None` for whom PostgreSQL runs as they are: everybody but root.
    pub(crate) fn needed() -> io::Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let found = NAMES.iter().find_map(|name| {
            let (user, group) = (id("-u", name)?, id("-g", name)?);
            Some(Self { user, group })
        });
        found.map(Some).ok_or_else(|| {
            io::Error::other("root cannot run PostgreSQL, and there is no user postgres or nobody")
        })
    }

    /// Has the command run as this user, in no group but its own.
    pub(crate) fn runs(self, command: &mut Command) {
        command.uid(self.user).gid(self.group);
    }

    /// Gives the user a file or folder.
    pub(crate) fn gets(self, path: &Path) -> io::Result<()> {
        std::os::unix::fs::chown(path, Some(self.user), Some(self.group))
    }
}

fn id(which: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([which, name]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.trim().parse().ok().filter(|id| *id != 0)
}
