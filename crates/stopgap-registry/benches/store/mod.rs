//! The measurements of any store: authenticating, verifying and purging, with few codes
//! and with many, beside a peer that runs the bare statements.

pub(crate) mod clients;
pub(crate) mod filled;
pub(crate) mod hot;
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

    /// The address for a number of connections.
    fn address(&self, connections: usize) -> String;

    /// Writes the log into the tables, so that what is measured next starts without one.
    fn checkpoint(&self);

    /// Reads tables and their indexes into memory.
    fn warm(&self, _tables: &[&str]) {}

    /// Returns the size of a table and its indexes on the disk, to print.
    fn size(&self, table: &str) -> String;

    /// Returns how often the peer runs a statement in a second.
    fn peer(&self, statement: Statement, connections: usize, turn: Duration) -> f64;

    /// Opens the store with a clock.
    fn open(&self, connections: usize, clock: impl Clock + 'static) -> Registry
    where
        Self: Sized,
    {
        let keys = keys();
        let builder = Registry::builder(&keys).clock(clock);
        builder.open(&self.address(connections)).expect("opens")
    }
}

/// A statement that a peer runs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Statement {
    /// The columns that authenticating reads.
    Select,
    /// The use that a verification counts.
    Update,
    /// The use of a verification and a line in the log, in one transaction.
    UpdateAndInsert,
    /// The line in the log alone.
    Insert,
}

/// `true` if the command line names this part, or no part.
pub(crate) fn wanted(part: &str) -> bool {
    let mut named = env::args().skip(1).filter(|name| !name.starts_with('-'));
    let first = named.next();
    first.is_none_or(|first| first == part || named.any(|name| name == part))
}

/// A number from the environment.
pub(crate) fn number(variable: &str, otherwise: usize) -> usize {
    env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// The length of one side's turn.
pub(crate) fn turn() -> Duration {
    Duration::from_secs(number("STOPGAP_BENCH_SECONDS", 3) as u64)
}
