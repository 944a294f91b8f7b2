//! Typed text, compared with a plain model, and the text of codes.

use proptest::{collection::vec, prelude::*, sample::select};
use stopgap::{
    Alphabet, Code, CodeFormat, KeyId, KeyRing, Malformed, MasterKey, Scopes, SecurityFormat,
    SecurityPrefix,
};

use super::{
    names::{INVISIBLE, is_in},
    often,
};

pub(crate) fn alphabet() -> impl Strategy<Value = Alphabet> {
    let symbols: Vec<char> = ('0'..='9').chain('A'..='Z').collect();
    let custom = Just(symbols).prop_shuffle().prop_map(|symbols| {
        let symbols: String = symbols.into_iter().take(16).collect();
        Alphabet::new(&symbols).unwrap()
    });
    prop_oneof![Just(Alphabet::HEX), Just(Alphabet::UNAMBIGUOUS), custom]
}

/// Returns valid formats.
pub(crate) fn format() -> impl Strategy<Value = CodeFormat> {
    let format = (alphabet(), 8..=32_u8, any::<bool>());
    format.prop_map(|(alphabet, symbols, check_symbol)| CodeFormat {
        check_symbol: check_symbol && symbols > 8,
        ..CodeFormat::new(alphabet, symbols)
    })
}

/// Returns a format, and the bytes of one of its codes.
fn format_and_bytes() -> impl Strategy<Value = (CodeFormat, Vec<u8>)> {
    format().prop_flat_map(|format| {
        let bytes = usize::from(format.length).div_ceil(2);
        (Just(format), vec(any::<u8>(), bytes))
    })
}

fn canonical(code: &Code) -> String {
    code.reveal().canonical().to_owned()
}

/// Text without a meaning before a symbol.
const DECORATION: [&str; 24] = [
    "",
    "",
    "",
    "-",
    "--",
    " ",
    "\t",
    "\r\n",
    "\u{A0}",
    "\u{AD}",
    "\u{2011}",
    "\u{2013}",
    "\u{2014}",
    "\u{200B}",
    "\u{2212}",
    "\u{3000}",
    "\u{FEFF}",
    "\u{FF0D}",
    "\u{2043}",
    "\u{30FC}",
    "\u{FE0F}",
    "\u{E0020}",
    "\u{10EAD}",
    "\u{3164}",
];

/// Punctuation of the sentence around a code.
const AROUND: [&str; 16] = [
    "",
    "",
    "",
    ".",
    ",",
    ";:",
    "!?",
    "'",
    "\"",
    "(",
    ")]",
    "<>",
    "\u{201C}",
    "\u{AB}\u{BB}",
    "\u{2039} \u{203A}",
    "\u{3001}\u{3002}",
];

/// The ranges of the protocol: white space and hyphens.
const SPACES: [(u32, u32); 10] = [
    (0x9, 0xD),
    (0x20, 0x20),
    (0x85, 0x85),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
];
const HYPHENS: [u32; 34] = [
    0x2D, 0x58A, 0x5BE, 0x1400, 0x1806, 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2053,
    0x207B, 0x208B, 0x2212, 0x2E17, 0x2E1A, 0x2E3A, 0x2E3B, 0x2E40, 0x2E5D, 0x301C, 0x3030, 0x30A0,
    0xFE31, 0xFE32, 0xFE58, 0xFE63, 0xFF0D, 0x10D6E, 0x10EAD, 0x2043, 0x30FC, 0xFF70,
];
const PUNCTUATION: &str = ".,;:!?'\"()[]<>\u{2018}\u{2019}\u{201A}\u{201B}\u{201C}\u{201D}\
    \u{201E}\u{201F}\u{2039}\u{203A}\u{AB}\u{BB}\u{3001}\u{3002}";

/// Returns the characters of a text that are not ignored, with their positions. They are
/// folded, and punctuation at both ends is dropped, by the steps of SPEC, "Reading what a
/// person typed".
fn seen(typed: &str) -> Vec<(usize, char)> {
    let ignored = |typed: char| {
        is_in(&SPACES, typed) || is_in(&INVISIBLE, typed) || HYPHENS.contains(&u32::from(typed))
    };
    let mut seen = Vec::new();
    for (position, typed) in typed.chars().enumerate() {
        if !ignored(typed) {
            let folded = match u32::from(typed) {
                wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFF01 + 0x21).unwrap(),
                _ => typed,
            };
            seen.push((position, folded.to_ascii_uppercase()));
        }
    }
    let around = |seen: &(usize, char)| PUNCTUATION.contains(seen.1);
    while seen.first().is_some_and(around) {
        seen.remove(0);
    }
    while seen.last().is_some_and(around) {
        seen.pop();
    }
    seen
}

/// Reads a code in the plainest way.
fn naive(typed: &str, format: &CodeFormat) -> Result<String, Malformed> {
    if typed.len() > 256 {
        return Err(Malformed::TooLong);
    }
    let mut symbols = String::new();
    for (position, symbol) in seen(typed) {
        if !format.alphabet.symbols().contains(symbol) {
            return Err(Malformed::UnexpectedSymbol { position });
        }
        symbols.push(symbol);
    }
    let (expected, found) = (usize::from(format.length), symbols.len());
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

/// Reads a security code in the plainest way.
fn naive_security(typed: &str, prefix: &str) -> Result<String, Malformed> {
    let length = |found| Malformed::WrongLength {
        expected: 40,
        found,
    };
    if typed.len() > 256 {
        return Err(Malformed::TooLong);
    }
    let seen = seen(typed);
    let head = format!("{prefix}_").to_ascii_uppercase();
    for (expected, seen) in head.chars().zip(&seen) {
        if expected != seen.1 {
            let position = seen.0;
            return Err(Malformed::UnexpectedSymbol { position });
        }
    }
    let rest = seen.get(head.len()..).unwrap_or_default();
    if let Some((position, _)) = rest.iter().find(|(_, it)| !it.is_ascii_hexdigit()) {
        let position = *position;
        return Err(Malformed::UnexpectedSymbol { position });
    }
    if seen.len() < head.len() || rest.len() != 40 {
        return Err(length(rest.len()));
    }
    let symbols: String = rest.iter().map(|(_, symbol)| symbol).collect();
    let (code, check) = symbols.split_at(32);
    let checked = format!("{head}{code}").to_ascii_lowercase();
    let crc = checked.bytes().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    });
    if check == format!("{:08X}", !crc) {
        Ok(code.into())
    } else {
        Err(Malformed::CheckFailed)
    }
}

/// Returns texts of characters that occur in typed codes, and of their neighbours in
/// Unicode.
pub(crate) fn near_code() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => proptest::char::range('0', 'Z'),
        2 => proptest::char::range('a', 'z'),
        1 => proptest::char::range('\u{FF01}', '\u{FF5E}'),
        1 => proptest::char::range('\u{2000}', '\u{206F}'),
        1 => select(vec![
            '-', '\u{AD}', '\u{180E}', '\u{61C}', '\u{2212}', '\u{FE58}', '\u{FE63}',
            '\u{3000}', '\u{FEFF}', '\u{1C}', '\u{85}', '"', '\'', '(', ')', '!', '*',
            '\u{AB}', '\u{3001}', '\u{3002}', '\u{3003}', '\u{FF70}', '\u{E0041}', '\u{FE0F}',
        ]),
    ];
    vec(character, 0..40).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn the_bytes_of_a_code_are_read_back((format, bytes) in format_and_bytes()) {
        let code = format.encode(&bytes).unwrap();
        let text = canonical(&code);
        prop_assert_eq!(text.len(), usize::from(format.length));

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
    fn a_shown_code_is_read_back((format, bytes) in format_and_bytes()) {
        let code = format.encode(&bytes).unwrap();
        let shown = canonical(&code);
        let back = Code::from_canonical(&shown).unwrap();
        prop_assert_eq!(canonical(&back), shown);
        prop_assert_eq!(format!("{back:?}"), format!("{code:?}"));
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
        let digest = |code| *keys.security_digests(code).next().unwrap().digest().as_bytes();
        prop_assert_eq!(digest(&back), digest(&code));
    }

    #[test]
    fn case_hyphens_invisible_characters_and_punctuation_around_do_not_matter(
        (format, bytes) in format_and_bytes(),
        decoration in vec(select(DECORATION.to_vec()), 32),
        small in vec(any::<bool>(), 32),
        wide in vec(any::<bool>(), 32),
        around in vec(select(AROUND.to_vec()), 2),
    ) {
        let code = format.encode(&bytes).unwrap();
        let mut typed = String::from(around[0]);
        for (index, symbol) in canonical(&code).chars().enumerate() {
            typed.push_str(decoration[index]);
            let symbol = if small[index] { symbol.to_ascii_lowercase() } else { symbol };
            let widened = char::from_u32(u32::from(symbol) + 0xFEE0).unwrap();
            typed.push(if wide[index] { widened } else { symbol });
        }
        typed.push_str(around[1]);
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
        // Random text seldom has the right number of symbols.
        if fitting && let Err(Malformed::WrongLength { found, .. }) = naive(&typed, &format) {
            let length = u8::try_from(found).unwrap_or(format.length);
            format.length = length.clamp(9, 32);
        }
        let read = format.normalize(&typed).map(|code| canonical(&code));
        prop_assert_eq!(read, naive(&typed, &format));
    }

    /// Invalid formats are skipped. If there are no others, the default format is read.
    #[test]
    fn reading_in_several_formats_agrees_with_each_of_them(
        typed in prop_oneof![near_code(), any::<String>(), "[0-9A-F-]{0,40}"],
        formats in vec((alphabet(), any::<u8>(), 0..40_u8, any::<bool>()), 0..4),
    ) {
        let formats: Vec<CodeFormat> = formats
            .into_iter()
            .map(|(alphabet, any, near, check_symbol)| CodeFormat {
                check_symbol,
                ..CodeFormat::new(alphabet, if any < 230 { near } else { any })
            })
            .collect();
        // Invalid formats are skipped. If there are no others, the format of online codes is
        // read.
        let valid = formats.iter().filter(|format| format.validate().is_ok());
        let mut valid: Vec<_> = valid.copied().collect();
        if valid.is_empty() {
            valid.push(CodeFormat::ONLINE);
        }
        let each: Vec<_> = valid
            .iter()
            .map(|format| format.normalize(&typed).map(|code| canonical(&code)))
            .collect();
        let mut expected = Vec::new();
        for code in each.iter().flatten() {
            if !expected.contains(code) {
                expected.push(code.clone());
            }
        }
        match CodeFormat::normalize_any(&formats, &typed) {
            Ok(codes) => {
                let codes: Vec<String> = codes.iter().map(canonical).collect();
                prop_assert!(!codes.is_empty());
                prop_assert_eq!(codes, expected);
            }
            Err(error) => {
                prop_assert!(expected.is_empty());
                // The error is that of one format; a typo has precedence.
                prop_assert!(each.contains(&Err(error)));
                let typo = each.contains(&Err(Malformed::CheckFailed));
                prop_assert_eq!(error == Malformed::CheckFailed, typo);
            }
        }
    }

    #[test]
    fn the_text_of_a_security_code_reads_back_and_agrees_with_the_naive_model(
        prefix in "[a-z][a-z0-9]{1,15}",
        bytes in vec(any::<u8>(), 16),
        decoration in vec(select(DECORATION.to_vec()), 57),
        around in vec(select(AROUND.to_vec()), 2),
        typo in any::<Option<(prop::sample::Index, char)>>(),
    ) {
        let prefix: SecurityPrefix = prefix.parse().unwrap();
        let format = SecurityFormat { prefix: prefix.clone(), accepted: Vec::new() };
        let code = CodeFormat::new(Alphabet::HEX, 32).encode(&bytes).unwrap();
        let text = format.text(&code);
        prop_assert_eq!(canonical(&format.read(text.as_str()).unwrap()), canonical(&code));

        let mut symbols: Vec<char> = text.as_str().chars().collect();
        if let Some((place, symbol)) = &typo {
            let place = place.index(symbols.len());
            symbols[place] = *symbol;
        }
        let mut typed = String::from(around[0]);
        for (symbol, decoration) in symbols.into_iter().zip(decoration) {
            typed.push_str(decoration);
            typed.push(symbol);
        }
        typed.push_str(around[1]);
        let read = format.read(&typed).map(|code| canonical(&code));
        let expected = naive_security(&typed, prefix.as_str());
        prop_assert_eq!(&read, &expected);
        if typo.is_none() && typed.len() <= 256 {
            prop_assert_eq!(read, Ok(canonical(&code)));
        }
    }

    #[test]
    fn any_text_is_read_as_a_security_code_or_refused(
        typed in prop_oneof![
            near_code(),
            any::<String>(),
            "ac?m?e?_?[0-9a-f]{0,45}",
            "st?o?p?g?a?p?_?[0-9a-fg]{0,45}",
        ],
    ) {
        let read = |prefix: &str, accepted: &[&str]| {
            let accepted = accepted.iter().map(|prefix| prefix.parse().unwrap());
            let format = SecurityFormat {
                prefix: prefix.parse().unwrap(),
                accepted: accepted.collect(),
            };
            format.read(&typed).map(|code| canonical(&code))
        };
        let each = ["acme", "stopgap", "ac1"].map(|prefix| {
            let read = read(prefix, &[]);
            (naive_security(&typed, prefix), read)
        });
        for (expected, read) in &each {
            prop_assert_eq!(read, expected);
        }
        // With several prefixes the result is that of one of them; of the first if none
        // agrees.
        let several = read("acme", &["stopgap", "ac1"]);
        prop_assert!(each.iter().any(|(_, read)| *read == several));
        if let Some((_, code)) = each.iter().find(|(_, read)| read.is_ok()) {
            prop_assert_eq!(&several, code);
        }
    }

    #[test]
    fn scopes_are_a_sorted_set_or_an_error(
        scopes in vec(prop_oneof!["[a-d]", "[a-z0-9._:/*-]{1,64}", "[ -~]{0,3}"], 0..40),
    ) {
        let given = scopes.iter().map(String::as_str);
        let distinct: std::collections::BTreeSet<&str> = given.clone().collect();
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._:/*-".contains(&byte)
        };
        let sound = |scope: &str| (1..=64).contains(&scope.len()) && scope.bytes().all(allowed);
        let valid = (1..=32).contains(&distinct.len()) && distinct.iter().all(|it| sound(it));
        match Scopes::new(given) {
            Ok(scopes) => {
                prop_assert!(valid && !scopes.is_unlimited());
                prop_assert!(scopes.iter().eq(distinct));
            }
            Err(_) => prop_assert!(!valid),
        }
    }

    #[test]
    fn a_wrong_symbol_fails_the_check(
        (format, bytes) in format_and_bytes(),
        place in any::<prop::sample::Index>(),
        step in 1..16_usize,
    ) {
        let length = format.length.max(9);
        let format = CodeFormat { check_symbol: true, length, ..format };
        let bytes = [bytes, vec![0; 1]].concat();
        let bytes = &bytes[..usize::from(length).div_ceil(2)];
        let mut text: Vec<char> = canonical(&format.encode(bytes).unwrap()).chars().collect();
        let place = place.index(text.len());
        let symbols: Vec<char> = format.alphabet.symbols().chars().collect();
        let value = symbols.iter().position(|symbol| *symbol == text[place]).unwrap();
        text[place] = symbols[(value + step) % 16];
        let read = format.normalize(&String::from_iter(text));
        prop_assert_eq!(read.unwrap_err(), Malformed::CheckFailed);
    }

    #[test]
    fn any_characters_are_an_alphabet_or_an_error(symbols in "[0-9A-Za-zé-]{0,20}|[0-9A-Z]{16}") {
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
