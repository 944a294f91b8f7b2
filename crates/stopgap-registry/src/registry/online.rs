//! Online codes: issuing and listing.

use chrono::{DateTime, TimeZone, Utc};
use stopgap::{
    Action, Actor, Code, CodeFormat, IssueRequest, KeyRing, Name, OnlineGrant, OnlinePolicy,
    Purpose, Purposes, RecordId, Sealed, SysRng,
};

use super::{
    Registry,
    act::Act,
    head::{self, Head},
    loaded::Needs,
    parts::EventParts,
    time::whole_micros,
};
use crate::{
    error::Error,
    event::EventKind,
    online::CodeRecord,
    record::{
        Record,
        code::{self, CodeRow},
    },
    store::Selection,
};

/// A new code, to be shown once and not stored.
#[derive(Debug)]
#[must_use]
pub struct Issued {
    /// The code.
    pub code: Code,
    /// Its record, without the code.
    pub record: CodeRecord,
}

impl Registry {
    /// Issues a code to a user: `"alice"`, or an [`IssueRequest`] with a context. Days and
    /// months of its validity count on the wall clock of `zone`, from `not_before` if the
    /// policy has one, otherwise from now.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::InvalidName`],
    /// [`Error::InvalidValue`] if the policy is not valid, [`Error::NeverValid`] if the
    /// code would have expired already, [`Error::Refused`] if the clock is wrong,
    /// [`Error::Store`].
    pub fn issue_code<'r, Z: TimeZone>(
        &self,
        actor: &Actor,
        request: impl Into<IssueRequest<'r>>,
        policy: &OnlinePolicy,
        zone: &Z,
    ) -> Result<Issued, Error> {
        let request = request.into();
        let user = Name::new(request.user)?;
        let parts = EventParts::of(EventKind::IssueCode, &user).context(&request.context);
        let mut needs = Needs::of_user(&user).use_keys();
        let slot = head::need(&mut needs, &user);
        self.act(actor, Action::IssueCode, &parts, &needs, |act, parts| {
            act.may_issue()?;
            let head = Head::load(act, slot, &user)?;
            let (code, sealed) = issue(act.ring, &user, policy, act.now, zone)?;
            let row = stored(sealed, head.next());
            describe(parts, &row);
            add_format(act, policy.format);
            act.insert(&row);
            head.raise(act, 1)?;
            self.know_formats(&act.tenant().formats);
            Ok(Issued {
                code,
                record: CodeRecord::of(&row),
            })
        })
    }

    /// Returns a user's codes that have not been purged, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::InvalidName`],
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn codes(&self, actor: &Actor, user: &str) -> Result<Vec<CodeRecord>, Error> {
        let user = Name::new(user)?;
        let parts = EventParts::of(EventKind::ListCodes, &user);
        let mut needs = Needs::new();
        let prefix = vec![(&user).into()];
        let codes = Selection::index(CodeRow::TABLE, &code::BY_USER, prefix).descending();
        let codes = needs.select::<CodeRow>(codes);
        self.act(actor, Action::ReadUser, &parts, &needs, |act, _| {
            Ok(act.loaded.all(codes)?.iter().map(CodeRecord::of).collect())
        })
    }

    /// Returns at most `limit` codes of all users that are wanted, oldest first, from the one
    /// after `after`, the last of the page before.
    ///
    /// # Errors
    ///
    /// As [`codes`](Self::codes).
    pub fn all_codes(
        &self,
        actor: &Actor,
        after: Option<RecordId>,
        limit: usize,
        is_wanted: impl Fn(&CodeRecord) -> bool,
    ) -> Result<Vec<CodeRecord>, Error> {
        let parts = EventParts::new(EventKind::ListCodes);
        let after = after.map(|id| vec![id.into()]);
        let show = |_: &Act<'_>, row: CodeRow| {
            let record = CodeRecord::of(&row);
            Ok(is_wanted(&record).then_some(record))
        };
        self.list(actor, Action::ReadUser, &parts, after, limit, show)
    }
}

pub(super) fn issue<Z: TimeZone>(
    ring: &KeyRing,
    user: &Name,
    policy: &OnlinePolicy,
    now: DateTime<Utc>,
    zone: &Z,
) -> Result<(Code, Sealed<OnlineGrant>), Error> {
    let zoned = now.with_timezone(zone);
    // Stores have whole microseconds.
    let policy = OnlinePolicy {
        not_before: policy.not_before.map(whole_micros),
        ..*policy
    };
    Ok(policy.issue(ring, user.as_str(), zoned, &mut SysRng)?)
}

/// Returns the row of a new code.
pub(super) fn stored(sealed: Sealed<OnlineGrant>, number: u64) -> CodeRow {
    CodeRow {
        ends_at: sealed.unverified().expires_at,
        sealed,
        number,
    }
}

/// Lets the tenant's codes be read by this format.
pub(super) fn add_format(act: &mut Act<'_>, format: CodeFormat) {
    if !act.tenant().formats.contains(&format) {
        act.tenant_mut().formats.push(format);
    }
}

pub(super) fn describe(parts: &mut EventParts, row: &CodeRow) {
    let record = row.sealed.unverified();
    parts.subject = Some(record.id.to_string());
    parts.detail = Some(format!(
        "{}, until {}",
        words(record.purposes),
        record.expires_at.format("%Y-%m-%dT%H:%M:%SZ")
    ));
}

/// Returns the purposes as words: `reset, bypass`.
fn words(purposes: Purposes) -> String {
    let words: Vec<&str> = purposes.iter().map(Purpose::as_str).collect();
    words.join(", ")
}
