//! The result of a step or of a gate.

use std::{fmt, io, process::ExitCode};

/// The result of a step.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// It passed; with the figures to show.
    Passed(String),
    /// It could not run; with the reason and the remedy.
    Skipped(String),
    /// It failed; with the reason.
    Failed(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed(detail) => write!(f, "passed   {detail}"),
            Self::Skipped(why) => write!(f, "SKIPPED  {why}"),
            Self::Failed(why) => write!(f, "FAILED   {why}"),
        }
    }
}

impl From<String> for Outcome {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

impl From<io::Error> for Outcome {
    fn from(why: io::Error) -> Self {
        Self::Failed(why.to_string())
    }
}

/// The figures of a step that passed, or its outcome if it did not.
impl<E: Into<Self>> From<Result<String, E>> for Outcome {
    fn from(result: Result<String, E>) -> Self {
        result.map_or_else(Into::into, Self::Passed)
    }
}

impl Outcome {
    /// Prints the last line of a gate that runs alone. The gate succeeds only if it
    /// passed.
    pub(crate) fn close(self, name: &str) -> ExitCode {
        println!("{name}: {self}");
        match self {
            Self::Passed(_) => ExitCode::SUCCESS,
            Self::Skipped(_) | Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}
