//! The records of a registry, each declared once: its table, its columns, its key, and how it
//! is encoded as a row. Every store, the copy and the checks of the schemas work from these
//! declarations.

pub(crate) mod code;
mod declaration;
mod declared;
mod encode;
pub(crate) mod event;
mod fields;
pub(crate) mod head;
pub(crate) mod key;
pub(crate) mod machine;
pub(crate) mod preset;
pub(crate) mod ring_key;
mod row;
pub(crate) mod security_code;
mod table;
pub(crate) mod tenant;
mod value;
pub(crate) mod verification;

pub use self::{
    declaration::{Column, Declaration, Index, Only},
    row::Row,
    table::Table,
    value::{Kind, Value},
};
pub(crate) use encode::Record;
