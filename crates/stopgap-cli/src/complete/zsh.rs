//! The script for zsh.

use std::{ffi::OsString, io, io::Write, path::Path};

use clap_complete::env::{self, EnvCompleter};

/// The completion for zsh. It differs from clap's in that the script also completes the first
/// time if zsh loads it as `_stopgap` from a folder of functions.
pub(super) struct Zsh;

impl EnvCompleter for Zsh {
    fn name(&self) -> &'static str {
        env::Zsh.name()
    }

    fn is(&self, name: &str) -> bool {
        env::Zsh.is(name)
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        bin: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        env::Zsh.write_registration(variable, name, bin, completer, out)?;
        writeln!(
            out,
            "[[ $funcstack[1] != _{name} ]] || _clap_dynamic_completer_{name}"
        )
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        env::Zsh.write_complete(command, words, folder, out)
    }
}
