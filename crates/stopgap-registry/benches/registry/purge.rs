//! A purge of a whole file, while others verify.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use stopgap_registry::{
    PurgePolicy, Registry,
    stopgap::{Purpose, chrono::Utc},
};

use crate::{
    filled::{Filled, open_after, operator, week},
    table::{Target, alone, time},
    worker::{self, Worker},
};

/// How much later it is: all that was there has been over for a month.
const DAYS: i64 = 60;
/// How many codes each of those who verify has; it begins again at the end.
const CODES: usize = 1_000;
/// Between two verifications.
const PAUSE: Duration = Duration::from_millis(1);
const MOST: Duration = Duration::from_millis(100);

/// For how long they verify alone before: what the machine does to them anyway.
const ALONE: Duration = Duration::from_secs(10);

pub(crate) fn purge(file: &Filled) {
    let registry = file.open_after(DAYS);
    let codes = ["thread", "process"].map(|name| issue(&registry, name));
    let before = waits(file, &registry, &codes, || thread::sleep(ALONE));
    let mut purged = 0;
    let mut taken = Duration::ZERO;
    let during = waits(file, &registry, &codes, || {
        taken = time(|| {
            let done = registry.purge(&operator(), &PurgePolicy::default());
            purged = done.expect("purged").codes;
        });
    });
    assert_eq!(purged, file.rows as u64);
    let name = format!("purge of {purged} expired codes");
    alone(&name, taken, Target::None);
    for (who, before, during) in [
        ("a thread", &before[0], &during[0]),
        ("another process", &before[1], &during[1]),
    ] {
        let longest = |waits: &[Duration]| waits[waits.len() - 1];
        let name = format!("longest wait of {who} to verify, of {}", during.len());
        alone(&name, longest(during), Target::Longest(MOST));
        let most = during[(during.len() - 1) * 999 / 1_000];
        alone(
            "  of 1,000 waits, 999 are no longer than",
            most,
            Target::None,
        );
        let name = format!("  without a purge the longest, of {}", before.len());
        alone(&name, longest(before), Target::None);
    }
}

/// How long a thread and another process wait each time that they verify while
/// something is done, the shortest first.
fn waits(
    file: &Filled,
    registry: &Registry,
    [mine, others]: &[Vec<String>; 2],
    work: impl FnOnce(),
) -> [Vec<Duration>; 2] {
    let mut worker = Worker::start("verify", &[("STOPGAP_FILE", file.file())]);
    worker.say(&others.concat());
    worker.say("go\n");
    let over = AtomicBool::new(false);
    let mut mine = thread::scope(|scope| {
        let verifying = scope.spawn(|| verify(registry, mine, &over));
        work();
        over.store(true, Ordering::Relaxed);
        verifying.join().expect("it goes on")
    });
    worker.say("over\n");
    let told = worker.hear().expect("it tells");
    let mut others: Vec<Duration> = told
        .split(' ')
        .map(|micros| Duration::from_micros(micros.parse().expect("a number")))
        .collect();
    mine.sort_unstable();
    others.sort_unstable();
    [mine, others]
}

/// The worker's side: verifies until it hears that the purge is over, and tells
/// how long it waited each time.
pub(crate) fn verify_and_tell(file: &str) {
    let registry = open_after(file, DAYS);
    let codes: Vec<String> = io::stdin()
        .lines()
        .map(|line| line.expect("said") + "\n")
        .take_while(|line| line != "go\n")
        .collect();
    let over = AtomicBool::new(false);
    let waits = thread::scope(|scope| {
        let verifying = scope.spawn(|| verify(&registry, &codes, &over));
        let _ = io::stdin().lines().next();
        over.store(true, Ordering::Relaxed);
        verifying.join().expect("it goes on")
    });
    let micros = waits.iter().map(|wait| wait.as_micros().to_string());
    worker::tell(&micros.collect::<Vec<_>>().join(" "));
}

/// Codes as one says them to a worker.
fn issue(registry: &Registry, name: &str) -> Vec<String> {
    let requests = (0..CODES).map(|at| (format!("{name}-{at}"), week()));
    let issued = registry.issue_codes(&operator(), requests, &Utc);
    let issued = issued.expect("issued").into_iter();
    issued
        .map(|issued| format!("{}\t{}\n", issued.record.user, issued.code.reveal()))
        .collect()
}

/// How long each verification took.
fn verify(registry: &Registry, codes: &[String], over: &AtomicBool) -> Vec<Duration> {
    let mut waits = Vec::new();
    let mut codes = codes.iter().cycle();
    while !over.load(Ordering::Relaxed) {
        let (user, code) = codes
            .next()
            .expect("no end")
            .trim()
            .split_once('\t')
            .expect("two");
        waits.push(time(|| {
            let granted = registry.verify_code(user, code, Purpose::Bypass, None);
            assert_eq!(granted.expect("it is good").user, user);
        }));
        thread::sleep(PAUSE);
    }
    waits
}
