//! Random queries and changes, read from bytes.

use std::ops::Bound;

use stopgap::Name;

use super::place::value;
use crate::store::{Change, Column, Index, Lock, Query, Row, Selection, Store, Table, Value};

/// Bytes that decide. After the last one they are zeros.
pub(super) struct Chance<'b>(pub(super) &'b [u8]);

impl Chance<'_> {
    pub(super) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn below(&mut self, number: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        usize::from(*first) % number
    }

    fn one<T: Clone>(&mut self, among: &[T]) -> T {
        among[self.below(among.len())].clone()
    }

    pub(super) fn tenant(&mut self) -> Name {
        self.one(&["acme", "other"]).parse().unwrap()
    }

    pub(super) fn table(&mut self) -> Table {
        self.one(&Table::ALL)
    }

    fn value(&mut self, column: &Column) -> Value {
        let number = self.below(6);
        match u8::try_from(number).unwrap() {
            5 if column.is_nullable => Value::Null,
            number => value(column.kind, number),
        }
    }

    fn values(&mut self, columns: &[&Column]) -> Vec<Value> {
        columns.iter().map(|column| self.value(column)).collect()
    }

    pub(super) fn row(&mut self, table: Table) -> Row {
        let columns: Vec<&Column> = table.declaration().columns.iter().collect();
        Row::new(table, self.values(&columns))
    }

    fn index(&mut self, table: Table) -> Option<&'static Index> {
        let indexes = table.declaration().indexes;
        let place = self.below(indexes.len() + 1);
        indexes.get(place).copied()
    }

    pub(super) fn selection(&mut self) -> Selection {
        let table = self.table();
        let index = self.index(table);
        let mut selection = Selection {
            index,
            ..Selection::all(table)
        };
        let names = selection.columns();
        let declaration = table.declaration();
        let columns = names
            .iter()
            .map(|name| &declaration.columns[declaration.place(name).unwrap()]);
        let columns: Vec<&Column> = columns.collect();
        let prefix = self.below(columns.len() + 1);
        selection.prefix = self.values(&columns[..prefix]);
        let rest = &columns[prefix..];
        if let Some(first) = rest.first()
            && self.below(4) == 1
        {
            let number = self.below(4);
            // A store may return a row for each time that its value is listed, or once.
            let mut list = self.values(&vec![*first; number]);
            list.sort();
            list.dedup();
            selection.any_of = Some(list);
        } else {
            selection.lower = self.bound(rest);
            selection.upper = self.bound(rest);
        }
        selection.is_descending = self.below(2) == 1;
        if self.below(3) == 1 {
            selection.limit = self.below(4);
        }
        selection
    }

    fn bound(&mut self, columns: &[&Column]) -> Bound<Vec<Value>> {
        let count = self.below(columns.len() + 1);
        let values = self.values(&columns[..count]);
        if values.contains(&Value::Null) {
            return Bound::Unbounded;
        }
        match self.below(4) {
            1 => Bound::Included(values),
            2 => Bound::Excluded(values),
            _ => Bound::Unbounded,
        }
    }

    pub(super) fn query(&mut self) -> Query {
        let locks = (0..self.below(3)).map(|_| Lock {
            name: self.one(&["user", "*keys", "tenant"]).to_owned(),
            is_shared: self.below(2) == 1,
        });
        let locks = locks.collect();
        let selections = (0..self.below(4)).map(|_| self.selection()).collect();
        Query { locks, selections }
    }

    /// A change, mostly of a row that is there.
    pub(super) fn change(&mut self, store: &dyn Store, tenant: &Name) -> Change {
        let table = self.table();
        let query = Query {
            locks: Vec::new(),
            selections: vec![Selection::all(table)],
        };
        let rows = store.load(tenant, &query).unwrap().rows.remove(0);
        let is_versioned = table.declaration().version.is_some();
        let mut row = self.row(table);
        let found = rows.get(self.below(rows.len() + 1));
        let loaded = found.map(|found| found.version().clone());
        let wrong = row.version().clone();
        if let Some(found) = found {
            let mut values = row.values().to_vec();
            let key = found.key().len();
            values[..key].clone_from_slice(found.key());
            row = Row::new(table, values);
        }
        match self.below(6) {
            1 if is_versioned => Change::Replace {
                row,
                loaded: loaded.unwrap_or(wrong),
            },
            2 if is_versioned => Change::Renew { row, loaded },
            3 => Change::Delete {
                table,
                key: row.key().to_vec(),
                loaded: loaded.unwrap_or(wrong),
            },
            4 => self.trim(table).unwrap_or(Change::Insert(row)),
            _ => Change::Insert(row),
        }
    }

    /// A trim by an index that gives all rows an order.
    fn trim(&mut self, table: Table) -> Option<Change> {
        let index = self.index(table).filter(|index| index.is_unique)?;
        let declaration = table.declaration();
        let columns = index
            .columns
            .iter()
            .map(|name| &declaration.columns[declaration.place(name).unwrap()]);
        let columns: Vec<&Column> = columns.collect();
        let prefix = self.below(columns.len() + 1);
        Some(Change::Trim {
            table,
            index,
            prefix: self.values(&columns[..prefix]),
            keep: self.below(3),
        })
    }
}
