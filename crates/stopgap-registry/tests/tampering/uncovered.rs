//! The columns that no tag covers. They decide nothing about access: no edit grants a code that
//! was refused, and some edits refuse codes that were granted. (`undetected.rs` has the only
//! way in which they shorten a lockout.)

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    EventFilter, EventKind, Registry,
    stopgap::{
        Access, Alphabet, EnrolmentKey, KeyId, OnlinePolicy, RecordId, Scopes, SecurityRequest,
        Validity, offline::Agent,
    },
    store::{Row, Table, Value},
};

use crate::{
    attacker::{Attacker, WRONG, each, ring, root, said},
    edit::Edit,
};

const COLUMNS: [(Table, &[&str]); 7] = [
    (Table::Codes, &["number", "ends_at"]),
    (
        Table::SecurityCodes,
        &["last_used_at", "replaces", "ends_at"],
    ),
    (Table::Heads, &["is_stranger", "failed_at"]),
    (
        Table::Tenants,
        &["seen_at", "formats", "log_days", "changes"],
    ),
    (Table::Keys, &["id", "check_value", "added_at"]),
    (
        Table::RingKeys,
        &["id", "is_closed", "retired_at", "is_compromised", "changes"],
    ),
    (
        Table::Events,
        &[
            "id",
            "actor",
            "role",
            "on_behalf_of",
            "kind",
            "count",
            "user_name",
            "subject",
            "detail",
            "reason",
            "context",
        ],
    ),
];

/// Returns the columns of a table that no tag covers.
pub(crate) fn columns(table: Table) -> Vec<&'static str> {
    let all = COLUMNS.iter().filter(|(of, _)| *of == table);
    all.flat_map(|(_, columns)| columns.iter().copied())
        .collect()
}

/// A table without a tag has no column that a tag covers.
#[test]
fn tables_without_a_tag_are_listed_whole() {
    let mut tables = 0;
    for table in Table::ALL {
        let declaration = table.declaration();
        if declaration.place("tag").is_none() {
            let all = declaration.columns.iter().map(|column| column.name);
            assert_eq!(columns(table), all.collect::<Vec<_>>(), "{table}");
            tables += 1;
        }
    }
    assert_eq!(tables, 4);
}

/// Codes in every state, which calls do not change.
struct Codes {
    /// Users and their online codes.
    online: Vec<(&'static str, String)>,
    security: Vec<String>,
    machines: Vec<(&'static str, Agent)>,
}

impl Codes {
    fn new(attacker: &Attacker) -> Self {
        let registry = &attacker.registry;
        let day = OnlinePolicy::default();
        let week = day.validity(Validity::days(7).unwrap());
        let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
        let create = || {
            let created = registry.create_security_code(&root(), request.clone());
            created.unwrap()
        };
        let mut online = vec![("carol", attacker.issue("carol", &day).0)];
        let mut security = vec![create().code.to_string()];
        attacker.pass(TimeDelta::days(2));
        for user in ["alice", "bob", "eve"] {
            online.push((user, attacker.issue(user, &week).0));
        }
        online.push(("dave", attacker.issue("dave", &week.max_uses(1)).0));
        registry.revoke_all_codes(&root(), "bob").unwrap();
        assert_eq!(attacker.verify("dave", &online[4].1), "granted");
        for _ in 0..100 {
            attacker.verify("eve", WRONG);
            attacker.pass(TimeDelta::minutes(61));
        }
        let created = create();
        let permanent = registry.make_security_code_permanent(&root(), created.record.id);
        assert_eq!(said(permanent), "done");
        security.push(created.code.to_string());
        let machines = ["alice", "bob"].map(|user| {
            let enrolled = registry.enrol_machine(&root(), user, "LAPTOP").unwrap();
            let key = EnrolmentKey::from_bytes(*enrolled.key.reveal());
            (user, Agent::new(key))
        });
        registry.retire_machine(&root(), "bob", "LAPTOP").unwrap();
        registry.set_preset(&root(), "week", &week).unwrap();
        // The state of a key that no code needs.
        registry.retire_key(&root(), KeyId(1)).unwrap();
        Self {
            online,
            security,
            machines: machines.into(),
        }
    }

    /// Uses each code. Returns the answers.
    fn answers(&self, attacker: &Attacker) -> Vec<&'static str> {
        let online = self.online.iter();
        let mut answers: Vec<_> = online
            .map(|(user, code)| attacker.verify(user, code))
            .collect();
        let security = self.security.iter();
        answers.extend(security.map(|code| attacker.authenticate(code)));
        let machines = self.machines.iter();
        answers.extend(machines.map(|(user, agent)| attacker.answer(user, agent)));
        answers.push(said(attacker.registry.preset("week")));
        answers
    }
}

/// The answers to the codes in every state.
const ANSWERS: [&str; 10] = [
    "expired",
    "granted",
    "revoked",
    "throttled",
    "used_up",
    "expired",
    "granted",
    "answered",
    "not_enrolled",
    "done",
];

/// Edits after which every code has the same answer as before.
fn harmless() -> Vec<(Table, Edit)> {
    let first = DateTime::UNIX_EPOCH;
    let last = DateTime::<Utc>::from_timestamp(253_402_300_799, 0).unwrap();
    let other = OnlinePolicy::default().alphabet(Alphabet::UNAMBIGUOUS);
    let both = [OnlinePolicy::default().format, other.format];
    let both = serde_json::to_string(&both).unwrap();
    let other_id: RecordId = "019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11".parse().unwrap();
    let mut edits = vec![
        (Table::Codes, Edit::Shift("number", 1_000)),
        (Table::Heads, Edit::set("is_stranger", true)),
        (Table::Tenants, Edit::set("seen_at", Value::Null)),
        (Table::Tenants, Edit::set("seen_at", first)),
        (Table::Tenants, Edit::set("formats", both)),
        (Table::Tenants, Edit::set("formats", "[]")),
        (Table::Tenants, Edit::set("log_days", 0_u32)),
        (Table::Tenants, Edit::set("log_days", 4_000_000_000_u32)),
        (Table::Tenants, Edit::Shift("changes", 7)),
        (Table::Keys, Edit::set("id", 7_u32)),
        (Table::Keys, Edit::Flip("check_value")),
        (Table::Keys, Edit::set("added_at", last)),
        // The primary key seems to be retired, so it issues no more codes.
        (Table::RingKeys, Edit::set("id", 2_u32)),
        (Table::RingKeys, Edit::set("is_closed", true)),
        (Table::RingKeys, Edit::set("retired_at", Value::Null)),
        (Table::RingKeys, Edit::set("is_compromised", true)),
        (Table::RingKeys, Edit::Shift("changes", 7)),
        (Table::SecurityCodes, Edit::set("replaces", other_id)),
        (Table::Events, Edit::Flip("id")),
        (Table::Events, Edit::set("count", 7_u32)),
    ];
    for (table, column) in [
        (Table::Codes, "ends_at"),
        (Table::SecurityCodes, "ends_at"),
        (Table::SecurityCodes, "last_used_at"),
        (Table::Heads, "failed_at"),
    ] {
        edits.extend([first, last].map(|end| (table, Edit::set(column, end))));
    }
    let texts = [
        "actor",
        "role",
        "on_behalf_of",
        "kind",
        "user_name",
        "subject",
        "detail",
        "reason",
        "context",
    ];
    edits.extend(texts.map(|column| (Table::Events, Edit::set(column, "x"))));
    for (table, columns) in COLUMNS {
        for column in columns {
            let is_edited = |(of, edit): &(Table, Edit)| *of == table && edit.column() == *column;
            assert!(edits.iter().any(is_edited), "{table}.{column}");
        }
    }
    edits
}

#[test]
fn they_decide_nothing_about_access() {
    each(|attacker| {
        let codes = Codes::new(attacker);
        assert_eq!(codes.answers(attacker), ANSWERS);
        for (table, edit) in harmless() {
            // The log is long, and all its rows are alike.
            for row in attacker.rows(table).into_iter().take(9) {
                if matches!(&edit, Edit::Set(column, value) if row.value(column) == value) {
                    continue;
                }
                let edited = attacker.edit(&row, &edit);
                assert_eq!(codes.answers(attacker), ANSWERS, "{table} {edit:?}");
                let log = attacker.registry.events(&root(), &EventFilter::default());
                assert_eq!(said(log), "done", "{table} {edit:?}");
                attacker.undo(&edit, &edited, &row);
            }
        }
    });
}

/// Edits after which valid codes are refused.
fn harmful() -> Vec<Vec<(Table, Edit)>> {
    let last = DateTime::<Utc>::from_timestamp(253_402_300_799, 0).unwrap();
    let other = OnlinePolicy::default().alphabet(Alphabet::UNAMBIGUOUS);
    let other = serde_json::to_string(&[other.format]).unwrap();
    let tenant = |column, value| vec![(Table::Tenants, Edit::Set(column, value))];
    vec![
        tenant("seen_at", last.into()),
        tenant("formats", other.into()),
        tenant("formats", "{".into()),
        tenant("log_days", (-1_i64).into()),
        // The primary key seems to be compromised.
        vec![
            (Table::RingKeys, Edit::set("id", 2_u32)),
            (Table::RingKeys, Edit::set("is_compromised", true)),
        ],
    ]
}

#[test]
fn edits_that_refuse_codes_grant_none() {
    let is_good = |answer: &str| ["granted", "answered", "done"].contains(&answer);
    for edits in harmful() {
        each(|attacker| {
            let codes = Codes::new(attacker);
            assert_eq!(codes.answers(attacker), ANSWERS);
            for (table, edit) in &edits {
                let row = attacker.rows(*table).remove(0);
                attacker.edit(&row, edit);
            }
            let answers = codes.answers(attacker);
            assert_ne!(answers, ANSWERS, "{edits:?}");
            for (answer, before) in answers.iter().zip(ANSWERS) {
                assert!(
                    !is_good(answer) || is_good(before),
                    "{edits:?}: {answers:?}"
                );
            }
        });
    }
}

/// A running server still uses its keys; a new server does not start.
#[test]
fn an_edited_check_value_opens_nothing() {
    each(|attacker| {
        let (code, _) = attacker.issue("alice", &OnlinePolicy::default());
        let row = attacker.row(Table::Keys, vec![2_u32.into()]);
        attacker.edit(&row, &Edit::Flip("check_value"));
        let keys = ring(&[1, 2]);
        let builder = Registry::builder(&keys).clock_tolerance(None);
        let opened = builder.over(Arc::clone(&attacker.store));
        assert_eq!(said(opened), "wrong_key");
        assert_eq!(attacker.verify("alice", &code), "granted");
    });
}

/// Records under a compromised key have been ended. They stay ended if the row with the
/// key's state is deleted.
#[test]
fn records_of_a_compromised_key_stay_ended() {
    each(|attacker| {
        let older = attacker.open(&[1]);
        let issued = older.issue_code(&root(), "alice", &OnlinePolicy::default(), &Utc);
        let code = issued.unwrap().code.reveal().to_string();
        let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
        let created = older.create_security_code(&root(), request).unwrap();
        let enrolled = older.enrol_machine(&root(), "alice", "LAPTOP").unwrap();
        let agent = Agent::new(EnrolmentKey::from_bytes(*enrolled.key.reveal()));
        let day = OnlinePolicy::default();
        older.set_preset(&root(), "day", &day).unwrap();
        drop(older);
        assert_eq!(attacker.verify("alice", &code), "granted");
        let ended = attacker.registry.retire_compromised_key(&root(), KeyId(1));
        let ended = ended.unwrap();
        let numbers = [
            ended.codes.len(),
            ended.security_codes.len(),
            ended.machines.len(),
            ended.presets.len(),
        ];
        assert_eq!(numbers, [1; 4]);
        let state = attacker.rows(Table::RingKeys).remove(0);
        attacker.delete(&state);
        let again = attacker.with(attacker.open(&[1, 2]));
        assert_eq!(again.verify("alice", &code), "tampered");
        assert_eq!(again.authenticate(created.code.as_str()), "unknown");
        assert_eq!(again.answer("alice", &agent), "tampered");
        assert_eq!(said(again.registry.preset("day")), "no_preset");
    });
}

/// The numbers of codes only order them.
#[test]
fn an_edited_order_of_codes_prevents_no_revocation() {
    each(|attacker| {
        let day = OnlinePolicy::default();
        let issued = [(); 2].map(|()| attacker.issue("alice", &day));
        let rows: Vec<Row> = issued
            .iter()
            .map(|(_, id)| attacker.row(Table::Codes, vec![(*id).into()]))
            .collect();
        attacker.edit(&rows[0], &Edit::Shift("number", 10));
        let revoked = attacker.registry.revoke_last_code(&root(), "alice");
        // The first code has become the last.
        assert_eq!(revoked.unwrap().id, issued[0].1);
        let count = attacker.registry.revoke_all_codes(&root(), "alice");
        assert_eq!(count.unwrap(), 1);
        for (code, _) in &issued {
            assert_eq!(attacker.verify("alice", code), "revoked");
        }
    });
}

/// An event that cannot be read is shown as damaged, and hides no other.
#[test]
fn an_edited_event_is_shown_as_damaged() {
    each(|attacker| {
        attacker.issue("alice", &OnlinePolicy::default());
        attacker.verify("alice", WRONG);
        let events = || {
            let events = attacker.registry.events(&root(), &EventFilter::default());
            events.unwrap()
        };
        let row = attacker.rows(Table::Events).remove(0);
        let Value::Id(id) = row.key()[0] else {
            panic!("{row:?}");
        };
        let edited = |id: RecordId| {
            let found = events().into_iter().find(|event| event.id == id);
            found.unwrap()
        };
        assert_eq!(edited(id).kind, EventKind::IssueCode);
        attacker.edit(&row, &Edit::set("role", "emperor"));
        assert_eq!(edited(id).kind, EventKind::Damaged);
        let others = events().into_iter().filter(|event| event.id != id);
        assert!(others.clone().count() >= 2);
        assert!(
            others
                .into_iter()
                .all(|event| event.kind != EventKind::Damaged)
        );
    });
}
