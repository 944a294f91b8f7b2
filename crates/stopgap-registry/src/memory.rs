//! The reference store: plain maps, and a journal of what to undo.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    CodeDigest, CodeFormat, KeyId, Lifetime, Name, OnlineGrant, OnlinePolicy, RecordId, RecordTag,
    Sealed, SecurityCode, Throttle, Verification, offline::Enrolment,
};

use crate::{
    event::{Event, EventFilter},
    row::Table as TableName,
    store::{KeyRow, Purge, Result, SecurityRow, Store, StoreError, Transaction, Work},
};

/// A store that forgets everything when it is dropped: for tests, and as the reference of
/// what a store must do.
#[derive(Debug, Default)]
pub struct Memory {
    tables: Mutex<Tables>,
}

impl Memory {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        // A panic undoes its transaction: see `Open`.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn write(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        let mut open = Open {
            tables: &mut self.lock(),
            tenant,
        };
        work(&mut open)?;
        open.tables.forget();
        Ok(())
    }

    fn read(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        self.write(tenant, work)
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        Ok(self.lock().tenants().into_iter().collect())
    }
}

/// A transaction, which is undone when it is dropped, unless it was kept.
struct Open<'s> {
    tables: &'s mut Tables,
    tenant: &'s Name,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.tables.undo();
    }
}

/// A map, and the former rows of the places that changed.
struct Table<K, V> {
    rows: BTreeMap<K, V>,
    journal: Vec<(K, Option<V>)>,
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    fn put(&mut self, key: K, row: V) {
        let before = self.rows.insert(key.clone(), row);
        self.journal.push((key, before));
    }

    /// Inserts a row in a free place.
    fn insert(&mut self, key: K, row: V) -> Result<()> {
        if self.rows.contains_key(&key) {
            return Err(StoreError::Conflict(None));
        }
        self.put(key, row);
        Ok(())
    }

    fn remove(&mut self, key: &K) -> bool {
        let before = self.rows.remove(key);
        let there = before.is_some();
        self.journal.push((key.clone(), before));
        there
    }

    /// Returns the rows from a key on, in order.
    fn from(&self, first: K) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.range(first..)
    }

    fn undo(&mut self) {
        while let Some((key, before)) = self.journal.pop() {
            match before {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            journal: Vec::new(),
        }
    }
}

impl<K, V> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.rows.len())
    }
}

type Digest = [u8; 32];

macro_rules! tables {
    ($($table:ident: $key:ty => $row:ty,)*) => {
        #[derive(Debug, Default)]
        struct Tables {
            $($table: Table<$key, $row>,)*
        }

        impl Tables {
            /// Undoes the changes since the last [`forget`](Self::forget).
            fn undo(&mut self) {
                $(self.$table.undo();)*
            }

            /// Keeps the changes.
            fn forget(&mut self) {
                $(self.$table.journal.clear();)*
            }

            fn tenants(&self) -> BTreeSet<Name> {
                let mut tenants = BTreeSet::new();
                $(tenants.extend(self.$table.rows.keys().map(|key| key.tenant().clone()));)*
                tenants
            }
        }
    };
}

tables! {
    clocks: Name => DateTime<Utc>,
    formats: Name => Vec<CodeFormat>,
    codes: (Name, Digest) => Sealed<OnlineGrant>,
    codes_by_user: (Name, Name, RecordId) => Digest,
    verifications: (Name, Name, String) => Sealed<Verification>,
    throttles: (Name, Name) => Throttle,
    presets: (Name, Name) => OnlinePolicy,
    machines: (Name, Name, Name) => Sealed<Enrolment>,
    security_codes: (Name, RecordId) => SecurityRow,
    security_codes_by_digest: (Name, Digest) => RecordId,
    keys: (Name, KeyId) => KeyRow,
    events: (Name, RecordId) => Event,
}

/// The first part of every key.
trait Tenant {
    fn tenant(&self) -> &Name;
}

impl Tenant for Name {
    fn tenant(&self) -> &Name {
        self
    }
}

impl<T> Tenant for (Name, T) {
    fn tenant(&self) -> &Name {
        &self.0
    }
}

impl<T, U> Tenant for (Name, T, U) {
    fn tenant(&self) -> &Name {
        &self.0
    }
}

/// The smallest id.
const FIRST: RecordId = RecordId::from_bytes([0; 16]);

impl Open<'_> {
    fn tenant(&self) -> Name {
        self.tenant.clone()
    }

    fn machine_key(&self, machine: &Sealed<Enrolment>) -> (Name, Name, Name) {
        let record = machine.unverified();
        (self.tenant(), record.user.clone(), record.machine.clone())
    }

    /// Returns the tenant's rows of a table, in order.
    fn mine<K: Tenant + 'static, V: 'static>(
        &self,
        table: impl Fn(&Tables) -> &Table<K, V>,
    ) -> impl Iterator<Item = (&K, &V)> {
        let rows = table(self.tables).rows.iter();
        rows.filter(|(key, _)| key.tenant() == self.tenant)
    }
}

impl Transaction for Open<'_> {
    fn clock_floor(&mut self) -> Result<Option<DateTime<Utc>>> {
        Ok(self.tables.clocks.rows.get(self.tenant).copied())
    }

    fn set_clock_floor(&mut self, floor: DateTime<Utc>) -> Result<()> {
        self.tables.clocks.put(self.tenant(), floor);
        Ok(())
    }

    fn raise_clock_floor(&mut self, now: DateTime<Utc>, quiet: TimeDelta) -> Result<()> {
        let due = |noted: DateTime<Utc>| now.signed_duration_since(noted) >= quiet;
        if self.clock_floor()?.is_none_or(due) {
            self.set_clock_floor(now)?;
        }
        Ok(())
    }

    fn formats(&mut self) -> Result<Vec<CodeFormat>> {
        let formats = self.tables.formats.rows.get(self.tenant);
        Ok(formats.cloned().unwrap_or_default())
    }

    fn add_format(&mut self, format: &CodeFormat) -> Result<()> {
        let mut formats = self.formats()?;
        if !formats.contains(format) {
            formats.push(*format);
            self.tables.formats.put(self.tenant(), formats);
        }
        Ok(())
    }

    fn insert_code(&mut self, code: &Sealed<OnlineGrant>) -> Result<()> {
        let record = code.unverified();
        let (tenant, digest) = (self.tenant(), *record.digest.as_bytes());
        let by_user = (tenant.clone(), record.user.clone(), record.id);
        self.tables.codes_by_user.insert(by_user, digest)?;
        self.tables.codes.insert((tenant, digest), code.clone())
    }

    fn code(&mut self, digest: &CodeDigest) -> Result<Option<Sealed<OnlineGrant>>> {
        let key = (self.tenant(), *digest.as_bytes());
        Ok(self.tables.codes.rows.get(&key).cloned())
    }

    fn replace_code(&mut self, new: &Sealed<OnlineGrant>, loaded: &RecordTag) -> Result<bool> {
        let digest = &new.unverified().digest;
        if self.code(digest)?.is_none_or(|there| there.tag() != loaded) {
            return Ok(false);
        }
        let key = (self.tenant(), *digest.as_bytes());
        self.tables.codes.put(key, new.clone());
        Ok(true)
    }

    fn codes_of(
        &mut self,
        user: &Name,
        before: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<Sealed<OnlineGrant>>> {
        let tables = &*self.tables;
        let of_user = tables
            .codes_by_user
            .from((self.tenant(), user.clone(), FIRST))
            .take_while(|((tenant, name, id), _)| {
                tenant == self.tenant && name == user && before.is_none_or(|before| *id < before)
            });
        let mut digests: Vec<&Digest> = of_user.map(|(_, digest)| digest).collect();
        digests.reverse();
        let rows = digests.into_iter().take(limit);
        let rows = rows.filter_map(|digest| tables.codes.rows.get(&(self.tenant(), *digest)));
        Ok(rows.cloned().collect())
    }

    fn codes(
        &mut self,
        after: Option<(&Name, RecordId)>,
        limit: usize,
    ) -> Result<Vec<Sealed<OnlineGrant>>> {
        let tables = &*self.tables;
        let rows = tables.codes_by_user.rows.iter();
        let rows = rows
            .filter(|((tenant, user, id), _)| {
                tenant == self.tenant && after.is_none_or(|after| (user, *id) > after)
            })
            .filter_map(|(_, digest)| tables.codes.rows.get(&(self.tenant(), *digest)));
        Ok(rows.take(limit).cloned().collect())
    }

    fn verification(
        &mut self,
        user: &Name,
        idempotency_key: &str,
    ) -> Result<Option<Sealed<Verification>>> {
        let key = (self.tenant(), user.clone(), idempotency_key.to_owned());
        Ok(self.tables.verifications.rows.get(&key).cloned())
    }

    fn insert_verification(&mut self, verification: &Sealed<Verification>) -> Result<()> {
        let record = verification.unverified();
        let (user, idempotency_key) = (record.user.clone(), record.idempotency_key.clone());
        let key = (self.tenant(), user, idempotency_key);
        self.tables.verifications.insert(key, verification.clone())
    }

    fn verifications(
        &mut self,
        after: Option<(&Name, &str)>,
        limit: usize,
    ) -> Result<Vec<Sealed<Verification>>> {
        let rows = self.mine(|tables| &tables.verifications);
        let rows = rows
            .filter(|((_, user, key), _)| after.is_none_or(|after| (user, key.as_str()) > after));
        Ok(rows.take(limit).map(|(_, row)| row.clone()).collect())
    }

    fn throttle(&mut self, user: &Name) -> Result<Throttle> {
        let key = (self.tenant(), user.clone());
        let throttle = self.tables.throttles.rows.get(&key);
        Ok(throttle.copied().unwrap_or_default())
    }

    fn set_throttle(&mut self, user: &Name, throttle: &Throttle) -> Result<()> {
        let key = (self.tenant(), user.clone());
        if *throttle == Throttle::default() {
            self.tables.throttles.remove(&key);
        } else {
            self.tables.throttles.put(key, *throttle);
        }
        Ok(())
    }

    fn throttles(&mut self, after: Option<&Name>, limit: usize) -> Result<Vec<(Name, Throttle)>> {
        let throttles = self.mine(|tables| &tables.throttles);
        let throttles = throttles.filter(|((_, user), _)| after.is_none_or(|after| user > after));
        let throttles = throttles.map(|((_, user), throttle)| (user.clone(), *throttle));
        Ok(throttles.take(limit).collect())
    }

    fn preset(&mut self, name: &Name) -> Result<Option<OnlinePolicy>> {
        let key = (self.tenant(), name.clone());
        Ok(self.tables.presets.rows.get(&key).copied())
    }

    fn presets(&mut self) -> Result<Vec<(Name, OnlinePolicy)>> {
        let presets = self.tables.presets.rows.iter();
        let presets = presets.filter(|((tenant, _), _)| tenant == self.tenant);
        Ok(presets
            .map(|((_, name), policy)| (name.clone(), *policy))
            .collect())
    }

    fn set_preset(&mut self, name: &Name, policy: &OnlinePolicy) -> Result<()> {
        let key = (self.tenant(), name.clone());
        self.tables.presets.put(key, *policy);
        Ok(())
    }

    fn remove_preset(&mut self, name: &Name) -> Result<bool> {
        let key = (self.tenant(), name.clone());
        Ok(self.tables.presets.remove(&key))
    }

    fn machine(&mut self, user: &Name, machine: &Name) -> Result<Option<Sealed<Enrolment>>> {
        let key = (self.tenant(), user.clone(), machine.clone());
        Ok(self.tables.machines.rows.get(&key).cloned())
    }

    fn machines(&mut self, user: &Name) -> Result<Vec<Sealed<Enrolment>>> {
        let machines = self.tables.machines.rows.iter();
        let machines =
            machines.filter(|((tenant, name, _), _)| tenant == self.tenant && name == user);
        Ok(machines.map(|(_, machine)| machine.clone()).collect())
    }

    fn all_machines(
        &mut self,
        after: Option<(&Name, &Name)>,
        limit: usize,
    ) -> Result<Vec<Sealed<Enrolment>>> {
        let machines = self.mine(|tables| &tables.machines);
        let machines = machines
            .filter(|((_, user, machine), _)| after.is_none_or(|after| (user, machine) > after));
        Ok(machines.take(limit).map(|(_, row)| row.clone()).collect())
    }

    fn insert_machine(&mut self, machine: &Sealed<Enrolment>) -> Result<()> {
        let key = self.machine_key(machine);
        self.tables.machines.insert(key, machine.clone())
    }

    fn replace_machine(&mut self, new: &Sealed<Enrolment>, loaded: &RecordTag) -> Result<bool> {
        let key = self.machine_key(new);
        let there = self.tables.machines.rows.get(&key);
        if there.is_none_or(|there| there.tag() != loaded) {
            return Ok(false);
        }
        self.tables.machines.put(key, new.clone());
        Ok(true)
    }

    fn insert_security_code(&mut self, row: &SecurityRow) -> Result<()> {
        let record = row.record.unverified();
        let by_digest = (self.tenant(), *record.digest.as_bytes());
        let by_id = (self.tenant(), record.id);
        self.tables
            .security_codes_by_digest
            .insert(by_digest, record.id)?;
        self.tables.security_codes.insert(by_id, row.clone())
    }

    fn security_code(&mut self, id: RecordId) -> Result<Option<SecurityRow>> {
        let key = (self.tenant(), id);
        Ok(self.tables.security_codes.rows.get(&key).cloned())
    }

    fn security_code_of(&mut self, digests: &[CodeDigest]) -> Result<Option<SecurityRow>> {
        let ids = &self.tables.security_codes_by_digest.rows;
        let mut keys = digests
            .iter()
            .map(|digest| (self.tenant(), *digest.as_bytes()));
        match keys.find_map(|key| ids.get(&key).copied()) {
            Some(id) => self.security_code(id),
            None => Ok(None),
        }
    }

    fn security_codes(
        &mut self,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<SecurityRow>> {
        let rows = self
            .tables
            .security_codes
            .from((self.tenant(), after.unwrap_or(FIRST)));
        let rows = rows
            .take_while(|((tenant, _), _)| tenant == self.tenant)
            .filter(|((_, id), _)| after.is_none_or(|after| *id > after));
        Ok(rows.take(limit).map(|(_, row)| row.clone()).collect())
    }

    fn replace_security_code(
        &mut self,
        new: &Sealed<SecurityCode>,
        loaded: &RecordTag,
    ) -> Result<bool> {
        let id = new.unverified().id;
        let there = self.security_code(id)?;
        let Some(mut row) = there.filter(|there| there.record.tag() == loaded) else {
            return Ok(false);
        };
        row.record = new.clone();
        self.tables.security_codes.put((self.tenant(), id), row);
        Ok(true)
    }

    fn use_security_code(
        &mut self,
        id: RecordId,
        at: DateTime<Utc>,
        quiet: TimeDelta,
    ) -> Result<bool> {
        let due = |last: DateTime<Utc>| at.signed_duration_since(last).abs() >= quiet;
        let row = self.security_code(id)?;
        let Some(mut row) = row.filter(|row| row.last_used_at.is_none_or(due)) else {
            return Ok(false);
        };
        row.last_used_at = Some(at);
        self.tables.security_codes.put((self.tenant(), id), row);
        Ok(true)
    }

    fn delete_security_code(&mut self, id: RecordId, loaded: &RecordTag) -> Result<bool> {
        let there = self.security_code(id)?;
        let Some(row) = there.filter(|there| there.record.tag() == loaded) else {
            return Ok(false);
        };
        let digest = *row.record.unverified().digest.as_bytes();
        self.tables
            .security_codes_by_digest
            .remove(&(self.tenant(), digest));
        self.tables.security_codes.remove(&(self.tenant(), id));
        Ok(true)
    }

    fn keys(&mut self) -> Result<Vec<KeyRow>> {
        let keys = self.tables.keys.rows.iter();
        let keys = keys.filter(|((tenant, _), _)| tenant == self.tenant);
        Ok(keys.map(|(_, key)| key.clone()).collect())
    }

    fn set_key(&mut self, row: &KeyRow) -> Result<()> {
        self.tables.keys.put((self.tenant(), row.id), row.clone());
        Ok(())
    }

    fn key_is_needed(&mut self, id: KeyId, now: DateTime<Utc>) -> Result<bool> {
        let week_ago = now.checked_sub_signed(TimeDelta::try_days(7).unwrap_or_default());
        let week_ago = week_ago.unwrap_or(now);
        let code = |row: &Sealed<OnlineGrant>| {
            let record = row.unverified();
            record.key_id == id
                && record.revoked_at.is_none()
                && record.expires_at > now
                && record.max_uses.is_none_or(|most| record.uses < most)
        };
        let security_code = |row: &SecurityRow| {
            let record = row.record.unverified();
            record.key_id == id
                && match record.lifetime {
                    Lifetime::Until(expires_at) => expires_at > week_ago,
                    Lifetime::Permanent => true,
                    Lifetime::Deleted => false,
                }
        };
        let machine = |row: &Sealed<Enrolment>| {
            let record = row.unverified();
            record.key_id == id && record.retired_at.is_none()
        };
        Ok(self.tables.codes.rows.values().any(code)
            || self.tables.security_codes.rows.values().any(security_code)
            || self.tables.machines.rows.values().any(machine))
    }

    fn append(&mut self, event: &Event) -> Result<()> {
        let key = (self.tenant(), event.id);
        self.tables.events.insert(key, event.clone())
    }

    fn events(&mut self, filter: &EventFilter) -> Result<Vec<Event>> {
        let events = self.tables.events.rows.values().rev();
        let mine = self
            .tables
            .events
            .rows
            .keys()
            .rev()
            .map(|(tenant, _)| tenant);
        let events = mine
            .zip(events)
            .filter(|(tenant, event)| {
                *tenant == self.tenant
                    && (filter.user.is_none() || event.user == filter.user)
                    && filter.kind.is_none_or(|kind| event.kind == kind)
                    && filter.since.is_none_or(|since| event.at() >= since)
                    && filter.until.is_none_or(|until| event.at() < until)
                    && filter.before.is_none_or(|before| event.id < before)
            })
            .map(|(_, event)| event.clone());
        Ok(events.take(filter.limit).collect())
    }

    fn all_events(&mut self, after: Option<RecordId>, limit: usize) -> Result<Vec<Event>> {
        let first = after.unwrap_or(FIRST);
        let events = self.tables.events.from((self.tenant(), first));
        let events = events
            .take_while(|((tenant, _), _)| tenant == self.tenant)
            .filter(|((_, id), _)| after.is_none_or(|after| *id > after));
        Ok(events.take(limit).map(|(_, event)| event.clone()).collect())
    }

    fn purge(&mut self, what: Purge, before: DateTime<Utc>, limit: usize) -> Result<usize> {
        let tables = &mut *self.tables;
        let mine = |tenant: &Name| tenant == self.tenant;
        Ok(match what {
            Purge::Codes => {
                let over = tables.codes.rows.iter();
                let over = over
                    .map(|(key, row)| (key, row.unverified()))
                    .filter(|((tenant, _), record)| mine(tenant) && record.expires_at < before);
                let over: Vec<_> = over
                    .take(limit)
                    .map(|(key, record)| {
                        let by_user = (key.0.clone(), record.user.clone(), record.id);
                        (key.clone(), by_user)
                    })
                    .collect();
                for (key, by_user) in &over {
                    tables.codes.remove(key);
                    tables.codes_by_user.remove(by_user);
                }
                over.len()
            }
            Purge::SecurityCodes => {
                let over = tables.security_codes.rows.iter();
                let ended = |lifetime| matches!(lifetime, Lifetime::Until(end) if end < before);
                let over = over.filter(|((tenant, _), row)| {
                    mine(tenant) && ended(row.record.unverified().lifetime)
                });
                let over: Vec<(RecordId, RecordTag)> = over
                    .take(limit)
                    .map(|((_, id), row)| (*id, *row.record.tag()))
                    .collect();
                for (id, tag) in &over {
                    self.delete_security_code(*id, tag)?;
                }
                over.len()
            }
            Purge::Verifications => {
                let over = tables.verifications.rows.iter();
                let over = over.filter(|((tenant, ..), row)| {
                    mine(tenant) && row.unverified().answered_at < before
                });
                let over: Vec<_> = over.take(limit).map(|(key, _)| key.clone()).collect();
                over.iter()
                    .filter(|key| tables.verifications.remove(key))
                    .count()
            }
            Purge::Events => {
                let over = tables.events.rows.iter();
                let over = over.filter(|((tenant, _), event)| mine(tenant) && event.at() < before);
                let over: Vec<_> = over.take(limit).map(|(key, _)| key.clone()).collect();
                over.iter().filter(|key| tables.events.remove(key)).count()
            }
        })
    }

    fn count(&mut self, table: TableName) -> Result<u64> {
        let rows = match table {
            TableName::Clocks => self.mine(|tables| &tables.clocks).count(),
            TableName::Keys => self.mine(|tables| &tables.keys).count(),
            TableName::Formats => self.formats()?.len(),
            TableName::Presets => self.mine(|tables| &tables.presets).count(),
            TableName::Codes => self.mine(|tables| &tables.codes).count(),
            TableName::Verifications => self.mine(|tables| &tables.verifications).count(),
            TableName::Throttles => self.mine(|tables| &tables.throttles).count(),
            TableName::Machines => self.mine(|tables| &tables.machines).count(),
            TableName::SecurityCodes => self.mine(|tables| &tables.security_codes).count(),
            TableName::Events => self.mine(|tables| &tables.events).count(),
        };
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_how_much_it_holds() {
        let shown = format!("{:?}", Memory::new());
        assert!(shown.contains("codes: 0 rows"), "{shown}");
    }
}
