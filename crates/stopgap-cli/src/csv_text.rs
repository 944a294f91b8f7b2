//! The text of CSV files, as spreadsheets write it.

use std::borrow::Cow;

/// The bytes of a text, in UTF-8.
#[derive(Debug)]
pub(crate) struct CsvText<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    /// `true` if a byte-order mark was before the text.
    pub(crate) is_marked: bool,
}

/// A text that is not what its byte-order mark says, and the line on which it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadText {
    pub(crate) line: u64,
}

impl<'a> CsvText<'a> {
    /// Reads UTF-8, or UTF-16 with a byte-order mark. Whether each cell is UTF-8 is not checked.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, BadText> {
        let (bytes, is_marked) = match bytes {
            [0xEF, 0xBB, 0xBF, text @ ..] => (text.into(), true),
            [0xFF, 0xFE, text @ ..] => (utf_16(text, u16::from_le_bytes)?.into(), true),
            [0xFE, 0xFF, text @ ..] => (utf_16(text, u16::from_be_bytes)?.into(), true),
            text => (text.into(), false),
        };
        Ok(Self { bytes, is_marked })
    }
}

/// Returns a cell that no spreadsheet runs as a formula: with an apostrophe before it if needed.
pub(crate) fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Vec<u8>, BadText> {
    let (pairs, rest) = bytes.as_chunks();
    let units = pairs.iter().map(|pair| unit(*pair));
    let mut text = String::with_capacity(bytes.len());
    for character in char::decode_utf16(units) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => return Err(bad(&text)),
        }
    }
    if rest.is_empty() {
        Ok(text.into_bytes())
    } else {
        Err(bad(&text))
    }
}

fn bad(text: &str) -> BadText {
    let bytes = text.as_bytes();
    let end = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let line = Lines::of(bytes).line(end);
    BadText { line }
}

/// A quotation mark at the beginning of a cell that is not closed as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadQuote {
    /// The position of the mark, in bytes.
    pub(crate) position: u64,
    pub(crate) what: &'static str,
}

/// Returns the first bad quotation mark. The crate csv reads such text as part of the cell, and
/// with it perhaps other lines.
pub(crate) fn bad_quote(bytes: &[u8], separator: u8) -> Option<BadQuote> {
    enum At {
        Start,
        Plain,
        Quoted(u64),
        /// Behind the second mark, and perhaps spaces.
        Closed(u64, bool),
    }
    let mut at = At::Start;
    for (byte, position) in bytes.iter().zip(0..) {
        let is_end = *byte == separator || matches!(byte, b'\r' | b'\n');
        at = match at {
            At::Start if *byte == b'"' => At::Quoted(position),
            At::Quoted(open) if *byte == b'"' => At::Closed(open, false),
            At::Quoted(open) => At::Quoted(open),
            _ if is_end => At::Start,
            At::Start | At::Plain => At::Plain,
            At::Closed(open, false) if *byte == b'"' => At::Quoted(open),
            At::Closed(open, _) if *byte == b' ' => At::Closed(open, true),
            At::Closed(position, _) => {
                let what = "there is text behind the second quotation mark of a cell";
                return Some(BadQuote { position, what });
            }
        };
    }
    match at {
        At::Quoted(position) => {
            let what = "a cell begins with a quotation mark, and none ends it";
            Some(BadQuote { position, what })
        }
        At::Start | At::Plain | At::Closed(..) => None,
    }
}

/// The lines of a file, counted up to the last position that was asked for.
///
/// The count of the crate csv is too low after Windows line ends and after empty lines.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    offset: u64,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(crate) const fn of(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            offset: 0,
            line: 1,
        }
    }

    /// Returns the line of a record that begins at a position, or behind the empty lines there.
    /// Positions must not decrease from call to call.
    pub(crate) fn line(&mut self, position: u64) -> u64 {
        while let [byte, behind @ ..] = self.rest {
            let between = matches!(byte, b'\r' | b'\n');
            if self.offset >= position && !between {
                break;
            }
            // A carriage return ends a line unless a line feed does.
            if *byte == b'\n' || (*byte == b'\r' && behind.first() != Some(&b'\n')) {
                self.line = self.line.saturating_add(1);
            }
            self.offset = self.offset.saturating_add(1);
            self.rest = behind;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Vec<u8>, bool), BadText> {
        let text = CsvText::read(bytes)?;
        Ok((text.bytes.into_owned(), text.is_marked))
    }

    #[test]
    fn every_encoding_of_a_spreadsheet_is_read() {
        let text = "user\r\nMüller 🦀\r\n";
        let marked = format!("\u{FEFF}{text}");
        let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(text.as_bytes()), Ok((text.into(), false)));
        for bytes in [marked.as_bytes(), &little, &big] {
            assert_eq!(read(bytes), Ok((text.into(), true)));
        }
        assert_eq!(read(b""), Ok((vec![], false)));
    }

    #[test]
    fn bad_quotation_marks_are_found() {
        for (text, position) in [
            ("a,\"b\",\"c\nd\"\n\"\"\r\n\"e \"\"f\"\"\"", None),
            ("a\"b,5\",x\"", None),
            ("\"a\" ,\"b\"  \nc", None),
            ("a,\"b\n", Some(2)),
            ("a,\"\"\"", Some(2)),
            ("a\n\"b\"c\n", Some(2)),
            ("a,\"b\" \"c\"", Some(2)),
            ("\"a\";b", Some(0)),
        ] {
            let found = bad_quote(text.as_bytes(), b',');
            assert_eq!(found.map(|bad| bad.position), position, "{text}");
        }
        assert_eq!(bad_quote(b"\"a\";b", b';'), None);
    }

    #[test]
    fn the_line_of_a_wrong_character_is_returned() {
        // A surrogate without its other half.
        let mut bytes = b"\xFF\xFEa\0\n\0b\0".to_vec();
        bytes.extend([0x00, 0xD8, b'c', 0]);
        assert_eq!(read(&bytes), Err(BadText { line: 2 }));
        assert_eq!(read(b"\xFE\xFF\0a\0\r\0\n\0\n\0"), Err(BadText { line: 3 }));
    }
}
