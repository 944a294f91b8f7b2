//! `cargo xtask bench command`: the command as a whole process, beside `sqlite3`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::step::{cargo, output, root};

/// The runs of each program, in turns.
const RUNS: usize = 200;

/// The read and the update of a verification, as `sqlite3` does them.
const PEER: &str = "\
PRAGMA synchronous = FULL;
BEGIN IMMEDIATE;
SELECT * FROM heads WHERE tenant = 'default' AND user_name = 'alice';
SELECT * FROM online_codes WHERE tenant = 'default' LIMIT 1;
UPDATE heads SET failed_at = failed_at + 1 WHERE tenant = 'default' AND user_name = 'alice';
INSERT INTO events SELECT tenant, randomblob(16), actor, role, on_behalf_of, kind, count, user_name,
    subject, detail, reason, context FROM events WHERE tenant = 'default' LIMIT 1;
COMMIT;";

/// Runs both in turns, and returns the medians and their ratio.
pub(crate) fn measure() -> Result<String, String> {
    output(cargo("build --release --quiet --package stopgap-cli"))?;
    let program = root().join("target/release/stopgap");
    let folder = root().join("target/startup");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let stopgap = |words: &str| {
        let mut command = Command::new(&program);
        command.args(words.split(' ')).current_dir(&folder);
        command
    };
    let code = output(stopgap("online issue alice --valid 31d"))?;
    let code = code.lines().last().unwrap_or_default().to_owned();
    let typed = folder.join("code.txt");
    fs::write(&typed, code).map_err(|error| error.to_string())?;
    let peer = folder.join("peer.sql");
    fs::write(&peer, PEER).map_err(|error| error.to_string())?;
    let copy = folder.join("peer.db");
    output(stopgap("backup peer.db"))?;
    output(sqlite3(&copy, "PRAGMA journal_mode = WAL"))?;

    let (mut version, mut verify, mut sqlite) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        version.push(timed(stopgap("--version"), None)?);
        verify.push(timed(stopgap("online verify alice"), Some(&typed))?);
        let mut beside = Command::new("sqlite3");
        beside.arg(&copy);
        sqlite.push(timed(beside, Some(&peer))?);
    }
    let [version, verify, sqlite] = [version, verify, sqlite].map(median);
    let ratio = verify.as_secs_f64() / sqlite.as_secs_f64();
    Ok(format!(
        "--version {version:.1?}, online verify {verify:.1?}, sqlite3 {sqlite:.1?}: {ratio:.2} \
        times, medians of {RUNS}"
    ))
}

fn sqlite3(file: &Path, sql: &str) -> Command {
    let mut command = Command::new("sqlite3");
    command.arg(file).arg(sql);
    command
}

/// Runs a program to its end, and returns the time that it took.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement looks at the clock"
)]
fn timed(mut command: Command, input: Option<&PathBuf>) -> Result<Duration, String> {
    let text = |error: std::io::Error| error.to_string();
    let input = match input {
        Some(path) => fs::File::open(path).map_err(text)?.into(),
        None => Stdio::null(),
    };
    command.stdin(input).stdout(Stdio::null());
    let begun = Instant::now();
    let status = command.status().map_err(text)?;
    let taken = begun.elapsed();
    if status.success() {
        Ok(taken)
    } else {
        Err(format!("{command:?} ended with {status}"))
    }
}

pub(super) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
