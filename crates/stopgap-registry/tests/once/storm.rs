//! Failures of a server while it is used.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use test_postgres::{Cluster, Database, Stop};

/// Works during repeated failures. Returns the number of failures.
pub(crate) fn meanwhile<T>(
    pause: Duration,
    fail: impl Fn() -> io::Result<usize> + Sync,
    work: impl FnOnce() -> T,
) -> (T, usize) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let storm = scope.spawn(|| {
            let mut count = 0;
            while !over.load(Ordering::Relaxed) {
                wait(pause, &over);
                count += fail().unwrap();
            }
            count
        });
        // The failures also end if the work panics.
        let end = End(&over);
        let done = work();
        drop(end);
        (done, storm.join().unwrap())
    })
}

struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn wait(pause: Duration, over: &AtomicBool) {
    let began = Instant::now();
    while began.elapsed() < pause && !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(10));
    }
}

/// Terminates a random backend every 50 ms for a second.
pub(crate) fn kill_backends(database: &Database) -> io::Result<usize> {
    let killed = database.psql(
        "CREATE TEMPORARY TABLE killed (pid int);
         DO $$ BEGIN
            FOR turn IN 1..20 LOOP
                PERFORM pg_stat_clear_snapshot();
                INSERT INTO killed SELECT victim.pid FROM (
                    SELECT pid FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                        AND backend_type = 'client backend'
                    ORDER BY random() LIMIT 1
                ) AS victim WHERE pg_terminate_backend(victim.pid);
                PERFORM pg_sleep(0.05);
            END LOOP;
         END $$;
         SELECT count(*) FROM killed",
    )?;
    killed.parse().map_err(io::Error::other)
}

/// Stops the server without a shutdown, and starts it again.
pub(crate) fn restart(cluster: &Cluster) -> io::Result<usize> {
    cluster.stop(Stop::Immediate)?;
    cluster.start_again().map(|()| 1)
}
