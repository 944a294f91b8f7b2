//! A database with codes in it.

use std::time::{Duration, Instant};

use stopgap_registry::{Clock, Postgres, Registry, SystemClock};
use test_postgres::Cluster;

use super::{
    others::{self, Others},
    peer,
};
use crate::store::{
    Place, Statement,
    filled::{Filled, SAMPLE, keys},
    table::alone,
};

/// The tables that are filled.
pub(super) const TABLES: [&str; 4] = ["online_codes", "security_codes", "heads", "events"];

/// A database in which some codes were issued, and the other rows inserted by SQL.
pub(super) struct Database<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) name: &'static str,
    filled: Filled,
    pub(super) others: Others,
}

impl<'a> Database<'a> {
    /// Creates a database with a number of rows in some tables, and fewer in the others.
    pub(super) fn new(
        cluster: &'a Cluster,
        name: &'static str,
        rows: usize,
        tables: &[&str],
    ) -> Self {
        let begun = Instant::now();
        let create = format!("CREATE DATABASE {name}");
        cluster.psql("postgres", &create).expect("created");
        let asked = SAMPLE.min(rows / 2);
        let mut database = Self {
            cluster,
            name,
            filled: Filled::new(rows),
            others: Others::new(rows - asked, asked),
        };
        let registry = Registry::open(&database.address(1), &keys()).expect("opens");
        database.filled.issue(&registry, asked);
        let patient = format!("{}&deadline=600", database.address(1));
        let store = Postgres::open(&patient, SystemClock.now()).expect("opens");
        database.filled.create(&store, asked);
        database.insert(tables);
        let title = format!("filling {} with {rows} each", tables.join(", "));
        alone(&title, &format!("{:.0} s", begun.elapsed().as_secs_f64()));
        database
    }

    pub(super) fn psql(&self, sql: &str) -> String {
        self.cluster.psql(self.name, sql).expect("done")
    }

    /// Prints the bytes that a row takes in each table and its indexes.
    pub(super) fn print_sizes(&self) {
        let sql = "SELECT relname || ', ' || reltuples::bigint || ' rows: bytes of each, '
                || 'in the table + in indexes',
                round(pg_table_size(oid) / reltuples) || ' + '
                || round(pg_indexes_size(oid) / reltuples)
            FROM pg_class WHERE relnamespace = 'stopgap'::regnamespace AND relkind = 'r'
                AND reltuples >= 1000 ORDER BY 1";
        for (name, size) in self.psql(sql).lines().filter_map(|row| row.split_once('|')) {
            alone(name, size);
        }
    }

    /// Inserts the other rows, and orders the rows of each table so that the issued ones
    /// are among the others.
    fn insert(&self, tables: &[&str]) {
        // It is quicker to create indexes than to maintain them.
        let indexes = "SELECT indexname, indexdef FROM pg_indexes
            WHERE schemaname = 'stopgap' AND indexname NOT LIKE '%_pkey' ORDER BY 1";
        let indexes = self.psql(indexes);
        let indexes: Vec<_> = indexes
            .lines()
            .filter_map(|row| row.split_once('|'))
            .collect();
        for (name, _) in &indexes {
            self.psql(&format!("DROP INDEX stopgap.{name}"));
        }
        self.psql(&self.others.insert(tables));
        for (_, create) in &indexes {
            self.psql(create);
        }
        for table in tables {
            if let Some(index) = others::order(table) {
                self.psql(&format!("CLUSTER stopgap.{table} USING {index}"));
            }
        }
        for table in TABLES {
            self.psql(&format!("VACUUM (ANALYZE) stopgap.{table}"));
        }
        self.psql("CHECKPOINT");
    }
}

impl Place for Database<'_> {
    fn filled(&self) -> &Filled {
        &self.filled
    }

    fn address(&self, connections: usize) -> String {
        format!("{}&pool_size={connections}", self.cluster.url(self.name))
    }

    fn checkpoint(&self) {
        self.psql("CHECKPOINT");
    }

    fn warm(&self, tables: &[&str]) {
        self.psql("CREATE EXTENSION IF NOT EXISTS pg_prewarm");
        for table in tables {
            self.psql(&format!(
                "SELECT pg_prewarm('stopgap.{table}'), (SELECT sum(pg_prewarm(indexrelid::regclass))
                    FROM pg_index WHERE indrelid = 'stopgap.{table}'::regclass)"
            ));
        }
    }

    fn size(&self, table: &str) -> String {
        let sql = format!(
            "SELECT pg_table_size('stopgap.{table}') >> 20, pg_indexes_size('stopgap.{table}') >> 20"
        );
        self.psql(&sql).replace('|', " + ")
    }

    fn peer(&self, statement: Statement, connections: usize, turn: Duration) -> f64 {
        peer::run(self, statement, connections, turn)
    }
}
