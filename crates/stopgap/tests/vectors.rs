//! Every vector of the protocol, every field of it.
//!
//! `vectors/*.json` came with the protocol; they were computed by an
//! implementation that shares no code with this crate. `generate.py` computes
//! them once more. With `STOPGAP_VECTORS=DIR` every file of that folder runs as
//! well.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

use std::{fs, path::Path};

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
#[path = "vectors/times.rs"]
mod times;

/// One file: groups of tests, with what is common to a group beside them.
struct File {
    name: String,
    groups: Vec<(Value, Vec<Value>)>,
}

/// Runs one test of a group; panics where something differs.
type Runner = fn(group: &Value, test: &Value);

/// The runner of each kind of file, and how many tests the crate's own copy has.
const KINDS: [(&str, Runner, usize); 9] = [
    ("agent", agent::session, 8),
    ("codes", codes::texts, 18),
    ("digests", keys::digests, 20),
    ("expiry", times::expiry, 185),
    ("lifecycle", life::security_code, 30),
    ("normalize", codes::normalize, 360),
    ("offline", keys::offline, 40),
    ("requests", keys::requests, 10),
    ("throttle", life::throttle, 1),
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

    /// Runs every test; how many there were.
    fn run(&self, runner: Runner) -> usize {
        let mut ran = 0;
        for (group, tests) in &self.groups {
            for test in tests {
                println!("{} tcId {}: {}", self.name, test["tcId"], test["comment"]);
                runner(group, test);
                ran += 1;
            }
        }
        ran
    }
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("an array").iter()
}

/// A field that must be there and of that type.
fn field<T: DeserializeOwned>(object: &Value, name: &str) -> T {
    serde_json::from_value(object[name].clone())
        .unwrap_or_else(|error| panic!("field {name} of {object}: {error}"))
}

fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name]
        .as_str()
        .unwrap_or_else(|| panic!("field {name} of {object}"))
}

/// A figure of the group, or the default where the group does not name it.
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

fn instant(unix_seconds: &Value) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(unix_seconds.as_i64().unwrap(), 0).unwrap()
}

/// The kind of a file is the beginning of its name: `offline-more.json` is
/// `offline`.
fn kind_of(file: &File) -> Option<&'static (&'static str, Runner, usize)> {
    KINDS.iter().find(|(kind, ..)| {
        let rest = file.name.strip_prefix(kind);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    })
}

#[test]
fn own_vectors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    for (kind, runner, count) in KINDS {
        let file = File::read(&folder.join(kind).with_extension("json"));
        assert_eq!(file.run(runner), count, "{kind}");
    }
}

/// Anyone's vectors, in the folder that `STOPGAP_VECTORS` names.
#[test]
fn foreign_vectors() {
    let Some(folder) = std::env::var_os("STOPGAP_VECTORS") else {
        return;
    };
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut ran = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file = File::read(&path);
        let (kind, runner, _) =
            kind_of(&file).unwrap_or_else(|| panic!("{}: no such kind of vectors", path.display()));
        let count = file.run(*runner);
        eprintln!("{}: {count} tests of kind {kind}", path.display());
        ran += count;
    }
    assert!(ran > 0, "no vectors in {}", folder.display());
}
