//! The frequent calls: a security code is authenticated, an online code is verified.

use std::time::Duration;

use stopgap_registry::{
    Clock, Registry, SystemClock,
    stopgap::{Purpose, Role, VerifyRequest},
};

use super::{
    Place, Statement,
    clients::{self, Calls},
    filled::{Filled, Sample},
    table::{Target, alone, beside, head, median},
};

const TURNS: usize = 5;

/// A call, and the statements that it is measured beside.
pub(crate) struct Part<'a> {
    pub(crate) name: &'a str,
    pub(crate) call: Call,
    /// The tables that the call reads or writes.
    pub(crate) tables: &'a [&'a str],
    pub(crate) peers: &'a [(Statement, Target)],
}

/// A call of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Authenticates a security code.
    Authenticate,
    /// Verifies an online code with limited uses.
    VerifyLimited,
    /// Verifies an online code with any number of uses.
    VerifyUnlimited,
}

impl Call {
    /// Returns the codes that the call takes.
    fn samples(self, filled: &Filled) -> &[Sample] {
        match self {
            Self::Authenticate => &filled.security,
            Self::VerifyLimited => &filled.limited,
            Self::VerifyUnlimited => &filled.unlimited,
        }
    }

    /// Makes the call with the code of this number.
    fn make(self, filled: &Filled, registry: &Registry, number: usize) {
        let samples = self.samples(filled);
        let Sample { user, code } = &samples[number % samples.len()];
        if self == Self::Authenticate {
            let found = registry.authenticate(code, |_| Role::User);
            drop(found.expect("it is valid"));
        } else {
            let granted = registry.verify_code(&VerifyRequest::new(user, code, Purpose::Bypass));
            let is_limited = granted.expect("it is valid").uses_left.is_some();
            assert_eq!(is_limited, self == Self::VerifyLimited);
        }
    }
}

impl Part<'_> {
    /// Measures the call in some places, with some numbers of connections. The last two
    /// places are compared.
    pub(crate) fn run<P: Place>(&self, places: &[&P], connections: &[usize], turn: Duration) {
        for place in places {
            place.warm(self.tables);
        }
        for connections in connections.iter().copied() {
            let title = format!("{}, {connections} connections", self.name);
            head(&title, "ours/s", "peer/s");
            let sides = places
                .iter()
                .map(|place| Side::new(self, *place, connections));
            let mut sides: Vec<Side<'_, P>> = sides.collect();
            for place in places {
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
            let [.., few, many] = &sides[..] else {
                continue;
            };
            let [less, more] = [few, many].map(|side| side.place.filled().rows);
            head(&format!("  of {more} / of {less}, us"), "many", "few");
            for (name, count, target) in [
                ("  median", 500, Target::AtMost(1.3)),
                ("  of 100, 99 within", 990, Target::AtMost(2.0)),
            ] {
                beside(name, many.wait(count), few.wait(count), target);
            }
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
        let filled = place.filled();
        let registry = if part.call == Call::Authenticate {
            // The first use of a code in a minute is a write. These calls make it, so that
            // the measured ones do not.
            let now = SystemClock.now();
            let registry = place.open(connections, move || now);
            for number in 0..part.call.samples(filled).len() {
                part.call.make(filled, &registry, number);
            }
            registry
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
        let call = || |number| part.call.make(filled, registry, number);
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

    /// Returns the wait in the middle turn.
    fn wait(&self, of_thousand: usize) -> f64 {
        median(self.ours.iter().map(|calls| calls.of_thousand(of_thousand)))
    }
}
