//! Values of options that are words, or words and numbers.

use std::{fmt, str::FromStr};

use chrono::TimeDelta;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use stopgap::{Alphabet, InvalidValue, Purpose, Role};
use stopgap_registry::{CodeState, EventKind, Outcome};

/// The time by which the clock may differ from the store's; `None` for any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockTolerance(pub(crate) Option<TimeDelta>);

impl FromStr for ClockTolerance {
    type Err = ClockToleranceError;

    fn from_str(word: &str) -> Result<Self, ClockToleranceError> {
        if word == "off" {
            return Ok(Self(None));
        }
        // With 0 every call would be refused.
        let seconds: u32 = word.parse().map_err(|_| ClockToleranceError)?;
        let tolerance = TimeDelta::try_seconds(seconds.into()).filter(|_| seconds > 0);
        tolerance
            .map(|tolerance| Self(Some(tolerance)))
            .ok_or(ClockToleranceError)
    }
}

impl fmt::Display for ClockTolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(tolerance) => write!(f, "{}", tolerance.num_seconds()),
            None => f.write_str("off"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a clock tolerance is a number of seconds, 1 or more, or off")]
pub(crate) struct ClockToleranceError;

pub(super) fn role() -> impl TypedValueParser<Value = Role> {
    let words = Role::ALL.map(|role| {
        let word = PossibleValue::new(role.as_str());
        match role {
            Role::HelpDesk => word.alias("help-desk"),
            Role::SuperAdministrator => word.alias("super-administrator"),
            Role::User | Role::Administrator => word,
        }
    });
    PossibleValuesParser::new(words).try_map(|word| Role::from_str(&word.replace('-', "_")))
}

pub(super) fn purpose() -> impl TypedValueParser<Value = Purpose> {
    let words = Purpose::ALL.map(|purpose| PossibleValue::new(purpose.as_str()));
    PossibleValuesParser::new(words).try_map(|word| Purpose::from_str(&word))
}

/// Reads the states of online codes, with hyphens as well.
pub(super) fn code_state() -> impl TypedValueParser<Value = CodeState> {
    let words = CodeState::ALL.map(|state| {
        let word = PossibleValue::new(state.as_str());
        match state {
            CodeState::NotYetValid => word.alias("not-yet-valid"),
            CodeState::UsedUp => word.alias("used-up"),
            CodeState::Active | CodeState::Expired | CodeState::Revoked => word,
        }
    });
    PossibleValuesParser::new(words).try_map(|word| {
        let word = word.replace('-', "_");
        let state = CodeState::ALL
            .into_iter()
            .find(|state| state.as_str() == word);
        // Does not fail: the word is one of them.
        state.ok_or("no such state")
    })
}

pub(super) fn event_kind() -> impl TypedValueParser<Value = EventKind> {
    let words = EventKind::ALL
        .iter()
        .map(|kind| PossibleValue::new(kind.as_str()));
    PossibleValuesParser::new(words).try_map(|word| EventKind::from_str(&word))
}

/// Reads `done`, `refused` or a reason, with hyphens as well.
pub(super) fn outcome(word: &str) -> Result<Outcome, OutcomeError> {
    let word = word.to_ascii_lowercase().replace('-', "_");
    let is_symbol = |symbol| matches!(symbol, b'a'..=b'z' | b'0'..=b'9' | b'_');
    if word.is_empty() || !word.bytes().all(is_symbol) {
        return Err(OutcomeError);
    }
    Ok(Outcome::from(word.as_str()))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an outcome is done, refused, or one reason, as unknown or used_up")]
pub(crate) struct OutcomeError;

/// Reads `hex`, `unambiguous`, or sixteen symbols.
pub(super) fn alphabet(word: &str) -> Result<Alphabet, InvalidValue> {
    match word {
        "hex" => Ok(Alphabet::HEX),
        "unambiguous" => Ok(Alphabet::UNAMBIGUOUS),
        symbols => Alphabet::new(symbols),
    }
}
