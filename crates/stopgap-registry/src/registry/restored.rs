//! A store that was restored from a backup: its keys, its event, and the codes that the backup
//! revives.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use stopgap::{Action, Actor, KeyError, KeyId, KeySource, RecordId};

use super::{Registry, act::Act, loaded::Needs, parts::EventParts, revoke::revoke};
use crate::{
    error::Error,
    event::{Event, EventKind},
    online::{CodeRecord, CodeState},
    record::{Record, Table, code::CodeRow, key::KeyRow, ring_key::RingKeyRow},
    store::{Query, Selection, Store},
};

/// The codes that are looked at in one transaction.
const BATCH: usize = 500;

/// The codes that are revoked when a store is restored: it has forgotten their uses and
/// revocations since the backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevokeOnRestore {
    /// Codes with limited uses that can be used now: their uses may have been spent since.
    #[default]
    Limited,
    /// All codes that can be used now or later: any may have been revoked since.
    All,
    /// No code.
    Nothing,
}

impl RevokeOnRestore {
    /// Returns `limited`, `all` or `nothing`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Limited => "limited",
            Self::All => "all",
            Self::Nothing => "nothing",
        }
    }

    fn includes(self, code: &CodeRecord, now: DateTime<Utc>) -> bool {
        let state = code.state(now);
        match self {
            Self::Limited => state == CodeState::Active && code.max_uses.is_some(),
            Self::All => state.is_live(),
            Self::Nothing => false,
        }
    }
}

/// The tenant of a store that was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The time of the newest event in the backup; `None` if it has none.
    pub as_of: Option<DateTime<Utc>>,
    /// The codes that were revoked.
    pub revoked: Vec<CodeRecord>,
}

impl Registry {
    /// Logs that the store was restored from a backup, and revokes codes that the backup
    /// revives. Call it for each tenant before the store is used: see
    /// [`Restore`](crate::Restore). It may be called again if it failed.
    ///
    /// The clock may be behind the latest time that the store has seen. Other calls are then
    /// refused until a super administrator [accepts](Self::accept_clock) the clock.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] if the clock is
    /// outside the years 1970 to 9999, [`Error::Store`].
    pub fn restored(&self, actor: &Actor, revoke: RevokeOnRestore) -> Result<Restored, Error> {
        let mut needs = Needs::new();
        let newest = needs.select::<Event>(Selection::all(Table::Events).descending().limit(1));
        let as_of = self.transact(&needs, |act| {
            let newest = act.loaded.rows(newest).first();
            let as_of = newest.map(|row| Event::shown(row).at());
            let mut parts = EventParts::new(EventKind::RestoreStore);
            let revokes = revoke.as_str();
            parts.detail = Some(match as_of {
                Some(at) => format!("as of {}; revokes {revokes}", at.format("%FT%TZ")),
                None => format!("revokes {revokes}"),
            });
            // A restore needs the same rights as the keys that it makes valid again.
            let may = actor.may(Action::ManageKey);
            if may.is_err() {
                parts.reason = Some("forbidden".into());
            }
            act.append(&parts, actor)?;
            Ok(may.map(|()| as_of))
        })??;
        let mut restored = Restored {
            as_of,
            revoked: Vec::new(),
        };
        let mut last = None;
        loop {
            let seen = self
                .revoke_some(actor, revoke, last, &mut restored.revoked)
                .map_err(Error::after_a_change)?;
            match seen {
                Some(id) => last = Some(id),
                None => return Ok(restored),
            }
        }
    }

    /// Revokes some codes after one. Returns the last that it has seen; `None` at the end.
    fn revoke_some(
        &self,
        actor: &Actor,
        which: RevokeOnRestore,
        after: Option<RecordId>,
        revoked: &mut Vec<CodeRecord>,
    ) -> Result<Option<RecordId>, Error> {
        let mut selection = Selection::all(CodeRow::TABLE).limit(BATCH);
        if let Some(after) = after {
            selection = selection.after(vec![after.into()]);
        }
        let mut needs = Needs::new();
        let codes = needs.select::<CodeRow>(selection);
        let (some, last) = self.transact(&needs, |act: &mut Act<'_>| {
            let (mut some, mut last) = (Vec::new(), None);
            for row in act.loaded.all(codes)? {
                let code = CodeRecord::of(&row);
                last = Some(code.id);
                if !which.includes(&code, act.now) {
                    continue;
                }
                let mut parts = EventParts::of(EventKind::RevokeCode, &code.user);
                parts.subject = Some(code.id.to_string());
                some.push(revoke(act, row)?);
                act.append(&parts, actor)?;
            }
            Ok((some, last))
        })?;
        self.read_back(&some)?;
        revoked.extend(some);
        Ok(last)
    }
}

/// Returns the keys with which records of a store were made, and that these keys lack: such
/// records are refused. Keys that were retired are left out.
///
/// # Errors
///
/// [`Error::WrongKey`] if the store was made with another key of an id, [`Error::Key`] if the
/// keys have none of a tenant's, [`Error::KeySource`] if they cannot be read, [`Error::Store`].
pub fn missing_keys(
    store: &dyn Store,
    keys: &(impl KeySource + ?Sized),
) -> Result<BTreeSet<KeyId>, Error> {
    let query = Query {
        selections: [Table::Keys, Table::RingKeys].map(Selection::all).to_vec(),
        ..Query::default()
    };
    let mut missing = BTreeSet::new();
    for tenant in store.tenants()? {
        let ring = keys
            .tenant_ring(&tenant)
            .map_err(|error| Error::KeySource(error.into()))?;
        let snapshot = store.load(&tenant, &query)?;
        let rows = |place: usize| snapshot.rows.get(place).into_iter().flatten();
        let states: Vec<RingKeyRow> = rows(1).map(RingKeyRow::of).collect::<Result<_, _>>()?;
        let is_retired = |id| {
            let mut states = states.iter();
            states.any(|state| state.id == id && state.retired_at.is_some())
        };
        let (mut held, mut lacking) = (0_usize, BTreeSet::new());
        for row in rows(0) {
            let known = KeyRow::of(row)?;
            match ring.check_values().find(|(id, _)| *id == known.id) {
                Some((id, check)) if check != known.check => return Err(Error::WrongKey { id }),
                Some(_) => held = held.saturating_add(1),
                None if is_retired(known.id) => {}
                None => {
                    lacking.insert(known.id);
                }
            }
        }
        match lacking.last() {
            Some(id) if held == 0 => return Err(KeyError::Missing { id: *id }.into()),
            _ => missing.append(&mut lacking),
        }
    }
    Ok(missing)
}
