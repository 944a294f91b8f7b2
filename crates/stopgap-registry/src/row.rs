//! The tables of a store and their rows, as a copy moves them.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use stopgap::{
    CodeFormat, KeyId, Name, OnlineGrant, OnlinePolicy, RecordId, Sealed, SecurityCode, Throttle,
    Verification, offline::Enrolment,
};

use crate::{
    event::Event,
    store::{KeyRow, SecurityRow},
};

/// A table of a store, with the rows of all tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// The latest times that registries have seen.
    Clocks,
    /// The ids of keys, to which other tables refer.
    Keys,
    /// The formats of codes.
    Formats,
    /// Named policies.
    Presets,
    /// Online codes.
    Codes,
    /// Verifications under an idempotency key.
    Verifications,
    /// Users' throttles.
    Throttles,
    /// Machines.
    Machines,
    /// Security codes.
    SecurityCodes,
    /// The audit log.
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
        Self::Verifications,
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
            Self::Verifications => "verifications",
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
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "see the tables")]
pub enum Row {
    Clock(DateTime<Utc>),
    Key(KeyRow),
    Format(CodeFormat),
    Preset(Name, OnlinePolicy),
    Code(Box<Sealed<OnlineGrant>>),
    Verification(Box<Sealed<Verification>>),
    Throttle(Name, Throttle),
    Machine(Box<Sealed<Enrolment>>),
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
            Self::Verification(_) => Table::Verifications,
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
            Self::Code(row) => {
                let record = row.unverified();
                RowKey::Owned(record.user.as_str(), record.id)
            }
            Self::Verification(row) => {
                let record = row.unverified();
                RowKey::Texts(record.user.as_str(), &record.idempotency_key)
            }
            Self::Machine(row) => {
                let record = row.unverified();
                RowKey::Texts(record.user.as_str(), record.machine.as_str())
            }
            Self::SecurityCode(row) => RowKey::Id(row.record.unverified().id),
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

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Clock(one), Self::Clock(other)) => one == other,
            (Self::Key(one), Self::Key(other)) => one == other,
            (Self::Format(one), Self::Format(other)) => one == other,
            (Self::Preset(one, policy), Self::Preset(other, others)) => {
                one == other && policy == others
            }
            (Self::Code(one), Self::Code(other)) => same(one, other, same_grant),
            (Self::Verification(one), Self::Verification(other)) => {
                same(one, other, same_verification)
            }
            (Self::Throttle(one, throttle), Self::Throttle(other, others)) => {
                one == other && throttle == others
            }
            (Self::Machine(one), Self::Machine(other)) => same(one, other, PartialEq::eq),
            (Self::SecurityCode(one), Self::SecurityCode(other)) => {
                let SecurityRow {
                    record,
                    last_used_at,
                } = &**one;
                same(record, &other.record, same_security_code)
                    && *last_used_at == other.last_used_at
            }
            (Self::Event(one), Self::Event(other)) => one == other,
            _ => false,
        }
    }
}

fn same<R>(one: &Sealed<R>, other: &Sealed<R>, records: impl Fn(&R, &R) -> bool) -> bool
where
    R: stopgap::Record,
{
    one.tag() == other.tag() && records(one.unverified(), other.unverified())
}

fn same_grant(one: &OnlineGrant, other: &OnlineGrant) -> bool {
    let OnlineGrant {
        id,
        key_id,
        digest,
        user,
        format,
        purposes,
        issued_at,
        not_before,
        expires_at,
        max_uses,
        uses,
        revoked_at,
    } = one;
    *id == other.id
        && *key_id == other.key_id
        && digest.as_bytes() == other.digest.as_bytes()
        && *user == other.user
        && *format == other.format
        && *purposes == other.purposes
        && *issued_at == other.issued_at
        && *not_before == other.not_before
        && *expires_at == other.expires_at
        && *max_uses == other.max_uses
        && *uses == other.uses
        && *revoked_at == other.revoked_at
}

fn same_verification(one: &Verification, other: &Verification) -> bool {
    let Verification {
        key_id,
        user,
        idempotency_key,
        purpose,
        digest,
        answered_at,
        answer,
    } = one;
    *key_id == other.key_id
        && *user == other.user
        && *idempotency_key == other.idempotency_key
        && *purpose == other.purpose
        && digest.as_bytes() == other.digest.as_bytes()
        && *answered_at == other.answered_at
        && *answer == other.answer
}

fn same_security_code(one: &SecurityCode, other: &SecurityCode) -> bool {
    let SecurityCode {
        id,
        key_id,
        digest,
        access,
        scopes,
        description,
        created_at,
        lifetime,
    } = one;
    *id == other.id
        && *key_id == other.key_id
        && digest.as_bytes() == other.digest.as_bytes()
        && *access == other.access
        && *scopes == other.scopes
        && *description == other.description
        && *created_at == other.created_at
        && *lifetime == other.lifetime
}

#[cfg(test)]
mod tests {
    use stopgap::{Access, CodeDigest, Lifetime, Purpose, Purposes, RecordTag, Scopes};

    use super::*;

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    fn id(micros: i64) -> RecordId {
        RecordId::first_at(at(micros))
    }

    fn tag(number: u8) -> RecordTag {
        RecordTag::from_bytes([number; 32])
    }

    fn digest(number: u8) -> CodeDigest {
        CodeDigest::from_bytes([number; 32])
    }

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    /// A row is equal to itself, and to none that differs in one field or in its tag.
    fn differ<R: Clone>(record: &R, row: impl Fn(Sealed<R>) -> Row, edits: &[fn(&mut R)]) {
        let sealed = |record, number| row(Sealed::from_parts(record, tag(number)));
        let first = sealed(record.clone(), 0);
        assert_eq!(first, sealed(record.clone(), 0));
        assert_ne!(first, sealed(record.clone(), 1));
        for (index, edit) in edits.iter().enumerate() {
            let mut other = record.clone();
            edit(&mut other);
            assert_ne!(first, sealed(other, 0), "edit {index}");
        }
    }

    #[test]
    fn rows_differ_if_a_field_does() {
        let grant = OnlineGrant {
            id: id(1),
            key_id: KeyId(1),
            digest: digest(0),
            user: name("alice"),
            format: CodeFormat::ONLINE,
            purposes: Purposes::ALL,
            issued_at: at(1),
            not_before: None,
            expires_at: at(7),
            max_uses: None,
            uses: 0,
            revoked_at: None,
        };
        differ(
            &grant,
            |row| Row::Code(Box::new(row)),
            &[
                |record| record.id = id(2),
                |record| record.key_id = KeyId(2),
                |record| record.digest = digest(1),
                |record| record.user = name("bob"),
                |record| record.format.check_symbol = true,
                |record| record.purposes = Purpose::Reset.into(),
                |record| record.issued_at = at(2),
                |record| record.not_before = Some(at(2)),
                |record| record.expires_at = at(8),
                |record| record.max_uses = Some(1),
                |record| record.uses = 1,
                |record| record.revoked_at = Some(at(2)),
            ],
        );
    }

    #[test]
    fn a_verification_a_machine_and_a_security_code_differ_likewise() {
        let verification = Verification {
            key_id: KeyId(1),
            user: name("alice"),
            idempotency_key: "one".into(),
            purpose: Purpose::Reset,
            digest: digest(0),
            answered_at: at(1),
            answer: b"{}".to_vec(),
        };
        differ(
            &verification,
            |row| Row::Verification(Box::new(row)),
            &[
                |record| record.key_id = KeyId(2),
                |record| record.user = name("bob"),
                |record| record.idempotency_key.push('.'),
                |record| record.purpose = Purpose::Bypass,
                |record| record.digest = digest(1),
                |record| record.answered_at = at(2),
                |record| record.answer.push(b' '),
            ],
        );
        let enrolment = Enrolment {
            key_id: KeyId(1),
            user: name("alice"),
            machine: name("DESK"),
            generation: 1,
            enrolled_at: at(1),
            retired_at: None,
        };
        differ(
            &enrolment,
            |row| Row::Machine(Box::new(row)),
            &[|record| record.generation = 2],
        );
        let security_code = SecurityCode {
            id: id(1),
            key_id: KeyId(1),
            digest: digest(0),
            access: Access::SuperAdministrator,
            scopes: Scopes::UNLIMITED,
            description: String::new(),
            created_at: at(1),
            lifetime: Lifetime::Permanent,
        };
        let row = |last_used_at| {
            move |record| {
                Row::SecurityCode(Box::new(SecurityRow {
                    record,
                    last_used_at,
                }))
            }
        };
        differ(
            &security_code,
            row(None),
            &[
                |record| record.id = id(2),
                |record| record.key_id = KeyId(2),
                |record| record.digest = digest(1),
                |record| record.access = Access::SameAs(name("alice")),
                |record| record.scopes = Scopes::new(["reports"]).unwrap(),
                |record| record.description.push('.'),
                |record| record.created_at = at(2),
                |record| record.lifetime = Lifetime::Deleted,
            ],
        );
        let sealed = || Sealed::from_parts(security_code.clone(), tag(0));
        assert_ne!(row(None)(sealed()), row(Some(at(2)))(sealed()));
        assert_ne!(Row::Clock(at(1)), Row::Format(CodeFormat::ONLINE));
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
