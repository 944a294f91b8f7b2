//! All calls of a transaction, for stores that wrap another one.
//!
//! A macro cannot read a trait, so the signatures are repeated here; the compiler checks
//! that none is missing.

/// Passes to the macro `$each` the calls by which [`Registry::verify_code`]
/// writes.
///
/// [`Registry::verify_code`]: stopgap_registry::Registry::verify_code
macro_rules! calls_that_verify_writes {
    ($each:ident) => {
        $each! {
            fn raise_clock_floor(now: DateTime<Utc>, quiet: TimeDelta) -> ();
            fn replace_code(new: &Sealed<OnlineGrant>, loaded: &RecordTag) -> bool;
            fn insert_verification(new: &Sealed<Verification>) -> ();
            fn set_throttle(user: &Name, throttle: &Throttle) -> ();
            fn append(event: &Event) -> ();
        }
    };
}

/// Passes to the macro `$each` all other calls.
macro_rules! other_calls {
    ($each:ident) => {
        $each! {
            fn clock_floor() -> Option<DateTime<Utc>>;
            fn set_clock_floor(floor: DateTime<Utc>) -> ();
            fn formats() -> Vec<CodeFormat>;
            fn add_format(format: &CodeFormat) -> ();
            fn insert_code(code: &Sealed<OnlineGrant>) -> ();
            fn code(digest: &CodeDigest) -> Option<Sealed<OnlineGrant>>;
            fn codes_of(user: &Name, before: Option<RecordId>, limit: usize)
                -> Vec<Sealed<OnlineGrant>>;
            fn codes(after: Option<(&Name, RecordId)>, limit: usize)
                -> Vec<Sealed<OnlineGrant>>;
            fn verification(user: &Name, key: &str) -> Option<Sealed<Verification>>;
            fn verifications(after: Option<(&Name, &str)>, limit: usize)
                -> Vec<Sealed<Verification>>;
            fn throttle(user: &Name) -> Throttle;
            fn throttles(after: Option<&Name>, limit: usize) -> Vec<(Name, Throttle)>;
            fn preset(name: &Name) -> Option<OnlinePolicy>;
            fn presets() -> Vec<(Name, OnlinePolicy)>;
            fn set_preset(name: &Name, policy: &OnlinePolicy) -> ();
            fn remove_preset(name: &Name) -> bool;
            fn machine(user: &Name, machine: &Name) -> Option<Sealed<Enrolment>>;
            fn machines(user: &Name) -> Vec<Sealed<Enrolment>>;
            fn all_machines(after: Option<(&Name, &Name)>, limit: usize)
                -> Vec<Sealed<Enrolment>>;
            fn insert_machine(machine: &Sealed<Enrolment>) -> ();
            fn replace_machine(new: &Sealed<Enrolment>, loaded: &RecordTag) -> bool;
            fn insert_security_code(row: &SecurityRow) -> ();
            fn security_code(id: RecordId) -> Option<SecurityRow>;
            fn security_code_of(digests: &[CodeDigest]) -> Option<SecurityRow>;
            fn security_codes(after: Option<RecordId>, limit: usize) -> Vec<SecurityRow>;
            fn replace_security_code(new: &Sealed<SecurityCode>, loaded: &RecordTag) -> bool;
            fn use_security_code(id: RecordId, at: DateTime<Utc>, quiet: TimeDelta) -> bool;
            fn delete_security_code(id: RecordId, loaded: &RecordTag) -> bool;
            fn keys() -> Vec<KeyRow>;
            fn set_key(row: &KeyRow) -> ();
            fn key_is_needed(id: KeyId, now: DateTime<Utc>) -> bool;
            fn events(filter: &EventFilter) -> Vec<Event>;
            fn all_events(after: Option<RecordId>, limit: usize) -> Vec<Event>;
            fn count(table: Table) -> u64;
            fn purge(what: Purge, before: DateTime<Utc>, limit: usize) -> usize;
        }
    };
}
