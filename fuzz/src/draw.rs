//! Values drawn from the bytes of an input. When no bytes are left, a number is the
//! lowest, a choice is the first, and a text is empty.

use std::{convert::Infallible, ops::RangeInclusive};

use arbitrary::{Unstructured, unstructured::Int};
use chrono::{DateTime, Utc};
use stopgap::{
    Alphabet, CodeFormat, LookAlike, Validity,
    rand_core::{TryCryptoRng, TryRng},
};

/// The rest of an input.
#[derive(Debug)]
pub struct Draw<'a>(Unstructured<'a>);

impl<'a> Draw<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    pub fn number<T: Int>(&mut self, range: RangeInclusive<T>) -> T {
        let least = *range.start();
        self.0.int_in_range(range).unwrap_or(least)
    }

    pub fn coin(&mut self) -> bool {
        self.number(0..=1_u8) == 1
    }

    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.number(0..=choices.len() - 1)]
    }

    /// Returns this number of bytes, or all that are left.
    pub fn bytes(&mut self, most: usize) -> &'a [u8] {
        let length = most.min(self.0.len());
        self.0.bytes(length).unwrap_or_default()
    }

    /// Returns as many bytes as the input says, up to this number.
    pub fn some(&mut self, most: usize) -> &'a [u8] {
        let length = self.number(0..=most);
        self.bytes(length)
    }

    /// Returns [`some`](Self::some) bytes as text; a byte that is not UTF-8 is U+FFFD.
    pub fn text(&mut self, most: usize) -> String {
        String::from_utf8_lossy(self.some(most)).into_owned()
    }

    pub fn rest(&mut self) -> &'a [u8] {
        self.bytes(usize::MAX)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn key(&mut self) -> [u8; 32] {
        let mut key = [0; 32];
        key[0] = self.number(0..=255);
        key
    }

    /// Draws days or a month.
    pub fn validity(&mut self) -> Validity {
        match self.number(0..=31_u32) {
            0 => Validity::MONTH,
            days => Validity::days(days).unwrap(),
        }
    }

    /// Draws an instant of these Unix seconds, with any nanosecond.
    pub fn instant(&mut self, seconds: RangeInclusive<i64>) -> DateTime<Utc> {
        let seconds = self.number(seconds);
        let nanos = match self.number(0..=3_u8) {
            0 => 0,
            1 => 1,
            2 => 999_999_999,
            _ => self.number(0..=999_999_999),
        };
        DateTime::from_timestamp(seconds, nanos).unwrap()
    }

    /// Draws a format of any alphabet and length. A format with 8 symbols including a
    /// check symbol is not valid.
    pub fn format(&mut self) -> CodeFormat {
        let check_symbol = self.coin();
        let (alphabet, length) = (self.alphabet(), self.number(8..=32));
        CodeFormat {
            check_symbol,
            ..CodeFormat::new(alphabet, length)
        }
    }

    /// Draws an alphabet that folds any letters.
    pub fn alphabet(&mut self) -> Alphabet {
        let mut alphabet = match self.number(0..=3_u8) {
            0 => Alphabet::HEX,
            1 => Alphabet::UNAMBIGUOUS,
            _ => {
                let mut pool: Vec<u8> = (b'0'..=b'9').chain(b'A'..=b'Z').collect();
                let mut symbols = String::new();
                for _ in 0..16 {
                    let place = self.number(0..=pool.len() - 1);
                    symbols.push(char::from(pool.swap_remove(place)));
                }
                Alphabet::new(&symbols).unwrap()
            }
        };
        let bits = self.number(0..=7_u8);
        for (bit, look_alike) in [1, 2, 4].into_iter().zip(LookAlike::ALL) {
            if bits & bit != 0 {
                alphabet = folded(alphabet, look_alike);
            }
        }
        alphabet
    }
}

/// Folds a letter, unless letter and digit are both symbols.
fn folded(alphabet: Alphabet, look_alike: LookAlike) -> Alphabet {
    let (letter, digit) = match look_alike {
        LookAlike::OAsZero => ('O', '0'),
        LookAlike::IAsOne => ('I', '1'),
        LookAlike::LAsOne => ('L', '1'),
    };
    let has = |symbol| alphabet.symbols().contains(symbol);
    let both = has(letter) && has(digit);
    let folded = alphabet.fold(look_alike);
    assert_eq!(folded.is_err(), both, "{look_alike:?} of {alphabet:?}");
    folded.unwrap_or(alphabet)
}

/// A source of random bytes that returns one byte forever, so that the codes are known.
pub(crate) struct Same(pub(crate) u8);

impl TryRng for Same {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_ne_bytes([self.0; 4]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_ne_bytes([self.0; 8]))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Same {}
