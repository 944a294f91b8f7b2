//! Objects and owners in the schema that are not Stopgap's.

use stopgap_registry::{StoreError, stopgap::chrono::Utc, store};

use crate::place::{Place, empty, issue, open, trouble, verify, with};

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
fn triggers_rules_and_policies() {
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
            "CREATE POLICY p ON stopgap.throttles USING (false)",
            "DROP POLICY p ON stopgap.throttles",
            "the policy p on throttles",
        ),
        (
            "ALTER TABLE stopgap.keys ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE stopgap.keys DISABLE ROW LEVEL SECURITY",
            "row security is on for keys",
        ),
        (
            "CREATE VIEW stopgap.v AS SELECT 1",
            "DROP VIEW stopgap.v",
            "on v",
        ),
    ] {
        place.psql(add);
        refused(place.database.url(), says);
        place.psql(remove);
        open(place.database.url()).unwrap();
    }
    // Those of other schemas are no concern.
    place.psql("CREATE TABLE public.t (n int); CREATE RULE r AS ON DELETE TO public.t DO NOTHING");
    open(place.database.url()).unwrap();
}

/// A role that may create schemas can be faster than the owner of the store.
#[test]
fn a_schema_of_another_owner() {
    let Some((_, database)) = empty() else { return };
    let role = format!("{}_role", database.name());
    let sql = format!("CREATE ROLE {role}; CREATE SCHEMA stopgap AUTHORIZATION {role}");
    database.psql(&sql).unwrap();
    let outcome = std::panic::catch_unwind(|| {
        refused(
            database.url(),
            &format!("the schema belongs to the role {role}"),
        );
        // The owner is named, and it is for the owner to create it.
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
        refused(&named, "clocks belongs to the role");
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
