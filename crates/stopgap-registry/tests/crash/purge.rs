//! A process that is killed while it purges.

use std::path::Path;

use chrono::Utc;
use stopgap_registry::{
    PurgePolicy, Registry,
    stopgap::{OnlinePolicy, Purpose, VerifyRequest},
};

use crate::{
    file::{File, open, root},
    kill_soon,
    worker::{Worker, tell},
};

const OLD: usize = 1_500;
const YOUNG: usize = 20;
/// The days from one crash to the next. After them all codes of the last crash are old.
const DAYS: i64 = 60;

/// Kills a process. Returns the number of old codes that it has left.
pub(crate) fn crash(file: &File, round: i64) -> i64 {
    let before = open(&file.path, round * DAYS);
    drop(issue(&before, "old", OLD));
    drop(before);
    let days = (round + 1) * DAYS;
    let registry = open(&file.path, days);
    let young = issue(&registry, "young", YOUNG);
    drop(registry);
    let days_text = days.to_string();
    let settings = [("STOPGAP_FILE", file.text()), ("STOPGAP_DAYS", &days_text)];
    let mut worker = Worker::start("purge", &settings);
    kill_soon(&mut worker);
    file.is_whole();
    let old = "SELECT count(*) FROM online_codes WHERE user_name = 'old'";
    let left = file.number(old);
    let registry = open(&file.path, days);
    for code in young {
        let granted = registry.verify_code(&VerifyRequest::new("young", &code, Purpose::Bypass));
        assert_eq!(granted.unwrap().uses_left, Some(0));
    }
    // The next purge deletes the rest.
    let purged = registry.purge(&root(), &PurgePolicy::default()).unwrap();
    assert!(i64::try_from(purged.codes).unwrap() >= left);
    assert_eq!(file.number(old), 0);
    file.is_whole();
    left
}

fn issue(registry: &Registry, user: &str, count: usize) -> Vec<String> {
    let once = OnlinePolicy::default().max_uses(1);
    let requests = (0..count).map(|_| (user, once));
    let issued = registry.issue_codes(&root(), requests, &Utc).unwrap();
    let codes = issued.iter().map(|issued| issued.code.reveal().to_string());
    codes.collect()
}

/// Purges in the process that is killed.
pub(crate) fn work(path: &Path, days: i64) {
    let registry = open(path, days);
    tell("going");
    let purged = registry.purge(&root(), &PurgePolicy::default()).unwrap();
    tell(&format!("purged {}", purged.codes));
}
