#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use proptest::prelude::*;

use super::{Place, open, open_source};
use crate::store::StoreError;

fn why(url: &str) -> String {
    match Place::of(url) {
        Err(StoreError::Address { why }) => why,
        other => panic!("{url:?}: {other:?}"),
    }
}

#[test]
fn each_address_has_its_store() {
    assert_eq!(Place::of("memory:").unwrap(), Place::Memory);
    for url in ["postgres://h/d", "postgresql://h/d", "postgres:h"] {
        assert_eq!(Place::of(url).unwrap(), Place::Server(url));
    }
    for (url, path) in [
        ("stopgap.db", "stopgap.db"),
        ("sqlite:stopgap.db", "stopgap.db"),
        ("sqlite:/var/stopgap.db", "/var/stopgap.db"),
        ("sqlite:////var/stopgap.db", "/var/stopgap.db"),
        ("/var/a=b/u:p@h.db", "/var/a=b/u:p@h.db"),
        ("./memory", "./memory"),
        ("./postgres:x", "./postgres:x"),
        ("sqlite:./sqlite:x", "./sqlite:x"),
        ("../file:x", "../file:x"),
        ("C:\\ProgramData\\stopgap.db", "C:\\ProgramData\\stopgap.db"),
        ("c:stopgap.db", "c:stopgap.db"),
        ("\\\\?\\C:\\stopgap.db", "\\\\?\\C:\\stopgap.db"),
        ("a/b:c", "a/b:c"),
        ("me@work.db", "me@work.db"),
    ] {
        assert_eq!(Place::of(url).unwrap(), Place::File(path), "{url}");
    }
}

#[test]
fn other_spellings_are_refused_with_a_correction() {
    for (says, urls) in [
        (
            "name a file",
            &[
                "",
                " ",
                "sqlite:",
                "mysql:x",
                "http://h/d",
                "mysql://u:p@h/d",
            ][..],
        ),
        (
            "write memory:",
            &[
                "memory",
                "Memory",
                ":memory:",
                "memory:x",
                "memory://",
                "sqlite::memory:",
                "sqlite://",
                "sqlite://:memory:",
                "sqlite:///:memory:",
                "sqlite:memory",
            ],
        ),
        (
            "sqlite:/FOLDER/FILE",
            &[
                "sqlite:///x",
                "sqlite:///var/x",
                "sqlite://x",
                "sqlite://///x",
                "sqlite+pysqlite:///x",
                "SQLITE:x",
                "sqlite:sqlite:x",
            ],
        ),
        (
            "the path alone",
            &["file:x", "file:///x?mode=memory", "sqlite:file:x", "FILE:x"],
        ),
        (
            "postgres://USER:PASSWORD@HOST/DATABASE",
            &[
                "postgresql+psycopg://u:p@h/d",
                "postgres+asyncpg://h/d",
                "jdbc:postgresql://h/d",
                "POSTGRES://h/d",
                "host=h password=p",
                "dbname = d",
                "sqlite:host=h user=u",
                "/x password = p",
                "//u:p@h/d",
                "u:p@h/d",
                "p@h:5432/d",
                "h/d?password=p",
                "h/d?sslmode=disable",
                " postgres://h/d",
                "\"postgres://h/d\"",
            ],
        ),
    ] {
        for url in urls {
            let why = why(url);
            assert!(why.contains(says), "{url}: {why}");
        }
    }
}

/// Returns addresses with a secret in any place in which a person could write one. None
/// of them names a file.
fn with_secret() -> impl Strategy<Value = String> {
    let scheme = prop::sample::select(vec![
        "",
        "mysql:",
        "postgres:",
        "postgres+psycopg:",
        "POSTGRES:",
        "http:",
        "jdbc:postgresql:",
        "file:",
        "memory:",
        "sqlite:",
        "sqlite:sqlite:",
        "zzsecretzz:",
        " postgres:",
        "redis+tls:",
    ]);
    let body = prop::sample::select(vec![
        "//u:zzsecretzz@h/d",
        "//u:zzsecretzz@h:0/d",
        "//zzsecretzz:p@h:0/d",
        "//u:p@zzsecretzz@h/d",
        "//u:p/zzsecretzz@h/d",
        "//u:p?zzsecretzz@h/d",
        "//u:zzsecretzz/d",
        "//u:p@h:zzsecretzz/d",
        "//h:0/zzsecretzz",
        "//h:0/d?password=zzsecretzz",
        "//h:0/d?zzsecretzz=1",
        "//h:0/d?x&zzsecretzz",
        "//h/d?sslmode=zzsecretzz",
        "//h/d?pool_size=zzsecretzz",
        "//h/d?user=a&zzsecretzz=b",
        "u:zzsecretzz@h/d",
        "zzsecretzz@h:1/d",
        "host=h password=zzsecretzz",
        "host=h password = 'zzsecretzz'",
        "Server=h;Uid=u;Pwd=zzsecretzz;",
        "h/d?password=zzsecretzz",
    ]);
    (scheme, body, "[ -~]{0,6}").prop_map(|(scheme, body, odd)| {
        let secret = body.replace("zzsecretzz", &format!("zzsecretzz{odd}"));
        format!("{scheme}{secret}")
    })
}

proptest! {
    #[test]
    fn no_error_has_a_part_of_a_secret(url in with_secret()) {
        let now = chrono::DateTime::UNIX_EPOCH;
        // The addresses of servers are only read, without a connection.
        let errors = match Place::of(&url) {
            #[cfg(feature = "postgres")]
            Ok(Place::Server(url)) => vec![crate::postgres::mistake_of(url)],
            #[cfg(not(feature = "postgres"))]
            Ok(Place::Server(url)) => vec![open(url, now).err().map(|error| error.to_string())],
            Ok(place) => vec![Some(format!("{place:?} is a store"))],
            Err(_) => vec![
                open(&url, now).err().map(|error| format!("{error} {error:?}")),
                open_source(&url, now).err().map(|error| format!("{error} {error:?}")),
            ],
        };
        for error in errors.into_iter().flatten() {
            prop_assert!(!error.contains("zzsecret"), "{url}: {error}");
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        let _ = Place::of(&text);
        let _ = Place::of(&format!("sqlite:{text}"));
    }
}
