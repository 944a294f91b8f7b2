//! Formats, alphabets and codes: structs that the caller may have filled with anything.

use std::{ffi::CStr, ptr};

use super::prelude::*;

fn folded(mut alphabet: Alphabet, bits: u32) -> Outcome<Alphabet> {
    if bits > 7 {
        return Err(Failure::invalid(bits));
    }
    for (bit, look_alike) in [1, 2, 4].into_iter().zip(LookAlike::ALL) {
        if bits & bit != 0 {
            alphabet = alphabet.fold(look_alike)?;
        }
    }
    Ok(alphabet)
}

/// An alphabet in Rust and in C, where NULL stands for the usual one.
pub(super) struct Symbols {
    pub(super) alphabet: Option<Alphabet>,
    own: Option<Handle<stopgap_alphabet>>,
}

impl Symbols {
    pub(super) fn usual() -> Self {
        let (alphabet, own) = (None, None);
        Self { alphabet, own }
    }

    pub(super) fn pointer(&self) -> *const stopgap_alphabet {
        match (&self.own, self.alphabet) {
            (Some(own), _) => own.pointer,
            (None, Some(Alphabet::HEX)) => stopgap_alphabet_hex(),
            (None, Some(_)) => stopgap_alphabet_unambiguous(),
            (None, None) => ptr::null(),
        }
    }
}

/// Draws an alphabet.
pub(super) fn alphabet(draw: &mut Draw<'_>) -> Symbols {
    let mut alphabet = match draw.number(0..=7_u8) {
        0 => return Symbols::usual(),
        1..=3 => Alphabet::HEX,
        4..=5 => Alphabet::UNAMBIGUOUS,
        _ => draw.alphabet(),
    };
    let bits = draw.number(0..=15_u32);
    if let Some(folded) = (bits < 8).then(|| folded(alphabet, bits).ok()).flatten() {
        alphabet = folded;
    }
    // The alphabet may have been drawn with look-alikes.
    let bits = alphabet
        .look_alikes()
        .map(|one| {
            let place = LookAlike::ALL.iter().position(|known| *known == one);
            1 << place.unwrap()
        })
        .sum();
    let symbols = stopgap_text {
        ptr: alphabet.symbols().as_ptr().cast(),
        len: alphabet.symbols().len(),
    };
    let is_static = [Alphabet::HEX, Alphabet::UNAMBIGUOUS].contains(&alphabet);
    let own = (!is_static || draw.coin()).then(|| {
        Handle::new(stopgap_alphabet_free, |made, error| {
            c!(stopgap_alphabet_new, symbols, bits, made, error)
        })
    });
    let alphabet = Some(alphabet);
    Symbols { alphabet, own }
}

/// A format in C, and its alphabet.
pub(super) struct Format {
    pub(super) c: stopgap_format,
    symbols: Symbols,
}

fn look_alikes(draw: &mut Draw<'_>) -> u32 {
    match draw.number(0..=7_u8) {
        0..=3 => 0,
        4..=6 => draw.number(0..=7),
        _ => draw.number(0..=u32::MAX),
    }
}

/// Draws the symbols of an alphabet, or any bytes.
fn symbols(draw: &mut Draw<'_>) -> [u8; 20] {
    let mut symbols = [0; 20];
    symbols[..16].copy_from_slice(b"0123456789ABCDEF");
    match draw.number(0..=7_u8) {
        0..=2 => {}
        3..=4 => symbols[..16].copy_from_slice(b"Z3467ACEFHJKRWXY"),
        5 => symbols[..16].copy_from_slice(draw.alphabet().symbols().as_bytes()),
        6 => {
            symbols[draw.number(0..=19)] = draw.number(0..=255);
            // The bytes after the NUL have no meaning.
            symbols[17..].fill(draw.number(0..=255));
        }
        _ => symbols = symbols.map(|_| draw.number(0..=255)),
    }
    symbols
}

pub(super) fn format(draw: &mut Draw<'_>) -> Format {
    let rarely = |draw: &mut Draw<'_>, usual: u32| match draw.number(0..=7_u8) {
        7 => draw.number(0..=u32::MAX),
        _ => usual,
    };
    let (length, check_symbol) = (draw.number(8..=32), u32::from(draw.coin()));
    let symbols = alphabet(draw);
    let c = stopgap_format {
        alphabet: symbols.pointer(),
        length: rarely(draw, length),
        check_symbol: rarely(draw, check_symbol),
    };
    Format { c, symbols }
}

pub(super) fn format_of(format: &Format) -> Outcome<CodeFormat> {
    let alphabet = format.symbols.alphabet.unwrap_or(Alphabet::HEX);
    let format = &format.c;
    if format.check_symbol > 1 {
        return Err(Failure::invalid(format.check_symbol));
    }
    let length = usize::try_from(format.length).unwrap();
    let symbols = u8::try_from(length);
    let format = CodeFormat {
        check_symbol: format.check_symbol == 1,
        ..CodeFormat::new(
            alphabet,
            symbols.map_err(|_| Failure::found(STOPGAP_ERR_CODE_LENGTH, length))?,
        )
    };
    format.validate()?;
    Ok(format)
}

/// Returns the text of a code with NULs after it, as in `stopgap_code`.
fn shown(code: &Code) -> [u8; 40] {
    bytes(chars(code.reveal().as_bytes()))
}

fn says(code: stopgap_code) -> [u8; 40] {
    bytes(code.text)
}

/// Reads a code in a struct.
pub(super) fn code_of(code: &stopgap_code) -> Outcome<Code> {
    let symbols = text(code.text)?.replace('-', "");
    Ok(Code::from_canonical(&symbols)?)
}

pub(super) fn normalize(draw: &mut Draw<'_>) {
    let format = format(draw);
    let typed = draw.some(280);
    let typed = Lent::new(draw, typed);
    let read = || {
        let typed = typed.typed()?;
        Ok(shown(&format_of(&format)?.normalize(&typed)?))
    };
    output(draw, read, says, |code, error| {
        c!(stopgap_normalize, &raw const format.c, [typed], code, error)
    });
    normalize_any(draw, format, &typed);
}

/// Reads a text in several formats, in a buffer of any size.
fn normalize_any(draw: &mut Draw<'_>, first: Format, typed: &Lent) {
    const SIZE: usize = size_of::<stopgap_code>();
    let others = (0..draw.number(0..=2_u8)).map(|_| format(draw));
    let formats: Vec<_> = [first].into_iter().chain(others).collect();
    let formats = &formats[usize::from(draw.coin())..];
    let room = draw.number(0..=3_usize);
    let mut codes = vec![[0xA5_u8; SIZE]; room];
    let mut place = stopgap_codes {
        ptr: codes.as_mut_ptr().cast(),
        capacity: room,
        count: usize::MAX,
    };
    let read = || {
        let mut known = Vec::new();
        for (index, format) in formats.iter().enumerate() {
            known.push(format_of(format).map_err(|failure| failure.of_element(index))?);
        }
        let read = CodeFormat::normalize_any(&known, &typed.typed()?)?;
        Ok(read.iter().map(shown).collect::<Vec<_>>())
    };
    // The text is an argument, so it is checked before the formats.
    let read = typed.bytes().and_then(|_| read());
    let fits = read.clone().and_then(|read| match read.len() {
        many if many > room => Err(STOPGAP_ERR_BUFFER_TOO_SMALL.into()),
        _ => Ok(()),
    });
    let structs: Vec<_> = formats.iter().map(|format| format.c).collect();
    let (start, length, codes_place) = (structs.as_ptr(), structs.len(), &raw mut place);
    call(draw, &fits, |error| {
        let function = stopgap_normalize_any;
        c!(function, start, length, [typed], codes_place, error)
    });
    let read = read.ok();
    assert_eq!(place.count, read.as_ref().map_or(usize::MAX, Vec::len));
    let mut written = read.filter(|_| fits.is_ok()).unwrap_or_default();
    written.resize(room, [0xA5; SIZE]);
    assert_eq!(codes, written);
}

pub(super) fn encode(draw: &mut Draw<'_>) {
    let format = format(draw);
    let given = draw.some(20);
    let given = Lent::new(draw, given);
    let encoded = || {
        let given = given.bytes()?;
        Ok(shown(&format_of(&format)?.encode(given)?))
    };
    output(
        draw,
        encoded,
        says,
        |code, error| c!(stopgap_encode, &raw const format.c, [given;], code, error),
    );
}

pub(super) fn alphabets(draw: &mut Draw<'_>) {
    let known = symbols(draw);
    let text = if draw.coin() {
        draw.some(20)
    } else {
        CStr::from_bytes_until_nul(&known).map_or(&known[..], CStr::to_bytes)
    };
    let text = Lent::new(draw, text);
    let bits = look_alikes(draw);
    let new = || Ok(Ok(folded(Alphabet::new(text.text()?)?, bits)?));
    // Read again, it is the same alphabet.
    let says = |pointer: *mut stopgap_alphabet| {
        let free = stopgap_alphabet_free;
        let made = Handle { pointer, free };
        let mut info = Slot::<stopgap_alphabet_info>::sized();
        let place = info.pointer();
        succeed(|error| c!(stopgap_alphabet_info, made.pointer, place, error));
        let info = info.take(true).unwrap();
        // SAFETY: lent by the alphabet.
        let symbols =
            unsafe { std::slice::from_raw_parts(info.symbols.ptr.cast::<u8>(), info.symbols.len) };
        folded(
            Alphabet::new(str::from_utf8(symbols).unwrap())?,
            info.look_alikes,
        )
    };
    output(draw, new, says, |made, error| {
        c!(stopgap_alphabet_new, [text], bits, made, error)
    });

    let alphabet = alphabet(draw);
    let symbols = draw.some(40);
    let symbols = Lent::new(draw, symbols);
    let checked = || {
        let alphabet = alphabet.alphabet.ok_or(STOPGAP_ERR_NULL_ARGUMENT)?;
        let symbols = symbols.text()?;
        Ok(alphabet.check_symbol(symbols)?)
    };
    let says = |symbol| char::from(bytes([symbol])[0]);
    let alphabet = alphabet.pointer();
    output(draw, checked, says, |symbol, error| {
        c!(
            stopgap_alphabet_check_symbol,
            alphabet,
            [symbols],
            symbol,
            error
        )
    });
}

/// Draws the text of a code as a caller may have written it.
fn code(draw: &mut Draw<'_>) -> [u8; 40] {
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
    text
}

pub(super) fn texts_of_a_code(draw: &mut Draw<'_>) {
    let code = stopgap_code {
        text: chars(&code(draw)),
    };
    let (buffer, spoken) = (Buffer::new(draw, 420), draw.coin());
    let language = if spoken { draw.number(0..=5) } else { 0 };
    let shown = || {
        let language = if spoken {
            language_of(language)?
        } else {
            Language::English
        };
        let code = code_of(&code)?;
        let shown = code.reveal();
        Ok(if spoken {
            shown.spoken().in_language(language).to_string()
        } else {
            shown.canonical().to_owned()
        })
    };
    let code = &raw const code;
    text_output(draw, buffer, shown(), |text, size, needed, error| {
        if spoken {
            c!(
                stopgap_code_spoken,
                code,
                language,
                text,
                size,
                needed,
                error
            )
        } else {
            c!(stopgap_code_canonical, code, text, size, needed, error)
        }
    });
}
