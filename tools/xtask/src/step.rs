//! Steps of a check, and the report at its end.

use std::{
    fmt,
    process::ExitCode,
    sync::{Mutex, PoisonError},
    thread,
};

pub(crate) use crate::command::{
    cargo, count_tests, needs, output, output_of_both, program, root, run, tests_passed, works,
};
pub(crate) use crate::outcome::Outcome;
use crate::{
    shown::keep,
    stopwatch::{programs, timed},
};

/// A named step that has not run yet.
pub(crate) struct Step<'a> {
    name: &'static str,
    run: Box<dyn FnOnce() -> Outcome + Send + 'a>,
}

impl<'a> Step<'a> {
    pub(crate) fn new(name: &'static str, run: impl FnOnce() -> Outcome + Send + 'a) -> Self {
        let run = Box::new(run);
        Self { name, run }
    }
}

/// A step that has run.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    name: String,
    pub(crate) outcome: Outcome,
    pub(crate) seconds: u64,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            outcome,
            seconds,
        } = self;
        write!(f, "{name:<16} {seconds:>5} s  {outcome}")
    }
}

/// The steps that have run, in the order in which they ended.
#[derive(Debug, Default)]
pub(crate) struct Report {
    steps: Mutex<Vec<Ended>>,
}

impl Report {
    /// Runs a step, and shows its output at once.
    pub(crate) fn step<O: Into<Outcome>>(&self, name: &str, run: impl FnOnce() -> O) -> Ended {
        println!("\n== {name}");
        let (outcome, seconds) = timed(|| run().into());
        println!("-- {name}: {outcome} ({seconds} s)");
        self.keep(name, outcome, seconds)
    }

    /// Runs the steps of a lane one after another, and the lanes at the same time. Shows
    /// the output of a step when the step ends.
    pub(crate) fn lanes(&self, lanes: Vec<Vec<Step<'_>>>) {
        thread::scope(|scope| {
            for lane in lanes {
                scope.spawn(|| lane.into_iter().for_each(|step| self.beside_others(step)));
            }
        });
    }

    fn beside_others(&self, step: Step<'_>) {
        let Step { name, run } = step;
        let ((outcome, kept), seconds) = timed(|| keep(run));
        // One call, so that no other step prints in between.
        println!("\n== {name}\n{kept}-- {name}: {outcome} ({seconds} s)");
        self.keep(name, outcome, seconds);
    }

    fn keep(&self, name: &str, outcome: Outcome, seconds: u64) -> Ended {
        let name = name.to_owned();
        let ended = Ended {
            name,
            outcome,
            seconds,
        };
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.push(ended.clone());
        ended
    }

    /// Prints the test programs that took long, the time and the outcome of each step,
    /// and the number of each kind.
    ///
    /// With `STOPGAP_SKIP=never`, a skipped step counts as failed.
    pub(crate) fn close(self) -> ExitCode {
        let programs = programs();
        if !programs.is_empty() {
            println!("\n== Long test programs\n{}", programs.join("\n"));
        }
        println!("\n== What ran, and what did not");
        let (mut passed, mut failed, mut skipped) = (0_u32, 0_u32, 0_u32);
        let steps = self.steps.into_inner();
        for ended in steps.unwrap_or_else(PoisonError::into_inner) {
            println!("{ended}");
            let count = match ended.outcome {
                Outcome::Passed(_) => &mut passed,
                Outcome::Failed(_) => &mut failed,
                Outcome::Skipped(_) => &mut skipped,
            };
            *count = count.saturating_add(1);
        }
        println!("steps: {passed} passed, {failed} failed, {skipped} skipped");
        let never = std::env::var_os("STOPGAP_SKIP").is_some_and(|skip| skip == "never");
        if failed > 0 || (never && skipped > 0) {
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_its_seconds_in_the_report() {
        let report = Report::default();
        let ended = report.step("lints", || Ok::<_, String>("well".into()));
        let words = |ended: &Ended| {
            let line = ended.to_string();
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            words(&ended),
            format!("lints {} s passed well", ended.seconds)
        );
        let slow = Ended {
            seconds: 75,
            ..ended
        };
        assert_eq!(words(&slow), "lints 75 s passed well");
    }
}
