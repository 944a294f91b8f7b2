//! How many statements a call is, as the server logs them.

use stopgap_registry::{
    Registry,
    stopgap::{Purpose, Role, chrono::Utc},
};
use test_postgres::Cluster;

use super::{
    filled::{Filled, keys, operator, week},
    table::alone,
};

pub(super) fn count(cluster: &Cluster, filled: &Filled) {
    // Those of this registry alone are logged.
    let url = format!("{}&options=-c%20log_statement%3Dall", filled.url(1));
    let registry = Registry::open(&url, &keys()).expect("opens");
    let sample = |at: usize| &filled.online[at];
    let verify = |registry: &Registry, at: usize, code: &str, attempt: Option<&str>| {
        let granted = registry.verify_code(&sample(at).user, code, Purpose::Bypass, attempt);
        granted.is_ok()
    };
    let wrong = |at: usize| sample(at + 1).code.as_str();
    println!("\nstatements a call (BEGIN and COMMIT are two of them)");
    let calls: Vec<Call<'_>> = vec![
        (
            "authenticate",
            Box::new(|at| {
                let code = &filled.security[at].code;
                drop(registry.authenticate(code, |_| Role::User).expect("good"));
            }),
        ),
        (
            "verify, granted",
            Box::new(|at| assert!(verify(&registry, at, &sample(at).code, None))),
        ),
        (
            "verify, granted, with an attempt id",
            Box::new(|at| {
                let id = format!("attempt-{at}");
                assert!(verify(&registry, at, &sample(at).code, Some(&id)));
            }),
        ),
        (
            "verify, unknown",
            Box::new(|at| assert!(!verify(&registry, at, wrong(at), None))),
        ),
        (
            "verify, granted after a failure",
            Box::new(|at| assert!(verify(&registry, at - 20, &sample(at - 20).code, None))),
        ),
        (
            "issue",
            Box::new(|at| {
                let user = format!("new-{at}");
                let issued = registry.issue_code(&operator(), &user, &week(), &Utc);
                drop(issued.expect("issued"));
            }),
        ),
        (
            "revoke the last",
            Box::new(|at| {
                let user = format!("new-{}", at - 20);
                let revoked = registry.revoke_last_code(&operator(), &user);
                drop(revoked.expect("revoked"));
            }),
        ),
    ];
    for (place, (name, call)) in calls.iter().enumerate() {
        // The first of each prepares, and notes what is noted once a minute.
        call(20 * place + 1);
        let before = logged(cluster);
        call(20 * place + 2);
        alone(name, &(logged(cluster) - before).to_string());
    }
}

/// A call, and its name.
type Call<'a> = (&'a str, Box<dyn Fn(usize) + 'a>);

/// How many statements are in the log.
fn logged(cluster: &Cluster) -> usize {
    let log = cluster.log().expect("read");
    log.lines()
        .filter(|line| line.contains("LOG:  statement:") || line.contains("LOG:  execute "))
        .count()
}
