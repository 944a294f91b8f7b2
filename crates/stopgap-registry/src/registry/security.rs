//! Security codes: created, changed, deleted in two steps.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use stopgap::{
    Access, Action, Actor, Code, LifeError, LifeEvent, LifeState, RecordTag, Refusal, SecurityCode,
    SysRng,
};

use super::{Act, Draft, Registry, whole_micros};
use crate::{
    error::Error, event::EventKind, record_id::RecordId, security::SecurityRecord,
    store::SecurityRow,
};

/// A security code that was created: to be told once, and not kept.
#[derive(Debug)]
#[must_use]
pub struct CreatedSecurityCode {
    /// The code.
    pub code: Code,
    /// What is kept of it, and may be shown.
    pub record: SecurityRecord,
}

/// What would be deleted, to be shown before it is.
#[derive(Clone, Debug)]
#[must_use]
pub struct Deletion {
    /// The security code.
    pub record: SecurityRecord,
    /// What [`Registry::confirm_deletion`] wants to hear. It is no secret, and
    /// good until the code's life changes.
    pub confirmation: String,
}

impl Registry {
    /// Creates a security code that lives 24 hours.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Description`],
    /// [`Error::Refused`] where the clock is wrong, [`Error::Store`].
    pub fn create_security_code(
        &self,
        actor: &Actor,
        access: Access,
        description: &str,
    ) -> Result<CreatedSecurityCode, Error> {
        let ring = self.keys_ring();
        let mut draft = Draft::new(EventKind::CreateSecurityCode);
        if let Access::SameAs(user) = &access {
            draft.user = Some(user.clone());
        }
        self.act(actor, Action::ManageSecurityCode, draft, |act| {
            Self::may_issue(act.rows, &ring)?;
            let access = access.clone();
            let (code, record) =
                SecurityCode::create(&ring, actor, access, description, act.now, &mut SysRng)?;
            let row = SecurityRow {
                id: RecordId::new(act.now)?,
                tag: record.tag(&ring).map_err(Refusal::from)?,
                code: record,
                last_used_at: None,
            };
            act.rows.insert_security_code(&row)?;
            act.draft.subject = Some(row.id.to_string());
            let record = SecurityRecord::of(&row, act.now);
            Ok(CreatedSecurityCode { code, record })
        })
    }

    /// Security codes by age, oldest first, expired ones for their week included;
    /// at most `limit`, those after `after`, the last one of the page before.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] where
    /// the clock is wrong, [`Error::Store`].
    pub fn security_codes(
        &self,
        actor: &Actor,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<SecurityRecord>, Error> {
        let draft = Draft::new(EventKind::ListSecurityCodes);
        self.act(actor, Action::ManageSecurityCode, draft, |act| {
            let mut records = Vec::new();
            let mut after = after;
            // Those that are gone are not shown, and must not end a page early.
            while records.len() < limit {
                let wanted = limit.saturating_sub(records.len());
                let rows = act.rows.security_codes(after, wanted)?;
                let Some(last) = rows.last() else { break };
                after = Some(last.id);
                let shown = rows.iter().map(|row| SecurityRecord::of(row, act.now));
                records.extend(shown.filter(|record| record.state != LifeState::Gone));
            }
            Ok(records)
        })
    }

    /// One security code.
    ///
    /// # Errors
    ///
    /// [`Error::Life`] with `not_found`; otherwise as
    /// [`security_codes`](Self::security_codes).
    pub fn security_code(&self, actor: &Actor, id: RecordId) -> Result<SecurityRecord, Error> {
        let draft = Draft::about(EventKind::ListSecurityCodes, id);
        self.act(actor, Action::ManageSecurityCode, draft, |act| {
            let row = find(act, id)?;
            Ok(SecurityRecord::of(&row, act.now))
        })
    }

    /// Gives a security code another expiry; a permanent one is permanent no
    /// longer.
    ///
    /// # Errors
    ///
    /// [`Error::Life`] with `not_found`, `expired` or `expiry_not_in_future`;
    /// [`Error::Refused`] with `tampered` where its record was changed from
    /// outside, `key_missing` or a wrong clock; [`Error::Forbidden`] below a super
    /// administrator; [`Error::Store`].
    pub fn edit_security_code(
        &self,
        actor: &Actor,
        id: RecordId,
        expires_at: DateTime<Utc>,
    ) -> Result<SecurityRecord, Error> {
        let kind = EventKind::EditSecurityCode;
        let expires_at = whole_micros(expires_at);
        self.live_on(actor, id, kind, LifeEvent::Edit { expires_at })
    }

    /// Lets a security code live for good.
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
        self.live_on(actor, id, kind, LifeEvent::MakePermanent)
    }

    /// Lets a security code live 24 hours from now.
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
        self.live_on(actor, id, kind, LifeEvent::Reset)
    }

    /// Brings an expired security code back for 24 hours.
    ///
    /// # Errors
    ///
    /// [`Error::Life`] with `already_active` where it has not expired; otherwise as
    /// [`edit_security_code`](Self::edit_security_code).
    pub fn reactivate_security_code(
        &self,
        actor: &Actor,
        id: RecordId,
    ) -> Result<SecurityRecord, Error> {
        let kind = EventKind::ReactivateSecurityCode;
        self.live_on(actor, id, kind, LifeEvent::Reactivate)
    }

    /// Describes a security code anew.
    ///
    /// # Errors
    ///
    /// [`Error::Life`] with `description` where it is too long, or not one line;
    /// otherwise as [`edit_security_code`](Self::edit_security_code).
    pub fn describe_security_code(
        &self,
        actor: &Actor,
        id: RecordId,
        description: &str,
    ) -> Result<SecurityRecord, Error> {
        let kind = EventKind::DescribeSecurityCode;
        self.change(actor, id, kind, |code, now| {
            code.describe(actor, description, now)
        })
    }

    /// The first of two steps: what would be deleted.
    ///
    /// # Errors
    ///
    /// As [`security_code`](Self::security_code).
    pub fn request_deletion(&self, actor: &Actor, id: RecordId) -> Result<Deletion, Error> {
        let draft = Draft::about(EventKind::RequestDeletion, id);
        self.act(actor, Action::ManageSecurityCode, draft, |act| {
            let row = find(act, id)?;
            Ok(Deletion {
                record: SecurityRecord::of(&row, act.now),
                confirmation: confirmation(&row.tag),
            })
        })
    }

    /// The second: deletes the security code, if it is what was shown.
    ///
    /// # Errors
    ///
    /// [`Error::NotConfirmed`] where it has changed since; otherwise as
    /// [`security_code`](Self::security_code).
    pub fn confirm_deletion(&self, actor: &Actor, id: RecordId, shown: &str) -> Result<(), Error> {
        let draft = Draft::about(EventKind::DeleteSecurityCode, id);
        self.act(actor, Action::ManageSecurityCode, draft, |act| {
            let row = find(act, id)?;
            if confirmation(&row.tag) != shown {
                return Err(Error::NotConfirmed);
            }
            Ok(act.rows.delete_security_code(id)?)
        })
    }

    fn live_on(
        &self,
        actor: &Actor,
        id: RecordId,
        kind: EventKind,
        event: LifeEvent,
    ) -> Result<SecurityRecord, Error> {
        self.change(actor, id, kind, |code, now| code.apply(actor, event, now))
    }

    fn change(
        &self,
        actor: &Actor,
        id: RecordId,
        kind: EventKind,
        change: impl Fn(&mut SecurityCode, DateTime<Utc>) -> Result<(), LifeError>,
    ) -> Result<SecurityRecord, Error> {
        let ring = self.keys_ring();
        let draft = Draft::about(kind, id);
        self.act(actor, Action::ManageSecurityCode, draft, |act| {
            let mut row = find(act, id)?;
            // A new tag must not make good what was changed from outside.
            row.code.check_tag(&ring, &row.tag)?;
            change(&mut row.code, act.now)?;
            row.tag = row.code.tag(&ring).map_err(Refusal::from)?;
            act.rows.update_security_code(&row)?;
            let record = SecurityRecord::of(&row, act.now);
            act.draft.detail = record.expires_at().map(|expires_at| {
                let expires_at = expires_at.format("%Y-%m-%dT%H:%M:%SZ");
                format!("until {expires_at}")
            });
            Ok(record)
        })
    }
}

/// The row of a security code that is not gone.
fn find(act: &mut Act<'_>, id: RecordId) -> Result<SecurityRow, Error> {
    let row = act.rows.security_code(id)?;
    row.filter(|row| row.code.state(act.now) != LifeState::Gone)
        .ok_or(Error::Life(LifeError::NotFound))
}

/// The beginning of a record's tag, which changes with its life and its access.
fn confirmation(tag: &RecordTag) -> String {
    let mut text = String::new();
    for byte in tag.as_bytes().iter().take(4) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
