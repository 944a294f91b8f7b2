//! `cargo xtask fuzz`: libFuzzer against the targets of `fuzz`, each of
//! which says by a model what is right. Three faults on purpose must be found in each
//! run, or nothing else counts.
//!
//! `fuzz/corpus` holds what libFuzzer thinks worth keeping, and `fuzz/seeds` what was
//! written by hand or found: a file for each target, a line in hexadecimal digits for
//! each input. Stable `cargo test` replays both.

use std::{
    collections::BTreeSet,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    sync::Mutex,
    time::Instant,
};

use crate::{
    step::{Outcome, output, root, run as show, works},
    tool::Tool,
};

const CARGO_FUZZ: Tool = Tool {
    name: "cargo-fuzz",
    version: "0.13.2",
};

/// What is built with `AddressSanitizer`: what has unsafe code. The rest is faster
/// without.
const ADDRESS: [&str; 3] = ["border", "record", "control_overrun"];

/// The faults on purpose, and what each is found by.
const CONTROLS: [(&str, &str); 3] = [
    ("control_needle", "control: the needle was found"),
    ("control_month", "control: the model is wrong"),
    ("control_overrun", "heap-buffer-overflow"),
];

/// The longest input, in bytes.
const MOST: usize = 1_024;
/// The most inputs of one target that are kept.
const KEPT: usize = 200;

/// For how long, and how often.
#[derive(Clone, Copy, Debug)]
struct Effort {
    seconds: u64,
    /// Where a target has not run so often by then, it goes on,
    runs: u64,
    /// but no longer than this in all.
    at_most: u64,
}

const SHORT: Effort = Effort {
    seconds: 60,
    runs: 3_000_000,
    at_most: 300,
};
const LONG: Effort = Effort {
    seconds: 600,
    runs: 0,
    at_most: 600,
};
/// Within which a control is found; it takes a second or two.
const CONTROL: Effort = Effort {
    seconds: 60,
    runs: 0,
    at_most: 60,
};

/// `fuzz [long | keep] [TARGET…]`; `STOPGAP_FUZZ_SECONDS` says how long is long.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let (mode, named) = match words {
        [mode @ ("long" | "keep"), named @ ..] => (*mode, named),
        named => ("short", named),
    };
    let seconds = env::var("STOPGAP_FUZZ_SECONDS").ok();
    let long = match seconds.and_then(|seconds| seconds.parse().ok()) {
        None => LONG,
        Some(seconds) => Effort {
            seconds,
            at_most: seconds,
            ..LONG
        },
    };
    let outcome = match Fuzz::ready(named) {
        Err(outcome) => outcome,
        Ok(fuzz) => {
            let figures = match mode {
                "keep" => fuzz.keep(),
                "long" => fuzz.all(long),
                _ => fuzz.all(SHORT),
            };
            figures.map_or_else(Outcome::Failed, Outcome::Passed)
        }
    };
    outcome.close("fuzz")
}

/// What a run of libFuzzer came to.
#[derive(Clone, Debug, Default)]
struct Ran {
    runs: u64,
    seconds: u64,
    /// The lines about what was found, where something was.
    found: Option<String>,
}

/// The programs, which are built.
struct Fuzz {
    targets: Vec<String>,
    /// The system's name, which cargo has in its paths.
    host: String,
}

impl Fuzz {
    fn ready(named: &[&str]) -> Result<Self, Outcome> {
        let nightly = |program: &str, word: &str| {
            let mut command = Command::new(program);
            command.arg(word).env("RUSTUP_TOOLCHAIN", "nightly");
            command
        };
        if !works(nightly("cargo", "--version")) {
            return Err(Outcome::Skipped(
                "no nightly Rust; rustup toolchain install nightly".into(),
            ));
        }
        if !works(nightly("c++", "--version")) {
            return Err(Outcome::Skipped(
                "no C++ compiler, which builds libFuzzer; apt-get install g++".into(),
            ));
        }
        let version = output(nightly("rustc", "-vV")).map_err(Outcome::Failed)?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        let mut fuzz = Self {
            targets: targets().map_err(Outcome::Failed)?,
            host: host.unwrap_or_default().to_owned(),
        };
        if let Some(unknown) = named.iter().find(|name| !fuzz.knows(name)) {
            let known = fuzz.targets.join(", ");
            let why = format!("there is no target {unknown}, only {known}");
            return Err(Outcome::Failed(why));
        }
        fuzz.build().map_err(Outcome::Failed)?;
        if !named.is_empty() {
            fuzz.targets.retain(|target| named.contains(&&**target));
        }
        Ok(fuzz)
    }

    fn knows(&self, target: &str) -> bool {
        self.targets.iter().any(|known| known == target)
    }

    fn build(&self) -> Result<(), String> {
        let build = |words: &[&str]| {
            let mut command = CARGO_FUZZ.subcommand()?;
            command.args(["build", "--fuzz-dir", "fuzz", "--features", "libfuzzer"]);
            command.args(["--target", &self.host]);
            command.args(words).env("RUSTUP_TOOLCHAIN", "nightly");
            // Cargo's own, of the Rust that runs this.
            for variable in ["CARGO", "RUSTC", "RUSTDOC"] {
                command.env_remove(variable);
            }
            show(command, |_| ())
        };
        build(&["--sanitizer", "none", "--target-dir", "target/fuzz/none"])?;
        let address = [
            "--sanitizer",
            "address",
            "--target-dir",
            "target/fuzz/address",
        ];
        for target in ADDRESS {
            build(&[&address[..], &[target]].concat())?;
        }
        Ok(())
    }

    fn program(&self, target: &str) -> Command {
        let sanitizer = if ADDRESS.contains(&target) {
            "address"
        } else {
            "none"
        };
        let built = folder(sanitizer).join(&self.host).join("release");
        let mut command = Command::new(built.join(target));
        command.current_dir(root()).stdin(Stdio::null());
        command.args([&format!("-max_len={MOST}"), "-print_final_stats=1"]);
        // Long inputs from the start: a session is one.
        command.args(["-timeout=20", "-rss_limit_mb=2048", "-len_control=10"]);
        command
    }

    /// The controls, and then every target, two at a time.
    fn all(&self, effort: Effort) -> Result<String, String> {
        let mut figures = Vec::new();
        for (control, mark) in CONTROLS {
            let live = folder("controls").join(control);
            let _ = fs::remove_dir_all(&live);
            let ran = self.fuzz(control, &[live], CONTROL)?;
            match ran.found {
                Some(found) if found.contains(mark) => {
                    println!("{control}: found after {} s, as it must be", ran.seconds);
                    figures.push(ran.seconds);
                }
                Some(found) => return Err(format!("{control} found something else: {found}")),
                None => return Err(format!("{control} was not found in {} runs", ran.runs)),
            }
        }
        let slowest = figures.iter().max().copied().unwrap_or_default();
        let ran = self.targets(effort)?;
        let runs: u64 = ran.iter().map(|(_, ran)| ran.runs).sum();
        let seconds: u64 = ran.iter().map(|(_, ran)| ran.seconds).sum();
        let short = ran.iter().filter(|(_, ran)| ran.runs < effort.runs);
        let short: Vec<String> = short
            .map(|(target, ran)| format!("{target} {} runs in {} s", ran.runs, ran.seconds))
            .collect();
        let findings: Vec<&str> = ran
            .iter()
            .filter(|(_, ran)| ran.found.is_some())
            .map(|(target, _)| target.as_str())
            .collect();
        let mut line = format!(
            "{} targets, {runs} runs, {seconds} s, {} findings; {} controls found within {slowest} s",
            ran.len(),
            findings.len(),
            figures.len(),
        );
        if !short.is_empty() {
            let _ = write!(line, "; slower than hoped for: {}", short.join(", "));
        }
        if findings.is_empty() {
            Ok(line)
        } else {
            let folder = folder("findings");
            let found = findings.join(", ");
            Err(format!("{line}: {found}; see {}", folder.display()))
        }
    }

    fn targets(&self, effort: Effort) -> Result<Vec<(String, Ran)>, String> {
        let queue = Mutex::new(self.targets.iter());
        let done = Mutex::new(Vec::new());
        let worker = || {
            while let Some(target) = queue.lock().ok().and_then(|mut queue| queue.next()) {
                let ran = self.seeded(target, effort);
                if let Ok(ran) = &ran {
                    let found = ran.found.as_ref().map_or("nothing found", |found| found);
                    println!("{target}: {} runs in {} s, {found}", ran.runs, ran.seconds);
                }
                if let Ok(mut done) = done.lock() {
                    done.push(ran.map(|ran| (target.clone(), ran)));
                }
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(worker);
            worker();
        });
        let mut done = done.into_inner().map_err(|error| error.to_string())?;
        done.sort_by_key(|ran| ran.as_ref().ok().map(|(target, _)| target.clone()));
        done.into_iter().collect()
    }

    /// From what is kept, and what earlier runs here have found worth keeping.
    fn seeded(&self, target: &str, effort: Effort) -> Result<Ran, String> {
        let kept = unpack(target).map_err(|error| format!("{target}: {error}"))?;
        self.fuzz(target, &[folder("live").join(target), kept], effort)
    }

    fn fuzz(&self, target: &str, corpora: &[PathBuf], effort: Effort) -> Result<Ran, String> {
        let mut all = Ran::default();
        let mut seconds = effort.seconds;
        let mut runs = None;
        loop {
            let ran = self.once(target, corpora, seconds, runs)?;
            all.runs = all.runs.saturating_add(ran.runs);
            all.seconds = all.seconds.saturating_add(ran.seconds);
            all.found = ran.found;
            let missing = effort.runs.saturating_sub(all.runs);
            seconds = effort.at_most.saturating_sub(all.seconds);
            if all.found.is_some() || missing == 0 || seconds == 0 {
                return Ok(all);
            }
            runs = Some(missing);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "how long a run took is reported")]
    fn once(
        &self,
        target: &str,
        corpora: &[PathBuf],
        seconds: u64,
        runs: Option<u64>,
    ) -> Result<Ran, String> {
        let told = |error: std::io::Error| format!("{target}: {error}");
        let mut command = self.program(target);
        for corpus in corpora {
            fs::create_dir_all(corpus).map_err(told)?;
            command.arg(corpus);
        }
        let findings = folder("findings");
        fs::create_dir_all(&findings).map_err(told)?;
        command.arg(format!("-artifact_prefix={}/{target}-", findings.display()));
        command.arg(format!("-max_total_time={seconds}"));
        if let Some(runs) = runs {
            command.arg(format!("-runs={runs}"));
        }
        let began = Instant::now();
        let ended = command.output().map_err(told)?;
        let seconds = began.elapsed().as_secs();
        let log = String::from_utf8_lossy(&ended.stderr);
        fs::write(findings.join(target).with_extension("log"), &*log).map_err(told)?;
        let runs = log.lines().find_map(|line| {
            let figure = line.strip_prefix("stat::number_of_executed_units:")?;
            figure.trim().parse().ok()
        });
        Ok(Ran {
            runs: runs.unwrap_or_default(),
            seconds,
            found: (!ended.status.success()).then(|| finding(&log)),
        })
    }

    /// Writes to `fuzz/corpus` the fewest inputs that see all that was seen.
    fn keep(&self) -> Result<String, String> {
        let (mut inputs, mut bytes) = (0_usize, 0_usize);
        for target in &self.targets {
            let told = |error: std::io::Error| format!("{target}: {error}");
            let merged = folder("merged").join(target);
            let _ = fs::remove_dir_all(&merged);
            let mut command = self.program(target);
            command.args(["-merge=1"]).arg(&merged);
            for corpus in [folder("live").join(target), unpack(target).map_err(told)?] {
                fs::create_dir_all(&corpus).map_err(told)?;
                command.arg(corpus);
            }
            fs::create_dir_all(&merged).map_err(told)?;
            let ended = command.output().map_err(told)?;
            if !ended.status.success() {
                let log = String::from_utf8_lossy(&ended.stderr);
                return Err(format!("{target}: {}", finding(&log)));
            }
            let packed = pack(&merged).map_err(told)?;
            inputs = inputs.saturating_add(packed.lines().count());
            bytes = bytes.saturating_add(packed.len());
            println!("{target}: {} inputs", packed.lines().count());
            fs::create_dir_all(root().join("fuzz/corpus")).map_err(told)?;
            fs::write(packed_path("corpus", target), packed).map_err(told)?;
        }
        Ok(format!("{inputs} inputs in {bytes} bytes are kept"))
    }
}

/// The targets that there are, without the controls.
fn targets() -> Result<Vec<String>, String> {
    let folder = root().join("fuzz/fuzz_targets");
    let files = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = files.filter_map(|file| {
        let name = file.ok()?.file_name().into_string().ok()?;
        let name = name.strip_suffix(".rs")?;
        (!name.starts_with("control_")).then(|| name.to_owned())
    });
    Ok(names.collect::<BTreeSet<_>>().into_iter().collect())
}

fn folder(name: &str) -> PathBuf {
    root().join("target/fuzz").join(name)
}

fn packed_path(folder: &str, target: &str) -> PathBuf {
    let folder = root().join("fuzz").join(folder);
    folder.join(target).with_extension("hex")
}

/// The lines of a log that say what was found.
fn finding(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let starts = |line: &&str| line.contains("panicked at") || line.contains("ERROR: ");
    let first = lines.iter().position(starts).unwrap_or_default();
    let mut found = Vec::new();
    for line in lines.iter().skip(first).take(5) {
        found.push(line.trim());
    }
    found.join(" | ")
}

/// What is kept of a target, as files in a folder of which libFuzzer reads.
fn unpack(target: &str) -> std::io::Result<PathBuf> {
    let unpacked = folder("kept").join(target);
    let _ = fs::remove_dir_all(&unpacked);
    fs::create_dir_all(&unpacked)?;
    for place in ["corpus", "seeds"] {
        // A new target has neither.
        let text = fs::read_to_string(packed_path(place, target)).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for (index, line) in lines.enumerate() {
            fs::write(unpacked.join(format!("{place}-{index}")), bytes(line))?;
        }
    }
    Ok(unpacked)
}

/// The bytes of hexadecimal digits; the tests refuse what is none.
fn bytes(line: &str) -> Vec<u8> {
    let (pairs, _) = line.as_bytes().as_chunks::<2>();
    let pairs = pairs
        .iter()
        .filter_map(|pair| std::str::from_utf8(pair).ok());
    pairs
        .filter_map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect()
}

/// The inputs of a folder, the shortest first: a line each. Of too many every second or
/// third, for the short ones see little and the long ones are slow.
fn pack(folder: &Path) -> std::io::Result<String> {
    let mut inputs = Vec::new();
    for file in fs::read_dir(folder)? {
        inputs.push(fs::read(file?.path())?);
    }
    inputs.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    inputs.retain(|input| !input.is_empty());
    let step = inputs.len().div_ceil(KEPT).max(1);
    let mut packed = String::new();
    for input in inputs.iter().step_by(step) {
        for byte in input {
            let _ = write!(packed, "{byte:02x}");
        }
        packed.push('\n');
    }
    Ok(packed)
}
