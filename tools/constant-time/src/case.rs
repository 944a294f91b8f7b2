//! Classes of secrets.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::tool::Wrong;

/// The input of a subject.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) class: &'static str,
    /// A master key, an enrolment key, or the randomness of a code.
    pub(crate) key: [u8; 32],
    /// A stored digest or tag, or the seed of a new code.
    pub(crate) kept: [u8; 32],
    /// The code that a person typed, which is not a secret.
    pub(crate) typed: String,
    /// `true` if the verdict is yes.
    pub(crate) right: bool,
}

/// The keys of the classes.
pub(crate) fn keys() -> [(&'static str, [u8; 32]); 8] {
    let mut top = [0; 32];
    top[0] = 0x80;
    [
        ("all zero", [0; 32]),
        ("all ones", [0xFF; 32]),
        ("highest bit", top),
        ("alternating", [0xAA; 32]),
        ("random 1", random(1)),
        ("random 2", random(2)),
        ("random 3", random(3)),
        ("random 4", random(4)),
    ]
}

/// Returns the random bytes of a seed.
pub(crate) fn random(seed: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

/// Computes the right digest or tag for a key.
type Compute = fn(&[u8; 32]) -> Result<[u8; 32], Wrong>;

/// Makes cases of a class, a key and a stored digest or tag.
pub(crate) fn cases(
    classes: impl IntoIterator<Item = (&'static str, [u8; 32], [u8; 32])>,
    typed: &str,
    right: bool,
) -> Vec<Case> {
    let case = |(class, key, kept)| Case {
        class,
        key,
        kept,
        typed: typed.to_owned(),
        right,
    };
    classes.into_iter().map(case).collect()
}

/// Makes a case for each of the [`keys`], with the right digest or tag.
pub(crate) fn kept_right(typed: &str, right: Compute) -> Result<Vec<Case>, Wrong> {
    let classes = keys().map(|(class, key)| Ok((class, key, right(&key)?)));
    let classes = classes.into_iter().collect::<Result<Vec<_>, Wrong>>()?;
    Ok(cases(classes, typed, true))
}

/// Makes a case for each of the [`keys`], for work that reads secrets and has no verdict.
pub(crate) fn secrets() -> Result<Vec<Case>, Wrong> {
    kept_right("", |key| Ok(*key))
}

/// Makes cases with digests or tags that are nearly right, and with others.
pub(crate) fn kept_wrong(typed: &str, right: Compute) -> Result<Vec<Case>, Wrong> {
    let key = random(5);
    let right = right(&key)?;
    let [mut first, mut middle, mut last] = [right; 3];
    first[0] ^= 1;
    middle[16] ^= 1;
    last[31] ^= 1;
    let classes = [
        ("wrong at first", key, first),
        ("wrong at 16", key, middle),
        ("wrong at last", key, last),
        ("wrong in every bit", key, right.map(|byte| !byte)),
        ("kept all zero", key, [0; 32]),
        ("kept all ones", key, [0xFF; 32]),
        ("kept random", key, random(6)),
        ("key all zero", [0; 32], right),
        ("key all ones", [0xFF; 32], right),
        ("key random", random(7), right),
    ];
    Ok(cases(classes, typed, false))
}
