//! Security codes: creation, changes, and deletion in two steps.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use stopgap::{
    Access, Action, Actor, LifecycleError, LifecycleEvent, LifecycleState, RecordId, RecordTag,
    SecurityCode, SecurityRequest, SecurityText, SysRng,
};

use super::{Act, EventParts, Registry, whole_micros};
use crate::{
    error::Error,
    event::EventKind,
    security::SecurityRecord,
    store::{SecurityRow, StoreError},
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
    /// Creates a security code that expires after 24 hours.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::InvalidValue`] if the
    /// description is too long or not one line, [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn create_security_code(
        &self,
        actor: &Actor,
        request: SecurityRequest<'_>,
    ) -> Result<CreatedSecurityCode, Error> {
        let ring = self.keys_ring();
        let parts = EventParts::new(EventKind::CreateSecurityCode);
        let mut parts = parts.context(&request.context);
        if let Access::SameAs(user) = &request.access {
            parts.user = Some(user.clone());
        }
        self.act(actor, Action::ManageSecurityCode, parts, |act| {
            Self::may_issue(act.rows, &ring)?;
            let (format, request) = (&self.security_format, request.clone());
            let (code, record) =
                SecurityCode::create(&ring, format, actor, request, act.now, &mut SysRng)?;
            let row = SecurityRow {
                record,
                last_used_at: None,
            };
            act.rows.insert_security_code(&row)?;
            let record = SecurityRecord::of(&row, act.now);
            act.parts.subject = Some(record.id.to_string());
            Ok(CreatedSecurityCode { code, record })
        })
    }

    /// Returns at most `limit` security codes, oldest first, from the one after `after`,
    /// the last of the page before. Expired codes are included for a week.
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
    ) -> Result<Vec<SecurityRecord>, Error> {
        let parts = EventParts::new(EventKind::ListSecurityCodes);
        self.act(actor, Action::ManageSecurityCode, parts, |act| {
            let mut records = Vec::new();
            let mut after = after;
            // Gone codes are left out, and must not end a page early.
            while records.len() < limit {
                let wanted = limit.saturating_sub(records.len());
                let rows = act.rows.security_codes(after, wanted)?;
                let Some(last) = rows.last() else { break };
                after = Some(last.record.unverified().id);
                let shown = rows.iter().map(|row| SecurityRecord::of(row, act.now));
                records.extend(shown.filter(|record| record.state != LifecycleState::Gone));
            }
            Ok(records)
        })
    }

    /// Returns one security code.
    ///
    /// # Errors
    ///
    /// [`Error::Lifecycle`] with `not_found`; otherwise as
    /// [`security_codes`](Self::security_codes).
    pub fn security_code(&self, actor: &Actor, id: RecordId) -> Result<SecurityRecord, Error> {
        let parts = EventParts::about(EventKind::ListSecurityCodes, id);
        self.act(actor, Action::ManageSecurityCode, parts, |act| {
            let row = find(act, id)?;
            Ok(SecurityRecord::of(&row, act.now))
        })
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
    /// [`Error::InvalidValue`] if the description is too long or not one line; otherwise as [`edit_security_code`](Self::edit_security_code).
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
        self.act(actor, Action::ManageSecurityCode, parts, |act| {
            let row = find(act, id)?;
            Ok(Deletion {
                record: SecurityRecord::of(&row, act.now),
                confirmation: confirmation(row.record.tag()),
            })
        })
    }

    /// Deletes a security code if it has not changed since: the second step.
    ///
    /// # Errors
    ///
    /// [`Error::NotConfirmed`] if it has changed since; otherwise as
    /// [`security_code`](Self::security_code).
    pub fn confirm_deletion(&self, actor: &Actor, id: RecordId, shown: &str) -> Result<(), Error> {
        let parts = EventParts::about(EventKind::DeleteSecurityCode, id);
        self.act(actor, Action::ManageSecurityCode, parts, |act| {
            let row = find(act, id)?;
            if confirmation(row.record.tag()) != shown {
                return Err(Error::NotConfirmed);
            }
            stored(act.rows.delete_security_code(id, row.record.tag())?)
        })
    }

    fn change(
        &self,
        actor: &Actor,
        id: RecordId,
        kind: EventKind,
        event: LifecycleEvent<'_>,
    ) -> Result<SecurityRecord, Error> {
        let ring = self.keys_ring();
        let parts = EventParts::about(kind, id);
        self.act(actor, Action::ManageSecurityCode, parts, |act| {
            let mut row = find(act, id)?;
            let changed = row.record.apply(&ring, actor, event, act.now)?;
            stored(act.rows.replace_security_code(&changed, row.record.tag())?)?;
            row.record = changed;
            let record = SecurityRecord::of(&row, act.now);
            act.parts.detail = record.expires_at().map(|expires_at| {
                let expires_at = expires_at.format("%Y-%m-%dT%H:%M:%SZ");
                format!("until {expires_at}")
            });
            Ok(record)
        })
    }
}

/// Returns an error if another transaction changed the record first: the store repeats this
/// one.
fn stored(replaced: bool) -> Result<(), Error> {
    if replaced {
        Ok(())
    } else {
        Err(StoreError::Conflict(None).into())
    }
}

/// Returns the row of a security code that is not gone.
fn find(act: &mut Act<'_>, id: RecordId) -> Result<SecurityRow, Error> {
    let row = act.rows.security_code(id)?;
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
