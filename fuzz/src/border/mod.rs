//! The C border: functions of `stopgap.h` with any lengths, bytes that are not text, NULs,
//! small buffers and wrong pointers. The status and its details must be those of the core;
//! the outputs must be those that the header promises, and no other byte may be written.

mod answer;
mod call;
mod enrolment;
mod failure;
mod format;
mod grant;
mod handle;
mod key;
mod layout;
mod machine;
mod memory;
mod message;
mod prelude;
mod record;
mod request;
mod security_change;
mod security_code;
mod security_member;
mod security_request;
mod security_text;
mod throttle;
mod value;
mod verification;
mod words;

use crate::draw::Draw;

/// Runs four checks, or fewer if the input ends.
fn steps(data: &[u8], step: impl Fn(&mut Draw<'_>)) {
    let mut draw = Draw::new(data);
    for _ in 0..4 {
        step(&mut draw);
        if draw.is_empty() {
            break;
        }
    }
}

/// Values: formats, words, keys and messages.
pub fn values(data: &[u8]) {
    steps(data, |draw| match draw.number(0..=11_u8) {
        0 | 1 => format::normalize(draw),
        2 => format::encode(draw),
        3 => format::alphabets(draw),
        4 => format::texts_of_a_code(draw),
        5 => words::words(draw),
        6 => words::expires_at(draw),
        7 => words::numbers(draw),
        8 => message::messages(draw),
        9 => {
            key::from_hex(draw);
            key::from_bytes(draw);
        }
        10 => key::names(draw),
        _ => key::resume(draw),
    });
}

/// Records: structs from a caller's store, as they were written, or with some changed
/// members, or full of any bytes.
pub fn records(data: &[u8]) {
    let server = record::Server::new([7; 32]);
    steps(data, |draw| match draw.number(0..=23_u8) {
        0..=4 => grant::one(draw, &server),
        5 | 6 => grant::several(draw, &server),
        7..=9 => security_text::authenticate(draw, &server),
        10 | 11 => security_change::changes(draw, &server),
        12 => throttle::throttles(draw),
        13 => machine::located(draw),
        14 | 15 => answer::answer(draw, &server),
        16 => machine::redeem(draw),
        17 | 18 => grant::issue(draw, &server),
        19 => enrolment::changes(draw, &server),
        20 => throttle::records(draw, &server),
        21 => grant::presets(draw, &server),
        _ => verification::verifications(draw, &server),
    });
}
