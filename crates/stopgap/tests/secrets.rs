//! Secrets are wiped when dropped, and cannot be printed, compared or copied.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::{
    fmt::Display,
    marker::PhantomData,
    mem::{MaybeUninit, size_of},
    ptr,
};

use chrono::{DateTime, Utc};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde::de::DeserializeOwned;
use stopgap::{
    Action, Alphabet, Authenticated, Code, CodeDigest, CodeFormat, ComputedDigest, EnrolmentKey,
    Granted, KeyId, KeyRing, MasterKey, Name, OnlineGrant, OnlinePolicy, Purpose, Purposes,
    RecordTag, Refusal, Revealed, Role, Sealed, SecurityCode, SecurityFormat, SecurityText, Spoken,
    Validity, VerifyRequest, offline::Agent,
};

/// The format of the code within a security code.
const LONG: CodeFormat = CodeFormat::new(Alphabet::HEX, 32);

/// Drops a value, and returns the first `N` bytes of its memory afterwards.
///
/// # Safety
///
/// The first `N` bytes of `T` must not contain padding.
unsafe fn left_behind<T, const N: usize>(value: T) -> [u8; N] {
    assert!(N <= size_of::<T>());
    let mut place = MaybeUninit::new(value);
    // SAFETY: the place holds a value, which is not used any more.
    unsafe { ptr::drop_in_place(place.as_mut_ptr()) };
    // No pointer that was taken before the drop is valid after it.
    let bytes = place.as_ptr().cast::<u8>();
    // SAFETY: the place is still there, its bytes were written, and it has no padding.
    core::array::from_fn(|index| unsafe { bytes.add(index).read_volatile() })
}

#[test]
fn a_secret_is_wiped_when_dropped() {
    // Bytes that are not wiped are still there.
    // SAFETY: an array of bytes has no padding.
    let careless: [u8; 32] = unsafe { left_behind([0xA5_u8; 32]) };
    assert_eq!(careless, [0xA5; 32]);

    let code = LONG.encode(&[0xFF; 16]).unwrap();
    // SAFETY: a code is 32 symbols and a length of one byte.
    let code: [u8; size_of::<Code>()] = unsafe { left_behind(code) };
    assert_eq!(size_of::<Code>(), 32 + 1);
    assert!(!code.contains(&b'F'));
    // Only the length is left; it is the first or the last byte.
    assert_eq!(code.iter().filter(|byte| **byte != 0).count(), 1);
}

#[test]
fn a_revealed_code_is_wiped_when_dropped() {
    let code = LONG.encode(&[0xFF; 16]).unwrap();
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

/// Shows which traits `T` has: an inherent function has precedence over that of a trait.
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
    fn is_made() -> bool {
        false
    }
    fn is_made_of_a_digest() -> bool {
        false
    }
    fn is_read() -> bool {
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

impl<T: Default> Probe<T> {
    fn is_made() -> bool {
        true
    }
}

impl<T: From<CodeDigest>> Probe<T> {
    fn is_made_of_a_digest() -> bool {
        true
    }
}

impl<T: DeserializeOwned> Probe<T> {
    fn is_read() -> bool {
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
    // A name is not a secret, and has all three traits.
    assert_eq!(traits!(Name), [true, true, true]);
    for secret in [traits!(Code), traits!(MasterKey), traits!(EnrolmentKey)] {
        assert_eq!(secret, [false, false, false]);
    }
    // A digest is copied to a store, but cannot be compared.
    assert_eq!(traits!(CodeDigest), [false, false, true]);
    assert_eq!(traits!(ComputedDigest), [false, false, true]);
    // A request contains the typed text, so it cannot be printed.
    assert_eq!(traits!(VerifyRequest<'_>), [false, false, true]);
    // A tag is also the version of its record, so it can be compared.
    assert_eq!(traits!(RecordTag), [false, true, true]);
    // A revealed code can be printed.
    assert_eq!(traits!(Revealed<'_>), [true, false, false]);
    assert_eq!(traits!(SecurityText), [true, false, false]);
    assert_eq!(traits!(Spoken<'_>), [true, false, false]);
}

/// Verifies a computed digest, and no other.
type Verify = fn(
    &Sealed<OnlineGrant>,
    &KeyRing,
    &VerifyRequest<'_>,
    &ComputedDigest,
    DateTime<Utc>,
) -> Result<Granted, Refusal>;

/// Authenticates a computed digest, and no other.
type Authenticate = for<'a> fn(
    &'a Sealed<SecurityCode>,
    &KeyRing,
    &ComputedDigest,
    fn(&Name) -> Role,
    DateTime<Utc>,
) -> Result<Authenticated<'a>, Refusal>;

/// A digest from a store cannot be verified in place of a code: only the ring computes
/// one that can.
#[test]
fn a_stored_digest_does_not_stand_for_a_code() {
    assert!(Probe::<CodeDigest>::is_made_of_a_digest());
    assert!(Probe::<String>::is_read());
    assert_eq!(Probe::<CodeDigest>::is_read(), cfg!(feature = "serde"));
    assert!(Probe::<OnlinePolicy>::is_made());
    assert!(!Probe::<ComputedDigest>::is_made_of_a_digest());
    assert!(!Probe::<ComputedDigest>::is_read());
    assert!(!Probe::<ComputedDigest>::is_made());
    let _: Verify = Sealed::<OnlineGrant>::check_digest;
    let _: Authenticate = Sealed::<SecurityCode>::authenticate_digest;
}

#[test]
fn debug_shows_no_secret() {
    let master = MasterKey::from_bytes([0xA5; 32]);
    let enrolment = EnrolmentKey::from_bytes([0xA5; 32]);
    let code = LONG.encode(&[0xA5; 16]).unwrap();
    let shown = code.reveal();
    for (debug, expected) in [
        (format!("{master:?}"), "MasterKey(..)"),
        (format!("{enrolment:?}"), "EnrolmentKey(..)"),
        (format!("{code:?}"), "Code(32 symbols)"),
        (format!("{shown:?}"), "Revealed(..)"),
        (format!("{:?}", shown.spoken()), "Spoken(..)"),
        (
            format!("{:?}", SecurityFormat::default().text(&code)),
            "SecurityText(..)",
        ),
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
    let ring = KeyRing::new(KeyId(7), &master);
    let computed = ring.security_digests(&code).next().unwrap();
    assert_eq!(
        format!("{computed:?}"),
        "ComputedDigest { key_id: KeyId(7), digest: CodeDigest(..) }"
    );
    let ring = format!("{ring:?}");
    assert!(ring.contains("KeyId(7)") && ring.contains("HmacKey(..)"));
    assert!(!ring.contains("165"), "{ring}");
}

#[test]
fn debug_of_a_record_and_of_a_request_shows_no_secret() {
    let keys = KeyRing::new(KeyId(7), &MasterKey::from_bytes([0xA5; 32]));
    let now = DateTime::UNIX_EPOCH;
    let issued =
        OnlinePolicy::default().issue(&keys, "alice", now, &mut ChaCha20Rng::seed_from_u64(7));
    let (code, record) = issued.unwrap();
    let shown = code.reveal();
    let request = VerifyRequest::new("alice", shown.as_str(), Purpose::Reset);
    let granted = record.verify(&keys, &request, now).unwrap();
    let digest = base16ct::lower::encode_string(record.unverified().digest.as_bytes());
    let bytes = format!("{:?}", record.unverified().digest.as_bytes());
    for debug in [
        format!("{record:?}"),
        format!("{granted:?}"),
        format!("{request:?}"),
    ] {
        assert!(debug.contains("alice"), "{debug}");
        for secret in [shown.as_str(), shown.canonical(), &digest, &bytes] {
            assert!(!debug.contains(secret), "{debug}");
        }
    }
}

#[test]
fn values_that_are_not_secret_are_printed() {
    let key = EnrolmentKey::from_bytes([7; 32]);
    let request = key.request_code(0, &Alphabet::HEX);
    let code = LONG.encode(&[0xA5; 16]).unwrap();
    let name: Name = "alice".parse().unwrap();
    for (printed, expected) in [
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

/// The spelling alphabet of the ICAO (Annex 10, volume II, 5.2.1.3), and English digits.
#[test]
fn each_symbol_has_its_spoken_word() {
    let words = "Zero One Two Three Four Five Six Seven Eight Nine Alfa Bravo Charlie Delta Echo \
        Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa Quebec Romeo Sierra \
        Tango Uniform Victor Whiskey X-ray Yankee Zulu";
    let words: Vec<&str> = words.split(' ').collect();
    let symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    assert_eq!(words.len(), symbols.len());
    for start in [0, 16, 20] {
        let alphabet = Alphabet::new(&symbols[start..start + 16]).unwrap();
        let format = CodeFormat::new(alphabet, 16);
        let bytes = [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF];
        let spoken = format.encode(&bytes).unwrap().reveal().spoken().to_string();
        let spoken: Vec<&str> = spoken
            .split([' ', ','])
            .filter(|it| !it.is_empty())
            .collect();
        assert_eq!(spoken, words[start..start + 16]);
    }
}
