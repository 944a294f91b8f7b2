//! The scopes that a security code is limited to.

use std::ffi::c_char;

use stopgap::Scopes;

use crate::text::stopgap_text;
use crate::{
    error::{count, found, of_element, stopgap_error},
    guard::{Outcome, guard, output, text},
    status::{STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_SCOPES_TOO_MANY, stopgap_status},
    text,
};

/// The most scopes of a security code.
pub const STOPGAP_MAX_SCOPES: usize = 32;
/// The size of a scope in a struct: 64 bytes and a NUL.
pub const STOPGAP_SCOPE_SIZE: usize = 65;

/// The scopes of a security code (SPEC, "Security codes"): it is either not limited by
/// scopes, or limited to 1 to 32 of them. Their meaning is the caller's business. A
/// struct full of zeros is neither, and is refused: STOPGAP_ERR_SCOPES_EMPTY. It has no
/// padding.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_scopes {
    /// 1 if the code is not limited by scopes, and then `count` is 0; otherwise 0.
    pub unlimited: u32,
    /// The number of scopes.
    pub count: u32,
    /// The scopes, sorted; after them, zeros.
    pub scopes: [[c_char; STOPGAP_SCOPE_SIZE]; STOPGAP_MAX_SCOPES],
}

impl From<&Scopes> for stopgap_scopes {
    fn from(scopes: &Scopes) -> Self {
        let mut written = Self {
            unlimited: scopes.is_unlimited().into(),
            count: 0,
            scopes: [[0; STOPGAP_SCOPE_SIZE]; STOPGAP_MAX_SCOPES],
        };
        for (place, scope) in written.scopes.iter_mut().zip(scopes.iter()) {
            *place = text::field(scope.as_bytes());
            written.count = written.count.saturating_add(1);
        }
        written
    }
}

impl stopgap_scopes {
    pub(crate) fn read(&self) -> Outcome<Scopes> {
        match (self.unlimited, self.count) {
            (0, _) => {}
            (1, 0) => return Ok(Scopes::UNLIMITED),
            (1, other) | (other, _) => return Err(found(STOPGAP_ERR_INVALID_VALUE, count(other))),
        }
        let Some(fields) = self.scopes.get(..count(self.count)) else {
            return Err(STOPGAP_ERR_SCOPES_TOO_MANY.into());
        };
        let scopes: Vec<&str> = fields
            .iter()
            .enumerate()
            .map(|(index, field)| text::read(field).map_err(|error| of_element(error, index)))
            .collect::<Outcome<_>>()?;
        Ok(Scopes::new(scopes)?)
    }
}

/// Returns the scopes of a code that is not limited by scopes.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_scopes_unlimited() -> stopgap_scopes {
    (&Scopes::UNLIMITED).into()
}

/// Reads a list of scopes with one space between them, "orders:read orders:write". The
/// result is sorted, without repetition.
///
/// Errors: STOPGAP_ERR_SCOPES_EMPTY, STOPGAP_ERR_SCOPES_TOO_MANY, STOPGAP_ERR_SCOPE_INVALID.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_scopes_parse(
    text: stopgap_text,
    scopes: *mut stopgap_scopes,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (text, scopes) = unsafe { (self::text(text)?, output(scopes)?) };
        // No text is no scope, and not an empty one.
        let listed = Some(text).filter(|text| !text.is_empty());
        let read = Scopes::new(listed.into_iter().flat_map(|text| text.split(' ')))?;
        scopes.write((&read).into());
        Ok(())
    })
}
