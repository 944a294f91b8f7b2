//! What Stopgap is measured beside, and the report.

pub mod by_hand;
pub mod liboath;
