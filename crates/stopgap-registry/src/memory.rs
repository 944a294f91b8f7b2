//! The reference store: plain maps.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use stopgap::Name;

use crate::store::{
    Change, Decide, Index, Only, Query, Result, Row, Selection, Snapshot, Store, StoreError, Table,
    Value,
};

/// A store that forgets everything when it is dropped: for tests, and as the reference of
/// what a store must do.
#[derive(Debug, Default)]
pub struct Memory {
    tables: Mutex<Tables>,
}

impl Memory {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        // A panic undoes its changes: see `Open`.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn update(&self, tenant: &Name, query: &Query, decide: Decide<'_>) -> Result<()> {
        let mut open = Open {
            tables: &mut self.lock(),
            journal: Vec::new(),
            tenant,
        };
        let changes = decide(&open.load(query))?;
        for change in changes {
            open.apply(change)?;
        }
        open.journal.clear();
        Ok(())
    }

    fn load(&self, tenant: &Name, query: &Query) -> Result<Snapshot> {
        let open = Open {
            tables: &mut self.lock(),
            journal: Vec::new(),
            tenant,
        };
        Ok(open.load(query))
    }

    fn delete(&self, tenant: &Name, selection: &Selection) -> Result<usize> {
        let mut open = Open {
            tables: &mut self.lock(),
            journal: Vec::new(),
            tenant,
        };
        let rows = open.select(selection);
        for row in &rows {
            open.remove(row.table(), row.key());
        }
        open.journal.clear();
        Ok(rows.len())
    }

    fn keep(&self, tenant: &Name, rows: &[Row]) -> Result<usize> {
        let mut open = Open {
            tables: &mut self.lock(),
            journal: Vec::new(),
            tenant,
        };
        let mut new = 0_usize;
        for row in rows {
            if open.row(row.table(), row.key()).is_none() {
                open.insert(row.clone())?;
                new = new.saturating_add(1);
            }
        }
        open.journal.clear();
        Ok(new)
    }

    fn count(&self, tenant: &Name, table: Table) -> Result<u64> {
        let selection = Selection::all(table);
        let open = Open {
            tables: &mut self.lock(),
            journal: Vec::new(),
            tenant,
        };
        let rows = open.select(&selection).len();
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        let tables = self.lock();
        let mut tenants = BTreeSet::new();
        for place in tables.rows.keys() {
            if !tenants.contains(&place.tenant) {
                tenants.insert(place.tenant.clone());
            }
        }
        // The rows of the store have no tenant's name.
        Ok(tenants
            .into_iter()
            .filter_map(|name| Name::new(name).ok())
            .collect())
    }
}

/// The place of a row in the order of its key, or of an index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    table: Table,
    /// The index, by its name; the key if it is empty.
    index: &'static str,
    tenant: String,
    values: Vec<Value>,
}

/// The rows of all tables, by their keys.
#[derive(Default)]
struct Tables {
    rows: BTreeMap<Place, Row>,
    /// The keys of the rows of each index. The key is the last part of a place, so that
    /// places of rows with the same values differ.
    indexes: BTreeMap<Place, Vec<Value>>,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_map();
        for table in Table::ALL {
            let rows = self.rows.keys().filter(|place| place.table == table);
            shown.entry(&table.as_str(), &format_args!("{} rows", rows.count()));
        }
        shown.finish()
    }
}

/// The tables of a tenant, for one call. The changes are undone when it is dropped, unless
/// the journal was cleared.
struct Open<'s> {
    tables: &'s mut Tables,
    /// The rows that were added (`None`) and removed, and their places.
    journal: Vec<(Place, Option<Row>)>,
    tenant: &'s Name,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        while let Some((place, before)) = self.journal.pop() {
            if let Some(row) = self.tables.rows.remove(&place) {
                for (index, _) in indexes_of(&row, &place.tenant) {
                    self.tables.indexes.remove(&index);
                }
            }
            if let Some(row) = before {
                self.tables.indexes.extend(indexes_of(&row, &place.tenant));
                self.tables.rows.insert(place, row);
            }
        }
    }
}

impl Open<'_> {
    fn place(&self, table: Table, key: &[Value]) -> Place {
        Place {
            table,
            index: "",
            tenant: table.owner(self.tenant).to_owned(),
            values: key.to_vec(),
        }
    }

    fn row(&self, table: Table, key: &[Value]) -> Option<&Row> {
        self.tables.rows.get(&self.place(table, key))
    }

    fn load(&self, query: &Query) -> Snapshot {
        let rows = query.selections.iter();
        Snapshot {
            rows: rows.map(|selection| self.select(selection)).collect(),
            time: None,
        }
    }

    fn select(&self, selection: &Selection) -> Vec<Row> {
        let values = selection.any_of.as_ref();
        let prefixes = match values {
            None => vec![selection.prefix.clone()],
            Some(values) => {
                let longer = |value: &Value| {
                    let mut prefix = selection.prefix.clone();
                    prefix.push(value.clone());
                    prefix
                };
                values.iter().map(longer).collect()
            }
        };
        let mut rows = Vec::new();
        for prefix in prefixes {
            let left = selection.limit.saturating_sub(rows.len());
            rows.extend(self.rows(selection, &prefix).into_iter().take(left));
        }
        rows
    }

    /// Returns the rows that begin with a prefix, in order.
    fn rows(&self, selection: &Selection, prefix: &[Value]) -> Vec<Row> {
        let tenant = selection.table.owner(self.tenant).to_owned();
        let first = Place {
            table: selection.table,
            index: selection.index.map_or("", |index| index.name),
            tenant,
            values: prefix.to_vec(),
        };
        let is_within = |place: &Place| {
            let beside = place.table == first.table
                && place.index == first.index
                && place.tenant == first.tenant
                && place.values.starts_with(prefix);
            let rest = place.values.get(prefix.len()..).unwrap_or_default();
            beside && is_bounded(rest, &selection.lower, &selection.upper)
        };
        // The places with this prefix are beside each other, and the bounds leave out the
        // first and the last of them.
        let has_prefix = |place: &Place| {
            place.table == first.table
                && place.index == first.index
                && place.tenant == first.tenant
                && place.values.starts_with(prefix)
        };
        let mut start = first.clone();
        if let Bound::Included(lower) | Bound::Excluded(lower) = &selection.lower {
            start.values.extend(lower.iter().cloned());
        }
        let tables = &*self.tables;
        let mut rows: Vec<Row> = if selection.index.is_none() {
            let places = tables.rows.range(start..);
            let places = places.take_while(|(place, _)| has_prefix(place));
            let places = places.filter(|(place, _)| is_within(place));
            places.map(|(_, row)| row.clone()).collect()
        } else {
            let places = tables.indexes.range(start..);
            let places = places.take_while(|(place, _)| has_prefix(place));
            let places = places.filter(|(place, _)| is_within(place));
            let rows = places.filter_map(|(_, key)| self.row(selection.table, key));
            rows.cloned().collect()
        };
        if selection.is_descending {
            rows.reverse();
        }
        rows.truncate(selection.limit);
        rows
    }

    fn insert(&mut self, row: Row) -> Result<()> {
        let place = self.place(row.table(), row.key());
        if self.tables.rows.contains_key(&place) {
            return Err(StoreError::Conflict(None));
        }
        for index in row.table().declaration().indexes {
            let taken = index.is_unique && {
                let values = values_of(&row, index);
                let selection = Selection::index(row.table(), index, values).limit(1);
                !self.select(&selection).is_empty()
            };
            if taken && has(&row, index.only) {
                return Err(StoreError::Conflict(None));
            }
        }
        self.tables.indexes.extend(indexes_of(&row, &place.tenant));
        self.tables.rows.insert(place.clone(), row);
        self.journal.push((place, None));
        Ok(())
    }

    fn remove(&mut self, table: Table, key: &[Value]) {
        let place = self.place(table, key);
        if let Some(row) = self.tables.rows.remove(&place) {
            for (index, _) in indexes_of(&row, &place.tenant) {
                self.tables.indexes.remove(&index);
            }
            self.journal.push((place, Some(row)));
        }
    }

    /// Removes the row of a key if its version is that which was loaded.
    fn remove_loaded(&mut self, table: Table, key: &[Value], loaded: Option<&Value>) -> Result<()> {
        if self.row(table, key).map(Row::version) != loaded {
            return Err(StoreError::Conflict(None));
        }
        self.remove(table, key);
        Ok(())
    }

    fn apply(&mut self, change: Change) -> Result<()> {
        match change {
            Change::Insert(row) => self.insert(row),
            Change::Replace { row, loaded } => {
                self.remove_loaded(row.table(), row.key(), Some(&loaded))?;
                self.insert(row)
            }
            Change::Renew { row, loaded } => {
                self.remove_loaded(row.table(), row.key(), loaded.as_ref())?;
                self.insert(row)
            }
            Change::Delete { table, key, loaded } => self.remove_loaded(table, &key, Some(&loaded)),
            Change::Trim {
                table,
                index,
                prefix,
                keep,
            } => {
                let selection = Selection::index(table, index, prefix).descending();
                for row in self.select(&selection).iter().skip(keep) {
                    self.remove(table, row.key());
                }
                Ok(())
            }
        }
    }
}

/// Returns the places of a row in the indexes of its table, and its key.
fn indexes_of(row: &Row, tenant: &str) -> Vec<(Place, Vec<Value>)> {
    let indexes = row.table().declaration().indexes.iter();
    let indexes = indexes.filter(|index| has(row, index.only));
    let entry = |index: &&'static Index| {
        let mut values = values_of(row, index);
        values.extend(row.key().iter().cloned());
        let place = Place {
            table: row.table(),
            index: index.name,
            tenant: tenant.to_owned(),
            values,
        };
        (place, row.key().to_vec())
    };
    indexes.map(entry).collect()
}

fn values_of(row: &Row, index: &Index) -> Vec<Value> {
    let columns = index.columns.iter();
    columns.map(|column| row.value(column).clone()).collect()
}

/// Returns `true` if an index has a row.
fn has(row: &Row, only: Only) -> bool {
    match only {
        Only::All => true,
        Only::Some(column) => *row.value(column) != Value::Null,
        Only::Null(column) => *row.value(column) == Value::Null,
        Only::Not(column, text) => *row.value(column) != Value::from(text),
    }
}

/// Returns `true` if the first of the values are between the bounds.
fn is_bounded(values: &[Value], lower: &Bound<Vec<Value>>, upper: &Bound<Vec<Value>>) -> bool {
    let first = |bound: &Vec<Value>| values.get(..bound.len()).unwrap_or(values).to_vec();
    let after = match lower {
        Bound::Unbounded => true,
        Bound::Included(lower) => first(lower) >= *lower,
        Bound::Excluded(lower) => first(lower) > *lower,
    };
    let before = match upper {
        Bound::Unbounded => true,
        Bound::Included(upper) => first(upper) <= *upper,
        Bound::Excluded(upper) => first(upper) < *upper,
    };
    after && before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_number_of_rows() {
        let shown = format!("{:?}", Memory::new());
        assert!(shown.contains("online_codes\": 0 rows"), "{shown}");
    }
}
