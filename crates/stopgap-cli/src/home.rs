//! The store and its key file.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use stopgap::{Actor, KeyRing, Name, Role, Validity};
use stopgap_registry::{Builder, Clock, Error, Registry, StoreError, SystemClock, store};

use crate::{
    args::{Acting, ClockTolerance, Command, DEFAULT_TENANT, Globals},
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
    pub(crate) place: Place,
    /// The validity of online codes for which nothing else sets one.
    pub(crate) valid: Option<Validity>,
    /// The preset of online codes for which no option names one.
    pub(crate) preset: Option<Name>,
}

/// The options of a command that decide about its store.
#[derive(Clone)]
pub(crate) struct Opening {
    /// `true` if the store and its key file are made if there are none.
    creates: bool,
    acting: Option<Acting>,
}

impl Opening {
    pub(crate) fn of(command: &Command) -> Self {
        Self {
            creates: command.creates(),
            acting: command.acting().cloned(),
        }
    }

    /// Returns the actor: the user of the operating system, in the role of the options.
    pub(crate) fn actor(&self) -> Result<Actor, Failure> {
        let acting = self.acting.as_ref();
        Ok(Actor {
            name: system_user()?,
            role: acting.map_or(Role::SuperAdministrator, |acting| acting.role),
            on_behalf_of: acting.and_then(|acting| acting.on_behalf_of.clone()),
        })
    }
}

impl Home {
    /// Opens the store and the key file that the options and the environment name.
    pub(crate) fn open(globals: &Globals, opening: &Opening) -> Result<Self, Failure> {
        let (place, key_file) = (place(globals)?, key_file(globals));
        let creates = opening.creates && globals.tenant() == DEFAULT_TENANT;
        // No key is made for a store that cannot be.
        place.url()?;
        let ring = if creates {
            keys_or_new(&key_file, &place)?.ring()?
        } else {
            keys(&key_file, &place)?.ring()?
        };
        let builder = builder(globals, &ring).tenant(globals.tenant());
        let registry = if creates {
            place.open(|url| builder.open(url))
        } else {
            opened(builder.existing(), &place)
        };
        Ok(Self {
            registry: registry?,
            actor: opening.actor()?,
            key_file,
            place,
            valid: globals.valid,
            preset: globals.preset.clone(),
        })
    }

    /// Opens the store and the key file to look at a tenant, whatever the clock shows.
    pub(crate) fn inspect(
        globals: &Globals,
        opening: &Opening,
        tenant: &str,
    ) -> Result<Self, Failure> {
        let (place, key_file) = (place(globals)?, key_file(globals));
        let ring = keys(&key_file, &place)?.ring()?;
        let builder = Registry::builder(&ring).clock_tolerance(None);
        let registry = opened(builder.tenant(tenant).existing(), &place)?;
        Ok(Self {
            registry,
            actor: opening.actor()?,
            key_file,
            place,
            valid: None,
            preset: None,
        })
    }

    /// Adds a tenant to the store.
    pub(crate) fn add_tenant(
        globals: &Globals,
        opening: &Opening,
        tenant: &Name,
    ) -> Result<(), Failure> {
        let (place, actor) = (place(globals)?, opening.actor()?);
        let ring = keys(&key_file(globals), &place)?.ring()?;
        let builder = builder(globals, &ring).tenant(tenant.as_str());
        opened(builder.add_tenant(&actor), &place).map(drop)
    }
}

/// Returns the time by which the clock may differ from a server's; `None` for any.
pub(crate) fn clock_tolerance(globals: &Globals) -> Option<TimeDelta> {
    match globals.clock_tolerance {
        Some(ClockTolerance(tolerance)) => tolerance,
        None => TimeDelta::try_seconds(Registry::CLOCK_TOLERANCE_SECONDS),
    }
}

fn builder<'k>(globals: &Globals, ring: &'k KeyRing) -> Builder<'k> {
    Registry::builder(ring).clock_tolerance(clock_tolerance(globals))
}

/// Opens a store that must exist.
fn opened(builder: Builder<'_>, place: &Place) -> Result<Registry, Failure> {
    builder.open(&place.url()?).map_err(|error| match error {
        Error::Store(StoreError::Missing) => missing(place),
        Error::NoTenant { tenant } => {
            let what =
                format!("no tenant {tenant} in {place}: run \"stopgap tenant add {tenant}\"");
            Failure::trouble("no_tenant", what)
        }
        error => error.into(),
    })
}

/// Returns the failure of a command that needs a store if there is none.
pub(crate) fn missing(place: &Place) -> Failure {
    let what = format!("no store at {place}: run \"stopgap init\"");
    Failure::trouble("store_missing", what)
}

/// Returns the folder of the files that the options do not name. It is not in the user's home,
/// because a store belongs to a service, and a new file in the current folder is seen at once.
pub(crate) fn folder(globals: &Globals) -> &Path {
    globals.home.as_deref().unwrap_or(Path::new(""))
}

pub(crate) const FORGETS: &str =
    "memory: forgets everything at the end of this command; name another store";

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

/// Returns the path of the key file that the options and the environment name.
pub(crate) fn key_file(globals: &Globals) -> PathBuf {
    match &globals.key_file {
        Some(path) => path.clone(),
        None => folder(globals).join("stopgap.key"),
    }
}

/// Reads the keys of a store that exists.
fn keys(path: &Path, store: &Place) -> Result<KeyFile, Failure> {
    match store {
        Place::Memory => return Err(Failure::usage(FORGETS.into())),
        Place::File(_) if !store.is_there() => return Err(missing(store)),
        Place::File(_) | Place::Server(_) => {}
    }
    match KeyFile::read(path) {
        Err(error) if is_missing(&error) && !is_there(store)? => Err(missing(store)),
        Err(error) if is_missing(&error) => Err(Failure::trouble("key_file_missing", lost(path))),
        read => Ok(read?),
    }
}

/// Reads the keys. Makes a key if there is neither a key file nor a store: under a new key the
/// codes of an existing store would be unknown.
fn keys_or_new(path: &Path, store: &Place) -> Result<KeyFile, Failure> {
    match KeyFile::read(path) {
        Err(error) if is_missing(&error) => {}
        read => return Ok(read?),
    }
    if is_there(store)? {
        // Another process may have made both just now, the key first.
        return keys(path, store);
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

fn is_missing(error: &KeyFileError) -> bool {
    matches!(error, KeyFileError::File(file) if file.is_missing())
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

/// Returns the user of the operating system, whom the log names: `uid-1000` if the user has no
/// name, as in many containers.
fn system_user() -> Result<Name, Failure> {
    let name = whoami::username().ok();
    let name = name.and_then(|name| Name::new(name).ok());
    name.or_else(number_of_user).ok_or_else(|| {
        let what = "cannot determine the user of the operating system: give the user a name";
        Failure::trouble("no_user", what.into())
    })
}

#[cfg(unix)]
fn number_of_user() -> Option<Name> {
    let number = rustix::process::geteuid().as_raw();
    Name::new(format!("uid-{number}")).ok()
}

#[cfg(not(unix))]
fn number_of_user() -> Option<Name> {
    None
}
