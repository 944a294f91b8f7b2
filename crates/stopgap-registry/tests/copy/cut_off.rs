//! Cut off at any moment, and taken up again.

use std::{
    env,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use stopgap_registry::{Sqlite, store};

use crate::{
    file::File,
    filled::{fill, noon},
    moved, sums,
    worker::{Worker, tell},
};

/// How often it is killed.
fn times() -> u32 {
    match env::var_os("STOPGAP_DEEP") {
        Some(_) => 200,
        None => 12,
    }
}

fn start(from: &File, to: &File) -> Worker {
    let settings = [("STOPGAP_FROM", from.text()), ("STOPGAP_TO", to.text())];
    let mut worker = Worker::start("copy", &settings);
    assert_eq!(worker.hear().as_deref(), Some("going"));
    worker
}

/// Killed (`SIGKILL`) at moments from its beginning to its end.
#[test]
fn it_is_taken_up_where_it_was_cut_off() {
    let from = File::new();
    let codes = fill(&Arc::new(from.open()), 9_000);
    let target = File::new();
    let began = Instant::now();
    assert_eq!(start(&from, &target).hear().as_deref(), Some("copied"));
    let whole = began.elapsed();
    let source = from.open();
    let mut cut_off = 0;
    for time in 0..times() {
        let to = File::new();
        let mut worker = start(&from, &to);
        thread::sleep(whole * time / times());
        worker.kill();
        drop(worker);
        let [new, old, same] = sums(&moved(&source, &to.open()).unwrap());
        assert_eq!(new + old, same);
        cut_off += u32::from(new > 0 && old > 0);
        from.is_same_as(&to.path);
        if time + 1 == times() {
            codes.work(Arc::new(to.open()));
        }
    }
    println!(
        "copy: killed {} times, {cut_off} times with a part copied",
        times()
    );
    assert!(cut_off > 0);
}

/// The worker's side.
pub(crate) fn work() {
    let setting = |name: &str| env::var(name).unwrap();
    let from = store::open_source(&setting("STOPGAP_FROM"), noon()).unwrap();
    tell("going");
    let to = Sqlite::open(setting("STOPGAP_TO"), noon()).unwrap();
    moved(&*from, &to).unwrap();
    tell("copied");
    thread::sleep(Duration::from_millis(1));
}
