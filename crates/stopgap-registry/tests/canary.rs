//! After every call, no code and no key is found in the database, its log, the events, the
//! debug output and the errors. With PostgreSQL, none is found in any file of the server,
//! which also logs each statement.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::{
    collections::BTreeSet,
    fmt::{Debug, Write},
    fs,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    Access, Actor, Alphabet, Code, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Role, Scopes,
    SecurityFormat, SecurityRequest, Validity, VerifyRequest, offline::minute_of,
};
use stopgap_registry::{EventFilter, PurgePolicy, Registry, Sqlite};

/// The secrets, as bytes, and everything that was printed.
#[derive(Default)]
struct Canaries {
    secrets: Vec<(&'static str, Vec<u8>)>,
    printed: String,
}

impl Canaries {
    fn code(&mut self, name: &'static str, code: &Code) {
        let shown = code.reveal();
        for text in [shown.as_str(), shown.canonical()] {
            self.text(name, text);
        }
        self.text(name, &shown.spoken().to_string());
        // Two hexadecimal symbols may also be stored as one byte.
        let hex = shown.canonical();
        let packed: Option<Vec<u8>> = (0..hex.len() / 2)
            .map(|pair| u8::from_str_radix(&hex[2 * pair..2 * pair + 2], 16).ok())
            .collect();
        self.secrets.extend(packed.map(|packed| (name, packed)));
    }

    fn key(&mut self, name: &'static str, key: &[u8; 32]) {
        self.secrets.push((name, key.to_vec()));
        let hex = key
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        self.text(name, &hex);
    }

    fn text(&mut self, name: &'static str, text: &str) {
        for text in [text.to_owned(), text.to_lowercase(), text.to_uppercase()] {
            self.secrets.push((name, text.into_bytes()));
        }
    }

    /// Keeps the debug output of a value.
    fn print<T: Debug>(&mut self, value: T) -> T {
        writeln!(self.printed, "{value:?}\n{value:#?}").unwrap();
        value
    }

    /// Returns the names of the secrets that are found in some bytes.
    fn found_in(&self, haystack: &[u8]) -> Vec<&'static str> {
        // A server has many files. Comparing the first two bytes first skips most places
        // quickly.
        let mut begins = vec![false; 1 << 16];
        let pair = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
        for (_, secret) in &self.secrets {
            begins[pair(secret)] = true;
        }
        let mut found = BTreeSet::new();
        for place in 0..haystack.len().saturating_sub(1) {
            let rest = &haystack[place..];
            if begins[pair(rest)] {
                let here = self.secrets.iter().enumerate();
                let here = here.filter(|(_, (_, secret))| rest.starts_with(secret));
                found.extend(here.map(|(index, _)| index));
            }
        }
        found.iter().map(|index| self.secrets[*index].0).collect()
    }

    /// Checks that the search works: it finds each secret among other bytes, and in the
    /// searched files it finds a name that is not secret.
    fn are_searched_for(&mut self, searched: &[u8]) {
        assert!(self.secrets.len() > 40, "{}", self.secrets.len());
        for (name, secret) in &self.secrets {
            let mut hidden = b"before ".to_vec();
            hidden.extend(secret);
            hidden.extend(b" after");
            assert!(self.found_in(&hidden).contains(name), "{name}");
        }
        self.text("name", "alice");
        assert!(self.found_in(searched).contains(&"name"));
        assert!(self.found_in(self.printed.as_bytes()).contains(&"name"));
    }
}

#[test]
fn nothing_is_found_where_nothing_should_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stopgap.db");
    let mut canaries = Canaries::default();
    let registry = everything(path.to_str().unwrap(), &mut canaries);

    let mut looked_at = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        // Reading drops the locks on the file, so the registry is not used afterwards.
        let bytes = fs::read(entry.path()).unwrap();
        assert_eq!(canaries.found_in(&bytes), [""; 0], "{entry:?}");
        looked_at += usize::from(!bytes.is_empty());
    }
    // The database, its write-ahead log, and the index of the log. Locks have no content.
    assert_eq!(looked_at, 3);
    drop(registry);
    // Copies the log into the file.
    drop(Sqlite::open(&path, DateTime::UNIX_EPOCH).unwrap());
    let bytes = fs::read(&path).unwrap();
    assert_eq!(canaries.found_in(&bytes), [""; 0]);
    assert_eq!(canaries.found_in(canaries.printed.as_bytes()), [""; 0]);
    canaries.are_searched_for(&bytes);
}

#[test]
fn the_store_in_memory_prints_no_secret() {
    let mut canaries = Canaries::default();
    drop(everything("memory:", &mut canaries));
    assert_eq!(canaries.found_in(canaries.printed.as_bytes()), [""; 0]);
    canaries.are_searched_for(b"alice");
}

/// The search covers the tables, the write-ahead log and the log of statements.
#[cfg(feature = "postgres")]
#[test]
fn postgres_nothing_is_found_on_the_server() {
    let chatty = [
        ("log_statement", "all"),
        ("log_parameter_max_length", "-1"),
        ("log_parameter_max_length_on_error", "-1"),
    ];
    let Some(cluster) = test_postgres::Cluster::start(&chatty).unwrap() else {
        return;
    };
    let database = cluster.database().unwrap();
    let mut canaries = Canaries::default();
    let registry = everything(database.url(), &mut canaries);
    database.psql("checkpoint").unwrap();
    let (mut folders, mut files) = (vec![cluster.folder().to_owned()], 0);
    let mut said = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                let bytes = fs::read(&path).unwrap();
                assert_eq!(canaries.found_in(&bytes), [""; 0], "{}", path.display());
                files += 1;
                said.extend(
                    bytes
                        .windows(5)
                        .any(|five| five == b"alice")
                        .then_some(path),
                );
            }
        }
    }
    drop(registry);
    assert_eq!(canaries.found_in(canaries.printed.as_bytes()), [""; 0]);
    // Her name is in a table, in the write-ahead log and in the log of statements.
    let names = |part: &str| {
        said.iter()
            .any(|path| path.to_string_lossy().contains(part))
    };
    assert!(files > 500 && names("base") && names("pg_wal"), "{said:?}");
    let log = cluster.log().unwrap();
    assert!(log.contains("execute"), "no statement is in the log");
    canaries.are_searched_for(log.as_bytes());
}

/// Makes every call, with refusals, and returns the registry.
#[expect(clippy::too_many_lines, reason = "it makes every call once")]
fn everything(url: &str, canaries: &mut Canaries) -> Registry {
    let clock = Arc::new(Mutex::new(
        DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
    ));
    let now = || *clock.lock().unwrap();
    let pass = |span: TimeDelta| *clock.lock().unwrap() += span;
    let masters = [11, 12].map(|byte| MasterKey::from_bytes([byte; 32]));
    for master in &masters {
        canaries.key("master", master.reveal());
        canaries.key(
            "tenant",
            master.tenant(&"default".parse().unwrap()).reveal(),
        );
    }
    let [first, second] = masters;
    let keys = canaries.print(KeyRing::new(KeyId(1), &first));
    let shared = Arc::clone(&clock);
    let builder = Registry::builder(&keys)
        .clock(move || *shared.lock().unwrap())
        .clock_tolerance(None);
    let builder = canaries.print(builder);
    let registry = builder.open(url).unwrap();
    let registry = canaries.print(registry);
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let nobody = Actor::new("nobody", Role::User).unwrap();

    let hour = TimeDelta::hours(1);
    let policies = [
        OnlinePolicy::default(),
        OnlinePolicy::default().max_uses(1),
        OnlinePolicy::default().purposes(Purpose::Reset),
        OnlinePolicy::default().not_before(now() + hour),
        OnlinePolicy::default()
            .alphabet(Alphabet::UNAMBIGUOUS)
            .length(16)
            .check_symbol(true),
    ];
    let requests = policies.map(|policy| ("alice", policy));
    let mut issued = registry.issue_codes(&root, requests, &Utc).unwrap();
    issued.push(
        registry
            .issue_code(&root, "alice", &policies[0], &Utc)
            .unwrap(),
    );
    let issued = canaries.print(issued);
    for one in &issued {
        canaries.code("online", &one.code);
        let typed = one.code.reveal().to_string();
        for (attempt, typed) in [
            (Some(typed.len().to_string()), typed.clone()),
            (None, typed.clone()),
            (None, format!("{typed}?")),
            (None, typed.replace('-', "").to_lowercase()),
            (None, format!("{typed} {typed}")),
        ] {
            for purpose in Purpose::ALL {
                let id = attempt
                    .as_ref()
                    .map(|id| format!("{id} {purpose} {}", one.record.id));
                let mut request = VerifyRequest::new("alice", &typed, purpose);
                request.idempotency_key = id.as_deref();
                let verdict = registry.verify_code(&request);
                if let Err(error) = canaries.print(verdict) {
                    canaries.printed.push_str(&error.to_string());
                }
            }
        }
        let bob = registry.verify_code(&VerifyRequest::new("bob", &typed, Purpose::Reset));
        canaries.printed.push_str(&bob.unwrap_err().to_string());
    }
    let codes = canaries.print(registry.codes(&root, "alice").unwrap());
    canaries.print(registry.revoke_code(&root, codes[0].id).unwrap());
    canaries.print(registry.revoke_code(&root, codes[0].id).unwrap_err());
    canaries.print(registry.revoke_last_code(&root, "alice").unwrap());
    canaries.print(registry.throttles(&root, None, 9, |_| true).unwrap());
    canaries.print(registry.all_machines(&root, None, 9, |_| true).unwrap());
    canaries.print(registry.revoke_all_codes(&root, "alice").unwrap());
    for one in &issued {
        let typed = one.code.reveal().to_string();
        let _ = canaries.print(registry.verify_code(&VerifyRequest::new(
            "alice",
            &typed,
            Purpose::Reset,
        )));
    }
    canaries
        .print(registry.issue_code(&nobody, "alice", &policies[0], &Utc))
        .unwrap_err();

    let enrolled = registry.enrol_machine(&root, "alice", "LAPTOP-17").unwrap();
    let enrolled = canaries.print(enrolled);
    canaries.key("enrolment", enrolled.key.reveal());
    let shown = enrolled
        .key
        .request_code(minute_of(now()), &Alphabet::UNAMBIGUOUS);
    for purpose in [Purpose::Bypass, Purpose::Reset] {
        let request = shown.to_string();
        let answered = registry.answer_request(
            &root,
            &VerifyRequest::new("alice", &request, purpose),
            Validity::MONTH,
            &Utc,
        );
        let answered = canaries.print(answered.unwrap());
        canaries.code("offline", &answered.code);
    }
    canaries.print(
        registry
            .retire_machine(&root, "alice", "LAPTOP-17")
            .unwrap(),
    );

    for access in [
        Access::SuperAdministrator,
        Access::SameAs("bob".parse().unwrap()),
    ] {
        let created = registry.create_security_code(
            &root,
            SecurityRequest::new(access, Scopes::UNLIMITED).description("report"),
        );
        let created = canaries.print(created.unwrap());
        let code = SecurityFormat::default().read(created.code.as_str());
        canaries.code("security", &code.unwrap());
        canaries.text("security", created.code.as_str());
        let id = created.record.id;
        let presented = created.code.to_string();
        let authenticate = |typed: &str| registry.authenticate(typed, |_| Role::User);
        let _ = canaries.print(authenticate(&presented)).unwrap();
        canaries.print(authenticate(&presented[1..])).unwrap_err();
        pass(TimeDelta::hours(25));
        canaries.print(authenticate(&presented)).unwrap_err();
        canaries.print(registry.reactivate_security_code(&root, id).unwrap());
        let deletion = canaries.print(registry.request_deletion(&root, id).unwrap());
        canaries.print(registry.security_codes(&root, None, 9, |_| true).unwrap());
        registry
            .confirm_deletion(&root, id, &deletion.confirmation)
            .unwrap();
        canaries.print(authenticate(&presented)).unwrap_err();
    }
    registry.add_key(&root, KeyId(2), &second).unwrap();
    canaries.print(registry.keys(&root).unwrap());
    let _ = registry
        .issue_code(&root, "carol", &policies[0], &Utc)
        .unwrap();
    registry.set_preset(&root, "day", &policies[0]).unwrap();
    canaries.print(registry.presets(&root).unwrap());
    canaries.print(registry.retire_compromised_key(&root, KeyId(1)).unwrap());
    registry.set_log_retention(&root, 400).unwrap();
    canaries.print(registry.log_retention(&root).unwrap());
    canaries.print(registry.throttle(&root, "alice").unwrap());
    canaries.print(registry.purge(&root, &PurgePolicy::default()).unwrap());
    let filter = EventFilter {
        limit: 9_999,
        ..EventFilter::default()
    };
    let events = canaries.print(registry.events(&root, &filter).unwrap());
    canaries
        .printed
        .push_str(&serde_json::to_string(&events).unwrap());
    registry
}
