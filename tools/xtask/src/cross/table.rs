//! The table of `docs/PLATFORMS.md`.

use std::{fmt, fs, path::PathBuf};

use super::target::{TARGETS, Target};
use crate::step::{Outcome, root};

/// The table is between these lines.
const BEGIN: &str = "<!-- begin of the table -->\n";
const END: &str = "<!-- end of the table -->";

/// The cell of a column that was not run.
const LEFT_OUT: &str = "left out";

/// A result.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Ran {
        seconds: u64,
    },
    Built {
        seconds: u64,
    },
    /// It was not tried, for this reason.
    NotTried(String),
    Failed(String),
    /// The command line left it out: the page keeps the result of an earlier run.
    LeftOut,
}

impl Cell {
    pub(crate) fn of(outcome: &Outcome, seconds: u64) -> Self {
        match outcome {
            Outcome::Passed(_) => Self::Ran { seconds },
            Outcome::Skipped(why) => Self::NotTried(why.clone()),
            Outcome::Failed(why) => Self::Failed(why.clone()),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |text: &str| text.lines().next().unwrap_or_default().replace('|', "/");
        let is_short = |text: &str| text.lines().count() == 1;
        match self {
            Self::Ran { seconds } => write!(f, "ran, {seconds} s"),
            Self::Built { seconds } => write!(f, "built, {seconds} s"),
            Self::NotTried(why) => write!(f, "not tried: {}", line(why)),
            Self::Failed(why) if is_short(why) => write!(f, "**failed**: {}", line(why)),
            // The output of a program, which the report shows.
            Self::Failed(_) => f.write_str("**failed**"),
            Self::LeftOut => f.write_str(LEFT_OUT),
        }
    }
}

/// The results of a target.
#[derive(Debug)]
pub(crate) struct Row {
    target: &'static Target,
    /// The versions of the compiler and of the runner.
    pub(crate) with: String,
    /// The results, with the names of their columns.
    pub(crate) cells: Vec<(&'static str, Cell)>,
}

impl Row {
    pub(crate) fn new(target: &'static Target) -> Self {
        let (with, cells) = (String::new(), Vec::new());
        Self {
            target,
            with,
            cells,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&line(&self.texts()))
    }
}

impl Row {
    /// Returns the cells: the target, the results, and the versions.
    fn texts(&self) -> Vec<String> {
        let results = self.cells.iter().map(|(_, cell)| cell.to_string());
        let first = std::iter::once(start(self.target));
        let last = std::iter::once(self.with.clone());
        first.chain(results).chain(last).collect()
    }

    /// Returns the cells, with those of an earlier row in place of columns that were left out.
    fn over(&self, earlier: Option<&str>) -> Vec<String> {
        let mut texts = self.texts();
        let earlier: Vec<&str> = earlier.map(cells).unwrap_or_default();
        if earlier.len() == texts.len() {
            for (text, earlier) in texts.iter_mut().zip(earlier) {
                if text == LEFT_OUT {
                    earlier.clone_into(text);
                }
            }
        }
        texts
    }
}

/// Returns a line of the table.
fn line(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// Returns the cells of a line of the table.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim_start_matches("| ").trim_end_matches(" |");
    inner.split(" | ").collect()
}

/// Returns the first cell of a row.
fn start(target: &Target) -> String {
    format!("`{}`", target.triple)
}

/// Returns the head of a table with the columns of these rows.
fn head(rows: &[Row]) -> String {
    let cells = rows.first().map_or(&[][..], |row| &row.cells);
    let names: Vec<_> = cells.iter().map(|(name, _)| *name).collect();
    let rule = " --- |".repeat(names.len().saturating_add(2));
    format!("| target | {} | with |\n|{rule}\n", names.join(" | "))
}

/// Returns the table of these rows.
pub(crate) fn text(all: &[Row]) -> String {
    let rows = all.iter().map(|row| format!("{row}\n"));
    head(all) + &rows.collect::<String>()
}

/// Puts the rows into the page. The rows of other targets stay, and so do the results of columns
/// that were left out.
pub(crate) fn publish(rows: &[Row]) -> Result<String, Outcome> {
    let page = page();
    let text = fs::read_to_string(&page)?;
    let split = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (table, after) = rest.split_once(END)?;
        Some((before, table, after))
    });
    let (before, table, after) = split.ok_or("docs/PLATFORMS.md has no marks".to_owned())?;
    let made = merged(rows, table);
    fs::write(&page, format!("{before}{BEGIN}{made}{END}{after}"))?;
    Ok(format!("{} rows in docs/PLATFORMS.md", rows.len()))
}

/// Returns the table with new rows, in the order of the targets.
fn merged(rows: &[Row], table: &str) -> String {
    let mut made = head(rows);
    for target in &TARGETS {
        let begin = format!("| {} |", start(target));
        let new = rows.iter().find(|row| row.target.triple == target.triple);
        let old = table.lines().find(|line| line.starts_with(&begin));
        let row = new.map(|row| line(&row.over(old)));
        if let Some(row) = row.or(old.map(str::to_owned)) {
            made.push_str(&row);
            made.push('\n');
        }
    }
    made
}

fn page() -> PathBuf {
    root().join("docs/PLATFORMS.md")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(target: usize, first: Cell, second: Cell) -> Row {
        Row {
            target: &TARGETS[target],
            with: "gcc".to_owned(),
            cells: vec![("library", first), ("core", second)],
        }
    }

    #[test]
    fn rows_of_targets_that_ran_apart_are_in_one_table() {
        let ran = |seconds| Cell::Ran { seconds };
        let one = merged(&[row(1, Cell::Built { seconds: 3 }, Cell::LeftOut)], "");
        let both = merged(&[row(0, ran(1), ran(2))], &one);
        let lines: Vec<&str> = both.lines().collect();
        let [_, _, first, second] = &lines[..] else {
            panic!("{both}");
        };
        assert!(first.starts_with(&format!("| {} | ran, 1 s |", start(&TARGETS[0]))));
        assert!(second.ends_with("| built, 3 s | left out | gcc |"));
        // A column that was left out keeps its result, and another one gets a new result.
        let third = merged(&[row(1, Cell::LeftOut, ran(7))], &both);
        assert!(third.contains("| built, 3 s | ran, 7 s | gcc |"), "{third}");
        assert!(third.contains("| ran, 1 s | ran, 2 s | gcc |"), "{third}");
    }

    #[test]
    fn the_output_of_a_program_is_not_in_a_cell() {
        let failed = |why: &str| Cell::Failed(why.to_owned()).to_string();
        assert_eq!(failed("a | b"), "**failed**: a / b");
        assert_eq!(failed("Compiling\nerror"), "**failed**");
    }
}
