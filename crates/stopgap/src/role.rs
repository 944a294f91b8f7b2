//! Who acts, and what a role may do.

use core::{fmt, str::FromStr};

use crate::name::Name;

/// What somebody is, from the least to the most that they may do (SPEC,
/// "Roles").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Role {
    /// Uses codes; manages none.
    User,
    /// Issues and revokes authorization codes, online and offline, and enrols
    /// machines.
    HelpDesk,
    /// The same; resets throttles, manages presets, reads the log.
    Administrator,
    /// All of it, and the only one who manages security codes and keys.
    SuperAdministrator,
}

impl Role {
    /// Every role, from the least to the most.
    pub const ALL: [Self; 4] = [
        Self::User,
        Self::HelpDesk,
        Self::Administrator,
        Self::SuperAdministrator,
    ];

    /// `user`, `help_desk`, `administrator` or `super_administrator`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::HelpDesk => "help_desk",
            Self::Administrator => "administrator",
            Self::SuperAdministrator => "super_administrator",
        }
    }

    /// The least role that may do this.
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
            Action::ManageSecurityCode | Action::ManageKey | Action::AcceptClock => {
                Self::SuperAdministrator
            }
        }
    }

    /// Whether this role may do this.
    ///
    /// # Errors
    ///
    /// [`Forbidden`] names the role and what it may not do.
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
    type Err = RoleError;

    /// Reads the word that [`as_str`](Self::as_str) gives, in any case.
    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(text))
            .ok_or(RoleError)
    }
}

/// A word that names no role (SPEC, "Roles").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role is user, help_desk, administrator or super_administrator")]
pub struct RoleError;

/// What not everybody may do (SPEC, "Roles").
///
/// [`SecurityCode`](crate::SecurityCode) asks by itself. Whoever does the rest by
/// other means asks first: [`Actor::may`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Issue an online code.
    IssueCode,
    /// Revoke an online code.
    RevokeCode,
    /// Answer a request code with an offline code.
    AnswerRequest,
    /// Look at what is kept of a user: codes, machines, failures.
    ReadUser,
    /// Enrol a machine, anew where it was before, or retire it.
    ManageMachine,
    /// Open the door that a throttle has closed.
    ResetThrottle,
    /// Name a kind of codes to issue, change what the name stands for, remove it.
    ManagePreset,
    /// Read what was done, by whom and to whom.
    ReadLog,
    /// Delete records that have served their time.
    Purge,
    /// Create or change a security code: anything but authenticate with one.
    ManageSecurityCode,
    /// Add a master key to those of a store, or retire one.
    ManageKey,
    /// Take the clock as it is, after it was set back.
    AcceptClock,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 12] = [
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
            Self::ResetThrottle => "reset a throttle",
            Self::ManagePreset => "manage presets",
            Self::ReadLog => "read the log",
            Self::Purge => "purge old records",
            Self::ManageSecurityCode => "manage security codes",
            Self::ManageKey => "manage keys",
            Self::AcceptClock => "accept the clock",
        })
    }
}

/// Who acts (SPEC, "Roles"). The caller has found out who that is; this is for rights and logs.
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
    /// Their name.
    pub name: Name,
    /// What they are.
    pub role: Role,
}

impl Actor {
    /// Somebody of this name and role.
    ///
    /// # Errors
    ///
    /// [`NameError`](crate::NameError) where that is no name.
    pub fn new(name: &str, role: Role) -> Result<Self, crate::NameError> {
        let name = Name::new(name)?;
        Ok(Self { name, role })
    }

    /// Whether they may do this.
    ///
    /// # Errors
    ///
    /// [`Forbidden`] names the role and what it may not do.
    pub fn may(&self, action: Action) -> Result<(), Forbidden> {
        self.role.may(action)
    }
}

/// The actor's role does not suffice (SPEC, "Roles").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{role} may not {action}")]
pub struct Forbidden {
    /// The role that was not enough.
    pub role: Role,
    /// What it was not enough for.
    pub action: Action,
}
