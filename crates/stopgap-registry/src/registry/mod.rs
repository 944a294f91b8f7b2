//! The registry: it checks roles, decides by the core, and stores.
//!
//! Each file has the calls about one noun. All go the same way (`act.rs`): load the records
//! that the call needs, decide, apply the changes.

mod act;
mod answer;
pub(crate) mod authenticate;
pub(crate) mod batch;
pub(crate) mod builder;
pub(crate) mod check;
mod counted;
mod find;
pub(crate) mod finding;
mod head;
pub(crate) mod key;
mod list;
mod loaded;
mod locked;
pub(crate) mod log;
pub(crate) mod machine;
pub(crate) mod offline;
pub(crate) mod online;
mod pages;
mod parts;
mod preset;
mod purge;
pub(crate) mod restored;
pub(crate) mod retire;
mod revoke;
pub(crate) mod rotate;
pub(crate) mod security;
pub(crate) mod status;
mod tally;
mod tenant;
pub(crate) mod throttle;
mod time;
pub(crate) mod verify;

use std::{
    fmt,
    sync::{Mutex, PoisonError, RwLock},
};

use chrono::TimeDelta;
use stopgap::{
    CodeFormat, KeyRing, Name, RecordTag, ReplayPolicy, SecurityFormat, ThrottlePolicy,
    offline::OfflinePolicy,
};

use self::tally::Tally;
use crate::{clock::Clock, store::Store};

/// The tag of a record that was revoked or retired, and that cannot be sealed because it was
/// tampered with or its key is gone. It fits no record, also if the key comes back.
const NO_TAG: RecordTag = RecordTag::from_bytes([0; 32]);

/// The codes of one tenant in one store, and all that is done with them.
///
/// Each call checks the actor's role, decides by the core, changes the store in one
/// transaction, and leaves an [`Event`](crate::Event), also if it refuses or only reads. Of
/// frequent events, uses of a security code and attempts during a lockout, one event a minute
/// has the number; see [`flush`](Self::flush). Threads may share a registry, and several
/// processes may open the same store.
pub struct Registry {
    store: Box<dyn Store>,
    tenant: Name,
    /// The tenant's keys, not the server's.
    keys: RwLock<KeyRing>,
    /// The formats of the tenant's codes, as far as they are known here.
    formats: RwLock<Vec<CodeFormat>>,
    clock: Box<dyn Clock>,
    clock_tolerance: Option<TimeDelta>,
    throttle: ThrottlePolicy,
    replay: ReplayPolicy,
    offline: OfflinePolicy,
    security_format: SecurityFormat,
    tally: Mutex<Tally>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("store", &self.store)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

/// Uses a lock that a panicking thread has held: each change of what it guards is whole.
fn poison<T>(error: PoisonError<T>) -> T {
    error.into_inner()
}
