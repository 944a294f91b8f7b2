//! Servers that stop, start again, or do not answer.

use std::{
    thread,
    time::{Duration, Instant},
};

use test_postgres::Stop;

use crate::place::{Place, issue, known, verify};

#[test]
fn a_server_that_starts_again_is_used_again() {
    let Some((place, cluster)) = Place::alone() else {
        return;
    };
    let hasty = place.open("deadline=1");
    let codes = [(); 3].map(|()| issue(&place.registry).unwrap());
    let _ = verify(&hasty, &codes[0], None).unwrap();
    for how in [Stop::Fast, Stop::Immediate, Stop::Kill] {
        cluster.stop(how).unwrap();
        thread::sleep(Duration::from_millis(100));
        let began = Instant::now();
        known(verify(&hasty, &codes[1], None), "store_unreachable");
        known(verify(&hasty, &codes[1], Some("once")), "store_unreachable");
        assert!(began.elapsed() < Duration::from_secs(4));
        cluster.start_again().unwrap();
    }
    // The server starts during a call.
    cluster.stop(Stop::Immediate).unwrap();
    thread::scope(|scope| {
        let starting = scope.spawn(|| {
            thread::sleep(Duration::from_millis(700));
            cluster.start_again().unwrap();
        });
        let _ = verify(&place.registry, &codes[1], Some("once")).unwrap();
        starting.join().unwrap();
    });
    let _ = verify(&hasty, &codes[2], None).unwrap();
    let used = "SELECT count(*), sum(uses) FROM stopgap.online_codes";
    assert_eq!(place.psql(used), "3|3");
}

#[test]
fn calls_to_a_silent_server_end_at_the_deadline() {
    let Some((place, cluster)) = Place::alone() else {
        return;
    };
    let registry = place.open("deadline=1");
    let codes = [(); 3].map(|()| issue(&registry).unwrap());
    // The registry is connected, with all statements prepared.
    let _ = verify(&registry, &codes[0], None).unwrap();
    let _ = verify(&registry, &codes[1], None).unwrap();
    let code = &codes[2];
    let in_time = |ask: &dyn Fn()| {
        cluster.pause().unwrap();
        let began = Instant::now();
        ask();
        let took = began.elapsed();
        cluster.resume().unwrap();
        assert!(took >= Duration::from_millis(900), "{took:?}");
        assert!(took < Duration::from_secs(4), "{took:?}");
    };
    in_time(&|| known(verify(&registry, code, Some("first")), "store_timed_out"));
    in_time(&|| known(issue(&registry), "store_unreachable"));
    // This call connects, and prepares all statements again.
    assert_eq!(
        verify(&registry, &codes[0], None).unwrap_err().reason(),
        "used_up"
    );
    // No commit was sent, so nothing was done.
    in_time(&|| known(verify(&registry, code, None), "store_timed_out"));
    let _ = verify(&registry, code, None).unwrap();
    let uses = place.psql("SELECT sum(uses) FROM stopgap.online_codes");
    assert_eq!(uses, "3");
}
