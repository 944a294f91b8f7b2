//! The rows of a tenant: loading them, and applying changes.

use std::{collections::HashMap, ops::Bound};

use stopgap::Name;

use super::{
    session::{Prepared, Session},
    statements::{Range, Verb, is_set},
};
use crate::store::{
    Change, Changes, Query, Result, Row, Selection, Snapshot, StoreError, Table, Value,
};

/// The rows of a tenant, in an open transaction.
pub(super) struct Rows<'s> {
    pub(super) session: &'s Session,
    pub(super) tenant: &'s Name,
}

impl<'s> Rows<'s> {
    pub(super) fn load(&self, query: &Query) -> Result<Snapshot> {
        let selections = query.selections.iter();
        let rows = selections.map(|selection| self.select(selection));
        Ok(Snapshot {
            rows: rows.collect::<Result<_>>()?,
            time: None,
        })
    }

    fn select(&self, selection: &Selection) -> Result<Vec<Row>> {
        let Some(values) = &selection.any_of else {
            return self.range(selection, None, selection.limit);
        };
        let mut rows = Vec::new();
        for value in values {
            let left = selection.limit.saturating_sub(rows.len());
            rows.extend(self.range(selection, Some(value), left)?);
        }
        Ok(rows)
    }

    fn range(
        &self,
        selection: &Selection,
        value: Option<&Value>,
        limit: usize,
    ) -> Result<Vec<Row>> {
        let mut statement = self.bound(selection, value, Verb::Select)?;
        statement.number(limit)?;
        statement.rows()
    }

    /// Deletes the selected rows, and returns their number.
    pub(super) fn delete(&self, selection: &Selection) -> Result<usize> {
        let delete = |value: Option<&Value>, limit: usize| {
            let mut statement = self.bound(selection, value, Verb::Delete)?;
            statement.number(limit)?;
            statement.number(0)?;
            statement.execute()
        };
        let Some(values) = &selection.any_of else {
            return delete(None, selection.limit);
        };
        let mut deleted = 0_usize;
        for value in values {
            let left = selection.limit.saturating_sub(deleted);
            deleted = deleted.saturating_add(delete(Some(value), left)?);
        }
        Ok(deleted)
    }

    /// Prepares a statement on a selection's rows, with the prefix and the value after it.
    fn bound(
        &self,
        selection: &Selection,
        value: Option<&Value>,
        verb: impl Fn(Range) -> Verb,
    ) -> Result<Prepared<'s>> {
        let prefix = selection.prefix.iter().chain(value);
        let range = Range::of(selection, prefix.clone().count());
        let mut statement = self.prepare(selection.table, verb(range))?;
        statement.values(prefix)?;
        for bound in [&selection.lower, &selection.upper] {
            if let Bound::Included(values) | Bound::Excluded(values) = bound {
                statement.values(values)?;
            }
        }
        Ok(statement)
    }

    /// Prepares a statement whose first parameter is the owner.
    fn prepare(&self, table: Table, verb: Verb) -> Result<Prepared<'s>> {
        let mut statement = self.session.prepare(table, verb)?;
        statement.owner(self.tenant)?;
        Ok(statement)
    }

    /// Applies changes to rows, some of which were loaded in the same transaction.
    pub(super) fn apply(&self, changes: &Changes, snapshot: &Snapshot) -> Result<()> {
        let rows = snapshot.rows.iter().flatten();
        let before: Before<'_> = rows.map(|row| ((row.table(), row.key()), row)).collect();
        changes
            .iter()
            .try_for_each(|change| self.change(change, &before))
    }

    fn change(&self, change: &Change, before: &Before<'_>) -> Result<()> {
        match change {
            Change::Insert(row) => self.insert(row),
            Change::Replace { row, loaded } => {
                let before = before.get(&(row.table(), row.key()));
                // Only a version shows that it is still the row that was loaded.
                let is_loaded =
                    |before: &&&Row| *loaded != Value::Null && before.version() == loaded;
                let before = before.filter(is_loaded);
                self.replace(row, loaded, changed_columns(row, before.copied()))
            }
            Change::Renew { row, loaded } => {
                self.remove(row.table(), row.key(), loaded.as_ref())?;
                self.insert(row)
            }
            Change::Delete { table, key, loaded } => self.remove(*table, key, Some(loaded)),
            Change::Trim {
                table,
                index,
                prefix,
                keep,
            } => {
                let range = Range::last_of(index, prefix.len());
                let mut statement = self.prepare(*table, Verb::Delete(range))?;
                statement.values(prefix)?;
                statement.number(usize::MAX)?;
                statement.number(*keep)?;
                statement.execute()?;
                Ok(())
            }
        }
    }

    fn insert(&self, row: &Row) -> Result<()> {
        let mut statement = self.prepare(row.table(), Verb::Insert)?;
        statement.values(row.values())?;
        statement.execute()?;
        Ok(())
    }

    /// Adds those rows whose key is not there, and returns their number.
    pub(super) fn keep(&self, rows: &[Row]) -> Result<usize> {
        let mut new = 0_usize;
        for row in rows {
            let mut statement = self.prepare(row.table(), Verb::Keep)?;
            statement.values(row.values())?;
            new = new.saturating_add(statement.execute()?);
        }
        Ok(new)
    }

    fn replace(&self, row: &Row, loaded: &Value, changed: u32) -> Result<()> {
        let mut statement = self.session.prepare(row.table(), Verb::Replace(changed))?;
        let columns = row.values().iter().enumerate();
        let columns = columns.filter(|(place, _)| is_set(changed, *place));
        statement.values(columns.map(|(_, value)| value))?;
        statement.owner(self.tenant)?;
        change_one(statement, row.table(), row.key(), Some(loaded))
    }

    /// Removes the row of a key and a version. If there is no version, there must be no row.
    fn remove(&self, table: Table, key: &[Value], loaded: Option<&Value>) -> Result<()> {
        let statement = self.prepare(table, Verb::Remove)?;
        change_one(statement, table, key, loaded)
    }

    pub(super) fn count(&self, table: Table) -> Result<u64> {
        self.prepare(table, Verb::Count)?.total()
    }
}

/// Loaded rows, by their keys.
type Before<'r> = HashMap<(Table, &'r [Value]), &'r Row>;

/// Runs a statement that changes the row of a key and a version.
fn change_one(
    mut statement: Prepared<'_>,
    table: Table,
    key: &[Value],
    loaded: Option<&Value>,
) -> Result<()> {
    statement.values(key)?;
    // No row has the version NULL.
    let version = loaded.unwrap_or(&Value::Null);
    if table.declaration().version.is_some() {
        statement.values([version])?;
    } else if *version != Value::Null {
        return Err(StoreError::Conflict(None));
    }
    if statement.execute()? == usize::from(loaded.is_some()) {
        Ok(())
    } else {
        Err(StoreError::Conflict(None))
    }
}

/// Returns the columns that differ from the row before, as bits: SQLite would write the
/// entries of each index whose columns are set, even if they stay the same. All columns but
/// the key if the row before is not known.
fn changed_columns(row: &Row, before: Option<&Row>) -> u32 {
    let values = row.values().iter().enumerate();
    let differs = |place: usize, value: &Value| {
        before.is_none_or(|before| before.values().get(place) != Some(value))
    };
    let bits = |differs: &dyn Fn(usize, &Value) -> bool| {
        let places = values.clone().skip(row.key().len());
        let places = places.filter(|(place, value)| differs(*place, value));
        let bits = places.filter_map(|(place, _)| 1_u32.checked_shl(u32::try_from(place).ok()?));
        bits.fold(0, |bits, bit| bits | bit)
    };
    match bits(&differs) {
        // A statement sets one column at least.
        0 => bits(&|_, _| true),
        bits => bits,
    }
}
