//! The sentences for a struct of details, which anybody may have filled in.

use stopgap_c::{
    error::stopgap_error,
    message::{stopgap_error_message, stopgap_error_public_message},
    status::{STOPGAP_BUFFER_TOO_SMALL, STOPGAP_INVALID_VALUE, STOPGAP_OK, stopgap_status},
};

use super::{
    memory::{Buffer, Lent, Slot},
    value,
};
use crate::draw::Draw;

fn details(draw: &mut Draw<'_>) -> stopgap_error {
    const STATUSES: [stopgap_status; 9] = [0, 100, 200, 300, 400, 500, 600, 700, 800];
    let status = match draw.number(0..=15_u8) {
        0 => draw.number(stopgap_status::MIN..=stopgap_status::MAX),
        _ => draw.one_of(&STATUSES) + draw.number(0..=18),
    };
    let mut size = || match draw.number(0..=3_u8) {
        0 => draw.number(0..=usize::MAX),
        _ => draw.number(0..=300),
    };
    let (position, expected, found, index) = (size(), size(), size(), size());
    stopgap_error {
        time: value::seconds(draw),
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

/// Which of the two, and the zone.
struct Asked {
    error: stopgap_error,
    zone: Option<Lent>,
}

impl Asked {
    fn call(
        &self,
        buffer: *mut std::ffi::c_char,
        size: usize,
        needed: *mut usize,
    ) -> stopgap_status {
        let error = &raw const self.error;
        // SAFETY: the contract of the header.
        unsafe {
            match &self.zone {
                None => stopgap_error_message(error, buffer, size, needed),
                Some(zone) => stopgap_error_public_message(
                    error,
                    zone.pointer(),
                    zone.length(),
                    buffer,
                    size,
                    needed,
                ),
            }
        }
    }

    /// Asked twice, with room enough: the text.
    fn text(&self) -> Result<String, stopgap_status> {
        let mut needed = Slot::<usize>::new();
        let status = self.call(std::ptr::null_mut(), 0, needed.pointer());
        let size = needed
            .take(status == STOPGAP_BUFFER_TOO_SMALL)
            .ok_or(status)?;
        let mut text = vec![0xA5_u8; size];
        let status = self.call(text.as_mut_ptr().cast(), size, std::ptr::null_mut());
        assert_eq!(status, STOPGAP_OK);
        assert_eq!(text.pop(), Some(0));
        assert!(!text.contains(&0));
        Ok(String::from_utf8(text).unwrap())
    }
}

pub(super) fn messages(draw: &mut Draw<'_>) {
    let error = details(draw);
    let zone = draw.coin().then(|| value::zone_name(draw));
    let asked = Asked { error, zone };
    let text = asked.text();
    if let Some(zone) = &asked.zone {
        let expected = value::zone(zone).map_err(|failure| failure.status);
        match (&text, expected) {
            (Err(status), Err(wrong)) => assert_eq!(*status, wrong),
            (Err(status), Ok(_)) => assert_eq!(*status, STOPGAP_INVALID_VALUE),
            (Ok(_), expected) => assert!(expected.is_ok()),
        }
    } else if let Err(status) = text {
        assert_eq!(status, STOPGAP_INVALID_VALUE);
    }
    if error.status == 211 {
        let said = "That code is not valid.";
        assert!(
            asked.zone.is_none() || text.as_ref().is_ok_and(|text| text == said) || text.is_err()
        );
    }

    let mut buffer = Buffer::new(draw, 250);
    let capacity = buffer.capacity();
    let status = asked.call(buffer.pointer(), capacity, buffer.needed());
    let text = match (buffer.check(), text) {
        // The zone is looked at before the buffer.
        (_, Err(status))
            if asked
                .zone
                .as_ref()
                .is_some_and(|zone| value::zone(zone).is_err()) =>
        {
            Err(status.into())
        }
        (Err(nowhere), _) => Err(nowhere),
        (Ok(()), text) => text.map_err(Into::into),
    };
    let expected = text.clone().and_then(|text| buffer.fits(text.len() + 1));
    let expected = expected.map_or_else(|failure| failure.status, |()| STOPGAP_OK);
    assert_eq!(status, expected);
    buffer.holds_text(&text);
}
