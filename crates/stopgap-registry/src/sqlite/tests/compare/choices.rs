//! Random rows, selections and changes.

use std::{
    ops::Bound,
    sync::atomic::{AtomicI64, Ordering},
};

use stopgap::{Name, RecordId};

use super::super::{at, name};
use crate::store::{Change, Column, Index, Kind, Row, Selection, Table, Value};

/// A source of choices.
pub(super) struct Choices(pub(super) u64);

impl Choices {
    /// Returns a number below `below` (`SplitMix64`).
    pub(super) fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let mixed = mixed ^ (mixed >> 31);
        usize::try_from(mixed % u64::try_from(below).unwrap()).unwrap()
    }

    pub(super) fn is(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    pub(super) fn table(&mut self) -> Table {
        *self.one(&Table::ALL)
    }

    pub(super) fn tenant(&mut self) -> Name {
        name(["acme", "globex"][self.below(2)])
    }

    /// There are few values, so that many rows have equal ones.
    fn value(&mut self, kind: Kind) -> Value {
        let few = self.below(4);
        match kind {
            Kind::Integer => i64::try_from(few).unwrap().into(),
            Kind::Instant => at(i64::try_from(few).unwrap()).into(),
            Kind::Id => RecordId::from_bytes([[0, 1, 0x7F, 0xFF][few]; 16]).into(),
            Kind::Text => ["", "a\u{7F}", "online.verify", "\u{FFFD}é"][few].into(),
            Kind::Bytes => [[].as_slice(), &[0], &[0, 0], &[0xFF]][few].into(),
        }
    }

    fn of(&mut self, column: &Column) -> Value {
        if column.is_nullable && self.is(40) {
            return Value::Null;
        }
        self.value(column.kind)
    }

    pub(super) fn row(&mut self, table: Table) -> Row {
        let columns = table.declaration().columns.iter();
        let mut row = Row::new(table, columns.map(|column| self.of(column)).collect());
        Self::renew(&mut row);
        row
    }

    /// Gives a row a version that no row had.
    fn renew(row: &mut Row) {
        static LAST: AtomicI64 = AtomicI64::new(10);
        let version = LAST.fetch_add(1, Ordering::Relaxed);
        let declaration = row.table().declaration();
        if let Some(column) = declaration.version {
            let place = declaration.place(column).unwrap();
            match declaration.columns[place].kind {
                Kind::Bytes => row.set(column, Value::from(version.to_be_bytes().as_slice())),
                _ => row.set(column, version),
            }
        }
    }

    fn index(&mut self, table: Table) -> Option<&'static Index> {
        let indexes = table.declaration().indexes;
        (!indexes.is_empty() && self.is(70)).then(|| *self.one(indexes))
    }

    fn values(&mut self, table: Table, columns: &[&str]) -> Vec<Value> {
        let declaration = table.declaration();
        let column = |name: &&str| &declaration.columns[declaration.place(name).unwrap()];
        columns
            .iter()
            .map(|name| self.value(column(name).kind))
            .collect()
    }

    fn bound(&mut self, table: Table, columns: &[&str]) -> Bound<Vec<Value>> {
        let number = self.below(columns.len() + 1);
        let values = self.values(table, &columns[..number]);
        match self.below(4) {
            0 => Bound::Included(values),
            1 => Bound::Excluded(values),
            _ => Bound::Unbounded,
        }
    }

    pub(super) fn selection(&mut self) -> Selection {
        let table = self.table();
        let mut selection = match self.index(table) {
            Some(index) => Selection::index(table, index, Vec::new()),
            None => Selection::all(table),
        };
        let columns = selection.columns();
        let (prefix, rest) = columns.split_at(self.below(columns.len() + 1));
        selection.prefix = self.values(table, prefix);
        if let Some(next) = rest.first()
            && self.is(30)
        {
            let mut values: Vec<_> = (0..self.below(4))
                .flat_map(|_| self.values(table, &[next]))
                .collect();
            values.sort();
            values.dedup();
            selection.any_of = Some(values);
        } else {
            selection.lower = self.bound(table, rest);
            selection.upper = self.bound(table, rest);
        }
        selection.is_descending = self.is(50);
        if self.is(50) {
            selection.limit = self.below(4);
        }
        selection
    }

    /// Returns a change, often of one of these rows.
    pub(super) fn change(&mut self, rows: &[Row]) -> Change {
        let table = self.table_of(rows);
        let mut row = self.row(table);
        let mut loaded = None;
        if let Some(before) = rows.get(self.below(rows.len() + 1)) {
            // A new row with the same key, and some other values.
            loaded = Some(before.version().clone());
            let mut changed = before.clone();
            let key = before.key().len();
            for column in before.table().declaration().columns.iter().skip(key) {
                if self.is(30) {
                    let value = self.of(column);
                    changed.set(column.name, value);
                }
            }
            Self::renew(&mut changed);
            row = changed;
        }
        if self.is(10) {
            loaded = Some(Value::from([7].as_slice()));
        }
        let table = row.table();
        match self.below(5) {
            0 => Change::Insert(row),
            1 => Change::Replace {
                row,
                loaded: loaded.unwrap_or(Value::Null),
            },
            2 => Change::Renew { row, loaded },
            3 => Change::Delete {
                table,
                key: row.key().to_vec(),
                loaded: loaded.unwrap_or(Value::Null),
            },
            _ => {
                let tables = [
                    Table::Codes,
                    Table::Events,
                    Table::Verifications,
                    Table::Heads,
                ];
                let table = *self.one(&tables);
                let index = *self.one(table.declaration().indexes);
                let prefix = self.below(index.columns.len() + 1);
                Change::Trim {
                    table,
                    index,
                    prefix: self.values(table, &index.columns[..prefix]),
                    keep: self.below(4),
                }
            }
        }
    }

    /// Returns a table, often that of a row.
    fn table_of(&mut self, rows: &[Row]) -> Table {
        match rows.first() {
            Some(row) if self.is(50) => row.table(),
            _ => self.table(),
        }
    }
}
