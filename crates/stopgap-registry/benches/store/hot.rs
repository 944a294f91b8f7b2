//! The calls of every day: a security code is authenticated, an online code is verified.

use std::time::Duration;

use stopgap_registry::{
    Registry, SystemClock,
    stopgap::{Purpose, Role, VerifyRequest},
};

use super::{
    Place, Statement,
    clients::{self, Calls},
    filled::Filled,
    table::{Target, alone, beside, head, median},
};

const TURNS: usize = 5;

/// A call, and the statements that it is measured beside.
pub(crate) struct Part<'a> {
    pub(crate) name: &'a str,
    /// The tables that it reads or writes.
    pub(crate) tables: &'a [&'a str],
    pub(crate) peers: &'a [(Statement, Target)],
    /// Authenticates instead of verifying.
    pub(crate) authenticates: bool,
}

impl Part<'_> {
    /// Measures it in two places, with some numbers of connections.
    pub(crate) fn run<P: Place>(&self, both: [&P; 2], connections: &[usize], turn: Duration) {
        for place in both {
            place.warm(self.tables);
        }
        for connections in connections.iter().copied() {
            let title = format!("{}, {connections} connections", self.name);
            head(&title, "ours/s", "peer/s");
            let mut sides = both.map(|place| Side::new(self, place, connections));
            for place in both {
                place.checkpoint();
            }
            for at in 0..TURNS {
                for side in &mut sides {
                    side.take_turn(turn, at % 2 == 0);
                }
            }
            for side in &sides {
                side.print();
            }
            let [few, many] = &sides;
            let [less, more] = both.map(|place| place.filled().rows);
            head(&format!("  of {more} / of {less}, us"), "many", "few");
            for (name, count, target) in [
                ("  median", 500, Target::AtMost(1.3)),
                ("  of 100, 99 within", 990, Target::AtMost(2.0)),
            ] {
                beside(name, many.wait(count), few.wait(count), target);
            }
        }
    }

    fn call(&self, filled: &Filled, registry: &Registry, number: usize) {
        if self.authenticates {
            let sample = &filled.security[number % filled.security.len()];
            let found = registry.authenticate(&sample.code, |_| Role::User);
            drop(found.expect("it is valid"));
        } else {
            let sample = &filled.online[number % filled.online.len()];
            let granted = registry.verify_code(&VerifyRequest::new(
                &sample.user,
                &sample.code,
                Purpose::Bypass,
            ));
            assert!(granted.expect("it is valid").uses_left.is_some());
        }
    }
}

/// The turns in one place.
struct Side<'a, P> {
    part: &'a Part<'a>,
    place: &'a P,
    registry: Registry,
    connections: usize,
    ours: Vec<Calls>,
    /// The rates of each peer.
    peers: Vec<Vec<f64>>,
}

impl<'a, P: Place> Side<'a, P> {
    /// Opens the store, and makes some calls that do not count.
    fn new(part: &'a Part<'a>, place: &'a P, connections: usize) -> Self {
        let registry = if part.authenticates {
            // Within the minute in which no further use is noted.
            let now = place.filled().created_at;
            place.open(connections, move || now)
        } else {
            place.open(connections, SystemClock)
        };
        let mut side = Self {
            part,
            place,
            registry,
            connections,
            ours: Vec::new(),
            peers: vec![Vec::new(); part.peers.len()],
        };
        side.take_turn(Duration::from_secs(1), true);
        side.ours.clear();
        side.peers.iter_mut().for_each(Vec::clear);
        side
    }

    fn take_turn(&mut self, turn: Duration, first: bool) {
        let (part, filled) = (self.part, self.place.filled());
        let registry = &self.registry;
        let call = || |number| part.call(filled, registry, number);
        let ours = || clients::run(self.connections, turn, call);
        if first {
            self.ours.push(ours());
        }
        for ((statement, _), rates) in part.peers.iter().zip(&mut self.peers) {
            rates.push(self.place.peer(*statement, self.connections, turn));
        }
        if !first {
            self.ours.push(ours());
        }
    }

    fn print(&self) {
        let ours = median(self.ours.iter().map(|calls| calls.rate));
        for ((statement, target), rates) in self.part.peers.iter().zip(&self.peers) {
            let name = format!("of {} / {statement:?}", self.place.filled().rows);
            beside(&name, ours, median(rates.iter().copied()), *target);
        }
        let waits = format!("{:.0} {:.0}", self.wait(500), self.wait(990));
        alone("  median and 99th of 100, us", &waits);
    }

    /// The middle turn's wait.
    fn wait(&self, of_thousand: usize) -> f64 {
        median(self.ours.iter().map(|calls| calls.of_thousand(of_thousand)))
    }
}
