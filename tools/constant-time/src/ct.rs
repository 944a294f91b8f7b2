//! `cargo xtask ct`: work on secrets takes the same path for all of them.
//!
//! Memcheck runs each subject with its secrets undefined, and reports every branch and
//! every index that depends on one; only verdicts may. Callgrind counts the instructions
//! of each class of secrets, which must be equal. Both see the released code, except
//! SHA-256: valgrind does not know the processor's own instructions for it, which
//! `cargo xtask dudect` measures. Neither sees how long a division takes, so there must
//! be none.
//!
//! Four controls are wrong on purpose, and every run must find them.

mod count;
mod division;
mod report;
mod verdict;

use std::{
    collections::BTreeSet,
    env::current_exe,
    fs,
    process::{Command, ExitStatus},
};

use crate::{
    control::{EARLY_EXIT, MEMCMP, TABLE},
    subject::SUBJECTS,
    tool::Wrong,
    watched::Watched,
};
use report::Report;

/// The exit status of valgrind if it reports anything.
const REPORTED: i32 = 99;

/// Checks all subjects and controls, and returns the figures.
pub(crate) fn gate() -> Result<String, Wrong> {
    let (mut subjects, mut classes, mut places) = (0_usize, 0_usize, BTreeSet::new());
    for watched in SUBJECTS.into_iter().flatten() {
        let judged = subject(watched);
        let found = judged.map_err(|why| format!("{}: {why}", watched.name))?;
        subjects = subjects.saturating_add(1);
        classes = classes.saturating_add(found.0);
        places.extend(found.1);
    }
    let mut controls = Vec::new();
    for (watched, kind, counts_differ) in [
        (&MEMCMP, "UninitCondition", true),
        (&EARLY_EXIT, "UninitCondition", true),
        // A look-up takes as many instructions for each secret.
        (&TABLE, "UninitValue", false),
    ] {
        let judged = control(watched, kind, counts_differ);
        let found = judged.map_err(|why| format!("the control {}: {why}", watched.name))?;
        println!("{found}");
        controls.push(found);
    }
    let functions = division::none(&current_exe()?)?;
    println!("division found, and none in {functions} other functions");
    Ok(format!(
        "{subjects} subjects, {classes} classes: no reports except at {} places of verdicts, equal \
        instructions, no division; controls: {}, division found",
        places.len(),
        controls.join(", ")
    ))
}

/// Returns the number of classes, and the places of verdicts.
fn subject(watched: &Watched) -> Result<(usize, BTreeSet<String>), Wrong> {
    let (reports, said) = memcheck(watched)?;
    let places = reports.iter().map(verdict::place);
    let places = places.collect::<Result<BTreeSet<_>, _>>()?;
    let checked: usize = said.parse().map_err(|_| said)?;
    if checked == 0 && places.is_empty() {
        return Err("nothing depends on its secrets".into());
    }
    let parts = callgrind(watched)?;
    let counts = count::read(&parts);
    let instructions = count::equal(&counts).map_err(|why| format!("{why}: {counts:?}"))?;
    let classes = counts.len();
    if classes < 8 || classes != (watched.cases)()?.len() {
        return Err(format!("only {classes} classes of secrets").into());
    }
    let name = watched.name;
    println!("{name:<20} {classes:>2} classes of {instructions:>9} instructions; {places:?}");
    Ok((classes, places))
}

/// Describes the reports about a control.
fn control(watched: &Watched, kind: &str, counts_differ: bool) -> Result<String, Wrong> {
    let (reports, _) = memcheck(watched)?;
    let function = format!("control::by_{}", watched.name);
    let is_expected = |report: &Report| {
        let mut frames = report.frames.iter();
        report.kind == kind && frames.any(|frame| frame.function.ends_with(&function))
    };
    if !reports.iter().any(is_expected) {
        return Err("not reported".into());
    }
    if reports.iter().any(|report| verdict::place(report).is_ok()) {
        return Err("taken for a verdict".into());
    }
    if !counts_differ {
        return Ok(format!("{} reported", watched.name));
    }
    match count::equal(&count::read(&callgrind(watched)?)) {
        Ok(_) => Err("the same instructions for all classes".into()),
        Err(counts) => Ok(format!("{} reported and {counts}", watched.name)),
    }
}

/// Returns the reports, and what the program printed.
fn memcheck(watched: &Watched) -> Result<(Vec<Report>, String), Wrong> {
    // With fewer callers, inlined functions would hide those of the product.
    let options = "--tool=memcheck --num-callers=200 --error-limit=no --xml=yes --xml-file=ct.out";
    let (ended, said, xml) = valgrind(watched, options)?;
    let reports = report::read(&xml)?;
    // A report that is not read would not be checked.
    if reports.is_empty() == (ended.code() == Some(REPORTED)) {
        return Err(format!("{ended}, {} reports, {said}", reports.len()).into());
    }
    Ok((reports, said))
}

/// Returns the parts that callgrind wrote.
fn callgrind(watched: &Watched) -> Result<String, Wrong> {
    let options = "--tool=callgrind --collect-atstart=no --combine-dumps=yes \
        --callgrind-out-file=ct.out";
    let (ended, said, parts) = valgrind(watched, options)?;
    if ended.success() {
        return Ok(parts);
    }
    Err(format!("{ended}, {said}").into())
}

/// Runs a subject or a control. Returns its exit status, its output, and the file
/// `ct.out` of valgrind.
fn valgrind(watched: &Watched, options: &str) -> Result<(ExitStatus, String, String), Wrong> {
    let program = current_exe()?;
    let file = program.with_file_name("ct.out");
    // The results of an earlier run must not be taken for this one's.
    fs::write(&file, "")?;
    let output = Command::new("valgrind")
        .current_dir(program.parent().ok_or("no folder")?)
        .args(["--quiet", &format!("--error-exitcode={REPORTED}")])
        .args(options.split(' '))
        .arg(&program)
        .args(["watch", watched.name])
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok((output.status, said, fs::read_to_string(&file)?))
}
