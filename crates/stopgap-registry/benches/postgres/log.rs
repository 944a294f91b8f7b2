//! What the audit log costs with few lines in it, and with many: whether it wants to
//! be in parts.

use std::time::{Duration, Instant};

use stopgap_registry::{EventFilter, EventKind, stopgap::Name};
use test_postgres::Cluster;

use super::{
    filled::{Filled, operator},
    peer::{self, Script},
    table::{Target, beside, head, median},
};

const CONNECTIONS: usize = 8;
const TURNS: usize = 5;
const LOOKS: usize = 200;

/// Adding a line, and finding some.
pub(super) fn append(cluster: &Cluster, [few, many]: [&Filled; 2], turn: Duration) {
    let title = format!("audit log, {} lines / {} lines", many.rows, few.rows);
    head(&title, "many", "few");
    for filled in [few, many] {
        filled.psql(cluster, "CHECKPOINT");
    }
    let [mut less, mut more] = [const { Vec::new() }; 2];
    for _ in 0..TURNS {
        for (filled, rates) in [(few, &mut less), (many, &mut more)] {
            let rate = peer::run(cluster, filled, Script::Insert, CONNECTIONS, turn);
            rates.push(rate);
        }
    }
    let name = format!("lines added a second, {CONNECTIONS} connections");
    beside(&name, median(more), median(less), Target::None);
    let user = Name::new(&few.online[0].user).expect("a name");
    let newest = || EventFilter {
        limit: 100,
        ..EventFilter::default()
    };
    let of_user = || EventFilter {
        user: Some(user.clone()),
        ..newest()
    };
    let of_kind = || EventFilter {
        kind: Some(EventKind::IssueCode),
        ..newest()
    };
    let looks: [(&str, &dyn Fn() -> EventFilter); 3] = [
        ("the newest 100", &newest),
        ("the newest 100 of a user", &of_user),
        ("the newest 100 issued", &of_kind),
    ];
    for (name, filter) in looks {
        let [more, less] = [many, few].map(|filled| look(filled, filter));
        beside(&format!("{name}, us"), more, less, Target::None);
    }
}

/// The median of some looks, in microseconds.
fn look(filled: &Filled, filter: &dyn Fn() -> EventFilter) -> f64 {
    let registry = filled.open(1);
    let waits = (0..LOOKS).map(|_| {
        let begun = Instant::now();
        registry.events(&operator(), &filter()).expect("read");
        begun.elapsed().as_secs_f64() * 1e6
    });
    median(waits.collect())
}
