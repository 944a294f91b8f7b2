//! Keys: adding, listing, retiring.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Action, Actor, KeyError, KeyId, KeyRing, MasterKey};

use super::{EventParts, Registry};
use crate::{error::Error, event::EventKind, store::KeyRow};

/// A key with which records of this tenant were made. The key itself is not in the
/// store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
    /// The time at which it was added.
    pub added_at: DateTime<Utc>,
    /// The time at which it was retired; `None` if it was not.
    pub retired_at: Option<DateTime<Utc>>,
}

impl Registry {
    /// Adds a key, which becomes the primary key. The other keys continue to verify.
    /// `master` is the server's master key, from which the tenant's is derived: store it
    /// before this call, and add it to the ring of every other process.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] or [`Error::WrongKey`] if the id is taken, [`Error::Forbidden`]
    /// below a super administrator, [`Error::Refused`] if the clock is wrong,
    /// [`Error::Store`].
    pub fn add_key(&self, actor: &Actor, id: KeyId, master: &MasterKey) -> Result<(), Error> {
        let master = master.tenant(&self.tenant);
        let check = KeyRing::new(id, &master)
            .check_values()
            .next()
            .map(|(_, check)| check)
            .ok_or(KeyError::Missing { id })?;
        let mut ring = self.keys_ring_mut();
        let parts = EventParts::about(EventKind::AddKey, id);
        self.act(actor, Action::ManageKey, parts, |act| {
            if ring.ids().any(|known| known == id) {
                return Err(KeyError::Duplicate { id }.into());
            }
            let known = act.rows.keys()?;
            let known = known.into_iter().find(|row| row.id == id);
            if known.as_ref().is_some_and(|row| row.check != check) {
                return Err(Error::WrongKey { id });
            }
            Ok(act.rows.set_key(&KeyRow {
                id,
                check,
                added_at: known.map_or(act.now, |row| row.added_at),
                retired_at: None,
            })?)
        })?;
        Ok(ring.add(id, &master)?)
    }

    /// Returns the keys that the store knows, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] if the clock
    /// is wrong, [`Error::Store`].
    pub fn keys(&self, actor: &Actor) -> Result<Vec<KeyRecord>, Error> {
        let ring = self.keys_ring();
        let parts = EventParts::new(EventKind::ListKeys);
        self.act(actor, Action::ManageKey, parts, |act| {
            let mut keys = Vec::new();
            for row in act.rows.keys()? {
                keys.push(KeyRecord {
                    id: row.id,
                    primary: ring.primary_id() == row.id,
                    present: ring.ids().any(|id| id == row.id),
                    needed: act.rows.key_is_needed(row.id, act.now)?,
                    added_at: row.added_at,
                    retired_at: row.retired_at,
                });
            }
            Ok(keys)
        })
    }

    /// Retires a key: records that were made with it are refused from now on. Then remove
    /// it from the place where you store it.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInUse`] while a record that was made with it can still be used, in this
    /// tenant or another; [`Error::Key`] for the primary key, or one that is not there;
    /// otherwise as [`keys`](Self::keys).
    pub fn retire_key(&self, actor: &Actor, id: KeyId) -> Result<(), Error> {
        let mut ring = self.keys_ring_mut();
        let parts = EventParts::about(EventKind::RetireKey, id);
        self.act(actor, Action::ManageKey, parts, |act| {
            if ring.primary_id() == id {
                return Err(KeyError::Primary { id }.into());
            }
            let known = act.rows.keys()?;
            let known = known
                .into_iter()
                .find(|row| row.id == id && row.retired_at.is_none())
                .ok_or(KeyError::Missing { id })?;
            if act.rows.key_is_needed(id, act.now)? {
                return Err(Error::KeyInUse { id });
            }
            Ok(act.rows.set_key(&KeyRow {
                retired_at: Some(act.now),
                ..known
            })?)
        })?;
        // The store may know a key that this ring does not hold.
        match ring.retire(id) {
            Ok(()) | Err(KeyError::Missing { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
