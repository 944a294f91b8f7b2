//! Online codes.

use chrono::TimeDelta;
use stopgap_registry::{
    Error,
    stopgap::{OnlinePolicy, Purpose, RecordId, Validity, VerifyRequest},
    store::{Row, Table, Value},
};

use crate::{
    attacker::{Attacker, each, root, said},
    edit::{Edit, cover},
    uncovered,
};

const MICROS_A_DAY: i64 = 86_400_000_000;

/// An edit of a code: the policy of the code, and the answers before and after.
struct Case(OnlinePolicy, &'static str, Edit, &'static str);

fn cases(attacker: &Attacker) -> Vec<Case> {
    let long_ago = attacker.now() - TimeDelta::days(2);
    let day = OnlinePolicy::default();
    let later = day.not_before(attacker.now() + TimeDelta::hours(1));
    let for_reset = day.purposes(Purpose::Reset);
    let thrice = day.max_uses(3);
    let format = serde_json::to_string(&day.length(13).format).unwrap();
    let granted = |policy, edit| Case(policy, "granted", edit, "tampered");
    vec![
        granted(day, Edit::Flip("id")),
        granted(day, Edit::set("key_id", 1_u32)),
        Case(day, "granted", Edit::set("key_id", 9_u32), "key_missing"),
        Case(day, "granted", Edit::Flip("digest"), "unknown"),
        Case(day, "granted", Edit::Append("user_name"), "unknown"),
        Case(day, "granted", Edit::Tenant, "unknown"),
        granted(day, Edit::set("format", format)),
        granted(day, Edit::Shift("expires_at", 2_000 * MICROS_A_DAY)),
        granted(day, Edit::Shift("expires_at", -2 * MICROS_A_DAY)),
        granted(day, Edit::Shift("expires_at", 1)),
        Case(
            later,
            "not_yet_valid",
            Edit::set("not_before", Value::Null),
            "tampered",
        ),
        Case(
            later,
            "not_yet_valid",
            Edit::set("not_before", long_ago),
            "tampered",
        ),
        granted(day, Edit::set("not_before", long_ago)),
        Case(
            for_reset,
            "wrong_purpose",
            Edit::set("purposes", 7_u32),
            "tampered",
        ),
        Case(
            for_reset,
            "wrong_purpose",
            Edit::set("purposes", 4_u32),
            "tampered",
        ),
        granted(thrice, Edit::set("max_uses", 1_000_u32)),
        granted(thrice, Edit::set("max_uses", Value::Null)),
        granted(thrice, Edit::set("max_uses", 0_u32)),
        granted(day, Edit::set("max_uses", 1_u32)),
        granted(thrice, Edit::set("uses", 0_u32)),
        granted(thrice, Edit::set("uses", 3_u32)),
        granted(day, Edit::set("revoked_at", attacker.now())),
        granted(day, Edit::Flip("tag")),
    ]
}

/// A code that was issued to its own user, and its row.
struct Issued {
    user: String,
    code: String,
    id: RecordId,
}

impl Issued {
    fn new(attacker: &Attacker, Case(policy, before, edit, _): &Case) -> Self {
        let user = attacker.user();
        let (code, id) = attacker.issue(&user, policy);
        assert_eq!(attacker.verify(&user, &code), *before, "{edit:?}");
        Self { user, code, id }
    }

    fn row(&self, attacker: &Attacker) -> Row {
        attacker.row(Table::Codes, vec![self.id.into()])
    }
}

#[test]
fn an_edited_code_is_no_code() {
    each(|attacker| {
        let cases = cases(attacker);
        let edits = cases.iter().map(|Case(_, _, edit, _)| edit);
        cover(Table::Codes, edits, &uncovered::columns(Table::Codes));
        for case in &cases {
            let Case(_, _, edit, after) = case;
            let issued = Issued::new(attacker, case);
            attacker.edit(&issued.row(attacker), edit);
            let Issued { user, code, .. } = &issued;
            assert_eq!(attacker.verify(user, code), *after, "{edit:?}");
            assert_eq!(attacker.verify_by("new", user, code), *after, "{edit:?}");
            // The person at the screen does not learn that the record was edited.
            let request = VerifyRequest::new(user, code, Purpose::Bypass);
            let refused = attacker.registry.verify_code(&request);
            let Err(Error::Refused(refusal)) = refused else {
                panic!("{refused:?}");
            };
            let message = refusal.public_message().to_string();
            assert_eq!(message, "That code is not valid.");
        }
    });
}

#[test]
fn an_answer_is_not_replayed_for_an_edited_code() {
    each(|attacker| {
        let cases = cases(attacker).into_iter();
        for case in cases.filter(|Case(_, before, ..)| *before == "granted") {
            let Case(_, _, edit, after) = &case;
            let issued = Issued::new(attacker, &case);
            let Issued { user, code, .. } = &issued;
            assert_eq!(attacker.verify_by("key", user, code), "granted", "{edit:?}");
            attacker.edit(&issued.row(attacker), edit);
            assert_eq!(attacker.verify_by("key", user, code), *after, "{edit:?}");
        }
    });
}

/// A call that revokes a code.
type Revoke = fn(&Attacker, &Issued, &Row) -> Result<(), Error>;

/// An edited code can be revoked, and is still refused after the edit is undone.
#[test]
fn a_revocation_does_not_seal_an_edit() {
    let calls: [Revoke; 3] = [
        |attacker, issued, _| {
            let registry = &attacker.registry;
            registry.revoke_last_code(&root(), &issued.user).map(drop)
        },
        |attacker, issued, _| {
            let registry = &attacker.registry;
            match registry.revoke_all_codes(&root(), &issued.user)? {
                0 => Err(Error::NoCode),
                _ => Ok(()),
            }
        },
        |attacker, _, row| {
            let Value::Id(id) = *row.value("id") else {
                panic!("{row:?}");
            };
            attacker.registry.revoke_code(&root(), id).map(drop)
        },
    ];
    each(|attacker| {
        let mut revoked = 0;
        for case in cases(attacker) {
            for revoke in calls {
                let Case(_, _, edit, after) = &case;
                let issued = Issued::new(attacker, &case);
                let before = issued.row(attacker);
                let edited = attacker.edit(&before, edit);
                let outcome = said(revoke(attacker, &issued, &edited));
                let Issued { user, code, .. } = &issued;
                assert_eq!(attacker.verify(user, code), *after, "{edit:?}");
                match outcome {
                    "done" => {
                        attacker.undo(edit, &edited, &before);
                        let refused = attacker.verify(user, code);
                        assert!(["tampered", "unknown"].contains(&refused), "{edit:?}");
                        revoked += 1;
                    }
                    // According to its row, the code has ended or is not the user's.
                    other => assert_eq!(other, "no_code", "{edit:?}"),
                }
            }
        }
        assert!(revoked > 40, "{revoked}");
    });
}

#[test]
fn a_revocation_cannot_be_undone() {
    each(|attacker| {
        let (code, id) = attacker.issue("alice", &OnlinePolicy::default());
        let count = attacker.registry.revoke_all_codes(&root(), "alice");
        assert_eq!(count.unwrap(), 1);
        assert_eq!(attacker.verify("alice", &code), "revoked");
        let row = attacker.row(Table::Codes, vec![id.into()]);
        attacker.edit(&row, &Edit::set("revoked_at", Value::Null));
        assert_eq!(attacker.verify("alice", &code), "tampered");
    });
}

/// A revocation by a server without the key also stays, although that server cannot
/// compute a tag.
#[test]
fn a_revocation_without_the_key_stays() {
    each(|attacker| {
        let (code, id) = attacker.issue("alice", &OnlinePolicy::default());
        let elsewhere = attacker.open(&[3]);
        let count = elsewhere.revoke_all_codes(&root(), "alice").unwrap();
        assert_eq!(count, 1);
        assert_eq!(attacker.verify("alice", &code), "tampered");
        let row = attacker.row(Table::Codes, vec![id.into()]);
        attacker.edit(&row, &Edit::set("revoked_at", Value::Null));
        assert_eq!(attacker.verify("alice", &code), "tampered");
    });
}

/// An edited record does not prevent revoking the user's other codes.
#[test]
fn an_edited_code_is_revoked_with_the_others() {
    each(|attacker| {
        let day = OnlinePolicy::default();
        let issued = [0; 3].map(|_| attacker.issue("alice", &day));
        let row = attacker.row(Table::Codes, vec![issued[1].1.into()]);
        attacker.edit(&row, &Edit::Shift("expires_at", 1));
        let count = attacker.registry.revoke_all_codes(&root(), "alice");
        assert_eq!(count.unwrap(), 3);
        let answers = issued.map(|(code, _)| attacker.verify("alice", &code));
        assert_eq!(answers, ["revoked", "tampered", "revoked"]);
    });
}

#[test]
fn parts_of_two_codes_cannot_be_exchanged() {
    let month = OnlinePolicy::default().validity(Validity::MONTH);
    each(|attacker| {
        let exchanges: [&[&str]; 4] = [
            &["id"],
            &["tag"],
            &["expires_at", "tag"],
            &["id", "expires_at", "tag"],
        ];
        for columns in exchanges {
            let (user, other) = (attacker.user(), attacker.user());
            let (code, id) = attacker.issue(&user, &OnlinePolicy::default());
            let (other_code, other_id) = attacker.issue(&other, &month);
            let rows = [id, other_id].map(|id| attacker.row(Table::Codes, vec![id.into()]));
            for row in &rows {
                attacker.delete(row);
            }
            for (row, from) in [(&rows[0], &rows[1]), (&rows[1], &rows[0])] {
                let mut edited = row.clone();
                for column in columns {
                    edited.set(column, from.value(column).clone());
                }
                attacker.insert(&edited);
            }
            assert_eq!(attacker.verify(&user, &code), "tampered", "{columns:?}");
            assert_eq!(attacker.verify(&other, &other_code), "tampered");
        }
    });
}

/// The tag of an earlier state is valid only for that state.
#[test]
fn the_tag_of_another_state_is_refused() {
    each(|attacker| {
        let (code, id) = attacker.issue("alice", &OnlinePolicy::default().max_uses(3));
        let row = || attacker.row(Table::Codes, vec![id.into()]);
        let first = row();
        assert_eq!(attacker.verify("alice", &code), "granted");
        assert_ne!(row().value("tag"), first.value("tag"));
        attacker.edit(&row(), &Edit::set("tag", first.value("tag").clone()));
        assert_eq!(attacker.verify("alice", &code), "tampered");
    });
}
