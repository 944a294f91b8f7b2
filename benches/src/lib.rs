//! What Stopgap is measured beside.

#[cfg(feature = "peers")]
pub mod by_hand;
#[cfg(feature = "peers")]
pub mod liboath;
