//! pgbench, with prepared statements, on rows in the same order as ours.

use std::{fs, thread, time::Duration};

use super::{database::Database, others::Others};
use crate::store::{Statement, filled::TENANT};

fn script(database: &Database<'_>, statement: Statement) -> String {
    let choose = database.others.choose();
    let chosen = Others::chosen();
    let select = format!(
        "SELECT id, digest, key_id, same_as, scopes, description, expires_at, last_used_at, \
            ends_at, tag \
         FROM stopgap.security_codes WHERE {chosen};\n"
    );
    let update = format!(
        "UPDATE stopgap.online_codes SET uses = uses + 1 WHERE {chosen} \
         AND revoked_at IS NULL AND uses < max_uses RETURNING uses;\n"
    );
    let random = "\\set r random(0, 1000000000000)\n";
    // The id begins with the time, like the ids of the registry.
    let insert = format!(
        "INSERT INTO stopgap.events \
            (tenant, id, actor, role, kind, count, user_name, subject, detail) \
         VALUES ('{TENANT}', \
            (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') \
                || substr(md5(:r::bigint::text), 1, 20))::uuid, \
            'user-' || :n::bigint, 'user', 'online.verify', 1, 'user-' || :n::bigint, \
            '019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11', 'bypass');\n"
    );
    match statement {
        Statement::Select => choose + &select,
        Statement::Update => choose + &update,
        Statement::Insert => choose + random + &insert,
        // Both statements are sent at once in one transaction, which the end of the
        // pipeline commits.
        Statement::UpdateAndInsert => {
            format!("{choose}{random}\\startpipeline\n{update}{insert}\\endpipeline\n")
        }
    }
}

/// Returns the number of times that pgbench runs a statement in a second.
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
