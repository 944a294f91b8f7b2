//! Files with so many codes, as a server has them after a while.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::Connection;
use stopgap_registry::{
    Clock, RecordId, Registry, Sqlite, SystemClock,
    stopgap::{
        Access, Actor, KeyId, KeyRing, Life, MasterKey, Name, OnlinePolicy, Role, SecurityCode,
        SysRng, Validity,
        chrono::{DateTime, TimeDelta, Utc},
    },
    store::{SecurityRow, Store},
};

/// Of how many codes a file's table keeps the text.
const SAMPLE: usize = 10_000;
/// How many codes are issued in one transaction.
const BATCH: usize = 100_000;
/// The tenant whose rows all are.
pub(crate) const TENANT: &str = "default";

/// A code that can be presented, and what its row is found by.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) user: String,
    pub(crate) code: String,
    pub(crate) digest: [u8; 32],
}

/// A file, and some of the codes in it. The file is deleted where this is dropped.
#[derive(Debug)]
pub(crate) struct Filled {
    pub(crate) rows: usize,
    pub(crate) path: PathBuf,
    pub(crate) online: Vec<Sample>,
    pub(crate) security: Vec<Sample>,
    /// When the security codes were last used.
    pub(crate) made_at: DateTime<Utc>,
}

impl Filled {
    /// So many online codes, each with its line in the log, and so many security
    /// codes.
    pub(crate) fn new(rows: usize) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{rows}.db"));
        delete(&path);
        let mut filled = Self {
            rows,
            path,
            online: Vec::new(),
            security: Vec::new(),
            made_at: SystemClock.now(),
        };
        filled.issue();
        // The clock must not go back, however long that took.
        filled.made_at = SystemClock.now();
        filled.create();
        filled
    }

    pub(crate) fn file(&self) -> &str {
        self.path.to_str().expect("text")
    }

    pub(crate) fn open(&self) -> Registry {
        Registry::open(self.file(), &keys()).expect("opens")
    }

    /// As it will be after some days.
    pub(crate) fn open_after(&self, days: i64) -> Registry {
        open_after(self.file(), days)
    }

    /// A connection of the peer's, with the same durability.
    pub(crate) fn connect(&self) -> Connection {
        let connection = Connection::open(&self.path).expect("opens");
        connection
            .pragma_update(None, "synchronous", "FULL")
            .expect("is set");
        connection
    }

    /// Copies the log into the file, so that what is measured next starts afresh.
    pub(crate) fn checkpoint(&self) {
        let connection = self.connect();
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .expect("checkpoint");
    }

    fn issue(&mut self) {
        let registry = self.open();
        let ring = keys().tenant(TENANT).expect("a name");
        let every = self.rows.div_ceil(SAMPLE);
        for first in (0..self.rows).step_by(BATCH) {
            let count = BATCH.min(self.rows - first);
            let requests = (first..first + count).map(|at| (format!("user-{at:07}"), week()));
            let issued = registry
                .issue_codes(&operator(), requests, &Utc)
                .expect("issued");
            for issued in issued.iter().step_by(every) {
                let user = &issued.record.user;
                let digest = ring.online_digests(user, &issued.code).next();
                self.online.push(Sample {
                    user: user.to_string(),
                    code: issued.code.reveal().to_string(),
                    digest: *digest.expect("one key").1.as_bytes(),
                });
            }
        }
        shuffle(&mut self.online);
    }

    /// The registry creates them one by one; here that would take too long.
    fn create(&mut self) {
        let ring = keys().tenant(TENANT).expect("a name");
        let store = Sqlite::open(&self.path, self.made_at).expect("opens");
        let every = self.rows.div_ceil(SAMPLE);
        let tenant = Name::new(TENANT).expect("a name");
        let mut sample = Vec::new();
        let made = store.write(&tenant, &mut |rows| {
            for number in 0..self.rows {
                let id = id_of(self.made_at, number);
                let access = Access::SameAs(Name::new(format!("user-{number:07}")).expect("one"));
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
                    code: record.clone(),
                })?;
                if number.is_multiple_of(every) {
                    sample.push(Sample {
                        user: String::new(),
                        code: code.reveal().to_string(),
                        digest: *record.digest.as_bytes(),
                    });
                }
            }
            Ok(())
        });
        made.expect("created");
        shuffle(&mut sample);
        self.security = sample;
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        delete(&self.path);
    }
}

pub(crate) fn open_after(file: &str, days: i64) -> Registry {
    let later = TimeDelta::try_days(days).expect("in range");
    let clock = move || SystemClock.now() + later;
    let keys = keys();
    let builder = Registry::builder(&keys).clock(clock);
    builder.open(file).expect("opens")
}

pub(crate) fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

pub(crate) fn operator() -> Actor {
    Actor::new("dana", Role::SuperAdministrator).expect("a name")
}

/// Good for a week, and often enough to be consumed in every round.
pub(crate) fn week() -> OnlinePolicy {
    let week = Validity::days(7).expect("in range");
    let policy = OnlinePolicy::default().valid_for(week);
    policy.max_uses(1_000).expect("in range")
}

fn delete(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut path = path.as_os_str().to_owned();
        path.push(end);
        // It may not be there.
        let _ = fs::remove_file(path);
    }
}

/// An id as the registry makes it, but for the randomness.
fn id_of(at: DateTime<Utc>, number: usize) -> RecordId {
    let millis = u128::try_from(at.timestamp_millis()).expect("after 1970");
    let id = (millis << 80) | (7 << 76) | (2 << 62) | number as u128;
    RecordId::from_bytes(id.to_be_bytes())
}

/// The order of a sample is nobody's but this one's.
fn shuffle(sample: &mut [Sample]) {
    sample.sort_by_key(|sample| {
        let [.., last, first] = sample.digest;
        (first, last, sample.digest)
    });
}
