//! Every call of a transaction, for stores that stand before another one.
//!
//! A macro cannot read a trait, so the signatures stand here once more; the
//! compiler sees that none is missing.

/// Hands to the macro `$each` the calls by which [`Registry::verify_code`]
/// writes.
///
/// [`Registry::verify_code`]: stopgap_registry::Registry::verify_code
macro_rules! calls_that_verify_writes {
    ($each:ident) => {
        $each! {
            fn raise_clock_floor(now: DateTime<Utc>, quiet: TimeDelta) -> ();
            fn consume_code(digest: &CodeDigest) -> Option<u32>;
            fn insert_attempt(row: &AttemptRow) -> ();
            fn set_throttle(user: &Name, throttle: &Throttle) -> ();
            fn append(event: &Event) -> ();
        }
    };
}

/// Hands to the macro `$each` all other calls.
macro_rules! other_calls {
    ($each:ident) => {
        $each! {
            fn clock_floor() -> Option<DateTime<Utc>>;
            fn set_clock_floor(floor: DateTime<Utc>) -> ();
            fn formats() -> Vec<CodeFormat>;
            fn add_format(format: &CodeFormat) -> ();
            fn insert_code(row: &CodeRow) -> ();
            fn code(digest: &CodeDigest) -> Option<CodeRow>;
            fn codes_of(user: &Name, before: Option<RecordId>, limit: usize) -> Vec<CodeRow>;
            fn codes(after: Option<(&Name, RecordId)>, limit: usize) -> Vec<CodeRow>;
            fn take_back(digest: &CodeDigest, event: RecordId, reason: &str) -> ();
            fn revoke_code(digest: &CodeDigest, at: DateTime<Utc>, tag: &RecordTag) -> bool;
            fn attempt(id: &Name) -> Option<AttemptRow>;
            fn attempts(after: Option<&Name>, limit: usize) -> Vec<AttemptRow>;
            fn throttle(user: &Name) -> Throttle;
            fn throttles(after: Option<&Name>, limit: usize) -> Vec<(Name, Throttle)>;
            fn preset(name: &Name) -> Option<OnlinePolicy>;
            fn presets() -> Vec<(Name, OnlinePolicy)>;
            fn set_preset(name: &Name, policy: &OnlinePolicy) -> ();
            fn remove_preset(name: &Name) -> bool;
            fn machine(user: &Name, machine: &Name) -> Option<Machine>;
            fn machines(user: &Name) -> Vec<Machine>;
            fn all_machines(after: Option<(&Name, &Name)>, limit: usize) -> Vec<Machine>;
            fn set_machine(machine: &Machine) -> ();
            fn insert_security_code(row: &SecurityRow) -> ();
            fn security_code(id: RecordId) -> Option<SecurityRow>;
            fn security_code_of(digests: &[CodeDigest]) -> Option<SecurityRow>;
            fn security_codes(after: Option<RecordId>, limit: usize) -> Vec<SecurityRow>;
            fn update_security_code(row: &SecurityRow) -> ();
            fn use_security_code(id: RecordId, at: DateTime<Utc>, quiet: TimeDelta) -> bool;
            fn delete_security_code(id: RecordId) -> ();
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
