//! One suite for every store: every call of the registry, every refusal, every role.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "conformance/check.rs"]
mod check;
#[path = "conformance/contract.rs"]
mod contract;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "copy/filled.rs"]
mod filled;
#[path = "conformance/idempotency.rs"]
mod idempotency;
#[path = "conformance/keys.rs"]
mod keys;
#[path = "conformance/lists.rs"]
mod lists;
#[path = "conformance/lockouts.rs"]
mod lockouts;
#[path = "conformance/log.rs"]
mod log;
#[path = "conformance/offline.rs"]
mod offline;
#[path = "conformance/online.rs"]
mod online;
#[path = "conformance/presets.rs"]
mod presets;
#[path = "conformance/revoking.rs"]
mod revoking;
#[path = "conformance/roles.rs"]
mod roles;
#[path = "conformance/rotation.rs"]
mod rotation;
#[path = "stores/rows.rs"]
mod rows;
#[path = "conformance/security.rs"]
mod security;
#[path = "conformance/status.rs"]
mod status;
#[path = "conformance/tenants.rs"]
mod tenants;
#[path = "conformance/throttles.rs"]
mod throttles;
#[path = "conformance/vectors.rs"]
mod vectors;
#[path = "conformance/world.rs"]
mod world;

/// Runs each test once on each store.
macro_rules! suite {
    ($($module:ident: $($test:ident)*;)*) => {
        mod memory {
            $(mod $module {
                $(#[test] fn $test() {
                    crate::$module::$test(&crate::world::World::memory());
                })*
            })*
        }
        mod sqlite {
            $(mod $module {
                $(#[test] fn $test() {
                    crate::$module::$test(&crate::world::World::sqlite());
                })*
            })*
        }
        #[cfg(feature = "postgres")]
        mod postgres {
            $(mod $module {
                $(#[test] fn $test() {
                    if let Some(world) = crate::world::World::postgres() {
                        crate::$module::$test(&world);
                    }
                })*
            })*
        }
    };
}

suite! {
    online:
        a_code_is_read_in_every_form_of_typing
        a_code_is_refused_for_every_reason
        uses_are_counted
        codes_of_several_formats_are_verified
        a_typo_is_found_among_codes_of_other_formats
        a_key_source_is_asked_once
        a_month_ends_at_its_time_on_the_wall_clock
        the_last_code_is_revoked
        all_codes_are_revoked
        lists_come_in_pages
        a_batch_is_issued_whole
        a_batch_that_is_not_kept_is_not_issued
        names_are_checked
        an_expiry_counts_from_the_start;
    idempotency:
        the_first_answer_is_replayed
        an_answer_is_replayed_for_ten_minutes
        the_builder_sets_the_time
        a_key_is_for_one_request
        any_text_of_255_bytes_is_a_key
        refusals_are_replayed
        lockouts_and_typos_are_not_remembered
        a_code_that_has_ended_is_not_replayed
        a_wrong_code_under_a_key_is_a_failure
        a_format_that_was_added_later_changes_no_replay;
    vectors:
        sessions;
    throttles:
        guesses_lock_a_user_out
        a_success_clears_failures
        the_builder_sets_the_figures
        only_unknown_counts_as_a_failure
        a_lockout_is_shortened_and_stored;
    lists:
        codes_of_all_users_are_oldest_first
        only_wanted_codes_are_counted
        machines_of_all_users_are_listed
        throttles_of_all_users_are_listed
        a_code_is_found_by_a_part_of_its_id
        a_short_form_is_found_in_a_large_store
        a_security_code_is_found_by_a_part_of_its_id
        several_codes_are_revoked_by_their_ids;
    lockouts:
        a_lockout_writes_nothing
        attempts_of_a_minute_have_one_event
        an_unlock_is_effective_in_every_registry
        made_up_names_are_forgotten
        a_typo_leaves_no_record
        an_edited_head_is_refused;
    revoking:
        the_last_code_is_the_one_issued_last
        a_code_is_revoked_by_its_id
        codes_are_purged_by_when_they_ended
        every_change_of_a_user_is_counted;
    presets:
        presets_are_stored_by_name
        a_policy_is_checked_when_it_is_set
        a_validity_in_minutes_is_stored;
    offline:
        a_machine_asks_and_redeems
        an_answer_is_refused_for_every_reason
        a_retired_machine_is_answered_no_more
        a_machine_that_is_tampered_with_can_be_replaced
        a_machine_starts_at_a_random_generation
        a_reset_has_no_lock
        a_late_request_is_marked
        an_answer_takes_no_minutes
        the_registrys_figures_are_used;
    rotation:
        a_new_code_has_the_expiry_that_was_asked_for
        a_code_is_rotated
        a_rotation_decides_both_ends
        a_rotation_is_refused_for_every_reason
        rotations_at_the_same_time_lose_no_code;
    security:
        a_security_code_goes_through_its_lifecycle
        a_change_is_refused_for_every_reason
        an_authenticated_code_acts_as_its_user
        deletion_takes_two_steps
        a_use_is_stored_once_a_minute
        only_granted_uses_count
        codes_that_are_gone_are_not_listed
        an_edited_expiry_is_returned_as_stored
        a_role_look_up_may_call_the_registry
        who_fails_to_find_a_role_leaves_no_trace
        scopes_are_stored
        a_prefix_can_be_changed
        a_malformed_code_is_refused_without_reading_the_store;
    keys:
        a_new_key_invalidates_nothing
        a_key_that_is_needed_cannot_be_retired
        another_key_with_a_known_number_is_refused
        a_retired_key_issues_nothing
        a_key_is_retired_for_all_tenants
        a_compromised_key_ends_its_records
        the_ring_and_the_store_agree;
    tenants:
        a_tenant_is_added_once
        they_do_not_see_each_other;
    log:
        every_call_leaves_an_event
        the_log_is_read_in_pages
        nothing_secret_is_in_it
        old_rows_are_purged
        events_are_filtered
        the_log_is_followed
        a_clock_that_was_set_back
        a_clock_can_be_accepted_in_another_registry
        an_authentication_stores_the_time
        a_refused_call_stores_no_time
        a_clock_far_ahead_is_refused
        a_clock_goes_back_two_minutes_once
        an_event_names_its_subject
        an_event_has_its_context
        any_instant_bounds_a_page
        events_are_kept_for_the_retention
        a_damaged_event_is_shown;
    status:
        a_status_counts_what_is_live
        a_status_names_who_is_locked_out
        a_status_shows_the_keys
        a_status_shows_a_wrong_clock
        a_purge_is_dated;
    check:
        an_untouched_store_has_no_fault
        a_missing_head_is_found
        an_ended_record_needs_no_key;
    contract:
        changes_are_applied_if_loaded_rows_are_unchanged
        all_changes_are_applied_or_none
        rows_are_selected_by_key_and_index
        bounds_are_on_the_columns_after_the_prefix
        a_partial_index_has_only_its_rows
        renew_adds_or_replaces
        trim_keeps_the_last_rows
        delete_removes_rows_in_batches
        keep_adds_what_is_missing
        tenants_are_apart_and_store_wide_rows_are_shared;
    roles:
        who_may_do_what;
}
