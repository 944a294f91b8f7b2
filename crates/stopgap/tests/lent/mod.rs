//! Grants that a caller keeps in a form of its own, each lent for as long as it
//! is verified.

use std::borrow::{Borrow, BorrowMut};

use stopgap::OnlineGrant;

/// The grant with the user's name borrowed.
pub(crate) fn borrowed(grant: &OnlineGrant) -> OnlineGrant<&str> {
    OnlineGrant {
        key_id: grant.key_id,
        digest: grant.digest,
        user: grant.user.as_borrowed(),
        format: grant.format,
        purposes: grant.purposes,
        issued_at: grant.issued_at,
        not_before: grant.not_before,
        expires_at: grant.expires_at,
        max_uses: grant.max_uses,
        uses: grant.uses,
        revoked_at: grant.revoked_at,
    }
}

/// A row of a store: what is fixed, and the count that a use changes.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) fixed: OnlineGrant,
    pub(crate) uses: u32,
}

impl Row {
    pub(crate) const fn new(fixed: OnlineGrant) -> Self {
        let uses = fixed.uses;
        Self { fixed, uses }
    }

    pub(crate) fn lend(&mut self) -> Lent<'_> {
        let mut grant = borrowed(&self.fixed);
        grant.uses = self.uses;
        Lent {
            grant,
            uses: &mut self.uses,
        }
    }
}

/// A grant made of a row, whose count goes back when it is dropped.
pub(crate) struct Lent<'r> {
    grant: OnlineGrant<&'r str>,
    uses: &'r mut u32,
}

impl<'r> Borrow<OnlineGrant<&'r str>> for Lent<'r> {
    fn borrow(&self) -> &OnlineGrant<&'r str> {
        &self.grant
    }
}

impl<'r> BorrowMut<OnlineGrant<&'r str>> for Lent<'r> {
    fn borrow_mut(&mut self) -> &mut OnlineGrant<&'r str> {
        &mut self.grant
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        *self.uses = self.grant.uses;
    }
}
