//! The tests of Rust on a target.

use super::{host::Host, target::Runner};
use crate::step::{Outcome, output_of_both, run, tests_passed};

pub(crate) fn core(host: &Host) -> Result<String, Outcome> {
    // A test runs an example, which Cargo builds only if it is asked to.
    output_of_both(host.cargo("build", "--package stopgap --all-features --examples"))?;
    // The memory of qemu has copies of its own, and the search takes minutes there.
    let skipped: &[&str] = match host.target.runner {
        Runner::Qemu(..) => &["--skip=a_key_is_in_memory_once"],
        Runner::Native | Runner::Wine | Runner::None => &[],
    };
    tests(
        host,
        "--package stopgap --all-features --lib --tests",
        skipped,
    )
}

/// Runs the registry's tests but those that need a PostgreSQL server.
pub(crate) fn registry(host: &Host) -> Result<String, Outcome> {
    // The server of the tests runs on Unix only.
    let words = if host.target.is_windows() {
        "--package stopgap-registry --no-default-features --lib --tests"
    } else {
        "--package stopgap-registry --lib --tests"
    };
    tests(host, words, &["--skip=postgres"])
}

fn tests(host: &Host, words: &str, skipped: &[&str]) -> Result<String, Outcome> {
    let mut command = host.cargo("test", words);
    // A program that fails stops no other.
    command.args(["--no-fail-fast", "--"]).args(skipped);
    let (mut passed, mut failed) = (0_u32, Vec::new());
    let ended = run(command, |line| {
        passed = passed.saturating_add(tests_passed(line));
        failed.extend(failure(line).map(str::to_owned));
    });
    match ended {
        Ok(()) if passed == 0 => Err("no test ran".to_owned().into()),
        Ok(()) => Ok(format!("{passed} tests")),
        Err(why) if failed.is_empty() => Err(why.into()),
        Err(_) => Err(format!("{} tests failed: {}", failed.len(), failed.join(", ")).into()),
    }
}

/// Returns the name in `test a::b ... FAILED`.
fn failure(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_named() {
        assert_eq!(failure("test a::b ... FAILED"), Some("a::b"));
        for line in [
            "test a::b ... ok",
            "test result: FAILED. 1 passed",
            "FAILED",
        ] {
            assert_eq!(failure(line), None);
        }
    }
}
