//! Processes that back up, one copy after the other, until they are killed.

use std::{fs, path::Path};

use stopgap_registry::{
    Clock, Sqlite, SystemClock,
    stopgap::{OnlinePolicy, chrono::Utc},
};

use crate::{
    file::{File, open, root},
    kill_soon,
    worker::{Worker, tell},
};

const CODES: usize = 300;

/// Kills a process while it backs up. Returns the number of its backups, each of which must be
/// whole.
pub(crate) fn crash(file: &File, round: usize) -> usize {
    if round == 0 {
        let registry = open(&file.path, 0);
        for _ in 0..CODES {
            let policy = OnlinePolicy::default();
            let issued = registry.issue_code(&root(), "alice", &policy, &Utc);
            let _ = issued.unwrap();
        }
    }
    let settings = [
        ("STOPGAP_FILE", file.text()),
        ("STOPGAP_ROUND", &round.to_string()),
    ];
    kill_soon(&mut Worker::start("backup", &settings));
    let folder = fs::read_dir(file.path.parent().unwrap()).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let begins = format!("copy-{round}-");
    let mut whole = 0;
    for name in names.filter(|name| name.starts_with(&begins)) {
        let path = file.path.with_file_name(name);
        let source = Sqlite::open_source(&path, SystemClock.now()).unwrap();
        let copy = File::at(&path);
        copy.is_whole();
        let codes = copy.number("SELECT count(*) FROM online_codes");
        assert_eq!(usize::try_from(codes), Ok(CODES));
        drop(source);
        whole += 1;
    }
    whole
}

/// Backs up until the process is killed.
pub(crate) fn work(path: &Path, round: &str) {
    let store = Sqlite::open(path, SystemClock.now()).unwrap();
    tell("going");
    for number in 0.. {
        let copy = path.with_file_name(format!("copy-{round}-{number}"));
        store.back_up(copy).unwrap();
    }
}
