//! Ctrl-C and Ctrl-Break of Windows, and the end of the console.

use std::{io, process, sync::OnceLock};

use windows_sys::{
    Win32::{
        Foundation::{STATUS_CONTROL_C_EXIT, TRUE},
        System::Console::SetConsoleCtrlHandler,
    },
    core::BOOL,
};

static INTERRUPTED: OnceLock<fn(i32)> = OnceLock::new();

/// Calls a function for each event of the console that would end the process.
pub(super) fn listen(interrupted: fn(i32)) -> io::Result<()> {
    let _ = INTERRUPTED.set(interrupted);
    // SAFETY: the function has the signature that is asked for, and lives as long as the process.
    match unsafe { SetConsoleCtrlHandler(Some(handler), TRUE) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Windows calls this in a thread of its own.
unsafe extern "system" fn handler(kind: u32) -> BOOL {
    if let Some(interrupted) = INTERRUPTED.get() {
        interrupted(kind.cast_signed());
    }
    TRUE
}

/// Ends the process with the status that Ctrl-C gives.
pub(crate) fn die(_: i32) {
    process::exit(STATUS_CONTROL_C_EXIT);
}
