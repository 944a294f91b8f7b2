//! Classes of secrets.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// One class: what a subject works with.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) class: &'static str,
    /// A master key, an enrolment key, or the randomness of a code.
    pub(crate) key: [u8; 32],
    /// A digest or a tag that a store kept.
    pub(crate) kept: [u8; 32],
    /// What a person typed, which is no secret.
    pub(crate) typed: String,
}

/// Keys that have little in common.
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

/// What a generator of random numbers gives for a seed.
pub(crate) fn random(seed: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
    bytes
}

/// A case for each of the [`keys`]: with what is kept under it, and what is typed.
pub(crate) fn with_keys<E>(
    make: impl Fn(&[u8; 32]) -> Result<([u8; 32], String), E>,
) -> Result<Vec<Case>, E> {
    let case = |(class, key)| {
        let (kept, typed) = make(&key)?;
        Ok(Case {
            class,
            key,
            kept,
            typed,
        })
    };
    keys().into_iter().map(case).collect()
}

/// Cases in which what is kept is not right, nearly and not at all, where `right`
/// says what would be.
pub(crate) fn kept_wrong<E>(
    typed: &str,
    right: impl Fn(&[u8; 32]) -> Result<[u8; 32], E>,
) -> Result<Vec<Case>, E> {
    let key = random(5);
    let right = right(&key)?;
    let changed = |mask: fn(usize) -> u8| {
        let mut kept = right;
        for (place, byte) in kept.iter_mut().enumerate() {
            *byte ^= mask(place);
        }
        kept
    };
    let classes = [
        ("wrong at first", key, changed(|place| u8::from(place == 0))),
        ("wrong at 16", key, changed(|place| u8::from(place == 16))),
        ("wrong at last", key, changed(|place| u8::from(place == 31))),
        ("wrong in every bit", key, changed(|_| 0xFF)),
        ("kept all zero", key, [0; 32]),
        ("kept all ones", key, [0xFF; 32]),
        ("kept random", key, random(6)),
        ("key all zero", [0; 32], right),
        ("key all ones", [0xFF; 32], right),
        ("key random", random(7), right),
    ];
    let case = |(class, key, kept)| Case {
        class,
        key,
        kept,
        typed: typed.to_owned(),
    };
    Ok(classes.map(case).into())
}

/// A key that has a property which one in some hundreds has.
pub(crate) fn search(has: impl Fn(&[u8; 32]) -> bool) -> Result<[u8; 32], String> {
    (100..100_000)
        .map(random)
        .find(has)
        .ok_or_else(|| "no such key was found".into())
}
