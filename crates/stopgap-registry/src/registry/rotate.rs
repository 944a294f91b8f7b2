//! The replacement of a security code by a new one.

use stopgap::{Access, Action, Actor, RecordId, Rotated, Rotation, SecurityText, SysRng};

use super::{
    Registry,
    parts::EventParts,
    security::{find, lifetime, needs},
};
use crate::{
    error::Error, event::EventKind, record::security_code::SecurityRow, security::SecurityRecord,
};

/// A security code that was replaced by a new one.
#[derive(Debug)]
#[must_use]
pub struct RotatedSecurityCode {
    /// The new code with its prefix, to be shown once and not stored.
    pub code: SecurityText,
    /// The record of the new code.
    pub record: SecurityRecord,
    /// The record of the old code, with its earlier expiry.
    pub replaced: SecurityRecord,
}

impl Registry {
    /// Replaces a security code by a new one with the same access level, scopes and
    /// description. Both are valid until the overlap has passed, or until the old one expires
    /// if that is earlier. [`SecurityRecord::replaces`] of the new code is the id of the old
    /// one.
    ///
    /// The new code is permanent if the old one is, and otherwise expires after 24 hours,
    /// unless the rotation gives another expiry. A code may be rotated again during the
    /// overlap: each call returns a new code.
    ///
    /// # Errors
    ///
    /// [`Error::Lifecycle`] with `not_found`, `expired` (reactivate it first) or
    /// `expiry_not_in_future`; [`Error::Refused`] with `tampered` if its record was edited in
    /// the store, `key_missing`, or a wrong clock; [`Error::KeyRetired`] if the primary key
    /// was retired; [`Error::Forbidden`] below a super administrator; [`Error::Store`].
    pub fn rotate_security_code(
        &self,
        actor: &Actor,
        id: RecordId,
        rotation: Rotation,
    ) -> Result<RotatedSecurityCode, Error> {
        let parts = EventParts::about(EventKind::RotateSecurityCode, id);
        let (needs, slot) = needs(id);
        let needs = needs.use_keys();
        self.act(
            actor,
            Action::ManageSecurityCode,
            &parts,
            &needs,
            |act, parts| {
                act.may_issue()?;
                let old = find(act, slot)?;
                let (format, now) = (&self.security_format, act.now);
                let Rotated {
                    text,
                    record,
                    replaced,
                    ..
                } = old
                    .record
                    .rotate(act.ring, format, actor, rotation, now, &mut SysRng)?;
                let ended = SecurityRow {
                    record: replaced,
                    ..old.clone()
                };
                let new = SecurityRow {
                    record,
                    last_used_at: None,
                    replaces: Some(id),
                };
                act.replace(&ended, &old);
                act.insert(&new);
                let record = SecurityRecord::of(&new, now);
                let replaced = SecurityRecord::of(&ended, now);
                parts.user = match &record.access {
                    Access::SameAs(user) => Some(user.clone()),
                    Access::SuperAdministrator => None,
                };
                let (until, by) = (lifetime(&replaced), record.id);
                parts.detail = Some(format!("{until}, replaced by {by}"));
                Ok(RotatedSecurityCode {
                    code: text,
                    record,
                    replaced,
                })
            },
        )
    }
}
