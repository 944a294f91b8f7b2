//! The number of statements of a call, counted in the server's log.

use stopgap_registry::{
    Registry,
    stopgap::{Purpose, Role, VerifyRequest, chrono::Utc},
};

use super::database::Database;
use crate::store::{
    Place,
    filled::{keys, operator, week},
    table::alone,
};

/// A call with the code at a place in the sample.
type Call<'a> = &'a dyn Fn(usize);

pub(super) fn count(place: &Database<'_>) {
    // The server logs only the statements of this registry.
    let url = format!("{}&options=-c%20log_statement%3Dall", place.address(1));
    let registry = Registry::open(&url, &keys()).expect("opens");
    let filled = place.filled();
    let verify = |at: usize, code: usize, key: Option<&str>| {
        let (user, code) = (&filled.limited[at].user, &filled.limited[code].code);
        let mut request = VerifyRequest::new(user, code, Purpose::Bypass);
        request.idempotency_key = key;
        let granted = registry.verify_code(&request);
        assert_eq!(granted.is_ok(), code == &filled.limited[at].code);
    };
    let authenticate = |at: usize| {
        let found = registry.authenticate(&filled.security[at].code, |_| Role::User);
        drop(found.expect("it is valid"));
    };
    let issue = |at: usize| {
        let issued = registry.issue_code(&operator(), format!("new-{at}").as_str(), &week(), &Utc);
        drop(issued.expect("issued"));
    };
    println!("\nstatements of a call (BEGIN and COMMIT are two of them)");
    let calls: [(&str, Call<'_>); 7] = [
        ("authenticate, the first in a minute", &authenticate),
        ("authenticate", &|_| authenticate(0)),
        ("verify, granted", &|at| verify(at, at, None)),
        ("verify, granted, with an idempotency key", &|at| {
            verify(at, at, Some(&format!("key-{at}")));
        }),
        ("verify, refused", &|at| verify(at + 100, at, None)),
        // These users were just refused.
        ("verify, granted after a failure", &|at| {
            verify(at + 90, at + 90, None);
        }),
        ("issue", &issue),
    ];
    for (number, (name, call)) in calls.into_iter().enumerate() {
        // The first call of each kind prepares its statements, and stores the time, which is
        // stored once a minute.
        call(10 * number + 1);
        let before = logged(place);
        call(10 * number + 2);
        alone(name, &(logged(place) - before).to_string());
    }
}

/// Returns the number of statements in the log.
fn logged(place: &Database<'_>) -> usize {
    let log = place.cluster.log().expect("read");
    let statements = ["LOG:  statement:", "LOG:  execute "];
    let is_one = |line: &&str| statements.iter().any(|start| line.contains(start));
    log.lines().filter(is_one).count()
}
