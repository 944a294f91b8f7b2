//! Text that came from somewhere else, on its way to a terminal.

use std::fmt;

/// Text that a terminal shows and does not obey: control characters, and those
/// that turn the direction of text or break its lines, are written as escapes.
pub(crate) struct Plain<'a>(pub(crate) &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '\u{61C}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}' => write!(f, "{}", character.escape_unicode()),
            character if character.is_control() => write!(f, "{}", character.escape_default()),
            character => fmt::Write::write_char(f, character),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_a_store_cannot_control_a_terminal() {
        let hostile = "a\x1b]0;x\x07\r\n\u{9b}2J\u{202e}b\u{2028}\u{2066}é漢";
        let shown = Plain(hostile).to_string();
        assert_eq!(
            shown,
            r"a\u{1b}]0;x\u{7}\r\n\u{9b}2J\u{202e}b\u{2028}\u{2066}é漢"
        );
        assert!(!shown.contains(char::is_control));
    }
}
