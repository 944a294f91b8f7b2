//! Signals of Unix.

use std::{io, mem, ptr, thread};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

/// Calls a function for each signal that would end the process.
pub(super) fn listen(interrupted: fn(i32)) -> io::Result<()> {
    let heeded = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
    let heeded = heeded.into_iter().filter(|signal| !is_ignored(*signal));
    let mut signals = Signals::new(heeded.collect::<Vec<_>>())?;
    let listener = move || signals.forever().for_each(interrupted);
    thread::Builder::new().spawn(listener).map(|_| ())
}

fn is_ignored(signal: i32) -> bool {
    // SAFETY: `sigaction` is a C struct of integers and a pointer, for which zeros are valid.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: without a new action the call only writes the present one to `action`.
    let asked = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
    asked == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Ends the process by a signal, as if it had never been caught.
pub(crate) fn die(signal: i32) {
    // It fails for unknown signals only.
    let _ = emulate_default_handler(signal);
}
