//! The cost of the audit log with few and with many events, which shows if it needs
//! partitions.

use std::time::{Duration, Instant};

use stopgap_registry::{EventFilter, SystemClock, stopgap::Name};

use super::database::Database;
use crate::store::{
    Place, Statement,
    filled::operator,
    table::{Target, beside, head, median},
};

const CONNECTIONS: usize = 8;
const TURNS: usize = 5;
const LOOKS: usize = 200;

/// Measures adding an event, and reading a user's newest 100 events.
pub(super) fn append([few, many]: [&Database<'_>; 2], turn: Duration) {
    let [less, more] = [few, many].map(|place| place.filled().rows);
    head(&format!("audit log, {more} events / {less}"), "many", "few");
    let [mut less, mut more] = [const { Vec::new() }; 2];
    for place in [few, many] {
        place.checkpoint();
    }
    for _ in 0..TURNS {
        for (place, rates) in [(few, &mut less), (many, &mut more)] {
            rates.push(place.peer(Statement::Insert, CONNECTIONS, turn));
        }
    }
    let name = format!("events added a second, {CONNECTIONS} connections");
    beside(&name, median(more), median(less), Target::None);
    let [less, more] = [few, many].map(look);
    beside("the newest 100 of a user, us", more, less, Target::None);
}

/// Returns the median time of reading a user's events, in microseconds.
fn look(place: &Database<'_>) -> f64 {
    let registry = place.open(1, SystemClock);
    let filter = EventFilter {
        limit: 100,
        user: Some(Name::new(&place.filled().limited[0].user).expect("a name")),
        ..EventFilter::default()
    };
    median((0..LOOKS).map(|_| {
        let begun = Instant::now();
        registry.events(&operator(), &filter).expect("read");
        begun.elapsed().as_secs_f64() * 1e6
    }))
}
