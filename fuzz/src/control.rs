//! Faults on purpose. A fuzzer that does not find them within seconds finds nothing else
//! either.

use chrono::Datelike;
use stopgap::Validity;

use crate::{civil, draw::Draw};

/// Four bytes in a row. Chance takes four billion tries; a fuzzer that sees the program's
/// paths takes a few thousand.
pub fn needle(data: &[u8]) {
    if data.first() == Some(&b'g')
        && data.get(1) == Some(&b'a')
        && data.get(2) == Some(&b't')
        && data.get(3) == Some(&b'e')
    {
        panic!("control: the needle was found");
    }
}

/// The month end by a calendar without the rule for centuries, in which the year 2100 has
/// a 29 February.
pub fn month(data: &[u8]) {
    let issued = Draw::new(data).instant(0..=4_600_000_000);
    let expires = Validity::MONTH.expires_at(issued).unwrap();
    let mut wrong = civil::expiry(Validity::MONTH, issued.timestamp(), 0).unwrap();
    let is_leap = expires.year() % 4 == 0;
    if is_leap && (expires.month(), expires.day()) == (2, 28) && issued.day() > 28 {
        wrong += civil::DAY;
    }
    assert_eq!(expires.timestamp(), wrong, "control: the model is wrong");
}

/// Reads a byte past the end of memory, which `AddressSanitizer` must see.
pub fn overrun(data: &[u8]) {
    let copy: Box<[u8]> = data.into();
    if copy.starts_with(b"of") {
        // SAFETY: none. It is the fault.
        let behind = unsafe { copy.as_ptr().add(copy.len()).read_volatile() };
        // The black box keeps the compiler from removing the read.
        assert!(u16::from(behind) < 256);
    }
}
