//! Online codes: random, kept as a keyed digest, good until they expire (SPEC,
//! "Online codes").

mod grant;
mod policy;

pub use grant::{Granted, OnlineGrant};
pub use policy::{IssueError, OnlinePolicy, PolicyError};
