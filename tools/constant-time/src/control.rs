//! Controls: work that is not constant-time on purpose, which every gate must find.

use std::{hint::black_box, sync::LazyLock};

use crate::{
    case::{Case, kept_wrong, random},
    tool::{Tool, Wrong, expect},
    valgrind::{public, secret},
    watched::{Watched, watched},
};

pub(crate) const MEMCMP: Watched =
    watched("memcmp", cases, |case, tool| compare(by_memcmp, case, tool));
pub(crate) const EARLY_EXIT: Watched = watched("early_exit", cases, |case, tool| {
    compare(by_early_exit, case, tool)
});
pub(crate) const TABLE: Watched = watched("table", cases, look_up);

/// The control of `ct::division`, which reads the program and does not run it.
#[used]
static DIVISION: fn(u64, u64) -> u64 = by_division;

fn cases() -> Result<Vec<Case>, Wrong> {
    kept_wrong("", |key| Ok(*key))
}

/// The length of secret and guess: long enough for `memcmp`, which compares by whole
/// vectors, to stop early.
const LENGTH: usize = 1_024;

/// `==` of slices calls `memcmp`.
#[inline(never)]
fn by_memcmp(secret: &[u8], guess: &[u8]) -> bool {
    secret == guess
}

#[inline(never)]
fn by_early_exit(secret: &[u8], guess: &[u8]) -> bool {
    // The black box keeps the compiler from calling `memcmp`.
    let mut pairs = secret.iter().zip(guess);
    pairs.all(|(secret, guess)| black_box(*secret) == *guess)
}

fn compare(same: fn(&[u8], &[u8]) -> bool, case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let (right, guess) = (repeat(secret(case.key)), repeat(case.kept));
    let same = tool.measure(|| same(black_box(&right), black_box(&guess)));
    expect(same, &false)
}

/// Repeats each byte, in order.
fn repeat(bytes: [u8; 32]) -> Vec<u8> {
    let repeated = bytes.map(|byte| [byte; LENGTH / 32]);
    repeated.concat()
}

/// 32 MiB: larger than the caches, so that the clock sees the look-up as well.
static TABLE_BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| random(8).repeat(1 << 20));

#[inline(never)]
fn by_table(table: &[u8], secret: [u8; 4]) -> u8 {
    let index = usize::try_from(u32::from_le_bytes(secret)).unwrap_or_default();
    let index = index & table.len().saturating_sub(1);
    table.get(index).copied().unwrap_or_default()
}

fn look_up(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let table: &[u8] = &TABLE_BYTES;
    let key = secret(case.key);
    let index = *key.first_chunk().ok_or("a key has four bytes")?;
    let found = tool.measure(|| by_table(black_box(table), black_box(index)));
    black_box(public(found));
    Ok(())
}

#[inline(never)]
fn by_division(secret: u64, divisor: u64) -> u64 {
    secret.checked_rem(divisor).unwrap_or_default()
}
