//! The program that shows long lists page by page.

use std::{
    env,
    io::{ErrorKind, Write},
    process::{Child, Command, Stdio},
};

/// Shows a text in the user's pager. Returns `false` if it cannot be started, so that the text
/// must be written otherwise.
pub(crate) fn show(text: &[u8]) -> bool {
    let Some(mut pager) = start() else {
        return false;
    };
    #[cfg(unix)]
    let _ignored = ignore_interrupts();
    if let Some(mut stdin) = pager.stdin.take() {
        // The user may quit before the end.
        let _ = stdin.write_all(text);
    }
    while let Err(error) = pager.wait() {
        if error.kind() != ErrorKind::Interrupted {
            break;
        }
    }
    true
}

/// Starts `$STOPGAP_PAGER`, `$PAGER` or `less`. An empty name and `cat` stand for no pager.
fn start() -> Option<Child> {
    let chosen = ["STOPGAP_PAGER", "PAGER"].into_iter().find_map(env::var_os);
    let words = match chosen {
        Some(words) => shlex::split(words.to_str()?)?,
        None => vec!["less".to_owned()],
    };
    let (program, rest) = words.split_first()?;
    if program == "cat" && rest.is_empty() {
        return None;
    }
    let mut command = Command::new(program);
    command.args(rest).stdin(Stdio::piped());
    if env::var_os("LESS").is_none() {
        // Quit if one screen suffices, show colours, leave the screen as it is.
        command.env("LESS", "FRX");
    }
    command.spawn().ok()
}

/// Leaves Ctrl-C to the pager until the value is dropped: otherwise the shell would show its
/// prompt while the pager still reads keys.
#[cfg(unix)]
fn ignore_interrupts() -> Option<Ignored> {
    use signal_hook::{consts::SIGINT, flag};

    let is_over = std::sync::Arc::default();
    let handler = flag::register_conditional_default(SIGINT, std::sync::Arc::clone(&is_over));
    handler.ok().map(|_| Ignored { is_over })
}

#[cfg(unix)]
struct Ignored {
    is_over: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

#[cfg(unix)]
impl Drop for Ignored {
    fn drop(&mut self) {
        self.is_over
            .store(true, std::sync::atomic::Ordering::SeqCst);
    }
}
