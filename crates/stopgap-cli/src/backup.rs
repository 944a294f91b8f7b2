//! `stopgap backup` and `restore`.

use std::{
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{KeyId, KeyRing, Name};
use stopgap_registry::{
    BackedUp, BackupError, CodeRecord, Error, Registry, Restore, Sqlite, missing_keys,
    store::Store as _,
};

use crate::{
    args::{Backup, Globals, RestoreBackup},
    cell::Cell,
    code_list::Listed,
    column::Column,
    failure::Failure,
    home::{self, Opening},
    key_file::KeyFile,
    place::Place,
    plain::Plain,
    show::{Reply, Screen, note},
    table::Table,
};

static COLUMNS: [Column; 4] = [
    Column::new("ID"),
    Column::new("TENANT").rank(1),
    Column::new("USER").cut(8),
    Column::new("EXPIRES"),
];

/// Backs up the store, which other programs may use meanwhile.
pub(crate) fn back_up(
    Backup { file }: &Backup,
    globals: &Globals,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let place = home::place(globals)?;
    let path = path_of(
        &place,
        "pg_dump --format=custom --schema=stopgap --file=FILE",
    )?;
    names_a_file(file)?;
    if !place.is_there() {
        return Err(home::missing(&place));
    }
    let store = Sqlite::open_source(path, screen.now)?;
    let contents = store.back_up(file)?;
    screen.done(&Written { file, contents })
}

/// Restores a backup as the store that the options name.
pub(crate) fn restore(
    args: &RestoreBackup,
    globals: &Globals,
    opening: &Opening,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let place = home::place(globals)?;
    let path = path_of(&place, "pg_restore --clean --if-exists FILE")?;
    names_a_file(&args.file)?;
    let actor = opening.actor()?;
    let key_file = home::key_file(globals);
    let ring = KeyFile::read(&key_file)
        .map_err(|error| {
            let what = format!("{error}: nothing in a backup works without its keys");
            Failure::from(error).saying(what)
        })?
        .ring()?;
    let restore = Restore::read(&args.file, path, args.replace, screen.now)
        .map_err(|error| occupied(error, args.replace))?;
    let store = restore.store();
    let missing = missing_keys(&*store, &ring).map_err(|error| {
        let path = key_file.display();
        let what = format!("{error}: {path} is not the key file of this backup");
        Failure::from(error).saying(what)
    })?;
    let mut tenants = store.tenants()?;
    if tenants.is_empty() {
        tenants.push(Name::new(globals.tenant()).map_err(Error::from)?);
    }
    drop(store);
    let contents = restore.contents().clone();
    let (mut as_of, mut revoked) = (None::<DateTime<Utc>>, Vec::new());
    for tenant in tenants {
        let registry = registry(&restore, &ring, &tenant)?;
        let restored = registry.restored(&actor, args.revoke.into())?;
        as_of = as_of.max(restored.as_of);
        let codes = restored.revoked.into_iter();
        revoked.extend(codes.map(|code| (tenant.clone(), code)));
    }
    let replaced = restore
        .finish()
        .map_err(|error| occupied(error, args.replace))?;
    if !missing.is_empty() {
        let ids: Vec<String> = missing.iter().map(KeyId::to_string).collect();
        note(format_args!(
            "The key file lacks these keys of the backup: {}. What they made is refused.",
            ids.join(", ")
        ));
    }
    let now = screen.now;
    screen.done(&Done {
        store: place.to_string(),
        file: &args.file,
        contents,
        as_of,
        replaced,
        missing_keys: missing.into_iter().collect(),
        revoked: revoked
            .iter()
            .map(|(tenant, code)| Revoked::new(tenant, code, now))
            .collect(),
    })
}

/// Opens the copy for a tenant.
fn registry(restore: &Restore, ring: &KeyRing, tenant: &Name) -> Result<Registry, Failure> {
    let builder = Registry::builder(ring).tenant(tenant.as_str());
    Ok(builder.over(restore.store())?)
}

/// Returns the path of a store's file. `command` does the same for a server.
fn path_of<'p>(place: &'p Place, command: &str) -> Result<&'p Path, Failure> {
    match place {
        Place::File(path) => Ok(path),
        Place::Memory => Err(Failure::usage(home::FORGETS.into())),
        Place::Server(_) => {
            let what = format!(
                "this command is for files: for a store on PostgreSQL use \"{command}\" with the \
                host and the database of the store"
            );
            Err(Failure::usage(what))
        }
    }
}

/// Refuses `-`: a backup cannot be a stream.
fn names_a_file(file: &Path) -> Result<(), Failure> {
    if file.as_os_str() == "-" {
        let what = "a backup is a file, not a stream: name it, or write ./- for a file \"-\"";
        return Err(Failure::usage(what.into()));
    }
    Ok(())
}

/// Returns the failure, with the option that replaces a store.
fn occupied(error: BackupError, replaces: bool) -> Failure {
    match &error {
        BackupError::Exists { path } if !replaces => {
            let path = path.display();
            let what = format!("{path} exists: pass --replace to give it another name");
            Failure::from(error).saying(what)
        }
        _ => error.into(),
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let error = match error {
            BackupError::Store(error) => return error.into(),
            error => error,
        };
        Self::trouble(error.reason(), error.to_string())
    }
}

/// A backup that was written.
#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
    #[serde(flatten)]
    contents: BackedUp,
}

impl Reply for Written<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let file = self.file.display().to_string();
        screen.line(format_args!(
            "Backed up {} to {}, and verified it. Keep the key file apart from it.",
            extent(&self.contents),
            Plain(&file)
        ))
    }
}

/// A store that was restored.
#[derive(Serialize)]
struct Done<'a> {
    store: String,
    file: &'a Path,
    #[serde(flatten)]
    contents: BackedUp,
    /// The time of the newest event in the backup.
    as_of: Option<DateTime<Utc>>,
    /// The new name of the store that was there.
    replaced: Option<PathBuf>,
    missing_keys: Vec<KeyId>,
    revoked: Vec<Revoked<'a>>,
}

/// A code that was revoked.
#[derive(Serialize)]
struct Revoked<'a> {
    tenant: &'a Name,
    #[serde(flatten)]
    code: Listed<'a>,
}

impl<'a> Revoked<'a> {
    fn new(tenant: &'a Name, code: &'a CodeRecord, now: DateTime<Utc>) -> Self {
        let code = Listed::new(code, now);
        Self { tenant, code }
    }
}

impl Reply for Done<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let file = self.file.display().to_string();
        let (store, file) = (Plain(&self.store), Plain(&file));
        let extent = extent(&self.contents);
        screen.line(format_args!("Restored {store} from {file}: {extent}."))?;
        if let Some(as_of) = self.as_of {
            let as_of = screen.time(as_of);
            screen.line(format_args!("Its newest event is of {as_of}."))?;
        }
        if let Some(replaced) = &self.replaced {
            let replaced = replaced.display().to_string();
            let replaced = Plain(&replaced);
            screen.line(format_args!("The store before it is {replaced} now."))?;
        }
        let revoked = match self.revoked.len() {
            0 => "no code".to_owned(),
            1 => "one code".to_owned(),
            many => format!("{many} codes"),
        };
        screen.line(format_args!("Revoked {revoked}."))?;
        if self.revoked.is_empty() {
            return Ok(());
        }
        let mut table = Table::new(&COLUMNS);
        for revoked in &self.revoked {
            let record = revoked.code.record;
            let cells: [Cell; 4] = [
                record.id.into(),
                revoked.tenant.as_str().into(),
                record.user.as_str().into(),
                record.expires_at.into(),
            ];
            table.row(cells, false);
        }
        screen.table(&table, false)
    }
}

/// Returns the numbers of rows and tenants: `12 rows of one tenant`.
fn extent(contents: &BackedUp) -> String {
    let rows = match contents.rows() {
        1 => "one row".to_owned(),
        rows => format!("{rows} rows"),
    };
    match contents.tenants {
        1 => format!("{rows} of one tenant"),
        tenants => format!("{rows} of {tenants} tenants"),
    }
}
