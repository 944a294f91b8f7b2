//! Welch's t-test of two classes of times, as dudect makes it (Reparaz, Balasch and
//! Verbauwhede, "Dude, is my code constant time?", DATE 2017, section 3).
//!
//! Our own, because the crate `dudect-bencher` only prints its t, and brings clap 2,
//! which nobody mends any more.

/// How many thresholds the times are cropped at, one after the other.
const CROPS: u32 = 100;
/// A crop that leaves fewer times than this says nothing.
const FEWEST: usize = 10_000;

/// The t that is farthest from 0: of all times, and of those below each of 100
/// percentiles of both classes together, at 1 − 0.5^(10 k / 100).
///
/// The tail of long times is noise of the machine; cropped at the same threshold for
/// both classes, it hides no difference.
pub(crate) fn farthest_t(mut first: Vec<u64>, mut second: Vec<u64>) -> f64 {
    first.sort_unstable();
    second.sort_unstable();
    let mut all: Vec<u64> = first.iter().chain(&second).copied().collect();
    all.sort_unstable();
    let thresholds = (1..=CROPS).filter_map(|crop| {
        let share = 1.0 - 0.5_f64.powf(f64::from(crop) / 10.0);
        all.get(place(share, all.len())).copied()
    });
    thresholds
        .chain([u64::MAX])
        .map(|threshold| t(below(&first, threshold), below(&second, threshold)))
        .fold(0.0, |far, t| if t.abs() > f64::abs(far) { t } else { far })
}

/// The index at a share of so many.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of some millions"
)]
fn place(share: f64, all: usize) -> usize {
    (share * all as f64) as usize
}

/// Of sorted times those below a threshold.
fn below(times: &[u64], threshold: u64) -> &[u64] {
    let end = times.partition_point(|time| *time < threshold);
    times.get(..end).unwrap_or_default()
}

/// Welch's t; 0 where there are too few times to tell.
fn t(first: &[u64], second: &[u64]) -> f64 {
    if first.len().min(second.len()) < FEWEST {
        return 0.0;
    }
    let (first, second) = (Moments::of(first), Moments::of(second));
    let error = (first.variance() / first.count + second.variance() / second.count).sqrt();
    let difference = first.mean - second.mean;
    // Times that are all the same differ either not at all or beyond doubt.
    if difference == 0.0 {
        0.0
    } else {
        difference / error
    }
}

/// Mean and variance in one pass (Welford 1962).
#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    #[expect(
        clippy::cast_precision_loss,
        reason = "nanoseconds, of hours at the most"
    )]
    fn of(times: &[u64]) -> Self {
        times.iter().fold(Self::default(), |moments, time| {
            let time = *time as f64;
            let count = moments.count + 1.0;
            let mean = moments.mean + (time - moments.mean) / count;
            let squares = moments.squares + (time - moments.mean) * (time - mean);
            Self {
                count,
                mean,
                squares,
            }
        })
    }

    fn variance(&self) -> f64 {
        self.squares / (self.count - 1.0)
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]
mod tests {
    use super::*;

    /// So many times around a middle, spread evenly over 101 values.
    fn around(middle: u64) -> Vec<u64> {
        (0..20_200).map(|n| middle - 50 + n % 101).collect()
    }

    /// By hand: the variance of 0 to 100 is 850, of a sample of 20,200
    /// 850 · 20,200 / 20,199; and t is 1 / √(2 · 850 / 20,199).
    #[test]
    fn t_of_times_one_apart() {
        let t = t(&around(1_001), &around(1_000));
        assert!((t - (20_199.0_f64 / 1_700.0).sqrt()).abs() < 1e-6, "{t}");
    }

    #[test]
    fn the_same_times_do_not_differ() {
        assert!(farthest_t(around(1_000), around(1_000)).abs() < 1e-9);
        let constant = farthest_t(vec![7; 20_000], vec![7; 20_000]);
        assert!(constant.abs() < 1e-9);
    }

    #[test]
    fn the_order_is_in_the_sign() {
        assert!(farthest_t(around(1_000), around(1_005)) < -15.0);
        assert!(farthest_t(around(1_005), around(1_000)) > 15.0);
    }

    /// A few long times hide a difference of one nanosecond, until they are cropped.
    #[test]
    fn noise_is_cropped() {
        let noisy = |middle| {
            let noise = (0..20).map(|n| 1_000_000 * (n + 1));
            around(middle).into_iter().chain(noise).collect::<Vec<_>>()
        };
        let (first, second) = (noisy(1_010), noisy(1_000));
        assert!(t(&first, &second).abs() < 1.0);
        assert!(farthest_t(first, second) > 20.0);
    }

    #[test]
    fn few_times_say_nothing() {
        assert!(farthest_t(vec![1; 9_999], vec![1_000; 9_999]).abs() < 1e-9);
    }
}
