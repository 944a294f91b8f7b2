//! Times of what happens to secrets, natively: with the processor's own SHA-256, which
//! valgrind does not know.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::{
    case::Case,
    control, subject,
    tool::{Tool, Wrong},
    welch::farthest_t,
};

/// The seeds of classes and secrets.
const SEEDS: [u64; 3] = [1, 2, 3];
/// What is measured first is thrown away: caches are cold.
const WARM_UP: u32 = 1_000;

/// What is measured, of secrets that are nearly right against random ones.
struct Measured {
    name: &'static str,
    nearly_right: fn() -> Result<Case, Wrong>,
    run: fn(&Case, &mut Tool) -> Result<(), Wrong>,
}

const MEASURED: [Measured; 5] = [
    Measured {
        name: "subject verify",
        nearly_right: || last_wrong(subject::verify_refused_cases()?),
        run: subject::verify_refused,
    },
    Measured {
        name: "subject redeem",
        nearly_right: || Ok(subject::redeem_nearly_right()),
        run: subject::redeem_in_window,
    },
    Measured {
        name: "control memcmp",
        nearly_right: || last_wrong(control::compared()?),
        run: control::memcmp,
    },
    Measured {
        name: "control early_exit",
        nearly_right: || last_wrong(control::compared()?),
        run: control::early_exit,
    },
    Measured {
        name: "control table",
        nearly_right: || last_wrong(control::compared()?),
        run: control::look_up,
    },
];

fn last_wrong(cases: Vec<Case>) -> Result<Case, Wrong> {
    let mut cases = cases.into_iter();
    let last = cases.find(|case| case.class == "wrong at last");
    last.ok_or_else(|| "there is no such class".into())
}

/// Measures each so often with each seed, and prints what the processor has, then lines
/// of kind, name, seed and t.
pub(crate) fn run(count: u32) -> Result<(), Wrong> {
    println!("{}", processor());
    for measured in MEASURED {
        for seed in SEEDS {
            let t = measure(&measured, seed, count)?;
            println!("{} {seed} {t:.2}", measured.name);
        }
    }
    Ok(())
}

/// Which SHA-256 is measured.
fn processor() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("sha") {
        return "with SHA extensions";
    }
    "without SHA extensions that are known"
}

/// The t of so many measurements, their classes at random.
fn measure(measured: &Measured, seed: u64, count: u32) -> Result<f64, Wrong> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let nearly_right = (measured.nearly_right)()?;
    let mut case = nearly_right.clone();
    let all = usize::try_from(count).map_err(|error| error.to_string())?;
    let (mut near, mut far) = (Vec::with_capacity(all), Vec::with_capacity(all));
    for round in 0..count.saturating_add(WARM_UP) {
        let [mut class, mut key, mut kept] = [[0; 32]; 3];
        for bytes in [&mut class, &mut key, &mut kept] {
            random.fill_bytes(bytes);
        }
        let is_near = class.first().is_some_and(|byte| byte & 1 == 1);
        // By a mask: a branch here would be predicted well or badly by class.
        let mask = 0_u8.wrapping_sub(u8::from(is_near));
        choose(&mut case.key, &nearly_right.key, &key, mask);
        choose(&mut case.kept, &nearly_right.kept, &kept, mask);
        let mut clock = Tool::Clock { elapsed: 0 };
        (measured.run)(&case, &mut clock)?;
        if let Tool::Clock { elapsed } = clock
            && round >= WARM_UP
        {
            let times = if is_near { &mut near } else { &mut far };
            times.push(elapsed);
        }
    }
    Ok(farthest_t(near, far))
}

/// The first where the mask is all ones, the second where it is zero.
fn choose(place: &mut [u8; 32], first: &[u8; 32], second: &[u8; 32], mask: u8) {
    for ((place, first), second) in place.iter_mut().zip(first).zip(second) {
        *place = second ^ ((first ^ second) & mask);
    }
}
