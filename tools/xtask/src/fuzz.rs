//! `cargo xtask fuzz`: runs libFuzzer on the targets of `fuzz`, which compare the product
//! with models. Three controls are wrong on purpose and must be found in every run.
//!
//! `fuzz/corpus` holds the inputs that libFuzzer keeps, and `fuzz/seeds` those written by
//! hand or found: a file for each target, a line in hexadecimal for each input. Stable
//! `cargo test` replays both.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    thread,
};

use crate::{
    step::{Outcome, needs, output, output_of_both, program, root, run as show},
    tool::{Tool, nightly},
};

const CARGO_FUZZ: Tool = Tool("cargo-fuzz", "0.13.2");

/// The targets with unsafe code, which `AddressSanitizer` watches. It would slow down the
/// others.
const ADDRESS: [&str; 3] = ["border", "record", "control_overrun"];

/// The controls, and the words that report each.
const CONTROLS: [(&str, &str); 3] = [
    ("control_needle", "control: the needle was found"),
    ("control_month", "control: the model is wrong"),
    ("control_overrun", "heap-buffer-overflow"),
];

/// Options of libFuzzer for every run. Inputs grow quickly, because a session of calls is
/// long.
const OPTIONS: &str = "-max_len=1024 -timeout=20 -rss_limit_mb=2048 -len_control=10 \
    -print_final_stats=1";

/// The runs of each target. A target stops earlier after five minutes.
const RUNS: u64 = 3_000_000;
/// The most inputs of one target that are kept.
const KEPT: usize = 200;

/// Runs `fuzz [long | keep] [TARGET…]`. `STOPGAP_FUZZ_SECONDS` is the time of a long run.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let ran = || match words {
        ["keep", named @ ..] => keep(&ready(named)?),
        ["long", named @ ..] => {
            let seconds = env::var("STOPGAP_FUZZ_SECONDS").unwrap_or("600".into());
            all(&ready(named)?, 0, &format!("-max_total_time={seconds}"))
        }
        named => {
            let effort = format!("-runs={RUNS} -max_total_time=300");
            all(&ready(named)?, RUNS, &effort)
        }
    };
    Outcome::from(ran()).close("fuzz")
}

/// Builds the controls and the named targets, or all, and returns the targets.
fn ready(named: &[&str]) -> Result<Vec<String>, Outcome> {
    let mut cargo = nightly("cargo");
    cargo.arg("--version");
    needs(cargo, "no nightly Rust; rustup toolchain install nightly")?;
    let remedy = "no C++ compiler for libFuzzer; apt-get install g++";
    needs(program("c++ --version"), remedy)?;
    let mut list = CARGO_FUZZ.nightly()?;
    list.args(["list", "--fuzz-dir", "fuzz"]);
    let chosen = |target: &&str| match named {
        [] => !target.starts_with("control_"),
        named => named.contains(target),
    };
    let list = output(list)?;
    let targets: Vec<String> = list.lines().filter(chosen).map(str::to_owned).collect();
    if targets.is_empty() || targets.len() < named.len() {
        return Err(format!("no such target; there are\n{list}").into());
    }
    let controls = CONTROLS.iter().map(|(name, _)| *name);
    for target in controls.chain(targets.iter().map(String::as_str)) {
        show(cargo_fuzz("build", target)?, |_| ())?;
    }
    Ok(targets)
}

/// Returns a subcommand of cargo-fuzz on a target.
fn cargo_fuzz(word: &str, target: &str) -> Result<Command, String> {
    let address = ADDRESS.contains(&target);
    let sanitizer = if address { "address" } else { "none" };
    let mut command = CARGO_FUZZ.nightly()?;
    command.args([word, "--fuzz-dir", "fuzz", "--features", "libfuzzer"]);
    command.args(["--sanitizer", sanitizer, "--target-dir"]);
    command.arg(folder(sanitizer)).arg(target);
    Ok(command)
}

/// A run of libFuzzer.
struct Ran {
    target: String,
    runs: u64,
    /// The log, if anything was found.
    found: Option<String>,
}

/// Runs libFuzzer on a target, from the inputs of a folder.
fn fuzz(target: &str, inputs: &Path, effort: &str) -> Result<Ran, Outcome> {
    let findings = folder("findings");
    fs::create_dir_all(inputs)?;
    fs::create_dir_all(&findings)?;
    let mut command = cargo_fuzz("run", target)?;
    command.arg(inputs).arg("--");
    command.args(format!("{OPTIONS} {effort}").split(' '));
    command.arg(format!("-artifact_prefix={}/{target}-", findings.display()));
    let (log, found) = match output_of_both(command) {
        Ok(log) => (log, None),
        Err(log) => (log.clone(), Some(log)),
    };
    fs::write(findings.join(target).with_extension("log"), &log)?;
    let runs = log.split_once("stat::number_of_executed_units:");
    let runs = runs.and_then(|(_, runs)| runs.split_whitespace().next()?.parse().ok());
    let Some(runs) = runs.or(found.as_ref().map(|_| 0)) else {
        return Err(format!("{target}: libFuzzer does not report its runs").into());
    };
    let end = found.as_deref().unwrap_or("nothing found");
    println!("{target}: {runs} runs, {end}");
    Ok(Ran {
        target: target.to_owned(),
        runs,
        found,
    })
}

/// Runs the controls, and then every target, two at a time.
fn all(targets: &[String], least: u64, effort: &str) -> Result<String, Outcome> {
    for (control, mark) in CONTROLS {
        let inputs = folder("controls").join(control);
        let _ = fs::remove_dir_all(&inputs);
        let found = fuzz(control, &inputs, "-max_total_time=60")?.found;
        if !found.is_some_and(|log| log.contains(mark)) {
            return Err(format!("{control} was not found").into());
        }
    }
    let run = |targets: &[String]| -> Result<Vec<Ran>, Outcome> {
        let ran = targets
            .iter()
            .map(|target| fuzz(target, &unpack(target)?, effort));
        ran.collect()
    };
    let (one, other) = targets.split_at(targets.len() / 2);
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(|| run(one));
        let other = run(other);
        (one.join(), other)
    });
    let mut ran = one.map_err(|_| "a thread panicked".to_owned())??;
    ran.extend(other?);
    let names = |chosen: fn(&Ran, u64) -> bool| {
        let chosen = ran.iter().filter(|ran| chosen(ran, least));
        chosen.map(|ran| ran.target.as_str()).collect::<Vec<_>>()
    };
    let findings = names(|ran, _| ran.found.is_some());
    let slow = names(|ran, least| ran.runs < least);
    let line = format!(
        "{} targets, {} runs, findings: {findings:?}, too slow: {slow:?}; {} controls found",
        ran.len(),
        ran.iter().map(|ran| ran.runs).sum::<u64>(),
        CONTROLS.len(),
    );
    if findings.is_empty() {
        return Ok(line);
    }
    let folder = folder("findings");
    Err(format!("{line}; see {}", folder.display()).into())
}

/// Writes to `fuzz/corpus` the fewest inputs that cover the same code.
fn keep(targets: &[String]) -> Result<String, Outcome> {
    let mut kept = Vec::new();
    for target in targets {
        let inputs = unpack(target)?;
        let mut minimize = cargo_fuzz("cmin", target)?;
        minimize.arg(&inputs).arg("--").args(OPTIONS.split(' '));
        show(minimize, |_| ())?;
        let packed = pack(&inputs)?;
        kept.push(packed.lines().count());
        fs::write(packed_file("corpus", target), packed)?;
    }
    Ok(format!("{} inputs are kept", kept.iter().sum::<usize>()))
}

fn folder(name: &str) -> PathBuf {
    root().join("target/fuzz").join(name)
}

fn packed_file(folder: &str, target: &str) -> PathBuf {
    root().join(format!("fuzz/{folder}/{target}.hex"))
}

/// Adds the kept inputs of a target to those that earlier runs here have found, and
/// returns their folder.
fn unpack(target: &str) -> Result<PathBuf, Outcome> {
    let unpacked = folder("live").join(target);
    fs::create_dir_all(&unpacked)?;
    for place in ["corpus", "seeds"] {
        // A new target has neither.
        let text = fs::read_to_string(packed_file(place, target)).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for (index, line) in lines.enumerate() {
            let input = base16ct::lower::decode_vec(line)
                .map_err(|error| format!("{target}: {line}: {error}"))?;
            fs::write(unpacked.join(format!("{place}-{index}")), input)?;
        }
    }
    Ok(unpacked)
}

/// Returns a line for each input of a folder, the shortest first. If there are too many,
/// it takes every second or third: short inputs cover little, and long ones are slow.
fn pack(folder: &Path) -> io::Result<String> {
    let mut inputs = Vec::new();
    for file in fs::read_dir(folder)? {
        inputs.push(fs::read(file?.path())?);
    }
    inputs.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    inputs.retain(|input| !input.is_empty());
    let step = inputs.len().div_ceil(KEPT).max(1);
    let kept = inputs.iter().step_by(step);
    Ok(kept
        .map(|input| base16ct::lower::encode_string(input) + "\n")
        .collect())
}
