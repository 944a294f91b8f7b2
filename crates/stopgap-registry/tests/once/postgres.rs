//! Codes for one use on PostgreSQL: with an undisturbed server, and while connections and servers
//! die.

use std::time::Duration;

use stopgap_registry::{Clock, Postgres, SystemClock};
use test_postgres::{Cluster, Database};

use crate::{
    caught,
    crowd::{Attempt, Task, UNSETTLED},
    each_attempt_once, each_once, gather, shared, size,
    storm::{kill_backends, meanwhile, restart},
    workers::{ASKERS, Heard, PROCESSES, THREADS, ask, issue, once_each, open, start, uses},
};

/// Makes each thread present the codes under its own idempotency key, and some threads
/// without a key.
fn by_own_ids(tasks: Vec<Task>, round: usize) -> Vec<Task> {
    let tasks = tasks.into_iter().enumerate().map(|(code, task)| Task {
        attempt: Attempt::Own(format!("{round}-{code}")),
        ..task
    });
    tasks.collect()
}

/// Returns the share of the threads that verify a code. In the long form this is two threads
/// of each process; all threads would make a million requests.
fn share() -> usize {
    if size().1 > 2 { 4 } else { 1 }
}

/// Returns the number of codes of a round, and the number of rounds. They are lower, because
/// a server that fails takes longer.
fn stormy() -> (usize, usize) {
    match size() {
        (200, rounds) => (60, rounds),
        long => long,
    }
}

/// Makes each commit take some milliseconds, so that some are interrupted. Stores must be
/// opened before, because they refuse a trigger.
fn slow_commits(database: &Database) {
    let trigger = "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_sleep(0.002); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON stopgap.events
         DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.slow()";
    database.psql(trigger).unwrap();
}

/// Verifies rounds of codes during failures, with further rounds until a commit was
/// interrupted.
fn in_trouble(
    database: &Database,
    name: &str,
    (codes, rounds): (usize, usize),
    mut disturbed: impl FnMut(&mut dyn FnMut() -> Heard) -> (Heard, usize),
) {
    let askers = ASKERS / share();
    let registry = open(database.url());
    let mut workers = start(database.url());
    slow_commits(database);
    let mut all = Heard::default();
    let (mut round, mut troubles, mut unsettled) = (0, 0, 0);
    while round < rounds || (all.unknown() == 0 && round < rounds * 10) {
        let tasks = shared(by_own_ids(issue(&registry, codes, 1), round), share());
        let (heard, count) = disturbed(&mut || ask(&mut workers, &tasks, round));
        once_each(&heard, codes, askers).unwrap();
        // A use whose outcome is not known may have been granted.
        let granted = heard.told("granted 0");
        let hidden = heard.told(UNSETTLED);
        assert!(granted <= codes && granted + hidden >= codes, "{granted}");
        round += 1;
        troubles += count;
        unsettled += hidden;
        all = all.and(heard);
    }
    assert_eq!(uses(&registry), [(1, codes * round)].into());
    assert!(
        troubles > 0 && all.unknown() > 0,
        "no failure had an effect: {all:?}"
    );
    // In the long form, idempotency keys resolved some of the unknown outcomes.
    assert!(all.unknown() > unsettled || rounds < 10, "{all:?}");
    println!(
        "once: {name}: {round} rounds, {codes} codes, {PROCESSES} processes of {THREADS} threads: \
         {} asked, each code used once; {troubles} troubles; met {:?}; \
         {unsettled} without an idempotency key whose outcome is not known",
        codes * round * askers,
        all.met,
    );
}

/// Returns the highest number of grants of a code in the log, and the number of codes.
fn logged(database: &Database) -> String {
    database
        .psql(
            "SELECT max(count), count(*) FROM (SELECT count(*) FROM stopgap.events
                WHERE kind = 'online.verify' AND reason IS NULL
                    AND detail NOT LIKE '%, replay' GROUP BY subject) AS each",
        )
        .unwrap()
}

#[test]
fn a_code_is_granted_once_over_all_processes() {
    let Some(server) = test_postgres::server() else {
        return;
    };
    let (codes, rounds) = size();
    let database = server.database();
    let registry = open(database.url());
    let mut workers = start(database.url());
    each_once(&registry, &mut workers, (codes, rounds), share());
    assert_eq!(logged(&database), format!("1|{}", codes * rounds));
    println!(
        "once: PostgreSQL: {rounds} rounds, {codes} codes, {PROCESSES} processes of {THREADS} \
         threads: {} asked, {} granted, each once",
        codes * rounds * ASKERS / share(),
        codes * rounds,
    );
}

#[test]
fn an_attempt_is_answered_once_over_all_processes() {
    let Some(server) = test_postgres::server() else {
        return;
    };
    let (codes, rounds) = (size().0 / 20, size().1);
    let database = server.database();
    let registry = open(database.url());
    let mut workers = start(database.url());
    each_attempt_once(&registry, &mut workers, codes, rounds);
}

/// The store sets the isolation of its transactions, and ignores the default of the server.
#[test]
fn a_code_is_granted_once_with_any_default_isolation() {
    let Some(server) = test_postgres::server() else {
        return;
    };
    let codes = size().0 / 10;
    let database = server.database();
    let serializable = "options=-c%20default_transaction_isolation%3Dserializable";
    let joint = if database.url().contains('?') {
        '&'
    } else {
        '?'
    };
    let url = format!("{}{joint}{serializable}", database.url());
    let registry = open(&url);
    // A trigger stores the level.
    let levels = "CREATE TABLE public.levels (level text PRIMARY KEY);
         CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO public.levels VALUES (current_setting('transaction_isolation'))
            ON CONFLICT DO NOTHING;
            RETURN NEW;
         END $$;
         CREATE TRIGGER note BEFORE INSERT ON stopgap.events
         FOR EACH ROW EXECUTE FUNCTION public.note()";
    let mut workers = start(&url);
    database.psql(levels).unwrap();
    let tasks = by_own_ids(issue(&registry, codes, 1), 0);
    let heard = ask(&mut workers, &tasks, 0);
    once_each(&heard, codes, ASKERS).unwrap();
    assert_eq!(heard.told("granted 0"), codes);
    assert_eq!(uses(&registry), [(1, codes)].into());
    let levels = database.psql("SELECT level FROM public.levels");
    assert_eq!(levels.unwrap(), "read committed");
    println!(
        "once: serializable by default: {codes} codes, met {:?}",
        heard.met
    );
}

#[test]
fn a_code_is_granted_once_while_backends_are_killed() {
    let Some(server) = test_postgres::server() else {
        return;
    };
    let database = server.database();
    let pause = Duration::from_millis(1);
    in_trouble(&database, "backends killed", stormy(), |ask| {
        meanwhile(pause, || kill_backends(&database), ask)
    });
    let noted = logged(&database);
    assert!(noted.starts_with("1|"), "{noted}");
}

#[test]
fn a_code_is_granted_once_while_the_server_restarts() {
    let Some(cluster) = Cluster::start(&[]).unwrap() else {
        return;
    };
    let database = cluster.database().unwrap();
    // This is long enough for all threads to connect.
    let pause = Duration::from_secs(2);
    in_trouble(&database, "server restarted", stormy(), |ask| {
        meanwhile(pause, || restart(&cluster), ask)
    });
    let noted = logged(&database);
    assert!(noted.starts_with("1|"), "{noted}");
}

/// The control: a store that loads, decides and applies without locks must be found.
#[test]
fn a_careless_store_is_caught() {
    let Some(server) = test_postgres::server() else {
        return;
    };
    let database = server.database();
    caught(|| Postgres::open(database.url(), SystemClock.now()).unwrap());
}

/// The threads of one process, with fewer connections than threads.
#[test]
fn a_code_is_granted_once_over_all_threads() {
    let Some(server) = test_postgres::server() else {
        return;
    };
    let database = server.database();
    let joint = if database.url().contains('?') {
        '&'
    } else {
        '?'
    };
    let registry = open(&format!("{}{joint}pool_size=3", database.url()));
    let tasks = issue(&registry, 100, 1);
    let heard = gather(&registry, &tasks);
    once_each(&heard, 100, THREADS).unwrap();
    assert_eq!(uses(&registry), [(1, 100)].into());
}
