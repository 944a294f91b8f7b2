//! `cargo xtask ct`: what Stopgap does with secrets takes the same way for each.
//!
//! Memcheck runs each subject of `tools/constant-time` with its secrets marked
//! undefined, and reports every branch and every index that depends on one; none may
//! but the verdicts. Callgrind then counts the instructions of each by classes of
//! secrets, and all must be equal. Both watch what is released, but for SHA-256:
//! valgrind does not know the processor's own, which `cargo xtask dudect` sees.
//!
//! A division takes longer for some secrets and neither sees it, so there must be none.
//!
//! Four controls are wrong on purpose and must be found in every run.

mod count;
mod division;
mod report;
mod verdict;

use std::{
    collections::BTreeSet,
    env::consts::EXE_SUFFIX,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::{
    python::target,
    step::{Outcome, cargo, output, run as show, works},
};
use count::Counts;
use report::Report;

/// What valgrind exits with where it reports anything.
const REPORTED: i32 = 99;

/// What must be reported of each control, and whether its classes differ for
/// callgrind: a table takes as many instructions for each.
const CONTROLS: [(&str, &str, bool); 3] = [
    ("memcmp", "UninitCondition", true),
    ("early_exit", "UninitCondition", true),
    ("table", "UninitValue", false),
];

/// The control that is not run, but found by reading the program.
const READ: &str = "division";

pub(crate) fn run() -> ExitCode {
    check().close("ct")
}

/// The same as a step of a report.
pub(crate) fn check() -> Outcome {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Outcome::Skipped("valgrind is asked on Linux on x86-64 alone; run it there".into());
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--version");
    if !works(valgrind) {
        return Outcome::Skipped("no valgrind; apt-get install valgrind".into());
    }
    let mut objdump = Command::new("objdump");
    objdump.arg("--version");
    if !works(objdump) {
        return Outcome::Skipped("no objdump; apt-get install binutils".into());
    }
    match watch() {
        Ok(figures) => Outcome::Passed(figures),
        Err(why) => Outcome::Failed(why),
    }
}

fn watch() -> Result<String, String> {
    let program = build()?;
    let folder = target().join("ct");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let mut list = Command::new(&program);
    list.arg("list");
    let list = output(list)?;
    let (mut subjects, mut classes, mut places) = (0_u32, 0_u32, BTreeSet::new());
    let mut controls = Vec::new();
    for line in list.lines() {
        match line.split_once(' ') {
            Some(("subject", name)) => {
                let found = subject(&program, &folder, name)?;
                subjects = subjects.saturating_add(1);
                classes = classes.saturating_add(found.classes);
                places.extend(found.places);
            }
            Some(("control", READ)) => {
                let functions = division::none(&program)?;
                println!("{READ:<20} found, and none in {functions} functions besides");
                controls.push(format!("{READ} found"));
            }
            Some(("control", name)) => controls.push(control(&program, &folder, name)?),
            _ => return Err(format!("not a subject and not a control: {line}")),
        }
    }
    if subjects == 0 || controls.len() <= CONTROLS.len() {
        return Err("not all was watched".into());
    }
    Ok(format!(
        "{subjects} subjects, {classes} classes: 0 reports but at {} places of verdicts, equal \
        instructions, no division; controls: {}",
        places.len(),
        controls.join(", ")
    ))
}

/// The program, and where it is.
pub(crate) fn build() -> Result<PathBuf, String> {
    let mut build = cargo("build --package constant-time --profile constant-time");
    build.arg("--target-dir").arg(target());
    show(build, |_| ())?;
    let program = format!("constant-time{EXE_SUFFIX}");
    Ok(target().join("constant-time").join(program))
}

/// What was found of a subject that holds.
struct Found {
    classes: u32,
    /// Where verdicts were given.
    places: BTreeSet<String>,
}

fn subject(program: &Path, folder: &Path, name: &str) -> Result<Found, String> {
    let memcheck = memcheck(program, folder, name)?;
    let mut places = BTreeSet::new();
    for report in &memcheck.reports {
        let place = verdict::place(report).map_err(|why| format!("{name}: {why}"))?;
        places.insert(place);
    }
    if memcheck.checked? == 0 && places.is_empty() {
        return Err(format!("{name}: nothing came of its secrets"));
    }
    let counts = callgrind(program, folder, name)?;
    let instructions = counts.equal().map_err(|why| format!("{name}: {why}"))?;
    let classes = counts.classes();
    if classes < 8 {
        return Err(format!("{name}: only {classes} classes of secrets"));
    }
    let verdicts = places.iter().map(String::as_str).collect::<Vec<_>>();
    println!(
        "{name:<20} {classes:>2} classes of {instructions:>9} instructions; verdicts: {}",
        if verdicts.is_empty() {
            "none".into()
        } else {
            verdicts.join(", ")
        }
    );
    Ok(Found { classes, places })
}

/// What a control gave.
fn control(program: &Path, folder: &Path, name: &str) -> Result<String, String> {
    let (_, kind, differs) = CONTROLS
        .into_iter()
        .find(|(control, _, _)| *control == name)
        .ok_or_else(|| format!("nothing is known of the control {name}"))?;
    let memcheck = memcheck(program, folder, name)?;
    let function = format!("control::by_{name}");
    let seen = memcheck.reports.iter().filter(|report| {
        report.kind == kind
            && report
                .frames
                .iter()
                .any(|frame| frame.function.ends_with(&function))
    });
    let seen = seen.count();
    if seen == 0 || memcheck.status != REPORTED {
        return Err(format!("the control {name} was not reported"));
    }
    if memcheck
        .reports
        .iter()
        .any(|report| verdict::place(report).is_ok())
    {
        return Err(format!("the control {name} passed for a verdict"));
    }
    let mut gave = format!("{name} reported");
    if differs {
        let counts = callgrind(program, folder, name)?;
        match counts.equal() {
            Ok(_) => return Err(format!("the control {name} took the same instructions")),
            Err(_) => gave = format!("{gave} and {} instructions", counts.range()),
        }
    }
    println!("{name:<20} {gave}");
    Ok(gave)
}

/// What memcheck said of one.
struct Memcheck {
    status: i32,
    reports: Vec<Report>,
    /// How many bytes were found to have come of a secret; or why not, which a
    /// report may be the reason of.
    checked: Result<u32, String>,
}

fn memcheck(program: &Path, folder: &Path, name: &str) -> Result<Memcheck, String> {
    let file = folder.join(format!("{name}.xml"));
    let mut command = Command::new("valgrind");
    command
        // Without it, inlined functions push the rest out of sight.
        .args([
            "--quiet",
            "--num-callers=200",
            "--error-limit=no",
            "--xml=yes",
        ])
        .arg(format!("--error-exitcode={REPORTED}"))
        .arg(format!("--xml-file={}", file.display()))
        .arg(program)
        .args(["memcheck", name]);
    let ended = command.output().map_err(|error| error.to_string())?;
    let status = ended.status.code().unwrap_or(-1);
    if status != 0 && status != REPORTED {
        let said = String::from_utf8_lossy(&ended.stderr);
        return Err(format!("{name}, under memcheck: {status}, {said}"));
    }
    let written = fs::read_to_string(&file).map_err(|error| error.to_string())?;
    let reports = report::read(&written)?;
    // A report that is not read would not be judged.
    if reports.is_empty() != (status == 0) {
        return Err(format!("{name}: {status}, but {} reports", reports.len()));
    }
    let said = String::from_utf8_lossy(&ended.stdout);
    let checked = said.trim().strip_suffix(" bytes came of secrets");
    let checked = checked.and_then(|bytes| bytes.parse().ok());
    Ok(Memcheck {
        status,
        reports,
        checked: checked.ok_or_else(|| {
            let why = String::from_utf8_lossy(&ended.stderr);
            format!("{name}, under memcheck: {}", why.trim())
        }),
    })
}

fn callgrind(program: &Path, folder: &Path, name: &str) -> Result<Counts, String> {
    let parts = folder.join(format!("{name}.callgrind"));
    // Those of the last run may be more.
    let _ = fs::remove_dir_all(&parts);
    fs::create_dir_all(&parts).map_err(|error| error.to_string())?;
    let mut command = Command::new("valgrind");
    command
        .args(["--quiet", "--tool=callgrind", "--collect-atstart=no"])
        .arg(format!(
            "--callgrind-out-file={}",
            parts.join("part").display()
        ))
        .arg(program)
        .args(["callgrind", name]);
    output(command)?;
    let mut counts = Counts::default();
    for part in fs::read_dir(&parts).map_err(|error| error.to_string())? {
        let part = part.map_err(|error| error.to_string())?.path();
        counts.add(&fs::read_to_string(part).map_err(|error| error.to_string())?);
    }
    Ok(counts)
}
