//! Words, and functions that take only numbers and instants.

use std::{
    convert::identity,
    ffi::{CStr, c_char},
};

use stopgap_c::text::stopgap_text;

use super::prelude::*;

type Parse = unsafe extern "C" fn(stopgap_text, *mut u32, *mut stopgap_error) -> stopgap_status;
type Text =
    unsafe extern "C" fn(u32, *mut c_char, usize, *mut usize, *mut stopgap_error) -> stopgap_status;

fn parse(
    draw: &mut Draw<'_>,
    function: Parse,
    words: &[&[u8]],
    read: impl FnOnce(&str) -> Outcome<u32>,
) {
    let word = if draw.coin() {
        draw.some(24)
    } else {
        draw.one_of(words)
    };
    let word = Lent::new(draw, word);
    let expected = || read(word.text()?);
    output(draw, expected, identity, |number, error| {
        c!(function, [word], number, error)
    });
}

fn write(draw: &mut Draw<'_>, function: Text, number: u32, word: Outcome<String>) {
    let buffer = Buffer::new(draw, 24);
    text_output(draw, buffer, word, |text, size, needed, error| {
        c!(function, number, text, size, needed, error)
    });
}

pub(super) fn words(draw: &mut Draw<'_>) {
    let any = draw.number(0..=5_u32);
    match draw.number(0..=6_u8) {
        0 => {
            let words: [&[u8]; 7] = [
                b"P7D", b"1 month", b"p32d", b"0d", b"7\0d", b"PT1H30M", b"90 min",
            ];
            parse(draw, stopgap_validity_parse, &words, |word| {
                Ok(validity_number(word.parse()?))
            });
        }
        1 => {
            let (number, validity) = validity(draw);
            let word = validity.map(|validity| validity.to_string());
            write(draw, stopgap_validity_text, number, word);
        }
        2 => {
            let words: [&[u8]; 4] = [b"reset", b"Register", b"BYPASS", b"bypass\0"];
            parse(draw, stopgap_purpose_parse, &words, |word| {
                Ok(word.parse::<Purpose>()?.bit().into())
            });
        }
        3 => {
            let word = purpose_of(any).map(|purpose| purpose.as_str().to_owned());
            write(draw, stopgap_purpose_text, any, word);
        }
        4 => {
            let words: [&[u8]; 4] = [
                b"user",
                b"help_desk",
                b"Administrator",
                b"super_administrator",
            ];
            parse(draw, stopgap_role_parse, &words, |word| {
                Ok(role_number(word.parse::<Role>()?))
            });
        }
        5 => {
            let words: [&[u8]; 5] = [b"de", b"EN_us.UTF-8", b"fr-CH", b"es@x", b"C"];
            parse(draw, stopgap_language_parse, &words, |word| {
                Ok(match word.parse::<Language>()? {
                    Language::English => 1,
                    Language::German => 2,
                    Language::French => 3,
                    Language::Spanish => 4,
                    _ => 0,
                })
            });
        }
        _ => {
            let word = role_of(any).map(|role| role.as_str().to_owned());
            write(draw, stopgap_role_text, any, word);
        }
    }
}

pub(super) fn expires_at(draw: &mut Draw<'_>) {
    let (number, validity) = validity(draw);
    let (issued, name) = (any_seconds(draw), zone_name(draw));
    let expires = || {
        let zone = zone_of(&name)?;
        let issued = instant(issued)?.with_timezone(&zone);
        Ok(validity?.expires_at(issued)?.timestamp())
    };
    output(draw, expires, identity, |at, error| {
        c!(
            stopgap_validity_expires_at,
            number,
            issued,
            [name],
            at,
            error
        )
    });
}

/// Functions that take any number.
pub(super) fn numbers(draw: &mut Draw<'_>) {
    let seconds = any_seconds(draw);
    assert_eq!(stopgap_minute_of(seconds), seconds.div_euclid(60));
    let left = 60 - seconds.rem_euclid(60);
    assert_eq!(i64::from(stopgap_seconds_left(seconds)), left);
    if let Ok(instant) = stored(seconds) {
        assert_eq!(minute_of(instant), seconds.div_euclid(60));
    }
    let status = match draw.number(0..=3_u8) {
        0 => draw.number(i32::MIN..=i32::MAX),
        _ => draw.number(0..=800),
    };
    for text in [stopgap_status_name(status), stopgap_status_message(status)] {
        assert!(!text.is_null());
        // SAFETY: the text is the library's, and ends with a NUL.
        let text = unsafe { CStr::from_ptr(text) };
        assert!(!text.to_str().unwrap().is_empty());
    }
}
