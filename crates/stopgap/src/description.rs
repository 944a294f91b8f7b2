//! The description of a security code.

use crate::{invalid_value::InvalidValue, unicode::is_control};

/// The most bytes of a description.
const MAX_DESCRIPTION: usize = 1_024;

/// Checks that a text is one line of at most 1,024 bytes.
pub(crate) fn check_description(description: &str) -> Result<(), InvalidValue> {
    let found = description.len();
    if found > MAX_DESCRIPTION {
        return Err(InvalidValue::DescriptionTooLong { found });
    }
    match description.chars().position(is_control) {
        Some(position) => Err(InvalidValue::DescriptionControl { position }),
        None => Ok(()),
    }
}
