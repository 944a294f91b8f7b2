//! `stopgap store`: moving a store to another place.

use std::{fs, io};

use indicatif::HumanCount;
use serde::Serialize;
use stopgap_registry::{Copied, CopyError, Progress, Stage, copy, store};

use crate::{
    args::{Copy, Globals, StoreCommand},
    bar::Bar,
    column::Column,
    counted::counted,
    failure::Failure,
    home::{self, FORGETS},
    place::Place,
    plain::Plain,
    show::{Reply, Screen},
    table::Table,
};

static COLUMNS: [Column; 4] = [
    Column::new("TABLE"),
    Column::new("COPIED"),
    Column::new("ALREADY THERE").rank(1),
    Column::new("VERIFIED"),
];

pub(crate) fn run(
    command: StoreCommand,
    globals: &Globals,
    screen: &mut Screen,
) -> Result<(), Failure> {
    match command {
        StoreCommand::Copy(copy) => copy_store(copy, globals, screen),
        StoreCommand::Migrate => migrate(globals, screen),
    }
}

fn copy_store(
    Copy { from, to }: Copy,
    globals: &Globals,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let Some(to) = to.as_ref().or(globals.store.as_ref()) else {
        let what = "say where to copy it to: a second address, or --store";
        return Err(Failure::usage(what.into()));
    };
    let (from, to) = (Place::of(&from)?, Place::of(to)?);
    if from.is_memory() || to.is_memory() {
        return Err(Failure::usage(FORGETS.into()));
    }
    if same(&from, &to) {
        return Err(CopyError::SameStore.into());
    }
    if !from.is_there() {
        let what = format!("no store at {from}: name the one to copy");
        return Err(Failure::trouble("store_missing", what));
    }
    let source = store::open_source(&from.url()?, screen.now)?;
    let target = to.open(|url| store::open(url, screen.now))?;
    let bar = Bar::new();
    let copied = copy(&*source, &*target, |progress| show(&bar, &progress));
    bar.clear();
    screen.done(&Moved(copied?))
}

/// Opens the store, which migrates it.
fn migrate(globals: &Globals, screen: &mut Screen) -> Result<(), Failure> {
    let place = home::place(globals)?;
    if place.is_memory() {
        return Err(Failure::usage(FORGETS.into()));
    }
    // A file that is made here would have no key, and the next command would make none for it.
    if !place.is_there() {
        return Err(home::missing(&place));
    }
    place.open(|url| store::open(url, screen.now))?;
    screen.done(&Migrated {
        store: place.to_string(),
        version: env!("CARGO_PKG_VERSION"),
    })
}

fn same(from: &Place, to: &Place) -> bool {
    match (from, to) {
        (Place::File(from), Place::File(to)) => {
            let places = (fs::canonicalize(from), fs::canonicalize(to));
            matches!(places, (Ok(from), Ok(to)) if from == to)
        }
        (Place::Server(from), Place::Server(to)) => from == to,
        _ => false,
    }
}

impl From<CopyError> for Failure {
    fn from(error: CopyError) -> Self {
        let what = error.to_string();
        match error {
            CopyError::SameStore => Self::usage(what),
            CopyError::From(_) | CopyError::To(_) => {
                let what = format!(
                    "{what}. The rows that were copied stay: run the command again to continue"
                );
                Self::trouble(error.reason(), what)
            }
            _ => Self::trouble(error.reason(), what),
        }
    }
}

/// Shows the progress of a copy.
fn show(bar: &Bar, progress: &Progress<'_>) {
    let stage = match progress.stage {
        Stage::Looking => "Looking at",
        Stage::Copying => "Copying",
        Stage::Verifying => "Verifying",
    };
    let table = progress.table.as_str();
    bar.show(stage, table, progress.rows, progress.total);
}

/// A store whose schema is up to date.
#[derive(Serialize)]
struct Migrated {
    store: String,
    /// The version of Stopgap whose schema it has.
    version: &'static str,
}

impl Reply for Migrated {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let (store, version) = (Plain(&self.store), self.version);
        screen.line(format_args!(
            "The schema of {store} is up to date for Stopgap {version}."
        ))
    }
}

#[derive(Serialize)]
struct Moved(Copied);

impl Reply for Moved {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let mut table = Table::new(&COLUMNS);
        let mut sums = [0_u64; 3];
        for rows in &self.0.tables {
            let counts = [rows.copied, rows.already_there, rows.verified];
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum = sum.saturating_add(count);
            }
            let [copied, there, verified] = counts.map(|count| HumanCount(count).to_string());
            let name = rows.table.as_str().to_owned();
            table.row([name, copied, there, verified], rows.verified == 0);
        }
        screen.table(&table, false)?;
        let [copied, there, verified] = sums;
        let was = if there == 1 { "was" } else { "were" };
        let (copied, tenants) = (counted(copied, "row"), counted(self.0.tenants, "tenant"));
        let (there, verified) = (HumanCount(there), HumanCount(verified));
        screen.line(format_args!(
            "Copied {copied} of {tenants}; {there} {was} there already. All {verified} are the \
            same in both stores."
        ))
    }
}
