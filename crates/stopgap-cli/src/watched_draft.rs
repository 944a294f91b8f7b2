//! The draft of a file of codes, if a signal ends the command.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    interrupt::{self, Guard},
    private_file::{Draft, FileError},
    show::note,
};

/// A draft that a signal removes unless it may hold codes that were issued.
pub(crate) struct WatchedDraft {
    draft: Draft,
    state: Arc<Mutex<State>>,
    guard: Guard,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No code in the draft is good.
    Making,
    /// The codes may be good at any time.
    Issuing,
    /// The file has its name.
    Published,
}

struct State {
    path: PathBuf,
    stage: Stage,
    /// The signal that ends the command once the file has its name.
    signal: Option<i32>,
}

impl State {
    /// Returns `true` if the signal may end the command now.
    fn interrupted(&mut self, signal: i32) -> bool {
        match (self.stage, self.signal) {
            (Stage::Making, _) => {
                let _ = fs::remove_file(&self.path);
                true
            }
            (Stage::Issuing, Some(_)) => {
                let path = self.path.display();
                note(format_args!(
                    "interrupted: the codes may have been issued; they are in {path}"
                ));
                true
            }
            (Stage::Issuing | Stage::Published, _) => {
                self.signal = Some(signal);
                if self.stage == Stage::Issuing {
                    note(
                        "The codes are being issued: waiting for the store. Interrupt again to end at once.",
                    );
                }
                false
            }
        }
    }
}

impl WatchedDraft {
    pub(crate) fn beside(target: &Path) -> Result<Self, FileError> {
        let state = Arc::new(Mutex::new(State {
            path: PathBuf::new(),
            stage: Stage::Making,
            signal: None,
        }));
        let watched = Arc::clone(&state);
        let guard = interrupt::guard(move |signal| locked(&watched).interrupted(signal));
        let guard = guard.map_err(|source| FileError::io(target, source))?;
        // A signal waits until it is known what to remove.
        let mut unwatched = locked(&state);
        let draft = Draft::beside(target)?;
        draft.path().clone_into(&mut unwatched.path);
        drop(unwatched);
        Ok(Self {
            draft,
            state,
            guard,
        })
    }

    /// Begins again.
    pub(crate) fn clear(&mut self) -> Result<(), FileError> {
        locked(&self.state).stage = Stage::Making;
        self.draft.clear()
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.draft.write(bytes)
    }

    /// Has the draft on the disk, before its codes are issued.
    pub(crate) fn sync(&mut self) -> Result<(), FileError> {
        self.draft.sync()?;
        locked(&self.state).stage = Stage::Issuing;
        Ok(())
    }

    /// Leaves the draft under the name that it has, and returns its path.
    pub(crate) fn keep(self) -> Option<PathBuf> {
        let mut state = locked(&self.state);
        state.stage = Stage::Published;
        self.draft.keep().ok()
    }

    /// Gives the file its name. If that fails, it keeps the name that it has.
    pub(crate) fn publish(self) -> Result<Published, FileError> {
        let mut state = locked(&self.state);
        self.draft.publish_or_keep()?;
        state.stage = Stage::Published;
        drop(state);
        Ok(Published {
            state: self.state,
            _guard: self.guard,
        })
    }
}

/// A file of codes that has its name.
pub(crate) struct Published {
    state: Arc<Mutex<State>>,
    _guard: Guard,
}

impl Published {
    /// Ends the command if a signal has waited for the file.
    pub(crate) fn end(self) {
        let signal = locked(&self.state).signal;
        if let Some(signal) = signal {
            interrupt::die(signal);
        }
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn state(path: &Path, stage: Stage) -> State {
        State {
            path: path.to_owned(),
            stage,
            signal: None,
        }
    }

    #[test]
    fn a_signal_removes_only_codes_that_are_not_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("draft");
        fs::write(&path, "codes").unwrap();
        assert!(state(&path, Stage::Making).interrupted(2));
        assert!(!path.exists());

        fs::write(&path, "codes").unwrap();
        let mut issuing = state(&path, Stage::Issuing);
        assert!(!issuing.interrupted(15));
        assert_eq!(issuing.signal, Some(15));
        assert!(issuing.interrupted(2));
        assert!(path.exists());

        let mut published = state(&path, Stage::Published);
        assert!(!published.interrupted(1));
        assert_eq!(published.signal, Some(1));
    }
}
