//! Input of a person: a code, or a confirmation.

use std::io::{self, BufRead, ErrorKind, IsTerminal, Read, Write};

use zeroize::Zeroizing;

use crate::failure::Failure;

/// The most bytes that are read. The core refuses shorter texts as too long already.
const MOST: u64 = 1_024;

/// Reads a code: without echo on a terminal, otherwise the whole input. A code is never taken
/// from the command line, which other users can see and shells keep.
pub(crate) fn code(what: &str) -> Result<Zeroizing<String>, Failure> {
    let code = if io::stdin().is_terminal() {
        match unseen(&format!("{what}: ")) {
            // Ctrl-D. The error must not be on the line of the question.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                writeln!(io::stderr()).map(|()| Zeroizing::default())
            }
            typed => typed.map(Zeroizing::new),
        }
    } else {
        input(|input, bytes| input.take(MOST).read_to_end(bytes))
    };
    let code = code
        .map_err(|error| Failure::trouble("no_input", format!("no code could be read: {error}")))?;
    if code.trim().is_empty() {
        let hint = "no code was given: type it at the prompt, or pipe it in";
        return Err(Failure::usage(hint.into()));
    }
    Ok(code)
}

/// Asks for a line and reads it without echo. A signal that ends the command at the prompt first
/// gives the terminal back as it was.
#[cfg(unix)]
fn unseen(question: &str) -> io::Result<String> {
    use rustix::{
        process::getpgrp,
        termios::{OptionalActions, tcgetattr, tcgetpgrp, tcsetattr},
    };
    use signal_hook::consts::SIGINT;

    use crate::interrupt;

    let terminal = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/tty")?;
    let modes = tcgetattr(&terminal)?;
    let guard = interrupt::guard(move |_| {
        // In the background, the terminal has the modes of another process.
        if tcgetpgrp(&terminal) == Ok(getpgrp()) {
            let _ = tcsetattr(&terminal, OptionalActions::Now, &modes);
        }
        true
    })?;
    let typed = rpassword::prompt_password(question);
    drop(guard);
    if matches!(&typed, Err(error) if error.kind() == ErrorKind::Interrupted) {
        interrupt::die(SIGINT);
    }
    typed
}

/// Asks for a line and reads it without echo. Ctrl-C at the prompt first gives the console back
/// as it was.
#[cfg(windows)]
fn unseen(question: &str) -> io::Result<String> {
    use std::os::windows::io::AsRawHandle as _;

    use windows_sys::Win32::System::Console::{GetConsoleMode, SetConsoleMode};

    let console = std::fs::File::options()
        .read(true)
        .write(true)
        .open("CONIN$")?;
    let mut mode = 0;
    // SAFETY: the handle is open, and the pointer to write to is valid.
    if unsafe { GetConsoleMode(console.as_raw_handle(), &raw mut mode) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let guard = crate::interrupt::guard(move |_| {
        // SAFETY: the handle is open.
        unsafe { SetConsoleMode(console.as_raw_handle(), mode) };
        true
    })?;
    let typed = rpassword::prompt_password(question);
    // The end of the line may be that of Ctrl-C, which then ends the process here.
    drop(guard);
    typed
}

#[cfg(not(any(unix, windows)))]
fn unseen(question: &str) -> io::Result<String> {
    rpassword::prompt_password(question)
}

/// Returns `true` if there is a terminal for a question and its answer.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Returns `true` if the person at the terminal confirms, and `None` if there is no terminal.
pub(crate) fn agrees(question: &str) -> io::Result<Option<bool>> {
    if !can_ask() {
        return Ok(None);
    }
    let mut screen = io::stderr();
    write!(screen, "{question} [y/N] ")?;
    screen.flush()?;
    let answer = input(|input, bytes| input.take(MOST).read_until(b'\n', bytes))?;
    if !answer.ends_with('\n') {
        // Ctrl-D.
        writeln!(screen)?;
    }
    let answer = answer.trim().to_ascii_lowercase();
    Ok(Some(matches!(answer.as_str(), "y" | "yes")))
}

/// Reads a part of the input. Bytes that are not text become a character that is in no code, so
/// that the core refuses it by its position.
fn input(
    read: impl FnOnce(io::StdinLock<'static>, &mut Vec<u8>) -> io::Result<usize>,
) -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(1_024));
    read(io::stdin().lock(), &mut bytes)?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}
