//! pgbench, with as many connections, prepared statements, and rows that lie as ours.

use std::{fs, time::Duration};

use test_postgres::Cluster;

use super::filled::{Filled, Others, REST, TENANT};

/// What pgbench runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Script {
    /// The columns that authenticating reads.
    Select,
    /// The use that a verification counts.
    Update,
    /// The same, and its line in the log, in one transaction.
    UpdateAndInsert,
    /// The line in the log alone.
    Insert,
}

impl Script {
    fn text(self, filled: &Filled) -> String {
        let Others {
            asked,
            every,
            half,
            step,
        } = filled.others;
        let last = asked - 1;
        let place =
            format!("\\set n random(0, {last})\n\\set place (:n * {every} - {half}) * {step}\n");
        let select = format!(
            "SELECT id, key_id, digest, same_as, description, expires_at, last_used_at, tag \
             FROM stopgap.security_codes \
             WHERE tenant = '{TENANT}' AND digest = int8send(:place) || {REST};\n"
        );
        let update = format!(
            "UPDATE stopgap.online_codes SET uses = uses + 1 WHERE tenant = '{TENANT}' \
             AND digest = int8send(:place) || {REST} \
             AND revoked_at IS NULL AND uses < max_uses RETURNING uses;\n"
        );
        // An id of the time, as ours.
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
        match self {
            Self::Select => place + &select,
            Self::Update => place + &update,
            Self::Insert => format!("{place}{insert}"),
            Self::UpdateAndInsert => format!("{place}BEGIN;\n{update}{insert}COMMIT;\n"),
        }
    }
}

/// How many a second it runs.
pub(super) fn run(
    cluster: &Cluster,
    filled: &Filled,
    script: Script,
    connections: usize,
    turn: Duration,
) -> f64 {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), script.text(filled)).expect("written");
    let mut pgbench = cluster.command("pgbench");
    let output = pgbench
        .env("PGSSLMODE", "disable")
        .args(["-n", "-M", "prepared"])
        .args(["-c", &connections.to_string()])
        .args(["-j", &connections.min(super::clients::cores()).to_string()])
        .args(["-T", &turn.as_secs().to_string(), "-f"])
        .arg(file.path())
        .arg(filled.name)
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
