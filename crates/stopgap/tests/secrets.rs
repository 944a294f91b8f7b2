//! What makes a secret one: it is wiped when dropped, and it cannot be printed,
//! compared or copied.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

use std::{
    fmt::Display,
    marker::PhantomData,
    mem::{MaybeUninit, size_of},
    ptr,
};

use stopgap::{
    Action, Alphabet, Code, CodeDigest, CodeFormat, CodeLength, EnrolmentKey, KeyId, KeyRing,
    MasterKey, Name, Purpose, Purposes, RecordTag, Revealed, Role, Spoken, Validity,
    offline::Agent,
};

/// The first `N` bytes where a value was, after it was dropped there.
///
/// # Safety
///
/// The first `N` bytes of `T` must be no padding.
unsafe fn left_behind<T, const N: usize>(value: T) -> [u8; N] {
    assert!(N <= size_of::<T>());
    let mut place = MaybeUninit::new(value);
    // SAFETY: the place holds a value, which is not used any more.
    unsafe { ptr::drop_in_place(place.as_mut_ptr()) };
    // Taken now: what is dropped is borrowed, and no earlier pointer outlives that.
    let bytes = place.as_ptr().cast::<u8>();
    // SAFETY: the place is still there, its bytes were written, none is padding.
    core::array::from_fn(|index| unsafe { bytes.add(index).read_volatile() })
}

#[test]
fn a_secret_is_wiped_when_dropped() {
    // What nobody wipes is still there.
    // SAFETY: an array of bytes has no padding.
    let careless: [u8; 32] = unsafe { left_behind([0xA5_u8; 32]) };
    assert_eq!(careless, [0xA5; 32]);

    // SAFETY: a master key is 32 bytes and nothing else.
    let master: [u8; 32] = unsafe { left_behind(MasterKey::from_bytes([0xA5; 32])) };
    assert_eq!(size_of::<MasterKey>(), 32);
    assert_eq!(master, [0; 32]);

    let enrolment = EnrolmentKey::from_bytes([0xA5; 32]);
    // SAFETY: the key, and of three that were derived two states each of SHA-256.
    let enrolment: [u8; size_of::<EnrolmentKey>()] = unsafe { left_behind(enrolment) };
    assert_eq!(size_of::<EnrolmentKey>(), 32 + 3 * 2 * 32);
    assert_eq!(enrolment, [0; size_of::<EnrolmentKey>()]);

    let code = CodeFormat::SECURITY.encode(&[0xFF; 16]).unwrap();
    // SAFETY: a code is 32 symbols and a length as large as a word.
    let code: [u8; size_of::<Code>()] = unsafe { left_behind(code) };
    assert_eq!(size_of::<Code>(), 32 + size_of::<usize>());
    assert!(!code.contains(&b'F'));
}

#[test]
fn what_was_revealed_is_wiped_too() {
    let code = CodeFormat::SECURITY.encode(&[0xFF; 16]).unwrap();
    let mut place = MaybeUninit::new(code.reveal());
    let start = place.as_ptr().cast::<u8>();
    // SAFETY: the place holds a value.
    let text = unsafe { place.assume_init_ref() }.as_bytes();
    let (offset, length) = (text.as_ptr().addr() - start.addr(), text.len());
    assert_eq!((length, text[0]), (39, b'F'));
    // SAFETY: the value is not used any more.
    unsafe { ptr::drop_in_place(place.as_mut_ptr()) };
    let start = place.as_ptr().cast::<u8>();
    // SAFETY: the place is still there, and these bytes of it were written.
    let left = |index| unsafe { start.add(offset + index).read_volatile() };
    assert!((0..length).map(left).all(|byte| byte == 0));
}

/// Says which traits `T` has: a function of its own comes before a trait's.
struct Probe<T>(PhantomData<T>);

trait Absent {
    fn is_printed() -> bool {
        false
    }
    fn is_compared() -> bool {
        false
    }
    fn is_cloned() -> bool {
        false
    }
}

impl<T> Absent for Probe<T> {}

impl<T: Display> Probe<T> {
    fn is_printed() -> bool {
        true
    }
}

impl<T: PartialEq> Probe<T> {
    fn is_compared() -> bool {
        true
    }
}

impl<T: Clone> Probe<T> {
    fn is_cloned() -> bool {
        true
    }
}

macro_rules! traits {
    ($type:ty) => {
        [
            Probe::<$type>::is_printed(),
            Probe::<$type>::is_compared(),
            Probe::<$type>::is_cloned(),
        ]
    };
}

#[test]
fn a_secret_is_not_printed_compared_or_cloned() {
    // What is no secret has all three.
    assert_eq!(traits!(Name), [true, true, true]);
    for secret in [traits!(Code), traits!(MasterKey), traits!(EnrolmentKey)] {
        assert_eq!(secret, [false, false, false]);
    }
    // A digest and a tag are copied to a store, but not compared.
    assert_eq!(traits!(CodeDigest), [false, false, true]);
    assert_eq!(traits!(RecordTag), [false, false, true]);
    // What was revealed is there to be printed.
    assert_eq!(traits!(Revealed<'_>), [true, false, false]);
    assert_eq!(traits!(Spoken<'_>), [true, false, false]);
}

/// What the debugger and the log see of each; nothing of what was put in.
#[test]
fn a_secret_is_a_name_in_a_log() {
    let master = MasterKey::from_bytes([0xA5; 32]);
    let enrolment = EnrolmentKey::from_bytes([0xA5; 32]);
    let code = CodeFormat::SECURITY.encode(&[0xA5; 16]).unwrap();
    let shown = code.reveal();
    for (debug, expected) in [
        (format!("{master:?}"), "MasterKey(..)"),
        (format!("{enrolment:?}"), "EnrolmentKey(..)"),
        (format!("{code:?}"), "Code(32 symbols)"),
        (format!("{shown:?}"), "Revealed(..)"),
        (format!("{:?}", shown.spoken()), "Spoken(..)"),
        (
            format!("{:?}", CodeDigest::from_bytes([0xA5; 32])),
            "CodeDigest(..)",
        ),
        (
            format!("{:?}", RecordTag::from_bytes([0xA5; 32])),
            "RecordTag(..)",
        ),
        (
            format!(
                "{:?}",
                Agent::new(EnrolmentKey::from_bytes([0xA5; 32])).seal()
            ),
            "SealedState(..)",
        ),
    ] {
        assert_eq!(debug, expected);
    }
    let ring = format!("{:?}", KeyRing::new(KeyId(7), &master));
    assert!(ring.contains("KeyId(7)") && ring.contains("HmacKey(..)"));
    assert!(!ring.contains("165"), "{ring}");
}

/// What is no secret is printed as what it is, and as wide as it is asked to be.
#[test]
fn what_is_no_secret_is_printed() {
    let key = EnrolmentKey::from_bytes([7; 32]);
    let request = key.request_code(0, &Alphabet::HEX);
    let code = CodeFormat::SECURITY.encode(&[0xA5; 16]).unwrap();
    let name: Name = "alice".parse().unwrap();
    for (printed, expected) in [
        (CodeLength::ONLINE.to_string(), "12"),
        (KeyId(7).to_string(), "7"),
        (Role::HelpDesk.to_string(), "help_desk"),
        (Action::AnswerRequest.to_string(), "answer a request code"),
        (Purpose::Bypass.to_string(), "bypass"),
        (Validity::DAY.to_string(), "P1D"),
        (format!("{name:>7}"), "  alice"),
        (format!("{name:?}"), "\"alice\""),
        (request.to_string(), request.as_str()),
        (
            format!("{request:?}"),
            &format!("RequestCode({})", request.as_str()),
        ),
        (
            format!("{:?}", Purposes::from([Purpose::Reset, Purpose::Bypass])),
            "{Reset, Bypass}",
        ),
        (
            format!("{:?}", Alphabet::HEX),
            "Alphabet { symbols: \"0123456789ABCDEF\", .. }",
        ),
        (
            code.reveal().spoken().to_string(),
            ["Alfa Five Alfa Five"; 8].join(", ").as_str(),
        ),
        (
            format!("{:>42}", code.reveal()),
            &format!("   {}", ["A5A5"; 8].join("-")),
        ),
    ] {
        assert_eq!(printed, expected);
    }
}
