//! Online codes: random, stored as a keyed digest, valid until they expire (SPEC,
//! "Online codes").

mod grant;
mod policy;

pub use grant::{Granted, OnlineGrant};
pub use policy::{IssueError, OnlinePolicy};
