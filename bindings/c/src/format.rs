//! The format of a code, and reading what a person typed.

use stopgap::CodeFormat;

use crate::memory::with_room;
use crate::text::stopgap_text;
use crate::{
    alphabet::{self, stopgap_alphabet, stopgap_alphabet_hex, stopgap_alphabet_unambiguous},
    code::stopgap_code,
    error::Outcome,
    error::{count, found, of_element, stopgap_error},
    guard::{elements, guard, handle, lent, output, outputs},
    status::{STOPGAP_ERR_CODE_LENGTH, STOPGAP_ERR_INVALID_VALUE, stopgap_status},
    text::typed,
};

/// The format of a code (SPEC, "Alphabets"). Start from stopgap_format_online() and
/// change some members.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_format {
    /// The symbols; NULL for those of stopgap_alphabet_hex. The format that a call writes
    /// has an alphabet that the record lends until it changes or is freed.
    pub alphabet: *const stopgap_alphabet,
    /// The number of symbols, a check symbol included: 8 to 32, and at least 8 beside the
    /// check symbol.
    pub length: u32,
    /// 1 if the last symbol is the check symbol of those before it, otherwise 0. A code
    /// with one has four bits less to guess.
    pub check_symbol: u32,
}

impl stopgap_format {
    /// Returns a format whose alphabet is lent.
    pub(crate) fn lend(format: &CodeFormat) -> Self {
        Self {
            alphabet: alphabet::lend(&format.alphabet),
            length: format.length.into(),
            check_symbol: format.check_symbol.into(),
        }
    }

    /// Returns the core's format.
    ///
    /// # Safety
    ///
    /// As [`alphabet::hex_or`].
    #[inline]
    pub(crate) unsafe fn read(&self) -> Outcome<CodeFormat> {
        let check_symbol = match self.check_symbol {
            0 => false,
            1 => true,
            other => return Err(found(STOPGAP_ERR_INVALID_VALUE, count(other))),
        };
        let format = CodeFormat {
            // SAFETY: the caller's promise.
            alphabet: *unsafe { alphabet::hex_or(self.alphabet) }?,
            length: u8::try_from(self.length)
                .map_err(|_| found(STOPGAP_ERR_CODE_LENGTH, count(self.length)))?,
            check_symbol,
        };
        format.validate()?;
        Ok(format)
    }
}

/// The place of codes, an array.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_codes {
    /// The array.
    pub ptr: *mut stopgap_code,
    /// The number of codes for which it has room.
    pub capacity: usize,
    /// The number of codes: written by the call, also if the room does not suffice.
    pub count: usize,
}

/// Returns the default format of online codes: 12 hexadecimal symbols.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_format_online() -> stopgap_format {
    stopgap_format {
        alphabet: stopgap_alphabet_hex(),
        length: CodeFormat::ONLINE.length.into(),
        check_symbol: 0,
    }
}

/// Returns the default format of offline codes: 16 symbols of the unambiguous alphabet.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_format_offline() -> stopgap_format {
    stopgap_format {
        alphabet: stopgap_alphabet_unambiguous(),
        length: 16,
        check_symbol: 0,
    }
}

/// Reads what a person typed. White space, hyphens, invisible characters, case, full
/// width, and punctuation at both ends do not matter (SPEC, "Reading what a person
/// typed"). Nothing is allocated.
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; STOPGAP_ERR_CODE_LENGTH,
/// STOPGAP_ERR_CODE_CHECKED_LENGTH and STOPGAP_ERR_INVALID_VALUE for an invalid format.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_normalize(
    format: *const stopgap_format,
    typed: stopgap_text,
    code: *mut stopgap_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (format, typed, code) = unsafe { (lent(format)?, self::typed(typed)?, output(code)?) };
        // SAFETY: the contract of the header.
        let format = unsafe { format.read() }?;
        let read = typed.read(|typed| format.normalize(typed));
        let read = read.as_ref().map_err(|malformed| *malformed)?;
        code.write_text(read.reveal().as_bytes());
        Ok(())
    })
}

/// Reads what a person typed in one of several formats, such as those of all codes of a
/// user. Writes a code for each reading, in the order of the formats: at least one, none
/// twice, and at most 8. Without formats, (NULL, 0), it is the format of
/// stopgap_format_online.
///
/// Errors: if no format fits, STOPGAP_ERR_CHECK_FAILED if the check symbol of one does not fit,
/// otherwise STOPGAP_ERR_WRONG_LENGTH for the nearest length, or the error of the first format;
/// STOPGAP_ERR_BUFFER_TOO_SMALL; those of an invalid format, at `index` of the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_normalize_any(
    formats: *const stopgap_format,
    format_count: usize,
    typed: stopgap_text,
    codes: *mut stopgap_codes,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (formats, typed, codes) = unsafe {
            (
                elements(formats, format_count)?,
                self::typed(typed)?,
                handle(codes)?,
            )
        };
        // SAFETY: the contract of the header.
        let place = unsafe { outputs(codes.ptr, codes.capacity)? };
        let read = with_room(formats.len().saturating_mul(ROOM_OF_FORMAT), || {
            let mut read: Vec<CodeFormat> = Vec::with_capacity(formats.len());
            for (index, one) in formats.iter().enumerate() {
                // SAFETY: the contract of the header.
                let format = unsafe { one.read() };
                read.push(format.map_err(|failure| of_element(failure, index))?);
            }
            Ok(typed.read(|typed| CodeFormat::normalize_any(&read, typed))?)
        })?;
        codes.count = read.len();
        place.write_all(read.len(), read.iter().map(Into::into))
    })
}

/// The most memory that a format takes in a list, and the code that is read by it.
const ROOM_OF_FORMAT: usize = 512;

/// Makes a code of random bytes of your own, which must be uniform: one symbol per
/// nibble, most significant first. A nibble that is left over is not used, and neither is
/// the one in the place of the check symbol.
///
/// Errors: STOPGAP_ERR_CODE_BYTES unless there are as many bytes as the symbols need, two
/// symbols to a byte; those of an invalid format.
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
        // SAFETY: the contract of the header.
        let format = unsafe { format.read() }?;
        code.write_text(format.encode(bytes)?.reveal().as_bytes());
        Ok(())
    })
}
