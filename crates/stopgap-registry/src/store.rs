//! The contract between a registry and the store of its records.
//!
//! A [`Store`] runs work in a [`Transaction`]. The registry decides by the core; a store
//! only keeps, finds and counts. Three things are the store's own duty, and the
//! conformance suite (`tests/conformance.rs`) checks them:
//!
//! - **all or nothing**: of a [`write`](Store::write) either everything is kept,
//!   and durably, before it returns `Ok`, or nothing;
//! - **exactly once**: [`consume_code`](Transaction::consume_code) counts a use in
//!   one conditional statement, however many processes ask at once;
//! - **tenants**: a transaction sees and touches its own tenant's rows alone,
//!   [`key_is_needed`](Transaction::key_is_needed) being the one exception.
//!
//! Some calls are for [`copy`](crate::copy) alone: the names of all
//! [`tenants`](Store::tenants), and each table page by page, in the order of the bytes of
//! its names and ids.
//!
//! Instants are in whole microseconds.

mod contract;
mod error;
mod record;
mod transaction;

pub use self::{
    contract::{AtOnce, Store, Work},
    error::{Cause, Result, StoreError},
    record::{AttemptRow, CodeRow, KeyRow, SecurityRow},
    transaction::{Presentation, Purge, Transaction},
};
pub use crate::{
    address::{open, open_source},
    row::{Row, Table},
};
