//! The scopes that limit a security code.

use alloc::{string::String, vec::Vec};

use crate::invalid_value::InvalidValue;

/// The most scopes of a code.
pub(crate) const MAX_SCOPES: usize = 32;
/// The most bytes of a scope.
const MAX_SCOPE: usize = 64;

/// The scopes of a security code: 1 to 32, or explicitly none, so that the code is not
/// limited (SPEC, "Security codes"). The caller decides what a scope means.
///
/// ```
/// use stopgap::Scopes;
///
/// let scopes = Scopes::new(["reports:read", "users:*"])?;
/// assert!(scopes.allows("users:*") && !scopes.allows("users:read"));
/// assert!(Scopes::new([]).is_err() && Scopes::UNLIMITED.is_unlimited());
/// # Ok::<(), stopgap::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "form::Form", try_from = "form::Form")
)]
pub struct Scopes(
    /// Sorted, without repetition; empty for a code that is not limited.
    Vec<String>,
);

impl Scopes {
    /// No limit: the code may do all that its access level allows.
    pub const UNLIMITED: Self = Self(Vec::new());

    /// Returns a limit to these scopes, sorted and without repetition.
    ///
    /// # Errors
    ///
    /// [`InvalidValue`] unless there are 1 to 32 scopes, each 1 to 64 bytes of
    /// `[a-z0-9._:/*-]`.
    pub fn new<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidValue> {
        let mut checked = Vec::new();
        for (index, scope) in scopes.into_iter().enumerate() {
            if !is_scope(scope) {
                return Err(InvalidValue::Scope { index });
            }
            // Sorted insertion keeps the list short, however many are given.
            if let Err(place) = checked.binary_search_by(|known: &String| known.as_str().cmp(scope))
            {
                if checked.len() == MAX_SCOPES {
                    return Err(InvalidValue::TooManyScopes);
                }
                checked.insert(place, String::from(scope));
            }
        }
        if checked.is_empty() {
            return Err(InvalidValue::NoScope);
        }
        Ok(Self(checked))
    }

    /// Returns `true` if the code is not limited by scopes.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns `true` if the code is unlimited, or if it has this scope, byte for byte.
    #[must_use]
    pub fn allows(&self, scope: &str) -> bool {
        self.is_unlimited() || self.iter().any(|known| known == scope)
    }

    /// Returns the scopes, sorted. The list is empty if the code is not limited.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn is_scope(scope: &str) -> bool {
    let allowed =
        |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b':' | b'/' | b'*' | b'-');
    (1..=MAX_SCOPE).contains(&scope.len()) && scope.bytes().all(allowed)
}

#[cfg(feature = "serde")]
mod form {
    use alloc::{string::String, vec::Vec};

    use serde::{Deserialize, Serialize};

    use super::{InvalidValue, Scopes};

    /// `"unlimited"`, or a list of scopes.
    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    pub(super) enum Form {
        Unlimited(Unlimited),
        Limited(Vec<String>),
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub(super) enum Unlimited {
        Unlimited,
    }

    impl From<Scopes> for Form {
        fn from(scopes: Scopes) -> Self {
            if scopes.is_unlimited() {
                Self::Unlimited(Unlimited::Unlimited)
            } else {
                Self::Limited(scopes.0)
            }
        }
    }

    impl TryFrom<Form> for Scopes {
        type Error = InvalidValue;

        fn try_from(form: Form) -> Result<Self, InvalidValue> {
            match form {
                Form::Unlimited(Unlimited::Unlimited) => Ok(Self::UNLIMITED),
                Form::Limited(scopes) => Self::new(scopes.iter().map(String::as_str)),
            }
        }
    }
}
