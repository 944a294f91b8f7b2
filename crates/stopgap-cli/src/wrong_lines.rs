//! The lines of a file of users that are wrong.

use serde::Serialize;

use crate::counted::counted;

/// The most wrong lines that are listed.
const MOST: usize = 20;

/// A line that is wrong.
#[derive(Debug, Serialize)]
struct WrongLine {
    line: u64,
    message: String,
}

/// The lines that are wrong: the first of them, and the number of the others.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Wrong {
    lines: Vec<WrongLine>,
    more: usize,
}

impl Wrong {
    pub(crate) fn push(&mut self, line: u64, message: String) {
        if self.lines.len() < MOST {
            self.lines.push(WrongLine { line, message });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns the lines of a list; none for a single line, which the message has.
    pub(crate) fn list(&self) -> Vec<String> {
        if self.lines.len() == 1 {
            return Vec::new();
        }
        let lines = self.lines.iter();
        let lines = lines.map(|WrongLine { line, message }| format!("  line {line}: {message}"));
        let more = (self.more > 0).then(|| format!("  … and {} more", self.more));
        lines.chain(more).collect()
    }
}

/// An error in a file; it follows the name of the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeopleFileError {
    #[error("{}", summary(.0))]
    Lines(Wrong),
    #[error(": the file names no user")]
    Empty,
}

impl PeopleFileError {
    /// Returns the error of a single line.
    pub(crate) fn one(line: u64, message: String) -> Self {
        Self::Lines(Wrong {
            lines: vec![WrongLine { line, message }],
            more: 0,
        })
    }
}

fn summary(wrong: &Wrong) -> String {
    match wrong.lines.as_slice() {
        [WrongLine { line, message }] => format!(", line {line}: {message}"),
        lines => {
            let number = lines.len().saturating_add(wrong.more);
            format!(
                ": {} are wrong, so no code was issued",
                counted(number, "line")
            )
        }
    }
}
