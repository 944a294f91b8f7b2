//! Text out of secret nibbles, and the check symbol.

use stopgap::{
    Alphabet, Code, CodeFormat, CodeLength, EncodeError, EnrolmentKey, Purpose, Validity,
    offline::minute_of,
};

use super::{now, wrong};
use crate::{
    case::{Case, random, with_keys},
    tool::{Tool, Wrong},
};

/// A secret, and another one for what needs two.
pub(super) fn cases() -> Result<Vec<Case>, Wrong> {
    with_keys(|key| {
        let mut other = random(10);
        for (other, key) in other.iter_mut().zip(key) {
            *other ^= key;
        }
        Ok((other, String::new()))
    })
}

/// The ways to show a code that take the same time for each.
fn show(code: &Code) -> ([u8; 39], [u8; 32]) {
    let shown = code.reveal();
    let (mut grouped, mut canonical) = ([b'-'; 39], [0; 32]);
    for (place, symbol) in grouped.iter_mut().zip(shown.as_str().bytes()) {
        *place = symbol;
    }
    for (place, symbol) in canonical.iter_mut().zip(shown.canonical().bytes()) {
        *place = symbol;
    }
    (grouped, canonical)
}

/// That all symbols of a code came of the secret, hyphens left aside.
fn came_of_secret(
    (grouped, canonical): ([u8; 39], [u8; 32]),
    symbols: usize,
    tool: &mut Tool,
) -> Result<(), Wrong> {
    for group in grouped.chunks(5).take(symbols / 4) {
        tool.came_of_secret(group.get(..4).unwrap_or_default())?;
    }
    tool.came_of_secret(canonical.get(..symbols).unwrap_or_default())
}

/// Both alphabets.
pub(super) fn text(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let bytes: [u8; 16] = *case.key.first_chunk().ok_or("a key has 16 bytes")?;
    let bytes = tool.secret(bytes);
    let unambiguous = CodeFormat::new(Alphabet::UNAMBIGUOUS, CodeLength::SECURITY);
    let texts = tool.measure(|| {
        let hex = CodeFormat::SECURITY.encode(&bytes)?;
        let other = unambiguous.encode(&bytes)?;
        Ok([show(&hex), show(&other)])
    });
    for text in texts.map_err(|error: EncodeError| wrong(error))? {
        came_of_secret(text, 32, tool)?;
    }
    Ok(())
}

pub(super) fn check_symbol(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let bytes: [u8; 8] = *case.key.first_chunk().ok_or("a key has 8 bytes")?;
    let bytes = tool.secret(bytes);
    let format = CodeFormat {
        check_symbol: true,
        ..CodeFormat::new(Alphabet::UNAMBIGUOUS, CodeLength::OFFLINE)
    };
    let text = tool.measure(|| format.encode(&bytes).map(|code| show(&code)));
    came_of_secret(text.map_err(wrong)?, 16, tool)
}

/// What the server reads to the person: the code of a machine's secret key.
pub(super) fn offline_code(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let key = EnrolmentKey::from_bytes(tool.secret(case.key));
    let text = tool.measure(|| {
        let code = key.offline_code(
            minute_of(now()),
            Purpose::Bypass,
            Validity::MONTH,
            &Alphabet::UNAMBIGUOUS,
        );
        show(&code)
    });
    // Of the first two symbols five bits are the validity.
    let (grouped, canonical) = text;
    let tail = canonical.get(2..16).unwrap_or_default();
    tool.came_of_secret(tail)?;
    tool.came_of_secret(grouped.get(5..9).unwrap_or_default())
}
