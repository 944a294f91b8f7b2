//! The `stopgap` command, which Cargo builds beside the tests of the C examples.

fn main() -> std::process::ExitCode {
    stopgap_cli::run(std::env::args_os()).into()
}
