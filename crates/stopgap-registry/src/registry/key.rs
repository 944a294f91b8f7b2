//! Keys: adding one, listing, retiring one that nothing needs.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Action, Actor, KeyId, KeyMissing, KeyRing, KeyRingError, MasterKey};

use super::{Draft, Registry};
use crate::{error::Error, event::EventKind, store::KeyRow};

/// A key that records of this tenant were made with. The key itself is not in the
/// store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KeyRecord {
    /// Its number.
    pub id: KeyId,
    /// Whether it issues: the newest one does.
    pub issues: bool,
    /// Whether the ring holds it. Where it does not, what was made with it is
    /// refused.
    pub present: bool,
    /// Whether something that was made with it still lives, in any tenant.
    pub needed: bool,
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// When it was retired.
    pub retired_at: Option<DateTime<Utc>>,
}

impl Registry {
    /// Adds a key that issues from now on; the others go on verifying. `root` is
    /// the server's master key, of which the tenant's is derived: keep it before
    /// you call this, and give it to the ring of every other process.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] or [`Error::WrongKey`] where the number is taken,
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] where
    /// the clock is wrong, [`Error::Store`].
    pub fn add_key(&self, actor: &Actor, id: KeyId, root: &MasterKey) -> Result<(), Error> {
        let master = root.tenant(self.tenant.as_str())?;
        let check = KeyRing::new(id, &master)
            .check_values()
            .next()
            .map(|(_, check)| check)
            .ok_or(KeyRingError::Missing(KeyMissing { id }))?;
        let mut ring = self.keys_ring_mut();
        let draft = Draft::about(EventKind::AddKey, id);
        self.act(actor, Action::ManageKey, draft, |act| {
            if ring.ids().any(|known| known == id) {
                return Err(KeyRingError::Duplicate { id }.into());
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
        Ok(ring.rotate(id, &master)?)
    }

    /// The keys that the store knows, by number.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] where
    /// the clock is wrong, [`Error::Store`].
    pub fn keys(&self, actor: &Actor) -> Result<Vec<KeyRecord>, Error> {
        let ring = self.keys_ring();
        let draft = Draft::new(EventKind::ListKeys);
        self.act(actor, Action::ManageKey, draft, |act| {
            let mut keys = Vec::new();
            for row in act.rows.keys()? {
                keys.push(KeyRecord {
                    id: row.id,
                    issues: ring.newest_id() == row.id,
                    present: ring.ids().any(|id| id == row.id),
                    needed: act.rows.key_is_needed(row.id, act.now)?,
                    added_at: row.added_at,
                    retired_at: row.retired_at,
                });
            }
            Ok(keys)
        })
    }

    /// Retires an old key: nothing made with it is accepted any more. Then take
    /// it from where you keep it.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInUse`] while something that was made with it could still be
    /// used, in this tenant or another; [`Error::Key`] for the key that issues, or
    /// one that is not there; otherwise as [`keys`](Self::keys).
    pub fn retire_key(&self, actor: &Actor, id: KeyId) -> Result<(), Error> {
        let mut ring = self.keys_ring_mut();
        let draft = Draft::about(EventKind::RetireKey, id);
        self.act(actor, Action::ManageKey, draft, |act| {
            if ring.newest_id() == id {
                return Err(KeyRingError::Newest { id }.into());
            }
            let known = act.rows.keys()?;
            let known = known
                .into_iter()
                .find(|row| row.id == id && row.retired_at.is_none())
                .ok_or(KeyRingError::Missing(KeyMissing { id }))?;
            if act.rows.key_is_needed(id, act.now)? {
                return Err(Error::KeyInUse { id });
            }
            Ok(act.rows.set_key(&KeyRow {
                retired_at: Some(act.now),
                ..known
            })?)
        })?;
        // One that this ring never held is retired all the same.
        match ring.retire(id) {
            Ok(()) | Err(KeyRingError::Missing(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
