//! `stopgap key`: master keys, in the key file and in the store.

use std::io;

use serde::Serialize;
use stopgap::KeyId;
use stopgap_registry::{Error, KeyRecord};

use crate::{
    args::{KeyCommand, RetireKey},
    cell::Cell,
    column::Column,
    compromised::Ended,
    failure::Failure,
    home::Home,
    key_file::{KeyFile, LockedKeyFile},
    plain::Plain,
    prompt,
    show::{Reply, Screen},
    table::Table,
};

static COLUMNS: [Column; 4] = [
    Column::new("KEY"),
    Column::new("STATE"),
    Column::new("NEEDED").rank(1),
    Column::new("ADDED").rank(2),
];

pub(crate) fn run(command: KeyCommand, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    match command {
        KeyCommand::Add { .. } => add(home, screen),
        KeyCommand::List { list } => {
            screen.view = list.view(&COLUMNS)?;
            screen.done(&List {
                keys: registry.keys(actor)?,
            })
        }
        KeyCommand::Retire(key) if key.compromised => end_with_key(&key, home, screen),
        KeyCommand::Retire(key) => retire(KeyId(key.id), home, screen),
    }
}

fn add(home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let mut file = LockedKeyFile::open(&home.key_file)?;
    let known = home.registry.keys(&home.actor)?;
    let (id, key) = file.next(known.iter().map(|key| key.id))?;
    // The file comes first: a code under a key that no file holds would be lost, and a key
    // without codes does no harm.
    file.add(id, &key)?;
    if let Err(error) = home.registry.add_key(&home.actor, id, &key) {
        file.remove(id)?;
        return Err(error.into());
    }
    screen.done(&Added { key: id })
}

fn retire(id: KeyId, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let mut file = LockedKeyFile::open(&home.key_file)?;
    match home.registry.retire_key(&home.actor, id) {
        Err(error) if is_retired_in_store_alone(&error, id, home)? => {}
        retired => retired.map_err(|error| failure(error, id))?,
    }
    file.remove(id)?;
    screen.done(&Retired { key: id })
}

/// Returns `true` if the key was retired before and is still in the key file: an earlier command
/// was interrupted, or ran on another machine.
fn is_retired_in_store_alone(error: &Error, id: KeyId, home: &Home) -> Result<bool, Failure> {
    if error.reason() != "key_missing" {
        return Ok(false);
    }
    let known = home.registry.keys(&home.actor)?;
    let is_retired = |key: &KeyRecord| key.id == id && key.retired_at.is_some();
    Ok(known.iter().any(is_retired) && KeyFile::read(&home.key_file)?.ids().any(|held| held == id))
}

/// Retires a compromised key after a confirmation, and ends all that was made with it.
fn end_with_key(key: &RetireKey, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let id = KeyId(key.id);
    let (registry, actor) = (&home.registry, &home.actor);
    let tenant = registry.tenant();
    // Checks the role before the question. A key that cannot be retired needs no question.
    let known = registry.keys(actor)?;
    let can_retire = known.iter().any(|known| known.id == id && !known.primary);
    if can_retire && !key.yes {
        let question = format!(
            "Retire key {id}, and end all codes, security codes, enrolments and presets of the \
            tenant {} that were made with it?",
            Plain(tenant.as_str())
        );
        match prompt::agrees(&question)? {
            Some(true) => {}
            Some(false) => return screen.done(&Ended::nothing(id, tenant)),
            None => return Err(Failure::not_confirmed()),
        }
    }
    let mut file = LockedKeyFile::open(&home.key_file)?;
    let ended = registry
        .retire_compromised_key(actor, id)
        .map_err(|error| failure(error, id))?;
    file.remove(id).map_err(|error| {
        let what = format!(
            "{error}; key {id} is retired, and the log has the records that were ended: remove \
            the key from the key file"
        );
        Failure::from(error).saying(what)
    })?;
    screen.done(&Ended::new(id, &ended, tenant, screen))
}

/// Returns the failure to retire a key.
fn failure(error: Error, id: KeyId) -> Failure {
    let is_missing = error.reason() == "key_missing";
    let failure = Failure::from(error);
    if is_missing {
        // The general message says to add it.
        failure.saying(format!("there is no key {id} to retire; list the keys"))
    } else {
        failure
    }
}

#[derive(Serialize)]
struct List {
    keys: Vec<KeyRecord>,
}

impl Reply for List {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let mut table = Table::new(&COLUMNS);
        for key in &self.keys {
            let state = match (key.retired_at, key.present, key.primary) {
                _ if key.compromised => "compromised",
                (Some(_), ..) => "retired",
                (None, false, _) => "missing",
                (None, true, true) => "primary",
                (None, true, false) => "verifies",
            };
            let cells: [Cell; 4] = [
                key.id.to_string().into(),
                state.into(),
                if key.needed { "yes" } else { "no" }.into(),
                key.added_at.into(),
            ];
            table.row(cells, key.retired_at.is_some());
        }
        screen.table(&table, false)
    }
}

#[derive(Serialize)]
struct Added {
    key: KeyId,
}

impl Reply for Added {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let key = self.key;
        screen.line(format_args!(
            "Key {key} is the primary key now. Copy the key file again, and to every machine that uses it."
        ))
    }
}

#[derive(Serialize)]
struct Retired {
    key: KeyId,
}

impl Reply for Retired {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let key = self.key;
        screen.line(format_args!(
            "Retired key {key}, and removed it from the key file."
        ))
    }
}
