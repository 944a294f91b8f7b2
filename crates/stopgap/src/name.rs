//! Names of users, machines and tenants.

use alloc::{string::String, sync::Arc};
use core::{borrow::Borrow, fmt, str::FromStr};

use crate::unicode::{is_control, is_invisible};

/// The name of a user, a machine or a tenant: 1 to 255 bytes of UTF-8, without control
/// characters and invisible characters, and not blank (SPEC, "Terms").
///
/// Names are compared byte for byte. A caller whose directory folds case or accents
/// folds them first. Cloning a name allocates nothing.
///
/// ```
/// use stopgap::{Name, NameError};
///
/// let alice: Name = "alice".parse()?;
/// assert_eq!(alice.as_str(), "alice");
/// assert_eq!("".parse::<Name>(), Err(NameError::Empty));
/// # Ok::<(), NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "String", try_from = "String")
)]
pub struct Name(Arc<str>);

impl Name {
    /// Returns the name with this text.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the text is no name.
    pub fn new(name: impl AsRef<str>) -> Result<Self, NameError> {
        let name = name.as_ref();
        check_name(name)?;
        Ok(Self(name.into()))
    }

    /// Returns the name of UTF-8 bytes.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the bytes are no name.
    pub fn from_utf8(name: &[u8]) -> Result<Self, NameError> {
        Self::new(core::str::from_utf8(name).map_err(|_| NameError::InvalidUnicode)?)
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the bytes. Digests and derivations take them behind their length.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns be16(byte length).
    pub(crate) fn length(&self) -> [u8; 2] {
        // At most 255, so never the default.
        u16::try_from(self.0.len())
            .unwrap_or_default()
            .to_be_bytes()
    }
}

/// Checks that a text is a name.
pub(crate) fn check_name(name: &str) -> Result<(), NameError> {
    match name.len() {
        0 => return Err(NameError::Empty),
        1..=255 => {}
        found => return Err(NameError::TooLong { found }),
    }
    // Most names are printable ASCII without a space. The loop has no early exit, so
    // it takes many bytes at a time and decodes no characters.
    let printable = |so_far, byte| so_far & matches!(byte, b'!'..=b'~');
    if name.bytes().fold(true, printable) {
        return Ok(());
    }
    if let Some(position) = name.chars().position(is_control) {
        return Err(NameError::ControlCharacter { position });
    }
    if let Some(position) = name.chars().position(is_invisible) {
        return Err(NameError::InvisibleCharacter { position });
    }
    if name.chars().all(char::is_whitespace) {
        return Err(NameError::Blank);
    }
    Ok(())
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

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().into()
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The reason for which a text is no [`Name`] (SPEC, "Terms"). Positions count
/// characters from 0; the messages count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum NameError {
    /// The bytes are not valid UTF-8, or the text has lone surrogates.
    #[error("a name must be valid Unicode")]
    InvalidUnicode,
    /// The text is empty.
    #[error("a name must not be empty")]
    Empty,
    /// The text has more than 255 bytes of UTF-8.
    #[error("a name has at most 255 bytes of UTF-8, this one has {found}")]
    TooLong {
        /// The number of bytes.
        found: usize,
    },
    /// A control character, or a separator of lines or paragraphs (general categories
    /// Cc, Zl, Zp).
    #[error(
        "a name must not contain a control character; remove the one at position {}",
        .position.saturating_add(1)
    )]
    ControlCharacter {
        /// The position of the first one.
        position: usize,
    },
    /// A character that is not seen (`Default_Ignorable_Code_Point`).
    #[error(
        "a name must not contain an invisible character; remove the one at position {}",
        .position.saturating_add(1)
    )]
    InvisibleCharacter {
        /// The position of the first one.
        position: usize,
    },
    /// The text is white space only.
    #[error("a name must not be blank")]
    Blank,
}

impl NameError {
    /// Returns one word for the log, which never changes: `invalid_unicode`, `empty`,
    /// `too_long`, `control_character`, `invisible_character` or `blank`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::InvalidUnicode => "invalid_unicode",
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::ControlCharacter { .. } => "control_character",
            Self::InvisibleCharacter { .. } => "invisible_character",
            Self::Blank => "blank",
        }
    }
}
