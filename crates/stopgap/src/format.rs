//! The format of a code: its alphabet, its length and its check symbol.

use alloc::vec::Vec;

use rand_core::TryCryptoRng;
use zeroize::{Zeroizing, zeroize_bytes as wipe};

use crate::{
    alphabet::Alphabet,
    check_symbol::check_symbol,
    code::{Code, MAX_SYMBOLS, MIN_SYMBOLS},
    invalid_value::InvalidValue,
    malformed::Malformed,
    normalize::normalize,
};

/// The most readings of a text: one for each choice of look-alikes.
const MAX_READINGS: usize = 8;

/// The format of a code: alphabet, length, and whether the last symbol checks the
/// others (SPEC, "Alphabets" and "Reading what a person typed").
///
/// ```
/// use stopgap::{Alphabet, CodeFormat, Malformed};
///
/// let format = CodeFormat::new(Alphabet::HEX, 12);
/// let code = format.normalize(" “3f9a 77c2–01be”.\n")?;
/// assert_eq!(code.reveal().as_str(), "3F9A-77C2-01BE");
///
/// let error = format.normalize("3F9A-7?C2-01BE").unwrap_err();
/// assert_eq!(error, Malformed::UnexpectedSymbol { position: 6 });
/// # Ok::<(), Malformed>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CodeFormat {
    /// The symbols, and the letters that are read as another symbol.
    pub alphabet: Alphabet,
    /// The number of symbols, a check symbol included: 8 to 32, and 9 to 32 with a
    /// check symbol. [`validate`](Self::validate) checks it.
    pub length: u8,
    /// `true` if the last symbol is the ISO/IEC 7064 MOD 17,16 check symbol of those
    /// before it. Such a code has four bits less to guess.
    #[cfg_attr(feature = "serde", serde(default))]
    pub check_symbol: bool,
}

impl CodeFormat {
    /// The default of online codes: 12 hexadecimal symbols, 48 bits.
    pub const ONLINE: Self = Self::new(Alphabet::HEX, 12);

    /// Returns a format without a check symbol. The length is not checked here, but by
    /// [`validate`](Self::validate).
    #[must_use]
    pub const fn new(alphabet: Alphabet, length: u8) -> Self {
        Self {
            alphabet,
            length,
            check_symbol: false,
        }
    }

    /// Checks that codes may have this format.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::Length`] unless there are 8 to 32 symbols, and
    /// [`InvalidValue::CheckedLength`] unless 8 remain beside the check symbol.
    pub const fn validate(&self) -> Result<(), InvalidValue> {
        let found = self.length;
        match found {
            MIN_SYMBOLS if self.check_symbol => Err(InvalidValue::CheckedLength { found }),
            MIN_SYMBOLS..=32 => Ok(()),
            _ => Err(InvalidValue::Length { found }),
        }
    }

    /// Reads what a person typed (SPEC, "Reading what a person typed"): case, white
    /// space, hyphens and invisible characters do not matter, full-width forms are
    /// read as ASCII, and punctuation at both ends is dropped. Nothing is allocated.
    ///
    /// # Errors
    ///
    /// [`Malformed`] gives the position of the first wrong character, or the number of
    /// symbols. It holds no character of the input. A format that is not
    /// [valid](Self::validate) reads no code: `WrongLength`.
    pub fn normalize(&self, typed: &str) -> Result<Code, Malformed> {
        let code = normalize(typed, &self.alphabet, self.length)?;
        if self.validate().is_err() {
            let fewest = MIN_SYMBOLS.saturating_add(self.check_symbol.into());
            return Err(Malformed::WrongLength {
                expected: self.length.clamp(fewest, 32).into(),
                found: self.length.into(),
            });
        }
        if self.check_symbol && !self.check_holds(&code) {
            return Err(Malformed::CheckFailed);
        }
        Ok(code)
    }

    /// Reads what a person typed in one of several formats. Returns a code for each
    /// reading, in the order of the formats: at least one, and none twice.
    ///
    /// ```
    /// use stopgap::{Alphabet, CodeFormat, Malformed};
    ///
    /// let short = CodeFormat::new(Alphabet::HEX, 8);
    /// let checked = CodeFormat { check_symbol: true, ..CodeFormat::ONLINE };
    /// let typo = CodeFormat::normalize_any(&[short, checked], "3F9A-77C2-01BE");
    /// assert_eq!(typo.unwrap_err(), Malformed::CheckFailed);
    /// ```
    ///
    /// # Errors
    ///
    /// [`Malformed`] if no format fits: `CheckFailed` if the check symbol of one does not
    /// fit; otherwise `WrongLength` for the nearest length, or the error of the first
    /// format. Formats that are not [valid](Self::validate) are skipped. Without any
    /// format, [`ONLINE`](Self::ONLINE) is read.
    pub fn normalize_any(formats: &[Self], typed: &str) -> Result<Vec<Code>, Malformed> {
        let mut codes: Vec<Code> = Vec::new();
        let mut nearest: Option<Malformed> = None;
        for format in formats.iter().filter(|format| format.validate().is_ok()) {
            match format.normalize(typed) {
                Ok(code) => {
                    let is_known = codes.iter().any(|known| known.ascii() == code.ascii());
                    if !is_known && codes.len() < MAX_READINGS {
                        // A vector that grows later would leave copies of codes behind.
                        codes.reserve_exact(MAX_READINGS.saturating_sub(codes.len()));
                        codes.push(code);
                    }
                }
                Err(error) => {
                    if nearest.is_none_or(|other| distance(&error) < distance(&other)) {
                        nearest = Some(error);
                    }
                }
            }
        }
        match nearest {
            Some(malformed) if codes.is_empty() => Err(malformed),
            None if codes.is_empty() => {
                codes.push(Self::ONLINE.normalize(typed)?);
                Ok(codes)
            }
            _ => Ok(codes),
        }
    }

    /// Returns the number that the last 16 symbols write, most significant first:
    /// request codes and offline codes are compared as numbers. The code was typed, so
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

    /// Returns a code of uniformly random symbols, with its check symbol if the format
    /// has one.
    pub(crate) fn random<R: TryCryptoRng + ?Sized>(&self, rng: &mut R) -> Result<Code, R::Error> {
        let mut bytes = Zeroizing::new([0_u8; MAX_SYMBOLS / 2]);
        rng.try_fill_bytes(&mut *bytes)?;
        Ok(self.write(&*bytes))
    }

    /// Returns the code that these bytes write, most significant nibble first. The
    /// bytes must be uniformly random. A nibble that is left over is not used, and
    /// neither is the one in the check symbol's place.
    ///
    /// ```
    /// use stopgap::CodeFormat;
    ///
    /// let code = CodeFormat::ONLINE.encode(&[0x3F, 0x9A, 0x77, 0xC2, 0x01, 0xBE])?;
    /// assert_eq!(code.reveal().as_str(), "3F9A-77C2-01BE");
    /// # Ok::<(), stopgap::InvalidValue>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidValue::Bytes`] unless there are exactly as many bytes as the symbols
    /// need, two symbols to a byte; or what [`validate`](Self::validate) refuses.
    pub fn encode(&self, bytes: &[u8]) -> Result<Code, InvalidValue> {
        self.validate()?;
        let expected = usize::from(self.length).div_ceil(2);
        let found = bytes.len();
        if found == expected {
            Ok(self.write(bytes))
        } else {
            Err(InvalidValue::Bytes { expected, found })
        }
    }

    /// Returns the code of the first nibbles of these bytes, without a branch or an
    /// index that depends on them.
    pub(crate) fn write(&self, bytes: &[u8]) -> Code {
        let mut nibbles = [0_u8; MAX_SYMBOLS];
        for (pair, byte) in nibbles.chunks_exact_mut(2).zip(bytes) {
            if let [high, low] = pair {
                *high = byte >> 4;
                *low = byte & 0x0F;
            }
        }
        if self.check_symbol {
            let last = usize::from(self.length).saturating_sub(1);
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

/// Returns the distance of a text from a code: a person is told the smallest mistake.
pub(crate) const fn distance(malformed: &Malformed) -> usize {
    match malformed {
        Malformed::CheckFailed => 0,
        Malformed::WrongLength { expected, found } => expected.abs_diff(*found),
        _ => usize::MAX,
    }
}

/// Returns the nibble of a symbol that was typed.
fn nibble_of(alphabet: &Alphabet, symbol: u8) -> u8 {
    alphabet.nibble(symbol).unwrap_or_default()
}
