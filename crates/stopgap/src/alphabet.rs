//! The sixteen symbols of a code, and the reading of typed characters.

use core::fmt;

use crate::{
    check_symbol::check_symbol, code::MAX_SYMBOLS, invalid_value::InvalidValue,
    malformed::Malformed,
};

/// The reading of a character that is no symbol but may stand between symbols.
pub(crate) const IGNORED: u8 = 0x80;
/// The reading of a character that has no place in a code.
pub(crate) const UNEXPECTED: u8 = 0xFF;

/// Sixteen distinct symbols of `0-9A-Z`. The symbol at index *i* stands for the nibble
/// *i* (SPEC, "Alphabets").
///
/// Lower-case letters are read as upper case. If look-alikes are folded, an `O` is
/// read as `0`. Alphabets can be made at compile time:
///
/// ```
/// use stopgap::Alphabet;
///
/// const CONSONANTS: Alphabet = match Alphabet::new("BCDFGHJKMPQRTVWX") {
///     Ok(alphabet) => alphabet,
///     Err(_) => panic!("not an alphabet"),
/// };
/// assert_eq!(CONSONANTS.symbols(), "BCDFGHJKMPQRTVWX");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Alphabet {
    symbols: [u8; 16],
    reading: Reading,
}

/// A letter that people mistake for a digit (SPEC, "Reading what a person
/// typed").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum LookAlike {
    /// `O` is read as `0`.
    #[cfg_attr(feature = "serde", serde(rename = "O=0"))]
    OAsZero,
    /// `I` is read as `1`.
    #[cfg_attr(feature = "serde", serde(rename = "I=1"))]
    IAsOne,
    /// `L` is read as `1`.
    #[cfg_attr(feature = "serde", serde(rename = "L=1"))]
    LAsOne,
}

impl LookAlike {
    /// Every look-alike that the protocol knows.
    pub const ALL: [Self; 3] = [Self::OAsZero, Self::IAsOne, Self::LAsOne];

    /// Returns the letter that is typed and the digit that it is read as.
    const fn pair(self) -> (u8, u8) {
        match self {
            Self::OAsZero => (b'O', b'0'),
            Self::IAsOne => (b'I', b'1'),
            Self::LAsOne => (b'L', b'1'),
        }
    }
}

impl Alphabet {
    /// `0123456789ABCDEF`, the default of online and security codes.
    pub const HEX: Self = Self::of(*b"0123456789ABCDEF");

    /// `Z3467ACEFHJKRWXY`, the default of request codes and offline codes. No two of
    /// its symbols look or sound alike.
    pub const UNAMBIGUOUS: Self = Self::of(*b"Z3467ACEFHJKRWXY");

    /// Returns an alphabet of 16 symbols of your own.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::WrongCount`] unless there are 16 characters. Otherwise the
    /// error of the first wrong one from the left: a lower-case letter, a character
    /// outside `0-9A-Z`, or a repetition.
    pub const fn new(symbols: &str) -> Result<Self, InvalidValue> {
        let found = count_characters(symbols.as_bytes());
        let mut checked = [0_u8; 16];
        if found != checked.len() {
            return Err(InvalidValue::WrongCount { found });
        }
        let mut rest = symbols.as_bytes();
        let mut reading = const { Reading::new() };
        let mut position = 0_usize;
        while let [symbol, behind @ ..] = rest {
            if symbol.is_ascii_lowercase() {
                return Err(InvalidValue::LowerCase { position });
            }
            if !symbol.is_ascii_digit() && !symbol.is_ascii_uppercase() {
                return Err(InvalidValue::NotASymbol { position });
            }
            if reading.get(*symbol) != UNEXPECTED {
                return Err(InvalidValue::Repeated { position });
            }
            reading.set(*symbol, *symbol);
            if let Some((_, [place, ..])) = checked.split_at_mut_checked(position) {
                *place = *symbol;
            }
            position = position.saturating_add(1);
            rest = behind;
        }
        Ok(Self {
            symbols: checked,
            reading,
        })
    }

    /// Returns the alphabet of symbols that are known to be valid.
    const fn of(symbols: [u8; 16]) -> Self {
        let mut reading = Reading::new();
        let mut rest = symbols.as_slice();
        while let [symbol, behind @ ..] = rest {
            reading.set(*symbol, *symbol);
            rest = behind;
        }
        Self { symbols, reading }
    }

    /// Folds every look-alike: an `O` is read as `0`, an `I` or an `L` as `1`, if the
    /// digit is a symbol. An alphabet without these digits does not change.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::Ambiguous`] if letter and digit are both symbols.
    pub const fn fold_look_alikes(self) -> Result<Self, InvalidValue> {
        let mut alphabet = self;
        let mut rest = LookAlike::ALL.as_slice();
        while let [look_alike, behind @ ..] = rest {
            alphabet = match alphabet.fold(*look_alike) {
                Ok(folded) => folded,
                Err(ambiguous) => return Err(ambiguous),
            };
            rest = behind;
        }
        Ok(alphabet)
    }

    /// Folds one look-alike. An alphabet without the digit does not change.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::Ambiguous`] if letter and digit are both symbols.
    pub const fn fold(mut self, look_alike: LookAlike) -> Result<Self, InvalidValue> {
        let (letter, digit) = look_alike.pair();
        if self.reading.get(digit) != digit {
            return Ok(self);
        }
        if self.reading.get(letter) == letter {
            return Err(InvalidValue::Ambiguous {
                letter: letter as char,
                digit: digit as char,
            });
        }
        self.reading.set(letter, digit);
        Ok(self)
    }

    /// Returns the look-alikes that are folded.
    pub fn look_alikes(&self) -> impl Iterator<Item = LookAlike> {
        LookAlike::ALL
            .into_iter()
            .filter(|look_alike| self.folds(*look_alike))
    }

    /// Returns the bits of the look-alikes that are folded: 1 for `O`, 2 for `I`, 4 for
    /// `L`.
    pub(crate) fn look_alike_bits(&self) -> u8 {
        let bits = (0_u8..).zip(LookAlike::ALL);
        bits.fold(0, |bits, (place, look_alike)| {
            bits | (u8::from(self.folds(look_alike)) << place)
        })
    }

    fn folds(&self, look_alike: LookAlike) -> bool {
        let (letter, digit) = look_alike.pair();
        self.reading.get(letter) == digit
    }

    /// Returns the 16 symbols, in the order of the nibbles that they stand for.
    #[must_use]
    pub const fn symbols(&self) -> &str {
        match core::str::from_utf8(&self.symbols) {
            Ok(symbols) => symbols,
            // Symbols are ASCII.
            Err(_) => "",
        }
    }

    /// Returns the check symbol of any number of symbols, by ISO/IEC 7064, hybrid
    /// system MOD 17,16.
    ///
    /// Symbols are in upper case and without hyphens. They are no secret here: the
    /// time depends on them. A [`CodeFormat`](crate::CodeFormat) with `check_symbol`
    /// adds the check symbol, in constant time.
    ///
    /// ```
    /// use stopgap::Alphabet;
    ///
    /// assert_eq!(Alphabet::HEX.check_symbol("D13C978E"), Ok('6'));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Malformed::UnexpectedSymbol`] if a character is no symbol.
    pub fn check_symbol(&self, symbols: &str) -> Result<char, Malformed> {
        let unexpected = |character: char| {
            let byte = u8::try_from(character).ok();
            byte.and_then(|byte| self.nibble(byte)).is_none()
        };
        if let Some(position) = symbols.chars().position(unexpected) {
            return Err(Malformed::UnexpectedSymbol { position });
        }
        let nibbles = symbols.bytes().filter_map(|symbol| self.nibble(symbol));
        let [check, ..] = self.write(&[check_symbol(nibbles); MAX_SYMBOLS]);
        Ok(char::from(check))
    }

    /// Returns the symbols of secret nibbles, each 0 to 15. All sixteen symbols are
    /// compared with all nibbles, eight to a word, so no branch and no index depends on
    /// a nibble.
    pub(crate) fn write(&self, nibbles: &[u8; MAX_SYMBOLS]) -> [u8; MAX_SYMBOLS] {
        /// Each byte of a word.
        const ONES: u64 = 0x0101_0101_0101_0101;
        let mut written = [0; MAX_SYMBOLS];
        let words = nibbles.as_chunks().0.iter();
        for (place, eight) in written.as_chunks_mut().0.iter_mut().zip(words) {
            let eight = u64::from_ne_bytes(*eight);
            let mut found = 0_u64;
            for (nibble, symbol) in (0_u8..).zip(&self.symbols) {
                let differing = eight ^ ONES.wrapping_mul(nibble.into());
                // Adding fifteen carries into the fifth bit of each byte that differs.
                let same = !(differing.wrapping_add(ONES.wrapping_mul(0x0F)) >> 4) & ONES;
                found |= same.wrapping_mul(0xFF) & ONES.wrapping_mul((*symbol).into());
            }
            *place = found.to_ne_bytes();
        }
        written
    }

    /// Returns the nibble of a symbol, which is no secret here.
    pub(crate) fn nibble(&self, symbol: u8) -> Option<u8> {
        (0_u8..)
            .zip(&self.symbols)
            .find_map(|(nibble, candidate)| (*candidate == symbol).then_some(nibble))
    }

    /// Returns the reading of an ASCII character: its symbol, [`IGNORED`] or
    /// [`UNEXPECTED`].
    #[inline]
    pub(crate) const fn read_ascii(&self, byte: u8) -> u8 {
        self.reading.get(byte)
    }
}

/// Returns the number of characters of UTF-8.
const fn count_characters(mut text: &[u8]) -> usize {
    let mut count = 0_usize;
    while let [byte, rest @ ..] = text {
        // All but continuation bytes begin a character.
        if *byte & 0xC0 != 0x80 {
            count = count.saturating_add(1);
        }
        text = rest;
    }
    count
}

/// The reading of each ASCII character: its symbol, [`IGNORED`] or [`UNEXPECTED`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Reading([u8; 128]);

#[expect(
    clippy::indexing_slicing,
    reason = "`get` is not const; 7 bits index 128 places"
)]
impl Reading {
    /// Returns a reading in which ASCII hyphens and white space are ignored, and all
    /// else is unexpected.
    const fn new() -> Self {
        let mut reading = Self([UNEXPECTED; 128]);
        let mut rest = b"-\t\n\x0B\x0C\r ".as_slice();
        while let [byte, behind @ ..] = rest {
            reading.set(*byte, IGNORED);
            rest = behind;
        }
        reading
    }

    const fn get(&self, byte: u8) -> u8 {
        if byte.is_ascii() {
            self.0[(byte & 0x7F) as usize]
        } else {
            UNEXPECTED
        }
    }

    /// Sets the reading of a character, and of its lower-case letter.
    const fn set(&mut self, byte: u8, reading: u8) {
        self.0[(byte & 0x7F) as usize] = reading;
        self.0[(byte.to_ascii_lowercase() & 0x7F) as usize] = reading;
    }
}

impl fmt::Debug for Alphabet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alphabet")
            .field("symbols", &self.symbols())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    use alloc::{string::String, vec::Vec};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::{Alphabet, LookAlike};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Form {
        symbols: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        look_alikes: Vec<LookAlike>,
    }

    impl Serialize for Alphabet {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let form = Form {
                symbols: self.symbols().into(),
                look_alikes: self.look_alikes().collect(),
            };
            form.serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Alphabet {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let form = Form::deserialize(deserializer)?;
            let alphabet = Alphabet::new(&form.symbols).map_err(D::Error::custom)?;
            form.look_alikes
                .into_iter()
                .try_fold(alphabet, Alphabet::fold)
                .map_err(D::Error::custom)
        }
    }
}
