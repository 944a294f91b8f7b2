//! A reader of the JSON that an enrolment file has: one object of texts, whole numbers and
//! booleans. It allocates nothing, and an error holds nothing of the text.

/// The reason for which a file is refused.
pub(crate) enum Wrong {
    /// The text is wrong at the reader's position.
    Here,
    /// A version that this library does not read.
    Version(u32),
}

/// A position in a text.
pub(crate) struct Json<'a> {
    text: &'a [u8],
    position: usize,
}

impl<'a> Json<'a> {
    /// Returns a reader at the first byte after a byte-order mark.
    pub(crate) fn new(text: &'a [u8]) -> Self {
        let position = if text.starts_with(b"\xEF\xBB\xBF") {
            3
        } else {
            0
        };
        Self { text, position }
    }

    /// Returns the number of bytes that were read.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.position).copied()
    }

    fn next(&mut self) -> Result<u8, Wrong> {
        let byte = self.peek().ok_or(Wrong::Here)?;
        self.position = self.position.saturating_add(1);
        Ok(byte)
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.position = self.position.saturating_add(1);
        }
    }

    /// Takes a byte of the syntax, and white space before it.
    pub(crate) fn take(&mut self, expected: u8) -> Result<(), Wrong> {
        self.skip_space();
        if self.peek() != Some(expected) {
            return Err(Wrong::Here);
        }
        self.next().map(drop)
    }

    /// Takes the white space at the end, behind which there must be nothing.
    pub(crate) fn end(&mut self) -> Result<(), Wrong> {
        self.skip_space();
        self.peek().map_or(Ok(()), |_| Err(Wrong::Here))
    }

    /// Takes `true` or `false`.
    pub(crate) fn boolean(&mut self) -> Result<bool, Wrong> {
        self.skip_space();
        let rest = self.text.get(self.position..).unwrap_or_default();
        let (value, length) = if rest.starts_with(b"true") {
            (true, 4)
        } else if rest.starts_with(b"false") {
            (false, 5)
        } else {
            return Err(Wrong::Here);
        };
        self.position = self.position.saturating_add(length);
        Ok(value)
    }

    /// Takes a whole number of at most 32 bits.
    pub(crate) fn number(&mut self) -> Result<u32, Wrong> {
        self.skip_space();
        let digit = |byte: u8| char::from(byte).to_digit(10);
        let first = self.peek().and_then(digit).ok_or(Wrong::Here)?;
        self.next()?;
        let mut number = first;
        while let Some(digit) = self.peek().and_then(digit) {
            // A number has no leading zero.
            let larger = number.checked_mul(10).filter(|_| number != 0);
            let larger = larger.and_then(|number| number.checked_add(digit));
            number = larger.ok_or(Wrong::Here)?;
            self.next()?;
        }
        match self.peek() {
            Some(b'.' | b'e' | b'E') => Err(Wrong::Here),
            _ => Ok(number),
        }
    }

    /// Takes a text, and returns its bytes in the buffer. The text may be no UTF-8.
    pub(crate) fn string<'b, const N: usize>(
        &mut self,
        buffer: &'b mut [u8; N],
    ) -> Result<&'b [u8], Wrong> {
        self.take(b'"')?;
        let mut length = 0_usize;
        loop {
            let at = self.position;
            let byte = self.next()?;
            let mut escaped = [0; 4];
            let bytes: &[u8] = match byte {
                b'"' => return Ok(buffer.get(..length).unwrap_or_default()),
                b'\\' => self.escape()?.encode_utf8(&mut escaped).as_bytes(),
                0..=0x1F => {
                    self.position = at;
                    return Err(Wrong::Here);
                }
                _ => &[byte],
            };
            let end = length.saturating_add(bytes.len());
            let place = buffer.get_mut(length..end).ok_or(Wrong::Here)?;
            place.copy_from_slice(bytes);
            length = end;
        }
    }

    /// Takes an escaped character, after its backslash.
    fn escape(&mut self) -> Result<char, Wrong> {
        Ok(match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => byte.into(),
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.unit()?;
                let second = match first {
                    0xD800..=0xDBFF => {
                        let is_escaped = self.next()? == b'\\' && self.next()? == b'u';
                        let unit = self.unit()?;
                        Some(unit).filter(|_| is_escaped)
                    }
                    _ => None,
                };
                let units = [Some(first), second].into_iter().flatten();
                let mut read = char::decode_utf16(units);
                match (read.next(), read.next()) {
                    (Some(Ok(character)), None) => character,
                    _ => return Err(Wrong::Here),
                }
            }
            _ => return Err(Wrong::Here),
        })
    }

    /// Takes four hexadecimal digits.
    fn unit(&mut self) -> Result<u16, Wrong> {
        let mut unit = 0_u32;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or(Wrong::Here)?;
            unit = unit.saturating_mul(16).saturating_add(digit);
        }
        u16::try_from(unit).map_err(|_| Wrong::Here)
    }
}
