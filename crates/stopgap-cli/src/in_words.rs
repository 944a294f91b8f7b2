//! Purposes, validities, rights and scopes in one line.

use stopgap::{Access, Purpose, Purposes, Role, Scopes, Validity};

/// Returns the purposes in one line: `reset, register, bypass`.
pub(crate) fn words(purposes: Purposes) -> String {
    let words: Vec<&str> = purposes.iter().map(Purpose::as_str).collect();
    words.join(", ")
}

/// Returns a validity as it is typed: `7d`, `1mo` or `1h30m`.
pub(crate) fn typed(validity: Validity) -> String {
    let iso = validity.to_string();
    match iso.strip_prefix("PT") {
        Some(time) => time.to_lowercase(),
        None => iso
            .trim_start_matches('P')
            .to_lowercase()
            .replace('m', "mo"),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validity_is_shown_as_it_is_typed() {
        for text in ["1d", "31d", "1mo", "90m", "8h", "1h30m", "24h"] {
            let validity: Validity = text.parse().unwrap();
            assert_eq!(typed(validity).parse(), Ok(validity), "{text}");
            assert!(typed(validity).len() <= 5, "{text}");
        }
        assert_eq!(typed("P1M".parse().unwrap()), "1mo");
        assert_eq!(typed("P7D".parse().unwrap()), "7d");
    }
}
