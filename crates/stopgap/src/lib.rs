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
mod key;
mod key_id;
mod key_ring;
mod life;
mod name;
mod normalize;
pub mod offline;
mod online;
mod policy_error;
mod purpose;
mod record;
mod role;
mod scopes;
mod secret;
mod security;
mod security_format;
mod spoken;
mod throttle;
mod unicode;
mod validity;

/// The protocol, to the bit, with its reasons and its limits: SPEC.md.
#[doc = include_str!("../SPEC.md")]
pub mod spec {}

pub use alphabet::{Alphabet, AlphabetError, LookAlike};
pub use chrono;
pub use code::{Code, Revealed};
pub use description::DescriptionError;
pub use digest::CodeDigest;
pub use error::{Malformed, PublicMessage, Refusal};
pub use format::CodeFormat;
#[cfg(feature = "os-rng")]
pub use getrandom::SysRng;
pub use key::{EnrolmentKey, MasterKey};
pub use key_id::{KeyId, KeyMissing};
pub use key_ring::{KeyRing, KeyRingError};
pub use life::{Life, LifeError, LifeEvent, LifeState};
pub use name::{Name, NameError};
pub use online::{Granted, IssueError, OnlineGrant, OnlinePolicy};
pub use policy_error::PolicyError;
pub use purpose::{Purpose, PurposeError, Purposes};
pub use rand_core;
pub use record::{Attempt, RecordTag};
pub use role::{Action, Actor, Forbidden, Role, RoleError};
pub use scopes::{ScopeError, Scopes};
pub use secret::KeyError;
pub use security::{Access, Authenticated, CreateError, Rights, SecurityCode};
pub use security_format::{PrefixError, SecurityFormat, SecurityPrefix, SecurityText};
pub use spoken::Spoken;
pub use throttle::{Throttle, ThrottlePolicy};
pub use validity::{Validity, ValidityError, YearOutOfRange};
