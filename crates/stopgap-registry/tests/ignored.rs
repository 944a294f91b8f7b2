//! A store that says that it changed a record and did not, as one with a trigger of another
//! program may. The registry reads back what it revoked or deleted.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono::Utc;
use stopgap_registry::{
    Memory, Registry,
    stopgap::{
        Access, Actor, KeyId, KeyRing, MasterKey, Name, OnlinePolicy, Role, Scopes, SecurityRequest,
    },
    store::{Change, Decide, Query, Result, Row, Selection, Snapshot, Store, Table},
};

/// Ignores changes of codes while it is switched on.
#[derive(Debug)]
struct Ignoring {
    store: Memory,
    is_on: Arc<AtomicBool>,
}

/// Returns `true` if a change replaces or deletes a code.
fn is_of_code(change: &Change) -> bool {
    let table = match change {
        Change::Replace { row, .. } => row.table(),
        Change::Delete { table, .. } => *table,
        _ => return false,
    };
    matches!(table, Table::Codes | Table::SecurityCodes)
}

impl Store for Ignoring {
    fn update(&self, tenant: &Name, query: &Query, decide: Decide<'_>) -> Result<()> {
        let is_on = self.is_on.load(Ordering::SeqCst);
        self.store.update(tenant, query, &mut |snapshot| {
            let mut changes = decide(snapshot)?;
            changes.retain(|change| !is_on || !is_of_code(change));
            Ok(changes)
        })
    }

    fn load(&self, tenant: &Name, query: &Query) -> Result<Snapshot> {
        self.store.load(tenant, query)
    }

    fn delete(&self, tenant: &Name, selection: &Selection) -> Result<usize> {
        self.store.delete(tenant, selection)
    }

    fn keep(&self, tenant: &Name, rows: &[Row]) -> Result<usize> {
        self.store.keep(tenant, rows)
    }

    fn count(&self, tenant: &Name, table: Table) -> Result<u64> {
        self.store.count(tenant, table)
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        self.store.tenants()
    }
}

#[test]
fn a_revocation_that_the_store_ignores_is_an_error() {
    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let is_on = Arc::new(AtomicBool::new(false));
    let store = Ignoring {
        store: Memory::new(),
        is_on: Arc::clone(&is_on),
    };
    let registry = Registry::builder(&keys).over(store).unwrap();
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let issued = registry.issue_code(&root, "alice", &OnlinePolicy::default(), &Utc);
    let id = issued.unwrap().record.id;
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let secret = registry.create_security_code(&root, request).unwrap();
    let secret = secret.record.id;

    is_on.store(true, Ordering::SeqCst);
    let said = |error: stopgap_registry::Error| error.reason();
    let ignored = Some("store_ignored");
    assert_eq!(registry.revoke_code(&root, id).err().map(said), ignored);
    let all = registry.revoke_all_codes(&root, "alice");
    assert_eq!(all.err().map(said), ignored);
    let last = registry.revoke_last_code(&root, "alice");
    assert_eq!(last.err().map(said), ignored);
    let deletion = registry.request_deletion(&root, secret).unwrap();
    let deleted = registry.confirm_deletion(&root, secret, &deletion.confirmation);
    assert_eq!(deleted.err().map(said), ignored);

    is_on.store(false, Ordering::SeqCst);
    assert_eq!(registry.revoke_all_codes(&root, "alice").unwrap(), 1);
    let deleted = registry.confirm_deletion(&root, secret, &deletion.confirmation);
    assert!(deleted.is_ok(), "{deleted:?}");
}
