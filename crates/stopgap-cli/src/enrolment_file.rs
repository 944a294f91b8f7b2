//! The file that a machine is enrolled with, and its state beside it.

use std::{
    fs::File,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use stopgap::{
    EnrolmentKey, Name,
    offline::{Agent, Enrolment, SealedState, StateError, Step},
};
use zeroize::Zeroizing;

use crate::private_file::{self, Draft, FileError};

const KIND: &str = "enrolment";
const VERSION: u32 = 1;

/// The enrolment as it stands in its file, which is JSON.
#[derive(Deserialize, Serialize)]
pub(crate) struct EnrolmentFile {
    stopgap: String,
    version: u32,
    pub(crate) user: Name,
    pub(crate) machine: Name,
    pub(crate) generation: u32,
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
            key: Zeroizing::new(hex.into()),
        }
    }

    /// Writes it to its draft, which nobody else can read.
    pub(crate) fn write(&self, draft: &mut Draft) -> Result<(), EnrolmentFileError> {
        Ok(draft.write(&self.text()?)?)
    }

    /// What stands in the file.
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
        // serde_json's own words quote what they stumble on: a key, perhaps.
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

    /// The key that is in it.
    pub(crate) fn key(&self, path: &Path) -> Result<EnrolmentKey, EnrolmentFileError> {
        EnrolmentKey::from_hex(&self.key).map_err(|_| {
            let (path, what) = (path.to_owned(), "its key is not 64 hex digits");
            EnrolmentFileError::Damaged { path, what }
        })
    }
}

/// A machine's side of an enrolment: the agent, and where it keeps its state.
pub(crate) struct Machine {
    pub(crate) enrolment: EnrolmentFile,
    pub(crate) agent: Agent,
    state_path: PathBuf,
    /// The lock on the enrolment, where this one may change the state. Closing
    /// the file unlocks it.
    _file: File,
}

impl Machine {
    /// To look at it only.
    pub(crate) fn look(path: &Path) -> Result<Self, EnrolmentFileError> {
        Self::of(private_file::open(path)?, path)
    }

    /// To change its state: nobody else does meanwhile, so that two who redeem at
    /// once cannot both succeed.
    pub(crate) fn lock(path: &Path) -> Result<Self, EnrolmentFileError> {
        let file = private_file::open(path)?;
        file.lock().map_err(|source| FileError::io(path, source))?;
        Self::of(file, path)
    }

    fn of(file: File, path: &Path) -> Result<Self, EnrolmentFileError> {
        let enrolment = EnrolmentFile::parse(path, &private_file::read(&file, path)?)?;
        let key = enrolment.key(path)?;
        let state_path = private_file::with_suffix(&private_file::real(path)?, ".state");
        let state = |source| {
            let path = state_path.clone();
            EnrolmentFileError::State { path, source }
        };
        let agent = match std::fs::read(&state_path) {
            Ok(bytes) => {
                let sealed = SealedState::from_slice(&bytes).map_err(state)?;
                Agent::resume(key, &sealed).map_err(state)?
            }
            // The first time. Whoever can remove the state can as well put an
            // older one back, which no file can prevent: SPEC, "Sealed state".
            Err(error) if error.kind() == ErrorKind::NotFound => Agent::new(key),
            Err(error) => return Err(FileError::io(&state_path, error).into()),
        };
        Ok(Self {
            enrolment,
            agent,
            state_path,
            _file: file,
        })
    }

    /// Lets the agent do something, has its state on the disk, and only then
    /// tells the result.
    pub(crate) fn keep<T>(
        &mut self,
        step: impl FnOnce(&mut Agent) -> Step<T>,
    ) -> Result<T, EnrolmentFileError> {
        step(&mut self.agent).keep(|state| {
            let mut draft = Draft::beside(&self.state_path)?;
            draft.write(state.as_bytes())?;
            Ok(draft.replace()?)
        })
    }
}

/// What is wrong with an enrolment or its state. It never tells a digit of a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrolmentFileError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{}: {what}", path.display())]
    Damaged { path: PathBuf, what: &'static str },
    #[error("{}: {source}{}", path.display(), hint(source))]
    State { path: PathBuf, source: StateError },
    #[error("the enrolment could not be written: {0}")]
    Json(#[source] serde_json::Error),
}

/// What else it may be: the state of the enrolment before.
const fn hint(error: &StateError) -> &'static str {
    match error {
        StateError::DoesNotOpen => "; or, where it has just been enrolled again, remove this file",
        _ => "",
    }
}

impl EnrolmentFileError {
    /// One word for the log.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::File(error) => error.reason(),
            Self::Damaged { .. } => "enrolment_damaged",
            Self::State { source, .. } => source.reason(),
            Self::Json(_) => "io",
        }
    }
}
