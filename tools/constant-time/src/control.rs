//! Work that is wrong on purpose: who watches must see it, or sees nothing.

use std::{hint::black_box, sync::LazyLock};

use crate::{
    Watched,
    case::{Case, kept_wrong, random, with_keys},
    tool::{Tool, Wrong},
};

pub(crate) const CONTROLS: &[Watched] = &[
    Watched {
        name: "memcmp",
        cases: compared,
        run: memcmp,
    },
    Watched {
        name: "early_exit",
        cases: compared,
        run: early_exit,
    },
    Watched {
        name: "table",
        cases: || with_keys(|key| Ok((*key, String::new()))),
        run: look_up,
    },
    Watched {
        name: "division",
        cases: || with_keys(|key| Ok((*key, String::new()))),
        run: divide,
    },
];

/// Secret and guess, long enough for a comparison by whole vectors to stop early.
const LENGTH: usize = 1_024;

/// As of a subject's, with the key itself for what would be right.
pub(crate) fn compared() -> Result<Vec<Case>, Wrong> {
    kept_wrong("", |key| Ok(*key))
}

/// `==` of slices calls `memcmp`.
#[inline(never)]
fn by_memcmp(secret: &[u8], guess: &[u8]) -> bool {
    secret == guess
}

#[inline(never)]
fn by_early_exit(secret: &[u8], guess: &[u8]) -> bool {
    for (secret, guess) in secret.iter().zip(guess) {
        // Kept from becoming a `memcmp`.
        if black_box(*secret) != *guess {
            return false;
        }
    }
    secret.len() == guess.len()
}

pub(crate) fn memcmp(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    compare(by_memcmp, case, tool)
}

pub(crate) fn early_exit(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    compare(by_early_exit, case, tool)
}

fn compare(same: fn(&[u8], &[u8]) -> bool, case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let (mut secret, mut guess) = ([0; LENGTH], [0; LENGTH]);
    fill(&mut secret, &tool.secret(case.key));
    fill(&mut guess, &case.kept);
    let same = tool.measure(|| same(black_box(&secret), black_box(&guess)));
    if tool.public(same) {
        return Err("a wrong guess was right".into());
    }
    Ok(())
}

/// Each of the bytes many times, in their order.
fn fill(place: &mut [u8; LENGTH], bytes: &[u8; 32]) {
    for (places, byte) in place.chunks_exact_mut(LENGTH / 32).zip(bytes) {
        places.fill(*byte);
    }
}

/// Larger than what is near the processor, so that the clock sees it, too.
static TABLE: LazyLock<Vec<u8>> = LazyLock::new(|| random(8).repeat(1 << 20));

#[inline(never)]
fn by_table(table: &[u8], secret: [u8; 4]) -> u8 {
    let index = usize::try_from(u32::from_le_bytes(secret)).unwrap_or_default();
    let index = index & table.len().saturating_sub(1);
    table.get(index).copied().unwrap_or_default()
}

pub(crate) fn look_up(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let table: &[u8] = &TABLE;
    let secret = *tool
        .secret(case.key)
        .first_chunk()
        .ok_or("a key has four bytes")?;
    let found = tool.measure(|| by_table(black_box(table), black_box(secret)));
    black_box(tool.public(found));
    Ok(())
}

#[inline(never)]
fn by_division(secret: u64, divisor: u64) -> u64 {
    secret.checked_rem(divisor).unwrap_or_default()
}

/// Neither memcheck nor callgrind minds: it is looked for in the program itself.
fn divide(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let secret = tool.secret(case.key);
    let secret = u64::from_le_bytes(*secret.first_chunk().ok_or("a key has eight bytes")?);
    let rest = tool.measure(|| by_division(black_box(secret), black_box(17)));
    black_box(tool.public(rest));
    Ok(())
}
