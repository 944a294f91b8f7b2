//! The scopes that limit a security code.

use alloc::{string::String, vec::Vec};

/// The most scopes of a code.
const MAX_SCOPES: usize = 32;
/// The most bytes of a scope.
const MAX_SCOPE: usize = 64;

/// The scopes of a security code: 1 to 32, or explicitly none, so that the code is not
/// limited (SPEC, "Security codes"). The caller decides what a scope means.
///
/// ```
/// use stopgap::Scopes;
///
/// let scopes = Scopes::new(["reports:read", "users:*"])?;
/// assert!(scopes.contains("users:*") && !scopes.contains("users:read"));
/// assert!(Scopes::new([]).is_err() && Scopes::UNLIMITED.is_unlimited());
/// # Ok::<(), stopgap::ScopeError>(())
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
    /// [`ScopeError`] unless there are 1 to 32 scopes, each 1 to 64 bytes of
    /// `[a-z0-9._:/*-]`.
    pub fn new<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<Self, ScopeError> {
        let mut checked = Vec::new();
        for (index, scope) in scopes.into_iter().enumerate() {
            if !is_scope(scope) {
                return Err(ScopeError::Invalid { index });
            }
            // Sorted insertion keeps the list short, however many are given.
            if let Err(place) = checked.binary_search_by(|known: &String| known.as_str().cmp(scope))
            {
                if checked.len() == MAX_SCOPES {
                    return Err(ScopeError::TooMany);
                }
                checked.insert(place, String::from(scope));
            }
        }
        if checked.is_empty() {
            return Err(ScopeError::Empty);
        }
        Ok(Self(checked))
    }

    /// Returns `true` if the code is not limited by scopes.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns `true` if the code is not limited, or if it has this scope, byte for byte.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.is_unlimited() || self.iter().any(|known| known == scope)
    }

    /// Returns the scopes, sorted; none for a code that is not limited.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn is_scope(scope: &str) -> bool {
    let allowed =
        |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b':' | b'/' | b'*' | b'-');
    (1..=MAX_SCOPE).contains(&scope.len()) && scope.bytes().all(allowed)
}

/// The reason for which a list is no [`Scopes`] (SPEC, "Security codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// The list is empty.
    #[error("name at least one scope, or say that the code is unlimited")]
    Empty,
    /// The list has more than 32 scopes.
    #[error("a code has at most 32 scopes")]
    TooMany,
    /// A scope is not 1 to 64 bytes of `[a-z0-9._:/*-]`.
    #[error("scope {} is not 1 to 64 characters of a-z 0-9 . _ : / * -", .index.saturating_add(1))]
    Invalid {
        /// The index of the scope in the list.
        index: usize,
    },
}

#[cfg(feature = "serde")]
mod form {
    use alloc::{string::String, vec::Vec};

    use serde::{Deserialize, Serialize};

    use super::{ScopeError, Scopes};

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
        type Error = ScopeError;

        fn try_from(form: Form) -> Result<Self, ScopeError> {
            match form {
                Form::Unlimited(Unlimited::Unlimited) => Ok(Self::UNLIMITED),
                Form::Limited(scopes) => Self::new(scopes.iter().map(String::as_str)),
            }
        }
    }
}
