//! The file that a machine is enrolled with, and its state beside it.

use std::{
    fs::File,
    io::{self, ErrorKind, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use stopgap::{
    EnrolmentKey, Name,
    offline::{Agent, Enrolment, SealedState, StateError, Step},
};
use zeroize::Zeroizing;

use crate::{
    private_file::{self, Draft, FileError},
    rewrite::rewrite,
};

const KIND: &str = "enrolment";
const VERSION: u32 = 1;

/// The enrolment in its file, which is JSON.
#[derive(Deserialize, Serialize)]
pub(crate) struct EnrolmentFile {
    stopgap: String,
    version: u32,
    pub(crate) user: Name,
    pub(crate) machine: Name,
    pub(crate) generation: u32,
    /// `true` once the machine has a state.
    used: bool,
    key: Zeroizing<String>,
}

impl EnrolmentFile {
    pub(crate) fn new(enrolment: &Enrolment, key: &EnrolmentKey) -> Self {
        let mut hex = Zeroizing::new([0; 64]);
        // The buffer has twice the length of a key.
        let hex = base16ct::lower::encode_str(key.reveal(), &mut *hex).unwrap_or_default();
        Self {
            stopgap: KIND.into(),
            version: VERSION,
            user: enrolment.user.clone(),
            machine: enrolment.machine.clone(),
            generation: enrolment.generation,
            used: false,
            key: Zeroizing::new(hex.into()),
        }
    }

    /// Writes the enrolment to its draft, which only its owner can read.
    pub(crate) fn write(&self, draft: &mut Draft) -> Result<(), EnrolmentFileError> {
        Ok(draft.write(&self.text()?)?)
    }

    /// Returns the content of the file.
    pub(crate) fn text(&self) -> Result<Zeroizing<Vec<u8>>, EnrolmentFileError> {
        // Two names of 255 bytes, each six times as long when escaped, fit.
        let mut json = Zeroizing::new(Vec::with_capacity(4_096));
        serde_json::to_writer(&mut *json, self).map_err(EnrolmentFileError::Json)?;
        json.push(b'\n');
        Ok(json)
    }

    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, EnrolmentFileError> {
        let damaged = |what| EnrolmentFileError::Damaged {
            path: path.to_owned(),
            what,
        };
        let bytes = private_file::without_mark(bytes).map_err(damaged)?;
        // The errors of serde_json quote the text, which may be a key.
        let read: Self =
            serde_json::from_slice(bytes).map_err(|_| damaged("it is not an enrolment"))?;
        if read.stopgap != KIND {
            return Err(damaged("it is not an enrolment"));
        }
        if read.version != VERSION {
            return Err(damaged("a newer Stopgap made it; update this one"));
        }
        Ok(read)
    }

    /// Returns the key.
    pub(crate) fn key(&self, path: &Path) -> Result<EnrolmentKey, EnrolmentFileError> {
        EnrolmentKey::from_hex(&self.key).map_err(|_| {
            let (path, what) = (path.to_owned(), "its key is not 64 hex digits");
            EnrolmentFileError::Damaged { path, what }
        })
    }
}

/// Returns the place of `false` in the text of an enrolment that was not used. A name cannot look
/// like the member, because its quotation marks are escaped.
fn unused(bytes: &[u8]) -> Option<usize> {
    const MEMBER: &[u8] = b"\"used\"";
    let member = bytes.windows(MEMBER.len()).position(|at| at == MEMBER)?;
    let value = member.checked_add(MEMBER.len())?;
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b':';
    let gap = bytes
        .get(value..)?
        .iter()
        .take_while(|byte| is_between(byte));
    let value = value.checked_add(gap.count())?;
    bytes.get(value..)?.starts_with(b"false").then_some(value)
}

/// A machine's side of an enrolment: the agent, and its state.
pub(crate) struct Machine {
    pub(crate) enrolment: EnrolmentFile,
    pub(crate) agent: Agent,
    state_path: PathBuf,
    /// The enrolment, which is locked while the state may change. Closing it unlocks.
    file: File,
}

impl Machine {
    /// Opens an enrolment to look at it only.
    pub(crate) fn look(path: &Path) -> Result<Self, EnrolmentFileError> {
        let mut machine = Self::lock(path)?;
        // The locked file is closed, which unlocks it. Wine 8 reports an error for `unlock`.
        machine.file = private_file::open(path)?;
        Ok(machine)
    }

    /// Opens an enrolment to change its state. Other processes wait, so that of two that redeem
    /// a code at once only one succeeds.
    ///
    /// The first use writes the state, and marks the enrolment as used: if the state of a used
    /// enrolment is missing, a redeemed code would be good again.
    pub(crate) fn lock(path: &Path) -> Result<Self, EnrolmentFileError> {
        let file = match private_file::open_to_write(path) {
            // A used enrolment is only read.
            Err(FileError::Io { source, .. }) if source.kind() == ErrorKind::PermissionDenied => {
                private_file::open(path)
            }
            opened => opened,
        }?;
        file.lock().map_err(|source| FileError::io(path, source))?;
        let bytes = private_file::read(&file, path)?;
        let enrolment = EnrolmentFile::parse(path, &bytes)?;
        let key = enrolment.key(path)?;
        let used = enrolment.used;
        let state_path = private_file::with_suffix(&private_file::real(path)?, ".state");
        let state = |source| EnrolmentFileError::State {
            path: state_path.clone(),
            source,
            used,
        };
        let (agent, is_new) = match std::fs::read(&state_path) {
            Ok(bytes) => {
                let sealed = SealedState::from_slice(&bytes).map_err(state)?;
                (Agent::resume(key, &sealed).map_err(state)?, false)
            }
            Err(error) if error.kind() == ErrorKind::NotFound && used => {
                return Err(EnrolmentFileError::NoState { path: state_path });
            }
            Err(error) if error.kind() == ErrorKind::NotFound => (Agent::new(key), true),
            Err(error) => return Err(FileError::io(&state_path, error).into()),
        };
        let mut machine = Self {
            enrolment,
            agent,
            state_path,
            file,
        };
        if is_new {
            let state = machine.agent.seal();
            rewrite(&machine.state_path, state.as_bytes(), &machine.file)?;
        }
        if !used {
            let marked = machine.mark_used(&bytes);
            marked.map_err(|source| EnrolmentFileError::NotMarked {
                path: path.to_owned(),
                source,
            })?;
        }
        Ok(machine)
    }

    /// Lets the agent take a step, stores its state, and only then returns the result.
    pub(crate) fn keep<T>(
        &mut self,
        step: impl FnOnce(&mut Agent) -> Step<'_, T>,
    ) -> Result<T, EnrolmentFileError> {
        step(&mut self.agent).keep(|state| {
            let written = rewrite(&self.state_path, state.as_bytes(), &self.file);
            Ok(written?)
        })
    }

    /// Stores the state as it is, which fails if no step could be stored.
    pub(crate) fn store(&self) -> Result<(), EnrolmentFileError> {
        let state = self.agent.seal();
        Ok(rewrite(&self.state_path, state.as_bytes(), &self.file)?)
    }

    /// Changes `false` to `true` in the text of the enrolment. It is written in place, because
    /// the file is locked; these few bytes are written as a whole or not at all.
    fn mark_used(&mut self, bytes: &[u8]) -> io::Result<()> {
        let place = unused(bytes).ok_or(ErrorKind::InvalidData)?;
        let place = u64::try_from(place).map_err(io::Error::other)?;
        self.file.seek(SeekFrom::Start(place))?;
        self.file.write_all(b"true ")?;
        self.file.sync_all()?;
        self.enrolment.used = true;
        Ok(())
    }
}

/// The error of an enrolment or its state. It contains no digit of a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrolmentFileError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: {what}", path.display())]
    Damaged { path: PathBuf, what: &'static str },
    #[error("{}: {source}{}", path.display(), hint(source, *used))]
    State {
        path: PathBuf,
        source: StateError,
        used: bool,
    },
    #[error(
        "{} is missing, but the enrolment was used: without the state, codes that were redeemed \
        would be good again. Restore the file, or enrol the machine again", path.display()
    )]
    NoState { path: PathBuf },
    #[error(
        "{} could not be marked as used ({source}): its owner must be able to write it",
        path.display()
    )]
    NotMarked { path: PathBuf, source: io::Error },
    #[error("the enrolment could not be written: {0}")]
    Json(#[source] serde_json::Error),
}

/// Returns the way out if the state may be that of an earlier enrolment.
const fn hint(error: &StateError, used: bool) -> &'static str {
    match error {
        StateError::DoesNotOpen if !used => {
            "; or remove this file, if the machine has just been enrolled again"
        }
        _ => "",
    }
}

impl EnrolmentFileError {
    /// Returns one word for the log.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::File(error) => error.reason(),
            Self::Damaged { .. } => "enrolment_damaged",
            Self::State { source, .. } => source.reason(),
            Self::NoState { .. } => "state_missing",
            Self::NotMarked { .. } | Self::Json(_) => "io",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_found_in_any_layout() {
        for (text, place) in [
            (r#"{"used":false,"key":""}"#, Some(8)),
            ("{\"key\":\"\",\n  \"used\": false\n}", Some(21)),
            (r#"{"user":"\"used\":false","used":false}"#, Some(32)),
            (r#"{"used":true,"key":""}"#, None),
            ("", None),
        ] {
            assert_eq!(unused(text.as_bytes()), place, "{text}");
        }
    }

    #[test]
    fn an_enrolment_in_another_encoding_is_read_or_named() {
        let text = format!(
            r#"{{"stopgap":"enrolment","version":1,"user":"a","machine":"b","generation":1,"used":false,"key":"{}"}}"#,
            "00".repeat(32)
        );
        let marked = format!("\u{FEFF}{text}");
        let path = Path::new("e");
        assert!(EnrolmentFile::parse(path, marked.as_bytes()).is_ok());
        let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let error = EnrolmentFile::parse(path, &wide).err().unwrap();
        assert_eq!(error.to_string(), "e: it is UTF-16 text: save it as UTF-8");
    }
}
