//! Objects and owners in the schema that do not belong to Stopgap.

use std::{fs, path::Path};

use stopgap_registry::{
    EventFilter, PurgePolicy, StoreError,
    stopgap::{
        Access, KeyId, MasterKey, OnlinePolicy, Role, Scopes, SecurityRequest,
        chrono::{TimeDelta, Utc},
    },
    store,
};

use crate::place::{Place, empty, issue, known, open, root, trouble, verify, with};

const FUNCTION: &str = "CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN RETURN NULL; END'";

fn refused(url: &str, says: &str) {
    let source = store::open_source(url, Utc::now()).unwrap_err();
    for error in [trouble(open(url)), source] {
        assert!(matches!(error, StoreError::Altered { .. }), "{error:?}");
        assert_eq!(error.reason(), "store_altered");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn triggers_rules_and_policies_are_refused() {
    let Some(place) = Place::new() else { return };
    place.psql(FUNCTION);
    for (add, remove, says) in [
        (
            "CREATE TRIGGER t BEFORE UPDATE ON stopgap.online_codes FOR EACH ROW
             EXECUTE FUNCTION public.keep()",
            "DROP TRIGGER t ON stopgap.online_codes",
            "the trigger t on online_codes",
        ),
        (
            "CREATE RULE r AS ON DELETE TO stopgap.security_codes DO INSTEAD NOTHING",
            "DROP RULE r ON stopgap.security_codes",
            "the rule r on security_codes",
        ),
        (
            "CREATE POLICY p ON stopgap.heads USING (false)",
            "DROP POLICY p ON stopgap.heads",
            "the policy p on heads",
        ),
        (
            "ALTER TABLE stopgap.keys ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE stopgap.keys DISABLE ROW LEVEL SECURITY",
            "row security is on for keys",
        ),
        (
            "CREATE VIEW stopgap.v AS SELECT 1",
            "DROP VIEW stopgap.v",
            "the view v",
        ),
    ] {
        place.psql(add);
        refused(place.database.url(), says);
        place.psql(remove);
        open(place.database.url()).unwrap();
    }
    // Objects of other schemas are accepted.
    place.psql("CREATE TABLE public.t (n int); CREATE RULE r AS ON DELETE TO public.t DO NOTHING");
    open(place.database.url()).unwrap();
}

/// A role that may create schemas can create this one before the owner of the store does.
#[test]
fn a_schema_of_another_owner_is_refused() {
    let Some((_, database)) = empty() else { return };
    let role = format!("{}_role", database.name());
    let sql = format!("CREATE ROLE {role}; CREATE SCHEMA stopgap AUTHORIZATION {role}");
    database.psql(&sql).unwrap();
    let outcome = std::panic::catch_unwind(|| {
        refused(
            database.url(),
            &format!("the schema belongs to the role {role}"),
        );
        // If the address names the owner, only the owner creates the schema.
        let named = with(database.url(), &format!("owner={role}"));
        assert_eq!(trouble(open(&named)).reason(), "store_missing");
        database
            .psql("DROP SCHEMA stopgap")
            .expect("nothing was created in it");
        let registry = open(database.url()).unwrap();
        let code = issue(&registry).unwrap();
        let sql = format!(
            "ALTER SCHEMA stopgap OWNER TO {role}; ALTER TABLE stopgap.events OWNER TO {role}"
        );
        database.psql(&sql).unwrap();
        refused(&named, "belongs to the role");
        let sql = format!("REASSIGN OWNED BY {role} TO CURRENT_USER");
        database.psql(&sql).unwrap();
        let _ = verify(&open(database.url()).unwrap(), &code, None).unwrap();
    });
    let sql = format!("REASSIGN OWNED BY {role} TO CURRENT_USER; DROP ROLE {role}");
    database.psql(&sql).unwrap();
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

/// The grants of docs/FLEET.md are enough for all calls, and each of them is needed.
#[test]
fn the_grants_of_the_guide_are_enough() {
    let Some((place, cluster)) = Place::alone() else {
        return;
    };
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/FLEET.md");
    let guide = fs::read_to_string(guide).unwrap();
    let grants: Vec<&str> = guide
        .lines()
        .filter(|line| line.starts_with("GRANT") && line.ends_with("TO desk;"))
        .collect();
    assert_eq!(grants.len(), 2);
    let superuser = format!("postgres:{}@", cluster.password());
    let url = place.database.url().replace(&superuser, "desk:desk@");
    assert_ne!(url, place.database.url());
    place.psql("CREATE ROLE desk LOGIN PASSWORD 'desk'");
    // If the address does not name the owner, the schema of another role is refused.
    let strange = trouble(open(&url));
    assert_eq!(strange.reason(), "store_altered");
    let url = with(&url, "owner=postgres");
    assert_eq!(trouble(open(&url)).reason(), "store_denied");
    place.psql(&grants.join("\n"));

    let desk = open(&url).unwrap();
    let code = issue(&desk).unwrap();
    assert!(verify(&desk, "0000-0000-0000", None).is_err());
    let _ = verify(&desk, &code, Some("one")).unwrap();
    let _ = verify(&desk, &code, Some("one")).unwrap();
    issue(&desk).unwrap();
    let third = desk.issue_code(&root(), "alice", &OnlinePolicy::default(), &Utc);
    let third = third.unwrap().record.id;
    desk.revoke_code(&root(), third).unwrap();
    assert_eq!(desk.codes(&root(), "alice").unwrap().len(), 3);
    assert_eq!(desk.revoke_all_codes(&root(), "alice").unwrap(), 1);
    desk.throttle(&root(), "alice").unwrap();
    desk.unlock(&root(), "alice").unwrap();
    let policy = OnlinePolicy::default();
    desk.set_preset(&root(), "visitor", &policy).unwrap();
    desk.remove_preset(&root(), "visitor").unwrap();
    let _ = desk.enrol_machine(&root(), "alice", "DESK").unwrap();
    let _ = desk.enrol_machine(&root(), "alice", "DESK").unwrap();
    desk.retire_machine(&root(), "alice", "DESK").unwrap();
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let created = desk.create_security_code(&root(), request).unwrap();
    let role = |_: &_| Role::User;
    let _ = desk.authenticate(created.code.as_str(), role).unwrap();
    let id = created.record.id;
    let later = Utc::now() + TimeDelta::hours(1);
    desk.edit_security_code(&root(), id, later).unwrap();
    let deletion = desk.request_deletion(&root(), id).unwrap();
    desk.confirm_deletion(&root(), id, &deletion.confirmation)
        .unwrap();
    desk.accept_clock(&root()).unwrap();
    desk.keys(&root()).unwrap();
    let key = MasterKey::from_bytes([9; 32]);
    desk.add_key(&root(), KeyId(2), &key).unwrap();
    let _ = desk.issue_code(&root(), "carol", &policy, &Utc).unwrap();
    desk.retire_key(&root(), KeyId(1)).unwrap();
    desk.add_key(&root(), KeyId(3), &MasterKey::from_bytes([10; 32]))
        .unwrap();
    let ended = desk.retire_compromised_key(&root(), KeyId(2)).unwrap();
    assert_eq!(ended.codes.len(), 1);
    desk.set_log_retention(&root(), 400).unwrap();
    desk.flush().unwrap();
    desk.purge(&root(), &PurgePolicy::default()).unwrap();
    let all = EventFilter::default();
    assert!(desk.events(&root(), &all).unwrap().len() > 15);
    // Without the right to insert, nothing is issued.
    place.psql("REVOKE INSERT ON ALL TABLES IN SCHEMA stopgap FROM desk");
    known(issue(&desk), "store_denied");
}
