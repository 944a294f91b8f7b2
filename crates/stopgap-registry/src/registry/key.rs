//! Keys: adding and listing.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Action, Actor, KeyError, KeyId, KeyRing, MasterKey};

use super::{Registry, act::Act, loaded::Needs, parts::EventParts};
use crate::{
    error::Error,
    event::EventKind,
    record::{Table, key::KeyRow, ring_key::RingKeyRow},
    store::Selection,
};

/// A key with which records of this tenant were made. The key itself is not in the
/// store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct KeyRecord {
    /// The id.
    pub id: KeyId,
    /// `true` if it is the primary key, which issues.
    pub primary: bool,
    /// `true` if the ring holds it. Otherwise the records that were made with it are
    /// refused.
    pub present: bool,
    /// `true` if a record that was made with it can still be used, in any tenant.
    pub needed: bool,
    /// `true` if it was retired because an attacker may know it.
    pub compromised: bool,
    /// The time at which it was added.
    pub added_at: DateTime<Utc>,
    /// The time at which it was retired, for all tenants; `None` if it was not.
    pub retired_at: Option<DateTime<Utc>>,
}

impl KeyRecord {
    /// Returns a key as the store and the ring have it. It does not look if the key is needed.
    pub(super) fn of(row: &KeyRow, act: &Act<'_>) -> Self {
        let state = act.ring_key(row.id);
        Self {
            id: row.id,
            primary: act.ring.primary_id() == row.id,
            present: act.ring.ids().any(|id| id == row.id),
            needed: false,
            compromised: state.is_some_and(|state| state.is_compromised),
            added_at: row.added_at,
            retired_at: state.and_then(|state| state.retired_at),
        }
    }
}

impl Registry {
    /// Adds a key, which becomes the primary key. The other keys continue to verify.
    /// `master` is the server's master key, from which the tenant's is derived: store it
    /// before this call, and add it to the ring of every other process.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] or [`Error::WrongKey`] if the id is taken, [`Error::KeyRetired`] if the
    /// key was compromised, [`Error::Forbidden`] below a super administrator,
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn add_key(&self, actor: &Actor, id: KeyId, master: &MasterKey) -> Result<(), Error> {
        let master = master.tenant(&self.tenant);
        let check = KeyRing::new(id, &master)
            .check_values()
            .next()
            .map(|(_, check)| check)
            .ok_or(KeyError::Missing { id })?;
        let parts = EventParts::about(EventKind::AddKey, id);
        let mut needs = Needs::new().change_keys();
        let known = needs.get::<KeyRow>(vec![id.into()]);
        let now = self.now()?;
        let mut ring = self.keys_ring_mut();
        self.transact_and_change(&ring, &needs, now, |act| {
            let mut work = |act: &mut Act<'_>, _: &mut EventParts| {
                if act.ring.ids().any(|known| known == id) {
                    return Err(KeyError::Duplicate { id }.into());
                }
                match act.loaded.one(known)? {
                    Some(row) if row.check != check => return Err(Error::WrongKey { id }),
                    Some(_) => {}
                    None => {
                        let added_at = act.now;
                        act.insert(&KeyRow {
                            id,
                            check,
                            added_at,
                        });
                    }
                }
                match act.ring_key(id).copied() {
                    Some(state) if state.is_compromised => Err(Error::KeyRetired { id }),
                    Some(state) if state.is_closed => {
                        let used = RingKeyRow {
                            is_closed: false,
                            retired_at: None,
                            changes: state.changes.wrapping_add(1),
                            ..state
                        };
                        act.replace(&used, &state);
                        Ok(())
                    }
                    _ => Ok(()),
                }
            };
            Self::decide_as(act, actor, Action::ManageKey, &parts, &mut work)
        })??;
        Ok(ring.add(id, &master)?)
    }

    /// Returns the keys that the store knows, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] if the clock
    /// is wrong, [`Error::Store`].
    pub fn keys(&self, actor: &Actor) -> Result<Vec<KeyRecord>, Error> {
        let parts = EventParts::new(EventKind::ListKeys);
        let mut needs = Needs::new();
        let known = needs.select::<KeyRow>(Selection::all(Table::Keys));
        let (now, mut keys) = self.act(actor, Action::ManageKey, &parts, &needs, |act, _| {
            let known = act.loaded.all(known)?;
            let keys = known.iter().map(|row| KeyRecord::of(row, act));
            Ok((act.now, keys.collect::<Vec<_>>()))
        })?;
        for key in &mut keys {
            key.needed = !key.compromised && self.is_needed(key.id, now)?;
        }
        Ok(keys)
    }
}
