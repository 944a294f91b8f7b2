//! Normalizing, beside a reader written line by line from SPEC, "Reading what a person
//! typed".

use stopgap::{Alphabet, CodeFormat, LookAlike, Malformed};

use crate::draw::Draw;

/// U+002D, U+00AD, U+2010 to U+2015, U+2212, U+FE58, U+FE63, U+FF0D.
const HYPHENS: &str = "\u{2D}\u{AD}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\
                       \u{FE58}\u{FE63}\u{FF0D}";
/// The property `White_Space` of the Unicode Character Database, `PropList.txt`.
const WHITE_SPACE: &str = "\u{9}\u{A}\u{B}\u{C}\u{D}\u{20}\u{85}\u{A0}\u{1680}\u{2000}\u{2001}\
                           \u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\
                           \u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}";
/// U+200B to U+200D, U+2060 and U+FEFF.
const INVISIBLE: &str = "\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}";

/// Returns the typed symbols, or the first error.
pub fn model(format: &CodeFormat, typed: &str) -> Result<String, Malformed> {
    if typed.len() > 256 {
        return Err(Malformed::TooLong);
    }
    let symbols = format.alphabet.symbols();
    let folds: Vec<LookAlike> = format.alphabet.look_alikes().collect();
    let mut read = String::new();
    for (position, typed) in typed.chars().enumerate() {
        let ignored = [HYPHENS, WHITE_SPACE, INVISIBLE];
        if ignored.iter().any(|some| some.contains(typed)) {
            continue;
        }
        let narrow = if ('\u{FF01}'..='\u{FF5E}').contains(&typed) {
            char::from_u32(typed as u32 - 0xFF01 + 0x21).unwrap()
        } else {
            typed
        };
        let capital = if narrow.is_ascii_lowercase() {
            narrow.to_ascii_uppercase()
        } else {
            narrow
        };
        let folded = match capital {
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
    let (expected, found) = (format.length.symbols(), read.len());
    if found != expected {
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
}
