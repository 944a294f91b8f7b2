//! The contract between a registry and the store of its records.
//!
//! A [`Store`] runs work in a [`Transaction`]. The registry decides by the core; a store
//! only keeps and finds. Three things are the store's own duty, and the conformance suite
//! (`tests/conformance.rs`) checks them:
//!
//! - **all or nothing**: of a [`write`](Store::write) either everything is kept,
//!   and durably, before it returns `Ok`, or nothing;
//! - **exactly once**: a record is replaced only if the stored tag is still the one that
//!   was loaded, however many processes do so at once:
//!   [`replace_code`](Transaction::replace_code) and its like;
//! - **tenants**: a transaction sees and changes only the rows of its own tenant.
//!   [`key_is_needed`](Transaction::key_is_needed) is the one exception.
//!
//! Some calls are only for [`copy`](crate::copy): the names of all
//! [`tenants`](Store::tenants), and each table page by page, in the order of the bytes of
//! its names and ids.
//!
//! Instants are in whole microseconds.

mod contract;
mod error;
mod record;
mod transaction;

pub use self::{
    contract::{Store, Work},
    error::{Cause, Result, StoreError},
    record::{KeyRow, SecurityRow},
    transaction::{Purge, Transaction},
};
pub use crate::{
    address::{Place, open, open_source},
    row::{Row, Table},
};
