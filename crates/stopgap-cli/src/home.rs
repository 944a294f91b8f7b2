//! The store and its key file, which are created if there are none.

use std::path::{Path, PathBuf};

use stopgap::Actor;
use stopgap_registry::{Clock, Registry, StoreError, SystemClock, store};

use crate::{
    args::{ClockTolerance, Globals},
    failure::Failure,
    key_file::{KeyFile, KeyFileError},
    place::Place,
    private_file::FileError,
    show::note,
};

/// The store, its key file and the actor.
pub(crate) struct Home {
    pub(crate) registry: Registry,
    pub(crate) actor: Actor,
    /// The key file.
    pub(crate) key_file: PathBuf,
}

impl Home {
    /// Opens the store and the key file that the options and the environment name, and creates
    /// those that are missing.
    pub(crate) fn open(globals: &Globals) -> Result<Self, Failure> {
        let store = place(globals)?;
        let key_file = match &globals.key_file {
            Some(path) => path.clone(),
            None => folder(globals).join("stopgap.key"),
        };
        let ring = keys(&key_file, &store)?.ring()?;
        let mut builder = Registry::builder(&ring).tenant(globals.tenant.as_str());
        if let Some(ClockTolerance(tolerance)) = globals.clock_tolerance {
            builder = builder.clock_tolerance(tolerance);
        }
        let registry = store.open(|url| builder.open(url))?;
        let name = match &globals.actor {
            Some(name) => name.clone(),
            None => system_user()?,
        };
        let role = globals.role;
        Ok(Self {
            registry,
            actor: Actor { name, role },
            key_file,
        })
    }
}

/// Returns the folder of the files that the options do not name. It is not in the user's home,
/// because a store belongs to a service, and a new file in the current folder is seen at once.
fn folder(globals: &Globals) -> &Path {
    globals.home.as_deref().unwrap_or(Path::new(""))
}

/// Returns the place of the store that the options and the environment name.
pub(crate) fn place(globals: &Globals) -> Result<Place, Failure> {
    let store = match &globals.store {
        Some(url) => Place::of(url)?,
        None => Place::File(folder(globals).join("stopgap.db")),
    };
    if let Some(home) = &globals.home
        && !home.is_dir()
    {
        let home = home.display();
        let what = format!("there is no folder {home}; make it first, or name another");
        return Err(Failure::trouble("no_home", what));
    }
    Ok(store)
}

/// Reads the keys. Makes a key if there is neither a key file nor a store: under a new key the
/// codes of an existing store would be unknown.
fn keys(path: &Path, store: &Place) -> Result<KeyFile, Failure> {
    let missing =
        |error: &KeyFileError| matches!(error, KeyFileError::File(file) if file.is_missing());
    match KeyFile::read(path) {
        Err(error) if missing(&error) => {}
        read => return Ok(read?),
    }
    if is_there(store)? {
        // Another process may have made both just now, the key first.
        return KeyFile::read(path).map_err(|error| {
            if missing(&error) {
                Failure::trouble("key_file_missing", lost(path))
            } else {
                error.into()
            }
        });
    }
    match KeyFile::create(path) {
        Ok(keys) => {
            let path = path.display();
            note(format_args!(
                "Made the key file {path}: keep a copy of it somewhere safe."
            ));
            Ok(keys)
        }
        // Another process was faster.
        Err(KeyFileError::File(FileError::Exists { .. })) => Ok(KeyFile::read(path)?),
        Err(error) => Err(error.into()),
    }
}

/// Returns `true` if the store may hold codes. A server is asked.
fn is_there(place: &Place) -> Result<bool, Failure> {
    if !place.is_there() || matches!(place, Place::File(_)) {
        return Ok(place.is_there());
    }
    match store::open_source(&place.url()?, SystemClock.now()) {
        Err(StoreError::Missing) => Ok(false),
        source => Ok(!source?.tenants()?.is_empty()),
    }
}

fn lost(path: &Path) -> String {
    format!(
        "there is no key file {}, but the store is there, and nothing in it works without its \
        key: bring the file back, or name it with --key-file",
        path.display()
    )
}

/// Returns the user who is logged on, for the log. It proves nothing: a user who can read the
/// key can pass any name.
fn system_user() -> Result<stopgap::Name, Failure> {
    let name = whoami::username().ok();
    name.and_then(|name| stopgap::Name::new(name).ok())
        .ok_or_else(|| Failure::usage("cannot determine the user: pass --actor NAME".into()))
}
