//! The PostgreSQL server of a whole check, and the tests that need it.

use std::{
    process::{Command, ExitCode},
    sync::OnceLock,
};

use crate::step::{Outcome, Report, cargo, run as show, tests_passed};

/// The variable by which tests find a server where they may create databases.
const VARIABLE: &str = "STOPGAP_TEST_POSTGRES";

/// What to do where there is none.
const NOT_TESTED: &str = "PostgreSQL was not tested; install its server (Debian: postgresql) \
                          or set STOPGAP_TEST_POSTGRES";

/// The tests of PostgreSQL, everywhere, are those that have it in their names.
const TESTS: &str = "test --workspace --exclude stopgap-c -- postgres";

/// A server that runs until this process ends.
struct Server {
    url: String,
    version: String,
    /// A private one is kept up by it.
    _kept: Box<dyn std::any::Any + Send + Sync>,
}

static SERVER: OnceLock<Result<Option<Server>, String>> = OnceLock::new();

pub(crate) fn run() -> ExitCode {
    let mut report = Report::default();
    start();
    report.step("PostgreSQL", check);
    report.close()
}

/// Starts a private server for all steps, unless one is named.
pub(crate) fn start() {
    let _ = SERVER.set(find());
}

/// Tells a command where the server is that was started.
pub(crate) fn tell(command: &mut Command) {
    if let Some(Ok(Some(server))) = SERVER.get() {
        command.env(VARIABLE, &server.url);
    }
}

/// The tests that the plain step leaves out. Those of them that need no server run in
/// any case.
pub(crate) fn check() -> Outcome {
    let version = match SERVER.get_or_init(find) {
        Ok(server) => server.as_ref().map(|server| &server.version),
        Err(error) => return Outcome::Failed(error.clone()),
    };
    let mut counted = 0_u32;
    let result = show(cargo(TESTS), |line| {
        counted = counted.saturating_add(tests_passed(line));
    });
    match (result, version) {
        (Err(error), _) => Outcome::Failed(error),
        (Ok(()), _) if counted == 0 => Outcome::Failed("no test ran".into()),
        (Ok(()), Some(version)) => Outcome::Passed(format!("{version}, {counted} tests")),
        (Ok(()), None) => Outcome::Skipped(NOT_TESTED.into()),
    }
}

#[cfg(unix)]
fn find() -> Result<Option<Server>, String> {
    let explain = |error: std::io::Error| format!("PostgreSQL does not work: {error}");
    let Some(server) = test_postgres::Server::find().map_err(explain)? else {
        return Ok(None);
    };
    let mut version = server.version().map_err(explain)?;
    if test_postgres::Programs::find().is_none() {
        version.push_str(" (never stopped: no server programs here)");
    }
    Ok(Some(Server {
        url: server.url(),
        version,
        _kept: Box::new(server),
    }))
}

#[cfg(not(unix))]
fn find() -> Result<Option<Server>, String> {
    Ok(None)
}
