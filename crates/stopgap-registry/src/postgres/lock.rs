//! The names of locks, as the numbers that PostgreSQL locks.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use stopgap::Name;

use crate::store::Lock;

/// Returns the numbers of locks, and `true` for those that others may share. They are in
/// ascending order, so that no two callers wait for each other, and each is there once.
pub(super) fn numbers(tenant: &Name, locks: &[Lock]) -> BTreeMap<i64, bool> {
    let mut numbers = BTreeMap::new();
    for lock in locks {
        let number = number(tenant, &lock.name);
        let is_shared = numbers.entry(number).or_insert(true);
        *is_shared &= lock.is_shared;
    }
    numbers
}

/// Returns the number of a lock. A name that begins with `*` is the same for all tenants.
/// Two names with one number only wait for each other without need.
fn number(tenant: &Name, name: &str) -> i64 {
    let tenant = match name.strip_prefix('*') {
        Some(_) => "",
        None => tenant.as_str(),
    };
    // Other programs may use locks of the same database. No tenant's name has a NUL.
    let hash = Sha256::new()
        .chain_update(b"stopgap\0")
        .chain_update(tenant)
        .chain_update(b"\0")
        .chain_update(name)
        .finalize();
    let first = hash.first_chunk().copied();
    i64::from_be_bytes(first.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn lock(name: &str, is_shared: bool) -> Lock {
        Lock {
            name: name.to_owned(),
            is_shared,
        }
    }

    /// Processes of different versions must agree on them.
    #[test]
    fn the_numbers_never_change() {
        assert_eq!(
            number(&name("acme"), "user alice"),
            2_947_724_286_187_460_102
        );
        assert_eq!(number(&name("acme"), "*keys"), 7_849_585_506_653_224_340);
    }

    #[test]
    fn tenants_share_only_the_names_with_a_star() {
        let (one, other) = (name("one"), name("other"));
        assert_ne!(number(&one, "keys"), number(&other, "keys"));
        assert_eq!(number(&one, "*keys"), number(&other, "*keys"));
        assert_ne!(number(&one, "*keys"), number(&one, "keys"));
    }

    #[test]
    fn they_are_in_one_order_and_each_once() {
        let tenant = name("acme");
        let (a, b) = (lock("a", true), lock("b", false));
        let one = numbers(&tenant, &[a.clone(), b.clone()]);
        assert_eq!(one, numbers(&tenant, &[b.clone(), a.clone(), b]));
        assert_eq!(one.values().filter(|is_shared| **is_shared).count(), 1);
        // An exclusive one is stronger.
        let both = numbers(&tenant, &[a.clone(), lock("a", false), a]);
        assert_eq!(both.into_values().collect::<Vec<_>>(), [false]);
    }
}
