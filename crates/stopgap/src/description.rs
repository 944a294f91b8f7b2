//! The description of a security code.

use alloc::string::String;

use crate::unicode::is_control;

/// The most bytes of a description.
const MAX_DESCRIPTION: usize = 1_024;

/// Checks that a text is one line of at most 1,024 bytes.
pub(crate) fn check_description(description: &str) -> Result<String, DescriptionError> {
    if description.len() > MAX_DESCRIPTION {
        let found = description.len();
        return Err(DescriptionError::TooLong { found });
    }
    match description.chars().position(is_control) {
        Some(position) => Err(DescriptionError::ControlCharacter { position }),
        None => Ok(description.into()),
    }
}

/// The reason why a text is no description (SPEC, "Security codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// More than 1,024 bytes of UTF-8.
    #[error("a description has at most 1024 bytes of UTF-8, this one has {found}")]
    TooLong {
        /// The number of its bytes.
        found: usize,
    },
    /// A control character: a description is one line of text.
    #[error("a description must not hold a control character; see position {position}")]
    ControlCharacter {
        /// The position, in characters from 0.
        position: usize,
    },
}
