//! Suggestions from the rows of a store. Their tags are not verified: a suggestion decides
//! nothing.

use std::{sync::mpsc, thread, time::Duration};

use chrono::{DateTime, Utc};
use stopgap::{Name, RecordId};
use stopgap_registry::{
    Clock, CodeState, IdPrefix, SystemClock,
    store::{self, Query, Row, Selection, Store, Table, Value},
};

use super::{context::Source, suggestion::Suggestion};

/// The time after which a store that does not answer has nothing to suggest.
const PATIENCE: Duration = Duration::from_secs(1);

/// The rows of a table that are read.
const MOST: usize = 500;

/// The records with the ids that an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ids {
    /// Online codes.
    Online,
    /// Online codes that can be used now or later.
    OnlineUsable,
    /// Security codes.
    Security,
    /// Records of any kind.
    All,
}

/// A store that is open, and one of its tenants.
pub(super) struct Reader {
    store: Box<dyn Store>,
    tenant: Name,
    now: DateTime<Utc>,
}

/// Reads suggestions from a store. Returns `None` if it cannot be read, or not in time.
pub(super) fn read<T, F>(source: Source, word: String, read: F) -> Option<T>
where
    T: Send + 'static,
    F: FnOnce(&Reader, &str) -> Option<T> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel();
    let reading = move || {
        let now = SystemClock.now();
        let reader = Reader {
            store: store::open_source(&source.url, now).ok()?,
            tenant: source.tenant,
            now,
        };
        read(&reader, &word)
    };
    // If the receiver is gone, it was too late.
    let thread = thread::Builder::new().spawn(move || drop(sender.send(reading())));
    thread.ok()?;
    receiver.recv_timeout(PATIENCE).ok().flatten()
}

impl Reader {
    fn load(&self, selections: Vec<Selection>) -> Option<Vec<Row>> {
        let query = Query {
            selections,
            ..Query::default()
        };
        let snapshot = self.store.load(&self.tenant, &query).ok()?;
        Some(snapshot.rows.into_iter().flatten().collect())
    }

    /// Returns the rows of a table whose key has these values, and then a text that begins with
    /// a word: the first ones and the last ones. What all of them begin with, all between them
    /// begin with as well, so that a shell never adds more to the word than it may.
    fn beginning(&self, table: Table, prefix: &[Value], word: &str) -> Option<Vec<Row>> {
        let selection = Selection {
            prefix: prefix.to_vec(),
            ..Selection::all(table)
        };
        let selection = selection
            .from(vec![word.into()])
            .before(vec![format!("{word}{}", char::MAX).into()]);
        let last = selection.clone().descending().limit(MOST);
        self.load(vec![selection.limit(MOST), last])
    }
}

fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    match row.value(column) {
        Value::Text(text) => text,
        _ => "",
    }
}

/// Returns the values of a column, each once.
fn each(mut rows: Vec<Row>, column: &str) -> Vec<Suggestion> {
    rows.sort_by(|one, other| text(one, column).cmp(text(other, column)));
    rows.dedup_by(|one, other| text(one, column) == text(other, column));
    let values = rows.iter().map(|row| Suggestion::new(text(row, column)));
    values.collect()
}

/// Returns the users who had a code or a machine.
pub(super) fn users(reader: &Reader, word: &str) -> Option<Vec<Suggestion>> {
    let mut rows = reader.beginning(Table::Heads, &[], word)?;
    rows.retain(|row| *row.value("is_stranger") == Value::Integer(0));
    Some(each(rows, "user_name"))
}

/// Returns the presets.
pub(super) fn presets(reader: &Reader, word: &str) -> Option<Vec<Suggestion>> {
    let rows = reader.beginning(Table::Presets, &[], word)?;
    Some(each(rows, "name"))
}

/// Returns the tenants.
pub(super) fn tenants(reader: &Reader, _word: &str) -> Option<Vec<Suggestion>> {
    let tenants = reader.store.tenants().ok()?;
    let tenants = tenants.iter().take(MOST);
    Some(tenants.map(|name| Suggestion::new(name.as_str())).collect())
}

/// Returns the machines of a user that are enrolled.
pub(super) fn machines(
    reader: &Reader,
    word: &str,
    user: Option<&Name>,
) -> Option<Vec<Suggestion>> {
    let mut rows = reader.beginning(Table::Machines, &[user?.into()], word)?;
    rows.retain(|row| *row.value("retired_at") == Value::Null);
    Some(each(rows, "machine"))
}

/// Returns the ids of the newest records, with the word's form of an id: short, or whole if the
/// word is not the beginning of a short one.
pub(super) fn ids(reader: &Reader, word: &str, ids: Ids) -> Option<Vec<Suggestion>> {
    let tables: &[Table] = match ids {
        Ids::Online | Ids::OnlineUsable => &[Table::Codes],
        Ids::Security => &[Table::SecurityCodes],
        Ids::All => &[Table::Codes, Table::SecurityCodes],
    };
    let newest = |table: &Table| Selection::all(*table).descending().limit(MOST);
    let mut selections: Vec<Selection> = tables.iter().map(newest).collect();
    if let Ok(prefix) = word.parse::<IdPrefix>() {
        let (first, last) = prefix.range().into_inner();
        let older = |table: &Table| {
            let selection = Selection::all(*table).from(vec![first.into()]);
            // The last id is no id of a record: its variant has other bits.
            selection.before(vec![last.into()]).limit(MOST)
        };
        selections.extend(tables.iter().map(older));
    }
    let rows = reader.load(selections)?;
    let mut records: Vec<(RecordId, String)> = rows
        .iter()
        .filter_map(|row| match row.value("id") {
            Value::Id(id) => Some((*id, described(row, reader.now, ids)?)),
            _ => None,
        })
        .collect();
    records.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    records.dedup_by_key(|(id, _)| *id);
    let forms: [fn(RecordId) -> String; 2] = [IdPrefix::short, |id| id.to_string()];
    forms.into_iter().find_map(|form| {
        let suggestions = records.iter().map(|(id, help)| Suggestion {
            value: form(*id),
            help: help.clone(),
        });
        let fitting = suggestions.filter(|suggestion| suggestion.value.starts_with(word));
        let fitting: Vec<Suggestion> = fitting.collect();
        (!fitting.is_empty()).then_some(fitting)
    })
}

/// Describes a record; `None` if it is not wanted.
fn described(row: &Row, now: DateTime<Utc>, ids: Ids) -> Option<String> {
    if row.table() == Table::Codes {
        let state = state(row, now);
        let is_usable = matches!(state, CodeState::Active | CodeState::NotYetValid);
        let is_wanted = is_usable || ids != Ids::OnlineUsable;
        let user = text(row, "user_name");
        return is_wanted.then(|| format!("{user}, {}", state.as_str()));
    }
    let access = match text(row, "same_as") {
        "" => "super_administrator",
        user => user,
    };
    let state = match row.value("expires_at") {
        Value::Null => "permanent",
        Value::Instant(end) if *end <= now => "expired",
        _ => "active",
    };
    Some(match text(row, "description") {
        "" => format!("{access}, {state}"),
        description => format!("{description}, {access}, {state}"),
    })
}

/// Returns the state of an online code.
fn state(row: &Row, now: DateTime<Utc>) -> CodeState {
    let is_later = |column| matches!(row.value(column), Value::Instant(then) if *then > now);
    let is_used_up = match (row.value("uses"), row.value("max_uses")) {
        (Value::Integer(uses), Value::Integer(most)) => uses >= most,
        _ => false,
    };
    match row.value("revoked_at") {
        Value::Null if !is_later("expires_at") => CodeState::Expired,
        Value::Null if is_used_up => CodeState::UsedUp,
        Value::Null if is_later("not_before") => CodeState::NotYetValid,
        Value::Null => CodeState::Active,
        _ => CodeState::Revoked,
    }
}
