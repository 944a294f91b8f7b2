//! `stopgap init`: a store and its key file.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    args::{DEFAULT_TENANT, Globals},
    failure::Failure,
    home::{Home, Opening},
    place::Place,
    plain::Plain,
    show::{Reply, Screen},
};

/// Makes the store and its key file if there are none, and shows their places.
pub(crate) fn run(
    globals: &Globals,
    opening: &Opening,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let tenant = globals.tenant();
    if tenant != DEFAULT_TENANT {
        let what = format!(
            "a new store has the tenant {DEFAULT_TENANT}: leave --tenant out, then run \
            \"stopgap tenant add {tenant}\""
        );
        return Err(Failure::usage(what));
    }
    let home = Home::open(globals, opening)?;
    let store = match &home.place {
        Place::File(path) => whole(path).display().to_string(),
        other => other.to_string(),
    };
    screen.done(&Ready {
        store,
        key_file: whole(&home.key_file),
    })
}

/// Returns the absolute path, if it can be known.
fn whole(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[derive(Serialize)]
struct Ready {
    store: String,
    key_file: PathBuf,
}

impl Reply for Ready {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        screen.line(format_args!("The store is {}.", Plain(&self.store)))?;
        let key_file = self.key_file.display().to_string();
        screen.line(format_args!("Its keys are in {}.", Plain(&key_file)))?;
        screen.aside("Issue a code by \"stopgap online issue USER\".")
    }
}
