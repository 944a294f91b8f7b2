//! The command over PostgreSQL.

use std::{fs, path::Path};

use test_postgres::Cluster;

use super::desk::{Desk, Said, start};

/// Runs the command with its store at `url`. The environment has the address, as for a service,
/// because other users can see the arguments of a command.
fn at(desk: &Desk, url: &str, words: &str) -> Said {
    let mut command = desk.command(words);
    Said::of(command.env("STOPGAP_STORE", url).output().unwrap())
}

#[test]
fn codes_live_in_postgres() {
    let Some(server) = test_postgres::server() else {
        return; // It has printed a message.
    };
    let database = server.database();
    let (desk, url) = (Desk::new(), database.url());
    let said = at(&desk, url, "online issue alice --max-uses 1");
    assert_eq!(said.status, 0, "{said:?}");
    // The key is made because the database has no store yet. No other file is made.
    assert!(
        said.stderr.contains("Made the key file stopgap.key"),
        "{said:?}"
    );
    assert_eq!(desk.files(), ["stopgap.key"]);
    let listed = at(&desk, url, "online list");
    assert!(listed.stdout.contains("alice"), "{listed:?}");
    let log = at(&desk, url, "log");
    assert!(log.stdout.contains("online.issue"), "{log:?}");

    // Another machine without the key gets an error, and makes no key.
    let other = Desk::new();
    let said = at(&other, url, "online list");
    assert_eq!(said.status, 3);
    assert!(
        said.stderr.contains("there is no key file stopgap.key"),
        "{said:?}"
    );
    assert_eq!(other.files(), Vec::<String>::new());

    // Another tenant sees nothing, once it was added.
    let said = at(&desk, url, "--tenant acme online list");
    said.failed(
        3,
        "no tenant acme in postgres://…: run \"stopgap tenant add acme\"",
    );
    assert_eq!(at(&desk, url, "tenant add acme").status, 0);
    at(&desk, url, "--tenant acme online list").done("");
}

/// The address has no password; a file of libpq has it.
#[test]
fn the_password_may_be_in_a_file() {
    let Some(server) = test_postgres::server() else {
        return; // It has printed a message.
    };
    let database = server.database();
    let (before, place) = database.url().split_once('@').unwrap();
    let (_, password) = before.rsplit_once(':').unwrap();
    let (host, rest) = place.split_once(':').unwrap();
    let (port, rest) = rest.split_once('/').unwrap();
    let (name, parameters) = rest.split_once('?').unwrap();
    let desk = Desk::new();
    let run = |store: &str, service: &str| {
        let mut command = desk.command("store migrate");
        command
            .env("HOME", desk.path(""))
            .env("STOPGAP_STORE", store)
            .env("PGSERVICE", service);
        Said::of(command.output().unwrap())
    };
    let url = format!("postgres://postgres@{place}");
    let without = run(&url, "");
    assert_eq!(without.status, 3, "{without:?}");
    desk.write(".pgpass", format!("{host}:*:*:postgres:{password}\n"));
    let exposed = run(&url, "");
    assert_eq!(exposed.status, 3, "{exposed:?}");
    assert!(
        exposed.stderr.contains("run chmod 600 on it"),
        "{exposed:?}"
    );
    assert!(!exposed.stderr.contains(password), "{exposed:?}");
    desk.set_mode(".pgpass", 0o600);
    let found = run(&url, "");
    assert_eq!(found.status, 0, "{found:?}");

    let service = format!("[codes]\nhost={host}\nport={port}\ndbname={name}\nuser=postgres\n");
    desk.write(".pg_service.conf", service);
    for (store, service) in [
        (format!("postgres://?service=codes&{parameters}"), ""),
        (format!("postgres://?{parameters}"), "codes"),
    ] {
        let found = run(&store, service);
        assert_eq!(found.status, 0, "{found:?}");
    }
}

#[test]
fn an_unreachable_postgres_server_is_an_error() {
    let desk = Desk::new();
    let url = "postgres://alice:hunter2@127.0.0.1:1/stopgap?sslmode=disable";
    let said = at(&desk, url, "online list");
    assert_eq!(said.status, 3);
    assert!(
        said.stderr
            .contains("127.0.0.1:1/stopgap cannot be reached"),
        "{said:?}"
    );
    assert!(!said.stderr.contains("hunter2"), "{said:?}");
    assert_eq!(desk.files(), Vec::<String>::new());
}

/// The owner migrates; servers have only the grants of docs/FLEET.md.
#[test]
fn the_owner_of_a_schema_migrates_it() {
    let Some(cluster) = Cluster::start(&[]).unwrap() else {
        return; // It has printed a message.
    };
    let database = cluster.database().unwrap();
    let desk = Desk::new();
    let owner = database.url();
    let superuser = format!("postgres:{}@", cluster.password());
    let server = owner.replace(&superuser, "desk:desk@") + "&owner=postgres";
    database
        .psql("CREATE ROLE desk LOGIN PASSWORD 'desk'")
        .unwrap();
    let missing = "there is no store yet; see that the address is the right one";
    at(&desk, &server, "store migrate").failed(3, missing);

    let migrated = at(&desk, owner, "store migrate");
    migrated.done(&format!(
        "The schema of postgres://… is up to date for Stopgap {}.\n",
        env!("CARGO_PKG_VERSION")
    ));
    assert_eq!(desk.files(), Vec::<String>::new());
    let denied = at(&desk, &server, "online issue alice");
    assert_eq!(denied.status, 3, "{denied:?}");
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FLEET.md");
    let guide = fs::read_to_string(guide).unwrap();
    for grant in guide.lines().filter(|line| line.ends_with(" TO desk;")) {
        database.psql(grant).unwrap();
    }
    // The key is made after the schema.
    let issued = at(&desk, &server, "online issue alice");
    assert_eq!(issued.status, 0, "{issued:?}");
    assert_eq!(desk.files(), ["stopgap.key"]);
    let code = issued.stdout.trim();
    let mut verify = desk.command("online verify alice");
    verify.env("STOPGAP_STORE", &server);
    let verified = start(verify, code).wait_with_output().unwrap();
    assert_eq!(Said::of(verified).status, 0);
    at(&desk, owner, "store migrate --json").is(
        0,
        &format!(
            "{{\"outcome\":\"done\",\"store\":\"postgres://…\",\"version\":\"{}\"}}\n",
            env!("CARGO_PKG_VERSION")
        ),
        "",
    );
}
