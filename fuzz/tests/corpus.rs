//! The fuzz targets on stable Rust: the inputs that libFuzzer kept and seeds written by
//! hand, each unchanged and then with random changes.
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
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use fuzz::{TARGETS, control};

/// Runs of each target with changed inputs, unless `STOPGAP_FUZZ_RUNS` says otherwise.
const RUNS: u32 = 2_000;
/// The longest input, in bytes.
const MOST: usize = 1_024;

/// Reads the inputs of a target: one in each line, in hexadecimal digits; `#` begins a
/// comment.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut inputs = Vec::new();
    for folder in ["corpus", "seeds"] {
        let path: PathBuf = fuzz.join(folder).join(target).with_extension("hex");
        // Some targets have no seeds.
        let text = fs::read_to_string(path);
        let text = if folder == "seeds" {
            text.unwrap_or_default()
        } else {
            text.unwrap()
        };
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        inputs.extend(lines.map(|line| base16ct::lower::decode_vec(line).unwrap()));
    }
    inputs
}

/// Xorshift64, which gives the same numbers in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        const EDGES: [u8; 8] = [0, 1, b'-', b'\n', b'0', 0x7F, 0x80, 0xFF];
        match self.below(4) {
            0 => EDGES[self.below(8)],
            _ => u8::try_from(self.below(256)).unwrap(),
        }
    }

    /// Returns an input that is similar to one of these.
    fn change(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut input = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(4) {
            let place = self.below(input.len());
            match self.below(6) {
                _ if input.is_empty() => input.extend((0..self.below(32)).map(|_| self.byte())),
                0 => input[place] ^= 1 << self.below(8),
                1 => input[place] = self.byte(),
                2 => input.insert(place, self.byte()),
                3 => drop(input.remove(place)),
                4 => {
                    let end = place + self.below(input.len() - place);
                    input.extend_from_within(place..end);
                }
                _ => {
                    let other = &inputs[self.below(inputs.len())];
                    let rest = &other[self.below(other.len() + 1)..];
                    input.truncate(place);
                    input.extend(rest);
                }
            }
        }
        input.truncate(MOST);
        input
    }
}

fn holds(target: fn(&[u8]), input: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| target(input))).is_ok()
}

/// Returns the first input with which a target fails.
fn fails(target: fn(&[u8]), mut inputs: impl Iterator<Item = Vec<u8>>) -> Option<String> {
    let input = inputs.find(|input| !holds(target, input))?;
    Some(base16ct::lower::encode_string(&input))
}

/// Checks that no target fails, and names all that do.
fn no_target(mut fails: impl FnMut(&str, fn(&[u8])) -> Option<String>) {
    let failed = TARGETS.iter().filter_map(|(name, target, _)| {
        let input = fails(name, *target)?;
        Some(format!("{name}: {input}"))
    });
    let failed: Vec<String> = failed.collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn each_target_has_enough_inputs() {
    for (name, _, least) in TARGETS {
        let count = inputs(name).len();
        assert!(count >= *least, "{name}: {count} inputs, not {least}");
    }
}

#[test]
fn the_models_agree_on_kept_inputs() {
    no_target(|name, target| fails(target, inputs(name).into_iter()));
}

#[test]
fn the_models_agree_on_changed_inputs() {
    let runs = std::env::var("STOPGAP_FUZZ_RUNS").map(|runs| runs.parse().unwrap());
    let runs: u32 = runs.unwrap_or(RUNS);
    no_target(|name, target| {
        let (inputs, mut chance) = (inputs(name), Chance(0x5709_6A9C_0DE5));
        fails(target, (0..runs).map(|_| chance.change(&inputs)))
    });
}

/// Random changes find a model that is wrong about one month end in 136 years.
#[test]
fn a_wrong_model_is_found() {
    let (inputs, mut chance) = (vec![vec![0x55; 16]], Chance(0x5709_6A9C_0DE5));
    let found = (0..1_000_000).any(|_| !holds(control::month, &chance.change(&inputs)));
    assert!(found, "a million inputs, and no difference");
}

#[test]
fn all_zones_are_as_jiff_reads_them() {
    let zones = &fuzz::expiry::ZONES;
    for (zone, other) in zones.iter() {
        assert!(fuzz::expiry::agree(*zone, other), "{zone}");
    }
    assert!(zones.len() >= 597, "{} zones", zones.len());
}
