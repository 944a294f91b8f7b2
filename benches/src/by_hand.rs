//! The work without Stopgap: written with the crates `hmac`, `sha2` and `subtle`,
//! prepared keys and no needless allocation.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// A code's record, by hand.
#[derive(Debug)]
pub struct Record {
    /// The user.
    pub user: String,
    /// HMAC(key, be16(length of user) ‖ user ‖ code).
    pub digest: [u8; 32],
    /// The expiry.
    pub expires_at: DateTime<Utc>,
    /// `true` if it was revoked.
    pub revoked: bool,
    /// Bytes in place of Stopgap's other fields, of the same length.
    pub others: [u8; 71],
    /// HMAC(record key, all other fields).
    pub tag: [u8; 32],
}

impl Record {
    /// Returns the tag that the record should have.
    #[must_use]
    pub fn expected_tag(&self, record_key: &Hmac<Sha256>) -> [u8; 32] {
        let length = u16::try_from(self.user.len()).unwrap_or_default();
        mac(
            record_key,
            &[
                b"online\0",
                &length.to_be_bytes(),
                self.user.as_bytes(),
                &self.digest,
                &self.expires_at.timestamp_micros().to_be_bytes(),
                &[self.revoked.into()],
                &self.others,
            ],
        )
    }
}

/// Prepares a key.
#[must_use]
pub fn key(bytes: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(bytes).expect("any length is a key")
}

fn mac(key: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = key.clone();
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Returns the digest of a user's code in canonical form.
#[must_use]
pub fn digest(key: &Hmac<Sha256>, user: &str, code: &[u8]) -> [u8; 32] {
    let length = u16::try_from(user.len()).unwrap_or_default().to_be_bytes();
    mac(key, &[&length, user.as_bytes(), code])
}

/// Returns the twelve hexadecimal symbols of a typed code in canonical form.
#[must_use]
pub fn normalize(typed: &str) -> Option<[u8; 12]> {
    let mut code = [0; 12];
    let mut found = 0;
    for character in typed.chars() {
        match character {
            '-' | ' ' | '\t' | '\r' | '\n' => {}
            _ if character.is_ascii_hexdigit() => {
                *code.get_mut(found)? = character.to_ascii_uppercase() as u8;
                found += 1;
            }
            _ => return None,
        }
    }
    (found == code.len()).then_some(code)
}

/// Returns `true` if a typed code is the record's, the record's tag fits, and the code may
/// be used now.
#[must_use]
pub fn verify(
    key: &Hmac<Sha256>,
    record_key: &Hmac<Sha256>,
    record: &Record,
    user: &str,
    typed: &str,
    now: DateTime<Utc>,
) -> bool {
    let Some(code) = normalize(typed) else {
        return false;
    };
    record.user == user
        && bool::from(digest(key, user, &code).ct_eq(&record.digest))
        && bool::from(record.expected_tag(record_key).ct_eq(&record.tag))
        && !record.revoked
        && now < record.expires_at
}

/// Returns the challenge of a minute.
#[must_use]
pub fn challenge(request_key: &Hmac<Sha256>, minute: i64) -> [u8; 4] {
    let mac = mac(request_key, &[&minute.to_be_bytes()]);
    [mac[0], mac[1], mac[2], mac[3]]
}

/// Returns the minute whose code is the typed number. Like Stopgap's agent, it makes the
/// OCRA data input of each minute and compares all codes.
#[must_use]
pub fn redeem(
    request_key: &Hmac<Sha256>,
    response_key: &Hmac<Sha256>,
    minutes: std::ops::RangeInclusive<i64>,
    typed: u64,
) -> Option<i64> {
    const SUITE: &[u8] = b"OCRA-1:HOTP-SHA256-0:QH08-S064-T1M";
    const SESSION: &[u8] = b"stopgap/1 bypass P1D";
    let mut input = [0_u8; 235];
    input[..SUITE.len()].copy_from_slice(SUITE);
    input[227 - SESSION.len()..227].copy_from_slice(SESSION);
    let mut found = None;
    for minute in minutes {
        input[35..39].copy_from_slice(&challenge(request_key, minute));
        input[227..].copy_from_slice(&minute.to_be_bytes());
        let mac = mac(response_key, &[&input]);
        let mut head = [0; 8];
        head.copy_from_slice(&mac[..8]);
        let number = (1 << 59) | (u64::from_be_bytes(head) >> 5);
        if bool::from(number.ct_eq(&typed)) {
            found = Some(minute);
        }
    }
    found
}
