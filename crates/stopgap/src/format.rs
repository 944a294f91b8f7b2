//! How a code is written: its alphabet, its length, its check symbol.

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::{
    alphabet::Alphabet,
    check_symbol::check_symbol,
    code::Code,
    code_length::{CodeLength, MAX_SYMBOLS},
    error::Malformed,
    normalize::normalize,
    secret::wipe,
};

/// Not as many bytes as a code's symbols need (SPEC, "Alphabets").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the symbols of this code need {expected} bytes, not {found}")]
pub struct EncodeError {
    /// How many bytes the code's symbols need, two symbols to a byte.
    pub expected: usize,
    /// How many there were.
    pub found: usize,
}

/// How a code is written: alphabet, length, and whether the last symbol checks
/// the others (SPEC, "Alphabets" and "Reading what a person typed").
///
/// ```
/// use stopgap::{Alphabet, CodeFormat, CodeLength, Malformed};
///
/// let format = CodeFormat::new(Alphabet::HEX, CodeLength::ONLINE);
/// let code = format.normalize(" 3f9a 77c2–01be\n")?;
/// assert_eq!(code.reveal().as_str(), "3F9A-77C2-01BE");
///
/// let error = format.normalize("3F9A-7?C2-01BE").unwrap_err();
/// assert_eq!(error, Malformed::UnexpectedSymbol { position: 6 });
/// # Ok::<(), Malformed>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CodeFormat {
    /// The symbols, and how what is typed is read.
    pub alphabet: Alphabet,
    /// The number of symbols, a check symbol included.
    pub length: CodeLength,
    /// Whether the last symbol is the ISO/IEC 7064 MOD 17,16 check symbol of
    /// those before it. A code with one has four bits less to guess.
    #[cfg_attr(feature = "serde", serde(default))]
    pub check_symbol: bool,
}

impl CodeFormat {
    /// 12 hexadecimal symbols, as online codes have by default.
    pub const ONLINE: Self = Self::new(Alphabet::HEX, CodeLength::ONLINE);
    /// 32 hexadecimal symbols, as security codes have.
    pub const SECURITY: Self = Self::new(Alphabet::HEX, CodeLength::SECURITY);

    /// A format without a check symbol.
    #[must_use]
    pub const fn new(alphabet: Alphabet, length: CodeLength) -> Self {
        Self {
            alphabet,
            length,
            check_symbol: false,
        }
    }

    /// Reads what a person typed: hyphens, white space and case do not matter,
    /// full-width forms are read as ASCII (SPEC, "Reading what a person typed").
    /// Nothing is allocated.
    ///
    /// # Errors
    ///
    /// [`Malformed`] says where the first character that does not belong there
    /// is, or how many symbols were found; it holds no character of the input.
    pub fn normalize(&self, typed: &str) -> Result<Code, Malformed> {
        let code = normalize(typed, &self.alphabet, self.length)?;
        if self.check_symbol && !self.check_holds(&code) {
            return Err(Malformed::CheckFailed);
        }
        Ok(code)
    }

    /// The number that the last 16 symbols write, most significant first: what
    /// request codes and offline codes are compared as. The code was typed, so
    /// this may branch on it.
    pub(crate) fn number(&self, typed: &Code) -> u64 {
        typed.ascii().iter().fold(0, |number, symbol| {
            (number << 4) | u64::from(nibble_of(&self.alphabet, *symbol))
        })
    }

    fn check_holds(&self, typed: &Code) -> bool {
        let Some((last, body)) = typed.ascii().split_last() else {
            return false;
        };
        let nibbles = body.iter().map(|symbol| nibble_of(&self.alphabet, *symbol));
        check_symbol(nibbles) == nibble_of(&self.alphabet, *last)
    }

    /// A code of uniformly random symbols, and its check symbol where the
    /// format has one.
    pub(crate) fn random<R: TryCryptoRng + ?Sized>(&self, rng: &mut R) -> Result<Code, R::Error> {
        let mut bytes = Zeroizing::new([0_u8; MAX_SYMBOLS / 2]);
        rng.try_fill_bytes(&mut *bytes)?;
        Ok(self.write(&*bytes))
    }

    /// The code that these bytes write, most significant nibble first: for
    /// randomness of one's own, which must be uniform. A nibble that is left over
    /// is not used, and neither is the one in the check symbol's place.
    ///
    /// ```
    /// use stopgap::CodeFormat;
    ///
    /// let code = CodeFormat::ONLINE.encode(&[0x3F, 0x9A, 0x77, 0xC2, 0x01, 0xBE])?;
    /// assert_eq!(code.reveal().as_str(), "3F9A-77C2-01BE");
    /// # Ok::<(), stopgap::EncodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EncodeError`] unless there are just as many bytes as the symbols need,
    /// two to a byte.
    pub fn encode(&self, bytes: &[u8]) -> Result<Code, EncodeError> {
        let expected = self.length.symbols().div_ceil(2);
        let found = bytes.len();
        if found == expected {
            Ok(self.write(bytes))
        } else {
            Err(EncodeError { expected, found })
        }
    }

    /// The code of the first nibbles of these bytes. Neither branches on the
    /// nibbles nor indexes by them.
    pub(crate) fn write(&self, bytes: &[u8]) -> Code {
        let mut nibbles = [0_u8; MAX_SYMBOLS];
        for (pair, byte) in nibbles.chunks_exact_mut(2).zip(bytes) {
            if let [high, low] = pair {
                *high = byte >> 4;
                *low = byte & 0x0F;
            }
        }
        if self.check_symbol {
            let last = self.length.symbols().saturating_sub(1);
            if let Some((body, [check, ..])) = nibbles.split_at_mut_checked(last) {
                *check = check_symbol(body.iter().copied());
            }
        }
        let code = Code::of(self.alphabet.write(&nibbles), self.length);
        wipe(&mut nibbles);
        code
    }
}

impl Default for CodeFormat {
    fn default() -> Self {
        Self::ONLINE
    }
}

/// The nibble of a symbol that somebody typed.
fn nibble_of(alphabet: &Alphabet, symbol: u8) -> u8 {
    alphabet.nibble(symbol).unwrap_or_default()
}
