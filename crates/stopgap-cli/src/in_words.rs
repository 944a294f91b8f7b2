//! Purposes, rights and scopes in one line.

use stopgap::{Access, Purpose, Purposes, Role, Scopes};

/// Returns the purposes in one line: `reset, register, bypass`.
pub(crate) fn words(purposes: Purposes) -> String {
    let words: Vec<&str> = purposes.iter().map(Purpose::as_str).collect();
    words.join(", ")
}

/// Returns the rights of a code in one line.
pub(crate) fn access(access: &Access) -> String {
    match access {
        Access::SuperAdministrator => Role::SuperAdministrator.to_string(),
        Access::SameAs(user) => format!("same as {user}"),
    }
}

/// Returns the scopes in one line.
pub(crate) fn scopes(scopes: &Scopes) -> String {
    if scopes.is_unlimited() {
        return "unlimited".into();
    }
    let scopes: Vec<&str> = scopes.iter().collect();
    scopes.join(", ")
}
