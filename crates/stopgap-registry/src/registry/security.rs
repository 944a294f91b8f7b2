//! Security codes: creation, changes, and deletion in two steps.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use stopgap::{
    Access, Action, Actor, LifecycleError, LifecycleEvent, LifecycleState, RecordId, RecordTag,
    SecurityCode, SecurityRequest, SecurityText, SysRng,
};

use super::{
    Registry,
    act::Act,
    loaded::{Needs, Slot},
    parts::EventParts,
    time::whole_micros,
};
use crate::{
    error::Error, event::EventKind, record::security_code::SecurityRow, security::SecurityRecord,
    store::StoreError,
};

/// A new security code, to be shown once and not stored.
#[derive(Debug)]
#[must_use]
pub struct CreatedSecurityCode {
    /// The code with its prefix: `stopgap_…`.
    pub code: SecurityText,
    /// Its record, without the code.
    pub record: SecurityRecord,
}

/// A requested deletion, to be shown before it is confirmed.
#[derive(Clone, Debug)]
#[must_use]
pub struct Deletion {
    /// The security code.
    pub record: SecurityRecord,
    /// The confirmation for [`Registry::confirm_deletion`]. It is no secret, and
    /// is accepted until the record changes.
    pub confirmation: String,
}

impl Registry {
    /// Creates a security code, which expires after 24 hours unless the request gives another
    /// expiry.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::InvalidValue`] if the
    /// description is too long or not one line, [`Error::Lifecycle`] with
    /// `expiry_not_in_future`, [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn create_security_code(
        &self,
        actor: &Actor,
        request: SecurityRequest<'_>,
    ) -> Result<CreatedSecurityCode, Error> {
        let parts = EventParts::new(EventKind::CreateSecurityCode);
        let mut parts = parts.context(&request.context);
        if let Access::SameAs(user) = &request.access {
            parts.user = Some(user.clone());
        }
        let needs = Needs::new().use_keys();
        self.act(
            actor,
            Action::ManageSecurityCode,
            &parts,
            &needs,
            |act, parts| {
                act.may_issue()?;
                let (format, request) = (&self.security_format, request.clone());
                let (code, record) =
                    SecurityCode::create(act.ring, format, actor, request, act.now, &mut SysRng)?;
                let row = SecurityRow {
                    record,
                    last_used_at: None,
                    replaces: None,
                };
                act.insert(&row);
                let record = SecurityRecord::of(&row, act.now);
                parts.subject = Some(record.id.to_string());
                parts.detail = Some(lifetime(&record));
                Ok(CreatedSecurityCode { code, record })
            },
        )
    }

    /// Returns at most `limit` security codes that are wanted, oldest first, from the one after
    /// `after`, the last of the page before. Expired codes are included for a week.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] if the clock
    /// is wrong, [`Error::Store`].
    pub fn security_codes(
        &self,
        actor: &Actor,
        after: Option<RecordId>,
        limit: usize,
        is_wanted: impl Fn(&SecurityRecord) -> bool,
    ) -> Result<Vec<SecurityRecord>, Error> {
        let parts = EventParts::new(EventKind::ListSecurityCodes);
        let after = after.map(|id| vec![id.into()]);
        let show = |act: &Act<'_>, row: SecurityRow| {
            let record = SecurityRecord::of(&row, act.now);
            let is_gone = record.state == LifecycleState::Gone;
            Ok((!is_gone && is_wanted(&record)).then_some(record))
        };
        self.list(
            actor,
            Action::ManageSecurityCode,
            &parts,
            after,
            limit,
            show,
        )
    }

    /// Returns one security code.
    ///
    /// # Errors
    ///
    /// [`Error::Lifecycle`] with `not_found`; otherwise as
    /// [`security_codes`](Self::security_codes).
    pub fn security_code(&self, actor: &Actor, id: RecordId) -> Result<SecurityRecord, Error> {
        let parts = EventParts::about(EventKind::ListSecurityCodes, id);
        let (needs, slot) = needs(id);
        self.act(
            actor,
            Action::ManageSecurityCode,
            &parts,
            &needs,
            |act, _| Ok(SecurityRecord::of(&find(act, slot)?, act.now)),
        )
    }

    /// Sets the expiry of a security code; a permanent one is no longer permanent.
    ///
    /// # Errors
    ///
    /// [`Error::Lifecycle`] with `not_found`, `expired` or `expiry_not_in_future`;
    /// [`Error::Refused`] with `tampered` if its record was edited in the store,
    /// `key_missing`, or a wrong clock; [`Error::Forbidden`] below a super
    /// administrator; [`Error::Store`].
    pub fn edit_security_code(
        &self,
        actor: &Actor,
        id: RecordId,
        expires_at: DateTime<Utc>,
    ) -> Result<SecurityRecord, Error> {
        let kind = EventKind::EditSecurityCode;
        let expires_at = whole_micros(expires_at);
        self.change(actor, id, kind, LifecycleEvent::Edit { expires_at })
    }

    /// Makes a security code permanent.
    ///
    /// # Errors
    ///
    /// As [`edit_security_code`](Self::edit_security_code).
    pub fn make_security_code_permanent(
        &self,
        actor: &Actor,
        id: RecordId,
    ) -> Result<SecurityRecord, Error> {
        let kind = EventKind::MakeSecurityCodePermanent;
        self.change(actor, id, kind, LifecycleEvent::MakePermanent)
    }

    /// Restarts the 24-hour lifetime of a security code.
    ///
    /// # Errors
    ///
    /// As [`edit_security_code`](Self::edit_security_code).
    pub fn reset_security_code(
        &self,
        actor: &Actor,
        id: RecordId,
    ) -> Result<SecurityRecord, Error> {
        let kind = EventKind::ResetSecurityCode;
        self.change(actor, id, kind, LifecycleEvent::Reset)
    }

    /// Reactivates an expired security code for 24 hours.
    ///
    /// # Errors
    ///
    /// [`Error::Lifecycle`] with `already_active` if it has not expired; otherwise as
    /// [`edit_security_code`](Self::edit_security_code).
    pub fn reactivate_security_code(
        &self,
        actor: &Actor,
        id: RecordId,
    ) -> Result<SecurityRecord, Error> {
        let kind = EventKind::ReactivateSecurityCode;
        self.change(actor, id, kind, LifecycleEvent::Reactivate)
    }

    /// Sets the description of a security code.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] if the description is too long or not one line; otherwise as
    /// [`edit_security_code`](Self::edit_security_code).
    pub fn describe_security_code(
        &self,
        actor: &Actor,
        id: RecordId,
        description: &str,
    ) -> Result<SecurityRecord, Error> {
        let kind = EventKind::DescribeSecurityCode;
        self.change(actor, id, kind, LifecycleEvent::Describe(description))
    }

    /// Returns the record to be deleted, and its confirmation: the first of two steps.
    ///
    /// # Errors
    ///
    /// As [`security_code`](Self::security_code).
    pub fn request_deletion(&self, actor: &Actor, id: RecordId) -> Result<Deletion, Error> {
        let parts = EventParts::about(EventKind::RequestDeletion, id);
        let (needs, slot) = needs(id);
        self.act(
            actor,
            Action::ManageSecurityCode,
            &parts,
            &needs,
            |act, _| {
                let row = find(act, slot)?;
                Ok(Deletion {
                    record: SecurityRecord::of(&row, act.now),
                    confirmation: confirmation(row.record.tag()),
                })
            },
        )
    }

    /// Deletes a security code if it has not changed since: the second step.
    ///
    /// # Errors
    ///
    /// [`Error::NotConfirmed`] if it has changed since, [`StoreError::Ignored`] if the store
    /// did not change; otherwise as [`security_code`](Self::security_code).
    pub fn confirm_deletion(&self, actor: &Actor, id: RecordId, shown: &str) -> Result<(), Error> {
        let parts = EventParts::about(EventKind::DeleteSecurityCode, id);
        let (needs, slot) = needs(id);
        self.act(
            actor,
            Action::ManageSecurityCode,
            &parts,
            &needs,
            |act, _| {
                let row = find(act, slot)?;
                if confirmation(row.record.tag()) != shown {
                    return Err(Error::NotConfirmed);
                }
                act.delete(&row);
                Ok(())
            },
        )?;
        // A store to which triggers or rules were added may not have deleted it. A replica may
        // lag behind, so this is no look.
        let left = self.transact(&needs, |act| Ok(act.loaded.one(slot)?));
        match left.map_err(Error::after_a_change)? {
            Some(_) => Err(StoreError::Ignored.into()),
            None => Ok(()),
        }
    }

    fn change(
        &self,
        actor: &Actor,
        id: RecordId,
        kind: EventKind,
        event: LifecycleEvent<'_>,
    ) -> Result<SecurityRecord, Error> {
        let parts = EventParts::about(kind, id);
        let (needs, slot) = needs(id);
        self.act(
            actor,
            Action::ManageSecurityCode,
            &parts,
            &needs,
            |act, parts| {
                let loaded = find(act, slot)?;
                let changed = SecurityRow {
                    record: loaded.record.apply(act.ring, actor, event, act.now)?,
                    ..loaded.clone()
                };
                act.replace(&changed, &loaded);
                let record = SecurityRecord::of(&changed, act.now);
                parts.detail = record.expires_at().map(|_| lifetime(&record));
                Ok(record)
            },
        )
    }
}

/// Returns the lifetime for the log: `until 2026-11-22T15:00:00Z` or `permanent`.
pub(super) fn lifetime(record: &SecurityRecord) -> String {
    record.expires_at().map_or_else(
        || record.state.as_str().to_owned(),
        |expires_at| format!("until {}", expires_at.format("%Y-%m-%dT%H:%M:%SZ")),
    )
}

pub(super) fn needs(id: RecordId) -> (Needs, Slot<SecurityRow>) {
    let mut needs = Needs::new();
    needs.lock_code(id);
    let slot = needs.get(vec![id.into()]);
    (needs, slot)
}

/// Returns the row of a security code that is not gone.
pub(super) fn find(act: &Act<'_>, slot: Slot<SecurityRow>) -> Result<SecurityRow, Error> {
    let row = act.loaded.one(slot)?;
    row.filter(|row| row.record.unverified().state(act.now) != LifecycleState::Gone)
        .ok_or(Error::Lifecycle(LifecycleError::NotFound))
}

/// Returns the first bytes of a record's tag, which changes with the record.
fn confirmation(tag: &RecordTag) -> String {
    let mut text = String::new();
    for byte in tag.as_bytes().iter().take(4) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
