//! A guesser who sees the log of the database, or the time of answers, must not learn from a
//! refusal whether a name is a user's.

use std::thread;

use stopgap_registry::{
    Registry,
    stopgap::{OnlinePolicy, Purpose, VerifyRequest, chrono::Utc},
};
use test_postgres::{Cluster, Database};

use crate::place::{open, root, with};

/// The made-up names of the flood: more than a tenant keeps.
const FLOOD: usize = 2_000;
/// The threads of the flood.
const THREADS: usize = 8;
/// The names of each kind that are compared.
const COMPARED: usize = 40;

fn guess(registry: &Registry, name: &str) {
    let request = VerifyRequest::new(name, "0000-0000-0000", Purpose::Bypass);
    let refused = registry.verify_code(&request).unwrap_err();
    assert_eq!(refused.reason(), "unknown", "{name}");
}

/// The cost of one refusal.
#[derive(Debug)]
struct Cost {
    /// The bytes that were written to the server's log of changes.
    wal: u64,
    /// The texts of the statements, without their parameters.
    statements: Vec<String>,
}

struct Server {
    cluster: Cluster,
    database: Database,
}

impl Server {
    fn wal(&self) -> u64 {
        let position = "SELECT pg_current_wal_insert_lsn() - '0/0'";
        self.database.psql(position).unwrap().parse().unwrap()
    }

    /// Returns the statements in the server's log of messages.
    fn statements(&self) -> Vec<String> {
        let log = self.cluster.log().unwrap();
        let statements = log.lines().filter_map(|line| {
            let (_, text) = line.split_once("LOG:  ")?;
            // `statement: TEXT`, or `execute NAME: TEXT`.
            let (_, text) = text.split_once(": ")?;
            (!text.contains("pg_current_wal_insert_lsn")).then(|| text.to_owned())
        });
        statements.collect()
    }

    fn cost(&self, registry: &Registry, name: &str) -> Cost {
        let (statements, wal) = (self.statements().len(), self.wal());
        guess(registry, name);
        Cost {
            wal: self.wal() - wal,
            statements: self.statements().split_off(statements),
        }
    }
}

/// Returns the cost in the middle, by bytes: now and then a page is full.
fn middle(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.wal);
    costs.swap_remove(costs.len() / 2)
}

#[test]
fn a_refusal_costs_the_same_for_known_and_made_up_names() {
    let settings = [("full_page_writes", "off"), ("autovacuum", "off")];
    let Some(cluster) = Cluster::start(&settings).unwrap() else {
        return;
    };
    let database = cluster.database().unwrap();
    let server = Server { cluster, database };
    let url = server.database.url();
    let registry = open(url).unwrap();
    // All names are equally long.
    let known = |number: usize| format!("known-{number:05}");
    let requests = (0..COMPARED).map(|number| (known(number), OnlinePolicy::default()));
    drop(registry.issue_codes(&root(), requests, &Utc).unwrap());

    thread::scope(|scope| {
        for first in 0..THREADS {
            let registry = &registry;
            scope.spawn(move || {
                for number in (first..FLOOD).step_by(THREADS) {
                    guess(registry, &format!("flood-{number:05}"));
                }
            });
        }
    });
    let strangers = "SELECT count(*) FROM stopgap.heads WHERE is_stranger = 1";
    assert_eq!(server.database.psql(strangers).unwrap(), "1024");

    let logged = open(&with(url, "options=-c%20log_statement%3Dall")).unwrap();
    // The first call prepares the statements.
    guess(&logged, "first-00000");
    let (mut of_known, mut of_made_up) = (Vec::new(), Vec::new());
    for number in 0..COMPARED {
        of_known.push(server.cost(&logged, &known(number)));
        of_made_up.push(server.cost(&logged, &format!("other-{number:05}")));
    }
    let (known, made_up) = (middle(of_known), middle(of_made_up));
    assert!(!known.statements.is_empty());
    assert_eq!(known.statements, made_up.statements);
    println!(
        "bytes of the log: {} known, {} made up",
        known.wal, made_up.wal
    );
    assert_eq!(known.wal, made_up.wal);
}
