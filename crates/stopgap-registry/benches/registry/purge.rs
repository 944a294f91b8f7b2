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
const CODES: usize = 2_000;
/// Between two verifications.
const PAUSE: Duration = Duration::from_millis(1);
const MOST: Duration = Duration::from_millis(100);

pub(crate) fn purge(file: &Filled) {
    let registry = file.open_after(DAYS);
    let [mine, others] = ["thread", "process"].map(|name| issue(&registry, name));
    let mut worker = Worker::start("verify", &[("STOPGAP_FILE", file.file())]);
    worker.say(&others.concat());
    worker.say("go\n");
    let over = AtomicBool::new(false);
    let mut purged = 0;
    let mut taken = Duration::ZERO;
    let waits = thread::scope(|scope| {
        let verifying = scope.spawn(|| verify(&registry, &mine, &over));
        taken = time(|| {
            let done = registry.purge(&operator(), &PurgePolicy::default());
            purged = done.expect("purged").codes;
        });
        over.store(true, Ordering::Relaxed);
        verifying.join().expect("it goes on")
    });
    assert_eq!(purged, file.rows as u64);
    worker.say("over\n");
    let told = worker.hear().expect("it tells");
    let others: Vec<Duration> = told
        .split(' ')
        .map(|micros| Duration::from_micros(micros.parse().expect("a number")))
        .collect();
    alone(
        &format!("purge of {purged} expired codes"),
        taken,
        Target::None,
    );
    for (who, mut waits) in [("a thread", waits), ("another process", others)] {
        waits.sort_unstable();
        let longest = waits[waits.len() - 1];
        let name = format!("longest wait of {who}, of {}", waits.len());
        alone(&name, longest, Target::Longest(MOST));
        let most = waits[(waits.len() - 1) * 999 / 1_000];
        alone("  99.9 of 100 are shorter than", most, Target::None);
    }
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
            match registry.verify_code(user, code, Purpose::Bypass, None) {
                Ok(_) => {}
                // The second time round.
                Err(error) => assert_eq!(error.reason(), "used_up"),
            }
        }));
        thread::sleep(PAUSE);
    }
    waits
}
