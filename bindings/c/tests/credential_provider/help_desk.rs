//! The help desk, by the core on this machine.

use std::time::{SystemTime, UNIX_EPOCH};

use stopgap::{Alphabet, EnrolmentKey, Purpose, Validity};

/// A server that knows the key of the machine, whose bytes are equal.
pub(crate) struct HelpDesk([u8; 32]);

impl HelpDesk {
    pub(crate) const fn with_key(byte: u8) -> Self {
        Self([byte; 32])
    }

    pub(crate) const fn key(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the key as `enrol` reads it.
    pub(crate) fn digits(&self) -> String {
        format!("{:02x}", self.0[0]).repeat(self.0.len())
    }

    /// Returns the offline code for a request code of these minutes.
    #[expect(clippy::disallowed_methods, reason = "the provider uses the clock")]
    pub(crate) fn answer(&self, request_code: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = i64::try_from(now.as_secs() / 60).unwrap();
        let key = EnrolmentKey::from_hex(&self.digits()).unwrap();
        let alphabet = &Alphabet::UNAMBIGUOUS;
        let shows = |minute: &i64| key.request_code(*minute, alphabet).as_str() == request_code;
        let minute = (now - 5..=now).find(shows).unwrap();
        let day = Validity::days(1).unwrap();
        let code = key.offline_code(minute, Purpose::Bypass, day, alphabet);
        code.unwrap().reveal().to_string()
    }
}

/// Returns a text with an X in place of each symbol of a code, and of each digit of a time.
pub(crate) fn without_codes(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']).map(|word| {
        let bare = word.trim_end_matches([' ', '\n', '.']);
        let is_symbol = |symbol: char| symbol.is_ascii_digit() || symbol.is_ascii_uppercase();
        let is_code = bare.len() == 9 && bare.contains('-');
        let is_time = bare.starts_with("20") || bare.contains(':') && bare.len() == 5;
        if is_code || is_time {
            word.replace(is_symbol, "X")
        } else {
            word.to_owned()
        }
    });
    words.collect()
}
