//! Addresses with files of libpq.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::{Address, Servers, Surroundings, first, refused};

/// A folder of a user with a password file and a service file.
fn folder(mode: u32) -> (tempfile::TempDir, Surroundings) {
    let folder = tempfile::tempdir().unwrap();
    let passfile = folder.path().join(".pgpass");
    let lines = "a:5432:d:u:secret1\n*:6000:*:*:secret2\nlocalhost:*:d:u:secret3\n";
    fs::write(&passfile, lines).unwrap();
    fs::set_permissions(&passfile, fs::Permissions::from_mode(mode)).unwrap();
    let services = "[desk]\nhost=a\nport=6000\nuser=u\ndbname=e\npool_size=3\n\
                    [open]\nhost=a\npassword=100%\n[twice]\nservice=desk\n[odd]\nsecret=5\n";
    fs::write(folder.path().join(".pg_service.conf"), services).unwrap();
    let around = Surroundings {
        home: Some(folder.path().to_owned()),
        ..Surroundings::default()
    };
    (folder, around)
}

fn passwords(servers: &Servers) -> Vec<&[u8]> {
    let each = servers.each.iter();
    each.map(|server| server.get_password().unwrap_or_default())
        .collect()
}

#[test]
fn a_password_file_is_read_for_each_host() {
    let (folder, around) = folder(0o600);
    let parse = |url: &str| Address::parse(&format!("{url}&sslmode=disable"), &around).unwrap();
    let address = parse("postgres://u@a,b,c:6000,%2Ftmp/d?replicas=a,a:7");
    assert_eq!(
        passwords(&address.servers),
        [&b"secret1"[..], b"", b"secret2", b"secret3"]
    );
    let replicas = address.replicas.as_ref().unwrap();
    assert_eq!(passwords(replicas), [&b"secret1"[..], b""]);
    let shown = format!("{address:?}");
    assert!(!shown.contains("secret"), "{shown}");
    // The address's own password is used.
    let address = parse("postgres://u:own@a,c:6000/d?");
    assert_eq!(passwords(&address.servers), [b"own", b"own"]);
    let address = parse("postgres://u@a/other?");
    assert_eq!(passwords(&address.servers), [b""]);
    let address = parse("postgres://u@a/d?passfile=");
    assert_eq!(passwords(&address.servers), [b""]);

    // Another file, by a parameter or the environment.
    let other = folder.path().join("other");
    fs::rename(folder.path().join(".pgpass"), &other).unwrap();
    let address = parse(&format!("postgres://u@a/d?passfile={}", other.display()));
    assert_eq!(passwords(&address.servers), [b"secret1"]);
    let around = Surroundings {
        passfile: Some(other),
        ..Surroundings::default()
    };
    let address = Address::parse("postgres://u@a/d?sslmode=disable", &around).unwrap();
    assert_eq!(passwords(&address.servers), [b"secret1"]);
}

#[test]
fn a_password_that_others_may_read_is_not_used() {
    for mode in [0o640, 0o604] {
        let (_folder, around) = folder(mode);
        let parse = |url: &str| Address::parse(&format!("{url}?sslmode=disable"), &around);
        let error = parse("postgres://u@a/d").unwrap_err().to_string();
        assert!(error.contains("run chmod 600 on it"), "{error}");
        assert!(!error.contains("secret"), "{error}");
        // The file has nothing for these.
        for url in ["postgres://u@b/d", "postgres://u:own@a/d"] {
            parse(url).unwrap();
        }
    }
}

#[test]
fn a_service_has_the_parameters_that_are_not_given() {
    let (folder, around) = folder(0o600);
    let address = Address::parse("postgres://?service=desk&sslmode=disable", &around).unwrap();
    assert_eq!(address.servers.shown, "a:6000/e");
    assert_eq!(address.pool_size, 3);
    assert_eq!(first(&address.servers).get_user(), Some("u"));
    assert_eq!(passwords(&address.servers), [b"secret2"]);
    let url = "postgres://b/d?service=desk&pool_size=4&sslmode=disable";
    let address = Address::parse(url, &around).unwrap();
    assert_eq!(address.servers.shown, "b:6000/d");
    assert_eq!(address.pool_size, 4);
    // A value has no escapes.
    let address = Address::parse("postgres://?service=open&sslmode=disable", &around).unwrap();
    assert_eq!(passwords(&address.servers), [b"100%"]);

    let refused = |service: &str| {
        let url = format!("postgres://?service={service}&sslmode=disable");
        Address::parse(&url, &around).unwrap_err().to_string()
    };
    let none = refused("none");
    assert!(none.contains(".pg_service.conf, /etc/"), "{none}");
    assert!(refused("twice").contains("names another service"));
    let odd = refused("odd");
    assert!(!odd.contains("secret"), "{odd}");

    // Another file, and the environment.
    let other = folder.path().join("pg_service.conf");
    fs::rename(folder.path().join(".pg_service.conf"), &other).unwrap();
    let machine = Surroundings {
        machine: Some(folder.path().to_owned()),
        service: Some("desk".into()),
        ..Surroundings::default()
    };
    let user = Surroundings {
        service_file: Some(other),
        machine: None,
        ..machine.clone()
    };
    for around in [machine, user] {
        let address = Address::parse("postgres://?sslmode=disable", &around).unwrap();
        assert_eq!(address.servers.shown, "a:6000/e");
        // An empty name is none.
        let url = "postgres://b/d?sslmode=disable&service=";
        let address = Address::parse(url, &around).unwrap();
        assert_eq!(address.servers.shown, "b:5432/d");
    }
}

#[test]
fn files_and_methods_that_cannot_be_used() {
    for (url, says) in [
        (
            "postgres://a/d?passfile=/no/such",
            "password file /no/such cannot be used",
        ),
        (
            "postgres://a/d?service=desk",
            "in none of these files: /etc/postgresql-common/pg_service.conf",
        ),
        (
            "postgres://a/d?sslmode=disable&require_auth=scram",
            "none, password, md5",
        ),
        (
            "postgres://a/d?sslmode=prefer&require_auth=md5",
            "any sslmode but allow and prefer",
        ),
        (
            "postgres://a,%2Frun/d?require_auth=md5",
            "is not followed for a socket",
        ),
    ] {
        let said = refused(url);
        assert!(said.contains(says), "{url}: {said}");
    }
}
