#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod alphabet;
mod check_symbol;
mod code;
mod error;
mod hmac;
mod key;
mod name;
mod normalize;
pub mod offline;
mod online;
mod purpose;
mod role;
mod secret;
mod security;
mod spoken;
mod throttle;
mod validity;

/// The workspace's README compiles too.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct WorkspaceReadme;

pub use alphabet::{Alphabet, AlphabetError, LookAlike};
pub use code::{Code, CodeFormat, CodeLength, LengthError, Revealed};
pub use error::{Malformed, PublicMessage, Refusal};
#[cfg(feature = "os-rng")]
pub use getrandom::SysRng;
pub use key::{CodeDigest, EnrolmentKey, KeyId, KeyMissing, KeyRing, KeyRingError, MasterKey};
pub use name::{Name, NameError};
pub use online::{Granted, IssueError, OnlineGrant, OnlinePolicy, PolicyError};
pub use purpose::{Purpose, PurposeError, Purposes};
pub use rand_core;
pub use role::{Action, Actor, Forbidden, Role, RoleError};
pub use secret::KeyError;
pub use security::{
    Access, CreateError, DescriptionError, Life, LifeError, LifeEvent, LifeState, Scope,
    SecurityCode,
};
pub use spoken::Spoken;
pub use throttle::{Throttle, ThrottlePolicy};
pub use validity::{Validity, ValidityError, YearOutOfRange};
