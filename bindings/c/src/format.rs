//! How a code is written, and reading what a person typed.

use std::ffi::c_char;

use stopgap::{Alphabet, CodeFormat, CodeLength};

use crate::{
    alphabet::stopgap_alphabet,
    code::stopgap_code,
    error::{count, found, stopgap_error},
    guard::{Outcome, elements, guard, lent, output, text},
    status::{STOPGAP_INVALID_VALUE, stopgap_status},
};

/// How a code is written (SPEC, "Alphabets"). Take stopgap_format_online() and
/// change what is to be different.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_format {
    /// The symbols, and how what is typed is read.
    pub alphabet: stopgap_alphabet,
    /// The number of symbols, a check symbol included: 8 to 32.
    pub length: u32,
    /// 1 where the last symbol is the check symbol of those before it, otherwise
    /// 0. A code with one has four bits less to guess.
    pub check_symbol: u32,
}

impl From<CodeFormat> for stopgap_format {
    fn from(format: CodeFormat) -> Self {
        Self {
            alphabet: format.alphabet.into(),
            length: u32::try_from(format.length.symbols()).unwrap_or_default(),
            check_symbol: format.check_symbol.into(),
        }
    }
}

impl stopgap_format {
    /// Hands the core's format to a call: made where it stays, for it is large.
    #[inline]
    pub(crate) fn lend<T>(&self, call: impl FnOnce(CodeFormat) -> T) -> Outcome<T> {
        let check_symbol = match self.check_symbol {
            0 => false,
            1 => true,
            other => return Err(found(STOPGAP_INVALID_VALUE, count(other))),
        };
        let own;
        let alphabet = if let Some(known) = self.alphabet.known() {
            known
        } else {
            own = self.alphabet.read()?;
            &own
        };
        let length = CodeLength::new(count(self.length))?;
        Ok(call(CodeFormat {
            alphabet: *alphabet,
            length,
            check_symbol,
        }))
    }

    pub(crate) fn read(&self) -> Outcome<CodeFormat> {
        self.lend(|format| format)
    }
}

/// 12 hexadecimal symbols, as online codes have by default.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_format_online() -> stopgap_format {
    CodeFormat::ONLINE.into()
}

/// 16 symbols of the unambiguous alphabet, as offline codes have by default.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_format_offline() -> stopgap_format {
    CodeFormat::new(Alphabet::UNAMBIGUOUS, CodeLength::OFFLINE).into()
}

/// 32 hexadecimal symbols, as security codes have.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_format_security() -> stopgap_format {
    CodeFormat::SECURITY.into()
}

/// Reads what a person typed: hyphens, white space and case do not matter,
/// full-width forms are read as ASCII (SPEC, "Reading what a person typed").
/// Nothing is allocated.
///
/// Errors: STOPGAP_TOO_LONG to STOPGAP_CHECK_FAILED; those of
/// stopgap_alphabet_new, STOPGAP_CODE_LENGTH and STOPGAP_INVALID_VALUE where the
/// format is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_normalize(
    format: *const stopgap_format,
    typed: *const c_char,
    typed_length: usize,
    code: *mut stopgap_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (format, typed, code) =
            unsafe { (lent(format)?, text(typed, typed_length)?, output(code)?) };
        let read = format.lend(|format| format.normalize(typed))??;
        code.write((&read).into());
        Ok(())
    })
}

/// The code that these bytes write, most significant nibble first: for randomness
/// of one's own, which must be uniform. A nibble that is left over is not used, and
/// neither is the one in the check symbol's place.
///
/// Errors: STOPGAP_ENCODE_LENGTH unless there are as many bytes as the symbols
/// need, two to a byte; those of a format that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_encode(
    format: *const stopgap_format,
    bytes: *const u8,
    length: usize,
    code: *mut stopgap_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (format, bytes, code) =
            unsafe { (lent(format)?, elements(bytes, length)?, output(code)?) };
        code.write((&format.read()?.encode(bytes)?).into());
        Ok(())
    })
}
