//! Names of users, machines and tenants.

use alloc::string::String;
use core::{borrow::Borrow, fmt, str::FromStr};

/// The name of a user, a machine or a tenant: 1 to 255 bytes of UTF-8 without
/// control characters (SPEC, "Words").
///
/// Names are compared byte for byte. A directory that folds case or accents
/// folds them before a name comes here.
///
/// ```
/// use stopgap::Name;
///
/// let alice: Name = "alice".parse()?;
/// assert_eq!(alice.as_str(), "alice");
/// assert!("".parse::<Name>().is_err());
/// # Ok::<(), stopgap::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "String", try_from = "String")
)]
pub struct Name(String);

impl Name {
    /// A name, checked.
    ///
    /// # Errors
    ///
    /// [`NameError`] where it is empty, too long or holds a control character.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        check(&name)?;
        Ok(Self(name))
    }

    /// The bytes, as digests and derivations take them, behind their length.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// be16(byte length). A name has at most 255 bytes, so it is never the
    /// default.
    pub(crate) fn length(&self) -> [u8; 2] {
        u16::try_from(self.0.len())
            .unwrap_or_default()
            .to_be_bytes()
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Refuses what is no name.
fn check(name: &str) -> Result<(), NameError> {
    match name.len() {
        0 => return Err(NameError::Empty),
        1..=255 => {}
        found => return Err(NameError::TooLong { found }),
    }
    match name.chars().position(char::is_control) {
        Some(position) => Err(NameError::ControlCharacter { position }),
        None => Ok(()),
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl TryFrom<&str> for Name {
    type Error = NameError;

    fn try_from(name: &str) -> Result<Self, NameError> {
        Self::new(name)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Why a text is no [`Name`] (SPEC, "Words").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is nothing.
    #[error("a name must not be empty")]
    Empty,
    /// More than 255 bytes of UTF-8.
    #[error("a name has at most 255 bytes of UTF-8, this one has {found}")]
    TooLong {
        /// How many bytes there are.
        found: usize,
    },
    /// A control character (Unicode general category Cc).
    #[error("a name must not hold a control character; see position {position}")]
    ControlCharacter {
        /// Where it is, in characters from 0.
        position: usize,
    },
}
