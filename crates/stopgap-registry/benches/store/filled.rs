//! The codes in a store.

use std::sync::Arc;

use stopgap_registry::{
    Clock, Memory, Registry, SystemClock,
    stopgap::{
        Access, Actor, KeyId, KeyRing, MasterKey, Name, OnlinePolicy, Role, Scopes,
        SecurityRequest, Validity,
        chrono::{TimeDelta, Utc},
    },
    store::{Query, Selection, Store, Table},
};

/// The most online codes of which the text is kept.
pub(crate) const SAMPLE: usize = 50_000;
/// The most security codes of which the text is kept. A registry counts the uses of as many
/// codes in memory, and writes once a minute.
const PRESENTED: usize = 1_000;
/// The number of online codes that are issued in one transaction.
const ISSUED: usize = 100_000;
/// The number of security codes that are added in one transaction.
const CREATED: usize = 10_000;
/// The tenant of all rows.
pub(crate) const TENANT: &str = "default";

/// A code that can be presented.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) user: String,
    pub(crate) code: String,
}

/// The number of codes of each kind in a store, and some of them.
#[derive(Debug)]
pub(crate) struct Filled {
    pub(crate) rows: usize,
    /// Online codes with limited uses.
    pub(crate) limited: Vec<Sample>,
    /// Online codes with any number of uses.
    pub(crate) unlimited: Vec<Sample>,
    pub(crate) security: Vec<Sample>,
    /// Users whose online codes are not verified: a peer may change their rows, which breaks
    /// the tags.
    pub(crate) others: Vec<String>,
}

impl Filled {
    pub(crate) const fn new(rows: usize) -> Self {
        Self {
            rows,
            limited: Vec::new(),
            unlimited: Vec::new(),
            security: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Issues online codes, each with its event, to users spread over all rows. Half of them
    /// have limited uses.
    pub(crate) fn issue(&mut self, registry: &Registry, count: usize) {
        let (apart, kept) = (self.rows / count, count.div_ceil(SAMPLE).max(2));
        let is_limited = |number: usize| (number / kept).is_multiple_of(2);
        for first in (0..count).step_by(ISSUED) {
            let numbers = first..count.min(first + ISSUED);
            let requests = numbers.clone().map(|number| {
                let policy = if is_limited(number) {
                    week()
                } else {
                    any_uses()
                };
                (user(number * apart), policy)
            });
            let issued = registry.issue_codes(&operator(), requests, &Utc);
            for (number, issued) in numbers.zip(issued.expect("issued")) {
                let user = issued.record.user.to_string();
                match number % kept {
                    0 => {}
                    1 => {
                        self.others.push(user);
                        continue;
                    }
                    _ => continue,
                }
                let code = issued.code.reveal().to_string();
                let sample = Sample { user, code };
                if is_limited(number) {
                    self.limited.push(sample);
                } else {
                    self.unlimited.push(sample);
                }
            }
        }
    }

    /// Creates permanent security codes. They are created by registries in memory and then
    /// copied, because creating them one by one in the store would take too long.
    pub(crate) fn create(&mut self, store: &impl Store, count: usize) {
        let tenant = Name::new(TENANT).expect("a name");
        let all = Query {
            selections: vec![Selection::all(Table::SecurityCodes)],
            ..Query::default()
        };
        let (apart, kept) = (self.rows / count, count.div_ceil(PRESENTED));
        for first in (0..count).step_by(CREATED) {
            let memory = Arc::new(Memory::new());
            let registry = Registry::builder(&keys()).over(Arc::clone(&memory));
            let registry = registry.expect("opens");
            for number in first..count.min(first + CREATED) {
                let sample = create(&registry, user(number * apart));
                if number.is_multiple_of(kept) {
                    self.security.push(sample);
                }
            }
            let rows = memory.load(&tenant, &all).expect("loaded").rows.remove(0);
            assert_eq!(store.keep(&tenant, &rows).expect("added"), rows.len());
        }
    }
}

/// Creates a permanent security code.
fn create(registry: &Registry, user: String) -> Sample {
    let access = Access::SameAs(Name::new(&user).expect("a name"));
    let request = SecurityRequest::new(access, Scopes::UNLIMITED).description("a build server");
    let created = registry.create_security_code(&operator(), request);
    let created = created.expect("created");
    let permanent = registry.make_security_code_permanent(&operator(), created.record.id);
    permanent.expect("changed");
    let code = created.code.to_string();
    Sample { user, code }
}

fn user(number: usize) -> String {
    format!("user-{number:08}")
}

pub(crate) fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

pub(crate) fn operator() -> Actor {
    Actor::new("dana", Role::SuperAdministrator).expect("a name")
}

/// Returns a policy of a week, with any number of uses.
fn any_uses() -> OnlinePolicy {
    let week = Validity::days(7).expect("in range");
    OnlinePolicy::default().validity(week)
}

/// Returns a policy of a week, with more uses than all turns need.
pub(crate) fn week() -> OnlinePolicy {
    any_uses().max_uses(1_000)
}

/// Returns a clock that is some days ahead.
pub(crate) fn ahead(days: i64) -> impl Clock + 'static {
    let later = TimeDelta::try_days(days).expect("in range");
    move || SystemClock.now() + later
}
