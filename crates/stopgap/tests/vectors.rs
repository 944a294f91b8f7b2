//! Every vector of the protocol, with every field.
//!
//! `vectors/*.json` came with the protocol; an implementation that shares no code with
//! this crate computed them. `generate.py` computes them again. With
//! `STOPGAP_VECTORS=DIR`, the files of that folder are tested as well.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use serde_json::Value;

#[path = "vectors/agent.rs"]
mod agent;
#[path = "vectors/codes.rs"]
mod codes;
#[path = "vectors/keys.rs"]
mod keys;
#[path = "vectors/life.rs"]
mod life;
#[path = "vectors/records.rs"]
mod records;
#[path = "vectors/times.rs"]
mod times;
#[path = "vectors/verify.rs"]
mod verify;

/// One file: groups of tests, each group with the fields that its tests share.
struct File {
    name: String,
    groups: Vec<(Value, Vec<Value>)>,
}

/// Runs one test of a group; panics if a field differs.
type Runner = fn(group: &Value, test: &Value);

/// The kinds of files, each with its runner, and the numbers of tests and of steps in the
/// crate's own file.
const KINDS: [(&str, Runner, [usize; 2]); 14] = [
    ("agent", agent::session, [41, 659]),
    ("alphabets", codes::alphabets, [16, 0]),
    ("codes", codes::texts, [33, 0]),
    ("digests", keys::digests, [20, 0]),
    ("expiry", times::expiry, [275, 0]),
    ("lifecycle", life::security_code, [32, 202]),
    ("names", codes::names, [40, 0]),
    ("normalize", codes::normalize, [1410, 0]),
    ("offline", keys::offline, [40, 0]),
    ("records", records::sealed, [64, 0]),
    ("requests", keys::requests, [32, 0]),
    ("security", codes::security, [88, 0]),
    ("throttle", life::throttle, [7, 310]),
    ("verify", verify::session, [19, 168]),
];

impl File {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file: Value =
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(file["protocol"], "stopgap/1", "{}", path.display());
        let groups: Vec<(Value, Vec<Value>)> = array(&file["testGroups"])
            .map(|group| (group.clone(), array(&group["tests"]).cloned().collect()))
            .collect();
        let count: usize = groups.iter().map(|(_, tests)| tests.len()).sum();
        assert_eq!(file["numberOfTests"], count, "{}", path.display());
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            groups,
        }
    }

    /// Runs every test, even after one that failed. Returns the numbers of tests and of
    /// steps. At the end it panics with the ids of the tests that failed; their errors
    /// were printed before.
    fn run(&self, runner: Runner) -> [usize; 2] {
        let (mut ran, mut steps, mut failed) = (0, 0, Vec::new());
        for (group, tests) in &self.groups {
            for test in tests {
                if std::panic::catch_unwind(|| runner(group, test)).is_err() {
                    failed.push(test["tcId"].to_string());
                }
                ran += 1;
                steps += test["steps"].as_array().map_or(0, Vec::len);
            }
        }
        let count = failed.len();
        assert!(
            failed.is_empty(),
            "{}: {count} of {ran} failed: tcId {failed:?}",
            self.name
        );
        [ran, steps]
    }
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("an array").iter()
}

/// Returns a field. Panics if it is missing or has another type.
fn field<T: DeserializeOwned>(object: &Value, name: &str) -> T {
    serde_json::from_value(object[name].clone())
        .unwrap_or_else(|error| panic!("field {name} of {object}: {error}"))
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name]
        .as_str()
        .unwrap_or_else(|| panic!("field {name} of {object}"))
}

/// Returns a figure of the group, or the default if the group does not have it.
fn figure<T: DeserializeOwned>(group: &Value, name: &str, default: T) -> T {
    match &group[name] {
        Value::Null => default,
        _ => field(group, name),
    }
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

fn from_hex(text: &str) -> Vec<u8> {
    base16ct::mixed::decode_vec(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Returns the zone of a test; UTC if it has none.
fn zone(test: &Value) -> chrono_tz::Tz {
    match &test["zone"] {
        Value::Null => chrono_tz::UTC,
        _ => text(test, "zone")
            .parse()
            .unwrap_or_else(|error| panic!("{error}")),
    }
}

fn throttle_policy(group: &Value) -> stopgap::ThrottlePolicy {
    let default = stopgap::ThrottlePolicy::default();
    stopgap::ThrottlePolicy {
        free: figure(group, "free", default.free),
        first_delay_seconds: figure(group, "firstDelaySeconds", default.first_delay_seconds),
        max_delay_seconds: figure(group, "maxDelaySeconds", default.max_delay_seconds),
        hard_limit: figure(group, "hardLimit", default.hard_limit),
    }
}

fn instant(unix_seconds: &Value) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(unix_seconds.as_i64().unwrap(), 0).unwrap()
}

/// Returns the kind of a file, which is the beginning of its name: `offline-more.json` is
/// `offline`.
fn kind_of(file: &File) -> Option<&'static (&'static str, Runner, [usize; 2])> {
    KINDS.iter().find(|(kind, ..)| {
        let rest = file.name.strip_prefix(kind);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    })
}

fn files(folder: &Path) -> Vec<File> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    paths.iter().map(|path| File::read(path)).collect()
}

#[test]
fn own_vectors() {
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors"));
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, KINDS.map(|(kind, ..)| kind));
    for (file, (kind, runner, counts)) in files.iter().zip(KINDS) {
        assert_eq!(file.run(runner), counts, "{kind}");
    }
}

/// All records but the two check values of keys have bytes.
#[test]
fn own_records_have_bytes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/records.json");
    let file = File::read(&path);
    let tests = file.groups.iter().flat_map(|(_, tests)| tests);
    let with_bytes = tests.filter(|test| test["bytes"].is_string());
    assert_eq!(with_bytes.count(), 62);
}

/// Returns the folder that `STOPGAP_VECTORS` names. Cargo runs tests in the folder of the
/// package, but a relative path is relative to the folder of the shell, or to the
/// workspace's root.
fn foreign_folder() -> Option<PathBuf> {
    let named = PathBuf::from(std::env::var_os("STOPGAP_VECTORS")?);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shell = std::env::var_os("PWD").map(PathBuf::from);
    let bases = [shell.unwrap_or_default(), root, PathBuf::new()];
    let folder = bases
        .iter()
        .map(|base| base.join(&named))
        .find(|folder| folder.is_dir());
    Some(folder.unwrap_or_else(|| panic!("STOPGAP_VECTORS: no folder {}", named.display())))
}

/// Vectors of another implementation.
#[test]
fn foreign_vectors() {
    let Some(folder) = foreign_folder() else {
        return;
    };
    let mut ran = 0;
    for file in files(&folder) {
        let kind = kind_of(&file);
        let (_, runner, _) = kind.unwrap_or_else(|| panic!("{}: no such kind", file.name));
        let [tests, steps] = file.run(*runner);
        println!("{}: {tests} tests with {steps} steps", file.name);
        ran += tests;
    }
    assert!(ran > 0, "no vectors in {}", folder.display());
}
