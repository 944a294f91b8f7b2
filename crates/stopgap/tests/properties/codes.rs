//! Typed text, and text of codes.

use proptest::{collection::vec, prelude::*, sample::select};
use stopgap::{Alphabet, Code, CodeFormat, CodeLength, KeyId, KeyRing, Malformed, MasterKey};

use super::often;

pub(crate) fn alphabet() -> impl Strategy<Value = Alphabet> {
    let symbols: Vec<char> = ('0'..='9').chain('A'..='Z').collect();
    let custom = Just(symbols).prop_shuffle().prop_map(|symbols| {
        let symbols: String = symbols.into_iter().take(16).collect();
        Alphabet::new(&symbols).unwrap()
    });
    prop_oneof![Just(Alphabet::HEX), Just(Alphabet::UNAMBIGUOUS), custom]
}

pub(crate) fn format() -> impl Strategy<Value = CodeFormat> {
    (alphabet(), 8..=32_usize, any::<bool>()).prop_map(|(alphabet, symbols, check_symbol)| {
        CodeFormat {
            check_symbol,
            ..CodeFormat::new(alphabet, CodeLength::new(symbols).unwrap())
        }
    })
}

/// A format, and the bytes of one of its codes.
fn format_and_bytes() -> impl Strategy<Value = (CodeFormat, Vec<u8>)> {
    format().prop_flat_map(|format| {
        let bytes = format.length.symbols().div_ceil(2);
        (Just(format), vec(any::<u8>(), bytes))
    })
}

fn canonical(code: &Code) -> String {
    code.reveal().canonical().to_owned()
}

/// What may stand before each symbol without a meaning.
const DECORATION: [&str; 18] = [
    "", "", "", "-", "--", " ", "\t", "\r\n", "\u{A0}", "\u{AD}", "\u{2011}", "\u{2013}",
    "\u{2014}", "\u{200B}", "\u{2212}", "\u{3000}", "\u{FEFF}", "\u{FF0D}",
];

/// The protocol's text about reading, as plainly as it can be written, with
/// strings.
fn naive(typed: &str, format: &CodeFormat) -> Result<String, Malformed> {
    if typed.len() > 256 {
        return Err(Malformed::TooLong);
    }
    let hyphens =
        "-\u{AD}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{FE58}\u{FE63}\u{FF0D}";
    let spaces = "\u{9}\u{A}\u{B}\u{C}\u{D} \u{85}\u{A0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\
        \u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\
        \u{3000}\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}";
    let mut symbols = String::new();
    for (position, typed) in typed.chars().enumerate() {
        if hyphens.contains(typed) || spaces.contains(typed) {
            continue;
        }
        let half_width = match u32::from(typed) {
            wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFF01 + 0x21).unwrap(),
            _ => typed,
        };
        let capital = half_width.to_ascii_uppercase();
        if !format.alphabet.symbols().contains(capital) {
            return Err(Malformed::UnexpectedSymbol { position });
        }
        symbols.push(capital);
    }
    let (expected, found) = (format.length.symbols(), symbols.len());
    if found != expected {
        return Err(Malformed::WrongLength { expected, found });
    }
    let (body, check) = symbols.split_at(expected - 1);
    let computed = format.alphabet.check_symbol(body).unwrap().to_string();
    if format.check_symbol && check != computed {
        return Err(Malformed::CheckFailed);
    }
    Ok(symbols)
}

/// Characters that are near to what codes are typed with.
pub(crate) fn near_code() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => proptest::char::range('0', 'Z'),
        2 => proptest::char::range('a', 'z'),
        1 => proptest::char::range('\u{FF01}', '\u{FF5E}'),
        1 => proptest::char::range('\u{2000}', '\u{206F}'),
        1 => select(vec![
            '-', '\u{AD}', '\u{180E}', '\u{61C}', '\u{2212}', '\u{FE58}', '\u{FE63}',
            '\u{3000}', '\u{FEFF}', '\u{1C}', '\u{85}',
        ]),
    ];
    vec(character, 0..40).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn bytes_to_text_and_back((format, bytes) in format_and_bytes()) {
        let code = format.encode(&bytes).unwrap();
        let text = canonical(&code);
        prop_assert_eq!(text.len(), format.length.symbols());

        let nibbles: Vec<u8> = text
            .chars()
            .map(|symbol| u8::try_from(format.alphabet.symbols().find(symbol).unwrap()).unwrap())
            .collect();
        let kept = nibbles.len() - usize::from(format.check_symbol);
        for (index, nibble) in nibbles[..kept].iter().enumerate() {
            let byte = bytes[index / 2];
            prop_assert_eq!(*nibble, if index % 2 == 0 { byte >> 4 } else { byte & 0x0F });
        }
        for text in [text.clone(), code.reveal().to_string()] {
            prop_assert_eq!(canonical(&format.normalize(&text).unwrap()), canonical(&code));
        }
    }

    #[test]
    fn a_code_that_was_shown_comes_back((format, bytes) in format_and_bytes()) {
        let code = format.encode(&bytes).unwrap();
        let shown = canonical(&code);
        let back = Code::from_canonical(&shown).unwrap();
        prop_assert_eq!(canonical(&back), shown);
        // The number of symbols as well, which an attempt's tag binds.
        prop_assert_eq!(format!("{back:?}"), format!("{code:?}"));
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
        let digest = |code| *keys.security_digests(code).next().unwrap().1.as_bytes();
        prop_assert_eq!(digest(&back), digest(&code));
    }

    #[test]
    fn case_and_hyphens_do_not_matter(
        (format, bytes) in format_and_bytes(),
        decoration in vec(select(DECORATION.to_vec()), 32),
        small in vec(any::<bool>(), 32),
        wide in vec(any::<bool>(), 32),
    ) {
        let code = format.encode(&bytes).unwrap();
        let mut typed = String::new();
        for (index, symbol) in canonical(&code).chars().enumerate() {
            typed.push_str(decoration[index]);
            let symbol = if small[index] { symbol.to_ascii_lowercase() } else { symbol };
            let widened = char::from_u32(u32::from(symbol) + 0xFEE0).unwrap();
            typed.push(if wide[index] { widened } else { symbol });
        }
        let read = format.normalize(&typed);
        if typed.len() > 256 {
            prop_assert_eq!(read.unwrap_err(), Malformed::TooLong);
        } else {
            let read = read.unwrap();
            prop_assert_eq!(canonical(&read), canonical(&code));
            let again = format.normalize(read.reveal().as_str()).unwrap();
            prop_assert_eq!(canonical(&again), canonical(&read));
        }
    }

    #[test]
    fn reading_agrees_with_the_naive_model(
        typed in prop_oneof![
            near_code(),
            any::<String>(),
            "\\PC{0,300}",
            "[0-9A-Z -]{0,260}",
            "[0-9A-F]{8,40}",
        ],
        mut format in format(),
        fitting in any::<bool>(),
    ) {
        // Random text seldom has the right number of symbols by itself.
        if fitting && let Err(Malformed::WrongLength { found, .. }) = naive(&typed, &format) {
            format.length = CodeLength::new(found).unwrap_or(format.length);
        }
        let read = format.normalize(&typed).map(|code| canonical(&code));
        prop_assert_eq!(read, naive(&typed, &format));
    }

    #[test]
    fn a_wrong_symbol_fails_the_check(
        (format, bytes) in format_and_bytes(),
        place in any::<prop::sample::Index>(),
        step in 1..16_usize,
    ) {
        let format = CodeFormat { check_symbol: true, ..format };
        let mut text: Vec<char> = canonical(&format.encode(&bytes).unwrap()).chars().collect();
        let place = place.index(text.len());
        let symbols: Vec<char> = format.alphabet.symbols().chars().collect();
        let value = symbols.iter().position(|symbol| *symbol == text[place]).unwrap();
        text[place] = symbols[(value + step) % 16];
        let read = format.normalize(&String::from_iter(text));
        prop_assert_eq!(read.unwrap_err(), Malformed::CheckFailed);
    }

    #[test]
    fn sixteen_characters_are_an_alphabet_or_an_error(symbols in "[0-9A-Za-zé-]{0,20}|[0-9A-Z]{16}") {
        let distinct: std::collections::BTreeSet<char> = symbols.chars().collect();
        let sound = symbols.chars().count() == 16
            && distinct.len() == 16
            && symbols.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
        match Alphabet::new(&symbols) {
            Ok(alphabet) => {
                prop_assert!(sound);
                prop_assert_eq!(alphabet.symbols(), symbols);
            }
            Err(_) => prop_assert!(!sound),
        }
    }
}
