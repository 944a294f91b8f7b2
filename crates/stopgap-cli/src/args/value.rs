//! Words with few values, so that help and completions know them.

use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use stopgap::{Alphabet, InvalidValue, Purpose, Role};

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

/// `hex`, `unambiguous`, or the sixteen symbols themselves.
pub(super) fn alphabet(word: &str) -> Result<Alphabet, InvalidValue> {
    match word {
        "hex" => Ok(Alphabet::HEX),
        "unambiguous" => Ok(Alphabet::UNAMBIGUOUS),
        symbols => Alphabet::new(symbols),
    }
}
