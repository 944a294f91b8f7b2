//! The tables of a store and their rows, as a copy moves them.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use stopgap::{CodeFormat, KeyId, Name, OnlinePolicy, SecurityCode, Throttle};

use crate::{
    event::Event,
    machine::Machine,
    record_id::RecordId,
    store::{AttemptRow, CodeRow, KeyRow, SecurityRow},
};

/// A table of a store, with the rows of all tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// The latest time that was noted.
    Clocks,
    /// The numbers of keys, to which other tables refer.
    Keys,
    /// The formats of codes.
    Formats,
    /// Named policies.
    Presets,
    /// Online codes.
    Codes,
    /// The answers to attempts.
    Attempts,
    /// Users' throttles.
    Throttles,
    /// Machines.
    Machines,
    /// Security codes.
    SecurityCodes,
    /// The log.
    Events,
}

impl Table {
    /// All tables; a table comes after those to which it refers.
    pub const ALL: [Self; 10] = [
        Self::Clocks,
        Self::Keys,
        Self::Formats,
        Self::Presets,
        Self::Codes,
        Self::Attempts,
        Self::Throttles,
        Self::Machines,
        Self::SecurityCodes,
        Self::Events,
    ];

    /// Returns the name in SQL, which never changes: `online_codes`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clocks => "clocks",
            Self::Keys => "keys",
            Self::Formats => "formats",
            Self::Presets => "presets",
            Self::Codes => "online_codes",
            Self::Attempts => "attempts",
            Self::Throttles => "throttles",
            Self::Machines => "machines",
            Self::SecurityCodes => "security_codes",
            Self::Events => "events",
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A row of a [`Table`]. Two are equal if all fields are.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "see the tables")]
pub enum Row {
    Clock(DateTime<Utc>),
    Key(KeyRow),
    Format(CodeFormat),
    Preset(Name, OnlinePolicy),
    Code(Box<CodeRow>),
    Attempt(AttemptRow),
    Throttle(Name, Throttle),
    Machine(Machine),
    SecurityCode(Box<SecurityRow>),
    Event(Box<Event>),
}

/// The key of a row within its tenant and table, in the order of every store.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowKey<'r> {
    Only,
    Number(KeyId),
    Text(Cow<'r, str>),
    Texts(&'r str, &'r str),
    Owned(&'r str, RecordId),
    Id(RecordId),
}

impl Row {
    /// Returns the table of the row.
    #[must_use]
    pub const fn table(&self) -> Table {
        match self {
            Self::Clock(_) => Table::Clocks,
            Self::Key(_) => Table::Keys,
            Self::Format(_) => Table::Formats,
            Self::Preset(..) => Table::Presets,
            Self::Code(_) => Table::Codes,
            Self::Attempt(_) => Table::Attempts,
            Self::Throttle(..) => Table::Throttles,
            Self::Machine(_) => Table::Machines,
            Self::SecurityCode(_) => Table::SecurityCodes,
            Self::Event(_) => Table::Events,
        }
    }

    pub(crate) fn key(&self) -> RowKey<'_> {
        match self {
            Self::Clock(_) => RowKey::Only,
            Self::Key(row) => RowKey::Number(row.id),
            Self::Format(format) => RowKey::Text(format_key(format).into()),
            Self::Preset(name, _) | Self::Throttle(name, _) => RowKey::Text(name.as_str().into()),
            Self::Code(row) => RowKey::Owned(row.record.user.as_str(), row.record.id),
            Self::Attempt(row) => RowKey::Text(row.id.as_str().into()),
            Self::Machine(machine) => {
                let enrolment = &machine.enrolment;
                RowKey::Texts(enrolment.user.as_str(), enrolment.machine.as_str())
            }
            Self::SecurityCode(row) => RowKey::Id(row.id),
            Self::Event(event) => RowKey::Id(event.id),
        }
    }
}

/// Returns the key of a format, its JSON: a store has few of them.
fn format_key(format: &CodeFormat) -> String {
    serde_json::to_string(format).unwrap_or_else(|_| format!("{format:?}"))
}

impl fmt::Display for RowKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only => f.write_str("the only row"),
            Self::Number(id) => write!(f, "{id}"),
            Self::Text(text) => f.write_str(text),
            Self::Texts(one, other) => write!(f, "{one} {other}"),
            Self::Owned(user, id) => write!(f, "{user} {id}"),
            Self::Id(id) => write!(f, "{id}"),
        }
    }
}

// Fields are named one by one, so that a new field is not forgotten. The comparison need
// not take constant time: a copy has the whole store anyway.

impl PartialEq for CodeRow {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            record,
            digest,
            tag,
        } = self;
        *record == other.record
            && digest.as_bytes() == other.digest.as_bytes()
            && tag.as_bytes() == other.tag.as_bytes()
    }
}

impl PartialEq for SecurityRow {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            id,
            code,
            last_used_at,
            tag,
        } = self;
        *id == other.id
            && same_security_code(code, &other.code)
            && *last_used_at == other.last_used_at
            && tag.as_bytes() == other.tag.as_bytes()
    }
}

fn same_security_code(one: &SecurityCode, other: &SecurityCode) -> bool {
    let SecurityCode {
        key_id,
        digest,
        access,
        scopes,
        description,
        created_at,
        life,
    } = one;
    *key_id == other.key_id
        && digest.as_bytes() == other.digest.as_bytes()
        && *access == other.access
        && *scopes == other.scopes
        && *description == other.description
        && *created_at == other.created_at
        && *life == other.life
}

impl PartialEq for AttemptRow {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            id,
            key_id,
            answer,
            tag,
            at,
        } = self;
        *id == other.id
            && *key_id == other.key_id
            && *answer == other.answer
            && tag.as_bytes() == other.tag.as_bytes()
            && *at == other.at
    }
}

#[cfg(test)]
mod tests {
    use stopgap::{Access, CodeDigest, Life, Purposes, RecordTag, Scopes};

    use super::*;
    use crate::online::CodeRecord;

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    fn id(micros: i64) -> RecordId {
        RecordId::first_at(at(micros))
    }

    /// A row is equal to itself, and to none that differs in one field.
    fn differ<R: Clone + PartialEq + fmt::Debug>(row: &R, edits: &[fn(&mut R)]) {
        assert_eq!(*row, row.clone());
        for (index, edit) in edits.iter().enumerate() {
            let mut other = row.clone();
            edit(&mut other);
            assert_ne!(*row, other, "edit {index}");
        }
    }

    #[test]
    fn rows_differ_where_a_field_does() {
        let code = CodeRow {
            record: CodeRecord {
                id: id(1),
                user: Name::new("alice").unwrap(),
                key_id: KeyId(1),
                purposes: Purposes::ALL,
                not_before: None,
                expires_at: at(7),
                max_uses: None,
                uses: 0,
                revoked_at: None,
            },
            digest: CodeDigest::from_bytes([0; 32]),
            tag: RecordTag::from_bytes([0; 32]),
        };
        differ(
            &code,
            &[
                |row| row.record.uses = 1,
                |row| row.digest = CodeDigest::from_bytes([1; 32]),
                |row| row.tag = RecordTag::from_bytes([1; 32]),
            ],
        );
        let security_code = SecurityRow {
            id: id(1),
            code: SecurityCode {
                key_id: KeyId(1),
                digest: CodeDigest::from_bytes([0; 32]),
                access: Access::SuperAdministrator,
                scopes: Scopes::UNLIMITED,
                description: String::new(),
                created_at: at(1),
                life: Life::Permanent,
            },
            last_used_at: None,
            tag: RecordTag::from_bytes([0; 32]),
        };
        differ(
            &security_code,
            &[
                |row| row.id = id(2),
                |row| row.code.key_id = KeyId(2),
                |row| row.code.digest = CodeDigest::from_bytes([1; 32]),
                |row| row.code.access = Access::SameAs(Name::new("alice").unwrap()),
                |row| row.code.scopes = Scopes::new(["reports"]).unwrap(),
                |row| row.code.description.push('.'),
                |row| row.code.created_at = at(2),
                |row| row.code.life = Life::Deleted,
                |row| row.last_used_at = Some(at(2)),
                |row| row.tag = RecordTag::from_bytes([1; 32]),
            ],
        );
        let attempt = AttemptRow {
            id: Name::new("one").unwrap(),
            key_id: KeyId(1),
            answer: "{}".into(),
            tag: RecordTag::from_bytes([0; 32]),
            at: at(1),
        };
        differ(
            &attempt,
            &[
                |row| row.id = Name::new("other").unwrap(),
                |row| row.key_id = KeyId(2),
                |row| row.answer.push(' '),
                |row| row.tag = RecordTag::from_bytes([1; 32]),
                |row| row.at = at(2),
            ],
        );
    }

    #[test]
    fn a_row_is_named_by_its_key() {
        let one = id(1_763_766_000_123_456);
        for (key, expected) in [
            (RowKey::Only, "the only row".to_owned()),
            (RowKey::Number(KeyId(7)), "7".to_owned()),
            (RowKey::Text("kiosk".into()), "kiosk".to_owned()),
            (RowKey::Texts("alice", "DESK"), "alice DESK".to_owned()),
            (RowKey::Owned("alice", one), format!("alice {one}")),
            (RowKey::Id(one), one.to_string()),
        ] {
            assert_eq!(key.to_string(), expected);
        }
    }
}
