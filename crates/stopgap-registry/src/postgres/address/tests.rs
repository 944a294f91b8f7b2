#![allow(clippy::unwrap_used, reason = "a panic is how a test says no")]

use std::time::Duration;

use proptest::prelude::*;
use tokio_postgres::{
    Config,
    config::{Host, LoadBalanceHosts, SslMode, TargetSessionAttrs},
};

use super::{Address, Servers, Surroundings};

#[cfg(unix)]
mod files;

/// Reading the system's authorities is another test's.
fn off(url: &str) -> Address {
    let join = if url.contains('?') { '&' } else { '?' };
    Address::parse_alone(&format!("{url}{join}sslmode=disable")).unwrap()
}

fn refused(url: &str) -> String {
    let error = Address::parse_alone(url).expect_err(url);
    assert_eq!(error.reason(), "store_url");
    error.to_string()
}

fn first(servers: &Servers) -> &Config {
    servers.each.first().unwrap()
}

fn hosts(address: &Address) -> Vec<&str> {
    let each = address.servers.each.iter();
    each.flat_map(Config::get_hosts)
        .map(|host| match host {
            Host::Tcp(name) => name.as_str(),
            Host::Unix(folder) => folder.to_str().unwrap(),
        })
        .collect()
}

#[test]
fn what_is_left_unsaid() {
    let address = off("postgres://db.example/codes");
    let config = first(&address.servers);
    assert_eq!(hosts(&address), ["db.example"]);
    assert_eq!(config.get_ports(), [5_432]);
    assert_eq!(config.get_dbname(), Some("codes"));
    assert_eq!((config.get_user(), config.get_password()), (None, None));
    assert_eq!(config.get_application_name(), Some("stopgap"));
    assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(5)));
    assert_eq!(
        config.get_tcp_user_timeout(),
        Some(&Duration::from_secs(30))
    );
    assert!(config.get_keepalives());
    assert_eq!(config.get_keepalives_idle(), Duration::from_secs(30));
    assert_eq!(
        config.get_keepalives_interval(),
        Some(Duration::from_secs(10))
    );
    assert_eq!(config.get_keepalives_retries(), Some(3));
    assert_eq!(config.get_target_session_attrs(), TargetSessionAttrs::Any);
    assert_eq!(address.pool_size, 16);
    assert_eq!(address.deadline, Duration::from_secs(30));
    assert!(address.replicas.is_none());
    assert_eq!(address.servers.shown, "db.example:5432/codes");
}

#[test]
fn what_is_said() {
    let address = off(
        "postgresql://amy:p%40ss%2F%3A%3F%23%25%27%5C@db/codes?application_name=desk\
         &connect_timeout=0&keepalives=0&keepalives_idle=7&keepalives_interval=8&keepalives_count=9\
         &tcp_user_timeout=1500&options=-c%20statement_timeout%3D5s&pool_size=3&deadline=0.25\
         &target_session_attrs=primary&load_balance_hosts=random",
    );
    let config = first(&address.servers);
    assert_eq!(config.get_user(), Some("amy"));
    assert_eq!(config.get_password(), Some(&b"p@ss/:?#%'\\"[..]));
    assert_eq!(config.get_application_name(), Some("desk"));
    assert_eq!(config.get_connect_timeout(), None);
    assert_eq!(
        config.get_tcp_user_timeout(),
        Some(&Duration::from_millis(1_500))
    );
    assert!(!config.get_keepalives());
    assert_eq!(config.get_keepalives_idle(), Duration::from_secs(7));
    assert_eq!(
        config.get_keepalives_interval(),
        Some(Duration::from_secs(8))
    );
    assert_eq!(config.get_keepalives_retries(), Some(9));
    assert_eq!(config.get_options(), Some("-c statement_timeout=5s"));
    assert_eq!(
        config.get_target_session_attrs(),
        TargetSessionAttrs::ReadWrite
    );
    assert_eq!(config.get_load_balance_hosts(), LoadBalanceHosts::Random);
    assert_eq!(address.pool_size, 3);
    assert_eq!(address.deadline, Duration::from_millis(250));
}

#[test]
fn hosts_as_libpq_writes_them() {
    for (url, hosts_wanted, ports, shown) in [
        ("postgres://h", &["h"][..], &[5_432][..], "h:5432"),
        ("postgres://h:1", &["h"], &[1], "h:1"),
        ("postgres://h:", &["h"], &[5_432], "h:5432"),
        ("postgres://u@h:1/d", &["h"], &[1], "h:1/d"),
        ("postgres://u:p@h/d?", &["h"], &[5_432], "h:5432/d"),
        ("postgres://h?dbname=d", &["h"], &[5_432], "h:5432/d"),
        ("postgres://[::1]:7/d", &["::1"], &[7], "[::1]:7/d"),
        ("postgres://[::1]/d", &["::1"], &[5_432], "[::1]:5432/d"),
        ("postgres:///d?host=h&port=2", &["h"], &[2], "h:2/d"),
        (
            "postgres://a:1,b,[::1]:3/d",
            &["a", "b", "::1"],
            &[1, 5_432, 3],
            "a:1,b:5432,[::1]:3/d",
        ),
        (
            "postgres:///d?host=a,b&port=9",
            &["a", "b"],
            &[9, 9],
            "a:9,b:9/d",
        ),
        (
            "postgres:///d?host=a,b&port=9,",
            &["a", "b"],
            &[9, 5_432],
            "a:9,b:5432/d",
        ),
        (
            "postgres://%2Frun%2Fpg/d",
            &["/run/pg"],
            &[5_432],
            "/run/pg:5432/d",
        ),
        (
            "postgres://u:p@%2Frun%2Fpg:6/d",
            &["/run/pg"],
            &[6],
            "/run/pg:6/d",
        ),
        (
            "postgres:///d?host=/run/pg",
            &["/run/pg"],
            &[5_432],
            "/run/pg:5432/d",
        ),
        (
            "postgres:///d?hostaddr=::1",
            &["::1"],
            &[5_432],
            "[::1]:5432/d",
        ),
        ("postgres://h/a%0Ab%2F", &["h"], &[5_432], "h:5432/a\\nb/"),
    ] {
        let address = off(url);
        assert_eq!(hosts(&address), hosts_wanted, "{url}");
        let each = address.servers.each.iter();
        let found: Vec<_> = each.flat_map(Config::get_ports).copied().collect();
        assert_eq!(found, ports, "{url}");
        assert_eq!(address.servers.shown, shown);
        let several = hosts_wanted.len() > 1;
        let attributes = if several {
            TargetSessionAttrs::ReadWrite
        } else {
            TargetSessionAttrs::Any
        };
        assert_eq!(
            first(&address.servers).get_target_session_attrs(),
            attributes,
            "{url}"
        );
    }
    let address = off("postgres://name/d?hostaddr=127.0.0.1");
    assert_eq!(hosts(&address), ["name"]);
    assert_eq!(
        first(&address.servers).get_hostaddrs(),
        [std::net::Ipv4Addr::LOCALHOST]
    );
}

#[test]
fn replicas() {
    let address = off("postgres://u:p@h/d?replicas=a,b:7,[::1]:8,/run");
    assert_eq!(hosts(&address), ["h"]);
    assert!(!address.servers.are_several());
    let replicas = address.replicas.unwrap();
    assert_eq!(replicas.shown, "a:5432,b:7,[::1]:8,/run:5432/d");
    assert_eq!(replicas.each.len(), 4);
    for replica in &replicas.each {
        assert_eq!(replica.get_user(), Some("u"));
        assert_eq!(replica.get_password(), Some(&b"p"[..]));
        assert_eq!(replica.get_dbname(), Some("d"));
        assert_eq!(replica.get_target_session_attrs(), TargetSessionAttrs::Any);
        assert_eq!(replica.get_load_balance_hosts(), LoadBalanceHosts::Random);
        assert_eq!(replica.get_ssl_mode(), SslMode::Disable);
    }
}

#[test]
fn tls_unless_it_is_off_by_name() {
    // The operating system may trust no authority.
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    let own = rcgen::generate_simple_self_signed(["h".to_owned()]).unwrap();
    std::fs::write(&root, own.cert.pem()).unwrap();
    let root = format!("sslrootcert={}", root.display());
    for (mode, wanted) in [
        ("", SslMode::Require),
        ("sslmode=verify-full", SslMode::Require),
        ("sslmode=require", SslMode::Require),
        ("sslmode=prefer", SslMode::Prefer),
        ("sslmode=allow", SslMode::Prefer),
        ("sslmode=disable", SslMode::Disable),
        // A file that is not used is not read.
        (
            "sslmode=disable&sslrootcert=none&sslcert=none",
            SslMode::Disable,
        ),
    ] {
        let root = if mode.contains("none") { "" } else { &root };
        let url = format!("postgres://h/d?replicas=r&{mode}&{root}");
        let address = Address::parse_alone(&url).unwrap();
        assert_eq!(first(&address.servers).get_ssl_mode(), wanted, "{mode}");
        assert_eq!(
            first(&address.replicas.unwrap()).get_ssl_mode(),
            wanted,
            "{mode}"
        );
    }
    // A socket has no TLS, and the replica has it.
    let address =
        Address::parse_alone(&format!("postgres:///d?host=/run&replicas=r&{root}")).unwrap();
    assert_eq!(first(&address.servers).get_ssl_mode(), SslMode::Disable);
    assert_eq!(
        first(&address.replicas.unwrap()).get_ssl_mode(),
        SslMode::Require
    );
    // Each host of an address has its own mode.
    let address = Address::parse_alone(&format!("postgres://%2Frun,h/d?{root}")).unwrap();
    let modes = address.servers.each.iter().map(Config::get_ssl_mode);
    assert_eq!(
        modes.collect::<Vec<_>>(),
        [SslMode::Disable, SslMode::Require]
    );
    let address = Address::parse_alone("postgres:///d?host=/run&sslrootcert=none").unwrap();
    assert_eq!(first(&address.servers).get_ssl_mode(), SslMode::Disable);
    // Its settings are left out.
    let off = Address::parse_alone("postgres://h/d?sslmode=disable").unwrap();
    assert_eq!(format!("{:?}", off.tls), "Tls { .. }");
}

#[test]
fn what_cannot_be_used() {
    for (url, says) in [
        ("postgres:/h/d", "begins neither"),
        ("POSTGRES://h/d", "begins neither"),
        ("mysql://h/d", "begins neither"),
        ("postgres://", "names no host"),
        ("postgres:///d", "names no host"),
        ("postgres:///d?host=", "names no host"),
        ("postgres://u@/d", "names no host"),
        ("postgres://a,/d", "a host is a name"),
        ("postgres://a b/d", "a host is a name"),
        ("postgres://a%0Ab/d", "a host is a name"),
        ("postgres://::1/d", "[IPv6]"),
        ("postgres://[::1/d", "[IPv6]"),
        ("postgres://[::1]5/d", "[IPv6]"),
        ("postgres://h:0/d", "port has to be"),
        ("postgres://h:65536/d", "port has to be"),
        ("postgres://h:port/d", "port has to be"),
        ("postgres://a,b/d?port=5", "port is given twice"),
        ("postgres:///d?host=a,b,c&port=5,6", "one for each host"),
        (
            "postgres://a,b/d?hostaddr=127.0.0.1",
            "one address for each",
        ),
        ("postgres://a/d?hostaddr=b", "IP addresses"),
        ("postgres://a/d?replicas=", "a host is a name"),
        ("postgres://a/d?replicas=a:b:c", "[IPv6]"),
        ("postgres://a/d?dbname=e", "dbname is given twice"),
        (
            "postgres://a/d?sslmode=disable&sslmode=require",
            "sslmode is given twice",
        ),
        ("postgres://a/d?host=b", "host is given twice"),
        ("postgres://a/d?sslmode", "NAME=VALUE"),
        (
            "postgres://a/d?ssl_mode=disable",
            "ssl_mode is not known; known are application_name,",
        ),
        ("postgres://a/d?SSLMODE=disable", "a parameter is not known"),
        ("postgres://a/d?sslcrl=f", "no revocation lists"),
        ("postgres://a/d?sslpassword=f", "not encrypted"),
        (
            "postgres://a/d?sslmode=",
            "disable, allow, prefer, require, verify-ca, verify-full",
        ),
        ("postgres://a/d?sslmode=off", "sslmode has to be one of"),
        (
            "postgres:///d?host=/run&sslmode=off",
            "sslmode has to be one of",
        ),
        (
            "postgres://a/d?target_session_attrs=standby",
            "any, read-write, primary",
        ),
        (
            "postgres://a/d?channel_binding=1",
            "disable, prefer, require",
        ),
        (
            "postgres://a/d?pool_size=0",
            "pool_size has to be 1 to 1000",
        ),
        ("postgres://a/d?pool_size=1001", "1 to 1000"),
        ("postgres://a/d?pool_size=+5", "1 to 1000"),
        ("postgres://a/d?pool_size=", "1 to 1000"),
        ("postgres://a/d?deadline=0.09", "0.1 to 3600"),
        ("postgres://a/d?deadline=3600.1", "0.1 to 3600"),
        ("postgres://a/d?deadline=NaN", "0.1 to 3600"),
        ("postgres://a/d?deadline=1e2", "0.1 to 3600"),
        ("postgres://a/d?deadline=-5", "0.1 to 3600"),
        ("postgres://a/d?connect_timeout=-1", "0 to 3600"),
        ("postgres://a/d?application_name=50%", "%25"),
        ("postgres://a/d?application_name=%zz", "%25"),
        ("postgres://a/d?application_name=%+1", "%25"),
        ("postgres://a/d?application_name=%ff", "UTF-8"),
        ("postgres://a/d?application_name=%00", "zero byte"),
        (
            "postgres://a/d?sslmode=verify-ca",
            "sslrootcert names a file",
        ),
        (
            "postgres://a/d?sslmode=require&sslrootcert=system",
            "verify-full",
        ),
        (
            "postgres://a/d?sslrootcert=/no/such",
            "sslrootcert names \"/no/such\"",
        ),
        ("postgres://a/d?sslmode=require&sslcert=f", "go together"),
        (
            "postgres://a/d?sslmode=prefer&sslnegotiation=direct",
            "direct only if",
        ),
    ] {
        let said = refused(url);
        assert!(said.contains(says), "{url}: {said}");
    }
}

#[test]
fn a_password_that_was_not_encoded_is_not_shown() {
    for url in [
        "postgres://u:secret@secret@h/d",
        "postgres://u:1/secret@h/d",
        "postgres://u:1?secret@h/d",
        "postgres://u:1?secret=secret@h/d",
        "postgres://u:1#secret%@h/d",
        "postgres://u:secret%@h/d",
        "postgres://u:secret/d",
        "postgres://h/d?password=a@secret",
        "postgres://h/d?password=a&secret=b",
        "postgres://h/d?password=a&secret",
        "postgres://h/d?password=secret%",
        "postgres://h/d?password=secret&password=secret",
    ] {
        let said = refused(url);
        assert!(!said.contains("secret"), "{said}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        let _ = Address::parse_alone(&format!("postgres://{text}"));
        let _ = Address::parse_alone(&text);
    }

    #[test]
    fn no_password_is_shown(
        odd in "[ -~]{0,12}",
        before in any::<bool>(),
    ) {
        let password = format!("zzzz{odd}yyyy");
        let url = if before {
            format!("postgres://u:{password}@h/d?sslmode=disable")
        } else {
            format!("postgres://u@h/d?sslmode=disable&password={password}")
        };
        let seen = match Address::parse_alone(&url) {
            Ok(address) => format!("{address:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        prop_assert!(!seen.contains("zzzz") && !seen.contains("yyyy"), "{}", seen);
    }

    #[test]
    fn any_password_survives(password in "[^\\x00]+") {
        use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

        let encoded = utf8_percent_encode(&password, NON_ALPHANUMERIC);
        for url in [format!("postgres://u:{encoded}@h/d"), format!("postgres://h?password={encoded}")] {
            let address = off(&url);
            prop_assert_eq!(first(&address.servers).get_password(), Some(password.as_bytes()));
            let seen = format!("{address:?}");
            prop_assert!(password.len() < 20 || !seen.contains(&password));
        }
    }
}
