//! `stopgap key`: master keys, in the key file and as the store knows them.

use std::io;

use serde::Serialize;
use stopgap::KeyId;
use stopgap_registry::KeyRecord;

use crate::{
    args::KeyCommand,
    failure::Failure,
    home::Home,
    key_file::LockedKeyFile,
    show::{Reply, Screen},
    table::Table,
};

pub(crate) fn run(command: KeyCommand, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    match command {
        KeyCommand::Add => add(home, screen),
        KeyCommand::List => screen.done(&List {
            keys: registry.keys(actor)?,
        }),
        KeyCommand::Retire { id } => {
            let mut file = LockedKeyFile::open(&home.key_file)?;
            let id = KeyId(id);
            // If this is interrupted between the two, the command can be repeated.
            registry.retire_key(actor, id).map_err(|error| {
                // The general message would say to add it.
                if error.reason() == "key_missing" {
                    let what = format!("there is no key {id} to retire; list the keys");
                    Failure::from(error).saying(what)
                } else {
                    error.into()
                }
            })?;
            file.remove(id)?;
            screen.done(&Retired { key: id })
        }
    }
}

fn add(home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let mut file = LockedKeyFile::open(&home.key_file)?;
    let known = home.registry.keys(&home.actor)?;
    let (id, key) = file.next(known.iter().map(|key| key.id))?;
    // In the file first: a code under a key that is stored nowhere would be lost, and a key
    // without codes does no harm.
    file.add(id, &key)?;
    if let Err(error) = home.registry.add_key(&home.actor, id, &key) {
        file.remove(id)?;
        return Err(error.into());
    }
    screen.done(&Added { key: id })
}

#[derive(Serialize)]
struct List {
    keys: Vec<KeyRecord>,
}

impl Reply for List {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let mut table = Table::new(&["KEY", "STATE", "NEEDED", "ADDED"]);
        for key in &self.keys {
            let state = match (key.retired_at, key.present, key.primary) {
                (Some(_), ..) => "retired",
                (None, false, _) => "missing",
                (None, true, true) => "primary",
                (None, true, false) => "verifies",
            };
            let cells = [
                key.id.to_string(),
                state.to_owned(),
                if key.needed { "yes" } else { "no" }.to_owned(),
                screen.time(key.added_at),
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
