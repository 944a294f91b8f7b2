//! A port for a server.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    net::{Ipv4Addr, TcpListener},
    ops::Range,
};

/// Below those that the system gives to clients (32768 and up on Linux, 49152 and up
/// elsewhere): while a server restarts, its port must go to no one, least of all to a
/// client of its own, which would then connect to itself.
const RANGE: Range<u16> = 15_000..32_000;

/// A port that nobody listens on, at random.
pub(crate) fn free() -> io::Result<u16> {
    let width = u64::from(RANGE.end.saturating_sub(RANGE.start));
    for _ in 0..100 {
        // The keys differ from call to call.
        let chance = RandomState::new().hash_one(()).checked_rem(width);
        let above = chance.and_then(|chance| u16::try_from(chance).ok());
        let port = RANGE.start.saturating_add(above.unwrap_or_default());
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no free port"))
}
