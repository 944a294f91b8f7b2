//! Names, compared with a plain model.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use proptest::prelude::*;
use stopgap::{Name, NameError};

use super::often;

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The ranges of the protocol: control characters with separators, and invisible ones.
const CONTROL: [(u32, u32); 3] = [(0, 0x1F), (0x7F, 0x9F), (0x2028, 0x2029)];
pub(crate) const INVISIBLE: [(u32, u32); 17] = [
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
];

pub(crate) fn is_in(ranges: &[(u32, u32)], character: char) -> bool {
    ranges
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&u32::from(character)))
}

/// Checks a name by the rules of the protocol, in their order.
fn model(text: &str) -> Result<&str, NameError> {
    let place = |ranges: &[(u32, u32)]| text.chars().position(|it| is_in(ranges, it));
    if text.is_empty() {
        Err(NameError::Empty)
    } else if text.len() > 255 {
        let found = text.len();
        Err(NameError::TooLong { found })
    } else if let Some(position) = place(&CONTROL) {
        Err(NameError::ControlCharacter { position })
    } else if let Some(position) = place(&INVISIBLE) {
        Err(NameError::InvisibleCharacter { position })
    } else if text.trim().is_empty() {
        Err(NameError::Blank)
    } else {
        Ok(text)
    }
}

/// Returns names, texts that are nearly names, and other texts.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,300}",
        "[ -~ü\u{7F}-\u{B0}\0-\x1F]{0,8}",
        "[a \u{200A}-\u{2030}\u{205F}-\u{2070}\u{FE00}-\u{FEFF}\u{FFA0}-\u{FFFF}]{0,4}",
        "[a\u{E0000}-\u{E0FFF}\u{1BC9F}-\u{1BCA4}\u{1D170}-\u{1D180}]{0,3}",
        "[ \u{A0}\u{2000}-\u{200A}\u{3000}]{0,5}",
        "\\PC{0,100}",
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn a_name_is_valid_by_the_rules_of_the_protocol(text in text()) {
        let expected = model(&text);
        let read = Name::new(&text);
        prop_assert_eq!(read.as_ref().map(Name::as_str).map_err(|error| *error), expected);
        prop_assert_eq!(Name::from_utf8(text.as_bytes()), read.clone());
        prop_assert_eq!(text.parse::<Name>(), read.clone());
        if let Ok(name) = read {
            prop_assert!(name == text.as_str());
            prop_assert_eq!(format!("{name:?} {name:>9}"), format!("{text:?} {text:>9}"));
            // A set is searched by text.
            prop_assert_eq!(hash(&name), hash(&*text));
            prop_assert_eq!(hash(&name.clone()), hash(&name));
            prop_assert!(HashSet::from([name]).contains(&*text));
        }
    }

    #[test]
    fn any_bytes_are_a_name_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..8)) {
        let expected = match std::str::from_utf8(&bytes) {
            Ok(text) => Name::new(text),
            Err(_) => Err(NameError::InvalidUnicode),
        };
        prop_assert_eq!(Name::from_utf8(&bytes), expected);
    }

    #[test]
    fn names_are_ordered_by_their_text(one in "[ab]{1,3}", other in "[ab]{1,3}") {
        let (name, other_name) = (Name::new(&one).unwrap(), Name::new(&other).unwrap());
        prop_assert_eq!(name.cmp(&other_name), one.cmp(&other));
        prop_assert_eq!(name == other_name, one == other);
    }
}
