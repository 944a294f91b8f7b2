//! Systems without signals.

use std::io;

#[expect(clippy::unnecessary_wraps, reason = "it may fail on other systems")]
pub(super) fn listen(_: fn(i32)) -> io::Result<()> {
    Ok(())
}

pub(crate) fn die(_: i32) {}
