//! Classes of characters that reading a code and checking a name depend on (SPEC,
//! "Terms" and "Reading what a person typed"). The lists are those of Unicode 16.

/// `true` for characters that are not seen: the property
/// `Default_Ignorable_Code_Point`.
pub(crate) const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// `true` for control characters and for the separators of lines and paragraphs: the
/// general categories `Cc`, `Zl` and `Zp`.
pub(crate) fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// `true` for hyphens and dashes: the property `Dash`, the hyphen bullet, and the
/// prolonged sound marks that Japanese input methods write for a hyphen.
pub(crate) const fn is_hyphen(character: char) -> bool {
    matches!(
        character,
        '-' | '\u{58A}'
            | '\u{5BE}'
            | '\u{1400}'
            | '\u{1806}'
            | '\u{2010}'..='\u{2015}'
            | '\u{2043}'
            | '\u{2053}'
            | '\u{207B}'
            | '\u{208B}'
            | '\u{2212}'
            | '\u{2E17}'
            | '\u{2E1A}'
            | '\u{2E3A}'..='\u{2E3B}'
            | '\u{2E40}'
            | '\u{2E5D}'
            | '\u{301C}'
            | '\u{3030}'
            | '\u{30A0}'
            | '\u{30FC}'
            | '\u{FE31}'..='\u{FE32}'
            | '\u{FE58}'
            | '\u{FE63}'
            | '\u{FF0D}'
            | '\u{FF70}'
            | '\u{10D6E}'
            | '\u{10EAD}'
    )
}

/// `true` for the punctuation of a sentence that surrounds a code.
pub(crate) const fn is_punctuation(character: char) -> bool {
    matches!(
        character,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '\''
            | '"'
            | '('
            | ')'
            | '['
            | ']'
            | '<'
            | '>'
            | '\u{AB}'
            | '\u{BB}'
            | '\u{2018}'..='\u{201F}'
            | '\u{2039}'..='\u{203A}'
            | '\u{3001}'..='\u{3002}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(is: fn(char) -> bool) -> usize {
        (0..=u32::from(char::MAX))
            .filter_map(char::from_u32)
            .filter(|character| is(*character))
            .count()
    }

    /// The sizes of the classes in Unicode 16, by its data files.
    #[test]
    fn classes_have_as_many_characters_as_unicode_says() {
        assert_eq!(count(char::is_whitespace), 25);
        assert_eq!(count(is_invisible), 4_174);
        assert_eq!(count(is_control), 65 + 2);
        // 31 of the property `Dash`, and three more.
        assert_eq!(count(is_hyphen), 31 + 3);
        assert_eq!(count(is_punctuation), 14 + 8 + 6);
    }
}
