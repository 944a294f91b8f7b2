//! A code in its canonical form, and the text that shows it to people.

use core::fmt;

use zeroize::zeroize_bytes as wipe;

use crate::{malformed::Malformed, spoken::Spoken};

/// The fewest symbols of a code, a check symbol not counted.
pub(crate) const MIN_SYMBOLS: u8 = 8;
/// The most symbols of a code, a check symbol counted.
pub(crate) const MAX_SYMBOLS: usize = 32;

/// The most bytes of a text that may be a code. A longer text is refused unread, so
/// its length costs no time.
pub(crate) const MAX_BYTES: usize = 256;
/// [`MAX_SYMBOLS`] as the length of a code.
const MAX_LENGTH: u8 = 32;
/// The symbols of a group; a hyphen is between two groups.
const GROUP: usize = 4;
const MAX_GROUPED: usize = MAX_SYMBOLS + MAX_SYMBOLS / GROUP - 1;

/// A code in canonical form: a secret (SPEC, "Alphabets").
///
/// A code is wiped from memory when it is dropped. It shows itself by
/// [`reveal`](Self::reveal) alone, so it cannot be printed by accident:
///
/// ```compile_fail,E0277
/// # use stopgap::CodeFormat;
/// let code = CodeFormat::ONLINE.normalize("3F9A77C201BE").unwrap();
/// println!("{code}");
/// ```
///
/// `Debug` is redacted:
///
/// ```
/// # use stopgap::CodeFormat;
/// let code = CodeFormat::ONLINE.normalize("3F9A77C201BE").unwrap();
/// assert_eq!(format!("{code:?}"), "Code(12 symbols)");
/// ```
///
/// Codes cannot be compared, because `==` stops at the first difference and so tells
/// how much of a guess was right. A record verifies a code instead.
///
/// ```compile_fail,E0369
/// # use stopgap::CodeFormat;
/// let code = CodeFormat::ONLINE.normalize("3F9A77C201BE").unwrap();
/// let other = CodeFormat::ONLINE.normalize("3F9A77C201BE").unwrap();
/// assert!(code == other);
/// ```
pub struct Code {
    symbols: [u8; MAX_SYMBOLS],
    length: u8,
}

impl Code {
    /// Returns the code of these symbols: 8 to 32 of `0-9A-Z`, as
    /// [`canonical`](Revealed::canonical) gives them. Nothing is allocated.
    ///
    /// Use it for a code that comes back from a caller to whom it was shown. No
    /// alphabet is known here, so nothing is folded, and lower-case letters and
    /// hyphens are errors. Text that a person typed is for
    /// [`CodeFormat::normalize`](crate::CodeFormat::normalize).
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
    /// [`Malformed`]: `TooLong`, `UnexpectedSymbol`, or `WrongLength` with the nearest
    /// length that a code may have: 8 if there are fewer symbols, 32 if there are more.
    pub fn from_canonical(symbols: &str) -> Result<Self, Malformed> {
        if symbols.len() > MAX_BYTES {
            return Err(Malformed::TooLong);
        }
        // Without an early exit, the loop takes many bytes at a time.
        let is_symbol = |byte: u8| byte.is_ascii_digit() | byte.is_ascii_uppercase();
        if !symbols
            .bytes()
            .fold(true, |all, byte| all & is_symbol(byte))
        {
            let is_foreign = |symbol| !u8::try_from(symbol).is_ok_and(is_symbol);
            let position = symbols.chars().position(is_foreign).unwrap_or_default();
            return Err(Malformed::UnexpectedSymbol { position });
        }
        let found = symbols.len();
        let length = found.clamp(MIN_SYMBOLS.into(), MAX_SYMBOLS);
        if found != length {
            let expected = length;
            return Err(Malformed::WrongLength { expected, found });
        }
        // At most 32, so never the default.
        let mut code = Self::empty(u8::try_from(length).unwrap_or_default());
        if let Some(places) = code.symbols.get_mut(..length) {
            places.copy_from_slice(symbols.as_bytes());
        }
        Ok(code)
    }

    /// Returns a code of `length` symbols, at most 32, that are still to be set.
    pub(crate) fn empty(length: u8) -> Self {
        Self::of([0; MAX_SYMBOLS], length)
    }

    /// Writes a symbol at `index`; past the end nothing happens.
    pub(crate) fn set(&mut self, index: usize, symbol: u8) {
        if let Some(place) = self.symbols.get_mut(index) {
            *place = symbol;
        }
    }

    /// Returns the code of the first `length` symbols, at most 32.
    pub(crate) fn of(symbols: [u8; MAX_SYMBOLS], length: u8) -> Self {
        let length = length.min(MAX_LENGTH);
        Self { symbols, length }
    }

    /// Returns the canonical form that is digested: upper-case ASCII without hyphens.
    pub(crate) fn ascii(&self) -> &[u8] {
        self.symbols.get(..self.length.into()).unwrap_or_default()
    }

    /// Shows the code: as `3F9A-77C2-01BE`, without hyphens, or in words to read
    /// aloud. The returned value is wiped when it is dropped; copies that you make of
    /// it are yours to protect.
    #[must_use]
    pub fn reveal(&self) -> Revealed<'_> {
        let mut grouped = [b'-'; MAX_GROUPED];
        let groups = self.symbols.as_chunks::<GROUP>().0;
        // Copying whole groups, also behind the last symbol, is faster than parts.
        for (places, group) in grouped.chunks_mut(GROUP + 1).zip(groups) {
            if let Some(places) = places.first_chunk_mut() {
                *places = *group;
            }
        }
        let symbols = usize::from(self.length);
        let hyphens = symbols.saturating_sub(1) / GROUP;
        let length = symbols.saturating_add(hyphens);
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

/// A code in plain sight, from [`Code::reveal`] (SPEC, "Reading what a person typed").
/// It displays as groups of four with hyphens, `3F9A-77C2-01BE`.
pub struct Revealed<'a> {
    code: &'a Code,
    grouped: [u8; MAX_GROUPED],
    length: usize,
}

impl Revealed<'_> {
    /// Returns groups of four symbols with hyphens between them: `3F9A-77C2-01BE`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        text(self.as_bytes())
    }

    /// Returns [`as_str`](Self::as_str) as ASCII bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.grouped.get(..self.length).unwrap_or_default()
    }

    /// Returns the symbols without hyphens: `3F9A77C201BE`.
    #[must_use]
    pub fn canonical(&self) -> &str {
        text(self.code.ascii())
    }

    /// Returns words to read aloud: `Three Foxtrot Nine Alfa, Seven Seven …`, with the
    /// ICAO spelling alphabet and plain English digits, or those of another
    /// [language](Spoken::in_language). Words differ in length, so this form takes time
    /// that depends on the code; the others do not.
    #[must_use]
    pub fn spoken(&self) -> Spoken<'_> {
        Spoken::new(self.code.ascii())
    }
}

/// Returns ASCII as text.
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
