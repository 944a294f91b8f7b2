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
#[derive(Clone, Copy)]
enum Work {
    /// By the test programs of this machine, with the library of the target.
    Native(fn(&Host, &Library) -> Result<String, Outcome>),
    /// By Cargo.
    Rust(fn(&Host) -> Result<String, Outcome>),
}

/// The column of the library.
const LIBRARY: &str = "library";

/// The columns behind that of the library.
const COLUMNS: [(&str, Work); 7] = [
    ("vectors", Work::Native(native::vectors)),
    ("suite", Work::Native(native::suite)),
    ("agent", Work::Native(native::agent)),
    ("README", Work::Native(native::readme)),
    ("core", Work::Rust(rust::core)),
    ("registry", Work::Rust(rust::registry)),
    ("command", Work::Rust(session::command)),
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
        let known = |word: &String| word == LIBRARY || COLUMNS.iter().any(|(name, _)| name == word);
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

    /// Returns `true` if a column of this target needs the library.
    fn uses_library(&self, target: &Target) -> bool {
        let uses = |(name, work): &(&str, Work)| {
            let is_tried = matches!(target.reach(name), Reach::Runs);
            matches!(work, Work::Native(_)) && is_tried && self.has(name)
        };
        COLUMNS.iter().any(uses)
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
    if options
        .targets
        .iter()
        .any(|target| options.uses_library(target))
    {
        // The programs of this machine that build and run those of the targets.
        report.step("harness", test_programs::build);
    }
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

/// Does the work of each column for a target. A column that fails stops no other.
fn row(target: &'static Target, options: &Options, report: &Report) -> Row {
    let mut row = Row::new(target);
    let host = match ready::host(target) {
        Ok(host) => host,
        Err(outcome) => {
            let cell = Cell::of(&outcome, 0);
            report.step(target.triple, || outcome);
            let names = std::iter::once(LIBRARY).chain(COLUMNS.map(|(name, _)| name));
            row.cells = names.map(|name| (name, cell.clone())).collect();
            return row;
        }
    };
    row.with = host.about();
    let mut library = None;
    let cell = if options.has(LIBRARY) || options.uses_library(target) {
        let built = step(report, target, LIBRARY, || {
            let built = native::build(&host)?;
            let about = built.about();
            library = Some(built);
            Ok(about)
        });
        match built {
            Cell::Ran { seconds } => Cell::Built { seconds },
            cell => cell,
        }
    } else {
        Cell::LeftOut
    };
    row.cells.push((LIBRARY, cell));
    if let Some(library) = &library
        && target.is_windows()
        && options.has(LIBRARY)
    {
        let _ = step(report, target, "DLL", || dll::check(&host, library));
    }
    for (name, work) in COLUMNS {
        let cell = match (target.reach(name), work, &library) {
            (Reach::No(why), ..) => Cell::NotTried(why.to_owned()),
            (Reach::Runs, ..) if !options.has(name) => Cell::LeftOut,
            (Reach::Runs, Work::Native(_), None) => Cell::NotTried("no library".to_owned()),
            (Reach::Runs, Work::Native(work), Some(library)) => {
                step(report, target, name, || work(&host, library))
            }
            (Reach::Runs, Work::Rust(work), _) => step(report, target, name, || work(&host)),
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
