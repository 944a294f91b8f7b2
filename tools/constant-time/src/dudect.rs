//! `cargo xtask dudect`: work on secrets takes the same time for all of them, with the
//! processor's own instructions for SHA-256, which valgrind does not know.
//!
//! Each subject is measured with three seeds: nearly right secrets against random ones,
//! in random order. A subject holds if Welch's t is below 4.5, which the authors of
//! dudect propose, for at least two seeds. A control must be above 50 for each.
//!
//! This is not done by the crate `dudect-bencher` 0.7, because it only prints its t, and
//! also judges crops of a handful of times. It needs clap 2, which brings two crates with
//! advisories and three in a second version: `cargo xtask supply` refuses both.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::{
    case::Case,
    control::{EARLY_EXIT, MEMCMP, TABLE},
    subject::{REDEEM_IN_WINDOW, VERIFY_REFUSED},
    tool::{Tool, Wrong},
    watched::Watched,
    welch::farthest_t,
};

const SEEDS: [u64; 3] = [1, 2, 3];
/// The t of a subject is nearer to 0.
const EQUAL: f64 = 4.5;
/// The t of a control is farther from 0.
const DIFFERENT: f64 = 50.0;
/// Measurements that are thrown away while caches are cold.
const WARM_UP: usize = 1_000;

/// Checks all with this number of measurements for each seed, and returns the figures.
pub(crate) fn gate(count: usize) -> Result<String, Wrong> {
    println!("{}", processor());
    let (mut figures, mut all_hold) = (Vec::new(), true);
    for (is_control, watched) in [
        (false, VERIFY_REFUSED),
        (false, REDEEM_IN_WINDOW),
        (true, MEMCMP),
        (true, EARLY_EXIT),
        (true, TABLE),
    ] {
        let ts = SEEDS.iter().map(|seed| measure(&watched, *seed, count));
        let ts = ts.collect::<Result<Vec<_>, _>>()?;
        let holds = holds(is_control, &ts);
        let kind = if is_control { "control" } else { "subject" };
        let failed = if holds { "" } else { ", which does not hold" };
        let figure = format!("{kind} {} {ts:.2?}{failed}", watched.name);
        println!("{figure}");
        figures.push(figure);
        all_hold &= holds;
    }
    let figures = figures.join(", ");
    let figures = format!("t of {count} measurements with each seed: {figures}");
    all_hold
        .then_some(figures.clone())
        .ok_or_else(|| figures.into())
}

fn holds(is_control: bool, ts: &[f64]) -> bool {
    if is_control {
        ts.iter().all(|t| t.abs() > DIFFERENT)
    } else {
        ts.iter().filter(|t| t.abs() < EQUAL).count() >= 2
    }
}

/// Names the kind of SHA-256 that is measured.
fn processor() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("sha") {
        return "with SHA extensions";
    }
    "without known SHA extensions"
}

fn measure(watched: &Watched, seed: u64, count: usize) -> Result<f64, Wrong> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut cases = (watched.cases)()?.into_iter();
    let nearly_right = cases.find(|case| case.class == "wrong at last");
    let nearly_right: Case = nearly_right.ok_or("no class is nearly right")?;
    let mut case = nearly_right.clone();
    let (mut times, mut clock) = (Vec::with_capacity(count), Tool::default());
    for round in 0..count.saturating_add(WARM_UP) {
        let [mut class, mut key, mut kept] = [[0; 32]; 3];
        for bytes in [&mut class, &mut key, &mut kept] {
            random.fill_bytes(bytes);
        }
        let is_near = class.first().is_some_and(|byte| byte & 1 == 1);
        // With a mask: the processor might predict a branch better for one class.
        let mask = 0_u8.wrapping_sub(u8::from(is_near));
        choose(&mut case.key, &nearly_right.key, &key, mask);
        choose(&mut case.kept, &nearly_right.kept, &kept, mask);
        (watched.run)(&case, &mut clock)?;
        if round >= WARM_UP {
            times.push((clock.elapsed, is_near));
        }
    }
    Ok(farthest_t(times))
}

/// Copies the first if the mask is all ones, the second if it is zero.
fn choose(place: &mut [u8; 32], first: &[u8; 32], second: &[u8; 32], mask: u8) {
    for ((place, first), second) in place.iter_mut().zip(first).zip(second) {
        *place = second ^ ((first ^ second) & mask);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_times_pass_and_controls_are_found() {
        assert!(holds(false, &[-1.0, 4.4, 12.0]));
        assert!(!holds(false, &[-1.0, -4.6, 12.0]));
        assert!(!holds(false, &[1.0, f64::NAN, f64::NAN]));
        assert!(holds(true, &[-51.0, 60.0, 70.0]));
        assert!(!holds(true, &[-51.0, 49.0, 70.0]));
        assert!(!holds(true, &[f64::NAN, 60.0, 70.0]));
    }
}
