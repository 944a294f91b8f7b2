//! The OCRA response that an offline code is (RFC 6287; SPEC, "Offline codes").

use core::fmt::{self, Write};

use crate::{
    alphabet::Alphabet, code::Code, format::CodeFormat, hmac::Padded, key::EnrolmentKey,
    policy_error::PolicyError, purpose::Purpose, secret::wipe, validity::Validity,
};

/// The OCRA suite: HMAC-SHA-256 that is not truncated, over a challenge, 64
/// bytes of session and the minute (RFC 6287, section 6).
pub const SUITE: &str = "OCRA-1:HOTP-SHA256-0:QH08-S064-T1M";

const CHALLENGE_LEN: usize = 128;
const SESSION_LEN: usize = 64;

/// The length of the data input in bytes: suite, a zero byte, challenge,
/// session, minute (RFC 6287, section 5.1).
pub const DATA_INPUT_LEN: usize = TIME_AT + 8;

const CHALLENGE_AT: usize = SUITE.len() + 1;
const TIME_AT: usize = CHALLENGE_AT + CHALLENGE_LEN + SESSION_LEN;

/// An offline code as a number: the validity in the five highest bits, below
/// them the highest 59 bits of the OCRA response.
#[derive(Clone, Copy)]
pub(crate) struct Response(u64);

impl Response {
    /// The response of a number that somebody typed.
    pub(crate) const fn from_typed(number: u64) -> Self {
        Self(number)
    }

    /// How long the lock is to last.
    pub(crate) const fn validity(self) -> Validity {
        Validity::from_bits((self.0 >> 59).to_be_bytes()[7])
    }

    /// The number, for comparison in constant time.
    pub(crate) const fn number(self) -> u64 {
        self.0
    }
}

impl EnrolmentKey {
    /// The challenge of a minute: the first 4 bytes of HMAC(request key,
    /// be64(minute)).
    pub(crate) fn challenge(&self, minute: i64) -> [u8; 4] {
        let mac = (self.request).mac_padded(&Padded::<1>::new(&minute.to_be_bytes()));
        *mac.first_chunk().unwrap_or(&[0; 4])
    }

    /// The OCRA data input of an offline code: what an OCRA library is to be
    /// given, or computes itself, to check one (RFC 6287, section 5.1).
    ///
    /// `minute` counts from the Unix epoch, as [`minute_of`](super::minute_of)
    /// gives it.
    #[must_use]
    pub fn ocra_data_input(
        &self,
        minute: i64,
        purpose: Purpose,
        validity: Validity,
    ) -> Result<[u8; DATA_INPUT_LEN], PolicyError> {
        offline(validity)?;
        Ok(self.data_input(minute, purpose, validity))
    }

    fn data_input(
        &self,
        minute: i64,
        purpose: Purpose,
        validity: Validity,
    ) -> [u8; DATA_INPUT_LEN] {
        let mut input = [0; DATA_INPUT_LEN];
        let rest = write_challenge(&mut input, SUITE, &self.challenge(minute));
        if let Some((session, time)) = rest.split_at_mut_checked(SESSION_LEN) {
            session.copy_from_slice(&session_of(purpose, validity));
            time.copy_from_slice(&minute.to_be_bytes());
        }
        input
    }

    /// The offline code that answers the request code of a minute, for any
    /// purpose: [`OfflinePolicy::answer`](super::OfflinePolicy::answer) is the
    /// one that checks.
    #[must_use]
    pub fn offline_code(
        &self,
        minute: i64,
        purpose: Purpose,
        validity: Validity,
        alphabet: &Alphabet,
    ) -> Result<Code, PolicyError> {
        offline(validity)?;
        let response = self.responses(purpose, validity).at(minute);
        Ok(CodeFormat::new(*alphabet, 16).write(&response.0.to_be_bytes()))
    }

    pub(crate) fn responses(&self, purpose: Purpose, validity: Validity) -> Responses<'_> {
        Responses {
            key: self,
            validity,
            input: Padded::new(&self.data_input(0, purpose, validity)),
        }
    }
}

/// Refuses minutes and hours, which an offline code cannot carry.
pub(crate) const fn offline(validity: Validity) -> Result<(), PolicyError> {
    if validity.is_calendar() {
        Ok(())
    } else {
        Err(PolicyError::OfflineValidity)
    }
}

/// The responses to the challenges of an enrolment, each in a minute.
pub(crate) struct Responses<'k> {
    key: &'k EnrolmentKey,
    validity: Validity,
    /// The data input; between one minute and another, challenge and time differ.
    input: Padded<4>,
}

impl Responses<'_> {
    pub(crate) fn at(&mut self, minute: i64) -> Response {
        let input = self.input.bytes_mut();
        let challenge = input
            .get_mut(CHALLENGE_AT..)
            .and_then(<[u8]>::first_chunk_mut);
        if let Some(challenge) = challenge {
            *challenge = self.key.challenge(minute);
        }
        let time = input.get_mut(TIME_AT..).and_then(<[u8]>::first_chunk_mut);
        if let Some(time) = time {
            *time = minute.to_be_bytes();
        }
        let mut mac = self.key.response.mac_padded(&self.input);
        let head = u64::from_be_bytes(*mac.first_chunk().unwrap_or(&[0; 8]));
        wipe(&mut mac);
        Response((u64::from(self.validity.bits().unwrap_or_default()) << 59) | (head >> 5))
    }
}

/// Writes suite, zero byte and challenge, filled up with zeros to 128 bytes, and
/// gives what follows (RFC 6287, section 5.1).
fn write_challenge<'a>(input: &'a mut [u8], suite: &str, challenge: &[u8]) -> &'a mut [u8] {
    let Some((head, rest)) = input.split_at_mut_checked(suite.len()) else {
        return &mut [];
    };
    head.copy_from_slice(suite.as_bytes());
    let Some((challenge_field, rest)) = rest.split_at_mut_checked(1 + CHALLENGE_LEN) else {
        return &mut [];
    };
    challenge_field.fill(0);
    for (place, byte) in challenge_field.iter_mut().skip(1).zip(challenge) {
        *place = *byte;
    }
    rest
}

/// `stopgap/1 `, purpose, space, validity, with zeros before it.
fn session_of(purpose: Purpose, validity: Validity) -> [u8; SESSION_LEN] {
    let mut session = Session {
        bytes: [0; SESSION_LEN],
        length: 0,
    };
    // 22 of 64 bytes at the most, so this never fails.
    let _ = write!(session, "stopgap/1 {purpose} {validity}");
    session
        .bytes
        .rotate_right(SESSION_LEN.saturating_sub(session.length));
    session.bytes
}

struct Session {
    bytes: [u8; SESSION_LEN],
    length: usize,
}

impl Write for Session {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length.saturating_add(text.len());
        let place = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::{format, string::String, vec};

    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;

    use super::*;

    /// RFC 6287, section 5.2: dynamic truncation to eight digits. Stopgap does
    /// not truncate, so only these cases need it.
    fn eight_digits(key: &[u8], input: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(input);
        let mac = mac.finalize().into_bytes();
        let offset = usize::from(mac[31] & 0x0F);
        let word = u32::from_be_bytes(mac[offset..offset + 4].try_into().unwrap());
        format!("{:08}", (word & 0x7FFF_FFFF) % 100_000_000)
    }

    /// RFC 6287, appendix C: the SHA-256 suites whose data input begins as ours
    /// does, with the challenge right behind the suite. The 32-byte key and the
    /// PIN 1234 are those of the appendix. `C-QN08-PSHA1`, with a counter before
    /// the challenge, shares no construction with ours.
    #[test]
    fn rfc_6287_appendix_c() {
        let key = b"12345678901234567890123456789012";
        // SHA-1 of the PIN, as the appendix prints it.
        let pin = [
            0x71, 0x10, 0xed, 0xa4, 0xd0, 0x9e, 0x06, 0x2a, 0xa5, 0xe4, 0xa3, 0x90, 0xb0, 0xa5,
            0x72, 0xac, 0x0d, 0x2c, 0x02, 0x20,
        ];
        let alphanumeric = "OCRA-1:HOTP-SHA256-8:QA08";
        let numeric = "OCRA-1:HOTP-SHA256-8:QN08-PSHA1";
        let cases: [(&str, &[u8], &str); 20] = [
            // C.2, the server's response
            (alphanumeric, b"CLI22220SRV11110", "28247970"),
            (alphanumeric, b"CLI22221SRV11111", "01984843"),
            (alphanumeric, b"CLI22222SRV11112", "65387857"),
            (alphanumeric, b"CLI22223SRV11113", "03351211"),
            (alphanumeric, b"CLI22224SRV11114", "83412541"),
            // C.2, the client's response
            (alphanumeric, b"SRV11110CLI22220", "15510767"),
            (alphanumeric, b"SRV11111CLI22221", "90175646"),
            (alphanumeric, b"SRV11112CLI22222", "33777207"),
            (alphanumeric, b"SRV11113CLI22223", "95285278"),
            (alphanumeric, b"SRV11114CLI22224", "28934924"),
            // C.3, plain signature
            (alphanumeric, b"SIG10000", "53095496"),
            (alphanumeric, b"SIG11000", "04110475"),
            (alphanumeric, b"SIG12000", "31331128"),
            (alphanumeric, b"SIG13000", "76028668"),
            (alphanumeric, b"SIG14000", "46554205"),
            // C.1, one way: the decimal challenge in hexadecimal, then the PIN
            (numeric, &[0x00], "83238735"),
            (numeric, &[0xA9, 0x8A, 0xC7], "01501458"),
            (numeric, &[0x15, 0x31, 0x58, 0xE0], "17957585"),
            (numeric, &[0x1F, 0xCA, 0x05, 0x50], "86776967"),
            (numeric, &[0x2A, 0x62, 0xB1, 0xC0], "86807031"),
        ];
        let mut ran = 0;
        for (suite, challenge, response) in cases {
            let pin: &[u8] = if suite == numeric { &pin } else { &[] };
            let mut input = vec![0xFF; suite.len() + 1 + CHALLENGE_LEN + pin.len()];
            let rest = write_challenge(&mut input, suite, challenge);
            rest.copy_from_slice(pin);
            assert_eq!(
                eight_digits(key, &input),
                response,
                "{suite} {challenge:02x?}"
            );
            ran += 1;
        }
        assert_eq!(ran, 20);
    }

    #[test]
    fn the_longest_session_fits() {
        let session = session_of(Purpose::Register, Validity::days(31).unwrap());
        assert!(session.ends_with(b"\0stopgap/1 register P31D"));
    }

    #[test]
    fn the_data_input_is_as_long_as_the_rfc_makes_it() {
        // Suite 34, separator 1, Q 128, S064 64, T 8.
        assert_eq!(DATA_INPUT_LEN, 235);
    }
}
