//! The records that a call asks for, and that it gets.

use std::marker::PhantomData;

use stopgap::{Name, RecordId};

use crate::{
    record::{Record, Row, Table, Value, ring_key::RingKeyRow, tenant::TenantRow},
    store::{Lock, Query, Result, Selection, Snapshot},
};

/// The lock on the state of the server's keys, of all tenants.
const RING: &str = "*ring";

/// The place of a selection in a query, whose rows are records of type `R`.
pub(super) struct Slot<R> {
    place: usize,
    record: PhantomData<fn() -> R>,
}

impl<R> Clone for Slot<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Slot<R> {}

/// The records that a call needs: always those of the tenant and of the server's keys.
pub(super) struct Needs {
    query: Query,
    tenant: Slot<TenantRow>,
    ring: Slot<RingKeyRow>,
}

impl Needs {
    pub(super) fn new() -> Self {
        let mut query = Query::default();
        let tenant = select(&mut query, Selection::all(Table::Tenants));
        let ring = select(&mut query, Selection::all(Table::RingKeys));
        Self {
            query,
            tenant,
            ring,
        }
    }

    /// Returns the needs of a call about a user, which no other such call of this user
    /// overlaps.
    pub(super) fn of_user(user: &Name) -> Self {
        let mut needs = Self::new();
        needs.lock_user(user);
        needs
    }

    pub(super) fn lock_user(&mut self, user: &Name) {
        let name = format!("user {user}");
        let is_shared = false;
        self.query.locks.push(Lock { name, is_shared });
    }

    /// Lets no other call change a security code meanwhile.
    pub(super) fn lock_code(&mut self, id: RecordId) {
        let name = format!("security code {id}");
        let is_shared = false;
        self.query.locks.push(Lock { name, is_shared });
    }

    /// Lets no key be retired meanwhile.
    pub(super) fn use_keys(mut self) -> Self {
        self.lock_ring(true);
        self
    }

    /// Lets no key be used to issue meanwhile.
    pub(super) fn change_keys(mut self) -> Self {
        self.lock_ring(false);
        self
    }

    fn lock_ring(&mut self, is_shared: bool) {
        let name = RING.to_owned();
        self.query.locks.push(Lock { name, is_shared });
    }

    pub(super) fn select<R: Record>(&mut self, selection: Selection) -> Slot<R> {
        select(&mut self.query, selection)
    }

    /// Selects the record of this key.
    pub(super) fn get<R: Record>(&mut self, key: Vec<Value>) -> Slot<R> {
        self.select(Selection::key(R::TABLE, key))
    }

    pub(super) const fn query(&self) -> &Query {
        &self.query
    }

    pub(super) const fn tenant(&self) -> Slot<TenantRow> {
        self.tenant
    }

    pub(super) const fn ring(&self) -> Slot<RingKeyRow> {
        self.ring
    }
}

fn select<R: Record>(query: &mut Query, selection: Selection) -> Slot<R> {
    let place = query.selections.len();
    query.selections.push(selection);
    Slot {
        place,
        record: PhantomData,
    }
}

/// The records that were loaded.
#[derive(Clone, Copy)]
pub(super) struct Loaded<'s>(pub(super) &'s Snapshot);

impl<'s> Loaded<'s> {
    pub(super) fn rows<R>(self, slot: Slot<R>) -> &'s [Row] {
        self.0.rows.get(slot.place).map_or(&[], Vec::as_slice)
    }

    pub(super) fn all<R: Record>(self, slot: Slot<R>) -> Result<Vec<R>> {
        self.rows(slot).iter().map(R::of).collect()
    }

    pub(super) fn one<R: Record>(self, slot: Slot<R>) -> Result<Option<R>> {
        self.rows(slot).first().map(R::of).transpose()
    }
}
