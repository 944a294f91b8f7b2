//! Numbers of things, as people write them.

use indicatif::HumanCount;

/// Returns a number with its noun in the right number: `no codes`, `one code`, `2 codes`,
/// `1,000 codes`.
pub(crate) fn counted(number: impl TryInto<u64>, noun: &str) -> String {
    match number.try_into().unwrap_or(u64::MAX) {
        0 => format!("no {noun}s"),
        1 => format!("one {noun}"),
        many => format!("{} {noun}s", HumanCount(many)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_noun_has_the_number_of_its_things() {
        for (number, text) in [
            (0_usize, "no security codes"),
            (1, "one security code"),
            (2, "2 security codes"),
            (1_000, "1,000 security codes"),
        ] {
            assert_eq!(counted(number, "security code"), text);
        }
    }
}
