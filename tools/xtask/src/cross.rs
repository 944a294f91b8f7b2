//! `cargo xtask cross TARGET…`: builds for other targets, and runs what is built under Wine
//! or qemu.
//!
//! | column   | what runs there                                                         |
//! | -------- | ----------------------------------------------------------------------- |
//! | library  | nothing: `libstopgap`, static and shared, is built                      |
//! | vectors  | the vectors of the protocol in C, and the bytes that must be identical   |
//! | suite    | all of `stopgap.hpp`                                                     |
//! | agent    | the examples in C and C++, beside the command and Rust of this machine   |
//! | README   | the programs of both READMEs                                             |
//! | core     | the core's tests                                                         |
//! | registry | the registry's tests, on `SQLite`                                        |
//! | command  | `stopgap`: codes issued, verified and redeemed                           |
//!
//! The harness of the C and C++ programs is that of `bindings/c/tests`, on this machine: it
//! compiles with the compiler of the target, and starts the programs by its runner.

mod dll;
mod host;
mod native;
mod ready;
mod rust;
mod session;
mod table;
mod target;
mod wine;
mod zig;

use std::process::ExitCode;

use self::{
    host::Host,
    native::Library,
    table::{Cell, Row},
    target::{Reach, TARGETS, Target},
};
use crate::{
    step::{Outcome, Report},
    test_programs,
};

/// The work of a column: returns what ran.
type Work = fn(&Host, &Library) -> Result<String, Outcome>;

/// The columns behind that of the library.
const COLUMNS: [(&str, Work); 7] = [
    ("vectors", native::vectors),
    ("suite", native::suite),
    ("agent", native::agent),
    ("README", native::readme),
    ("core", rust::core),
    ("registry", rust::registry),
    ("command", session::command),
];

/// The columns of `--ci`.
const CI: [&str; 2] = ["vectors", "agent"];

/// The command line.
#[derive(Debug, Default)]
struct Options {
    targets: Vec<&'static Target>,
    /// Restricts the columns.
    only: Vec<String>,
    write: bool,
}

impl Options {
    fn read(words: &[&str]) -> Result<Self, String> {
        let mut options = Self::default();
        for &word in words {
            match word {
                "all" => options.targets.extend(&TARGETS),
                "--ci" => options.only.extend(CI.map(str::to_owned)),
                "--write" => options.write = true,
                word => match word.strip_prefix("--only=") {
                    Some(columns) => options.only.extend(columns.split(',').map(str::to_owned)),
                    None => options.targets.push(target::named(word)?),
                },
            }
        }
        let known = |word: &String| COLUMNS.iter().any(|(name, _)| name == word);
        if let Some(word) = options.only.iter().find(|word| !known(word)) {
            return Err(format!("no column {word}: see tools/xtask/src/cross.rs"));
        }
        if options.targets.is_empty() {
            return Err("no target: pass one of cargo xtask cross --list, or all".into());
        }
        Ok(options)
    }

    fn has(&self, column: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == column)
    }
}

pub(crate) fn run(words: &[&str]) -> ExitCode {
    if words == ["--list"] {
        for target in &TARGETS {
            println!("{:<28} {}", target.triple, target.about());
        }
        return ExitCode::SUCCESS;
    }
    let options = match Options::read(words) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("cross: {error}");
            return ExitCode::from(2);
        }
    };
    let report = Report::default();
    // The programs of this machine that build and run those of the targets.
    report.step("harness", test_programs::build);
    let rows: Vec<Row> = options
        .targets
        .iter()
        .map(|target| row(target, &options, &report))
        .collect();
    let table = table::text(&rows);
    println!("\n{table}");
    if options.write {
        report.step("docs", || table::publish(&rows));
    }
    report.close()
}

/// Does the work of each column for a target.
fn row(target: &'static Target, options: &Options, report: &Report) -> Row {
    let mut row = Row::new(target);
    let mut ready = None;
    let library = step(report, target, "library", || {
        let host = ready::host(target)?;
        let library = native::build(&host)?;
        let built = library.about();
        row.with = host.about();
        ready = Some((host, library));
        Ok(built)
    });
    let library = match library {
        Cell::Ran { seconds } => Cell::Built { seconds },
        cell => cell,
    };
    row.cells.push(("library", library));
    if let Some((host, library)) = &ready
        && target.is_windows()
        && options.only.is_empty()
    {
        let _ = step(report, target, "DLL", || dll::check(host, library));
    }
    for (name, work) in COLUMNS {
        let cell = match (target.reach(name), &ready) {
            (Reach::No(why), _) => Cell::NotTried(why.to_owned()),
            (Reach::Runs, None) => Cell::NotTried("no library".to_owned()),
            (Reach::Runs, Some(_)) if !options.has(name) => Cell::LeftOut,
            (Reach::Runs, Some((host, library))) => {
                step(report, target, name, || work(host, library))
            }
        };
        row.cells.push((name, cell));
    }
    row
}

/// Runs a step of a target.
fn step(
    report: &Report,
    target: &Target,
    name: &str,
    work: impl FnOnce() -> Result<String, Outcome>,
) -> Cell {
    let ended = report.step(&format!("{} {name}", target.triple), work);
    Cell::of(&ended.outcome, ended.seconds.max(1))
}
