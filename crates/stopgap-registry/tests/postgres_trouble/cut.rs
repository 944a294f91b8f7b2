//! Connections that are cut at a chosen message.

use stopgap_registry::Registry;
use test_postgres::Cluster;

use crate::{
    place::{Place, issue, known, open, root, unknown, verify},
    proxy::{At, Cut, Proxy},
};

/// A registry that reaches its own server through a proxy.
struct Through {
    registry: Registry,
    proxy: Proxy,
    place: Place,
    _cluster: Cluster,
}

fn through() -> Option<Through> {
    let (place, cluster) = Place::alone()?;
    let proxy = Proxy::new(cluster.port());
    let before = format!(":{}/", cluster.port());
    assert!(place.database.url().contains(&before));
    let after = format!(":{}/", proxy.port());
    let registry = open(&place.database.url().replace(&before, &after)).unwrap();
    Some(Through {
        registry,
        proxy,
        place,
        _cluster: cluster,
    })
}

#[test]
fn a_connection_cut_within_a_transaction_is_replaced() {
    let Some(through) = through() else { return };
    let (registry, proxy, place) = (&through.registry, &through.proxy, &through.place);
    let code = issue(registry).unwrap();
    proxy.cut(At::Statement, Cut::Before);
    let _ = verify(registry, &code, Some("cut")).unwrap();
    assert!(proxy.was_cut());
    assert_eq!(place.uses(), "1");
}

/// The outcome is unknown, and the idempotency key finds it out.
#[test]
fn the_outcome_of_a_commit_that_is_cut_is_unknown() {
    let Some(through) = through() else { return };
    let (registry, proxy, place) = (&through.registry, &through.proxy, &through.place);
    for (cut, done) in [(Cut::Before, "0"), (Cut::After, "1")] {
        let code = issue(registry).unwrap();
        let attempt = format!("{cut:?}");
        proxy.cut(At::Commit, cut);
        unknown(verify(registry, &code, Some(&attempt)));
        assert!(proxy.was_cut());
        assert_eq!(place.uses(), done, "{cut:?}");
        let _ = verify(registry, &code, Some(&attempt)).unwrap();
        assert_eq!(place.uses(), "1");
        let other = verify(registry, &code, Some("another"));
        assert_eq!(other.unwrap_err().reason(), "used_up");
        place.psql("DELETE FROM stopgap.online_codes; DELETE FROM stopgap.verifications");
    }
    // A call of an administrator has no key. The administrator must look in the store.
    proxy.cut(At::Commit, Cut::After);
    unknown(issue(registry));
    assert_eq!(registry.codes(&root(), "alice").unwrap().len(), 1);
}

/// Without an idempotency key, the caller must look in the store.
#[test]
fn a_commit_that_is_cut_without_a_key_stays_unknown() {
    let Some(through) = through() else { return };
    let (registry, proxy, place) = (&through.registry, &through.proxy, &through.place);
    for (cut, done) in [(Cut::Before, "0"), (Cut::After, "1")] {
        place.psql("DELETE FROM stopgap.online_codes");
        let code = issue(registry).unwrap();
        proxy.cut(At::Commit, cut);
        unknown(verify(registry, &code, None));
        assert!(proxy.was_cut());
        assert_eq!(place.uses(), done, "{cut:?}");
        match verify(registry, &code, None) {
            Ok(_) => assert_eq!(done, "0"),
            Err(error) => assert_eq!((error.reason(), done), ("used_up", "1")),
        }
        assert_eq!(place.uses(), "1");
    }
}

/// Nothing was done yet, so the call is tried again.
#[test]
fn a_connection_cut_before_a_statement_is_prepared_is_replaced() {
    let Some(through) = through() else { return };
    let (registry, proxy, place) = (&through.registry, &through.proxy, &through.place);
    let code = issue(registry).unwrap();
    proxy.cut(At::Prepare, Cut::Before);
    let _ = verify(registry, &code, None).unwrap();
    assert!(proxy.was_cut());
    assert_eq!(place.uses(), "1");
}

/// A connection whose transaction is still open is not used again.
#[test]
fn a_connection_that_could_not_roll_back_is_replaced() {
    let Some(through) = through() else { return };
    let (registry, proxy, place) = (&through.registry, &through.proxy, &through.place);
    let code = issue(registry).unwrap();
    place.psql("UPDATE stopgap.online_codes SET uses = -1");
    proxy.cut(At::Rollback, Cut::Misspelt);
    known(verify(registry, &code, Some("odd")), "store_row");
    assert!(proxy.was_cut());
    place.psql("UPDATE stopgap.online_codes SET uses = 0");
    let _ = verify(registry, &code, Some("mended")).unwrap();
    assert_eq!(place.uses(), "1");
}
