//! Retiring keys.

use chrono::{DateTime, Utc};
use stopgap::{Action, Actor, KeyError, KeyId, Name, Preset, Sealed, offline::Enrolment};

use super::{
    Registry, act::Act, loaded::Needs, machine::retire, parts::EventParts, revoke::revoke,
    time::days_before,
};
use crate::{
    error::Error,
    event::EventKind,
    online::CodeRecord,
    record::{
        Record, Table,
        code::{self, CodeRow},
        key::KeyRow,
        machine,
        ring_key::RingKeyRow,
        security_code::{self, SecurityRow},
    },
    security::SecurityRecord,
    store::{Query, Selection},
};

/// The records of a kind that are ended in one transaction.
const BATCH: usize = 500;
/// The days for which an expired security code can be reactivated (SPEC, "Security codes").
const REACTIVATION_DAYS: u32 = 7;

/// The records of a tenant that a compromised key had made, and that were ended with it.
#[derive(Clone, Debug, Default)]
pub struct Compromised {
    /// Online codes, which were revoked.
    pub codes: Vec<CodeRecord>,
    /// Security codes, which were deleted.
    pub security_codes: Vec<SecurityRecord>,
    /// Enrolments, which were retired: enrol the machines again.
    pub machines: Vec<Enrolment>,
    /// Presets, which were removed: set them again.
    pub presets: Vec<Name>,
}

impl Registry {
    /// Retires a key, for all tenants: records that were made with it are refused from now
    /// on, and no process issues with it any more. Then remove it from your key file
    /// or key store. The failed attempts of users whose heads it made are forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::KeyInUse`] while a record that was made with it can still be used, in this
    /// tenant or another; [`Error::Key`] for the primary key, or one that is not there;
    /// otherwise as [`keys`](Self::keys). After an [`Error::Store`] no process may issue with
    /// the key: retire it again, or add it again.
    pub fn retire_key(&self, actor: &Actor, id: KeyId) -> Result<(), Error> {
        let parts = EventParts::about(EventKind::RetireKey, id);
        // Without the right to retire keys, an actor learns nothing about them.
        let may = actor.may(Action::ManageKey).is_ok();
        let was_needed = may && self.is_needed(id, self.now()?)?;
        let is_closed = may && !was_needed && self.set_closed(id, true)?;
        let retire = || {
            // A process may have issued with it before it was closed, and after the first look.
            let is_needed = was_needed || (is_closed && self.is_needed(id, self.now()?)?);
            self.set_retired(actor, id, &parts, |_| {
                if is_needed {
                    return Err(Error::KeyInUse { id });
                }
                Ok(false)
            })
        };
        if let Err(error) = retire() {
            if is_closed {
                // If the store fails now as well, the key stays closed until it is retired or
                // added again.
                let _ = self.set_closed(id, false);
            }
            return Err(error);
        }
        self.forget(&[id]);
        Ok(())
    }

    /// Retires a key that an attacker may know, and ends all that was made with it in this
    /// tenant: codes, security codes, enrolments and presets. Returns them. In every tenant
    /// and process such records are refused from now on; call this for each tenant to end and
    /// list them. It may be called again if it failed.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] for the primary key (add another key first), or one that is not there;
    /// otherwise as [`keys`](Self::keys).
    pub fn retire_compromised_key(&self, actor: &Actor, id: KeyId) -> Result<Compromised, Error> {
        let mut parts = EventParts::about(EventKind::RetireKey, id);
        parts.detail = Some("compromised".into());
        let mut now = self.set_retired(actor, id, &parts, |_| Ok(true))?;
        let mut ended = Compromised::default();
        while self
            .end_some(actor, id, now, &mut ended)
            .map_err(Error::after_a_change)?
        {
            // The records of the batch before have ended by now.
            now = now.max(self.now()?);
        }
        self.forget(&[id]);
        Ok(ended)
    }

    /// Stores that a key is retired.
    fn set_retired(
        &self,
        actor: &Actor,
        id: KeyId,
        parts: &EventParts,
        is_compromised: impl Fn(&Act<'_>) -> Result<bool, Error>,
    ) -> Result<DateTime<Utc>, Error> {
        let mut needs = Needs::new().change_keys();
        let known = needs.get::<KeyRow>(vec![id.into()]);
        self.act(actor, Action::ManageKey, parts, &needs, |act, _| {
            if act.ring.primary_id() == id {
                return Err(KeyError::Primary { id }.into());
            }
            let is_known = act.loaded.one(known)?.is_some();
            let state = act.ring_key(id).copied();
            let is_retired = state.is_some_and(|state| state.retired_at.is_some());
            let compromises = is_compromised(act)?;
            if !is_known || (is_retired && !compromises) {
                return Err(KeyError::Missing { id }.into());
            }
            let before = state.unwrap_or_else(|| RingKeyRow::new(id));
            let retired = RingKeyRow {
                is_closed: true,
                retired_at: before.retired_at.or(Some(act.now)),
                is_compromised: before.is_compromised || compromises,
                changes: before.changes.wrapping_add(1),
                id,
            };
            act.put(&retired, state.as_ref());
            Ok(act.now)
        })
    }

    /// Stores that no process may issue with a key, or that all may again. Returns `false`, and
    /// changes nothing, for the primary key, a key that is not there, and one that was retired.
    fn set_closed(&self, id: KeyId, is_closed: bool) -> Result<bool, Error> {
        let mut needs = Needs::new().change_keys();
        let known = needs.get::<KeyRow>(vec![id.into()]);
        self.transact(&needs, |act| {
            let state = act.ring_key(id).copied();
            let before = state.unwrap_or_else(|| RingKeyRow::new(id));
            let is_other = act.ring.primary_id() != id && act.loaded.one(known)?.is_some();
            let may_change = is_other && before.retired_at.is_none();
            if may_change && before.is_closed != is_closed {
                let changed = RingKeyRow {
                    is_closed,
                    changes: before.changes.wrapping_add(1),
                    ..before
                };
                act.put(&changed, state.as_ref());
            }
            Ok(may_change)
        })
    }

    /// Returns `true` if a record that may still be used was made with this key, by any
    /// tenant: tenants share master keys. This reveals no more of other tenants.
    pub(super) fn is_needed(&self, id: KeyId, now: DateTime<Utc>) -> Result<bool, Error> {
        let query = Query {
            locks: Vec::new(),
            selections: made_with(id, now, 1),
        };
        for tenant in self.store.tenants()? {
            // A replica may lag behind, so this is no load.
            let mut is_needed = false;
            self.store.update(&tenant, &query, &mut |snapshot| {
                is_needed = snapshot.rows.iter().take(3).any(|rows| !rows.is_empty());
                for row in snapshot.rows.iter().skip(3).flatten() {
                    is_needed |= Sealed::<Preset>::of(row)?.unverified().key_id == id;
                }
                Ok(Vec::new())
            })?;
            if is_needed {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Ends some records of a compromised key. Returns `false` if there are no more.
    fn end_some(
        &self,
        actor: &Actor,
        id: KeyId,
        now: DateTime<Utc>,
        ended: &mut Compromised,
    ) -> Result<bool, Error> {
        let mut needs = Needs::new();
        let mut selections = made_with(id, now, BATCH).into_iter();
        let mut next = || selections.next().unwrap_or(Selection::all(Table::Presets));
        let codes = needs.select::<CodeRow>(next());
        let security_codes = needs.select::<SecurityRow>(next());
        let machines = needs.select::<Sealed<Enrolment>>(next());
        let presets = needs.select::<Sealed<Preset>>(next());
        let some = self.transact(&needs, |act| {
            let mut some = Compromised::default();
            // All end at the instant by which they are selected, or they would be again.
            act.now = now;
            for row in act.loaded.all(codes)? {
                if !CodeRecord::of(&row).state(act.now).is_live() {
                    continue;
                }
                let user = row.sealed.unverified().user.clone();
                let code = revoke(act, row)?;
                let mut parts = EventParts::of(EventKind::RevokeCode, &user);
                parts.subject = Some(code.id.to_string());
                act.append(&parts, actor)?;
                some.codes.push(code);
            }
            for row in act.loaded.all(security_codes)? {
                act.delete(&row);
                let code = SecurityRecord::of(&row, act.now);
                let parts = EventParts::about(EventKind::DeleteSecurityCode, code.id);
                act.append(&parts, actor)?;
                some.security_codes.push(code);
            }
            for known in act.loaded.all(machines)? {
                let machine = retire(act, &known)?;
                let mut parts = EventParts::of(EventKind::RetireMachine, &machine.user);
                parts.subject = Some(machine.machine.to_string());
                act.append(&parts, actor)?;
                some.machines.push(machine);
            }
            for preset in act.loaded.all(presets)? {
                if preset.unverified().key_id == id {
                    act.delete(&preset);
                    let name = preset.unverified().name.clone();
                    let parts = EventParts::about(EventKind::RemovePreset, &name);
                    act.append(&parts, actor)?;
                    some.presets.push(name);
                }
            }
            Ok(some)
        })?;
        self.read_back(&some.codes)?;
        let is_more =
            !some.codes.is_empty() || !some.security_codes.is_empty() || !some.machines.is_empty();
        ended.codes.extend(some.codes);
        ended.security_codes.extend(some.security_codes);
        ended.machines.extend(some.machines);
        ended.presets.extend(some.presets);
        Ok(is_more)
    }
}

/// Selects the records that were made with a key and may still be used: online codes, security
/// codes, machines, and presets of any key.
fn made_with(id: KeyId, now: DateTime<Utc>, limit: usize) -> Vec<Selection> {
    let key = || vec![id.into()];
    let week_ago = days_before(now, REACTIVATION_DAYS);
    vec![
        Selection::index(Table::Codes, &code::BY_KEY, key())
            .after(vec![now.into()])
            .limit(limit),
        Selection::index(Table::SecurityCodes, &security_code::BY_KEY, key())
            .after(vec![week_ago.into()])
            .limit(limit),
        Selection::index(Table::Machines, &machine::BY_KEY, key()).limit(limit),
        Selection::all(Table::Presets),
    ]
}
