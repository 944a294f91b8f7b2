//! The `stopgap` command, as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(stopgap_cli::run(std::env::args_os()))
}
