//! The command over PostgreSQL.

use super::desk::{Desk, Said};

/// What the command says with its store at `url`, named by the environment as a service
/// would: words can be seen by everybody on the machine.
fn at(desk: &Desk, url: &str, words: &str) -> Said {
    let mut command = desk.command(words);
    Said::of(command.env("STOPGAP_STORE", url).output().unwrap())
}

#[test]
fn codes_live_in_postgres() {
    let Some(server) = test_postgres::server() else {
        return; // It has said so.
    };
    let database = server.database();
    let (desk, url) = (Desk::new(), database.url());
    let said = at(&desk, url, "online issue alice --max-uses 1");
    assert_eq!(said.status, 0, "{said:?}");
    // The key is made where the database holds no store yet, and nothing else.
    assert!(
        said.stderr.contains("Made the key file stopgap.key"),
        "{said:?}"
    );
    assert_eq!(desk.files(), ["stopgap.key"]);
    let listed = at(&desk, url, "online list");
    assert!(listed.stdout.contains("alice"), "{listed:?}");
    let log = at(&desk, url, "log");
    assert!(log.stdout.contains("online.issue"), "{log:?}");

    // Another machine without the key is told what is missing, and makes none.
    let other = Desk::new();
    let said = at(&other, url, "online list");
    assert_eq!(said.status, 3);
    assert!(
        said.stderr.contains("there is no key file stopgap.key"),
        "{said:?}"
    );
    assert_eq!(other.files(), Vec::<String>::new());

    // Another tenant sees nothing.
    let said = at(&desk, url, "--tenant acme online list");
    assert!(!said.stdout.contains("alice"), "{said:?}");
}

#[test]
fn a_postgres_server_that_is_not_there_is_said() {
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
