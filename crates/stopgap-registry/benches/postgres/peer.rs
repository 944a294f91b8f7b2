//! pgbench, with prepared statements, and rows that lie as ours.

use std::{fs, thread, time::Duration};

use super::database::{Database, Others, REST};
use crate::store::{Statement, filled::TENANT};

fn script(database: &Database<'_>, statement: Statement) -> String {
    let Others {
        asked,
        apart,
        half,
        step,
    } = database.others;
    let last = asked - 1;
    let place =
        format!("\\set n random(0, {last})\n\\set place (:n * {apart} - {half}) * {step}\n");
    let key = format!("tenant = '{TENANT}' AND digest = int8send(:place) || {REST}");
    let select = format!(
        "SELECT id, key_id, digest, same_as, description, expires_at, last_used_at, tag \
         FROM stopgap.security_codes WHERE {key};\n"
    );
    let update = format!(
        "UPDATE stopgap.online_codes SET uses = uses + 1 WHERE {key} \
         AND revoked_at IS NULL AND uses < max_uses RETURNING uses;\n"
    );
    // The id begins with the time, as ours.
    let insert = format!(
        "\\set b random(0, 15)\n\\set r random(0, 1000000000000)\n\
         INSERT INTO stopgap.events \
            (tenant, bucket, id, actor, role, kind, user_name, subject, detail) \
         VALUES ('{TENANT}', :b, \
            (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') \
                || substr(md5(:r::bigint::text), 1, 20))::uuid, \
            'user-' || :n::bigint, 'user', 'online.verify', 'user-' || :n::bigint, \
            '019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11', 'bypass');\n"
    );
    match statement {
        Statement::Select => place + &select,
        Statement::Update => place + &update,
        Statement::Insert => place + &insert,
        Statement::UpdateAndInsert => format!("{place}BEGIN;\n{update}{insert}COMMIT;\n"),
    }
}

/// Returns how often pgbench runs a statement in a second.
pub(super) fn run(
    database: &Database<'_>,
    statement: Statement,
    connections: usize,
    turn: Duration,
) -> f64 {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), script(database, statement)).expect("written");
    let cores = thread::available_parallelism().map_or(1, Into::into);
    let output = database
        .cluster
        .command("pgbench")
        .env("PGSSLMODE", "disable")
        .args(["-n", "-M", "prepared", "-c", &connections.to_string()])
        .args(["-j", &connections.min(cores).to_string()])
        .args(["-T", &turn.as_secs().to_string(), "-f"])
        .arg(file.path())
        .arg(database.name)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = || panic!("{said}{}", String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        failed();
    }
    let rate = said.lines().find_map(|line| {
        let rest = line.strip_prefix("tps = ")?;
        rest.split(' ').next()?.parse().ok()
    });
    rate.unwrap_or_else(failed)
}
