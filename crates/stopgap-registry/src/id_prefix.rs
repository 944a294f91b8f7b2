//! Ids as people write them: whole, or only as much as it takes to tell them apart.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use stopgap::RecordId;

/// The symbols of an id without its hyphens.
const SYMBOLS: usize = 32;
/// The symbols of the short form: the last ones, which are random. The first ones are the time.
const SHORT: usize = 8;
/// The fewest symbols of a beginning.
const FEWEST: usize = 4;

/// The beginning of an id, or of its short form: the last 8 symbols. Case and hyphens do not
/// matter.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdPrefix {
    /// Hexadecimal digits in lower case.
    digits: String,
}

impl IdPrefix {
    /// Returns the short form of an id, which lists show.
    #[must_use]
    pub fn short(id: RecordId) -> String {
        digits(id).split_off(SYMBOLS.saturating_sub(SHORT))
    }

    /// Returns the id, if all of it was written.
    #[must_use]
    pub fn whole(&self) -> Option<RecordId> {
        let is_whole = self.digits.len() == SYMBOLS;
        is_whole.then(|| self.digits.parse().ok()).flatten()
    }

    /// Returns `true` if the id, or its short form, begins like this.
    #[must_use]
    pub fn matches(&self, id: RecordId) -> bool {
        let digits = digits(id);
        let short = digits.get(SYMBOLS.saturating_sub(SHORT)..);
        digits.starts_with(&self.digits)
            || short.is_some_and(|short| short.starts_with(&self.digits))
    }

    /// Returns `true` if it may be the beginning of a short form.
    pub(crate) const fn may_be_short(&self) -> bool {
        self.digits.len() <= SHORT
    }

    /// Returns the first and the last id that begin like this.
    #[must_use]
    pub fn range(&self) -> RangeInclusive<RecordId> {
        let filled = |digit: char| {
            let rest = SYMBOLS.saturating_sub(self.digits.len());
            let mut whole = self.digits.clone();
            whole.extend(std::iter::repeat_n(digit, rest));
            // Does not fail: these are 32 hexadecimal digits.
            whole.parse().unwrap_or(RecordId::from_bytes([0; 16]))
        };
        filled('0')..=filled('f')
    }
}

/// Returns the symbols of an id without its hyphens.
fn digits(id: RecordId) -> String {
    id.to_string().replace('-', "")
}

impl From<RecordId> for IdPrefix {
    fn from(id: RecordId) -> Self {
        let digits = digits(id);
        Self { digits }
    }
}

impl FromStr for IdPrefix {
    type Err = IdPrefixError;

    fn from_str(text: &str) -> Result<Self, IdPrefixError> {
        let digits: String = text
            .trim()
            .chars()
            .filter(|symbol| *symbol != '-')
            .collect();
        let is_hex = digits.bytes().all(|symbol| symbol.is_ascii_hexdigit());
        if !is_hex || !(FEWEST..=SYMBOLS).contains(&digits.len()) {
            return Err(IdPrefixError);
        }
        let digits = digits.to_ascii_lowercase();
        Ok(Self { digits })
    }
}

impl fmt::Display for IdPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.whole() {
            Some(id) => fmt::Display::fmt(&id, f),
            None => f.pad(&self.digits),
        }
    }
}

impl fmt::Debug for IdPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no [`IdPrefix`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an id looks like 019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11 or 0c9d2e11: pass it as the list shows \
    it, or at least its first 4 symbols"
)]
pub struct IdPrefixError;

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11";

    fn id() -> RecordId {
        ID.parse().unwrap()
    }

    #[test]
    fn a_beginning_of_both_forms_matches() {
        assert_eq!(IdPrefix::short(id()), "0c9d2e11");
        for text in [ID, "019a", "019AA8C2-7d4", "0c9d", "0C9D2E11", " 0c9d-2e "] {
            let prefix: IdPrefix = text.parse().unwrap();
            assert!(prefix.matches(id()), "{text}");
            let is_beginning = ID.replace('-', "").starts_with(&prefix.digits);
            assert_eq!(prefix.range().contains(&id()), is_beginning, "{text}");
        }
        for text in ["019b", "9d2e", "0c9d2e110", "7d4e"] {
            let prefix: IdPrefix = text.parse().unwrap();
            assert!(!prefix.matches(id()), "{text}");
        }
    }

    #[test]
    fn a_whole_id_is_known_as_such() {
        let whole: IdPrefix = ID.to_uppercase().parse().unwrap();
        assert_eq!((whole.whole(), whole.to_string()), (Some(id()), ID.into()));
        assert_eq!(whole, id().into());
        assert_eq!(whole.range(), id()..=id());
        let part: IdPrefix = "019A-a8".parse().unwrap();
        assert_eq!((part.whole(), part.to_string()), (None, "019aa8".into()));
    }

    #[test]
    fn other_texts_are_refused() {
        let long = format!("{ID}0");
        for text in ["", "019", "---", "01 9a", "019g", "é019", long.as_str()] {
            assert_eq!(text.parse::<IdPrefix>(), Err(IdPrefixError), "{text}");
        }
    }
}
