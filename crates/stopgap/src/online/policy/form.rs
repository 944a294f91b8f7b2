//! A policy as it is written down.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{OnlinePolicy, PolicyError};
use crate::{
    alphabet::Alphabet, code_length::CodeLength, format::CodeFormat, purpose::Purposes,
    validity::Validity,
};

/// Every field of it has the default of a policy; one that no policy has is
/// refused, since it would mean something to whoever wrote it.
#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Form {
    length: CodeLength,
    alphabet: Alphabet,
    check_symbol: bool,
    valid_for: Validity,
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
            valid_for: policy.validity,
            purposes: policy.purposes,
            not_before: policy.not_before,
            max_uses: policy.max_uses,
        }
    }
}

impl TryFrom<Form> for OnlinePolicy {
    type Error = PolicyError;

    fn try_from(form: Form) -> Result<Self, PolicyError> {
        let format = CodeFormat {
            alphabet: form.alphabet,
            length: form.length,
            check_symbol: form.check_symbol,
        };
        let policy = Self {
            format,
            validity: form.valid_for,
            not_before: form.not_before,
            ..Self::default()
        }
        .purposes(form.purposes)?;
        match form.max_uses {
            Some(uses) => policy.max_uses(uses),
            None => Ok(policy),
        }
    }
}
