//! What a person types: a code, or yes.

use std::io::{self, BufRead, ErrorKind, IsTerminal, Read, Write};

use zeroize::Zeroizing;

use crate::failure::Failure;

/// More than any code; the core says that it is too long.
const MOST: u64 = 1_024;

/// A code: asked for without echo on a terminal, else the first line of the
/// input. Never from the command line, which others can see and shells keep.
pub(crate) fn code(what: &str) -> Result<Zeroizing<String>, Failure> {
    let line = if io::stdin().is_terminal() {
        match unseen(&format!("{what}: ")) {
            // Ctrl-D. What is said next is not to stand behind the question.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                writeln!(io::stderr()).map(|()| Zeroizing::default())
            }
            typed => typed.map(Zeroizing::new),
        }
    } else {
        line()
    };
    let line = line
        .map_err(|error| Failure::trouble("no_input", format!("no code could be read: {error}")))?;
    if line.trim().is_empty() {
        let hint = "no code was given: type it at the prompt, or pipe it in";
        return Err(Failure::usage(hint.into()));
    }
    Ok(line)
}

/// What is typed at a prompt, without echo.
///
/// On Ctrl-C rpassword interrupts its own process, which would die before the
/// terminal has its echo back; so it lives until then.
#[cfg(unix)]
fn unseen(question: &str) -> io::Result<String> {
    use std::sync::{Arc, atomic::AtomicBool, atomic::Ordering};

    use signal_hook::{consts::SIGINT, flag, low_level};

    let mortal = Arc::new(AtomicBool::new(false));
    flag::register_conditional_default(SIGINT, Arc::clone(&mortal))?;
    let typed = rpassword::prompt_password(question);
    mortal.store(true, Ordering::SeqCst);
    if matches!(&typed, Err(error) if error.kind() == ErrorKind::Interrupted) {
        low_level::raise(SIGINT)?;
    }
    typed
}

#[cfg(not(unix))]
fn unseen(question: &str) -> io::Result<String> {
    rpassword::prompt_password(question)
}

/// Whether the person at the terminal says yes; none where nobody is there.
pub(crate) fn agrees(question: &str) -> io::Result<Option<bool>> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(None);
    }
    let mut screen = io::stderr();
    write!(screen, "{question} [y/N] ")?;
    screen.flush()?;
    let answer = line()?;
    if !answer.ends_with('\n') {
        // Ctrl-D.
        writeln!(screen)?;
    }
    let answer = answer.trim().to_ascii_lowercase();
    Ok(Some(matches!(answer.as_str(), "y" | "yes")))
}

/// The first line of the input. What is not text becomes a character that is in
/// no code, so that the core refuses it by its place.
fn line() -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(1_024));
    io::stdin()
        .lock()
        .take(MOST)
        .read_until(b'\n', &mut bytes)?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}
