//! The table of `docs/PLATFORMS.md`.

use std::{fmt, fs, path::PathBuf};

use super::target::{TARGETS, Target};
use crate::step::{Outcome, root};

/// The table is between these lines.
const BEGIN: &str = "<!-- begin of the table -->\n";
const END: &str = "<!-- end of the table -->";

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
    /// The command line left it out.
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
        match self {
            Self::Ran { seconds } => write!(f, "ran, {seconds} s"),
            Self::Built { seconds } => write!(f, "built, {seconds} s"),
            Self::NotTried(why) => write!(f, "not tried: {}", line(why)),
            Self::Failed(why) => write!(f, "**failed**: {}", line(why)),
            Self::LeftOut => f.write_str("left out"),
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
        write!(f, "| {} |", start(self.target))?;
        for (_, cell) in &self.cells {
            write!(f, " {cell} |")?;
        }
        write!(f, " {} |", self.with)
    }
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

/// Puts the rows into the page, where the rows of other targets stay.
pub(crate) fn publish(rows: &[Row]) -> Result<String, Outcome> {
    if rows
        .iter()
        .flat_map(|row| &row.cells)
        .any(|(_, cell)| matches!(cell, Cell::LeftOut))
    {
        return Err("columns were left out: run it without --ci and --only"
            .to_owned()
            .into());
    }
    let page = page();
    let text = fs::read_to_string(&page)?;
    let split = text.split_once(BEGIN).and_then(|(before, rest)| {
        let (table, after) = rest.split_once(END)?;
        Some((before, table, after))
    });
    let (before, table, after) = split.ok_or("docs/PLATFORMS.md has no marks".to_owned())?;
    let mut made = head(rows);
    for target in &TARGETS {
        let begin = format!("| {} |", start(target));
        let new = rows.iter().find(|row| row.target.triple == target.triple);
        let old = table.lines().find(|line| line.starts_with(&begin));
        if let Some(row) = new.map(ToString::to_string).or(old.map(str::to_owned)) {
            made.push_str(&row);
            made.push('\n');
        }
    }
    fs::write(&page, format!("{before}{BEGIN}{made}{END}{after}"))?;
    Ok(format!("{} rows in docs/PLATFORMS.md", rows.len()))
}

fn page() -> PathBuf {
    root().join("docs/PLATFORMS.md")
}
