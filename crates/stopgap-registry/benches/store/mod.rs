//! The measurements of any store: authenticating and verifying, with few codes and with many,
//! beside a peer that runs the bare statements; and the wait of others during a purge or a
//! flood of guesses.

pub(crate) mod clients;
pub(crate) mod disk;
pub(crate) mod filled;
pub(crate) mod flood;
pub(crate) mod hot;
mod meanwhile;
pub(crate) mod purge;
pub(crate) mod table;

use std::{env, time::Duration};

use stopgap_registry::{Clock, Registry};

use self::filled::{Filled, keys};

/// The number of codes in the small store.
pub(crate) const FEW: usize = 10_000;

/// A store with codes in it, and its peer.
pub(crate) trait Place: Sync {
    fn filled(&self) -> &Filled;

    /// Returns the address for a number of connections.
    fn address(&self, connections: usize) -> String;

    /// Writes the log into the tables, so that the next measurement starts without one.
    fn checkpoint(&self);

    /// Reads tables and their indexes into memory.
    fn warm(&self, _tables: &[&str]) {}

    /// Returns the size of a table and its indexes on the disk, to print.
    fn size(&self, table: &str) -> String;

    /// Returns the number of times that the peer runs a statement in a second.
    fn peer(&self, statement: Statement, connections: usize, turn: Duration) -> f64;

    /// Opens the store with a clock, which may be a simulated one.
    fn open(&self, connections: usize, clock: impl Clock + 'static) -> Registry
    where
        Self: Sized,
    {
        let keys = keys();
        let builder = Registry::builder(&keys).clock(clock).clock_tolerance(None);
        builder.open(&self.address(connections)).expect("opens")
    }
}

/// A statement that a peer runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Statement {
    /// Selects the columns that an authentication reads.
    Select,
    /// Counts a use of an online code.
    Update,
    /// Counts a use of an online code and adds an event, in one transaction.
    UpdateAndInsert,
    /// Adds an event.
    Insert,
}

/// Returns `true` if the command line names this part, or no part.
pub(crate) fn wanted(part: &str) -> bool {
    let mut named = env::args().skip(1).filter(|name| !name.starts_with('-'));
    let first = named.next();
    first.is_none_or(|first| first == part || named.any(|name| name == part))
}

/// Returns a number from the environment.
pub(crate) fn number(variable: &str, otherwise: usize) -> usize {
    env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Returns the length of one side's turn.
pub(crate) fn turn() -> Duration {
    Duration::from_secs(number("STOPGAP_BENCH_SECONDS", 3) as u64)
}
