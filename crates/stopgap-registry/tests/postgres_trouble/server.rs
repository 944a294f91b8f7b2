//! A server that stops, comes back, or says nothing.

use std::{
    thread,
    time::{Duration, Instant},
};

use test_postgres::Stop;

use crate::place::{Place, issue, known, unknown, verify};

#[test]
fn it_is_stopped_and_comes_back() {
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
    // It starts while a call is under way.
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
fn it_is_silent() {
    let Some((place, cluster)) = Place::alone() else {
        return;
    };
    let registry = place.open("deadline=1");
    let codes = [(); 3].map(|()| issue(&registry).unwrap());
    // Connected, and the formats known.
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
    // Connects, and has everything prepared again.
    assert_eq!(
        verify(&registry, &codes[0], None).unwrap_err().reason(),
        "used_up"
    );
    // What is one statement may have been done: the server has it, and will act on it.
    in_time(&|| unknown(verify(&registry, code, None)));
    let began = Instant::now();
    while place.psql("SELECT sum(uses) FROM stopgap.online_codes") != "3" {
        assert!(began.elapsed() < Duration::from_secs(10), "it was not done");
        thread::sleep(Duration::from_millis(50));
    }
    let again = verify(&registry, code, None);
    assert_eq!(again.unwrap_err().reason(), "used_up");
}
