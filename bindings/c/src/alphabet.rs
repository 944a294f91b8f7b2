//! The alphabet of a code: sixteen symbols.

use std::ffi::c_char;

use stopgap::{Alphabet, LookAlike};

use crate::text::stopgap_text;
use crate::{
    error::{count, found, stopgap_error},
    guard::{Outcome, guard, lent, output, text},
    status::{STOPGAP_ERR_INVALID_VALUE, stopgap_status},
    text,
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
/// (SPEC, "Alphabets"). It comes from stopgap_alphabet_new, stopgap_alphabet_hex or
/// stopgap_alphabet_unambiguous; one that was filled in by hand is checked when it is
/// used.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_alphabet {
    /// The symbols, a NUL, and three more.
    pub symbols: [c_char; 20],
    /// The look-alikes that are folded when a code is read.
    pub look_alikes: stopgap_look_alikes,
}

/// The two default alphabets, which need no check of their symbols.
static KNOWN: [(stopgap_alphabet, Alphabet); 2] = [
    (stopgap_alphabet::plain(&Alphabet::HEX), Alphabet::HEX),
    (
        stopgap_alphabet::plain(&Alphabet::UNAMBIGUOUS),
        Alphabet::UNAMBIGUOUS,
    ),
];

impl From<Alphabet> for stopgap_alphabet {
    fn from(alphabet: Alphabet) -> Self {
        match KNOWN.iter().find(|(_, known)| *known == alphabet) {
            Some((written, _)) => *written,
            None => Self {
                look_alikes: alphabet
                    .look_alikes()
                    .map(bit)
                    .fold(0, |bits, bit| bits | bit),
                ..Self::plain(&alphabet)
            },
        }
    }
}

impl stopgap_alphabet {
    const fn plain(alphabet: &Alphabet) -> Self {
        Self {
            symbols: text::constant(alphabet.symbols()),
            look_alikes: 0,
        }
    }

    /// Returns the alphabet if it is a default one.
    #[inline]
    pub(crate) fn known(&self) -> Option<&'static Alphabet> {
        // The bytes behind the NUL may be uninitialized.
        let known = KNOWN.iter().find(|(written, _)| {
            written.symbols.first_chunk::<17>() == self.symbols.first_chunk()
                && written.look_alikes == self.look_alikes
        });
        known.map(|(_, alphabet)| alphabet)
    }

    pub(crate) fn read(&self) -> Outcome<Alphabet> {
        match self.known() {
            Some(known) => Ok(*known),
            None => fold(Alphabet::new(text::read(&self.symbols)?)?, self.look_alikes),
        }
    }
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

/// Returns `0123456789ABCDEF`, the alphabet of security codes and the default of online
/// codes.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_alphabet_hex() -> stopgap_alphabet {
    Alphabet::HEX.into()
}

/// Returns `Z3467ACEFHJKRWXY`, the default of request codes and offline codes: no two of
/// its symbols look or sound alike.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_alphabet_unambiguous() -> stopgap_alphabet {
    Alphabet::UNAMBIGUOUS.into()
}

/// Makes an alphabet of your own, with the look-alikes to fold, or 0. A look-alike whose
/// digit is no symbol changes nothing.
///
/// Errors: STOPGAP_ERR_ALPHABET_WRONG_COUNT first, then for the first wrong symbol
/// STOPGAP_ERR_ALPHABET_LOWER_CASE, STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL or
/// STOPGAP_ERR_ALPHABET_REPEATED; STOPGAP_ERR_ALPHABET_AMBIGUOUS; STOPGAP_ERR_INVALID_VALUE for
/// unknown look-alikes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_alphabet_new(
    symbols: stopgap_text,
    look_alikes: stopgap_look_alikes,
    alphabet: *mut stopgap_alphabet,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (symbols, alphabet) = unsafe { (text(symbols)?, output(alphabet)?) };
        alphabet.write(fold(Alphabet::new(symbols)?, look_alikes)?.into());
        Ok(())
    })
}

/// Computes the check symbol of any number of symbols, by ISO/IEC 7064, hybrid system MOD
/// 17,16. The symbols are in upper case and without hyphens. The time that this takes
/// depends on them, so they must not be a secret.
///
/// Errors: STOPGAP_ERR_UNEXPECTED_SYMBOL for any other character; those of
/// stopgap_alphabet_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_alphabet_check_symbol(
    alphabet: *const stopgap_alphabet,
    symbols: stopgap_text,
    check_symbol: *mut c_char,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (alphabet, symbols, check_symbol) =
            unsafe { (lent(alphabet)?, text(symbols)?, output(check_symbol)?) };
        let symbol = alphabet.read()?.check_symbol(symbols)?;
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
        for bits in 0..8 {
            let alphabet = fold(Alphabet::new(symbols).unwrap(), bits).unwrap();
            let folded: u32 = alphabet.look_alikes().map(bit).sum();
            assert_eq!(folded, bits);
            let written = stopgap_alphabet::from(alphabet);
            assert_eq!(written.look_alikes, bits);
            assert!(written.read().unwrap() == alphabet);
        }
        let refused = fold(Alphabet::new(symbols).unwrap(), 8).unwrap_err();
        assert_eq!(
            (refused.status, refused.found),
            (STOPGAP_ERR_INVALID_VALUE, 8)
        );
    }
}
