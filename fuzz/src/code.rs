//! The texts of codes and alphabets, written and read, and texts that are neither.

use stopgap::{Alphabet, Code, CodeFormat, InvalidValue, Malformed};

use crate::{draw::Draw, normalize};

/// The spoken symbols of SPEC, "Reading what a person typed".
const WORDS: &str = "Zero One Two Three Four Five Six Seven Eight Nine Alfa Bravo Charlie Delta \
                     Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa \
                     Quebec Romeo Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu";

/// Returns the symbols of some bytes.
fn written(format: &CodeFormat, bytes: &[u8]) -> String {
    let symbols: Vec<char> = format.alphabet.symbols().chars().collect();
    let nibbles = bytes
        .iter()
        .flat_map(|byte| [usize::from(byte / 16), usize::from(byte % 16)]);
    let mut text: String = nibbles.map(|nibble| symbols[nibble]).collect();
    text.truncate(format.length.into());
    if format.check_symbol {
        text.pop();
        text.push(normalize::check_symbol(&format.alphabet, &text));
    }
    text
}

/// Returns a code in groups of four symbols, and in words.
fn shown(canonical: &str) -> (String, String) {
    let symbols: Vec<char> = canonical.chars().collect();
    let groups = symbols.chunks(4).map(String::from_iter);
    let word = |symbol: &char| {
        let at = ('0'..='9').chain('A'..='Z').position(|one| one == *symbol);
        WORDS.split(' ').nth(at.unwrap()).unwrap()
    };
    let aloud = symbols
        .chunks(4)
        .map(|group| group.iter().map(word).collect::<Vec<_>>().join(" "));
    let (groups, aloud): (Vec<_>, Vec<_>) = (groups.collect(), aloud.collect());
    (groups.join("-"), aloud.join(", "))
}

fn check_texts(code: &Code, canonical: &str) {
    let (groups, aloud) = shown(canonical);
    let revealed = code.reveal();
    assert_eq!(revealed.canonical(), canonical);
    assert_eq!(revealed.as_str(), groups);
    assert_eq!(revealed.as_bytes(), groups.as_bytes());
    assert_eq!(revealed.to_string(), groups);
    assert_eq!(revealed.spoken().to_string(), aloud);
}

/// Reads a canonical code from a caller.
fn canonical(text: &str) -> Result<&str, Malformed> {
    if text.len() > 256 {
        return Err(Malformed::TooLong);
    }
    let symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if let Some(position) = text.chars().position(|one| !symbols.contains(one)) {
        return Err(Malformed::UnexpectedSymbol { position });
    }
    match text.len() {
        8..=32 => Ok(text),
        found @ ..8 => Err(Malformed::WrongLength { expected: 8, found }),
        found => Err(Malformed::WrongLength {
            expected: 32,
            found,
        }),
    }
}

/// Returns the first reason why a text is not an alphabet.
fn alphabet(symbols: &str) -> Result<(), InvalidValue> {
    let found = symbols.chars().count();
    if found != 16 {
        return Err(InvalidValue::WrongCount { found });
    }
    let mut seen = Vec::new();
    for (position, symbol) in symbols.chars().enumerate() {
        match symbol {
            'a'..='z' => return Err(InvalidValue::LowerCase { position }),
            '0'..='9' | 'A'..='Z' if seen.contains(&symbol) => {
                return Err(InvalidValue::Repeated { position });
            }
            '0'..='9' | 'A'..='Z' => seen.push(symbol),
            _ => return Err(InvalidValue::NotASymbol { position }),
        }
    }
    Ok(())
}

pub fn target(data: &[u8]) {
    let mut draw = Draw::new(data);
    let format = draw.format();
    let most = draw.number(0..=20);
    let bytes = draw.bytes(most);
    let expected = usize::from(format.length).div_ceil(2);
    match format.encode(bytes) {
        Ok(code) => {
            assert_eq!(bytes.len(), expected);
            let canonical = written(&format, bytes);
            check_texts(&code, &canonical);
            let typed = [canonical.to_lowercase(), shown(&canonical).0];
            for typed in typed {
                check_texts(&format.normalize(&typed).unwrap(), &canonical);
            }
            check_texts(&Code::from_canonical(&canonical).unwrap(), &canonical);
            if format.check_symbol {
                wrong_symbol(&mut draw, &format, &canonical);
            }
        }
        Err(error) => {
            let found = bytes.len();
            if normalize::is_valid(&format) {
                assert_ne!(found, expected);
                assert_eq!(error, InvalidValue::Bytes { expected, found });
            } else {
                let found = format.length;
                assert_eq!(error, InvalidValue::CheckedLength { found });
            }
        }
    }
    let text = draw.text(40);
    let of = Alphabet::new(&text);
    assert_eq!(of.map(|_| ()), alphabet(&text), "{text:?}");
    if let Ok(made) = of {
        assert_eq!(made.symbols(), text);
    }
    let text = String::from_utf8_lossy(draw.rest());
    match (Code::from_canonical(&text), canonical(&text)) {
        (Ok(code), Ok(text)) => check_texts(&code, text),
        (code, model) => assert_eq!(code.map(|_| ""), model, "{text:?}"),
    }
    let foreign = |symbol| !format.alphabet.symbols().contains(symbol);
    let checked = match text.chars().position(foreign) {
        Some(position) => Err(Malformed::UnexpectedSymbol { position }),
        None => Ok(normalize::check_symbol(&format.alphabet, &text)),
    };
    assert_eq!(format.alphabet.check_symbol(&text), checked, "{text:?}");
}

/// Checks that the check symbol finds every single wrong symbol.
fn wrong_symbol(draw: &mut Draw<'_>, format: &CodeFormat, canonical: &str) {
    let place = draw.number(0..=canonical.len() - 1);
    let mut symbols: Vec<char> = canonical.chars().collect();
    let wrong = format.alphabet.symbols().chars();
    let mut wrong = wrong.cycle().skip_while(|one| *one != symbols[place]);
    symbols[place] = wrong.nth(draw.number(1..=15)).unwrap();
    let typed = String::from_iter(symbols);
    let refused = format.normalize(&typed).map(|_| ());
    assert_eq!(refused, Err(Malformed::CheckFailed), "{typed}");
}
