//! Reading the fields of a record from bytes (SPEC, "Records as bytes").

use alloc::{string::ToString, vec::Vec};

use chrono::{DateTime, Utc};

use crate::{
    alphabet::{Alphabet, LookAlike},
    digest::CodeDigest,
    format::CodeFormat,
    key_id::KeyId,
    name::Name,
    purpose::{Purpose, Purposes},
    record_bytes_error::RecordBytesError,
    record_id::RecordId,
    scopes::{MAX_SCOPES, Scopes},
    validity::Validity,
};

type Result<T> = core::result::Result<T, RecordBytesError>;

/// The bytes of a record that are not read yet.
///
/// Each method reads one field in the form of SPEC, "Records at rest", and refuses every
/// other form of the same value.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Reads a label.
    pub(crate) fn label(&mut self, label: &'static str) -> Result<()> {
        match self.0.strip_prefix(label.as_bytes()) {
            Some(rest) => {
                self.0 = rest;
                Ok(())
            }
            None if label.as_bytes().starts_with(self.0) => Err(RecordBytesError::Truncated),
            None => Err(RecordBytesError::Kind {
                expected: label.trim_end_matches('\0'),
            }),
        }
    }

    /// Checks that no bytes are left.
    pub(crate) const fn end(&self) -> Result<()> {
        match self.0.len() {
            0 => Ok(()),
            found => Err(RecordBytesError::TrailingBytes { found }),
        }
    }

    fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let split = self.0.split_at_checked(count);
        let (bytes, rest) = split.ok_or(RecordBytesError::Truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let split = self.0.split_first_chunk();
        let (array, rest) = split.ok_or(RecordBytesError::Truncated)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(crate) fn byte(&mut self) -> Result<u8> {
        self.array().map(u8::from_be_bytes)
    }

    fn be16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn be32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn be64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn key_id(&mut self) -> Result<KeyId> {
        self.be32().map(KeyId)
    }

    pub(crate) fn id(&mut self) -> Result<RecordId> {
        self.array().map(RecordId::from_bytes)
    }

    pub(crate) fn digest(&mut self) -> Result<CodeDigest> {
        self.array().map(CodeDigest::from_bytes)
    }

    /// Reads be32(byte length) ‖ the bytes.
    pub(crate) fn long_bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.be32()?;
        self.bytes(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn text(&mut self, field: &'static str) -> Result<&'a str> {
        let length = self.be16()?;
        let bytes = self.bytes(length.into())?;
        core::str::from_utf8(bytes).map_err(|_| RecordBytesError::Invalid { field })
    }

    /// Reads a text that passes a check.
    pub(crate) fn text_of(
        &mut self,
        field: &'static str,
        check: impl FnOnce(&str) -> bool,
    ) -> Result<&'a str> {
        let text = self.text(field)?;
        valid(field, check(text).then_some(text))
    }

    pub(crate) fn name(&mut self, field: &'static str) -> Result<Name> {
        let text = self.text(field)?;
        valid(field, Name::new(text).ok())
    }

    /// Reads a time that may be absent.
    pub(crate) fn maybe_instant(&mut self, field: &'static str) -> Result<Option<DateTime<Utc>>> {
        match self.array().map(i64::from_be_bytes)? {
            i64::MIN => Ok(None),
            micros => valid(field, DateTime::from_timestamp_micros(micros)).map(Some),
        }
    }

    pub(crate) fn instant(&mut self, field: &'static str) -> Result<DateTime<Utc>> {
        let instant = self.maybe_instant(field)?;
        valid(field, instant)
    }

    pub(crate) fn format(&mut self, field: &'static str) -> Result<CodeFormat> {
        let symbols: [u8; 16] = self.array()?;
        let [look_alikes, length, check_symbol] = self.array()?;
        let alphabet = valid(field, alphabet(&symbols, look_alikes))?;
        let format = CodeFormat {
            alphabet,
            length,
            check_symbol: check_symbol == 1,
        };
        let is_valid = check_symbol <= 1 && format.validate().is_ok();
        valid(field, is_valid.then_some(format))
    }

    /// Reads at least one purpose.
    pub(crate) fn purposes(&mut self, field: &'static str) -> Result<Purposes> {
        let purposes = Purposes::from_bits(self.byte()?);
        valid(field, purposes.filter(|purposes| !purposes.is_empty()))
    }

    pub(crate) fn purpose(&mut self, field: &'static str) -> Result<Purpose> {
        let bit = self.byte()?;
        let mut purposes = Purpose::ALL.into_iter();
        valid(field, purposes.find(|purpose| purpose.bit() == bit))
    }

    /// Reads a limit of uses; `None` if it is 0.
    pub(crate) fn limit(&mut self) -> Result<Option<u32>> {
        Ok(Some(self.be32()?).filter(|limit| *limit != 0))
    }

    /// Reads a validity in its canonical form.
    pub(crate) fn validity(&mut self, field: &'static str) -> Result<Validity> {
        let text = self.text(field)?;
        let validity = text.parse::<Validity>().ok();
        let is_canonical = |validity: &Validity| validity.to_string() == text;
        valid(field, validity.filter(is_canonical))
    }

    /// Reads sorted scopes without repetition.
    pub(crate) fn scopes(&mut self, field: &'static str) -> Result<Scopes> {
        let count = usize::from(self.be16()?);
        if count == 0 {
            return Ok(Scopes::UNLIMITED);
        }
        valid(field, (count <= MAX_SCOPES).then_some(()))?;
        let scopes: Vec<&str> = (0..count)
            .map(|_| self.text(field))
            .collect::<Result<_>>()?;
        let sorted = Scopes::new(scopes.iter().copied()).ok();
        valid(field, sorted.filter(|sorted| sorted.iter().eq(scopes)))
    }
}

/// Returns the alphabet of these symbols with these look-alikes, if it has exactly them.
fn alphabet(symbols: &[u8], look_alikes: u8) -> Option<Alphabet> {
    let symbols = core::str::from_utf8(symbols).ok()?;
    let mut alphabet = Alphabet::new(symbols).ok()?;
    for (place, look_alike) in LookAlike::ALL.into_iter().enumerate() {
        if look_alikes >> place & 1 == 1 {
            alphabet = alphabet.fold(look_alike).ok()?;
        }
    }
    Some(alphabet).filter(|alphabet| alphabet.look_alike_bits() == look_alikes)
}

fn valid<T>(field: &'static str, value: Option<T>) -> Result<T> {
    value.ok_or(RecordBytesError::Invalid { field })
}
