//! Against a real server, and one that lies.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

mod authority;
mod impostor;

use std::{fs, path::PathBuf, thread, time::Duration};

use tempfile::TempDir;
use test_postgres::Cluster;
use tokio_postgres::SimpleQueryMessage;

use self::authority::Authority;
use super::super::{address::Address, error::Trouble};

/// Returns the version of TLS that the server reports for a connection; an empty text if it has
/// no TLS.
fn reach(url: &str) -> Result<String, String> {
    let address = Address::parse_alone(url).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let rows = runtime.block_on(async {
        let (client, connection) = address.servers.connect(&address.tls).await?;
        let _driven = tokio::spawn(connection);
        let query = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        Ok(client.simple_query(query).await?)
    });
    let rows = rows.map_err(|trouble: Trouble| trouble.at_connecting("server").to_string())?;
    let row = rows.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default()),
        _ => None,
    });
    Ok(row.expect("a row").to_owned())
}

/// A server that shows a certificate, files of two authorities, of which it was
/// the `right` one that gave it.
struct World {
    cluster: Cluster,
    right: Authority,
    folder: TempDir,
}

impl World {
    /// Returns `None` if no server is installed.
    fn new() -> Option<Self> {
        let cluster = Cluster::start(&[]).unwrap()?;
        let right = Authority::new("right");
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = right.give(|_| ());
        cluster.show(&certificate, &key).unwrap();
        let world = Self {
            cluster,
            right,
            folder,
        };
        world.file("right.pem", &world.right.pem());
        world.file("wrong.pem", &Authority::new("wrong").pem());
        Some(world)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;

        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Shows another certificate from now on.
    fn show(&self, (certificate, key): (String, String)) {
        self.cluster.show(&certificate, &key).unwrap();
    }

    fn set(&self, name: &str, value: &str) {
        self.cluster.set(&[(name, value)]).unwrap();
    }

    /// The server by the name that its certificate has, or another.
    fn url(&self, name: &str, parameters: &str) -> String {
        let (password, port) = (self.cluster.password(), self.cluster.port());
        let folder = self.folder.path().display().to_string();
        let parameters = parameters.replace("DIR", &folder);
        format!(
            "postgres://postgres:{password}@{name}:{port}/postgres?hostaddr=127.0.0.1{parameters}"
        )
    }

    fn reach(&self, name: &str, parameters: &str) -> Result<String, String> {
        reach(&self.url(name, parameters))
    }
}

/// Each mode and its root, with the outcomes for the right name and for a wrong one if the
/// server has TLS.
const MODES: [(&str, &str, &str); 20] = [
    ("&sslmode=disable", "none", "none"),
    ("&sslmode=disable&sslrootcert=DIR/wrong.pem", "none", "none"),
    ("&sslmode=allow", "TLS", "TLS"),
    ("&sslmode=prefer", "TLS", "TLS"),
    ("&sslmode=prefer&sslrootcert=DIR/right.pem", "TLS", "TLS"),
    (
        "&sslmode=prefer&sslrootcert=DIR/wrong.pem",
        "UnknownIssuer",
        "UnknownIssuer",
    ),
    ("&sslmode=require", "TLS", "TLS"),
    ("&sslmode=require&sslrootcert=DIR/right.pem", "TLS", "TLS"),
    (
        "&sslmode=require&sslrootcert=DIR/wrong.pem",
        "UnknownIssuer",
        "UnknownIssuer",
    ),
    (
        "&sslmode=require&sslrootcert=system",
        "verify-full",
        "verify-full",
    ),
    ("&sslmode=verify-ca", "names a file", "names a file"),
    ("&sslmode=verify-ca&sslrootcert=DIR/right.pem", "TLS", "TLS"),
    (
        "&sslmode=verify-ca&sslrootcert=DIR/wrong.pem",
        "UnknownIssuer",
        "UnknownIssuer",
    ),
    (
        "&sslmode=verify-full&sslrootcert=DIR/right.pem",
        "TLS",
        "not valid for name",
    ),
    (
        "&sslmode=verify-full&sslrootcert=DIR/wrong.pem",
        "UnknownIssuer",
        "UnknownIssuer",
    ),
    ("&sslmode=verify-full", "UnknownIssuer", "UnknownIssuer"),
    (
        "&sslmode=verify-full&sslrootcert=system",
        "UnknownIssuer",
        "UnknownIssuer",
    ),
    ("", "UnknownIssuer", "UnknownIssuer"),
    ("&sslrootcert=DIR/right.pem", "TLS", "not valid for name"),
    (
        "&sslrootcert=DIR/wrong.pem",
        "UnknownIssuer",
        "UnknownIssuer",
    ),
];

fn check(outcome: &Result<String, String>, wanted: &str, what: &str) {
    let fits = match (outcome, wanted) {
        (Ok(version), "TLS") => version.starts_with("TLSv1."),
        (Ok(version), "none") => version.is_empty(),
        (Ok(_), _) | (Err(_), "TLS" | "none") => false,
        // An operating system that trusts no authority is another error.
        (Err(why), wanted) => why.contains(wanted) || why.contains("trusts no authority"),
    };
    assert!(fits, "{what}: wanted {wanted}, got {outcome:?}");
}

#[test]
fn every_mode() {
    let Some(world) = World::new() else { return };
    for version in ["TLSv1.3", "TLSv1.2"] {
        world.set("ssl_max_protocol_version", version);
        for (parameters, right, wrong) in MODES {
            for (name, wanted) in [("db.example", right), ("other.example", wrong)] {
                let outcome = world.reach(name, parameters);
                let outcome_version = outcome.as_ref().map_or("", String::as_str);
                assert!(["", version].contains(&outcome_version));
                check(&outcome, wanted, &format!("{version} {name} {parameters}"));
            }
        }
    }
}

#[test]
fn a_store_over_tls() {
    let Some(world) = World::new() else { return };
    let open = |name: &str, parameters: &str| {
        let url = world.url(name, parameters);
        crate::Postgres::open(&url, chrono::DateTime::UNIX_EPOCH)
    };
    open("db.example", "&sslrootcert=DIR/right.pem").unwrap();
    let refused = || {
        let log = world.cluster.log().unwrap();
        log.matches("could not accept SSL connection").count()
    };
    for (name, root) in [("db.example", "wrong"), ("other.example", "right")] {
        let before = refused();
        let error = open(name, &format!("&sslrootcert=DIR/{root}.pem")).unwrap_err();
        assert_eq!(error.reason(), "store_unreachable");
        let logged = (0..3_000).any(|_| {
            thread::sleep(Duration::from_millis(10));
            refused() > before
        });
        assert!(logged);
        // A retry would not help.
        assert_eq!(refused(), before + 1);
        let said = error.to_string();
        assert!(said.contains("certificate"), "{said}");
        assert!(!said.contains(world.cluster.password()), "{said}");
    }
}

#[test]
fn a_socket_has_no_tls() {
    let Some(world) = World::new() else { return };
    let (password, port) = (world.cluster.password(), world.cluster.port());
    let folder = world.cluster.folder().display().to_string();
    let folder = folder.replace('/', "%2F");
    let url = format!("postgres://postgres:{password}@{folder}:{port}/postgres");
    for mode in [
        "",
        "?sslmode=prefer",
        "?sslmode=require",
        "?sslmode=verify-full",
    ] {
        assert_eq!(reach(&format!("{url}{mode}")).as_deref(), Ok(""), "{mode}");
    }
}

#[test]
fn a_server_without_tls() {
    let Some(cluster) = Cluster::start(&[]).unwrap() else {
        return;
    };
    let authority = Authority::new("right").pem();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("right.pem");
    fs::write(&file, authority).unwrap();
    let file = file.display();
    let url = cluster.url("postgres");
    let url = url.strip_suffix("?sslmode=disable").unwrap();
    for mode in ["disable", "allow", "prefer"] {
        check(&reach(&format!("{url}?sslmode={mode}")), "none", mode);
    }
    for mode in [
        "",
        "&sslmode=require",
        "&sslmode=verify-ca",
        "&sslmode=verify-full",
    ] {
        let outcome = reach(&format!("{url}?sslrootcert={file}{mode}"));
        check(&outcome, "does not support TLS", mode);
    }
}

#[test]
fn certificates_of_all_kinds() {
    let Some(world) = World::new() else { return };
    let ca = "&sslmode=verify-ca&sslrootcert=DIR/right.pem";
    let full = "&sslrootcert=DIR/right.pem";
    let check = |parameters: &str, wanted: &str, what: &str| {
        let outcome = world.reach("db.example", parameters);
        check(&outcome, wanted, what);
    };
    // SCRAM over TLS is bound to the TLS session, unless that is turned off.
    for binding in ["disable", "prefer", "require"] {
        check(&format!("{full}&channel_binding={binding}"), "TLS", binding);
    }

    world.show(world.right.give(|server| {
        server.not_after = rcgen::date_time_ymd(2020, 1, 1);
    }));
    check("&sslmode=require", "TLS", "expired");
    check(ca, "expired", "expired");
    check(full, "expired", "expired");

    // The name is only in the subject, which clients no longer read for names.
    world.show(world.right.give(|server| {
        server.subject_alt_names.clear();
        let name = rcgen::DnType::CommonName;
        server.distinguished_name.push(name, "db.example");
    }));
    check(ca, "TLS", "common name");
    check(full, "not valid for name", "common name");

    world.show(world.right.give_by_another());
    check(full, "TLS", "intermediate");
    check(
        "&sslrootcert=DIR/wrong.pem",
        "UnknownIssuer",
        "intermediate",
    );

    let own = authority::of_its_own(|_| ());
    world.file("own.pem", &own.0);
    world.show(own);
    check("&sslrootcert=DIR/own.pem", "TLS", "self-signed");
    check(full, "UnknownIssuer", "self-signed");

    // As OpenSSL makes them unless it is told otherwise.
    let own = authority::of_its_own(|server| {
        server.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    });
    world.file("own.pem", &own.0);
    world.show(own);
    check("&sslmode=require", "TLS", "an authority");
    check(
        "&sslrootcert=DIR/own.pem",
        "CaUsedAsEndEntity",
        "an authority",
    );
}

#[test]
fn a_server_that_asks_who_we_are() {
    let Some(world) = World::new() else { return };
    let folder = world.cluster.folder();
    let file = folder.join("clients.pem");
    fs::write(&file, world.right.pem()).unwrap();
    let rule = "hostssl all all all scram-sha-256 clientcert=verify-full\nhostnossl all all all scram-sha-256\n";
    fs::write(folder.join("data/pg_hba.conf"), rule).unwrap();
    world.set("ssl_ca_file", &file.to_string_lossy());

    let client = |authority: &Authority, name: &str, user: &str| {
        let (certificate, key) = authority.give(|client| {
            client.subject_alt_names.clear();
            let common = rcgen::DnType::CommonName;
            client.distinguished_name.push(common, user);
            client.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        });
        world.file(&format!("{name}.crt"), &certificate);
        world.file(&format!("{name}.key"), &key);
    };
    client(&world.right, "postgres", "postgres");
    client(&world.right, "somebody", "somebody");
    client(&Authority::new("wrong"), "stranger", "postgres");
    let with = |name: &str| {
        let mode = "&sslrootcert=DIR/right.pem";
        let files = format!("{mode}&sslcert=DIR/{name}.crt&sslkey=DIR/{name}.key");
        world.reach("db.example", &files)
    };
    check(&with("postgres"), "TLS", "ours");
    check(&with("somebody"), "refuses this user", "of another user");
    assert!(with("stranger").is_err());
    let without = world.reach("db.example", "&sslrootcert=DIR/right.pem");
    check(&without, "valid client certificate", "none");

    let refused = |cert: &str, key: &str, says: &str| {
        let files = format!("&sslmode=require&sslcert=DIR/{cert}&sslkey=DIR/{key}");
        check(&world.reach("db.example", &files), says, cert);
    };
    refused("postgres.crt", "somebody.key", "does not go with");
    refused("postgres.crt", "postgres.crt", "no PRIVATE KEY");
    refused("postgres.key", "postgres.key", "no CERTIFICATE");
    refused("none.crt", "postgres.key", "none.crt\"");
    refused("postgres.crt", "none.key", "none.key\"");
    let open = world.file("open.key", "");
    let rights = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(open, rights).unwrap();
    refused("postgres.crt", "open.key", "chmod 600");
}

/// As libpq: of a key of root's the group may be one that has it.
#[test]
fn who_may_read_a_key() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

    let key = tempfile::NamedTempFile::new().unwrap();
    let is_open = |mode| {
        fs::set_permissions(key.path(), fs::Permissions::from_mode(mode)).unwrap();
        super::others_may_read(key.path())
    };
    let check = |modes: &[u32], open: bool| {
        for mode in modes {
            assert_eq!(is_open(*mode), open, "{mode:o}");
        }
    };
    let anybodys = [0o604, 0o602, 0o601, 0o620, 0o610, 0o777];
    check(&[0o600, 0o400, 0o700], false);
    check(&anybodys, true);
    if key.path().metadata().unwrap().uid() == 0 {
        check(&[0o640, 0o440], false);
        chown(key.path(), Some(1), None).unwrap();
        check(&[0o600], false);
        check(&anybodys, true);
    }
    check(&[0o640, 0o440], true);
}

/// In every mode, a server must have the key of its certificate.
#[test]
fn an_impostor() {
    let authority = Authority::new("right");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("right.pem");
    fs::write(&file, authority.pem()).unwrap();
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        for parameters in [
            "sslmode=prefer".to_owned(),
            "sslmode=require".to_owned(),
            format!("sslmode=verify-ca&sslrootcert={}", file.display()),
            format!("sslmode=verify-full&sslrootcert={}", file.display()),
        ] {
            let port = impostor::listen(&authority, version);
            let url = format!("postgres://u:p@127.0.0.1:{port}/d?{parameters}");
            check(&reach(&url), "BadSignature", &parameters);
        }
    }
}
