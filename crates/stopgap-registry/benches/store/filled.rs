//! The codes in a store.

use stopgap_registry::{
    Clock, Registry, SystemClock,
    stopgap::{
        Access, Actor, KeyId, KeyRing, LifecycleEvent, MasterKey, Name, OnlinePolicy, Role, Scopes,
        SecurityCode, SecurityFormat, SecurityRequest, SysRng, Validity,
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
    pub(crate) created_at: DateTime<Utc>,
}

impl Filled {
    pub(crate) fn new(rows: usize) -> Self {
        Self {
            rows,
            online: Vec::new(),
            security: Vec::new(),
            created_at: SystemClock.now(),
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
        self.created_at = SystemClock.now();
    }

    /// Creates security codes in one transaction: one by one, as the registry does, would
    /// take too long.
    pub(crate) fn create(&mut self, store: &impl Store, count: usize) {
        let tenant = Name::new(TENANT).expect("a name");
        let ring = keys().tenant(&tenant);
        let (apart, kept) = (self.rows / count, count.div_ceil(SAMPLE));
        // Stores keep whole microseconds.
        let micros = self.created_at.timestamp_micros();
        let created_at = DateTime::from_timestamp_micros(micros).expect("in range");
        let made = store.write(&tenant, &mut |rows| {
            self.security.clear();
            for number in 0..count {
                let user = user(number * apart);
                let access = Access::SameAs(Name::new(&user).expect("a name"));
                let request = SecurityRequest::new(access, Scopes::UNLIMITED);
                let (code, record) = SecurityCode::create(
                    &ring,
                    &SecurityFormat::default(),
                    &operator(),
                    request.description("a build server"),
                    created_at,
                    &mut SysRng,
                )
                .expect("created");
                let permanent = LifecycleEvent::MakePermanent;
                let record = record.apply(&ring, &operator(), permanent, created_at);
                rows.insert_security_code(&SecurityRow {
                    record: record.expect("changed"),
                    last_used_at: Some(created_at),
                })?;
                if number.is_multiple_of(kept) {
                    let code = code.to_string();
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
