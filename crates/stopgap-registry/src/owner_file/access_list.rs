//! The owner and the access control list of a file, from their text: the security descriptor
//! definition language of Windows.

/// The system, administrators, and the present owner of the file.
const TRUSTED: [&str; 3] = ["SY", "BA", "OW"];

/// The numbers of the trusted, in the same order.
const TRUSTED_NUMBERS: [&str; 3] = ["S-1-5-18", "S-1-5-32-544", "S-1-3-4"];

/// Rights by which a file or what is in a folder can be changed: write or append data, delete
/// what is in it, delete, change the list or the owner; generic write and all.
const CHANGING: u32 = 0x0002 | 0x0004 | 0x0040 | 0x0001_0000 | 0x000C_0000 | 0x5000_0000;

/// The words for such rights.
const CHANGING_WORDS: [&str; 11] = [
    "FA", "FW", "GA", "GW", "WD", "WO", "SD", "DC", "LC", "DT", "KA",
];

/// The owner and the access control list of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AccessList<'a> {
    pub(super) owner: &'a str,
    /// The entries that allow something. `None` if there is no list: then all have access.
    allowed: Option<Vec<Entry<'a>>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry<'a> {
    rights: &'a str,
    user: &'a str,
}

impl<'a> AccessList<'a> {
    /// Reads a text such as `O:BAD:P(A;;FA;;;SY)`. Returns `None` for other text.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let owner = text.strip_prefix("O:")?;
        let (owner, list) = match owner.split_once("D:") {
            Some((owner, list)) => (owner, Some(list)),
            None => (owner, None),
        };
        let list = list.filter(|list| !list.starts_with("NO_ACCESS_CONTROL"));
        let allowed = match list {
            Some(list) => Some(entries(list)?),
            None => None,
        };
        Some(Self { owner, allowed })
    }

    /// Returns `true` if others than the owner and this user have any access.
    pub(super) fn is_exposed(&self, user: &str) -> bool {
        self.others_have(user, |_| true)
    }

    /// Returns `true` if others than the owner and this user can change the file.
    pub(super) fn is_writable_by_others(&self, user: &str) -> bool {
        self.others_have(user, changes)
    }

    /// Returns `true` if the owner is this user, the system or an administrator.
    pub(super) fn has_trusted_owner(&self, user: &str) -> bool {
        self.owner == user || is_trusted(self.owner)
    }

    fn others_have(&self, user: &str, counts: impl Fn(&str) -> bool) -> bool {
        let Some(allowed) = &self.allowed else {
            return true;
        };
        let mut others = allowed.iter().filter(|entry| {
            entry.user != self.owner && entry.user != user && !is_trusted(entry.user)
        });
        others.any(|entry| counts(entry.rights))
    }
}

fn is_trusted(user: &str) -> bool {
    TRUSTED.contains(&user) || TRUSTED_NUMBERS.contains(&user)
}

/// Reads the entries of a list such as `PAI(A;ID;FA;;;SY)(D;;FR;;;WD)`.
fn entries(list: &str) -> Option<Vec<Entry<'_>>> {
    let mut allowed = Vec::new();
    let (_, mut rest) = list.split_at(list.find('(').unwrap_or(list.len()));
    while let Some(inner) = rest.strip_prefix('(') {
        let (entry, behind) = inner.split_at(end_of(inner)?);
        rest = behind.strip_prefix(')')?.trim_start();
        let mut fields = entry.split(';');
        let (kind, flags, rights) = (fields.next()?, fields.next()?, fields.next()?);
        let user = fields.nth(2)?;
        // Entries of a folder that are only for what is in it do not concern the folder.
        let is_for_children = pairs(flags).any(|flag| flag == "IO");
        // `A` and its kin allow; `D` and its kin deny; the rest is about audits.
        if kind.ends_with('A') && !is_for_children {
            allowed.push(Entry { rights, user });
        }
    }
    rest.is_empty().then_some(allowed)
}

/// Returns the place of the parenthesis that ends an entry, whose condition may have more.
fn end_of(entry: &str) -> Option<usize> {
    let mut open = 1_usize;
    for (place, symbol) in entry.char_indices() {
        match symbol {
            '(' => open = open.saturating_add(1),
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            return Some(place);
        }
    }
    None
}

/// Returns `true` if the rights allow a change.
fn changes(rights: &str) -> bool {
    if let Some(digits) = rights.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).map_or(true, |mask| mask & CHANGING != 0);
    }
    pairs(rights).any(|word| CHANGING_WORDS.contains(&word))
}

/// Splits a text into words of two letters.
fn pairs(text: &str) -> impl Iterator<Item = &str> {
    let starts = (0..text.len()).step_by(2);
    starts.map(|start| {
        text.get(start..)
            .map_or("", |rest| rest.get(..2).unwrap_or(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: &str = "S-1-5-21-1-2-3-1001";

    fn list(entries: &str) -> String {
        format!("O:{ME}D:PAI{entries}")
    }

    fn exposed(text: &str) -> bool {
        AccessList::read(text).unwrap().is_exposed(ME)
    }

    fn writable(text: &str) -> bool {
        AccessList::read(text).unwrap().is_writable_by_others(ME)
    }

    #[test]
    fn the_list_for_the_owner_alone_is_not_exposed() {
        for entries in [
            "(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)",
            "(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;S-1-5-21-1-2-3-1001)",
            "(D;;FA;;;WD)(A;;FA;;;SY)",
            "(A;OICIIO;GA;;;WD)(A;;FA;;;SY)",
            "",
        ] {
            assert!(!exposed(&list(entries)), "{entries}");
        }
        // An administrator's file belongs to all administrators.
        let text = "O:BAD:(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;S-1-5-21-1-2-3-1001)";
        assert!(!exposed(text));
        let other = AccessList::read(text).unwrap();
        assert!(other.is_exposed("S-1-5-21-1-2-3-1002"));
    }

    #[test]
    fn any_access_of_others_is_exposed() {
        for entries in [
            "(A;;FA;;;SY)(A;;0x1200a9;;;WD)",
            "(A;ID;FR;;;BU)",
            "(XA;;FX;;;AU;(@User.a))",
            "(OA;;CR;ab721a53;;AU)",
        ] {
            assert!(exposed(&list(entries)), "{entries}");
        }
        assert!(exposed("O:BAD:NO_ACCESS_CONTROL"));
        assert!(exposed("O:BA"));
    }

    #[test]
    fn reading_is_no_change() {
        for entries in ["(A;;0x1200a9;;;WD)", "(A;;FR;;;BU)", "(A;;CCSWRC;;;BU)"] {
            assert!(!writable(&list(entries)), "{entries}");
        }
        for entries in [
            "(A;;0x1301bf;;;AU)",
            "(A;;FA;;;WD)",
            "(A;;FRFW;;;BU)",
            "(A;;CCDC;;;BU)",
            "(A;;WD;;;BU)",
            "(A;;0x10000000;;;BU)",
            "(A;;0xfffffffff;;;BU)",
        ] {
            assert!(writable(&list(entries)), "{entries}");
        }
    }

    #[test]
    fn an_owner_is_trusted_or_not() {
        let trusted = |owner: &str| {
            let text = format!("O:{owner}D:(A;;FA;;;SY)");
            AccessList::read(&text).unwrap().has_trusted_owner(ME)
        };
        assert!(trusted(ME) && trusted("BA") && trusted("SY") && trusted("S-1-5-18"));
        assert!(!trusted("S-1-5-21-1-2-3-1002") && !trusted("BU") && !trusted(""));
    }

    #[test]
    fn other_text_is_no_list() {
        for text in [
            "",
            "D:(A;;FA;;;SY)",
            "O:BAD:(A;;FA;;;SY",
            "O:BAD:(A;;FA)",
            "O:BAD:(A;;FA;;;SY)x",
        ] {
            assert_eq!(AccessList::read(text), None, "{text}");
        }
    }
}
