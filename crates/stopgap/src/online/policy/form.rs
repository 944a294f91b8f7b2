//! The form in which serde reads and writes a policy.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::OnlinePolicy;
use crate::{
    alphabet::Alphabet, format::CodeFormat, invalid_value::InvalidValue, purpose::Purposes,
    validity::Validity,
};

/// A policy as it is written. A missing field has the default; an unknown field is
/// refused, because it would mean something to the person who wrote it.
#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Form {
    length: u8,
    alphabet: Alphabet,
    check_symbol: bool,
    validity: Validity,
    purposes: Purposes,
    not_before: Option<DateTime<Utc>>,
    max_uses: Option<u32>,
}

impl Default for Form {
    fn default() -> Self {
        OnlinePolicy::default().into()
    }
}

impl From<OnlinePolicy> for Form {
    fn from(policy: OnlinePolicy) -> Self {
        Self {
            length: policy.format.length,
            alphabet: policy.format.alphabet,
            check_symbol: policy.format.check_symbol,
            validity: policy.validity,
            purposes: policy.purposes,
            not_before: policy.not_before,
            max_uses: policy.max_uses,
        }
    }
}

impl TryFrom<Form> for OnlinePolicy {
    type Error = InvalidValue;

    fn try_from(form: Form) -> Result<Self, InvalidValue> {
        let policy = Self {
            format: CodeFormat {
                alphabet: form.alphabet,
                length: form.length,
                check_symbol: form.check_symbol,
            },
            validity: form.validity,
            purposes: form.purposes,
            not_before: form.not_before,
            max_uses: form.max_uses,
        };
        policy.validate()?;
        Ok(policy)
    }
}
