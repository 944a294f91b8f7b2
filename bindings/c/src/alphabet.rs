//! Sixteen symbols that codes are written in.

use std::ffi::c_char;

use stopgap::{Alphabet, LookAlike};

use crate::{
    error::{count, found, stopgap_error},
    guard::{Outcome, guard, lent, output, text},
    status::{STOPGAP_INVALID_VALUE, stopgap_status},
    text,
};

/// A letter that people mistake for a digit; joined by `|`.
pub type stopgap_look_alikes = u32;
/// `O` is read as `0`.
pub const STOPGAP_O_AS_ZERO: stopgap_look_alikes = 1;
/// `I` is read as `1`.
pub const STOPGAP_I_AS_ONE: stopgap_look_alikes = 2;
/// `L` is read as `1`.
pub const STOPGAP_L_AS_ONE: stopgap_look_alikes = 4;

/// Sixteen distinct symbols out of `0-9A-Z`; the symbol at index i stands for the
/// nibble i (SPEC, "Alphabets"). It comes from stopgap_alphabet_new, or one of the
/// two below; one that was filled in by hand is checked when it is used.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_alphabet {
    /// The symbols, a NUL, and three more.
    pub symbols: [c_char; 20],
    /// How what is typed is read.
    pub look_alikes: stopgap_look_alikes,
}

/// The two that everybody uses, known without a look at their symbols.
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

    /// The alphabet, where it is one of the two.
    #[inline]
    pub(crate) fn known(&self) -> Option<&'static Alphabet> {
        // What is behind the NUL was perhaps never written.
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
        LookAlike::OAsZero => STOPGAP_O_AS_ZERO,
        LookAlike::IAsOne => STOPGAP_I_AS_ONE,
        LookAlike::LAsOne => STOPGAP_L_AS_ONE,
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
        return Err(found(STOPGAP_INVALID_VALUE, count(look_alikes)));
    }
    let folded = LookAlike::ALL
        .into_iter()
        .filter(|look_alike| look_alikes & bit(*look_alike) != 0)
        .try_fold(alphabet, Alphabet::fold)?;
    Ok(folded)
}

/// `0123456789ABCDEF`, the default of online and security codes.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_alphabet_hex() -> stopgap_alphabet {
    Alphabet::HEX.into()
}

/// `Z3467ACEFHJKRWXY`, the default of request codes and offline codes: no two of
/// its symbols look or sound alike.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_alphabet_unambiguous() -> stopgap_alphabet {
    Alphabet::UNAMBIGUOUS.into()
}

/// An alphabet of one's own, with look-alikes switched on or 0. One whose digit is
/// no symbol changes nothing.
///
/// Errors: STOPGAP_ALPHABET_COUNT and those that follow it, by number, up to
/// STOPGAP_ALPHABET_AMBIGUOUS; STOPGAP_INVALID_VALUE for look-alikes that there
/// are not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_alphabet_new(
    symbols: *const c_char,
    symbols_length: usize,
    look_alikes: stopgap_look_alikes,
    alphabet: *mut stopgap_alphabet,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (symbols, alphabet) = unsafe { (text(symbols, symbols_length)?, output(alphabet)?) };
        alphabet.write(fold(Alphabet::new(symbols)?, look_alikes)?.into());
        Ok(())
    })
}

/// The check symbol of any number of symbols, by ISO/IEC 7064, hybrid system MOD
/// 17,16. Symbols are read as they stand: in capitals and without hyphens, and not
/// as a secret: the time this takes depends on them.
///
/// Errors: STOPGAP_UNEXPECTED_SYMBOL for anything but a symbol; those of
/// stopgap_alphabet_new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_alphabet_check_symbol(
    alphabet: *const stopgap_alphabet,
    symbols: *const c_char,
    symbols_length: usize,
    check_symbol: *mut c_char,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (alphabet, symbols, check_symbol) = unsafe {
            (
                lent(alphabet)?,
                text(symbols, symbols_length)?,
                output(check_symbol)?,
            )
        };
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
        assert_eq!((refused.status, refused.found), (STOPGAP_INVALID_VALUE, 8));
    }
}
