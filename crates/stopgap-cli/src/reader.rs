//! The reader of the standard output.

use std::{thread, time::Duration};

/// Waits, and returns `true` as soon as the reader of the standard output has closed it.
#[cfg(unix)]
pub(crate) fn is_gone_within(pause: Duration) -> bool {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        fs::Timespec,
    };

    let stdout = std::io::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    let timeout = Timespec::try_from(pause).ok();
    let is_gone = |polled: &PollFd<'_>| {
        let gone = PollFlags::ERR | PollFlags::HUP;
        polled.revents().intersects(gone)
    };
    match poll(&mut polled, timeout.as_ref()) {
        Ok(0) => false,
        Ok(_) if polled.iter().any(is_gone) => true,
        // Not every kind of file can be polled on every system.
        Ok(_) | Err(_) => {
            thread::sleep(pause);
            false
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn is_gone_within(pause: Duration) -> bool {
    thread::sleep(pause);
    false
}
