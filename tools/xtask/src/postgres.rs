//! The PostgreSQL server of a whole check, and the tests that need it.

use std::{
    process::{Command, ExitCode},
    sync::OnceLock,
};

use crate::{
    step::{Outcome, Report},
    test_programs::{self, Effort, Program},
};

/// The variable that names a server on which tests may create databases.
const VARIABLE: &str = "STOPGAP_TEST_POSTGRES";

const NOT_TESTED: &str = "PostgreSQL was not tested; install its server (Debian: postgresql) \
                          or set STOPGAP_TEST_POSTGRES";

/// A server that runs until this process ends.
struct Server {
    url: String,
    version: String,
    /// Keeps a private server alive.
    _kept: Box<dyn std::any::Any + Send + Sync>,
}

static SERVER: OnceLock<Result<Option<Server>, String>> = OnceLock::new();

pub(crate) fn run() -> ExitCode {
    let report = Report::default();
    report.step("build", test_programs::build);
    start();
    report.step("PostgreSQL", check);
    report.close()
}

/// Starts a private server for all steps, unless the environment names one.
pub(crate) fn start() {
    let _ = SERVER.set(find());
}

/// Gives a command the address of the server that was started.
pub(crate) fn tell(command: &mut Command) {
    if let Some(Ok(Some(server))) = SERVER.get() {
        command.env(VARIABLE, &server.url);
    }
}

/// Runs the tests with `postgres` in their names. Those that need no server run in any
/// case.
pub(crate) fn check() -> Outcome {
    let version = match SERVER.get_or_init(find) {
        Ok(server) => server.as_ref().map(|server| &server.version),
        Err(error) => return Outcome::Failed(error.clone()),
    };
    let is_rust = |program: &Program| !program.is_in("bindings/c");
    match (
        test_programs::run(&["postgres"], Effort::Short, is_rust, |_| ()),
        version,
    ) {
        (Err(error), _) => Outcome::Failed(error),
        (Ok(counted), Some(version)) => Outcome::Passed(format!("{version}, {counted} tests")),
        (Ok(_), None) => Outcome::Skipped(NOT_TESTED.into()),
    }
}

#[cfg(unix)]
fn find() -> Result<Option<Server>, String> {
    let explain = |error: std::io::Error| format!("PostgreSQL does not work: {error}");
    let Some(server) = test_postgres::Server::find().map_err(explain)? else {
        return Ok(None);
    };
    let mut version = server.version.clone();
    if !test_postgres::installed() {
        version.push_str(" (never stopped: no server programs here)");
    }
    Ok(Some(Server {
        url: server.url.clone(),
        version,
        _kept: Box::new(server),
    }))
}

#[cfg(not(unix))]
fn find() -> Result<Option<Server>, String> {
    Ok(None)
}
