//! A flood of wrong guesses at one user, while others verify.

use std::{
    thread,
    time::{Duration, Instant},
};

use stopgap_registry::{
    SystemClock,
    stopgap::{Purpose, VerifyRequest},
};

use super::{
    Place,
    meanwhile::{THREADS, verify_during},
    table::{Target, alone, beside, head},
};

/// The time for which the others verify, with the flood and without it.
const TIME: Duration = Duration::from_secs(10);
/// The time from one guess to the next: 200 a second.
const PACE: Duration = Duration::from_millis(5);
/// The pairs of turns.
const TURNS: usize = 3;

/// Measures the wait of others.
pub(crate) fn flood(place: &impl Place) {
    let registry = place.open(THREADS, SystemClock);
    // The guesses come through another process.
    let guesses = place.open(1, SystemClock);
    let codes = &place.filled().limited;
    let user = &place.filled().unlimited[0].user;
    let request = VerifyRequest::new(user, "0000-0000-0000", Purpose::Bypass);
    let title = format!("wait to verify, {THREADS} threads, while a user is guessed at, us");
    head(&title, "flood", "calm");
    for _ in 0..TURNS {
        let (calm, ()) = verify_during(&registry, codes, || thread::sleep(TIME));
        let (during, made) = verify_during(&registry, codes, || {
            let (begun, mut made) = (Instant::now(), 0_u32);
            while begun.elapsed() < TIME {
                assert!(guesses.verify_code(&request).is_err());
                made += 1;
                thread::sleep((PACE * made).saturating_sub(begun.elapsed()));
            }
            made
        });
        for (name, count, target) in [
            ("  median", 500, Target::None),
            ("  of 100, 99 within", 990, Target::AtMost(3.0)),
        ] {
            beside(
                name,
                during.of_thousand(count),
                calm.of_thousand(count),
                target,
            );
        }
        let rate = f64::from(made) / TIME.as_secs_f64();
        alone("  guesses in a second", &format!("{rate:.0}"));
    }
}
