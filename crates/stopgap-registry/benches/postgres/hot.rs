//! What happens all day: a security code is authenticated, an online code is
//! verified and consumed.

use std::time::Duration;

use stopgap_registry::{
    Registry,
    stopgap::{Purpose, Role},
};
use test_postgres::Cluster;

use super::{
    clients::{self, Calls},
    filled::Filled,
    peer::{self, Script},
    table::{Target, alone, beside, head, median},
};

const CONNECTIONS: [usize; 3] = [1, 2, 8];
const TURNS: usize = 5;
/// For how long both are run before it counts.
const WARM: Duration = Duration::from_secs(1);

/// Beside a select of the same columns by the same key.
pub(super) fn authenticate(cluster: &Cluster, both: [&Filled; 2], turn: Duration) {
    let ours = |filled: &Filled, registry: &Registry, number: usize| {
        let sample = &filled.security[number % filled.security.len()];
        let found = registry.authenticate(&sample.code, |_| Role::User);
        drop(found.expect("it is good"));
    };
    let part = Part {
        name: "authenticate",
        tables: &["security_codes"],
        peers: &[(Script::Select, Target::AtLeast(0.8))],
        ours: &ours,
        // Within the minute in which no further use is noted.
        open: &|filled, connections| {
            let now = filled.made_at;
            filled.open_at(connections, move || now)
        },
    };
    part.run(cluster, both, turn);
}

/// Beside the update that counts the use.
pub(super) fn verify(cluster: &Cluster, both: [&Filled; 2], turn: Duration) {
    let ours = |filled: &Filled, registry: &Registry, number: usize| {
        let sample = &filled.online[number % filled.online.len()];
        let granted = registry.verify_code(&sample.user, &sample.code, Purpose::Bypass, None);
        assert!(granted.expect("it is good").uses_left.is_some());
    };
    let part = Part {
        name: "verify",
        tables: &["online_codes", "throttles", "events"],
        peers: &[
            (Script::Update, Target::AtLeast(0.8)),
            (Script::UpdateAndInsert, Target::None),
        ],
        ours: &ours,
        open: &|filled, connections| filled.open(connections),
    };
    part.run(cluster, both, turn);
}

type Call<'a> = &'a (dyn Fn(&Filled, &Registry, usize) + Sync);

struct Part<'a> {
    name: &'a str,
    /// What it reads and writes.
    tables: &'a [&'a str],
    peers: &'a [(Script, Target)],
    ours: Call<'a>,
    open: &'a dyn Fn(&Filled, usize) -> Registry,
}

impl Part<'_> {
    fn run(&self, cluster: &Cluster, both: [&Filled; 2], turn: Duration) {
        for filled in both {
            filled.warm(cluster, self.tables);
        }
        for connections in CONNECTIONS {
            let title = format!("{}, {connections} connections", self.name);
            head(&title, "ours/s", "pgbench/s");
            let sides = both.map(|filled| Side {
                part: self,
                cluster,
                filled,
                registry: (self.open)(filled, connections),
                connections,
            });
            let mut measured = [Measured::default(), Measured::default()];
            for filled in both {
                filled.psql(cluster, "CHECKPOINT");
            }
            for side in &sides {
                side.ours(WARM);
                for (script, _) in self.peers {
                    side.peer(*script, WARM);
                }
            }
            for at in 0..TURNS {
                for (side, measured) in sides.iter().zip(&mut measured) {
                    // Nobody is always the first.
                    if at % 2 == 0 {
                        measured.ours.push(side.ours(turn));
                    }
                    measured.peers.push(
                        self.peers
                            .iter()
                            .map(|(script, _)| side.peer(*script, turn))
                            .collect(),
                    );
                    if at % 2 == 1 {
                        measured.ours.push(side.ours(turn));
                    }
                }
            }
            for (side, measured) in sides.iter().zip(&measured) {
                side.tell(measured);
            }
            self.apart(both, &measured, connections);
        }
    }

    /// The time with many rows beside that with few.
    fn apart(&self, [few, many]: [&Filled; 2], [less, more]: &[Measured; 2], connections: usize) {
        let name = format!(
            "{} of {} / of {}, {connections} connections, us",
            self.name, many.rows, few.rows
        );
        head(&name, "many", "few");
        for (name, so_many, target) in [
            ("median", 500, Target::AtMost(1.3)),
            ("of 100, 99 within", 990, Target::AtMost(2.0)),
        ] {
            beside(
                &format!("  {name}"),
                more.wait(so_many),
                less.wait(so_many),
                target,
            );
        }
    }
}

/// One database's.
struct Side<'a> {
    part: &'a Part<'a>,
    cluster: &'a Cluster,
    filled: &'a Filled,
    registry: Registry,
    connections: usize,
}

impl Side<'_> {
    fn ours(&self, turn: Duration) -> Calls {
        let (call, filled, registry) = (self.part.ours, self.filled, &self.registry);
        clients::run(self.connections, turn, |number| {
            call(filled, registry, number);
        })
    }

    fn peer(&self, script: Script, turn: Duration) -> f64 {
        peer::run(self.cluster, self.filled, script, self.connections, turn)
    }

    fn tell(&self, measured: &Measured) {
        let ours = median(measured.ours.iter().map(|calls| calls.rate).collect());
        for (place, (script, target)) in self.part.peers.iter().enumerate() {
            let peer = median(measured.peers.iter().map(|rates| rates[place]).collect());
            let name = format!("of {} / pgbench {script:?}", self.filled.rows);
            beside(&name, ours, peer, *target);
        }
        let (half, most) = (measured.wait(500), measured.wait(990));
        alone(
            "  median and 99th of 100, us",
            &format!("{half:.0} {most:.0}"),
        );
    }
}

#[derive(Default)]
struct Measured {
    ours: Vec<Calls>,
    /// The rates of each peer, turn by turn.
    peers: Vec<Vec<f64>>,
}

impl Measured {
    /// The middle turn's.
    fn wait(&self, of_thousand: usize) -> f64 {
        median(
            self.ours
                .iter()
                .map(|calls| calls.of_thousand(of_thousand))
                .collect(),
        )
    }
}
