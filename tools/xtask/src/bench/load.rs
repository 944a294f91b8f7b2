//! `cargo xtask bench load`: the shared library of C, opened by a process that has done
//! nothing before, and its size, with and without time zones.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::startup::median;
use crate::step::{Outcome, cargo, needs, output, program, root};

/// The processes that open each library, in turns.
const RUNS: usize = 200;

const SOURCE: &str = include_str!("load.c");

/// A stripped library.
struct Library {
    name: &'static str,
    path: PathBuf,
    /// The addresses that the loader corrects.
    relocations: u32,
    bytes: u64,
}

/// Builds both libraries, and returns the median time to open each, its relocations and its
/// size.
pub(super) fn measure() -> Result<String, Outcome> {
    if cfg!(not(target_os = "linux")) {
        return Err(Outcome::Skipped("the library is opened on Linux".into()));
    }
    let remedy = "no C compiler, strip or readelf; install them (Debian: build-essential)";
    for version in ["cc --version", "strip --version", "readelf --version"] {
        needs(program(version), remedy)?;
    }
    let folder = root().join("target/load");
    fs::create_dir_all(&folder)?;
    let source = folder.join("load.c");
    fs::write(&source, SOURCE)?;
    let opener = folder.join("load");
    let mut compile = program("cc -std=gnu11 -Wall -Wextra -Werror -O1 -o");
    compile.arg(&opener).arg(&source).arg("-ldl");
    output(compile)?;

    let libraries = [
        Library::build(&folder, "with zones", &[])?,
        Library::build(&folder, "without", &["--no-default-features"])?,
    ];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        for (library, times) in libraries.iter().zip(&mut times) {
            let mut process = Command::new(&opener);
            let nanoseconds = output_of(process.arg(&library.path))?;
            times.push(Duration::from_nanos(nanoseconds));
        }
    }
    let described = libraries.iter().zip(times).map(|(library, times)| {
        let Library {
            name,
            relocations,
            bytes,
            ..
        } = library;
        let time = median(times);
        format!("{name}: {time:.0?}, {relocations} relocations, {bytes} bytes stripped")
    });
    let described: Vec<_> = described.collect();
    Ok(format!(
        "{}; medians of {RUNS} processes",
        described.join("; ")
    ))
}

impl Library {
    fn build(folder: &Path, name: &'static str, features: &[&str]) -> Result<Self, Outcome> {
        let mut build = cargo("build --quiet --profile c --package stopgap-c --lib --target-dir");
        build.arg(folder).args(features);
        output(build)?;
        let path = folder.join(format!("{}.so", name.replace(' ', "-")));
        let mut strip = program("strip -o");
        strip.arg(&path).arg(folder.join("c/libstopgap_c.so"));
        output(strip)?;
        let mut readelf = program("readelf -rW");
        readelf.env("LC_ALL", "C").arg(&path);
        let listed = output(readelf)?;
        let counts = listed.lines().filter_map(|line| {
            let (_, count) = line
                .strip_prefix("Relocation section")?
                .split_once(" contains ")?;
            count.split(' ').next()?.parse::<u32>().ok()
        });
        let relocations = counts.fold(0, u32::saturating_add);
        if relocations == 0 {
            return Err(format!("readelf lists no relocations of {}", path.display()).into());
        }
        let bytes = fs::metadata(&path)?.len();
        Ok(Self {
            name,
            path,
            relocations,
            bytes,
        })
    }
}

/// Returns the number that a program prints.
fn output_of(command: &mut Command) -> Result<u64, Outcome> {
    let printed = command.output()?;
    let text = String::from_utf8_lossy(&printed.stdout);
    text.trim()
        .parse()
        .map_err(|_| String::from_utf8_lossy(&printed.stderr).into_owned().into())
}
