//! A primary and a standby.

use std::{
    thread,
    time::{Duration, Instant},
};

use test_postgres::Cluster;

pub(crate) struct Pair {
    pub(crate) primary: Cluster,
    pub(crate) standby: Cluster,
}

impl Pair {
    /// Starts a pair in which the standby has each change before the primary acknowledges it.
    pub(crate) fn in_step() -> Option<Self> {
        let pair = Self::new("remote_apply")?;
        let standbys = [("synchronous_standby_names", "second")];
        pair.primary.set(&standbys).unwrap();
        pair.until("select sync_state = 'sync' from pg_stat_replication");
        Some(pair)
    }

    /// Starts a pair in which the primary does not wait for the standby.
    pub(crate) fn out_of_step() -> Option<Self> {
        let pair = Self::new("local")?;
        pair.until("select state = 'streaming' from pg_stat_replication");
        Some(pair)
    }

    fn new(synchronous_commit: &str) -> Option<Self> {
        let settings = [("synchronous_commit", synchronous_commit)];
        let primary = Cluster::start(&settings).unwrap()?;
        primary.psql("postgres", "create database fleet").unwrap();
        let standby = primary.standby("second").unwrap();
        Some(Self { primary, standby })
    }

    /// Returns an address with both hosts; the store uses the primary.
    pub(crate) fn url(&self) -> String {
        let (first, second) = (self.primary.port(), self.standby.port());
        let password = self.primary.password();
        format!(
            "postgres://postgres:{password}@127.0.0.1:{first},127.0.0.1:{second}/fleet\
             ?sslmode=disable"
        )
    }

    /// Waits until the standby has all changes of the primary.
    pub(crate) fn catch_up(&self) {
        self.until("select replay_lsn >= pg_current_wal_lsn() from pg_stat_replication");
    }

    /// Waits until a number of commits wait for the standby, and cancels them.
    pub(crate) fn cancel_commits(&self, count: u32) {
        let waiting = "from pg_stat_activity where wait_event = 'SyncRep'";
        self.until(&format!("select count(*) = {count} {waiting}"));
        let cancel = format!("select pg_cancel_backend(pid) {waiting}");
        self.primary.psql("fleet", &cancel).unwrap();
    }

    /// Waits until a query on the primary returns `t`.
    fn until(&self, sql: &str) {
        let began = Instant::now();
        while self.primary.psql("fleet", sql).unwrap() != "t" {
            assert!(began.elapsed() < Duration::from_secs(30), "never: {sql}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}
