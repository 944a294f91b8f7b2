//! Heads of users: the throttle, and the number of changes.

use chrono::Utc;
use stopgap_registry::{
    Error,
    stopgap::{OnlinePolicy, RecordId, Throttle},
    store::{Row, Table, Value},
};

use crate::{
    attacker::{Attacker, WRONG, each, root, said},
    edit::{Edit, cover},
    uncovered,
};

/// A user with codes, a machine and failures.
struct User {
    name: String,
    code: String,
    ids: [RecordId; 3],
}

impl User {
    fn new(attacker: &Attacker, failures: usize) -> Self {
        let name = attacker.user();
        let enrolled = attacker.registry.enrol_machine(&root(), &name, "LAPTOP");
        assert_eq!(said(enrolled), "done");
        let issued = [(); 3].map(|()| attacker.issue(&name, &OnlinePolicy::default()));
        for _ in 0..failures {
            assert_eq!(attacker.verify(&name, WRONG), "unknown");
        }
        Self {
            code: issued[0].0.clone(),
            ids: issued.map(|(_, id)| id),
            name,
        }
    }

    fn head(&self, attacker: &Attacker) -> Row {
        attacker.row(Table::Heads, vec![self.name.as_str().into()])
    }

    /// Makes every call that decides by the head. Returns their answers.
    fn decided(&self, attacker: &Attacker) -> [&'static str; 7] {
        let registry = &attacker.registry;
        let (name, day) = (self.name.as_str(), OnlinePolicy::default());
        let batch = [("somebody", day), (name, day)];
        [
            attacker.verify(name, &self.code),
            attacker.verify_by("key", name, &self.code),
            attacker.verify(name, WRONG),
            said(registry.issue_code(&root(), name, &day, &Utc)),
            said(registry.issue_codes(&root(), batch, &Utc)),
            said(registry.enrol_machine(&root(), name, "DESK")),
            said(registry.throttle(&root(), name)),
        ]
    }

    /// Ends a code by each of the calls, and the machine.
    fn end_all(&self, attacker: &Attacker) -> Result<(), Error> {
        let (registry, name) = (&attacker.registry, &self.name);
        registry.revoke_last_code(&root(), name)?;
        registry.revoke_code(&root(), self.ids[1])?;
        assert_eq!(registry.revoke_all_codes(&root(), name)?, 1);
        registry.retire_machine(&root(), name, "LAPTOP")?;
        Ok(())
    }
}

/// Edits of the head of a user who is locked out.
fn edits(attacker: &Attacker) -> Vec<Edit> {
    vec![
        Edit::set("key_id", 1_u32),
        Edit::set("failures", 0_u32),
        Edit::Shift("failures", -1),
        Edit::set("locked_until", Value::Null),
        Edit::set("locked_until", attacker.now()),
        Edit::Shift("locked_until", 1),
        Edit::Shift("changes", -1),
        Edit::Shift("changes", 1),
        Edit::Flip("tag"),
    ]
}

#[test]
fn an_edited_head_stops_everything_until_the_user_is_unlocked() {
    each(|attacker| {
        let edits = edits(attacker);
        let moved = [Edit::Tenant, Edit::Append("user_name")];
        let others = uncovered::columns(Table::Heads);
        cover(Table::Heads, edits.iter().chain(&moved), &others);
        for edit in edits {
            let user = User::new(attacker, 5);
            assert_eq!(attacker.verify(&user.name, &user.code), "throttled");
            let edited = attacker.edit(&user.head(attacker), &edit);
            assert_eq!(user.decided(attacker), ["tampered"; 7], "{edit:?}");
            // No call has sealed the edit, and the edit prevents no revocation.
            user.end_all(attacker).unwrap();
            assert_eq!(user.head(attacker), edited);
            assert_eq!(user.decided(attacker), ["tampered"; 7], "{edit:?}");
            unlocked(attacker, &user);
        }
    });
}

fn unlocked(attacker: &Attacker, user: &User) {
    let registry = &attacker.registry;
    registry.unlock(&root(), &user.name).unwrap();
    let throttle = registry.throttle(&root(), &user.name).unwrap();
    assert_eq!(throttle, Throttle::default());
    assert_eq!(attacker.verify(&user.name, &user.code), "revoked");
    let (code, _) = attacker.issue(&user.name, &OnlinePolicy::default());
    assert_eq!(attacker.verify(&user.name, &code), "granted");
}

/// The whole head is replaced by that of another user, who has no failures.
#[test]
fn a_head_belongs_to_its_user() {
    each(|attacker| {
        let user = User::new(attacker, 5);
        let other = User::new(attacker, 0);
        let mut edited = other.head(attacker);
        edited.set("user_name", user.name.as_str());
        attacker.replace(&user.head(attacker), &edited);
        assert_eq!(user.decided(attacker), ["tampered"; 7]);
        // The head is given to a user who had none.
        attacker.edit(&other.head(attacker), &Edit::Append("user_name"));
        let name = format!("{}x", other.name);
        assert_eq!(attacker.verify(&name, &other.code), "tampered");
        let issued =
            attacker
                .registry
                .issue_code(&root(), name.as_str(), &OnlinePolicy::default(), &Utc);
        assert_eq!(said(issued), "tampered");
    });
}
