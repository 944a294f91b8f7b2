//! Formats and alphabets of C: structs that anybody may have filled in.

use std::ffi::CStr;

use stopgap::{Alphabet, Code, CodeFormat, CodeLength, LookAlike};
use stopgap_c::{
    alphabet::{stopgap_alphabet, stopgap_alphabet_check_symbol, stopgap_alphabet_new},
    code::{stopgap_code, stopgap_code_canonical, stopgap_code_spoken},
    format::{stopgap_encode, stopgap_format, stopgap_normalize},
    status::{STOPGAP_INVALID_VALUE, STOPGAP_NOT_TERMINATED, STOPGAP_NULL_ARGUMENT},
};

use super::memory::{Buffer, Failure, Lent, Outcome, Slot, call, chars, utf8};
use crate::draw::Draw;

fn bytes<const N: usize>(field: [std::ffi::c_char; N]) -> [u8; N] {
    field.map(|byte| byte.to_ne_bytes()[0])
}

/// A text in a struct.
fn read(field: &[u8]) -> Outcome<&str> {
    let text = CStr::from_bytes_until_nul(field).map_err(|_| STOPGAP_NOT_TERMINATED)?;
    utf8(text.to_bytes())
}

fn folded(alphabet: Alphabet, bits: u32) -> Outcome<Alphabet> {
    if bits > 7 {
        let found = usize::try_from(bits).unwrap();
        return Err(Failure::found(STOPGAP_INVALID_VALUE, found));
    }
    let mut folded = alphabet;
    for (bit, look_alike) in [1, 2, 4].into_iter().zip(LookAlike::ALL) {
        if bits & bit != 0 {
            folded = folded.fold(look_alike)?;
        }
    }
    Ok(folded)
}

pub(super) fn of_c(alphabet: &stopgap_alphabet) -> Outcome<Alphabet> {
    let symbols = bytes(alphabet.symbols);
    folded(Alphabet::new(read(&symbols)?)?, alphabet.look_alikes)
}

fn look_alikes(draw: &mut Draw<'_>) -> u32 {
    match draw.number(0..=7_u8) {
        0..=3 => 0,
        4..=6 => draw.number(0..=7),
        _ => draw.number(0..=u32::MAX),
    }
}

/// The symbols of an alphabet, or anything.
fn symbols(draw: &mut Draw<'_>) -> [u8; 20] {
    let mut symbols = [0; 20];
    match draw.number(0..=7_u8) {
        0..=2 => symbols[..16].copy_from_slice(b"0123456789ABCDEF"),
        3..=4 => symbols[..16].copy_from_slice(b"Z3467ACEFHJKRWXY"),
        5 => symbols[..16].copy_from_slice(draw.alphabet().symbols().as_bytes()),
        6 => {
            symbols[..16].copy_from_slice(b"0123456789ABCDEF");
            symbols[draw.number(0..=19)] = draw.number(0..=255);
            // Perhaps never written.
            symbols[17..].fill(draw.number(0..=255));
        }
        _ => {
            for symbol in &mut symbols {
                *symbol = draw.number(0..=255);
            }
        }
    }
    symbols
}

pub(super) fn alphabet(draw: &mut Draw<'_>) -> stopgap_alphabet {
    stopgap_alphabet {
        symbols: chars(symbols(draw)),
        look_alikes: look_alikes(draw),
    }
}

pub(super) fn format(draw: &mut Draw<'_>) -> stopgap_format {
    let rarely = |draw: &mut Draw<'_>, usual: u32| match draw.number(0..=7_u8) {
        7 => draw.number(0..=u32::MAX),
        _ => usual,
    };
    let (length, check_symbol) = (draw.number(8..=32), u32::from(draw.coin()));
    stopgap_format {
        alphabet: alphabet(draw),
        length: rarely(draw, length),
        check_symbol: rarely(draw, check_symbol),
    }
}

pub(super) fn format_of(format: &stopgap_format) -> Outcome<CodeFormat> {
    if format.check_symbol > 1 {
        let found = usize::try_from(format.check_symbol).unwrap();
        return Err(Failure::found(STOPGAP_INVALID_VALUE, found));
    }
    let alphabet = of_c(&format.alphabet)?;
    let length = CodeLength::new(usize::try_from(format.length).unwrap())?;
    Ok(CodeFormat {
        check_symbol: format.check_symbol == 1,
        ..CodeFormat::new(alphabet, length)
    })
}

fn check_code(code: Option<stopgap_code>, expected: Outcome<Code>) {
    assert_eq!(code.is_some(), expected.is_ok());
    if let (Some(code), Ok(expected)) = (code, expected) {
        let mut text = [0; 40];
        let shown = expected.reveal();
        text[..shown.as_bytes().len()].copy_from_slice(shown.as_bytes());
        assert_eq!(bytes(code.text), text);
    }
}

pub(super) fn normalize(draw: &mut Draw<'_>) {
    let format = format(draw);
    let typed = draw.some(280);
    let typed = Lent::new(draw, typed);
    let mut slot = Slot::new();
    let (code, place) = slot.perhaps(draw);
    let read = || {
        let typed = typed.text()?;
        place?;
        Ok(format_of(&format)?.normalize(typed)?)
    };
    let expected = read();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe {
            stopgap_normalize(
                &raw const format,
                typed.pointer(),
                typed.length(),
                code,
                error,
            )
        }
    });
    check_code(slot.take(expected.is_ok()), expected);
}

pub(super) fn encode(draw: &mut Draw<'_>) {
    let format = format(draw);
    let given = draw.some(20);
    let given = Lent::new(draw, given);
    let mut slot = Slot::new();
    let (code, place) = slot.perhaps(draw);
    let encoded = || {
        let given = given.bytes()?;
        place?;
        Ok(format_of(&format)?.encode(given)?)
    };
    let expected = encoded();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe {
            stopgap_encode(
                &raw const format,
                given.pointer(),
                given.length(),
                code,
                error,
            )
        }
    });
    check_code(slot.take(expected.is_ok()), expected);
}

pub(super) fn alphabets(draw: &mut Draw<'_>) {
    let known = symbols(draw);
    let text = if draw.coin() {
        draw.some(20)
    } else {
        super::memory::field(&known)
    };
    let text = Lent::new(draw, text);
    let bits = look_alikes(draw);
    let mut slot = Slot::<stopgap_alphabet>::new();
    let (made, place) = slot.perhaps(draw);
    let new = || {
        let text = text.text()?;
        place?;
        folded(Alphabet::new(text)?, bits)
    };
    let expected = new();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe { stopgap_alphabet_new(text.pointer(), text.length(), bits, made, error) }
    });
    if let Some(made) = slot.take(expected.is_ok()) {
        // What is made is the same alphabet when it comes back.
        assert_eq!(of_c(&made), expected);
    }

    let alphabet = alphabet(draw);
    let symbols = draw.some(40);
    let symbols = Lent::new(draw, symbols);
    let mut slot = Slot::new();
    let (symbol, place) = slot.perhaps(draw);
    let checked = || {
        let symbols = symbols.text()?;
        place?;
        Ok(of_c(&alphabet)?.check_symbol(symbols)?)
    };
    let expected = checked();
    call(draw, &expected, |error| {
        let (pointer, length) = (symbols.pointer(), symbols.length());
        // SAFETY: the contract of the header.
        unsafe {
            stopgap_alphabet_check_symbol(&raw const alphabet, pointer, length, symbol, error)
        }
    });
    let found = slot.take(expected.is_ok());
    let found = found.map(|symbol| char::from(symbol.to_ne_bytes()[0]));
    assert_eq!(found, expected.ok());
}

/// A code as a caller may have written it.
fn code(draw: &mut Draw<'_>) -> stopgap_code {
    let mut text = [0; 40];
    match draw.number(0..=3_u8) {
        0 => text[..14].copy_from_slice(b"3F9A-77C2-01BE"),
        1 => {
            let symbols = draw.number(0..=40);
            text[..symbols].fill(draw.one_of(b"0AZ-z"));
        }
        _ => {
            let some = draw.some(40);
            text[..some.len()].copy_from_slice(some);
        }
    }
    stopgap_code { text: chars(text) }
}

pub(super) fn texts_of_a_code(draw: &mut Draw<'_>) {
    let code = code(draw);
    let mut buffer = Buffer::new(draw, 330);
    let is_null = draw.number(0..=31_u8) == 31;
    let spoken = draw.coin();
    let symbols: Vec<u8> = bytes(code.text)
        .into_iter()
        .filter(|byte| *byte != b'-')
        .collect();
    let text = || {
        if is_null {
            return Err(STOPGAP_NULL_ARGUMENT.into());
        }
        buffer.check()?;
        read(&bytes(code.text))?;
        let code = Code::from_canonical(read(&symbols)?)?;
        let shown = code.reveal();
        Ok(if spoken {
            shown.spoken().to_string()
        } else {
            shown.canonical().to_owned()
        })
    };
    let text = text();
    let expected = text.clone().and_then(|text| buffer.fits(text.len() + 1));
    let function = if spoken {
        stopgap_code_spoken
    } else {
        stopgap_code_canonical
    };
    let code: *const stopgap_code = if is_null {
        std::ptr::null()
    } else {
        &raw const code
    };
    call(draw, &expected, |error| {
        let capacity = buffer.capacity();
        // SAFETY: the contract of the header.
        unsafe { function(code, buffer.pointer(), capacity, buffer.needed(), error) }
    });
    buffer.holds_text(&text);
}
