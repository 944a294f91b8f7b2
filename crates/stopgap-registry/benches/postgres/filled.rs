//! Databases with so many codes, as a fleet has them after a while.

use std::time::Instant;

use stopgap_registry::{
    Clock, Postgres, RecordId, Registry, SystemClock,
    stopgap::{
        Access, Actor, KeyId, KeyRing, Life, MasterKey, Name, OnlinePolicy, Role, SecurityCode,
        SysRng, Validity,
        chrono::{DateTime, TimeDelta, Utc},
    },
    store::{SecurityRow, Store},
};
use test_postgres::Cluster;

use super::table::alone;

/// Of how many codes of each kind the text is known, at most.
const SAMPLE: usize = 50_000;
/// The tenant whose rows all are.
pub(super) const TENANT: &str = "default";

/// A code that can be presented.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) user: String,
    pub(super) code: String,
}

/// A database, and some of the codes in it, which lie scattered among the others.
#[derive(Debug)]
pub(super) struct Filled {
    pub(super) rows: usize,
    pub(super) name: &'static str,
    url: String,
    pub(super) online: Vec<Sample>,
    pub(super) security: Vec<Sample>,
    /// When the security codes were last used.
    pub(super) made_at: DateTime<Utc>,
    /// Which of the others pgbench asks for.
    pub(super) others: Others,
}

/// The rows that were not issued: the place in the order of the digests is all that
/// they differ by, for pgbench must be able to find one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Others {
    /// Those that are asked for: so many, and one of so many.
    pub(super) asked: usize,
    pub(super) every: usize,
    /// The first of the 64 bits' places, and how far the next one is.
    pub(super) half: usize,
    pub(super) step: u64,
}

/// What follows the place in a digest.
pub(super) const REST: &str = "'\\x5f1d0c2b3a49586776859483a2b1c0dfeefd0c1b2a394857'::bytea";

impl Filled {
    /// So many codes of a kind, users or events in those of its tables that are named, and fewer in the others.
    pub(super) fn new(cluster: &Cluster, name: &'static str, rows: usize, tables: &[&str]) -> Self {
        let begun = Instant::now();
        let create = format!("CREATE DATABASE {name}");
        cluster.psql("postgres", &create).expect("made");
        let asked = SAMPLE.min(rows / 2);
        let others = rows - asked;
        let half = others / 2;
        let mut filled = Self {
            rows,
            name,
            url: cluster.url(name),
            online: Vec::new(),
            security: Vec::new(),
            made_at: SystemClock.now(),
            others: Others {
                asked,
                every: others / asked,
                half,
                step: (1 << 63) / half as u64,
            },
        };
        filled.issue(asked);
        filled.made_at = SystemClock.now();
        filled.create(asked);
        filled.fill(cluster, others, tables);
        alone(
            &format!("filling {} with {rows} each", tables.join(", ")),
            &format!("{:.0} s", begun.elapsed().as_secs_f64()),
        );
        filled
    }

    /// The address, for so many connections.
    pub(super) fn url(&self, connections: usize) -> String {
        format!("{}&pool_size={connections}", self.url)
    }

    /// With so many connections, at most.
    pub(super) fn open(&self, connections: usize) -> Registry {
        Registry::open(&self.url(connections), &keys()).expect("opens")
    }

    /// The same for a clock of its own.
    pub(super) fn open_at(&self, connections: usize, clock: impl Clock + 'static) -> Registry {
        let keys = keys();
        let builder = Registry::builder(&keys).clock(clock);
        builder.open(&self.url(connections)).expect("opens")
    }

    /// What the tables and their indexes take.
    pub(super) fn sizes(&self, cluster: &Cluster) {
        let sql = "SELECT c.relname, c.reltuples::bigint, pg_table_size(c.oid),
                pg_indexes_size(c.oid)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'stopgap' AND c.relkind = 'r' AND c.reltuples > 0 ORDER BY 1";
        for line in self.psql(cluster, sql).lines() {
            let mut fields = line.split('|');
            let table = fields.next().expect("a name");
            let mut number = || {
                fields
                    .next()
                    .expect("a number")
                    .parse::<f64>()
                    .expect("one")
            };
            let (rows, table_bytes, index_bytes) = (number(), number(), number());
            if rows < 1_000.0 {
                continue;
            }
            let each = (table_bytes + index_bytes) / rows;
            alone(
                &format!("{table}, {rows} rows: bytes of table and of indexes for each"),
                &format!(
                    "{:.0} + {:.0} = {each:.0}",
                    table_bytes / rows,
                    index_bytes / rows
                ),
            );
        }
    }

    pub(super) fn psql(&self, cluster: &Cluster, sql: &str) -> String {
        cluster.psql(self.name, sql).expect("done")
    }

    /// Has tables and their indexes in memory, as they are after a while.
    pub(super) fn warm(&self, cluster: &Cluster, tables: &[&str]) {
        self.psql(cluster, "CREATE EXTENSION IF NOT EXISTS pg_prewarm");
        for table in tables {
            let sql = format!(
                "SELECT pg_prewarm('stopgap.{table}'), (SELECT sum(pg_prewarm(indexrelid::regclass))
                    FROM pg_index WHERE indrelid = 'stopgap.{table}'::regclass)"
            );
            self.psql(cluster, &sql);
        }
    }

    fn issue(&mut self, count: usize) {
        let registry = self.open(1);
        let every = self.rows / count;
        let requests = (0..count).map(|at| (format!("user-{:08}", at * every), week()));
        let issued = registry.issue_codes(&operator(), requests, &Utc);
        for issued in issued.expect("issued") {
            self.online.push(Sample {
                user: issued.record.user.to_string(),
                code: issued.code.reveal().to_string(),
            });
        }
    }

    /// The registry creates them one by one; here that would take too long.
    fn create(&mut self, count: usize) {
        let ring = keys().tenant(TENANT).expect("a name");
        let patient = format!("{}&deadline=600", self.url(1));
        let store = Postgres::open(&patient, self.made_at).expect("opens");
        let every = self.rows / count;
        let tenant = Name::new(TENANT).expect("a name");
        let mut sample = Vec::new();
        let made = store.write(&tenant, &mut |rows| {
            sample.clear();
            for number in 0..count {
                let user = format!("user-{:08}", number * every);
                let id = id_of(self.made_at, number);
                let access = Access::SameAs(Name::new(user.clone()).expect("one"));
                let (code, mut record) = SecurityCode::create(
                    &ring,
                    &operator(),
                    access,
                    "a build server",
                    id.made_at(),
                    &mut SysRng,
                )
                .expect("created");
                record.life = Life::Permanent;
                rows.insert_security_code(&SecurityRow {
                    id,
                    tag: record.tag(&ring).expect("the key"),
                    last_used_at: Some(self.made_at),
                    code: record,
                })?;
                let code = code.reveal().to_string();
                sample.push(Sample { user, code });
            }
            Ok(())
        });
        made.expect("created");
        self.security = sample;
    }

    /// The others, and all in the order of their random digests.
    fn fill(&self, cluster: &Cluster, others: usize, tables: &[&str]) {
        // Indexes are quicker made than kept.
        let indexes = "SELECT indexname, indexdef FROM pg_indexes
            WHERE schemaname = 'stopgap' AND indexname NOT LIKE '%_pkey' ORDER BY 1";
        let indexes = self.psql(cluster, indexes);
        for (name, _) in indexes.lines().filter_map(|line| line.split_once('|')) {
            self.psql(cluster, &format!("DROP INDEX stopgap.{name}"));
        }
        let Others { half, step, .. } = self.others;
        let made = format!(
            "SET session_replication_role = replica;
             SET work_mem = '1GB';
             CREATE FUNCTION pg_temp.at(n bigint, hours bigint) RETURNS timestamptz
                LANGUAGE sql STABLE AS $$ SELECT now() + hours * interval '1 hour' $$;
             CREATE TEMP TABLE number AS SELECT n, n - {half} AS place, hash,
                'user-' || lpad(n::text, 8, '0') || 'x' AS person,
                (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n * 7000000000 / {others}),
                    12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid AS id
             FROM generate_series(0::bigint, {others} - 1) AS n
             CROSS JOIN LATERAL md5(n::text) AS hash;
             ANALYZE number"
        );
        let codes = format!(
            "CREATE TEMP TABLE kept AS SELECT * FROM stopgap.online_codes;
             TRUNCATE stopgap.online_codes;
             INSERT INTO stopgap.online_codes (tenant, digest, id, user_name, key_id, purposes,
                not_before, expires_at, max_uses, uses, revoked_at, tag, bucket)
             SELECT '{TENANT}', int8send(place * {step}) || {REST}, id, person, 1, 1, NULL,
                now() + (1 + n % 168) * interval '1 hour', 1000, 0, NULL, sha256(hash::bytea),
                n & 15 FROM number
             UNION ALL SELECT tenant, digest, id, user_name, key_id, purposes, not_before,
                expires_at, max_uses, uses, revoked_at, tag, bucket FROM kept
             ORDER BY 2"
        );
        let secrets = format!(
            "CREATE TEMP TABLE secret AS SELECT * FROM stopgap.security_codes;
             TRUNCATE stopgap.security_codes;
             INSERT INTO stopgap.security_codes (tenant, digest, id, key_id, same_as,
                description, expires_at, last_used_at, tag)
             SELECT '{TENANT}', int8send(place * {step}) || {REST}, id, 1, person,
                'a build server', NULL, now(), sha256(hash::bytea) FROM number
             UNION ALL SELECT tenant, digest, id, key_id, same_as, description, expires_at,
                last_used_at, tag FROM secret
             ORDER BY 2"
        );
        let doors = format!(
            "CREATE TEMP TABLE door AS SELECT * FROM stopgap.throttles;
             TRUNCATE stopgap.throttles;
             INSERT INTO stopgap.throttles (tenant, user_name, failures)
             SELECT '{TENANT}', person COLLATE \"C\", 0 FROM number
             UNION ALL SELECT tenant, user_name, failures FROM door ORDER BY 2"
        );
        let events = format!(
            "CREATE TEMP TABLE event AS SELECT * FROM stopgap.events;
             TRUNCATE stopgap.events;
             INSERT INTO stopgap.events (tenant, bucket, id, actor, role, kind, user_name,
                subject, detail)
             SELECT '{TENANT}', n & 15, id, CASE WHEN n & 1 = 0 THEN 'dana' ELSE person END,
                CASE WHEN n & 1 = 0 THEN 'help_desk' ELSE 'user' END,
                CASE WHEN n & 1 = 0 THEN 'online.issue' ELSE 'online.verify' END,
                person, id::text, CASE WHEN n & 1 = 0 THEN NULL ELSE 'bypass' END FROM number
             UNION ALL SELECT tenant, bucket, id, actor, role, kind, user_name, subject, detail
                FROM event ORDER BY 3"
        );
        let each = [
            ("online_codes", codes),
            ("security_codes", secrets),
            ("throttles", doors),
            ("events", events),
        ];
        let each = each.into_iter().filter(|(table, _)| tables.contains(table));
        let all: Vec<String> = std::iter::once(made)
            .chain(each.map(|(_, sql)| sql))
            .collect();
        self.psql(cluster, &all.join(";\n"));
        for (_, index) in indexes.lines().filter_map(|line| line.split_once('|')) {
            self.psql(cluster, index);
        }
        for table in ["online_codes", "security_codes", "throttles", "events"] {
            self.psql(cluster, &format!("VACUUM (ANALYZE) stopgap.{table}"));
        }
        self.psql(cluster, "CHECKPOINT");
    }
}

pub(super) fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

pub(super) fn operator() -> Actor {
    Actor::new("dana", Role::SuperAdministrator).expect("a name")
}

/// Good for a week, and often enough to be consumed in every turn.
pub(super) fn week() -> OnlinePolicy {
    let week = Validity::days(7).expect("in range");
    let policy = OnlinePolicy::default().valid_for(week);
    policy.max_uses(1_000).expect("in range")
}

/// A clock that is so many days ahead.
pub(super) fn ahead(days: i64) -> impl Clock + 'static {
    let later = TimeDelta::try_days(days).expect("in range");
    move || SystemClock.now() + later
}

/// An id as the registry makes it, but for the randomness.
fn id_of(at: DateTime<Utc>, number: usize) -> RecordId {
    let millis = u128::try_from(at.timestamp_millis()).expect("after 1970");
    let id = (millis << 80) | (7 << 76) | (2 << 62) | number as u128;
    RecordId::from_bytes(id.to_be_bytes())
}
