//! A database with codes in it.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use stopgap_registry::{Postgres, Registry};
use test_postgres::Cluster;

use super::peer;
use crate::store::{
    Place, Statement,
    filled::{Filled, SAMPLE, TENANT, keys},
    table::alone,
};

/// The tables that are filled.
pub(super) const TABLES: [&str; 4] = ["online_codes", "security_codes", "throttles", "events"];

/// A database in which some codes were issued, and the other rows inserted by SQL.
pub(super) struct Database<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) name: &'static str,
    filled: Filled,
    pub(super) others: Others,
}

/// The rows that were not issued. Their digests differ by their places in the order
/// only, so that pgbench can find them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Others {
    /// The number of rows that pgbench asks for, which are some apart.
    pub(super) asked: usize,
    pub(super) apart: usize,
    /// The middle row has place 0; the places are the first 64 bits of a digest.
    pub(super) half: usize,
    pub(super) step: u64,
}

/// The rest of such a digest.
pub(super) const REST: &str = "'\\x5f1d0c2b3a49586776859483a2b1c0dfeefd0c1b2a394857'::bytea";

impl<'a> Database<'a> {
    /// Creates it with a number of rows in some tables, and fewer in the others.
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
        let others = rows - asked;
        let half = others / 2;
        let mut database = Self {
            cluster,
            name,
            filled: Filled::new(rows),
            others: Others {
                asked,
                apart: others / asked,
                half,
                step: (1 << 63) / half as u64,
            },
        };
        let registry = Registry::open(&database.address(1), &keys()).expect("opens");
        database.filled.issue(&registry, asked);
        let patient = format!("{}&deadline=600", database.address(1));
        let store = Postgres::open(&patient, database.filled.created_at).expect("opens");
        database.filled.create(&store, asked);
        database.insert(others, tables);
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

    /// Inserts the other rows, and orders each table by its primary key, as random
    /// digests and names lie.
    fn insert(&self, others: usize, tables: &[&str]) {
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
        let Others { half, step, .. } = self.others;
        let digest = format!("int8send((n - {half}) * {step}) || {REST}");
        let mut sql = format!(
            "SET session_replication_role = replica;
             SET work_mem = '1GB';
             CREATE TEMP TABLE number AS SELECT n, hash,
                'user-' || lpad(n::text, 8, '0') || 'x' COLLATE \"C\" AS person,
                (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n * 7000000000 / {others}),
                    12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid AS id
             FROM generate_series(0::bigint, {others} - 1) AS n
             CROSS JOIN LATERAL md5(n::text) AS hash"
        );
        for table in tables {
            let columns = match *table {
                "online_codes" => format!(
                    "(digest, id, user_name, key_id, format, purposes, expires_at, max_uses, uses,
                        tag, bucket, tenant)
                     SELECT {digest}, id, person, 1,
                        (SELECT format FROM stopgap.formats LIMIT 1), 1,
                        now() + (1 + n % 168) * interval '1 hour',
                        1000, 0, sha256(hash::bytea), n & 15"
                ),
                "security_codes" => format!(
                    "(digest, id, key_id, same_as, scopes, description, last_used_at, tag, tenant)
                     SELECT {digest}, id, 1, person, '\"unlimited\"', 'a build server', now(),
                        sha256(hash::bytea)"
                ),
                "throttles" => "(user_name, failures, tenant) SELECT person, 0".to_owned(),
                _ => "(bucket, id, actor, role, kind, user_name, subject, detail, tenant)
                     SELECT n & 15, id, CASE WHEN issued THEN 'dana' ELSE person END,
                        CASE WHEN issued THEN 'help_desk' ELSE 'user' END,
                        CASE WHEN issued THEN 'online.issue' ELSE 'online.verify' END,
                        person, id::text, CASE WHEN issued THEN NULL ELSE 'bypass' END"
                    .to_owned(),
            };
            let _ = write!(
                sql,
                ";\nINSERT INTO stopgap.{table} {columns}, '{TENANT}'
                    FROM (SELECT *, n & 1 = 0 AS issued FROM number ORDER BY n DESC) AS number"
            );
        }
        self.psql(&sql);
        // The lines of a log lie as they were written: by time.
        for table in tables.iter().filter(|table| **table != "events") {
            self.psql(&format!("CLUSTER stopgap.{table} USING {table}_pkey"));
        }
        for (_, create) in &indexes {
            self.psql(create);
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
