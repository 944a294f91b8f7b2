//! The sentence for the person at the screen (SPEC, "Reasons").

use core::fmt::{self, Display};

use chrono::{DateTime, FixedOffset};

use crate::{language::Language, malformed::Malformed};

/// The sentence for the person at the screen (SPEC, "Reasons").
///
/// It may be reworded. Programs look at [`Refusal::reason`](crate::Refusal::reason).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicMessage {
    sentence: Sentence,
    language: Language,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sentence {
    Malformed(Malformed),
    /// A request code that the help desk must ask for again.
    Request(Malformed),
    NotValid,
    Expired,
    UsedUp,
    Throttled(Option<DateTime<FixedOffset>>),
    Clock,
}

impl PublicMessage {
    /// Returns the sentence in English.
    pub(crate) const fn new(sentence: Sentence) -> Self {
        Self {
            sentence,
            language: Language::English,
        }
    }

    /// Returns the sentence in a language. Its meaning is the same in each.
    ///
    /// ```
    /// use stopgap::{Language, Refusal};
    ///
    /// let language: Language = "de_AT.UTF-8".parse().unwrap_or_default();
    /// let message = Refusal::UsedUp.public_message().in_language(language);
    /// # #[cfg(feature = "languages")]
    /// assert_eq!(message.to_string(), "Dieser Code wurde bereits verwendet.");
    /// ```
    #[must_use]
    pub const fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }
}

impl Display for PublicMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = self.language.table();
        let malformed = |f: &mut fmt::Formatter<'_>, malformed| match malformed {
            Malformed::UnexpectedSymbol { position } => {
                // People count from one.
                let character = position.saturating_add(1);
                fill(f, table.unexpected_symbol, &[("character", &character)])
            }
            Malformed::WrongLength { expected, found } => {
                let values: [(_, &dyn Display); 2] = [("expected", &expected), ("found", &found)];
                fill(f, table.wrong_length, &values)
            }
            Malformed::TooLong => f.write_str(table.too_long),
            Malformed::CheckFailed => f.write_str(table.check_failed),
        };
        match self.sentence {
            Sentence::Malformed(reason) => malformed(f, reason),
            Sentence::Request(reason) => {
                malformed(f, reason)?;
                write!(f, " {}", table.ask_again)
            }
            Sentence::NotValid => f.write_str(table.not_valid),
            Sentence::Expired => f.write_str(table.expired),
            Sentence::UsedUp => f.write_str(table.used_up),
            Sentence::Throttled(Some(until)) => {
                let until = until.format(table.instant);
                fill(f, table.throttled_until, &[("until", &until)])
            }
            Sentence::Throttled(None) => f.write_str(table.throttled),
            Sentence::Clock => f.write_str(table.clock),
        }
    }
}

/// Writes a sentence with values in place of their names in braces.
fn fill(
    f: &mut fmt::Formatter<'_>,
    sentence: &str,
    values: &[(&str, &dyn Display)],
) -> fmt::Result {
    let mut rest = sentence;
    while let Some((before, (name, after))) = rest
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        f.write_str(before)?;
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            write!(f, "{value}")?;
        }
        rest = after;
    }
    f.write_str(rest)
}
