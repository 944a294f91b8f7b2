#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]

mod address;
mod clock;
mod copy;
mod error;
mod event;
mod fork;
mod id_prefix;
mod memory;
mod online;
#[doc(hidden)] // for the command
pub mod owner_file;
#[cfg(feature = "postgres")]
mod postgres;
mod purge;
mod record;
mod registry;
mod schema_numbers;
mod security;
mod sqlite;
pub mod store;
mod wait;

/// The workspace's README compiles too.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct WorkspaceReadme;

/// So does the guide for identity servers.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/identity-server.md")]
struct IdentityServerGuide;

pub use clock::{Clock, SystemClock};
pub use copy::{Copied, CopiedRows, CopyError, Progress, RowPlace, Stage, copy};
pub use error::{Error, ErrorKind, RandomError};
pub use event::{Event, EventContext, EventFilter, EventKind, Outcome};
pub use id_prefix::{IdPrefix, IdPrefixError};
pub use memory::Memory;
pub use online::{CodeRecord, CodeState};
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
pub use purge::{PurgePolicy, Purged};
pub use registry::{
    Registry,
    authenticate::{Authenticated, Presented},
    batch::PreparedCodes,
    builder::Builder,
    check::{CheckProgress, Checked},
    finding::{Fault, Finding},
    key::KeyRecord,
    log::EventFollower,
    machine::Enrolled,
    offline::Answered,
    online::Issued,
    restored::{Restored, RevokeOnRestore, missing_keys},
    retire::Compromised,
    rotate::RotatedSecurityCode,
    security::{CreatedSecurityCode, Deletion},
    status::{ClockState, Status},
    throttle::UserThrottle,
    verify::Granted,
};
pub use security::SecurityRecord;
pub use sqlite::{
    Sqlite,
    backup::{BackedUp, BackupError, TableRows},
    restore::Restore,
};
pub use stopgap;
pub use store::StoreError;
pub use wait::ask_while_waiting;
