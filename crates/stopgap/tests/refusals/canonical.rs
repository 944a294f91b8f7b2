//! Codes in canonical form, and purposes as numbers.

use stopgap::{Code, Malformed, Purpose, Purposes};

#[test]
fn only_the_canonical_form_is_a_code() {
    for symbols in [
        "01234567",
        "3F9A77C201BE",
        "ZYXWVUTSRQPONMLKJIHGFEDCBA987654",
    ] {
        let code = Code::from_canonical(symbols).unwrap();
        assert_eq!(code.reveal().canonical(), symbols);
    }
    let unexpected = |position| Malformed::UnexpectedSymbol { position };
    let length = |expected, found| Malformed::WrongLength { expected, found };
    for (symbols, expected) in [
        ("", length(8, 0)),
        ("0123456", length(8, 7)),
        (&*"7".repeat(33), length(32, 33)),
        (&*"7".repeat(256), length(32, 256)),
        (&*"7".repeat(257), Malformed::TooLong),
        ("3F9A-77C2-01BE", unexpected(4)),
        ("3f9A77C201BE", unexpected(1)),
        ("3F9A77C201BE ", unexpected(12)),
        (" ", unexpected(0)),
        ("3F9A77C201B\0", unexpected(11)),
        ("３F9A77C201BE", unexpected(0)),
        ("3F9A77C201BÉ", unexpected(11)),
        // The neighbours of the symbols in ASCII are not symbols.
        ("3F9A77C201B/", unexpected(11)),
        ("3F9A77C201B:", unexpected(11)),
        ("3F9A77C201B@", unexpected(11)),
        ("3F9A77C201B[", unexpected(11)),
        // A wrong symbol comes before a wrong length.
        ("?", unexpected(0)),
        (&*format!("{}é?", "7".repeat(40)), unexpected(40)),
    ] {
        let malformed = Code::from_canonical(symbols).map(|_| ()).unwrap_err();
        assert_eq!(malformed, expected, "{symbols}");
    }
}

#[test]
fn a_set_of_purposes_is_three_bits() {
    use Purpose::{Bypass, Register, Reset};

    assert_eq!(Purpose::ALL.map(Purpose::bit), [1, 2, 4]);
    for (bits, purposes) in [
        (0, &[][..]),
        (1, &[Reset]),
        (2, &[Register]),
        (3, &[Reset, Register]),
        (4, &[Bypass]),
        (5, &[Reset, Bypass]),
        (6, &[Register, Bypass]),
        (7, &[Reset, Register, Bypass]),
    ] {
        let set: Purposes = purposes.iter().copied().collect();
        assert_eq!(set.bits(), bits);
        assert_eq!(Purposes::from_bits(bits), Some(set));
    }
    for bits in 8..=u8::MAX {
        assert_eq!(Purposes::from_bits(bits), None, "{bits}");
    }
}
