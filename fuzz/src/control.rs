//! Faults on purpose, which a fuzzer must find within seconds: else it looks at nothing.

use chrono::{DateTime, Datelike};
use stopgap::Validity;

use crate::{civil, draw::Draw};

/// Four bytes, one after another: chance takes four billion tries, a fuzzer that sees
/// where the program has been takes a few thousand.
pub fn needle(data: &[u8]) {
    if data.first() == Some(&b'g')
        && data.get(1) == Some(&b'a')
        && data.get(2) == Some(&b't')
        && data.get(3) == Some(&b'e')
    {
        panic!("control: the needle was found");
    }
}

/// The month end by a calendar that knows nothing of centuries: the year 2100 has no 29
/// February.
pub fn month(data: &[u8]) {
    let issued = Draw::new(data).instant(0..=4_600_000_000);
    let expires = Validity::MONTH.expires_at(issued).unwrap();
    let (year, month, day) = (issued.year(), issued.month(), issued.day());
    let (year, month) = (year + i32::try_from(month / 12).unwrap(), month % 12 + 1);
    let last = match month {
        2 if year % 4 == 0 => 29,
        month => civil::month_length(2001, month.into()),
    };
    let days = civil::days(year.into(), month.into(), i64::from(day).min(last));
    let time = issued.timestamp().rem_euclid(civil::DAY);
    let wrong = DateTime::from_timestamp(days * civil::DAY + time, 0).unwrap();
    assert_eq!(
        expires.timestamp(),
        wrong.timestamp(),
        "control: the model is wrong"
    );
}

/// Reads a byte behind the end of memory, which `AddressSanitizer` must see.
pub fn overrun(data: &[u8]) {
    let copy: Box<[u8]> = data.into();
    if copy.first() == Some(&b'o') && copy.get(1) == Some(&b'f') {
        // SAFETY: none. It is the fault.
        let behind = unsafe { copy.as_ptr().add(copy.len()).read_volatile() };
        // So that it is read.
        assert!(u16::from(behind) < 256);
    }
}
