//! Steps of a check, and the report at its end.

use std::{
    process::ExitCode,
    sync::{Mutex, PoisonError},
    thread,
};

pub(crate) use crate::command::{
    cargo, count_tests, needs, output, output_of_both, program, root, run, tests_passed, works,
};
pub(crate) use crate::outcome::Outcome;
use crate::shown::keep;

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

/// The outcomes of steps, in the order in which they ended.
#[derive(Debug, Default)]
pub(crate) struct Report {
    steps: Mutex<Vec<(String, Outcome)>>,
}

impl Report {
    /// Runs a step and shows its output at once.
    pub(crate) fn step<O: Into<Outcome>>(&self, name: &str, run: impl FnOnce() -> O) {
        println!("\n== {name}");
        let outcome = run().into();
        println!("-- {name}: {outcome}");
        self.keep(name, outcome);
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
        let (outcome, kept) = keep(run);
        // One call, so that no other step prints in between.
        println!("\n== {name}\n{kept}-- {name}: {outcome}");
        self.keep(name, outcome);
    }

    fn keep(&self, name: &str, outcome: Outcome) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.push((name.to_owned(), outcome));
    }

    /// Prints the outcome of each step, and the number of each kind.
    ///
    /// With `STOPGAP_SKIP=never`, a skipped step counts as failed.
    pub(crate) fn close(self) -> ExitCode {
        println!("\n== What ran, and what did not");
        let (mut passed, mut failed, mut skipped) = (0_u32, 0_u32, 0_u32);
        let steps = self.steps.into_inner();
        for (name, outcome) in &steps.unwrap_or_else(PoisonError::into_inner) {
            println!("{name:<16} {outcome}");
            let count = match outcome {
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
