//! Normalizing, beside a reader written line by line from SPEC, "Reading what a person
//! typed".

use stopgap::{Alphabet, CodeFormat, LookAlike, Malformed};

use crate::draw::Draw;

/// The property `White_Space` of the Unicode Character Database, `PropList.txt`.
const WHITE_SPACE: &str = "9-D 20 85 A0 1680 2000-200A 2028 2029 202F 205F 3000";
/// The property `Default_Ignorable_Code_Point`, `DerivedCoreProperties.txt`.
const INVISIBLE: &str = "AD 34F 61C 115F 1160 17B4 17B5 180B-180F 200B-200F 202A-202E 2060-206F \
                         3164 FE00-FE0F FEFF FFA0 FFF0-FFF8 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF";
/// The property `Dash`, `PropList.txt`, and the hyphen bullet and two prolonged sound marks.
const HYPHENS: &str = "2D 58A 5BE 1400 1806 2010-2015 2053 207B 208B 2212 2E17 2E1A 2E3A 2E3B \
                       2E40 2E5D 301C 3030 30A0 FE31 FE32 FE58 FE63 FF0D 10D6E 10EAD \
                       2043 30FC FF70";
/// Punctuation of the sentence around a code.
const PUNCTUATION: &str = ".,;:!?'\"()[]<>\u{2018}\u{2019}\u{201A}\u{201B}\u{201C}\u{201D}\
                           \u{201E}\u{201F}\u{2039}\u{203A}\u{AB}\u{BB}\u{3001}\u{3002}";

/// Returns `true` if a list of hexadecimal code points and ranges has a character.
fn is_in(list: &str, one: char) -> bool {
    let number = |text: &str| u32::from_str_radix(text, 16).unwrap();
    list.split_whitespace().any(|range| {
        let (start, end) = range.split_once('-').unwrap_or((range, range));
        (number(start)..=number(end)).contains(&u32::from(one))
    })
}

/// Returns `true` for a character that is ignored.
pub fn is_invisible(character: char) -> bool {
    is_in(INVISIBLE, character)
}

/// Returns the characters that count, with their positions: rules 1 to 3, without the case
/// of letters.
pub fn characters(typed: &str) -> Vec<(usize, char)> {
    let mut seen = Vec::new();
    for (position, typed) in typed.chars().enumerate() {
        let ignored = [HYPHENS, WHITE_SPACE, INVISIBLE];
        if ignored.iter().any(|list| is_in(list, typed)) {
            continue;
        }
        let narrow = if ('\u{FF01}'..='\u{FF5E}').contains(&typed) {
            char::from_u32(typed as u32 - 0xFF01 + 0x21).unwrap()
        } else {
            typed
        };
        seen.push((position, narrow));
    }
    while seen.last().is_some_and(|last| PUNCTUATION.contains(last.1)) {
        seen.pop();
    }
    while seen
        .first()
        .is_some_and(|first| PUNCTUATION.contains(first.1))
    {
        seen.remove(0);
    }
    seen
}

/// Returns the typed symbols, or the first error.
pub fn model(format: &CodeFormat, typed: &str) -> Result<String, Malformed> {
    if typed.len() > 256 {
        return Err(Malformed::TooLong);
    }
    let symbols = format.alphabet.symbols();
    let folds: Vec<LookAlike> = format.alphabet.look_alikes().collect();
    let mut read = String::new();
    for (position, narrow) in characters(typed) {
        let folded = match narrow.to_ascii_uppercase() {
            'O' if folds.contains(&LookAlike::OAsZero) => '0',
            'I' if folds.contains(&LookAlike::IAsOne) => '1',
            'L' if folds.contains(&LookAlike::LAsOne) => '1',
            other => other,
        };
        if !symbols.contains(folded) {
            return Err(Malformed::UnexpectedSymbol { position });
        }
        read.push(folded);
    }
    let (expected, found) = (usize::from(format.length), read.len());
    if found != expected {
        return Err(Malformed::WrongLength { expected, found });
    }
    // A check symbol needs eight symbols before it. Formats of other lengths have no codes;
    // the error names the nearest allowed length.
    if !is_valid(format) {
        let fewest = if format.check_symbol { 9 } else { 8 };
        let expected = expected.clamp(fewest, 32);
        return Err(Malformed::WrongLength { expected, found });
    }
    if format.check_symbol {
        let last = read.pop();
        if last != Some(check_symbol(&format.alphabet, &read)) {
            return Err(Malformed::CheckFailed);
        }
        read.extend(last);
    }
    Ok(read)
}

/// Returns `true` for 8 to 32 symbols, at least 8 of them beside a check symbol.
pub fn is_valid(format: &CodeFormat) -> bool {
    let beside = format.length - u8::from(format.check_symbol);
    beside >= 8 && format.length <= 32
}

/// Reads a text in several formats: those that are valid, or the default.
fn model_of_any(formats: &[CodeFormat], typed: &str) -> Result<Vec<String>, Malformed> {
    let mut valid: Vec<&CodeFormat> = formats.iter().filter(|one| is_valid(one)).collect();
    if valid.is_empty() {
        valid.push(&CodeFormat::ONLINE);
    }
    let readings = valid.into_iter().map(|format| model(format, typed));
    let (codes, errors): (Vec<_>, Vec<_>) = readings.partition(Result::is_ok);
    let mut distinct: Vec<String> = Vec::new();
    for code in codes.into_iter().flatten() {
        if !distinct.contains(&code) {
            distinct.push(code);
        }
    }
    if !distinct.is_empty() {
        return Ok(distinct);
    }
    let errors = errors.into_iter().filter_map(Result::err);
    let nearest = errors.min_by_key(|error| match error {
        Malformed::CheckFailed => 0,
        Malformed::WrongLength { expected, found } => expected.abs_diff(*found),
        _ => usize::MAX,
    });
    Err(nearest.unwrap())
}

/// Returns the check symbol of ISO/IEC 7064, hybrid system MOD 17,16, as in SPEC.
pub fn check_symbol(alphabet: &Alphabet, body: &str) -> char {
    let mut p = 16;
    for symbol in body.chars() {
        let s = match (p + alphabet.symbols().find(symbol).unwrap()) % 16 {
            0 => 16,
            s => s,
        };
        p = 2 * s % 17;
    }
    let c = (0..16).find(|c| (p + c) % 16 == 1).unwrap();
    alphabet.symbols().chars().nth(c).unwrap()
}

pub fn target(data: &[u8]) {
    let mut draw = Draw::new(data);
    let format = draw.format();
    let typed = String::from_utf8_lossy(draw.rest());
    let read = format.normalize(&typed);
    let read = read.map(|code| code.reveal().canonical().to_owned());
    assert_eq!(read, model(&format, &typed), "{typed:?} by {format:?}");
    if let Ok(canonical) = read {
        let again = format.normalize(&canonical).unwrap();
        assert_eq!(again.reveal().canonical(), canonical);
        let again = format.normalize(again.reveal().as_str()).unwrap();
        assert_eq!(again.reveal().canonical(), canonical);
    }
    let checked = CodeFormat {
        check_symbol: true,
        ..format
    };
    for formats in [
        &[format, CodeFormat::ONLINE, checked][..],
        &[checked, format, CodeFormat::ONLINE],
        &[checked],
        &[],
    ] {
        let read = CodeFormat::normalize_any(formats, &typed).map(|codes| {
            let shown = codes
                .iter()
                .map(|code| code.reveal().canonical().to_owned());
            shown.collect::<Vec<_>>()
        });
        assert_eq!(
            read,
            model_of_any(formats, &typed),
            "{typed:?}, {formats:?}"
        );
    }
}
