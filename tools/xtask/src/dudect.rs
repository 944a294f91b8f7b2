//! `cargo xtask dudect`: what Stopgap does with secrets takes the same time for each,
//! with the processor's own SHA-256, which valgrind does not know.
//!
//! `tools/constant-time` measures with three seeds: secrets under which a code is
//! nearly right against random ones, at random. That they differ is said by Welch's t.
//! A subject holds where at least two seeds give less than 4.5, as the authors of
//! dudect propose; a control, which is wrong on purpose, must give more than 50 with
//! each.

use std::{
    collections::BTreeMap,
    process::{Command, ExitCode},
};

use crate::{
    ct,
    step::{Outcome, run as show},
};

/// How often each is measured with each seed.
const MEASUREMENTS: &str = "1000000";
const SEEDS: usize = 3;
/// The t of a subject is nearer to 0.
const EQUAL: f64 = 4.5;
/// The t of a control is farther from 0.
const DIFFERENT: f64 = 50.0;

pub(crate) fn run() -> ExitCode {
    let outcome = match measure() {
        Ok(figures) => Outcome::Passed(figures),
        Err(why) => Outcome::Failed(why),
    };
    outcome.close("dudect")
}

fn measure() -> Result<String, String> {
    let mut command = Command::new(ct::build()?);
    command.args(["dudect", MEASUREMENTS]);
    let mut measured: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut processor = String::new();
    show(command, |line| {
        if line.contains("SHA extensions") {
            line.clone_into(&mut processor);
        }
        // Kind, name, seed and t.
        if let [kind, name, _, t] = line.split(' ').collect::<Vec<_>>()[..] {
            let t = t.parse().unwrap_or(f64::NAN);
            measured
                .entry(format!("{kind} {name}"))
                .or_default()
                .push(t);
        }
    })?;
    let figures: Vec<String> = measured
        .iter()
        .map(|(name, ts)| format!("{name} {ts:?}"))
        .collect();
    let figures = figures.join(", ");
    for (name, ts) in &measured {
        judge(name, ts).map_err(|why| format!("{why}; {figures}"))?;
    }
    if measured.len() < 5 {
        return Err(format!("not all was measured; {figures}"));
    }
    Ok(format!(
        "t of {MEASUREMENTS} measurements with each seed: {figures}"
    ))
}

/// Whether a subject or a control is what it must be.
fn judge(name: &str, ts: &[f64]) -> Result<(), String> {
    let count = |holds: fn(f64) -> bool| ts.iter().filter(|t| holds(t.abs())).count();
    let holds = if name.starts_with("control ") {
        count(|t| t > DIFFERENT) == SEEDS
    } else {
        count(|t| t < EQUAL) >= 2
    };
    match ts.len() {
        SEEDS if holds => Ok(()),
        SEEDS => Err(format!("{name} does not hold")),
        found => Err(format!("{name} was measured with {found} seeds")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_and_controls() {
        assert!(judge("subject verify", &[-1.0, 4.4, 12.0]).is_ok());
        assert!(judge("subject verify", &[-1.0, -4.6, 12.0]).is_err());
        assert!(judge("subject verify", &[1.0, f64::NAN, f64::NAN]).is_err());
        assert!(judge("subject verify", &[1.0, 1.0]).is_err());
        assert!(judge("control table", &[-51.0, 60.0, 70.0]).is_ok());
        assert!(judge("control table", &[-51.0, 49.0, 70.0]).is_err());
        assert!(judge("control table", &[f64::NAN, 60.0, 70.0]).is_err());
    }
}
