//! Welch's t-test of two classes of times, as in dudect (Reparaz, Balasch and
//! Verbauwhede, "Dude, is my code constant time?", DATE 2017, section 3).

/// The number of thresholds at which the times are cropped.
const CROPS: u32 = 100;
/// A crop with fewer times of a class is ignored.
const FEWEST: f64 = 10_000.0;

/// A time, and `true` if it is of the first class.
pub(crate) type Time = (u64, bool);

/// Returns the t that is farthest from 0: of all times, and of those below each of 100
/// percentiles, at 1 − 0.5^(10 k / 100).
///
/// Long times are mostly noise of the machine. One threshold for both classes hides no
/// difference between them.
pub(crate) fn farthest_t(mut times: Vec<Time>) -> f64 {
    times.sort_unstable();
    let percentiles = (1..=CROPS).map(|crop| {
        let share = 1.0 - 0.5_f64.powf(f64::from(crop) / 10.0);
        let threshold = times.get(index(share, times.len())).map(|time| time.0);
        times.partition_point(|time| Some(time.0) < threshold)
    });
    let (mut first, mut second) = (Moments::default(), Moments::default());
    let (mut start, mut farthest) = (0, 0.0);
    for end in percentiles.chain([times.len()]) {
        for (time, is_first) in times.get(start..end).unwrap_or_default() {
            let class = if *is_first { &mut first } else { &mut second };
            class.add(*time);
        }
        start = end;
        let t = first.t(&second);
        if t.abs() > f64::abs(farthest) {
            farthest = t;
        }
    }
    farthest
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of some millions"
)]
fn index(share: f64, all: usize) -> usize {
    (share * all as f64) as usize
}

/// Count, mean and sum of squared differences from it (Welford 1962).
#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    #[expect(clippy::cast_precision_loss, reason = "nanoseconds, of hours at most")]
    fn add(&mut self, time: u64) {
        let time = time as f64;
        let difference = time - self.mean;
        self.count += 1.0;
        self.mean += difference / self.count;
        self.squares += difference * (time - self.mean);
    }

    /// Welch's t; 0 if there are too few times.
    fn t(&self, other: &Self) -> f64 {
        let difference = self.mean - other.mean;
        // The error is also 0 if all times are the same.
        if self.count.min(other.count) < FEWEST || difference == 0.0 {
            return 0.0;
        }
        let error = |class: &Self| class.squares / (class.count - 1.0) / class.count;
        difference / (error(self) + error(other)).sqrt()
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]
mod tests {
    use super::*;

    /// 20,200 times around each middle, spread evenly over 101 values.
    fn around(first: u64, second: u64) -> Vec<Time> {
        let spread = (0..20_200).map(|n| n % 101);
        let pairs = spread.map(|n| [(first - 50 + n, true), (second - 50 + n, false)]);
        pairs.flatten().collect()
    }

    /// By hand: the variance of 0 to 100 is 850, of a sample of 20,200
    /// 850 · 20,200 / 20,199; and t is 1 / √(2 · 850 / 20,199).
    #[test]
    fn t_agrees_with_the_computation_by_hand() {
        let (mut first, mut second) = (Moments::default(), Moments::default());
        for (time, is_first) in around(1_001, 1_000) {
            if is_first { &mut first } else { &mut second }.add(time);
        }
        let t = first.t(&second);
        assert!((t - (20_199.0_f64 / 1_700.0).sqrt()).abs() < 1e-6, "{t}");
    }

    #[test]
    fn different_times_are_far_from_0() {
        assert!(farthest_t(around(1_000, 1_005)) < -15.0);
        assert!(farthest_t(around(1_005, 1_000)) > 15.0);
        assert!(farthest_t(around(1_000, 1_000)).abs() < 1e-9);
        assert!(farthest_t([(7, true), (7, false)].repeat(20_000)).abs() < 1e-9);
        let few = [(1, true), (1_000, false)].repeat(9_999);
        assert!(farthest_t(few).abs() < 1e-9);
    }

    /// Without a crop, a few long times of both classes hide the difference.
    #[test]
    fn noise_is_cropped() {
        let noise = (1..=20).flat_map(|n| [(1_000_000 * n, true), (1_000_000 * n, false)]);
        let times = around(1_010, 1_000).into_iter().chain(noise);
        assert!(farthest_t(times.collect()) > 20.0);
    }
}
