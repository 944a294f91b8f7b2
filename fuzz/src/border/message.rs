//! The sentences for a struct of details, which the caller may have filled with anything.

use std::{ffi::c_char, ptr};

use super::prelude::*;

fn details(draw: &mut Draw<'_>) -> stopgap_error {
    const THEMES: [stopgap_status; 14] = [
        0, 100, 200, 300, 400, 500, 600, 700, 710, 720, 730, 740, 760, 800,
    ];
    let status = match draw.number(0..=15_u8) {
        0 => draw.number(stopgap_status::MIN..=stopgap_status::MAX),
        _ => draw.one_of(&THEMES) + draw.number(0..=18),
    };
    let [position, expected, found, index] = [(); 4].map(|()| match draw.number(0..=3_u8) {
        0 => draw.number(0..=usize::MAX),
        _ => draw.number(0..=300),
    });
    stopgap_error {
        time: any_seconds(draw),
        position,
        expected,
        found,
        index,
        status,
        minutes: draw.number(i32::MIN..=i32::MAX),
        key_id: draw.number(0..=u32::MAX),
        role: draw.number(0..=5),
        action: draw.number(0..=13),
        callback: draw.number(i32::MIN..=i32::MAX),
    }
}

/// The details, and the zone and the language for the public message.
struct Asked {
    error: stopgap_error,
    zone: Option<Lent>,
    language: stopgap_language,
}

impl Asked {
    fn call(&self, buffer: *mut c_char, size: usize, needed: *mut usize) -> stopgap_status {
        let error = &raw const self.error;
        match &self.zone {
            None => c!(stopgap_error_message, error, buffer, size, needed),
            Some(zone) => {
                c!(
                    stopgap_error_public_message,
                    error,
                    [zone],
                    self.language,
                    buffer,
                    size,
                    needed
                )
            }
        }
    }

    /// Returns the text, after asking for its size and with enough room for it.
    fn text(&self) -> Outcome<String> {
        let mut needed = Slot::<usize>::new();
        let status = self.call(ptr::null_mut(), 0, needed.pointer());
        let size = needed.take(status == STOPGAP_ERR_BUFFER_TOO_SMALL);
        let mut text = vec![0xA5_u8; size.ok_or(status)?];
        let status = self.call(text.as_mut_ptr().cast(), text.len(), ptr::null_mut());
        assert_eq!(status, STOPGAP_OK);
        assert_eq!(text.pop(), Some(0));
        assert!(!text.contains(&0));
        Ok(String::from_utf8(text).unwrap())
    }
}

pub(super) fn messages(draw: &mut Draw<'_>) {
    let error = details(draw);
    let zone = draw.coin().then(|| zone_name(draw));
    let language = draw.number(0..=5);
    let asked = Asked {
        error,
        zone,
        language,
    };
    let is_zone = asked.zone.as_ref().map_or(Ok(Zone::UTC), zone_of);
    let text = asked.text();
    // Without a text, the zone is wrong, or otherwise the status.
    let wrong = match (&is_zone, &text) {
        (Ok(_), Err(_)) => STOPGAP_ERR_INVALID_VALUE,
        _ => status(&is_zone),
    };
    assert_eq!(status(&text), wrong);
    if let (211, Some(_), Ok(text)) = (error.status, &asked.zone, &text) {
        let sentences = [
            "That code is not valid.",
            "Dieser Code ist nicht gültig.",
            "Ce code n'est pas valide.",
            "Ese código no es válido.",
        ];
        let sentence = usize::try_from(language - 1).map(|index| sentences[index]);
        assert_eq!(sentence, Ok(text.as_str()));
    }

    let mut buffer = Buffer::new(draw, 250);
    let capacity = buffer.capacity;
    let found = asked.call(buffer.pointer(), capacity, buffer.needed());
    let text = is_zone.and_then(|_| buffer.check()).and(text);
    let expected = text.clone().and_then(|text| buffer.fits(text.len() + 1));
    assert_eq!(found, status(&expected));
    buffer.holds_text(&text);
}
