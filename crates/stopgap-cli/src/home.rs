//! Where the store and its key are, and making them where there are none.

use std::path::{Path, PathBuf};

use stopgap::Actor;
use stopgap_registry::{Clock, Registry, StoreError, SystemClock, store};

use crate::{
    args::Globals,
    failure::Failure,
    key_file::{KeyFile, KeyFileError},
    place::Place,
    private_file::FileError,
    show::note,
};

/// The store, its key, and who acts on it.
pub(crate) struct Home {
    pub(crate) registry: Registry,
    pub(crate) actor: Actor,
    /// Where the keys are.
    pub(crate) key_file: PathBuf,
}

impl Home {
    /// Opens the store and the key file that the options and the environment name, and creates
    /// those that are missing.
    pub(crate) fn open(globals: &Globals) -> Result<Self, Failure> {
        // The current folder and not one in the user's home: a store belongs to a service
        // and not to the person who types, and a new file is seen at once.
        let home = globals.home.as_deref().unwrap_or(Path::new(""));
        let store = match &globals.store {
            Some(url) => Place::of(url)?,
            None => Place::File(home.join("stopgap.db")),
        };
        let key_file = match &globals.key_file {
            Some(path) => path.clone(),
            None => home.join("stopgap.key"),
        };
        if let Some(home) = &globals.home
            && !home.is_dir()
        {
            // A new store in a folder that was mistyped would be a riddle.
            let home = home.display();
            let what = format!("there is no folder {home}; make it first, or name another");
            return Err(Failure::trouble("no_home", what));
        }
        let keys = keys(&key_file, &store)?;
        store.make()?;
        let registry = Registry::builder(&keys.ring()?)
            .tenant(globals.tenant.as_str())
            .open(&store.url()?)?;
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

/// Reads the keys, or makes one where there is neither a key nor a store: the
/// codes of a store that is there would all be dead under a new key.
fn keys(path: &Path, store: &Place) -> Result<KeyFile, Failure> {
    let missing =
        |error: &KeyFileError| matches!(error, KeyFileError::File(file) if file.is_missing());
    match KeyFile::read(path) {
        Err(error) if missing(&error) => {}
        read => return Ok(read?),
    }
    if is_there(store)? {
        // Whoever made the store made its key first, perhaps just now.
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
        // Somebody else was faster.
        Err(KeyFileError::File(FileError::Exists { .. })) => Ok(KeyFile::read(path)?),
        Err(error) => Err(error.into()),
    }
}

/// Whether there may be codes in a store: a server is asked.
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

/// Who is logged on here. It is for the log: whoever can read the key can say
/// that they are anybody.
fn system_user() -> Result<stopgap::Name, Failure> {
    let name = whoami::username().ok();
    name.and_then(|name| stopgap::Name::new(name).ok())
        .ok_or_else(|| Failure::usage("nobody knows who you are; say --actor NAME".into()))
}
