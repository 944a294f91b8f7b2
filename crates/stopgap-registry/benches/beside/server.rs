//! A registry in memory.

use std::{hint::black_box, rc::Rc};

use chrono::Utc;
use stopgap::{Access, Actor, OnlinePolicy, Purpose, Role};
use stopgap_registry::Registry;

use super::{
    Cases, USER,
    batch::{MANY, users},
    ring,
};

pub(super) fn add(cases: &mut Cases) {
    let open = || Registry::open("memory:", &ring()).unwrap();
    let dana = Actor::new("dana", Role::HelpDesk).unwrap();
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let policy = OnlinePolicy::default();
    let registry = Rc::new(open());
    let issued = registry.issue_code(&dana, USER, &policy, &Utc).unwrap();
    let typed = issued.code.reveal().as_str().to_owned();
    let one = Rc::clone(&registry);
    cases.add("registry verify_code", move || {
        let typed = black_box(&typed);
        one.verify_code(USER, typed, Purpose::Reset, None)
            .map(drop)
            .unwrap();
    });
    let access = Access::SuperAdministrator;
    let created = registry.create_security_code(&root, access, "").unwrap();
    let presented = created.code.reveal().as_str().to_owned();
    cases.add("registry authenticate", move || {
        let presented = black_box(&presented);
        registry
            .authenticate(presented, |_| Role::HelpDesk)
            .unwrap()
    });
    let requests: Vec<_> = users().into_iter().map(|user| (user, policy)).collect();
    let issue = move |registry: &Registry| {
        let requests = requests.clone();
        registry.issue_codes(&dana, requests, &Utc).unwrap()
    };
    let registry = open();
    let attempts: Vec<(String, String)> = issue(&registry)
        .iter()
        .map(|issued| {
            let user = issued.record.user.as_str().to_owned();
            (user, issued.code.reveal().as_str().to_owned())
        })
        .collect();
    cases.batch("registry verify_many", MANY, move || {
        let verdicts: Vec<_> = attempts
            .iter()
            .map(|(user, typed)| registry.verify_code(user, typed, Purpose::Reset, None))
            .collect();
        assert!(verdicts.iter().all(Result::is_ok));
        black_box(verdicts);
    });
    cases.fresh("registry issue_many", MANY, open, issue);
}
