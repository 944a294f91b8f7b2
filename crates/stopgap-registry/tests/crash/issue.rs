//! A process that is killed while it issues batches.

use std::path::Path;

use chrono::Utc;
use stopgap_registry::stopgap::OnlinePolicy;

use crate::{
    file::{File, open, root},
    kill_soon,
    worker::{Worker, tell},
};

/// The codes that are issued in one transaction.
const BATCH: usize = 100;

/// Kills a process. Returns the number of batches that it has issued.
pub(crate) fn crash(file: &File, round: usize) -> usize {
    let round = round.to_string();
    let settings = [("STOPGAP_FILE", file.text()), ("STOPGAP_ROUND", &round)];
    let mut worker = Worker::start("issue", &settings);
    kill_soon(&mut worker);
    let mut acknowledged = 0;
    while let Some(line) = worker.hear() {
        assert_eq!(line, format!("issued {acknowledged}"));
        acknowledged += 1;
    }
    file.is_whole();
    let registry = open(&file.path, 0);
    for batch in 0.. {
        let user = user(&round, batch);
        let codes = registry.codes(&root(), &user).unwrap().len();
        let events = format!(
            "SELECT count(*) FROM events WHERE user_name = '{user}' AND kind = 'online.issue'"
        );
        assert_eq!(usize::try_from(file.number(&events)).unwrap(), codes);
        if codes == 0 {
            assert!(batch >= acknowledged, "a batch was lost");
            return batch;
        }
        assert_eq!(codes, BATCH, "only a part of a batch is stored");
    }
    0
}

fn user(round: &str, batch: usize) -> String {
    format!("user-{round}-{batch}")
}

/// Issues batches in the process that is killed.
pub(crate) fn work(path: &Path, round: &str) {
    let registry = open(path, 0);
    tell("going");
    for batch in 0.. {
        let requests = (0..BATCH).map(|_| (user(round, batch), OnlinePolicy::default()));
        let issued = registry.issue_codes(&root(), requests, &Utc).unwrap();
        assert_eq!(issued.len(), BATCH);
        tell(&format!("issued {batch}"));
    }
}
