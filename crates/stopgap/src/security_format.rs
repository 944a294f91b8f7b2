//! The text of a security code: prefix, symbols and check (SPEC, "Security codes").

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use zeroize::Zeroizing;

use crate::{
    alphabet::Alphabet,
    code::{Code, MAX_BYTES},
    format::CodeFormat,
    invalid_value::InvalidValue,
    malformed::Malformed,
    normalize::characters,
};

/// The code within the text: 32 hexadecimal symbols, 128 bits.
pub(crate) const SECURITY_CODE: CodeFormat = CodeFormat::new(Alphabet::HEX, 32);
/// The check after the code, which depends on it: a CRC-32 in hexadecimal.
const CHECK: CodeFormat = CodeFormat::new(Alphabet::HEX, 8);
/// The number of symbols of the code and of its check.
const SYMBOLS: usize = 40;
const CODE_SYMBOLS: usize = 32;

/// CRC-32 as zlib has it.
const CRC_32: crc::Crc<u32, crc::NoTable> =
    crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISO_HDLC);

/// The prefix of a security code: `[a-z][a-z0-9]{1,15}`, `stopgap` by default (SPEC,
/// "Security codes").
///
/// ```
/// use stopgap::SecurityPrefix;
///
/// let prefix: SecurityPrefix = "acme".parse()?;
/// assert_eq!(prefix.as_str(), "acme");
/// assert!("ACME".parse::<SecurityPrefix>().is_err());
/// # Ok::<(), stopgap::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "String", try_from = "String")
)]
pub struct SecurityPrefix(String);

impl SecurityPrefix {
    /// Returns the prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for SecurityPrefix {
    fn default() -> Self {
        Self(String::from("stopgap"))
    }
}

impl FromStr for SecurityPrefix {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let begins = text.starts_with(|first: char| first.is_ascii_lowercase());
        let goes_on = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if begins && (2..=16).contains(&text.len()) && text.bytes().all(goes_on) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidValue::Prefix)
        }
    }
}

impl TryFrom<String> for SecurityPrefix {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        text.parse()
    }
}

impl From<SecurityPrefix> for String {
    fn from(prefix: SecurityPrefix) -> Self {
        prefix.0
    }
}

impl fmt::Display for SecurityPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The format of security codes: the prefix with which they are shown, and the prefixes
/// that are accepted, so that a change of prefix retires no code (SPEC, "Security
/// codes").
///
/// ```
/// use stopgap::{Malformed, SecurityFormat};
///
/// let format = SecurityFormat::default();
/// let text = "stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7";
/// let code = format.read(text)?;
/// assert_eq!(format.text(&code).as_str(), text);
/// assert_eq!(
///     format.read("stopgap_d73e7c2106e664166e61eb3b998604de141fdcd7").unwrap_err(),
///     Malformed::CheckFailed
/// );
/// # Ok::<(), Malformed>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct SecurityFormat {
    /// The prefix with which codes are shown. It is accepted too.
    pub prefix: SecurityPrefix,
    /// Other prefixes that are accepted.
    pub accepted: Vec<SecurityPrefix>,
}

impl SecurityFormat {
    /// Returns the text of a security code, to be shown once: prefix, `_`, 32 symbols and
    /// the CRC-32 of all this, in lower case.
    #[must_use]
    pub fn text(&self, code: &Code) -> SecurityText {
        let prefix = self.prefix.as_str().as_bytes();
        // The text does not grow, so it leaves no copy behind.
        let length = prefix.len().saturating_add(1 + SYMBOLS);
        let mut text = Zeroizing::new(Vec::with_capacity(length));
        text.extend_from_slice(prefix);
        text.push(b'_');
        text.extend(code.ascii().iter().map(u8::to_ascii_lowercase));
        let check = CHECK.write(&CRC_32.checksum(&text).to_be_bytes());
        text.extend(check.ascii().iter().map(u8::to_ascii_lowercase));
        SecurityText(text)
    }

    /// Reads the text of a security code, by the rules for typed codes (SPEC, "Reading
    /// what a person typed").
    ///
    /// # Errors
    ///
    /// [`Malformed`]. If no prefix fits, it is the error for the prefix that agrees
    /// longest.
    pub fn read(&self, presented: &str) -> Result<Code, Malformed> {
        if presented.len() > MAX_BYTES {
            return Err(Malformed::TooLong);
        }
        let mut nearest = read_with(&self.prefix, presented);
        for prefix in &self.accepted {
            let reading = read_with(prefix, presented);
            if reading.agreeing > nearest.agreeing {
                nearest = reading;
            }
        }
        nearest.code
    }
}

/// The reading of a text with one prefix.
struct Reading {
    /// The symbols of prefix and underscore that agree; more than there are if all do.
    agreeing: usize,
    code: Result<Code, Malformed>,
}

/// Reads a text with one prefix.
fn read_with(prefix: &SecurityPrefix, presented: &str) -> Reading {
    let mut characters = characters(presented)
        .map(|(position, character)| (position, character.to_ascii_lowercase()));
    let mut agreeing = 0_usize;
    for expected in prefix.as_str().chars().chain(['_']) {
        let error = match characters.next() {
            Some((_, found)) if found == expected => {
                agreeing = agreeing.saturating_add(1);
                continue;
            }
            Some((position, _)) => Malformed::UnexpectedSymbol { position },
            None => wrong_length(0),
        };
        let code = Err(error);
        return Reading { agreeing, code };
    }
    Reading {
        agreeing: usize::MAX,
        code: read_symbols(prefix, characters),
    }
}

/// Reads the symbols after the underscore.
fn read_symbols(
    prefix: &SecurityPrefix,
    characters: impl Iterator<Item = (usize, char)>,
) -> Result<Code, Malformed> {
    let mut symbols = Zeroizing::new([0_u8; SYMBOLS]);
    let mut found = 0_usize;
    for (position, character) in characters {
        let symbol = u8::try_from(character).ok().filter(u8::is_ascii_hexdigit);
        let symbol = symbol.ok_or(Malformed::UnexpectedSymbol { position })?;
        if let Some(place) = symbols.get_mut(found) {
            *place = symbol;
        }
        found = found.saturating_add(1);
    }
    if found != SYMBOLS {
        return Err(wrong_length(found));
    }
    let (code, check) = symbols.split_at_checked(CODE_SYMBOLS).unwrap_or_default();
    let mut digest = CRC_32.digest();
    digest.update(prefix.as_str().as_bytes());
    digest.update(b"_");
    digest.update(code);
    let expected = CHECK.write(&digest.finalize().to_be_bytes());
    if !expected.ascii().eq_ignore_ascii_case(check) {
        return Err(Malformed::CheckFailed);
    }
    let mut read = Code::empty(SECURITY_CODE.length);
    for (index, symbol) in code.iter().enumerate() {
        read.set(index, symbol.to_ascii_uppercase());
    }
    Ok(read)
}

const fn wrong_length(found: usize) -> Malformed {
    Malformed::WrongLength {
        expected: SYMBOLS,
        found,
    }
}

/// The text of a security code in plain sight, from [`SecurityFormat::text`]. It is wiped
/// when it is dropped.
pub struct SecurityText(Zeroizing<Vec<u8>>);

impl SecurityText {
    /// Returns the text: `stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        crate::code::text(&self.0)
    }
}

impl fmt::Display for SecurityText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for SecurityText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecurityText(..)")
    }
}
