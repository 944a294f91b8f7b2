//! Stopgap for C and C++: what `include/stopgap.h` declares.
//!
//! Each function converts its arguments, calls the core and maps the result. An `if` about
//! codes, time or access belongs in the core. The contract of all functions is written
//! once, at the top of the header (it is in `cbindgen.toml`); [`guard`] enforces it.
#![allow(
    missing_debug_implementations,
    non_camel_case_types,
    clippy::doc_markdown,
    clippy::missing_safety_doc,
    clippy::too_many_arguments,
    clippy::wildcard_imports,
    reason = "names and comments are the header's, which states the contract of all at once"
)]

pub mod access;
pub mod agent;
pub mod alphabet;
pub mod answer;
#[cfg(all(test, feature = "zones"))]
mod border;
#[cfg(test)]
mod calls;
pub mod class;
pub mod code;
pub mod digest;
pub mod enrolment;
pub mod enrolment_file;
pub mod enrolment_key;
pub mod error;
pub mod format;
pub mod grant;
pub mod granted;
pub mod growing;
pub mod guard;
pub mod instant;
pub mod issue;
mod json;
pub mod key_ring;
pub mod language;
pub mod lifetime;
pub mod locate;
pub mod master_key;
mod memory;
pub mod message;
pub mod online_policy;
pub mod preset;
pub mod purpose;
pub mod random;
pub mod record;
pub mod record_id;
pub mod request;
pub mod rights;
pub mod role;
pub mod scopes;
pub mod security_code;
pub mod security_request;
pub mod security_text;
pub mod status;
pub mod text;
pub mod throttle;
pub mod time;
pub mod user_throttle;
pub mod validity;
pub mod verification;
pub mod version;
pub mod wipe;
