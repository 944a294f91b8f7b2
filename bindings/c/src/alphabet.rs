//! The alphabet of a code: sixteen symbols.

use std::{ffi::c_char, ptr};

use stopgap::{Alphabet, LookAlike};

use crate::text::stopgap_text;
use crate::{
    error::Outcome,
    error::{count, found, stopgap_error},
    growing::{Growing, grown_output},
    guard::{free, guard, lent, lent_or_null, output},
    status::{STOPGAP_ERR_INVALID_VALUE, stopgap_status},
    text::text,
};

/// Letters that people mistake for digits, joined by `|`.
pub type stopgap_look_alikes = u32;
/// `O` is read as `0`.
pub const STOPGAP_LOOK_ALIKE_O_AS_ZERO: stopgap_look_alikes = 1;
/// `I` is read as `1`.
pub const STOPGAP_LOOK_ALIKE_I_AS_ONE: stopgap_look_alikes = 2;
/// `L` is read as `1`.
pub const STOPGAP_LOOK_ALIKE_L_AS_ONE: stopgap_look_alikes = 4;

/// Sixteen distinct symbols of `0-9A-Z`; the symbol at index i stands for the nibble i
/// (SPEC, "Alphabets"). It never changes: any number of threads may use it at the same
/// time.
pub struct stopgap_alphabet {
    /// Only pointers to it exist, and each is to an [`Alphabet`].
    _private: [u8; 0],
}

/// The symbols of an alphabet, and the look-alikes that it folds. Set `size` before the
/// call. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_alphabet_info {
    /// The size of the struct, sizeof(stopgap_alphabet_info). Other sizes are those of other
    /// versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The 16 symbols, lent by the alphabet until it is freed.
    pub symbols: stopgap_text,
    /// The look-alikes that are folded when a code is read.
    pub look_alikes: stopgap_look_alikes,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_alphabet_info {
    const OLDEST: usize = size_of::<Self>();
}

static HEX: Alphabet = Alphabet::HEX;
static UNAMBIGUOUS: Alphabet = Alphabet::UNAMBIGUOUS;

/// Returns an alphabet that the library lends to the caller.
pub(crate) fn lend(alphabet: &Alphabet) -> *const stopgap_alphabet {
    let default = [&HEX, &UNAMBIGUOUS]
        .into_iter()
        .find(|default| *default == alphabet);
    ptr::from_ref(default.unwrap_or(alphabet)).cast()
}

/// Returns the caller's alphabet; the hexadecimal one for NULL.
///
/// # Safety
///
/// A pointer that is not NULL points to an alphabet that is not freed meanwhile.
#[inline]
pub(crate) unsafe fn hex_or<'a>(alphabet: *const stopgap_alphabet) -> Outcome<&'a Alphabet> {
    // SAFETY: the caller's promise.
    Ok(unsafe { lent_or_null(alphabet.cast()) }?.unwrap_or(&HEX))
}

/// Returns the caller's alphabet; the unambiguous one for NULL.
///
/// # Safety
///
/// As [`hex_or`].
#[inline]
pub(crate) unsafe fn unambiguous_or<'a>(
    alphabet: *const stopgap_alphabet,
) -> Outcome<&'a Alphabet> {
    // SAFETY: the caller's promise.
    Ok(unsafe { lent_or_null(alphabet.cast()) }?.unwrap_or(&UNAMBIGUOUS))
}

const fn bit(look_alike: LookAlike) -> stopgap_look_alikes {
    match look_alike {
        LookAlike::OAsZero => STOPGAP_LOOK_ALIKE_O_AS_ZERO,
        LookAlike::IAsOne => STOPGAP_LOOK_ALIKE_I_AS_ONE,
        LookAlike::LAsOne => STOPGAP_LOOK_ALIKE_L_AS_ONE,
    }
}

fn fold(alphabet: Alphabet, look_alikes: stopgap_look_alikes) -> Outcome<Alphabet> {
    if look_alikes == 0 {
        return Ok(alphabet);
    }
    let known = LookAlike::ALL
        .map(bit)
        .iter()
        .fold(0, |bits, bit| bits | bit);
    if look_alikes & !known != 0 {
        return Err(found(STOPGAP_ERR_INVALID_VALUE, count(look_alikes)));
    }
    let folded = LookAlike::ALL
        .into_iter()
        .filter(|look_alike| look_alikes & bit(*look_alike) != 0)
        .try_fold(alphabet, Alphabet::fold)?;
    Ok(folded)
}

fn bits(alphabet: &Alphabet) -> stopgap_look_alikes {
    alphabet
        .look_alikes()
        .map(bit)
        .fold(0, |all, bit| all | bit)
}

/// Returns `0123456789ABCDEF`, the alphabet of security codes and the default of online
/// codes. It is static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_alphabet_hex() -> *const stopgap_alphabet {
    (&raw const HEX).cast()
}

/// Returns `Z3467ACEFHJKRWXY`, the default of request codes and offline codes: no two of
/// its symbols look or sound alike. It is static: do not free it.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_alphabet_unambiguous() -> *const stopgap_alphabet {
    (&raw const UNAMBIGUOUS).cast()
}

/// Makes an alphabet of your own, with the look-alikes to fold, or 0. A look-alike whose
/// digit is no symbol changes nothing. Free the alphabet with stopgap_alphabet_free, after
/// the formats and policies that point to it.
///
/// Errors: STOPGAP_ERR_ALPHABET_WRONG_COUNT first, then for the first wrong symbol
/// STOPGAP_ERR_ALPHABET_LOWER_CASE, STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL or
/// STOPGAP_ERR_ALPHABET_REPEATED; STOPGAP_ERR_ALPHABET_AMBIGUOUS; STOPGAP_ERR_INVALID_VALUE for
/// unknown look-alikes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_alphabet_new(
    symbols: stopgap_text,
    look_alikes: stopgap_look_alikes,
    alphabet: *mut *mut stopgap_alphabet,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (symbols, alphabet) = unsafe { (text(symbols)?, output(alphabet)?) };
        let made = fold(Alphabet::new(symbols)?, look_alikes)?;
        alphabet.cast().hand_over(made)
    })
}

/// Frees an alphabet of stopgap_alphabet_new, and sets the pointer to NULL. NULL, and a
/// pointer to NULL, are left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_alphabet_free(alphabet: *mut *mut stopgap_alphabet) {
    // SAFETY: the contract of the header; each is an `Alphabet`.
    unsafe { free(alphabet.cast::<*mut Alphabet>()) }
}

/// Writes the symbols and the look-alikes of an alphabet.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_alphabet_info(
    alphabet: *const stopgap_alphabet,
    info: *mut stopgap_alphabet_info,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (alphabet, info) = unsafe { (lent(alphabet.cast::<Alphabet>())?, grown_output(info)?) };
        info.write(&stopgap_alphabet_info {
            size: 0,
            symbols: stopgap_text::lend(alphabet.symbols()),
            look_alikes: bits(alphabet),
        });
        Ok(())
    })
}

/// Computes the check symbol of any number of symbols, by ISO/IEC 7064, hybrid system MOD
/// 17,16. The symbols are in upper case and without hyphens. The time that this takes
/// depends on them, so they must not be a secret.
///
/// Errors: STOPGAP_ERR_UNEXPECTED_SYMBOL for any other character.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_alphabet_check_symbol(
    alphabet: *const stopgap_alphabet,
    symbols: stopgap_text,
    check_symbol: *mut c_char,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (alphabet, symbols, check_symbol) = unsafe {
            (
                lent(alphabet.cast::<Alphabet>())?,
                text(symbols)?,
                output(check_symbol)?,
            )
        };
        let symbol = alphabet.check_symbol(symbols)?;
        // A symbol is ASCII, so this never takes the default.
        let byte = u8::try_from(symbol).unwrap_or_default();
        check_symbol.write(c_char::from_ne_bytes([byte]));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_look_alike_has_its_bit() {
        let symbols = "0123456789ABCDEF";
        for look_alikes in 0..8 {
            let alphabet = fold(Alphabet::new(symbols).unwrap(), look_alikes).unwrap();
            assert_eq!(bits(&alphabet), look_alikes);
        }
        let refused = fold(Alphabet::new(symbols).unwrap(), 8).unwrap_err();
        assert_eq!(
            (refused.status, refused.found),
            (STOPGAP_ERR_INVALID_VALUE, 8)
        );
    }

    #[test]
    fn a_default_alphabet_is_lent_as_the_static_one() {
        assert_eq!(lend(&Alphabet::HEX), stopgap_alphabet_hex());
        let copy = Alphabet::UNAMBIGUOUS;
        assert_eq!(lend(&copy), stopgap_alphabet_unambiguous());
        let own = Alphabet::new("BCDFGHJKMPQRTVWX").unwrap();
        assert_eq!(lend(&own), ptr::from_ref(&own).cast());
    }
}
