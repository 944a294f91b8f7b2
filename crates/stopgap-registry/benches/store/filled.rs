//! The codes in a store.

use stopgap_registry::{
    Clock, RecordId, Registry, SystemClock,
    stopgap::{
        Access, Actor, KeyId, KeyRing, Life, MasterKey, Name, OnlinePolicy, Role, Scopes,
        SecurityCode, SecurityFormat, SysRng, Validity,
        chrono::{DateTime, TimeDelta, Utc},
    },
    store::{SecurityRow, Store},
};

/// The most codes of each kind of which the text is kept.
pub(crate) const SAMPLE: usize = 50_000;
/// The number of codes issued in one transaction.
const BATCH: usize = 100_000;
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
    pub(crate) online: Vec<Sample>,
    pub(crate) security: Vec<Sample>,
    /// When the security codes were last used.
    pub(crate) made_at: DateTime<Utc>,
}

impl Filled {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            rows,
            online: Vec::new(),
            security: Vec::new(),
            made_at: SystemClock.now(),
        }
    }

    /// Issues online codes, each with its line in the log, to users spread over all rows.
    pub(crate) fn issue(&mut self, registry: &Registry, count: usize) {
        let (apart, kept) = (self.rows / count, count.div_ceil(SAMPLE));
        for first in (0..count).step_by(BATCH) {
            let numbers = first..count.min(first + BATCH);
            let requests = numbers.map(|at| (user(at * apart), week()));
            let issued = registry.issue_codes(&operator(), requests, &Utc);
            for issued in issued.expect("issued").iter().step_by(kept) {
                self.online.push(Sample {
                    user: issued.record.user.to_string(),
                    code: issued.code.reveal().to_string(),
                });
            }
        }
        // The store's clock must not go back.
        self.made_at = SystemClock.now();
    }

    /// Creates security codes in one transaction: one by one, as the registry does, would
    /// take too long.
    pub(crate) fn create(&mut self, store: &impl Store, count: usize) {
        let ring = keys().tenant(TENANT).expect("a name");
        let tenant = Name::new(TENANT).expect("a name");
        let (apart, kept) = (self.rows / count, count.div_ceil(SAMPLE));
        let made_at = self.made_at;
        let made = store.write(&tenant, &mut |rows| {
            self.security.clear();
            for number in 0..count {
                let user = user(number * apart);
                let id = id_of(made_at, number);
                let access = Access::SameAs(Name::new(user.clone()).expect("a name"));
                let now = id.made_at();
                let text = "a build server";
                let created = SecurityCode::create(
                    &ring,
                    &operator(),
                    access,
                    Scopes::UNLIMITED,
                    text,
                    now,
                    &mut SysRng,
                );
                let (code, mut record) = created.expect("created");
                record.life = Life::Permanent;
                rows.insert_security_code(&SecurityRow {
                    id,
                    tag: record.tag(&ring).expect("the key"),
                    last_used_at: Some(made_at),
                    code: record,
                })?;
                if number.is_multiple_of(kept) {
                    let code = SecurityFormat::default().text(&code).to_string();
                    self.security.push(Sample { user, code });
                }
            }
            Ok(())
        });
        made.expect("created");
    }
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

/// Valid for a week, with more uses than all turns need.
pub(crate) fn week() -> OnlinePolicy {
    let week = Validity::days(7).expect("in range");
    let policy = OnlinePolicy::default().validity(week);
    policy.max_uses(1_000)
}

/// A clock that is some days ahead.
pub(crate) fn ahead(days: i64) -> impl Clock + 'static {
    let later = TimeDelta::try_days(days).expect("in range");
    move || SystemClock.now() + later
}

/// An id with its time, as the registry makes it, but with a number as its random part.
fn id_of(at: DateTime<Utc>, number: usize) -> RecordId {
    let millis = u128::try_from(at.timestamp_millis()).expect("after 1970");
    let id = (millis << 80) | (7 << 76) | (2 << 62) | number as u128;
    RecordId::from_bytes(id.to_be_bytes())
}
