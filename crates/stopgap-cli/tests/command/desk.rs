//! A folder to work in, and the output of the command there.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use chrono::{DateTime, Utc};
use stopgap::{KeyId, KeyRing, MasterKey};
use stopgap_registry::{Clock, SystemClock};

use super::shape::{Piece, Shape, pieces};

/// A folder, and a clean environment with Berlin's time, even if this machine has no time
/// zones.
pub struct Desk {
    folder: tempfile::TempDir,
}

/// The output of the command.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Desk {
    /// Creates an empty folder.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    /// Creates a folder with a store and its key.
    pub fn ready() -> Self {
        let desk = Self::new();
        assert_eq!(desk.stopgap("init").status, 0);
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn read_bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn set_mode(&self, name: &str, mode: u32) {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.path(name), mode).unwrap();
    }

    pub fn mode(&self, name: &str) -> u32 {
        let about = fs::metadata(self.path(name)).unwrap();
        about.permissions().mode() & 0o777
    }

    /// Returns the keys of the key file.
    pub fn ring(&self) -> KeyRing {
        let text = self.read("stopgap.key");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut keys = lines.map(|line| {
            let (id, hex) = line.split_once(' ').unwrap();
            (
                KeyId(id.parse().unwrap()),
                MasterKey::from_hex(hex).unwrap(),
            )
        });
        let (id, oldest) = keys.next().unwrap();
        let mut ring = KeyRing::new(id, &oldest);
        for (id, key) in keys {
            ring.add(id, &key).unwrap();
        }
        ring
    }

    /// Returns the names of the files there, without the locks of stores, which not every system
    /// has.
    pub fn files(&self) -> Vec<String> {
        let files = fs::read_dir(self.folder.path()).unwrap();
        let name = |file: std::io::Result<fs::DirEntry>| file.unwrap().file_name();
        let mut names: Vec<String> = files
            .map(|file| name(file).into_string().unwrap())
            .filter(|name| !name.ends_with(".db-lock"))
            .collect();
        names.sort();
        names
    }

    /// Returns the command with these words; `'` quotes a word with spaces.
    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stopgap"));
        for (index, part) in words.split('\'').enumerate() {
            if index % 2 == 1 {
                command.arg(part);
            } else {
                command.args(part.split_whitespace());
            }
        }
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the command without input.
    pub fn stopgap(&self, words: &str) -> Said {
        Said::of(self.command(words).output().unwrap())
    }

    /// Runs the command with this input.
    pub fn hears(&self, input: &str, words: &str) -> Said {
        Said::of(self.start(input, words).wait_with_output().unwrap())
    }

    /// Starts the command with this input, and does not wait.
    pub fn start(&self, input: &str, words: &str) -> Child {
        start(self.command(words), input)
    }

    /// Runs the command, and returns the one line that it prints.
    pub fn line(&self, words: &str) -> String {
        let said = self.stopgap(words);
        assert_eq!(said.status, 0, "{words}: {}", said.stderr);
        assert_eq!(said.stdout.lines().count(), 1, "{}", said.stdout);
        said.stdout.trim_end().to_owned()
    }
}

/// Starts a command with this input, and does not wait.
pub fn start(mut command: Command, input: &str) -> Child {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // The command may have ended before it read the whole input.
    let _ = stdin.write_all(input.as_bytes());
    child
}

impl Said {
    pub fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Checks that the command succeeded and printed this, with codes, ids and times
    /// masked.
    #[track_caller]
    pub fn done(&self, stdout: &str) {
        self.is(0, stdout, "");
    }

    /// Checks that the command was refused with this sentence.
    #[track_caller]
    pub fn refused(&self, sentence: &str) {
        self.is(1, "", &format!("{sentence}\n"));
    }

    /// Checks that the command failed with this status and error.
    #[track_caller]
    pub fn failed(&self, status: i32, error: &str) {
        self.is(status, "", &format!("error: {error}\n"));
    }

    #[track_caller]
    pub fn is(&self, status: i32, stdout: &str, stderr: &str) {
        let said = (self.status, masked(&self.stdout), masked(&self.stderr));
        assert_eq!(said, (status, stdout.to_owned(), stderr.to_owned()));
    }
}

/// Returns the time of this machine.
pub fn now() -> DateTime<Utc> {
    SystemClock.now()
}

/// Returns a text with words for the parts that differ from run to run.
pub fn masked(text: &str) -> String {
    let mask = |piece: &Piece<'_>| match *piece {
        Piece::Plain(plain) => plain.to_owned(),
        Piece::Shaped(Shape::Id, _) => "<id>".into(),
        Piece::Shaped(Shape::Time, _) => "<time>".into(),
        Piece::Shaped(Shape::SecondsLeft, _) => "<seconds>".into(),
        Piece::Shaped(Shape::Generation, _) => "<generation>".into(),
        Piece::Shaped(Shape::Code, _) => "<code>".into(),
        Piece::Shaped(Shape::Relative, ahead) if ahead.starts_with("(in ") => ahead.into(),
        // On a slow machine, "now" can be some seconds ago.
        Piece::Shaped(Shape::Relative, _) => "(now)".into(),
    };
    pieces(text).iter().map(mask).collect()
}
