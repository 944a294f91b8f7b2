//! The scopes that a security code is limited to.

use stopgap::Scopes;

use crate::{
    error::Outcome,
    error::{count, found},
    guard::guard_value,
    status::STOPGAP_ERR_INVALID_VALUE,
    text::stopgap_text,
    text::text,
};

/// The scopes of a security code (SPEC, "Security codes"): the code is either not limited by
/// scopes, or limited to 1 to 32 of them. A scope is 1 to 64 bytes of a-z, 0-9 and ._:/*-,
/// and its meaning is the caller's business. A struct full of zeros is neither, and is
/// refused: STOPGAP_ERR_SCOPES_EMPTY.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_scopes {
    /// The scopes with one space between them, "orders:read orders:write"; empty if the code
    /// is not limited. A result is sorted and has no repetition.
    pub list: stopgap_text,
    /// 1 if the code is not limited by scopes; otherwise 0.
    pub unlimited: u32,
}

/// Returns the scopes as a list with one space between them.
pub(crate) fn listed(scopes: &Scopes) -> String {
    scopes.iter().collect::<Vec<_>>().join(" ")
}

impl stopgap_scopes {
    /// Returns scopes that the library lends to the caller.
    pub(crate) const fn lend(scopes: &Scopes, list: &str) -> Self {
        Self {
            list: stopgap_text::lend(list),
            unlimited: if scopes.is_unlimited() { 1 } else { 0 },
        }
    }

    /// Returns the caller's scopes.
    ///
    /// # Safety
    ///
    /// As [`text`].
    pub(crate) unsafe fn read(self) -> Outcome<Scopes> {
        // SAFETY: the caller's promise.
        let list = unsafe { text(self.list) }?;
        match self.unlimited {
            0 => {
                // No text is no scope, and not an empty one.
                let listed = Some(list).filter(|list| !list.is_empty());
                Ok(Scopes::new(
                    listed.into_iter().flat_map(|list| list.split(' ')),
                )?)
            }
            1 if list.is_empty() => Ok(Scopes::UNLIMITED),
            other => Err(found(STOPGAP_ERR_INVALID_VALUE, count(other))),
        }
    }

    /// Returns `true` if a code with these scopes has this scope, byte for byte.
    ///
    /// # Safety
    ///
    /// As [`stopgap_text::bytes`].
    unsafe fn allow(self, scope: stopgap_text) -> bool {
        // SAFETY: the caller's promise.
        let (Ok(list), Ok(scope)) = (unsafe { self.list.bytes() }, unsafe { scope.bytes() }) else {
            return false;
        };
        match self.unlimited {
            0 if !scope.is_empty() => list.split(|byte| *byte == b' ').any(|one| one == scope),
            1 => list.is_empty(),
            _ => false,
        }
    }
}

/// Returns 1 if the scopes of an authenticated code allow this one: the code is not limited
/// by scopes, or has this scope, byte for byte. Otherwise it returns 0, also for a struct
/// that holds no scopes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_scopes_allow(scopes: stopgap_scopes, scope: stopgap_text) -> u32 {
    // SAFETY: the contract of the header.
    guard_value(0, || unsafe { scopes.allow(scope) }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(list: &str, unlimited: u32, scope: &str) -> u32 {
        let scopes = stopgap_scopes {
            list: stopgap_text::lend(list),
            unlimited,
        };
        // SAFETY: both texts live.
        unsafe { stopgap_scopes_allow(scopes, stopgap_text::lend(scope)) }
    }

    #[test]
    fn a_scope_is_allowed_whole() {
        for (list, unlimited, scope, allowed) in [
            ("a:read b", 0, "a:read", 1),
            ("a:read b", 0, "b", 1),
            ("a:read b", 0, "a", 0),
            ("a:read b", 0, "a:read b", 0),
            ("a:read b", 0, "", 0),
            ("a:read b", 1, "b", 0),
            ("", 1, "anything", 1),
            ("", 0, "", 0),
            ("", 0, "a", 0),
            ("", 2, "a", 0),
        ] {
            let told = allows(list, unlimited, scope);
            assert_eq!(told, allowed, "{list:?} {unlimited} {scope:?}");
        }
    }
}
