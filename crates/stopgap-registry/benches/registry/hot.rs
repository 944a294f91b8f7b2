//! What happens all day: a security code is authenticated, an online code is
//! verified and consumed.

use std::{hint::black_box, time::Duration};

use rusqlite::{Connection, Row, Statement, params, types::ValueRef};
use stopgap_registry::{
    Registry,
    stopgap::{Purpose, Role},
};

use crate::{
    filled::{Filled, Sample, TENANT, keys},
    table::{Target, beside, median, time},
};

/// How many reads are timed at once, and how often.
const READS: usize = 10_000;
const READ_ROUNDS: usize = 15;
/// How many writes are timed at once, more than SQLite lets stand in the log, so
/// that each time has its share of copying it back; and how often.
const WRITES: usize = 1_200;
const WRITE_ROUNDS: usize = 4;

/// By a point select of the same row.
pub(crate) fn authenticate(files: &[&Filled]) {
    let mut all: Vec<_> = files.iter().map(|file| Reads::new(file)).collect();
    let times = interleaved(&mut all, READ_ROUNDS);
    for (file, [ours, peer, _]) in files.iter().zip(&times) {
        let name = format!("authenticate, of {} codes / point select", file.rows);
        beside(&name, *ours, *peer, Target::Speed(0.6));
    }
    apart("authenticate", files, &times);
}

/// By an update of the same row.
pub(crate) fn verify(files: &[&Filled]) {
    let mut all: Vec<_> = files.iter().map(|file| Writes::new(file)).collect();
    let times = interleaved(&mut all, WRITE_ROUNDS);
    for (file, [ours, peer, attempt]) in files.iter().zip(&times) {
        let name = format!("verify and consume, of {} codes / update", file.rows);
        beside(&name, *ours, *peer, Target::Speed(0.8));
        let name = format!("the same with an attempt id, of {}", file.rows);
        beside(&name, *attempt, *peer, Target::None);
    }
    apart("verify and consume", files, &times);
}

/// The time with many rows beside that with few.
fn apart(name: &str, files: &[&Filled], times: &[[Duration; 3]]) {
    if let ([few, many], [[ours_few, ..], [ours_many, ..]]) = (files, times) {
        let name = format!("{name}, of {} / of {}", many.rows, few.rows);
        beside(&name, *ours_many, *ours_few, Target::Within(1.3));
    }
}

/// What is timed in turns: ours, the peer's, and a variant of ours.
trait Rounds {
    fn round(&mut self, round: usize) -> [Duration; 3];
}

/// The medians of all, each in turn with all others, so that a busy machine
/// troubles all alike.
fn interleaved<R: Rounds>(all: &mut [R], rounds: usize) -> Vec<[Duration; 3]> {
    let mut times: Vec<[Vec<Duration>; 3]> = all.iter().map(|_| Default::default()).collect();
    for round in 0..rounds {
        for (one, times) in all.iter_mut().zip(&mut times) {
            for (time, times) in one.round(round).into_iter().zip(times) {
                times.push(time);
            }
        }
    }
    times.into_iter().map(|times| times.map(median)).collect()
}

struct Reads<'a> {
    file: &'a Filled,
    registry: Registry,
    peer: Connection,
}

impl<'a> Reads<'a> {
    fn new(file: &'a Filled) -> Self {
        // Within the minute in which no further use is noted.
        let now = file.made_at;
        let registry = Registry::builder(&keys())
            .clock(move || now)
            .open(file.file())
            .expect("opens");
        let peer = file.connect();
        Self {
            file,
            registry,
            peer,
        }
    }

    fn sample(&self) -> impl Iterator<Item = &'a Sample> {
        self.file.security.iter().cycle().take(READS)
    }
}

impl Rounds for Reads<'_> {
    fn round(&mut self, _: usize) -> [Duration; 3] {
        let ours = time(|| {
            for sample in self.sample() {
                let found = self.registry.authenticate(&sample.code, |_| Role::User);
                let _ = black_box(found.expect("it is good"));
            }
        });
        let sql = "SELECT id, key_id, digest, same_as, description, expires_at, last_used_at, tag
             FROM security_codes WHERE tenant = ?1 AND digest = ?2";
        let mut select = self.peer.prepare(sql).expect("prepared");
        let peer = time(|| {
            for sample in self.sample() {
                let mut rows = select
                    .query(params![TENANT, sample.digest])
                    .expect("queried");
                read(rows.next().expect("read").expect("it is there"));
            }
        });
        [ours, peer, ours].map(|time| each(time, READS))
    }
}

/// Has SQLite find every column.
fn read(row: &Row<'_>) {
    for place in 0..8 {
        let value: ValueRef<'_> = row.get_ref(place).expect("a column");
        black_box(value);
    }
}

struct Writes<'a> {
    file: &'a Filled,
    registry: Registry,
    peer: Connection,
}

impl<'a> Writes<'a> {
    fn new(file: &'a Filled) -> Self {
        let registry = file.open();
        let peer = file.connect();
        Self {
            file,
            registry,
            peer,
        }
    }

    fn verify(&self, sample: &[Sample], attempts: bool) -> Duration {
        self.file.checkpoint();
        time(|| {
            for (number, sample) in sample.iter().enumerate() {
                let attempt = attempts.then(|| format!("{}-{number}", sample.user));
                let granted = self.registry.verify_code(
                    &sample.user,
                    &sample.code,
                    Purpose::Bypass,
                    attempt.as_deref(),
                );
                assert_eq!(granted.expect("it is good").uses_left, Some(0));
            }
        })
    }
}

impl Rounds for Writes<'_> {
    fn round(&mut self, round: usize) -> [Duration; 3] {
        let file = self.file;
        let first = round * 2 * WRITES;
        let fresh = file.online.get(first..).unwrap_or_default();
        let (ours, rest) = fresh.split_at(WRITES.min(fresh.len()));
        let with_attempts = &rest[..WRITES.min(rest.len())];
        // Together they are as many at any size.
        assert_eq!(
            ours.len() + with_attempts.len(),
            2 * WRITES,
            "too few codes"
        );
        let plain = self.verify(ours, false);
        let attempts = self.verify(with_attempts, true);
        let sql = "UPDATE online_codes SET uses = uses + 1 WHERE tenant = ?1 AND digest = ?2";
        let mut update: Statement<'_> = self.peer.prepare(sql).expect("prepared");
        file.checkpoint();
        let peer = time(|| {
            for sample in ours {
                let changed = update.execute(params![TENANT, sample.digest]);
                assert_eq!(changed.expect("updated"), 1);
            }
        });
        [plain, peer, attempts].map(|time| each(time, WRITES))
    }
}

fn each(time: Duration, count: usize) -> Duration {
    time / u32::try_from(count).expect("few")
}
