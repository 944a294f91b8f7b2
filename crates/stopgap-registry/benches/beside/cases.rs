//! The cases, with the names of `bindings/python/bench/cases.py`.

use std::{hint::black_box, rc::Rc};

use stopgap::{
    Access, Actor, Alphabet, KeyId, KeyRing, MasterKey, OnlineGrant, OnlinePolicy, Purpose, Role,
    Scopes, Sealed, SecurityCode, SecurityFormat, SecurityRequest, SysRng, Validity, VerifyRequest,
    chrono::{DateTime, Utc},
    offline::{Agent, Enrolment, OfflinePolicy, SealedState, minute_of},
};
use stopgap_registry::Registry;

use super::Cases;

/// The number of codes in a batch.
const MANY: u32 = 1_000;
const NOW: i64 = 1_795_532_400;
const USER: &str = "alice@example.com";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

fn ring() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([0x5a; 32]))
}

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

fn users() -> impl Iterator<Item = String> {
    (0..MANY).map(|index| format!("user-{index}"))
}

/// Adds single calls of the core.
pub(crate) fn core(cases: &mut Cases) {
    let keys = Rc::new(ring());
    let ring = Rc::clone(&keys);
    let policy = OnlinePolicy::default();
    let issue = move || policy.issue(&ring, USER, now(), &mut SysRng).unwrap();
    let (code, grant) = issue();
    let typed = code.reveal().to_string();
    cases.add("issue", issue);
    let ring = Rc::clone(&keys);
    cases.add("verify", move || {
        let request = VerifyRequest::new(USER, &typed, Purpose::Reset);
        let granted = black_box(&grant).verify(&ring, &request, now());
        granted.unwrap()
    });

    let enrolments: Vec<Sealed<Enrolment>> = ["A", "B", "C", "D", "E"]
        .iter()
        .map(|machine| Enrolment::new(&keys, USER, machine, now(), &mut SysRng).unwrap())
        .collect();
    let [first, .., last] = &*enrolments else {
        unreachable!("five")
    };
    let minute = minute_of(now());
    let letters = &Alphabet::UNAMBIGUOUS;
    let key = first.key(&keys).unwrap();
    let right = key.offline_code(minute, Purpose::Bypass, Validity::DAY, letters);
    let right = right.unwrap().reveal().to_string();
    let request = last.key(&keys).unwrap().request_code(minute - 30, letters);
    let request = request.to_string();
    let (ring, first) = (Rc::clone(&keys), first.clone());
    cases.add("redeem", move || {
        let mut agent = Agent::new(first.key(&ring).unwrap());
        let keep = |state: &SealedState| {
            black_box(state);
            Ok::<(), ()>(())
        };
        let step = agent.redeem(black_box(&right), Purpose::Bypass, now());
        step.keep(keep).unwrap().unwrap()
    });
    let ring = Rc::clone(&keys);
    cases.add("answer among 5", move || {
        let request = VerifyRequest::new(USER, black_box(&request), Purpose::Bypass);
        let answer = OfflinePolicy::default().answer(&ring, &enrolments, &request, now());
        answer.unwrap().minute
    });

    let format = SecurityFormat::default();
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED)
        .description("nightly report");
    let created = SecurityCode::create(&keys, &format, &root(), request, now(), &mut SysRng);
    let (presented, record) = created.unwrap();
    cases.add("authenticate", move || {
        let code = format.read(black_box(presented.as_str())).unwrap();
        let found = record.authenticate(&keys, &code, |_| Role::HelpDesk, now());
        found.unwrap().limited
    });
}

/// Adds batches in the core.
pub(crate) fn many(cases: &mut Cases) {
    let keys = Rc::new(ring());
    let (policy, users): (_, Vec<String>) = (OnlinePolicy::default(), users().collect());
    let ring = Rc::clone(&keys);
    let issue = move || -> Vec<_> {
        let issue = |user: &String| {
            let user = user.as_str();
            policy.issue(&ring, user, now(), &mut SysRng).unwrap()
        };
        users.iter().map(issue).collect()
    };
    let issued = issue().into_iter();
    let typed: Vec<(Sealed<OnlineGrant>, String, String)> = issued
        .map(|(code, grant)| {
            let user = grant.unverified().user.to_string();
            (grant, user, code.reveal().to_string())
        })
        .collect();
    cases.batch("issue_many", MANY, issue);
    cases.batch("verify_many", MANY, move || {
        let verdicts: Vec<_> = typed
            .iter()
            .map(|(grant, user, typed)| {
                let request = VerifyRequest::new(user, typed, Purpose::Reset);
                grant.verify(&keys, &request, now())
            })
            .collect();
        assert!(verdicts.iter().all(Result::is_ok));
        black_box(verdicts);
    });
}

/// Adds calls and batches of a registry in memory.
pub(crate) fn registry(cases: &mut Cases) {
    let open = || Registry::open("memory:", &ring()).unwrap();
    let registry = Rc::new(open());
    let policy = OnlinePolicy::default();
    let issued = registry.issue_code(&root(), USER, &policy, &Utc).unwrap();
    let typed = issued.code.reveal().to_string();
    let access = Access::SuperAdministrator;
    let created = registry
        .create_security_code(&root(), SecurityRequest::new(access, Scopes::UNLIMITED))
        .unwrap();
    let presented = created.code.to_string();
    let one = Rc::clone(&registry);
    cases.add("registry verify_code", move || {
        let granted = one.verify_code(&VerifyRequest::new(USER, black_box(&typed), Purpose::Reset));
        let _ = granted.unwrap();
    });
    cases.add("registry authenticate", move || {
        let presented = black_box(&presented);
        let found = registry.authenticate(presented, |_| Role::HelpDesk);
        found.unwrap()
    });

    let requests: Vec<_> = users().map(|user| (user, policy)).collect();
    let issue = move |registry: &Registry| {
        let issued = registry.issue_codes(&root(), requests.clone(), &Utc);
        issued.unwrap()
    };
    let registry = open();
    let issued = issue(&registry).into_iter();
    let typed: Vec<(String, String)> = issued
        .map(|one| (one.record.user.to_string(), one.code.reveal().to_string()))
        .collect();
    cases.batch("registry verify_many", MANY, move || {
        let verdicts: Vec<_> = typed
            .iter()
            .map(|(user, typed)| {
                registry.verify_code(&VerifyRequest::new(user, typed, Purpose::Reset))
            })
            .collect();
        assert!(verdicts.iter().all(Result::is_ok));
        black_box(verdicts);
    });
    cases.fresh("registry issue_many", MANY, open, issue);
}
