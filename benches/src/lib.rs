//! The measured work, and the same work written by hand.

#[cfg(feature = "peers")]
pub mod by_hand;
pub mod work;
