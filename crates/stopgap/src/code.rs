//! A code in its canonical form, and the text that shows it to people.

use core::fmt;

use crate::{
    code_length::{CodeLength, MAX_SYMBOLS, MIN_SYMBOLS},
    error::Malformed,
    secret::wipe,
    spoken::Spoken,
};

/// The most bytes of a text that may be a code. A longer text is refused unread, so
/// that its length costs no time.
pub(crate) const MAX_BYTES: usize = 256;
/// Groups of four, with a hyphen between them.
const GROUP: usize = 4;
const MAX_GROUPED: usize = MAX_SYMBOLS + MAX_SYMBOLS / GROUP - 1;

/// A code in canonical form (SPEC, "Alphabets"): a secret.
///
/// It is wiped from memory when dropped, and shows itself by
/// [`reveal`](Self::reveal) alone. It cannot be printed by accident,
///
/// ```compile_fail,E0277
/// # use stopgap::{CodeFormat};
/// let code = CodeFormat::ONLINE.normalize("3F9A77C201BE").unwrap();
/// println!("{code}");
/// ```
///
/// its `Debug` is redacted,
///
/// ```
/// # use stopgap::{CodeFormat};
/// let code = CodeFormat::ONLINE.normalize("3F9A77C201BE").unwrap();
/// assert_eq!(format!("{code:?}"), "Code(12 symbols)");
/// ```
///
/// and it cannot be compared, because `==` stops at the first difference and so
/// tells how much of a guess was right; a record verifies it instead.
///
/// ```compile_fail,E0369
/// # use stopgap::{CodeFormat};
/// let code = CodeFormat::ONLINE.normalize("3F9A77C201BE").unwrap();
/// let other = CodeFormat::ONLINE.normalize("3F9A77C201BE").unwrap();
/// assert!(code == other);
/// ```
pub struct Code {
    symbols: [u8; MAX_SYMBOLS],
    length: usize,
}

impl Code {
    /// The code of these symbols, for one that comes back from a caller who was
    /// shown it: 8 to 32 of `0-9A-Z`, just as
    /// [`canonical`](Revealed::canonical) gives them.
    ///
    /// No alphabet is known here, so nothing is folded and no check symbol is
    /// looked at: a small letter or a hyphen does not belong. What a person typed
    /// is for [`CodeFormat::normalize`](crate::CodeFormat::normalize). Nothing is
    /// allocated.
    ///
    /// ```
    /// use stopgap::{Code, Malformed};
    ///
    /// let code = Code::from_canonical("3F9A77C201BE")?;
    /// assert_eq!(code.reveal().as_str(), "3F9A-77C2-01BE");
    /// let hyphen = Code::from_canonical("3F9A-77C2-01BE").unwrap_err();
    /// assert_eq!(hyphen, Malformed::UnexpectedSymbol { position: 4 });
    /// # Ok::<(), Malformed>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Malformed`], as of what is typed: `TooLong`, `UnexpectedSymbol`, or
    /// `WrongLength`, which expects the nearest length that a code may have: 8
    /// where there are fewer symbols, 32 where there are more.
    pub fn from_canonical(symbols: &str) -> Result<Self, Malformed> {
        if symbols.len() > MAX_BYTES {
            return Err(Malformed::TooLong);
        }
        let foreign = |symbol| !matches!(symbol, '0'..='9' | 'A'..='Z');
        if let Some(position) = symbols.chars().position(foreign) {
            return Err(Malformed::UnexpectedSymbol { position });
        }
        let found = symbols.len();
        let Ok(length) = CodeLength::new(found) else {
            let expected = found.clamp(MIN_SYMBOLS, MAX_SYMBOLS);
            return Err(Malformed::WrongLength { expected, found });
        };
        let mut code = Self::empty();
        for (index, symbol) in symbols.bytes().enumerate() {
            code.set(index, symbol);
        }
        Ok(code.cut(length))
    }

    pub(crate) const fn empty() -> Self {
        Self {
            symbols: [0; MAX_SYMBOLS],
            length: 0,
        }
    }

    /// Writes a symbol at `index`; past the end nothing happens.
    pub(crate) fn set(&mut self, index: usize, symbol: u8) {
        if let Some(place) = self.symbols.get_mut(index) {
            *place = symbol;
        }
    }

    /// A code of symbols that are there already.
    pub(crate) const fn of(symbols: [u8; MAX_SYMBOLS], length: CodeLength) -> Self {
        Self {
            symbols,
            length: length.symbols(),
        }
    }

    /// The first `length` of the symbols that were set.
    pub(crate) const fn cut(mut self, length: CodeLength) -> Self {
        self.length = length.symbols();
        self
    }

    /// The canonical form, upper-case ASCII without hyphens: what is digested.
    pub(crate) fn ascii(&self) -> &[u8] {
        self.symbols.get(..self.length).unwrap_or_default()
    }

    /// be16(number of symbols), of which there are at most 32.
    pub(crate) fn length(&self) -> [u8; 2] {
        u16::try_from(self.length).unwrap_or_default().to_be_bytes()
    }

    /// Shows the code: as `3F9A-77C2-01BE`, without its hyphens, or in words to
    /// read aloud. What is shown is wiped when dropped; the copies that you
    /// make of it are yours to keep safe.
    #[must_use]
    pub fn reveal(&self) -> Revealed<'_> {
        let mut grouped = [b'-'; MAX_GROUPED];
        let groups = self.symbols.as_chunks::<GROUP>().0;
        // Whole groups, also behind the last symbol, are faster than their parts.
        for (places, group) in grouped.chunks_mut(GROUP + 1).zip(groups) {
            if let Some(places) = places.first_chunk_mut() {
                *places = *group;
            }
        }
        let hyphens = self.length.saturating_sub(1) / GROUP;
        let length = self.length.saturating_add(hyphens);
        Revealed {
            code: self,
            grouped,
            length,
        }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        wipe(&mut self.symbols);
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({} symbols)", self.length)
    }
}

/// A code in plain sight, from [`Code::reveal`] (SPEC, "Reading what a person
/// typed"). Displays as groups of four with hyphens, `3F9A-77C2-01BE`.
pub struct Revealed<'a> {
    code: &'a Code,
    grouped: [u8; MAX_GROUPED],
    length: usize,
}

impl Revealed<'_> {
    /// Groups of four symbols with hyphens between them: `3F9A-77C2-01BE`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        text(self.as_bytes())
    }

    /// [`as_str`](Self::as_str) as its ASCII bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.grouped.get(..self.length).unwrap_or_default()
    }

    /// The symbols alone: `3F9A77C201BE`.
    #[must_use]
    pub fn canonical(&self) -> &str {
        text(self.code.ascii())
    }

    /// Words to read aloud: `Three Foxtrot Nine Alfa, Seven Seven …`, with the
    /// ICAO spelling alphabet and plain English digits. Words differ in length,
    /// so unlike the other forms this one takes time that depends on the code.
    #[must_use]
    pub fn spoken(&self) -> Spoken<'_> {
        Spoken::new(self.code.ascii())
    }
}

/// Symbols are ASCII, so this never takes the default.
pub(crate) fn text(ascii: &[u8]) -> &str {
    core::str::from_utf8(ascii).unwrap_or_default()
}

impl fmt::Display for Revealed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Revealed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed(..)")
    }
}

impl Drop for Revealed<'_> {
    fn drop(&mut self) {
        wipe(&mut self.grouped);
    }
}
