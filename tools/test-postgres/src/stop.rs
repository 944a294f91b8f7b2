//! The ways in which a server ends.

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// In order: it rolls back open transactions, tells its clients and its standby, and
    /// writes a checkpoint.
    Fast,
    /// At once; it tells its clients only, and recovers at the next start.
    Immediate,
    /// As by a power cut: the server and all its children, by `SIGKILL`.
    Kill,
}
