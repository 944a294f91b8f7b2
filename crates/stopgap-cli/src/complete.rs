//! Completion in a shell: what fits at the cursor, from the words before it and the store that
//! they name.
//!
//! A script of the shell calls the command with the words as they are so far, and with
//! [`VARIABLE`] in the environment. No key is read, nothing is written, and nothing is shown of a
//! failure: then there is nothing to suggest.

mod bash;
mod context;
mod rows;
mod suggestion;
mod values;
mod zsh;

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    sync::Arc,
};

use clap_complete::{
    Shell,
    env::{Elvish, EnvCompleter, Fish, Powershell, Shells},
};

use self::{bash::Bash, context::Context, zsh::Zsh};

/// The environment variable by which a script asks for completions. It names the shell.
const VARIABLE: &str = "STOPGAP_COMPLETE";

/// The environment variable with the place of the cursor among the words, if it is not the last.
const INDEX: &str = "_CLAP_COMPLETE_INDEX";

const COMMAND: &str = "stopgap";

const SHELLS: Shells<'static> = Shells(&[&Bash, &Elvish, &Fish, &Powershell, &Zsh]);

/// Writes the script that registers the completion with a shell.
pub(crate) fn script(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    let unknown = || io::Error::other("no completion for this shell");
    let shell = SHELLS.completer(&shell.to_string()).ok_or_else(unknown)?;
    shell.write_registration(VARIABLE, COMMAND, COMMAND, COMMAND, out)
}

/// Answers the script of a shell, and returns the exit status; `None` if the words are not those
/// of a script.
pub(crate) fn answer(words: &[OsString]) -> Option<u8> {
    let shell = env::var(VARIABLE).ok()?;
    // No command begins with two hyphens, so the variable alone changes no command.
    let [_, mark, words @ ..] = words else {
        return None;
    };
    if mark != "--" || words.is_empty() {
        return None;
    }
    let shell = SHELLS.completer(&shell)?;
    let mut suggestions = Vec::new();
    let written = suggest(shell, words, &mut suggestions)
        .and_then(|()| io::stdout().write_all(&suggestions))
        .and_then(|()| io::stdout().flush());
    Some(u8::from(written.is_err()))
}

fn suggest(shell: &dyn EnvCompleter, words: &[OsString], out: &mut Vec<u8>) -> io::Result<()> {
    let last = words.len().saturating_sub(1);
    let index = env::var(INDEX).ok().and_then(|index| index.parse().ok());
    let index: usize = index.unwrap_or(last);
    let words = match shell.name() {
        "bash" | "zsh" => words.iter().map(context::unquoted).collect(),
        _ => words.to_vec(),
    };
    let folder = env::current_dir().ok();
    let before = words.get(..index).unwrap_or(&words);
    let context = Arc::new(Context::of(before, shell.name()));
    let current = words.get(index).map(|word| word.to_string_lossy());
    let has_options = current.is_some_and(|word| word.starts_with('-'));
    let mut command = values::command(&context, has_options);
    shell.write_complete(&mut command, words, folder.as_deref(), out)
}
