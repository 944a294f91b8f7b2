//! Names of users, machines and tenants.

use alloc::string::String;
use core::{borrow::Borrow, fmt, str::FromStr};

/// The name of a user, a machine or a tenant: 1 to 255 bytes of UTF-8 without
/// control characters (SPEC, "Words").
///
/// Names are compared byte for byte. A directory that folds case or accents
/// folds them before a name comes here.
///
/// A `Name` owns its text. A `Name<&str>` borrows it, for a caller that keeps
/// the text in a place of its own: [`Name::borrowed`] allocates nothing.
///
/// ```
/// use stopgap::Name;
///
/// let alice: Name = "alice".parse()?;
/// assert_eq!(alice.as_str(), "alice");
/// assert!("".parse::<Name>().is_err());
/// # Ok::<(), stopgap::NameError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name<S = String>(S);

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
}

impl<'a> Name<&'a str> {
    /// A name whose text stays where it is, checked.
    ///
    /// ```
    /// use stopgap::Name;
    ///
    /// let alice = Name::borrowed("alice")?;
    /// assert_eq!(alice, Name::new("alice")?.as_borrowed());
    /// # Ok::<(), stopgap::NameError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Name::new`].
    pub fn borrowed(name: &'a str) -> Result<Self, NameError> {
        check(name)?;
        Ok(Self(name))
    }
}

impl<S: AsRef<str>> Name<S> {
    /// The bytes, as digests and derivations take them, behind their length.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }

    /// be16(byte length). A name has at most 255 bytes, so it is never the
    /// default.
    pub(crate) fn length(&self) -> [u8; 2] {
        u16::try_from(self.as_bytes().len())
            .unwrap_or_default()
            .to_be_bytes()
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// The same name, its text borrowed.
    #[must_use]
    pub fn as_borrowed(&self) -> Name<&str> {
        Name(self.as_str())
    }
}

/// Refuses what is no name.
fn check(name: &str) -> Result<(), NameError> {
    match name.len() {
        0 => return Err(NameError::Empty),
        1..=255 => {}
        found => return Err(NameError::TooLong { found }),
    }
    // Most names are printable ASCII. Without a way out of it the loop takes many
    // bytes at a time, and decodes no characters.
    let printable = |so_far, byte| so_far & matches!(byte, b' '..=b'~');
    if name.bytes().fold(true, printable) {
        return Ok(());
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

impl<S: AsRef<str>> AsRef<str> for Name<S> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<S: AsRef<str>> Borrow<str> for Name<S> {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl<S: AsRef<str>> PartialEq<str> for Name<S> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl<S: AsRef<str>> PartialEq<&str> for Name<S> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl<S: AsRef<str>> fmt::Display for Name<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<S: fmt::Debug> fmt::Debug for Name<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(feature = "serde")]
mod serde_impl {
    use alloc::string::String;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::Name;

    impl<S: AsRef<str>> Serialize for Name<S> {
        fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
            serializer.serialize_str(self.as_str())
        }
    }

    impl<'de> Deserialize<'de> for Name {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Self::new(String::deserialize(deserializer)?).map_err(Error::custom)
        }
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
