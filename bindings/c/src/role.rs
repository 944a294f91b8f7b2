//! Roles and actions, and their numbers.

use stopgap::{Action, Role};

/// The role of a person, from the fewest rights to the most (SPEC, "Roles").
pub type stopgap_role = u32;
/// A user of codes.
pub const STOPGAP_ROLE_USER: stopgap_role = 1;
/// Issues and revokes online codes, answers requests, and enrols machines.
pub const STOPGAP_ROLE_HELP_DESK: stopgap_role = 2;
/// Also unlocks users, manages presets and reads the audit log.
pub const STOPGAP_ROLE_ADMINISTRATOR: stopgap_role = 3;
/// Also manages security codes and keys.
pub const STOPGAP_ROLE_SUPER_ADMINISTRATOR: stopgap_role = 4;

/// The size of a buffer that holds any role.
pub const STOPGAP_ROLE_TEXT_SIZE: usize = 20;

/// An action that needs a role (SPEC, "Roles"). Calls about security codes check it
/// themselves; before other calls check it with stopgap_role_may.
pub type stopgap_action = u32;
/// Issue an online code.
pub const STOPGAP_ACTION_ISSUE_CODE: stopgap_action = 1;
/// Revoke an online code.
pub const STOPGAP_ACTION_REVOKE_CODE: stopgap_action = 2;
/// Answer a request code with an offline code.
pub const STOPGAP_ACTION_ANSWER_REQUEST: stopgap_action = 3;
/// Read the records of a user: codes, machines, failures.
pub const STOPGAP_ACTION_READ_USER: stopgap_action = 4;
/// Enrol a machine, or retire it.
pub const STOPGAP_ACTION_MANAGE_MACHINE: stopgap_action = 5;
/// Unlock a user.
pub const STOPGAP_ACTION_RESET_THROTTLE: stopgap_action = 6;
/// Create, change or remove a preset.
pub const STOPGAP_ACTION_MANAGE_PRESET: stopgap_action = 7;
/// Read the audit log.
pub const STOPGAP_ACTION_READ_LOG: stopgap_action = 8;
/// Delete old records.
pub const STOPGAP_ACTION_PURGE: stopgap_action = 9;
/// Create or change a security code.
pub const STOPGAP_ACTION_MANAGE_SECURITY_CODE: stopgap_action = 10;
/// Add a master key to a store, or retire one.
pub const STOPGAP_ACTION_MANAGE_KEY: stopgap_action = 11;
/// Accept the clock after it was set back.
pub const STOPGAP_ACTION_ACCEPT_CLOCK: stopgap_action = 12;
/// Lower the number of days for which events are kept.
pub const STOPGAP_ACTION_LOWER_LOG_RETENTION: stopgap_action = 13;
/// Add a tenant, or list the tenants.
pub const STOPGAP_ACTION_MANAGE_TENANT: stopgap_action = 14;

const ACTIONS: [(Action, stopgap_action); 14] = [
    (Action::IssueCode, STOPGAP_ACTION_ISSUE_CODE),
    (Action::RevokeCode, STOPGAP_ACTION_REVOKE_CODE),
    (Action::AnswerRequest, STOPGAP_ACTION_ANSWER_REQUEST),
    (Action::ReadUser, STOPGAP_ACTION_READ_USER),
    (Action::ManageMachine, STOPGAP_ACTION_MANAGE_MACHINE),
    (Action::ResetThrottle, STOPGAP_ACTION_RESET_THROTTLE),
    (Action::ManagePreset, STOPGAP_ACTION_MANAGE_PRESET),
    (Action::ReadLog, STOPGAP_ACTION_READ_LOG),
    (Action::Purge, STOPGAP_ACTION_PURGE),
    (
        Action::ManageSecurityCode,
        STOPGAP_ACTION_MANAGE_SECURITY_CODE,
    ),
    (Action::ManageKey, STOPGAP_ACTION_MANAGE_KEY),
    (Action::AcceptClock, STOPGAP_ACTION_ACCEPT_CLOCK),
    (
        Action::LowerLogRetention,
        STOPGAP_ACTION_LOWER_LOG_RETENTION,
    ),
    (Action::ManageTenant, STOPGAP_ACTION_MANAGE_TENANT),
];

pub(crate) const fn role_number(role: Role) -> stopgap_role {
    match role {
        Role::User => STOPGAP_ROLE_USER,
        Role::HelpDesk => STOPGAP_ROLE_HELP_DESK,
        Role::Administrator => STOPGAP_ROLE_ADMINISTRATOR,
        Role::SuperAdministrator => STOPGAP_ROLE_SUPER_ADMINISTRATOR,
    }
}

/// Returns the number of an action; 0 for one without.
pub(crate) fn action_number(action: Action) -> stopgap_action {
    let numbered = ACTIONS.iter().find(|(known, _)| *known == action);
    numbered.map_or(0, |(_, number)| *number)
}

/// Returns the action of a number.
pub(crate) fn action_numbered(number: stopgap_action) -> Option<Action> {
    let numbered = ACTIONS.iter().find(|(_, known)| *known == number);
    numbered.map(|(action, _)| *action)
}
