//! The C border: functions of `stopgap.h` with any lengths, bytes that are no text, NULs,
//! small buffers and pointers that are none. The status, and its details, are what the
//! core says; what is written is what the header promises, and no byte beside it.

mod format;
mod grant;
mod key;
mod machine;
mod memory;
mod message;
mod reason;
pub mod record;
mod security_code;
mod throttle;
mod value;

use crate::draw::Draw;

pub fn target(data: &[u8]) {
    let mut draw = Draw::new(data);
    for _ in 0..4 {
        match draw.number(0..=11_u8) {
            0 | 1 => format::normalize(&mut draw),
            2 => format::encode(&mut draw),
            3 => format::alphabets(&mut draw),
            4 => format::texts_of_a_code(&mut draw),
            5 => value::words(&mut draw),
            6 => value::expires_at(&mut draw),
            7 => {
                value::numbers(&mut draw);
                value::lives(&mut draw);
            }
            8 => message::messages(&mut draw),
            9 => {
                key::from_hex(&mut draw);
                key::from_bytes(&mut draw);
            }
            10 => key::names(&mut draw),
            _ => key::resume(&mut draw),
        }
        if draw.is_empty() {
            break;
        }
    }
}
