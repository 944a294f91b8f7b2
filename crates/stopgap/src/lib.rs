#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod alphabet;
mod check_symbol;
mod code;
mod description;
mod digest;
mod error;
mod format;
#[cfg(feature = "serde")]
mod hex;
mod hmac;
mod invalid_value;
mod issue_error;
mod key;
mod key_bytes;
mod key_error;
mod key_id;
mod key_ring;
mod key_source;
mod language;
mod lifecycle;
mod malformed;
mod name;
mod normalize;
pub mod offline;
mod online;
mod public_message;
mod purpose;
mod record_bytes;
mod record_bytes_error;
mod record_id;
mod record_reader;
mod request;
mod role;
mod rotation;
mod scopes;
mod sealed;
mod security;
mod security_format;
mod spoken;
mod throttle;
mod unicode;
mod user_head;
mod validity;
#[cfg(feature = "zones")]
mod zone;

/// The protocol, to the bit, with its reasons and its limits: SPEC.md.
#[doc = include_str!("../SPEC.md")]
pub mod spec {}

pub use alphabet::{Alphabet, LookAlike};
pub use chrono;
pub use code::{Code, Revealed};
pub use digest::{CodeDigest, ComputedDigest};
pub use error::Refusal;
pub use format::CodeFormat;
#[cfg(feature = "os-rng")]
pub use getrandom::SysRng;
pub use invalid_value::InvalidValue;
pub use issue_error::IssueError;
pub use key::{EnrolmentKey, MasterKey};
pub use key_error::KeyError;
pub use key_id::KeyId;
pub use key_ring::KeyRing;
pub use key_source::KeySource;
pub use language::Language;
pub use lifecycle::{Expiry, LifecycleError, LifecycleEvent, LifecycleState, Lifetime};
pub use malformed::Malformed;
pub use name::{Name, NameError};
pub use online::{Granted, OnlineGrant, OnlinePolicy, Preset, ReplayPolicy, Verification};
pub use public_message::PublicMessage;
pub use purpose::{Purpose, Purposes};
pub use rand_core;
pub use record_bytes_error::RecordBytesError;
pub use record_id::RecordId;
pub use request::{Context, IssueRequest, VerifyRequest};
pub use role::{Action, Actor, Forbidden, Role};
pub use rotation::{Rotated, Rotation};
pub use scopes::Scopes;
pub use sealed::{Record, RecordTag, Sealed};
pub use security::{Access, Authenticated, SecurityCode, SecurityRequest};
pub use security_format::{SecurityFormat, SecurityPrefix, SecurityText};
pub use spoken::Spoken;
pub use throttle::{Throttle, ThrottlePolicy, UserThrottle};
pub use user_head::UserHead;
pub use validity::Validity;
#[cfg(feature = "zones")]
pub use zone::{UnknownZone, Zone, ZoneOffset};
