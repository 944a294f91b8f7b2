//! The seconds that steps and test programs take.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Test programs that take longer are listed.
const LONG: u64 = 10;

/// The test programs of this run that took long.
static PROGRAMS: Mutex<Vec<(u64, String)>> = Mutex::new(Vec::new());

/// Runs work, and returns its result and the seconds that it took.
#[expect(clippy::disallowed_methods, reason = "a report has times")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, u64) {
    let begun = Instant::now();
    let result = work();
    (result, begun.elapsed().as_secs())
}

/// Runs a test program, and lists it if it takes long.
pub(crate) fn program<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let (result, seconds) = timed(work);
    list(
        &mut PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner),
        name,
        seconds,
    );
    result
}

fn list(programs: &mut Vec<(u64, String)>, name: &str, seconds: u64) {
    if seconds > LONG {
        programs.push((seconds, name.to_owned()));
    }
}

/// Returns a line for each listed program, the longest first.
pub(crate) fn programs() -> Vec<String> {
    lines(&mut PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner))
}

fn lines(programs: &mut [(u64, String)]) -> Vec<String> {
    programs.sort_by(|one, other| other.cmp(one));
    let line = |(seconds, name): &(u64, String)| format!("{name:<28} {seconds:>5} s");
    programs.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_programs_are_listed_the_longest_first() {
        let mut programs = Vec::new();
        for (name, seconds) in [("fuzz corpus", 11), ("c ways_in", 120), ("c uses", 10)] {
            list(&mut programs, name, seconds);
        }
        let listed = lines(&mut programs);
        let words = |line: &String| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let listed: Vec<_> = listed.iter().map(words).collect();
        assert_eq!(listed, ["c ways_in 120 s", "fuzz corpus 11 s"]);
    }
}
