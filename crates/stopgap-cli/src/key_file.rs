//! The file of master keys: lines `ID HEX`, oldest first, with `#` comments.

use std::{
    fmt::Write,
    fs::File,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use stopgap::{KeyId, KeyRing, MasterKey, SysRng};
use stopgap_registry::owner_file;
use zeroize::Zeroizing;

use crate::{
    private_file::{self, Draft, FileError},
    rewrite::{own, rewrite},
};

const HEAD: &str = "\
# Stopgap's master keys, oldest first. A user who can read this file can do everything, and
# without it no code in the store works: keep a copy, but not beside the store.
";

/// A key file as it was read.
pub(crate) struct KeyFile {
    path: PathBuf,
    /// The lines, wiped with the rest.
    text: Zeroizing<String>,
    keys: Vec<(KeyId, MasterKey)>,
}

impl KeyFile {
    /// Reads a key file.
    pub(crate) fn read(path: &Path) -> Result<Self, KeyFileError> {
        let file = private_file::open_shared(path)?;
        let bytes = private_file::read(&file, path)?;
        Self::parse(path, &bytes)
    }

    /// Makes a file with a new key, number 1, unless there is a file already.
    pub(crate) fn create(path: &Path) -> Result<Self, KeyFileError> {
        let mut text = Zeroizing::new(String::with_capacity(1_024));
        text.push_str(HEAD);
        push_key(&mut text, KeyId(1), &new_key()?);
        // It is complete before it gets its name: a process that loses the race for the name
        // reads the key of the other one, and never half of it.
        let mut draft = Draft::beside(path)?;
        draft.write(text.as_bytes())?;
        draft.publish()?;
        Self::parse(path, text.as_bytes())
    }

    /// Returns the ring of the keys.
    pub(crate) fn ring(&self) -> Result<KeyRing, KeyFileError> {
        let [(id, oldest), newer @ ..] = self.keys.as_slice() else {
            return Err(self.damaged(0, "there is no key in it"));
        };
        let mut ring = KeyRing::new(*id, oldest);
        for (id, key) in newer {
            ring.add(*id, key)
                .map_err(|_| self.damaged(0, "it has two keys of one number"))?;
        }
        Ok(ring)
    }

    /// Returns the text of the file.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the keys with their ids, oldest first.
    pub(crate) fn keys(&self) -> &[(KeyId, MasterKey)] {
        &self.keys
    }

    /// Returns the keys with their ids, oldest first, and forgets the rest.
    pub(crate) fn into_keys(self) -> Vec<(KeyId, MasterKey)> {
        self.keys
    }

    /// Returns the ids of the keys, oldest first.
    pub(crate) fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys().iter().map(|(id, _)| *id)
    }

    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, KeyFileError> {
        let mut file = Self {
            path: path.to_owned(),
            text: Zeroizing::new(String::with_capacity(bytes.len().saturating_add(256))),
            keys: Vec::new(),
        };
        let bytes = private_file::without_mark(bytes).map_err(|what| file.damaged(0, what))?;
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(file.damaged(0, "it is not text"));
        };
        for (line, number) in text.lines().zip(1_usize..) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (id, hex) = match words.as_slice() {
                [] => ("", ""),
                [first, ..] if first.starts_with('#') => ("", ""),
                // One key that some other tool made.
                [hex] if file.keys.is_empty() => ("1", *hex),
                [id, hex] => (*id, *hex),
                _ => return Err(file.damaged(number, "a key is a number and 64 hex digits")),
            };
            if id.is_empty() {
                file.text.push_str(line);
                file.text.push('\n');
                continue;
            }
            let id = id
                .parse()
                .map(KeyId)
                .map_err(|_| file.damaged(number, "a key begins with its number"))?;
            let key = MasterKey::from_hex(hex)
                .map_err(|_| file.damaged(number, "a key is a number and 64 hex digits"))?;
            if file.ids().any(|other| other == id) {
                return Err(file.damaged(number, "that key's number stands above already"));
            }
            push_key(&mut file.text, id, &key);
            file.keys.push((id, key));
        }
        if file.keys.is_empty() {
            return Err(file.damaged(0, "there is no key in it"));
        }
        Ok(file)
    }

    fn damaged(&self, line: usize, what: &'static str) -> KeyFileError {
        let path = self.path.clone();
        KeyFileError::Damaged { path, line, what }
    }
}

/// A key file that no other process changes meanwhile.
pub(crate) struct LockedKeyFile {
    file: KeyFile,
    /// The file beside it that is locked, because the key file itself is replaced. If the folder
    /// may not be written, the key file is written in place, and is itself locked. Closing
    /// unlocks.
    lock: File,
}

impl LockedKeyFile {
    pub(crate) fn open(path: &Path) -> Result<Self, KeyFileError> {
        let path = &private_file::real(path)?;
        let lock = lock_beside(path).or_else(|error| match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Ok(private_file::open_shared(path)?)
            }
            _ => {
                let lock_path = private_file::with_suffix(path, ".lock");
                Err(FileError::io(&lock_path, error))
            }
        })?;
        lock.lock().map_err(|source| FileError::io(path, source))?;
        Ok(Self {
            file: KeyFile::read(path)?,
            lock,
        })
    }

    /// Returns a new key, and an id that neither the file nor the store has.
    pub(crate) fn next(
        &self,
        known: impl Iterator<Item = KeyId>,
    ) -> Result<(KeyId, MasterKey), KeyFileError> {
        let newest = self.file.ids().chain(known).max().unwrap_or(KeyId(0));
        let id = newest.0.checked_add(1).map(KeyId);
        let id = id.ok_or_else(|| self.file.damaged(0, "the numbers of keys are used up"))?;
        Ok((id, new_key()?))
    }

    /// Adds a key at the end of the file.
    pub(crate) fn add(&mut self, id: KeyId, key: &MasterKey) -> Result<(), KeyFileError> {
        push_key(&mut self.file.text, id, key);
        self.write()
    }

    /// Removes a key from the file, if it is there.
    pub(crate) fn remove(&mut self, id: KeyId) -> Result<(), KeyFileError> {
        let mut text = Zeroizing::new(String::with_capacity(self.file.text.len()));
        for line in self.file.text.lines() {
            let number = line
                .split_whitespace()
                .next()
                .and_then(|id| id.parse().ok());
            if number != Some(id.0) {
                text.push_str(line);
                text.push('\n');
            }
        }
        self.file.text = text;
        self.write()
    }

    fn write(&mut self) -> Result<(), KeyFileError> {
        let path = self.file.path.clone();
        self.file = KeyFile::parse(&path, self.file.text.as_bytes())?;
        Ok(rewrite(&path, self.file.text().as_bytes(), &self.lock)?)
    }
}

/// Opens the file that is locked for a key file. It has the owner of the key file, who must be
/// able to lock it too.
fn lock_beside(path: &Path) -> io::Result<File> {
    let lock = owner_file::open_or_create(&private_file::with_suffix(path, ".lock"))?;
    // Only root may give files away.
    let _ = path.metadata().and_then(|key_file| own(&lock, &key_file));
    Ok(lock)
}

fn new_key() -> Result<MasterKey, KeyFileError> {
    MasterKey::generate(&mut SysRng).map_err(|error| KeyFileError::Random(error.to_string()))
}

fn push_key(text: &mut String, id: KeyId, key: &MasterKey) {
    let mut hex = Zeroizing::new([0; 64]);
    // The buffer has twice the length of a key.
    let hex = base16ct::lower::encode_str(key.reveal(), &mut *hex).unwrap_or_default();
    // Writing to a string does not fail.
    let _ = writeln!(text, "{id} {hex}");
}

/// The error of a key file. It contains no digit of a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}{}: {what}", path.display(), place(*line))]
    Damaged {
        path: PathBuf,
        line: usize,
        what: &'static str,
    },
    #[error("no random numbers: {0}")]
    Random(String),
}

fn place(line: usize) -> String {
    match line {
        0 => String::new(),
        line => format!(", line {line}"),
    }
}

impl KeyFileError {
    /// Returns one word for the log.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::File(error) => error.reason(),
            Self::Damaged { .. } => "key_file_damaged",
            Self::Random(_) => "random",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn parse(text: &str) -> Result<KeyFile, String> {
        KeyFile::parse(Path::new("k"), text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_form_of_a_key_file_is_read() {
        for (text, ids) in [
            (format!("{HEX}\n"), vec![1]),
            (HEX.to_owned(), vec![1]),
            (format!("# one\r\n\r\n7 {HEX}\r\n"), vec![7]),
            (
                format!("3 {HEX}\n  2\t{}\n", HEX.to_uppercase()),
                vec![3, 2],
            ),
            (format!("{HEX}\n2 {HEX}\n"), vec![1, 2]),
            (format!("\u{FEFF}1 {HEX}\n"), vec![1]),
            (format!("\u{FEFF}# one\n{HEX}\n"), vec![1]),
        ] {
            let file = parse(&text).unwrap();
            assert_eq!(file.ids().map(|id| id.0).collect::<Vec<_>>(), ids, "{text}");
            let newest = file.ring().unwrap().primary_id().0;
            assert_eq!(Some(&newest), ids.last());
        }
    }

    #[test]
    fn every_error_of_a_key_file_is_returned() {
        for (text, error) in [
            (String::new(), "k: there is no key in it"),
            ("# nothing\n".into(), "k: there is no key in it"),
            (
                format!("1 {HEX}\n{HEX}\n"),
                "k, line 2: a key is a number and 64 hex digits",
            ),
            (
                format!("1 {HEX}0\n"),
                "k, line 1: a key is a number and 64 hex digits",
            ),
            (
                format!("one {HEX}\n"),
                "k, line 1: a key begins with its number",
            ),
            (
                format!("-1 {HEX}\n"),
                "k, line 1: a key begins with its number",
            ),
            (
                format!("1 {HEX} x\n"),
                "k, line 1: a key is a number and 64 hex digits",
            ),
            (
                format!("1 {HEX}\n1 {HEX}\n"),
                "k, line 2: that key's number stands above already",
            ),
        ] {
            assert_eq!(parse(&text).err().as_deref(), Some(error));
        }
        let binary = KeyFile::parse(Path::new("k"), b"1 \xFF").err().unwrap();
        assert_eq!(binary.to_string(), "k: it is not text");
        let wide = KeyFile::parse(Path::new("k"), b"\xFF\xFE1\0")
            .err()
            .unwrap();
        assert_eq!(wide.to_string(), "k: it is UTF-16 text: save it as UTF-8");
    }

    #[test]
    fn keys_are_added_and_removed_and_comments_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stopgap.key");
        KeyFile::create(&path).unwrap();
        assert!(matches!(
            KeyFile::create(&path).err(),
            Some(KeyFileError::File(FileError::Exists { .. }))
        ));
        let mut locked = LockedKeyFile::open(&path).unwrap();
        let (id, key) = locked.next([KeyId(1)].into_iter()).unwrap();
        assert_eq!(id, KeyId(2));
        locked.add(id, &key).unwrap();
        locked.remove(KeyId(1)).unwrap();
        assert_eq!(locked.file.ids().collect::<Vec<_>>(), [KeyId(2)]);
        drop(locked);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(HEAD) && text.lines().count() == 3);
        assert!(text.contains("\n2 "));
    }
}
