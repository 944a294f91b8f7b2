//! Text of secrets: codes, their check symbols, and the digits of a key file.

use std::hint::black_box;

use stopgap::{
    Alphabet, Code, CodeFormat, EnrolmentKey, InvalidValue, MasterKey, Purpose, Validity,
    offline::minute_of,
};

use crate::{
    case::{Case, secrets},
    tool::{Tool, Wrong},
    valgrind::secret,
    watched::{Watched, now, watched},
};

pub(super) const SUBJECTS: [Watched; 4] = [
    watched("key_hex", secrets, key_hex),
    watched("offline_code", secrets, offline_code),
    watched("text", secrets, text),
    watched("check_symbol", secrets, check_symbol),
];

/// Shows a code in the two ways that take constant time.
fn show(code: Code) -> Code {
    black_box(code.reveal().as_str());
    black_box(code.reveal().canonical());
    code
}

/// Fails unless all symbols of a code but the first depend on the secret.
fn came_of_secret(code: &Code, first: usize, tool: &mut Tool) -> Result<(), Wrong> {
    let shown = code.reveal();
    let groups = shown.as_bytes().chunks(5).skip(first.div_ceil(4));
    for group in groups {
        tool.came_of_secret(group.get(..4).unwrap_or_default())?;
    }
    let symbols = shown.canonical().as_bytes();
    tool.came_of_secret(symbols.get(first..).unwrap_or_default())
}

/// Encodes in both alphabets.
fn text(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let key = secret(case.key);
    let (bytes, _) = key.split_at(16);
    let formats = [Alphabet::HEX, Alphabet::UNAMBIGUOUS].map(|of| CodeFormat::new(of, 32));
    let [hex, unambiguous] = formats;
    let codes = tool.measure(|| {
        let hex = show(hex.encode(bytes)?);
        let other = show(unambiguous.encode(bytes)?);
        Ok::<_, InvalidValue>([hex, other])
    });
    for code in codes? {
        came_of_secret(&code, 0, tool)?;
    }
    Ok(())
}

fn check_symbol(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let key = secret(case.key);
    let (bytes, _) = key.split_at(8);
    let format = CodeFormat {
        check_symbol: true,
        ..CodeFormat::new(Alphabet::UNAMBIGUOUS, 16)
    };
    let code = tool.measure(|| format.encode(bytes).map(show));
    came_of_secret(&code?, 0, tool)
}

/// Computes the code of a machine's secret key.
fn offline_code(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let key = EnrolmentKey::from_bytes(secret(case.key));
    let (minute, alphabet) = (minute_of(now()), Alphabet::UNAMBIGUOUS);
    let code = || key.offline_code(minute, Purpose::Bypass, Validity::MONTH, &alphabet);
    let code = tool.measure(|| code().map(show))?;
    // Five bits of the first two symbols are the validity, which is public.
    came_of_secret(&code, 2, tool)
}

/// Reads a master key from a key file.
fn key_hex(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let mut digits = [0; 64];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(case.key) {
        pair.copy_from_slice(format!("{byte:02x}").as_bytes());
    }
    let digits = secret(digits);
    // SAFETY: the digits are ASCII. A check would branch on them.
    let text = unsafe { std::str::from_utf8_unchecked(&digits) };
    let key = tool.measure(|| MasterKey::from_hex(text));
    tool.came_of_secret(key?.reveal())
}
