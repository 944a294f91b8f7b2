//! Many at once, in the core.

use std::{hint::black_box, rc::Rc};

use stopgap::{OnlineGrant, OnlinePolicy, Purpose, SysRng};

use super::{Cases, now, ring};

/// How many are one batch.
pub(super) const MANY: u32 = 1_000;

pub(super) fn users() -> Vec<String> {
    (0..MANY).map(|index| format!("user-{index}")).collect()
}

pub(super) fn add(cases: &mut Cases) {
    let keys = Rc::new(ring());
    let (policy, users) = (OnlinePolicy::default(), users());
    let issue = {
        let keys = Rc::clone(&keys);
        move || -> Vec<_> {
            users
                .iter()
                .map(|user| policy.issue(&keys, user, now(), &mut SysRng).unwrap())
                .collect()
        }
    };
    let issued = issue();
    cases.batch("issue_many", MANY, move || {
        black_box(issue());
    });
    let mut attempts: Vec<(OnlineGrant, String, String)> = issued
        .into_iter()
        .map(|(code, grant)| {
            let user = grant.user.as_str().to_owned();
            (grant, user, code.reveal().as_str().to_owned())
        })
        .collect();
    cases.batch("verify_many", MANY, move || {
        let verdicts: Vec<_> = attempts
            .iter_mut()
            .map(|(grant, user, typed)| grant.verify(&keys, user, typed, Purpose::Reset, now()))
            .collect();
        assert!(verdicts.iter().all(Result::is_ok));
        black_box(verdicts);
    });
}
