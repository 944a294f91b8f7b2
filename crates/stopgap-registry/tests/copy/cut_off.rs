//! A copy that is interrupted at any moment, and continued.

use std::{
    env,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use stopgap_registry::{Sqlite, store};

use crate::{
    copy_all,
    file::File,
    filled::{fill, noon},
    sums,
    worker::{Worker, tell},
};

/// Returns the number of times that the copy is killed, and the number of codes. In the long
/// form, a table has several batches.
fn size() -> (u32, usize) {
    match env::var_os("STOPGAP_DEEP") {
        Some(_) => (200, 9_000),
        None => (12, 2_000),
    }
}

fn start(from: &File, to: &File) -> Worker {
    let settings = [("STOPGAP_FROM", from.text()), ("STOPGAP_TO", to.text())];
    let mut worker = Worker::start("copy", &settings);
    assert_eq!(worker.hear().as_deref(), Some("going"));
    worker
}

/// The process is killed (`SIGKILL`) at moments from its beginning to its end.
#[test]
fn an_interrupted_copy_is_continued() {
    let (times, codes) = size();
    let from = File::new();
    let codes = fill(&Arc::new(from.open()), codes);
    let target = File::new();
    let began = Instant::now();
    assert_eq!(start(&from, &target).hear().as_deref(), Some("copied"));
    let whole = began.elapsed();
    let source = from.open();
    let mut cut_off = 0;
    for time in 0..times {
        let to = File::new();
        let mut worker = start(&from, &to);
        thread::sleep(whole * time / times);
        worker.kill();
        drop(worker);
        let [new, old, same] = sums(&copy_all(&source, &to.open()).unwrap());
        assert_eq!(new + old, same);
        cut_off += u32::from(new > 0 && old > 0);
        from.is_same_as(&to.path);
        if time + 1 == times {
            codes.work(Arc::new(to.open()));
        }
    }
    println!("copy: killed {times} times, {cut_off} times with a part copied");
    assert!(cut_off > 0);
}

/// Copies in the process that is killed.
pub(crate) fn work() {
    let setting = |name: &str| env::var(name).unwrap();
    let from = store::open_source(&setting("STOPGAP_FROM"), noon()).unwrap();
    tell("going");
    let to = Sqlite::open(setting("STOPGAP_TO"), noon()).unwrap();
    copy_all(&*from, &to).unwrap();
    tell("copied");
    thread::sleep(Duration::from_millis(1));
}
