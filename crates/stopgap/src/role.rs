//! Actors, their roles, and the actions that a role may take.

use core::{fmt, str::FromStr};

use crate::{
    invalid_value::InvalidValue,
    name::{Name, NameError},
};

/// A role, from the fewest rights to the most (SPEC, "Roles").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Role {
    /// Uses codes, manages none.
    User,
    /// Issues and revokes online codes, answers request codes, and enrols machines.
    HelpDesk,
    /// Also unlocks users, manages presets and reads the audit log.
    Administrator,
    /// Also manages security codes and keys.
    SuperAdministrator,
}

impl Role {
    /// All roles, from the fewest rights to the most.
    pub const ALL: [Self; 4] = [
        Self::User,
        Self::HelpDesk,
        Self::Administrator,
        Self::SuperAdministrator,
    ];

    /// Returns `user`, `help_desk`, `administrator` or `super_administrator`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::HelpDesk => "help_desk",
            Self::Administrator => "administrator",
            Self::SuperAdministrator => "super_administrator",
        }
    }

    /// Returns the lowest role that may take an action.
    const fn least_for(action: Action) -> Self {
        match action {
            Action::IssueCode
            | Action::RevokeCode
            | Action::AnswerRequest
            | Action::ReadUser
            | Action::ManageMachine => Self::HelpDesk,
            Action::ResetThrottle | Action::ManagePreset | Action::ReadLog | Action::Purge => {
                Self::Administrator
            }
            Action::ManageSecurityCode
            | Action::ManageKey
            | Action::AcceptClock
            | Action::LowerLogRetention
            | Action::ManageTenant => Self::SuperAdministrator,
        }
    }

    /// Checks that this role may take an action.
    ///
    /// # Errors
    ///
    /// [`Forbidden`] names the role and the action.
    pub fn may(self, action: Action) -> Result<(), Forbidden> {
        if self >= Self::least_for(action) {
            Ok(())
        } else {
            Err(Forbidden { role: self, action })
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Role {
    type Err = InvalidValue;

    /// Reads the word of [`as_str`](Self::as_str), in any case.
    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(text))
            .ok_or(InvalidValue::Role)
    }
}

/// An action that needs a role (SPEC, "Roles").
///
/// Changes of a [`SecurityCode`](crate::SecurityCode) check it themselves. Callers check
/// all others first: [`Actor::may`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Issue an online code.
    IssueCode,
    /// Revoke an online code.
    RevokeCode,
    /// Answer a request code with an offline code.
    AnswerRequest,
    /// Look at a user's codes, machines and failures.
    ReadUser,
    /// Enrol a machine, again or for the first time, or retire it.
    ManageMachine,
    /// Unlock a user.
    ResetThrottle,
    /// Set or remove a preset.
    ManagePreset,
    /// Read the audit log.
    ReadLog,
    /// Delete old records.
    Purge,
    /// Create or change a security code.
    ManageSecurityCode,
    /// Add or retire a master key.
    ManageKey,
    /// Accept a clock that was set back.
    AcceptClock,
    /// Lower the number of days for which events are kept.
    LowerLogRetention,
    /// Add a tenant, or list the tenants.
    ManageTenant,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 14] = [
        Self::IssueCode,
        Self::RevokeCode,
        Self::AnswerRequest,
        Self::ReadUser,
        Self::ManageMachine,
        Self::ResetThrottle,
        Self::ManagePreset,
        Self::ReadLog,
        Self::Purge,
        Self::ManageSecurityCode,
        Self::ManageKey,
        Self::AcceptClock,
        Self::LowerLogRetention,
        Self::ManageTenant,
    ];
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IssueCode => "issue a code",
            Self::RevokeCode => "revoke a code",
            Self::AnswerRequest => "answer a request code",
            Self::ReadUser => "look at a user's codes, machines and failures",
            Self::ManageMachine => "enrol or retire a machine",
            Self::ResetThrottle => "unlock a user",
            Self::ManagePreset => "manage presets",
            Self::ReadLog => "read the audit log",
            Self::Purge => "delete old records",
            Self::ManageSecurityCode => "manage security codes",
            Self::ManageKey => "manage keys",
            Self::AcceptClock => "accept a clock that was set back",
            Self::LowerLogRetention => "lower the retention of the audit log",
            Self::ManageTenant => "add or list tenants",
        })
    }
}

/// The person or program that acts (SPEC, "Roles"). The caller has authenticated it.
///
/// ```
/// use stopgap::{Action, Actor, Role};
///
/// let dana = Actor::new("dana", Role::HelpDesk)?;
/// assert!(dana.may(Action::IssueCode).is_ok());
/// assert_eq!(
///     dana.may(Action::ManageSecurityCode).unwrap_err().to_string(),
///     "help_desk may not manage security codes"
/// );
/// # Ok::<(), stopgap::NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Actor {
    /// The name.
    pub name: Name,
    /// The role.
    pub role: Role,
    /// The person for whom the actor acts, for the audit log. It decides nothing.
    #[cfg_attr(feature = "serde", serde(default))]
    pub on_behalf_of: Option<Name>,
}

impl Actor {
    /// Returns the actor with this name and role.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the name is not valid.
    pub fn new(name: &str, role: Role) -> Result<Self, NameError> {
        Ok(Self {
            name: Name::new(name)?,
            role,
            on_behalf_of: None,
        })
    }

    /// Sets the person for whom the actor acts.
    #[must_use]
    pub fn on_behalf_of(self, name: Name) -> Self {
        Self {
            on_behalf_of: Some(name),
            ..self
        }
    }

    /// Checks that the actor may take an action.
    ///
    /// # Errors
    ///
    /// [`Forbidden`] names the role and the action.
    pub fn may(&self, action: Action) -> Result<(), Forbidden> {
        self.role.may(action)
    }
}

/// The actor's role does not allow the action (SPEC, "Roles").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{role} may not {action}")]
pub struct Forbidden {
    /// The role.
    pub role: Role,
    /// The action.
    pub action: Action,
}
