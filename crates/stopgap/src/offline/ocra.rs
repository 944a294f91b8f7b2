//! Offline codes, computed from OCRA's data input (RFC 6287; SPEC, "Offline codes").

use core::fmt::{self, Write};

use zeroize::zeroize_bytes;

use crate::{
    alphabet::Alphabet, code::Code, format::CodeFormat, invalid_value::InvalidValue,
    key::EnrolmentKey, purpose::Purpose, validity::Validity,
};

/// The OCRA suite: HMAC-SHA-256 that is not truncated, over a challenge, 64 bytes of
/// session and the minute (RFC 6287, section 6).
pub const SUITE: &str = "OCRA-1:HOTP-SHA256-0:QH08-S064-T1M";

const CHALLENGE_LEN: usize = 128;
const SESSION_LEN: usize = 64;

/// The length of the data input in bytes: suite, a zero byte, challenge, session,
/// minute (RFC 6287, section 5.1).
pub const DATA_INPUT_LEN: usize = MINUTE_AT + 8;

const CHALLENGE_AT: usize = SUITE.len() + 1;
const SESSION_AT: usize = CHALLENGE_AT + CHALLENGE_LEN;
const MINUTE_AT: usize = SESSION_AT + SESSION_LEN;

/// An offline code as a number: the validity in the highest 5 bits, then the first 59
/// bits of the MAC of the data input.
#[derive(Clone, Copy)]
pub(crate) struct Response(u64);

impl Response {
    /// Creates a response from the number that a person typed.
    pub(crate) const fn from_typed(number: u64) -> Self {
        Self(number)
    }

    /// Returns the validity of the password-only lock.
    pub(crate) const fn validity(self) -> Validity {
        Validity::from_bits((self.0 >> 59).to_be_bytes()[7])
    }

    /// Returns the number, to be compared in constant time.
    pub(crate) const fn number(self) -> u64 {
        self.0
    }
}

impl EnrolmentKey {
    /// Returns the challenge of a minute: the first 4 bytes of HMAC(request key,
    /// be64(minute)).
    pub(crate) fn challenge(&self, minute: i64) -> [u8; 4] {
        let mac = self.derived.request.mac(&[&minute.to_be_bytes()]);
        *mac.first_chunk().unwrap_or(&[0; 4])
    }

    /// Returns the data input of an offline code.
    ///
    /// The data input is OCRA's (RFC 6287, section 5.1). The code is not an OCRA
    /// response, because it is longer and carries the validity.
    ///
    /// `minute` counts from the Unix epoch, as [`minute_of`](super::minute_of) returns
    /// it.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::OfflineValidity`] for minutes and hours.
    pub fn ocra_data_input(
        &self,
        minute: i64,
        purpose: Purpose,
        validity: Validity,
    ) -> Result<[u8; DATA_INPUT_LEN], InvalidValue> {
        check_offline(validity)?;
        Ok(self.responses(purpose, validity).data_input(minute))
    }

    /// Returns the offline code for the request code of a minute, without a look at the
    /// request. [`OfflinePolicy::answer`](super::OfflinePolicy::answer) reads it.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::OfflineValidity`] for minutes and hours.
    pub fn offline_code(
        &self,
        minute: i64,
        purpose: Purpose,
        validity: Validity,
        alphabet: &Alphabet,
    ) -> Result<Code, InvalidValue> {
        check_offline(validity)?;
        let response = self.responses(purpose, validity).at(minute);
        Ok(CodeFormat::new(*alphabet, 16).write(&response.0.to_be_bytes()))
    }

    pub(crate) fn responses(&self, purpose: Purpose, validity: Validity) -> Responses<'_> {
        let mut input = [0; DATA_INPUT_LEN];
        put(&mut input, 0, SUITE.as_bytes());
        put(&mut input, SESSION_AT, &session_of(purpose, validity));
        Responses {
            key: self,
            validity,
            input,
        }
    }
}

/// Refuses minutes and hours, which an offline code cannot carry.
pub(crate) const fn check_offline(validity: Validity) -> Result<(), InvalidValue> {
    if validity.is_calendar() {
        Ok(())
    } else {
        Err(InvalidValue::OfflineValidity)
    }
}

/// The responses of an enrolment in each minute, for one purpose and validity.
pub(crate) struct Responses<'k> {
    key: &'k EnrolmentKey,
    validity: Validity,
    /// The data input without challenge and minute.
    input: [u8; DATA_INPUT_LEN],
}

impl Responses<'_> {
    pub(crate) fn at(&self, minute: i64) -> Response {
        let mut mac = self.key.derived.response.mac(&[&self.data_input(minute)]);
        let head = u64::from_be_bytes(*mac.first_chunk().unwrap_or(&[0; 8]));
        zeroize_bytes(&mut mac);
        Response((u64::from(self.validity.bits().unwrap_or_default()) << 59) | (head >> 5))
    }

    fn data_input(&self, minute: i64) -> [u8; DATA_INPUT_LEN] {
        let mut input = self.input;
        put(&mut input, CHALLENGE_AT, &self.key.challenge(minute));
        put(&mut input, MINUTE_AT, &minute.to_be_bytes());
        input
    }
}

/// Writes a field of the data input.
fn put(input: &mut [u8], at: usize, field: &[u8]) {
    let places = input.get_mut(at..).unwrap_or_default();
    for (place, byte) in places.iter_mut().zip(field) {
        *place = *byte;
    }
}

/// Returns the session: `stopgap/1 `, purpose, space, validity, with zeros before them.
fn session_of(purpose: Purpose, validity: Validity) -> [u8; SESSION_LEN] {
    let mut session = Session {
        bytes: [0; SESSION_LEN],
        length: 0,
    };
    // The longest text has 22 bytes.
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

    use std::{format, string::String, vec::Vec};

    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;

    use super::*;

    /// Returns a data input as RFC 6287, section 5.1, defines it.
    fn data_input(suite: &str, challenge: &[u8], rest: &[u8]) -> Vec<u8> {
        let mut question = challenge.to_vec();
        question.resize(128, 0);
        [suite.as_bytes(), &[0], &question, rest].concat()
    }

    /// Truncates to eight digits (RFC 6287, section 5.2), which only these cases need.
    fn eight_digits(key: &[u8], input: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(input);
        let mac = mac.finalize().into_bytes();
        let offset = usize::from(mac[31] & 0x0F);
        let word = u32::from_be_bytes(mac[offset..offset + 4].try_into().unwrap());
        format!("{:08}", (word & 0x7FFF_FFFF) % 100_000_000)
    }

    /// The cases of RFC 6287, appendix C, with SHA-256 and a challenge right after the
    /// suite. The key and the PIN 1234 are those of the appendix.
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
            let digits = eight_digits(key, &data_input(suite, challenge, pin));
            assert_eq!(digits, response, "{suite} {challenge:02x?}");
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
    fn the_data_input_is_that_of_the_rfc() {
        let (key, minute) = (EnrolmentKey::from_bytes([9; 32]), 29_921_220_i64);
        let mut rest = [0; 64 + 8];
        rest[64 - 20..64].copy_from_slice(b"stopgap/1 bypass P7D");
        rest[64..].copy_from_slice(&minute.to_be_bytes());
        let expected = data_input(SUITE, &key.challenge(minute), &rest);
        let days = Validity::days(7).unwrap();
        let input = key.ocra_data_input(minute, Purpose::Bypass, days).unwrap();
        assert_eq!(input.as_slice(), expected);
        assert_eq!(DATA_INPUT_LEN, 235);
    }
}
