//! Sixteen symbols that codes are written in, and what typed characters mean.

use core::fmt;

use crate::{check_symbol::check_symbol, code_length::MAX_SYMBOLS, error::Malformed};

/// The reading of a character that is no symbol but may stand between symbols.
pub(crate) const IGNORED: u8 = 0x80;
/// The reading of a character that has no place in a code.
pub(crate) const UNEXPECTED: u8 = 0xFF;

/// Sixteen distinct symbols out of `0-9A-Z`; the symbol at index *i* stands for
/// the nibble *i* (SPEC, "Alphabets").
///
/// An alphabet also knows how to read: letters of either case are their
/// upper-case symbol, and where look-alike folding was switched on, an `O` is a
/// `0`. Alphabets are values that can be made at compile time:
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

    /// What is typed, and what it is read as.
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

    /// `Z3467ACEFHJKRWXY`, the default of request codes and offline codes: no
    /// two of its symbols look or sound alike.
    pub const UNAMBIGUOUS: Self = Self::of(*b"Z3467ACEFHJKRWXY");

    /// An alphabet of one's own.
    ///
    /// # Errors
    ///
    /// [`AlphabetError`] says which symbol is a small letter, outside `0-9A-Z`
    /// or there twice, or how many symbols there are where there should be 16.
    pub const fn new(symbols: &str) -> Result<Self, AlphabetError> {
        let mut rest = symbols.as_bytes();
        let mut checked = [0_u8; 16];
        let mut reading = const { Reading::new() };
        let mut position = 0_usize;
        while let [symbol, behind @ ..] = rest {
            if symbol.is_ascii_lowercase() {
                return Err(AlphabetError::Lowercase { position });
            }
            if !symbol.is_ascii_digit() && !symbol.is_ascii_uppercase() {
                return Err(AlphabetError::NotASymbol { position });
            }
            if reading.get(*symbol) != UNEXPECTED {
                return Err(AlphabetError::Repeated { position });
            }
            reading.set(*symbol, *symbol);
            if let Some((_, [place, ..])) = checked.split_at_mut_checked(position) {
                *place = *symbol;
            }
            position = position.saturating_add(1);
            rest = behind;
        }
        if position == checked.len() {
            Ok(Self {
                symbols: checked,
                reading,
            })
        } else {
            Err(AlphabetError::WrongCount { found: position })
        }
    }

    /// For symbols that are known to be sound.
    const fn of(symbols: [u8; 16]) -> Self {
        let mut reading = Reading::new();
        let mut rest = symbols.as_slice();
        while let [symbol, behind @ ..] = rest {
            reading.set(*symbol, *symbol);
            rest = behind;
        }
        Self { symbols, reading }
    }

    /// Switches every look-alike on: an `O` is read as `0`, an `I` or an `L` as
    /// `1`, wherever the digit is a symbol. Nothing changes for an alphabet
    /// without these digits.
    ///
    /// # Errors
    ///
    /// [`AlphabetError::Ambiguous`] where letter and digit are both symbols.
    pub const fn fold_look_alikes(self) -> Result<Self, AlphabetError> {
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

    /// Switches one look-alike on, as [`fold_look_alikes`](Self::fold_look_alikes)
    /// does with all.
    ///
    /// # Errors
    ///
    /// [`AlphabetError::Ambiguous`] where letter and digit are both symbols.
    pub const fn fold(mut self, look_alike: LookAlike) -> Result<Self, AlphabetError> {
        let (letter, digit) = look_alike.pair();
        if self.reading.get(digit) != digit {
            return Ok(self);
        }
        if self.reading.get(letter) == letter {
            return Err(AlphabetError::Ambiguous {
                letter: letter as char,
                digit: digit as char,
            });
        }
        self.reading.set(letter, digit);
        Ok(self)
    }

    /// The look-alikes that are switched on.
    pub fn look_alikes(&self) -> impl Iterator<Item = LookAlike> {
        LookAlike::ALL.into_iter().filter(|look_alike| {
            let (letter, digit) = look_alike.pair();
            self.reading.get(letter) == digit
        })
    }

    /// The 16 symbols, in the order of the nibbles they stand for.
    #[must_use]
    pub const fn symbols(&self) -> &str {
        match core::str::from_utf8(&self.symbols) {
            Ok(symbols) => symbols,
            // Symbols are ASCII.
            Err(_) => "",
        }
    }

    /// The check symbol of any number of symbols, by ISO/IEC 7064, hybrid system
    /// MOD 17,16. Symbols are read as they stand: in their own case and without
    /// hyphens, and not as a secret: the time this takes depends on them. A
    /// [`CodeFormat`](crate::CodeFormat) with `check_symbol` does it by itself, and
    /// in constant time.
    ///
    /// ```
    /// use stopgap::Alphabet;
    ///
    /// assert_eq!(Alphabet::HEX.check_symbol("D13C978E"), Ok('6'));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Malformed::UnexpectedSymbol`] for anything but a symbol.
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

    /// The symbols of secret nibbles, each 0 to 15: all sixteen symbols are laid over
    /// all of the nibbles, eight to a word, so there is no branch and no index that
    /// could depend on one.
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
                // Fifteen more carries into the fifth bit wherever there is a difference.
                let same = !(differing.wrapping_add(ONES.wrapping_mul(0x0F)) >> 4) & ONES;
                found |= same.wrapping_mul(0xFF) & ONES.wrapping_mul((*symbol).into());
            }
            *place = found.to_ne_bytes();
        }
        written
    }

    /// The nibble of a symbol, which is no secret here.
    pub(crate) fn nibble(&self, symbol: u8) -> Option<u8> {
        (0_u8..)
            .zip(&self.symbols)
            .find_map(|(nibble, candidate)| (*candidate == symbol).then_some(nibble))
    }

    /// What an ASCII character means: its symbol, [`IGNORED`] or [`UNEXPECTED`].
    #[inline]
    pub(crate) const fn read_ascii(&self, byte: u8) -> u8 {
        self.reading.get(byte)
    }
}

/// For each ASCII character: its symbol, [`IGNORED`] or [`UNEXPECTED`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Reading([u8; 128]);

#[expect(
    clippy::indexing_slicing,
    reason = "`get` is not const; 7 bits index 128 places"
)]
impl Reading {
    /// Hyphen and the ASCII part of Unicode's `White_Space` are ignored, all else
    /// is unexpected.
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

    /// Sets the reading of a character, and of the small letter to a capital.
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

/// Why characters are no [`Alphabet`] (SPEC, "Alphabets"). Positions count characters from
/// 0; an alphabet is no secret, but the error does not need its characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AlphabetError {
    /// There are not 16 symbols.
    #[error("an alphabet has 16 symbols, this one has {found}")]
    WrongCount {
        /// How many there are.
        found: usize,
    },
    /// A letter in lower case: what is typed is folded to upper case, so it
    /// could never be met.
    #[error("the symbol at position {position} is a small letter; use the capital")]
    Lowercase {
        /// Which symbol, from 0.
        position: usize,
    },
    /// A character that is neither a digit nor an ASCII letter.
    #[error("the symbol at position {position} is not one of 0-9 and A-Z")]
    NotASymbol {
        /// Which symbol, from 0.
        position: usize,
    },
    /// A symbol that stood there before.
    #[error("the symbol at position {position} is there twice")]
    Repeated {
        /// Where it stands again, from 0.
        position: usize,
    },
    /// Folding the letter would make another valid code of a valid code.
    #[error("{letter} cannot be read as {digit}: both are symbols of this alphabet")]
    Ambiguous {
        /// The letter that was to be folded.
        letter: char,
        /// The digit it was to become.
        digit: char,
    },
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
