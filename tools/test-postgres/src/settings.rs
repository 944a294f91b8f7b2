//! Lines of `postgresql.conf`.

use std::fmt::Write;

/// What every cluster has unless its settings say otherwise: room for many tests at
/// once, and nothing that makes an emergency cheap and a test slow.
pub(crate) const USUAL: [(&str, &str); 6] = [
    ("listen_addresses", "127.0.0.1"),
    ("max_connections", "300"),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("wal_keep_size", "256MB"),
    ("password_encryption", "scram-sha-256"),
];

/// The settings as lines; of two of one name the later counts.
pub(crate) fn lines(settings: &[(&str, &str)]) -> String {
    let mut lines = String::new();
    for (name, value) in settings {
        let value = value.replace('\'', "''");
        let _ = writeln!(lines, "{name} = '{value}'");
    }
    lines
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_are_quoted() {
        let lines = super::lines(&[("work_mem", "4MB"), ("synchronous_standby_names", "'b'")]);
        assert_eq!(
            lines,
            "work_mem = '4MB'\nsynchronous_standby_names = '''b'''\n"
        );
    }
}
