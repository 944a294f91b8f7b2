//! One call: load, decide, apply.

use std::sync::{RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};
use stopgap::{Action, Actor, KeyId, KeyRing};

use super::{
    Registry,
    loaded::{Loaded, Needs},
    locked::Locked,
    parts::EventParts,
    poison, time,
};
use crate::{
    error::Error,
    record::{Record, ring_key::RingKeyRow, tenant::TenantRow},
    store::{Change, Changes, Snapshot, StoreError},
};

/// The snapshot of a call, and the changes on which it decides.
pub(super) struct Act<'a> {
    pub(super) loaded: Loaded<'a>,
    pub(super) now: DateTime<Utc>,
    /// The time that is stored as seen: not later than the store's, if it has a clock.
    seen: DateTime<Utc>,
    pub(super) ring: &'a KeyRing,
    pub(super) ring_keys: Vec<RingKeyRow>,
    pub(super) changes: Changes,
    tenant: TenantRow,
    is_tenant_stored: bool,
    is_tenant_changed: bool,
}

/// The outcome of a decision.
enum Decided<T> {
    Done(T),
    /// Nothing was changed.
    Undone(Error),
    /// The ring holds keys that were retired through another registry.
    Retired(Vec<KeyId>),
}

impl Act<'_> {
    pub(super) fn insert(&mut self, record: &impl Record) {
        self.changes.push(Change::Insert(record.row()));
    }

    /// Replaces the record of the same key, which was loaded as `loaded`.
    pub(super) fn replace<R: Record>(&mut self, record: &R, loaded: &R) {
        self.changes.push(Change::Replace {
            row: record.row(),
            loaded: loaded.row().version().clone(),
        });
    }

    pub(super) fn put<R: Record>(&mut self, record: &R, loaded: Option<&R>) {
        match loaded {
            Some(loaded) => self.replace(record, loaded),
            None => self.insert(record),
        }
    }

    pub(super) fn delete<R: Record>(&mut self, loaded: &R) {
        let row = loaded.row();
        self.changes.push(Change::Delete {
            table: R::TABLE,
            key: row.key().to_vec(),
            loaded: row.version().clone(),
        });
    }

    pub(super) const fn tenant(&self) -> &TenantRow {
        &self.tenant
    }

    /// Changes the tenant's row, which is stored with the other changes.
    pub(super) fn tenant_mut(&mut self) -> &mut TenantRow {
        self.is_tenant_changed = true;
        &mut self.tenant
    }

    /// Stores the time once a minute. Only calls that are granted, and those of
    /// administrators, do. Otherwise a wrong guess on a server whose clock is ahead would stop
    /// a fleet.
    pub(super) fn observe(&mut self) {
        let seen = self.seen;
        if time::is_due(seen, self.tenant.seen_at) {
            self.tenant_mut().seen_at = Some(seen);
        }
    }

    pub(super) fn append(&mut self, parts: &EventParts, actor: &Actor) -> Result<(), Error> {
        let event = parts.event(self.now, actor)?;
        self.insert(&event);
        Ok(())
    }

    /// Checks that the primary key is not retired, for example by another process: its
    /// codes would be lost when it is removed.
    pub(super) fn may_issue(&self) -> Result<(), Error> {
        let id = self.ring.primary_id();
        match self.ring_key(id) {
            Some(key) if key.is_closed => Err(Error::KeyRetired { id }),
            _ => Ok(()),
        }
    }

    pub(super) fn ring_key(&self, id: KeyId) -> Option<&RingKeyRow> {
        self.ring_keys.iter().find(|key| key.id == id)
    }

    /// Returns all changes, those of the tenant's row included.
    fn finish(mut self) -> Changes {
        if self.is_tenant_changed {
            let loaded = self.tenant.clone();
            self.tenant.changes = loaded.changes.wrapping_add(1);
            let changed = self.tenant.clone();
            let loaded = self.is_tenant_stored.then_some(loaded);
            self.put(&changed, loaded.as_ref());
        }
        self.changes
    }
}

impl Registry {
    /// Returns the tenant's keys.
    pub(super) fn keys_ring(&self) -> Locked<RwLockReadGuard<'_, KeyRing>> {
        Locked::new(|| self.keys.read().unwrap_or_else(poison))
    }

    pub(super) fn keys_ring_mut(&self) -> Locked<RwLockWriteGuard<'_, KeyRing>> {
        Locked::new(|| self.keys.write().unwrap_or_else(poison))
    }

    /// Returns the time of the registry's clock.
    pub(super) fn now(&self) -> Result<DateTime<Utc>, Error> {
        time::checked(self.clock.now())
    }

    /// Loads, lets `work` decide, and applies the changes. An error of `work` changes
    /// nothing.
    pub(super) fn transact<T>(
        &self,
        needs: &Needs,
        mut work: impl FnMut(&mut Act<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        loop {
            // The clock may be the caller's code, which no other thread should wait for.
            let now = self.now()?;
            let retired = {
                let ring = self.keys_ring();
                match self.transact_with(&ring, needs, now, &mut work)? {
                    Decided::Done(value) => return Ok(value),
                    Decided::Undone(error) => return Err(error),
                    Decided::Retired(retired) => retired,
                }
            };
            self.forget(&retired);
        }
    }

    /// Does the same for a caller that changes the ring.
    pub(super) fn transact_and_change<T>(
        &self,
        ring: &KeyRing,
        needs: &Needs,
        now: DateTime<Utc>,
        mut work: impl FnMut(&mut Act<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self.transact_with(ring, needs, now, &mut work)? {
            Decided::Done(value) => Ok(value),
            Decided::Undone(error) => Err(error),
            Decided::Retired(ids) => match ids.first() {
                Some(id) => Err(Error::KeyRetired { id: *id }),
                None => Err(StoreError::Conflict(None).into()),
            },
        }
    }

    /// Loads without locks, and lets `work` decide. Its changes are not applied.
    pub(super) fn look<T>(
        &self,
        needs: &Needs,
        work: impl Fn(&mut Act<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        loop {
            let now = self.now()?;
            let snapshot = self.store.load(&self.tenant, needs.query())?;
            let retired = {
                let ring = self.keys_ring();
                match self.decide(&ring, needs, &snapshot, now, &mut |act| work(act)) {
                    (Decided::Done(value), _) => return Ok(value),
                    (Decided::Undone(error), _) => return Err(error),
                    (Decided::Retired(retired), _) => retired,
                }
            };
            self.forget(&retired);
        }
    }

    /// Removes keys from the ring in memory that were retired through another registry.
    pub(super) fn forget(&self, retired: &[KeyId]) {
        let mut ring = self.keys_ring_mut();
        for id in retired {
            // Another thread may have removed it first.
            let _ = ring.retire(*id);
        }
    }

    fn transact_with<T>(
        &self,
        ring: &KeyRing,
        needs: &Needs,
        now: DateTime<Utc>,
        work: &mut dyn FnMut(&mut Act<'_>) -> Result<T, Error>,
    ) -> Result<Decided<T>, Error> {
        let mut decided = None;
        let applied = self
            .store
            .update(&self.tenant, needs.query(), &mut |snapshot| {
                decided = None;
                match self.decide(ring, needs, snapshot, now, work) {
                    (Decided::Undone(Error::Store(error)), _) => Err(error),
                    (outcome, changes) => {
                        decided = Some(outcome);
                        Ok(changes)
                    }
                }
            });
        applied?;
        decided.ok_or_else(|| StoreError::Other("the store did nothing".into()).into())
    }

    fn decide<T>(
        &self,
        ring: &KeyRing,
        needs: &Needs,
        snapshot: &Snapshot,
        now: DateTime<Utc>,
        work: &mut dyn FnMut(&mut Act<'_>) -> Result<T, Error>,
    ) -> (Decided<T>, Changes) {
        let loaded = Loaded(snapshot);
        let begun = || {
            time::not_apart(now, snapshot.time, self.clock_tolerance)?;
            let tenant = loaded.one(needs.tenant())?;
            let stores = snapshot.time.filter(|_| self.clock_tolerance.is_some());
            Ok::<_, Error>(Act {
                loaded,
                now,
                seen: stores.map_or(now, |stores| time::whole_micros(stores.min(now))),
                ring,
                ring_keys: loaded.all(needs.ring())?,
                changes: Changes::new(),
                is_tenant_stored: tenant.is_some(),
                tenant: tenant.unwrap_or_default(),
                is_tenant_changed: false,
            })
        };
        let mut act = match begun() {
            Ok(act) => act,
            Err(error) => return (Decided::Undone(error), Changes::new()),
        };
        let (primary, keys) = (ring.primary_id(), &act.ring_keys);
        let is_retired = |id: &KeyId| {
            keys.iter()
                .any(|key| key.id == *id && key.retired_at.is_some())
        };
        let retired: Vec<KeyId> = ring
            .ids()
            .filter(|id| *id != primary && is_retired(id))
            .collect();
        if !retired.is_empty() {
            return (Decided::Retired(retired), Changes::new());
        }
        if act.ring_key(primary).is_some_and(|key| key.is_compromised) {
            let error = Error::KeyRetired { id: primary };
            return (Decided::Undone(error), Changes::new());
        }
        match work(&mut act) {
            Ok(value) => (Decided::Done(value), act.finish()),
            Err(error) => (Decided::Undone(error), Changes::new()),
        }
    }

    /// Does an actor's work, and leaves an event.
    ///
    /// If `work` refuses, the event is still stored, and none of its changes is. If the store
    /// fails, nothing is stored.
    pub(super) fn act<T>(
        &self,
        actor: &Actor,
        action: Action,
        parts: &EventParts,
        needs: &Needs,
        mut work: impl FnMut(&mut Act<'_>, &mut EventParts) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let done = self.transact(needs, |act| {
            Self::decide_as(act, actor, action, parts, &mut work)
        })?;
        self.flush_due();
        done
    }

    /// Decides on an actor's work, and on its event.
    pub(super) fn decide_as<T>(
        act: &mut Act<'_>,
        actor: &Actor,
        action: Action,
        parts: &EventParts,
        work: &mut dyn FnMut(&mut Act<'_>, &mut EventParts) -> Result<T, Error>,
    ) -> Result<Result<T, Error>, Error> {
        time::not_set_back(act.now, act.tenant().seen_at)?;
        let mut parts = parts.clone();
        let may = actor.may(action).map_err(Error::from);
        if may.is_ok() {
            act.observe();
        }
        let tenant = act.tenant.clone();
        let outcome = may.and_then(|()| work(act, &mut parts));
        let outcome = match outcome {
            Err(Error::Store(error)) => return Err(error.into()),
            outcome => outcome,
        };
        if let Err(error) = &outcome {
            act.changes.clear();
            act.tenant = tenant;
            parts.reason = Some(error.reason().into());
        }
        act.append(&parts, actor)?;
        Ok(outcome)
    }
}
