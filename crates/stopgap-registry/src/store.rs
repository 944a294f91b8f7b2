//! The contract between a registry and the store of its records.
//!
//! A registry asks a [`Store`] for a [`Snapshot`] of the records that a call needs, decides
//! by the core, and gives it the [`Change`]s. A store only loads, compares and applies. Three
//! things are the store's own duty, and the conformance suite (`tests/conformance.rs`) checks
//! them:
//!
//! - **all or nothing**: of an [`update`](Store::update) either all changes are applied, and
//!   durably, before it returns `Ok`, or not one;
//! - **exactly once**: changes are applied only if nothing that was loaded has changed,
//!   however many processes do so at once;
//! - **tenants**: a call sees and changes only the rows of its own tenant, and those of
//!   store-wide tables.
//!
//! Some calls are only for [`copy`](crate::copy): the names of all
//! [`tenants`](Store::tenants), and each table page by page, in the order of its key.
//!
//! Instants are in whole microseconds.

mod change;
mod contract;
mod error;
mod query;

pub use self::{
    change::{Change, Changes},
    contract::{Decide, Store},
    error::{Cause, Result, StoreError},
    query::{Lock, Query, Selection, Snapshot},
};
pub use crate::{
    address::{Place, damages, open, open_existing, open_source, schema_numbers},
    record::{Column, Declaration, Index, Kind, Only, Row, Table, Value},
    schema_numbers::SchemaNumbers,
};
