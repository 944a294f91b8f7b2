//! The PostgreSQL server of a run, for every command that tests something.

use std::{process::Command, sync::OnceLock};

/// The variable that names a server on which tests may create databases.
const VARIABLE: &str = "STOPGAP_TEST_POSTGRES";

/// A server that runs until this process ends.
struct Server {
    url: String,
    version: String,
    /// Keeps a private server alive.
    _kept: Box<dyn std::any::Any + Send + Sync>,
}

static SERVER: OnceLock<Result<Option<Server>, String>> = OnceLock::new();

/// Starts a private server, unless the environment names one. Returns its version, or
/// `None` if this machine has none.
pub(crate) fn start() -> Result<Option<&'static str>, String> {
    match SERVER.get_or_init(find) {
        Ok(server) => Ok(server.as_ref().map(|server| server.version.as_str())),
        Err(error) => Err(error.clone()),
    }
}

/// Gives a command the address of the server, if it was started.
pub(crate) fn tell(command: &mut Command) {
    if let Some(Ok(Some(server))) = SERVER.get() {
        command.env(VARIABLE, &server.url);
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
