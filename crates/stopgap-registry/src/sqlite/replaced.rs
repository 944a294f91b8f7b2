//! The stores of this process over one file, which are closed together if it was replaced.
//!
//! SQLite shares the index of the log between all connections of a process to one file. A
//! connection that is opened again must not get an index that was deleted, so all others are
//! closed first.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError, Weak},
};

use crate::{
    fork::{self, Close},
    store::{Result, StoreError},
};

/// The connections of a store.
type Connections = Weak<dyn Close + Send + Sync>;

static STORES: Mutex<Stores> = Mutex::new(Stores {
    open: Vec::new(),
    lost: Vec::new(),
});

/// The stores of this process.
struct Stores {
    open: Vec<(PathBuf, Connections)>,
    /// The files that were replaced in a child, whose index of the log is its parent's.
    lost: Vec<PathBuf>,
}

fn stores() -> MutexGuard<'static, Stores> {
    STORES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds a store over a file.
pub(super) fn add(path: &Path, connections: Connections) {
    let mut stores = stores();
    stores.open.retain(|(_, held)| held.strong_count() > 0);
    stores.open.push((path.to_owned(), connections));
}

/// Closes all stores over a file.
pub(super) fn close_all(path: &Path) {
    let mut stores = stores();
    if fork::is_child() {
        stores.lost.push(path.to_owned());
    }
    let open = stores.open.iter().filter(|(other, _)| other == path);
    let open: Vec<_> = open.filter_map(|(_, held)| held.upgrade()).collect();
    drop(stores);
    for connections in open {
        connections.close();
    }
}

/// Refuses a file that was replaced, in a child that cannot let go of the index of its parent.
pub(super) fn check(path: &Path) -> Result<()> {
    if stores().lost.iter().any(|lost| lost == path) {
        return Err(StoreError::Replaced);
    }
    Ok(())
}
