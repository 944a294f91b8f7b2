//! The methods by which a server asks for the password, and the passwords of files.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use stopgap_registry::Postgres;
use test_postgres::Cluster;

use crate::place::{open, with};

/// The roles, by the method that the server uses for each.
const ROLES: [(&str, &str); 4] = [
    ("none", "trust"),
    ("password", "password"),
    ("md5", "md5"),
    ("scram-sha-256", "scram-sha-256"),
];

/// Starts a server with a role for each method, and with TLS.
fn server() -> Option<(Cluster, test_postgres::Database)> {
    let cluster = Cluster::start(&[]).unwrap()?;
    let own = rcgen::generate_simple_self_signed(["db".to_owned()]).unwrap();
    cluster
        .show(&own.cert.pem(), &own.signing_key.serialize_pem())
        .unwrap();
    let file = cluster.folder().join("data/pg_hba.conf");
    let rules =
        ROLES.map(|(role, method)| format!("host all \"by-{role}\" 127.0.0.1/32 {method}\n"));
    let others = fs::read_to_string(&file).unwrap();
    fs::write(&file, rules.concat() + &others).unwrap();
    for (role, method) in ROLES {
        let stored = if method == "md5" {
            "md5"
        } else {
            "scram-sha-256"
        };
        let create = format!(
            "SET password_encryption = '{stored}'; \
             CREATE ROLE \"by-{role}\" LOGIN SUPERUSER PASSWORD 'hunter2'"
        );
        cluster.psql("postgres", &create).unwrap();
    }
    cluster.psql("postgres", "SELECT pg_reload_conf()").unwrap();
    let database = cluster.database().unwrap();
    drop(open(database.url()).unwrap());
    Some((cluster, database))
}

#[test]
fn a_method_that_is_not_allowed_gets_no_password() {
    let Some((cluster, database)) = server() else {
        return;
    };
    let lists = [
        ("none", "none"),
        ("scram-sha-256", "scram-sha-256"),
        ("md5,scram-sha-256", "md5 scram-sha-256"),
        ("!password,!none", "md5 scram-sha-256"),
        ("!md5", "none password scram-sha-256"),
    ];
    for mode in ["disable", "require"] {
        for (role, _) in ROLES {
            let login = format!("by-{role}:hunter2@");
            let superuser = format!("postgres:{}@", cluster.password());
            let url = database.url().replace(&superuser, &login);
            let url = url.replace("sslmode=disable", &format!("sslmode={mode}&owner=postgres"));
            drop(open(&url).unwrap());
            for (list, allowed) in lists {
                let opened = Postgres::open_source(&with(&url, &format!("require_auth={list}")));
                let is_allowed = allowed.split(' ').any(|method| method == role);
                match opened {
                    Ok(_) => assert!(is_allowed, "{mode} {role} {list}"),
                    Err(error) => {
                        assert!(!is_allowed, "{mode} {role} {list}: {error}");
                        assert_eq!(error.reason(), "store_denied", "{error}");
                        let shown = format!("{error} {error:?}");
                        assert!(
                            shown.contains("which require_auth does not allow"),
                            "{shown}"
                        );
                        assert!(!shown.contains("hunter2"), "{shown}");
                    }
                }
            }
        }
    }
}

/// A server that asks for the password in clear text, as an attacker would.
#[test]
fn an_attacker_gets_no_password() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut length = [0; 4];
        client.read_exact(&mut length).unwrap();
        let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
        client.read_exact(&mut rest).unwrap();
        client.write_all(b"R\0\0\0\x08\0\0\0\x03").unwrap();
        let mut heard = Vec::new();
        let _ = client.read_to_end(&mut heard);
        heard
    });
    let url = format!("postgres://u:hunter2@127.0.0.1:{port}/d?sslmode=disable");
    let opened = Postgres::open_source(&with(&url, "require_auth=scram-sha-256"));
    let error = opened.unwrap_err();
    assert_eq!(error.reason(), "store_denied", "{error}");
    assert!(error.to_string().contains("in clear text"), "{error}");
    assert!(heard.join().unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn a_password_file_opens_a_store() {
    use std::os::unix::fs::PermissionsExt as _;

    let Some((cluster, database)) = server() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("passwords");
    let line = format!("*:{}:*:postgres:{}\n", cluster.port(), cluster.password());
    fs::write(&file, line).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let secret = format!(":{}@", cluster.password());
    let url = database.url().replace(&secret, "@");
    let url = with(&url, &format!("passfile={}", file.display()));
    drop(open(&url).unwrap());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let error = open(&url).unwrap_err();
    assert!(error.to_string().contains("run chmod 600 on it"), "{error}");
    assert!(!format!("{error:?}").contains(cluster.password()));
}
