//! Online codes: random, stored as a keyed digest, valid until they expire (SPEC,
//! "Online codes").

mod grant;
mod policy;
mod preset;
mod verification;

pub use grant::{Granted, OnlineGrant};
pub use policy::OnlinePolicy;
pub use preset::Preset;
pub use verification::{ReplayPolicy, Verification};
