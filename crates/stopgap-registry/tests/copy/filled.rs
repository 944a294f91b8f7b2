//! A store that has rows in every table, of two tenants.

use std::{sync::Mutex, time::Duration};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use stopgap_registry::{
    Registry,
    stopgap::{
        Access, Actor, Alphabet, Context, KeyId, KeyRing, MasterKey, Name, OnlinePolicy, Purpose,
        Role, Rotation, Scopes, SecurityRequest, Throttle, UserHead, VerifyRequest,
    },
    store::{Change, Store},
};

use crate::rows;

pub(crate) const TENANTS: [&str; 2] = ["acme", "Zoë"];

pub(crate) fn root() -> Actor {
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    root.on_behalf_of(Name::new("dana").unwrap())
}

fn key(number: u8) -> MasterKey {
    MasterKey::from_bytes([number + 6; 32])
}

/// Returns the keys 1, 3 and 2. The last one is the primary key.
pub(crate) fn keys() -> KeyRing {
    let mut keys = KeyRing::new(KeyId(1), &key(1));
    for number in [3, 2] {
        keys.add(KeyId(number.into()), &key(number)).unwrap();
    }
    keys
}

pub(crate) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap() + TimeDelta::microseconds(123_457)
}

/// Opens the store half an hour later, after all calls of [`fill`].
pub(crate) fn open(store: impl Store + 'static, tenant: &str) -> Registry {
    open_at(store, tenant, noon() + TimeDelta::minutes(30))
}

/// Opens the store. Its clock goes on by a microsecond at each reading.
fn open_at(store: impl Store + 'static, tenant: &str, now: DateTime<Utc>) -> Registry {
    let (keys, now) = (keys(), Mutex::new(now));
    let builder = Registry::builder(&keys)
        .tenant(tenant)
        .clock_tolerance(None);
    let builder = builder.clock(move || {
        let mut now = now.lock().unwrap();
        *now += TimeDelta::microseconds(1);
        *now
    });
    builder.over(store).unwrap()
}

/// Unused codes, with their tenants and users.
pub(crate) struct Codes(pub(crate) Vec<(&'static str, String, String)>);

impl Codes {
    /// Checks that each code can be used once.
    pub(crate) fn work(&self, store: impl Store + Clone + 'static) {
        for (tenant, user, code) in &self.0 {
            let registry = open(store.clone(), tenant);
            let granted = registry.verify_code(&VerifyRequest::new(user, code, Purpose::Bypass));
            assert_eq!(granted.unwrap().uses_left, Some(0));
            let again = registry.verify_code(&VerifyRequest::new(user, code, Purpose::Bypass));
            assert_eq!(again.unwrap_err().reason(), "used_up");
        }
    }
}

/// Makes rows in every table, so that each optional field is present in one row and
/// missing in another. Also makes `many` further codes.
pub(crate) fn fill(store: &(impl Store + Clone + 'static), many: usize) -> Codes {
    let mut codes = Vec::new();
    for tenant in TENANTS {
        let registry = open_at(store.clone(), tenant, noon());
        let users = online(&registry).into_iter();
        codes.extend(users.map(|(user, code)| (tenant, user, code)));
        others(&registry);
        let once = OnlinePolicy::default().max_uses(1);
        let many = (0..many).map(|number| (format!("user{}", number % 500), once));
        registry.issue_codes(&root(), many, &Utc).unwrap();
        registry.accept_clock(&root()).unwrap();
        lock_out(store, tenant);
        if tenant == TENANTS[1] {
            // Both states of a key; all tenants share the keys.
            for id in [1, 3] {
                registry.retire_key(&root(), KeyId(id)).unwrap();
            }
            registry.add_key(&root(), KeyId(3), &key(3)).unwrap();
        }
    }
    Codes(codes)
}

/// Issues codes, and uses and revokes some. Returns those that are not used, with their users.
fn online(registry: &Registry) -> Vec<(String, String)> {
    let root = root();
    let once = OnlinePolicy::default().max_uses(1);
    let later = once.not_before(noon() + TimeDelta::hours(1));
    let other = OnlinePolicy::default()
        .alphabet(Alphabet::UNAMBIGUOUS)
        .length(14);
    let issue = |user: &str, policy: &OnlinePolicy| {
        let issued = registry.issue_code(&root, user, policy, &Utc).unwrap();
        issued.code.reveal().to_string()
    };
    let used = issue("alice", &once);
    for key in ["first", "second", "Ω", "\0"] {
        let context = Context::default().source_address("192.0.2.7");
        let request = VerifyRequest::new("alice", &used, Purpose::Reset).context(context);
        let _ = registry.verify_code(&request.idempotency_key(key));
    }
    issue("alice", &later);
    issue("bob", &other);
    registry.revoke_last_code(&root, "bob").unwrap();
    for user in ["mallory", "Mallory"] {
        for _ in 0..6 {
            let wrong = VerifyRequest::new(user, "0000-0000-0000", Purpose::Reset);
            assert!(registry.verify_code(&wrong).is_err());
        }
    }
    for (name, policy) in [("once", &once), ("Later", &later)] {
        registry.set_preset(&root, name, policy).unwrap();
    }
    ["alice", "Bob", "bob", "zoë", "Ωmega", "a b"]
        .map(|user| (user.to_owned(), issue(user, &once)))
        .into()
}

/// Enrols machines, and creates security codes.
fn others(registry: &Registry) {
    let root = root();
    for (user, machine) in [("alice", "LAPTOP"), ("alice", "desk"), ("Bob", "LAPTOP")] {
        let _ = registry.enrol_machine(&root, user, machine).unwrap();
    }
    registry.retire_machine(&root, "alice", "desk").unwrap();
    for access in [
        Access::SuperAdministrator,
        Access::SameAs("bob".parse().unwrap()),
    ] {
        let scopes = Scopes::new(["reports.read", "users:*"]).unwrap();
        let request = SecurityRequest::new(access, scopes).description("each night");
        let created = registry.create_security_code(&root, request).unwrap();
        let typed = created.code.as_str();
        let _ = registry.authenticate(typed, |_| Role::User).unwrap();
        let id = created.record.id;
        registry.make_security_code_permanent(&root, id).unwrap();
        let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
        let other = registry.create_security_code(&root, request).unwrap();
        let rotation = Rotation::new(Duration::from_secs(3_600));
        let rotated = registry.rotate_security_code(&root, other.record.id, rotation);
        assert_eq!(rotated.unwrap().record.replaces, Some(other.record.id));
    }
}

/// Locks out a user until an administrator unlocks.
fn lock_out(store: &impl Store, tenant: &str) {
    let tenant: Name = tenant.parse().unwrap();
    let throttle = Throttle {
        failures: 1_000,
        locked_until: None,
    };
    let keys = keys().tenant(&tenant);
    let head = UserHead::seal(&keys, "eve".parse().unwrap(), throttle, 1);
    rows::apply(store, &tenant, &[Change::Insert(rows::head(&head, noon()))]);
}
