//! The check of all records of a tenant.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Actor, Name};

use super::{
    Registry,
    finding::{Examiner, Fault, Finding, Verdict},
    status::Status,
};
use crate::{
    error::Error,
    event::EventKind,
    record::{Record, Row, Table, Value, head::HeadRow, ring_key::RingKeyRow},
    store::{Query, Selection},
};

/// The findings that are kept; others are counted only.
const KEPT: usize = 1_000;

/// The progress of a check.
#[derive(Clone, Copy, Debug)]
pub struct CheckProgress<'c> {
    /// The tenant.
    pub tenant: &'c Name,
    /// The table.
    pub table: Table,
    /// The number of rows that were checked.
    pub rows: u64,
    /// The number of rows when the check began.
    pub total: u64,
}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The state of the tenant.
    pub status: Status,
    /// The number of rows that were checked.
    pub rows: u64,
    /// The number of those that have ended and whose tags cannot be checked: their keys were
    /// retired, or they were revoked after they had been tampered with.
    pub unchecked: u64,
    /// The number of faults.
    pub faults: u64,
    /// The first 1,000 of them.
    pub findings: Vec<Finding>,
}

impl Registry {
    /// Checks every record of the tenant, and changes none: each row must be readable, each tag
    /// must fit, and each code and machine needs the head of its user. Others may write
    /// meanwhile. It also returns the [`status`](Self::status), and leaves one event.
    ///
    /// A record that was deleted is not found, nor a record of an earlier time that was put back
    /// as a whole, nor an edit of a column that no tag covers (SPEC, "Records at rest").
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    pub fn check(
        &self,
        actor: &Actor,
        end: DateTime<Utc>,
        mut progress: impl FnMut(CheckProgress<'_>),
    ) -> Result<Checked, Error> {
        let status = self.status_by(actor, EventKind::CheckRecords, end)?;
        let now = status.now;
        let mut total = 0_u64;
        for table in Table::ALL {
            total = total.saturating_add(self.store.count(&self.tenant, table)?);
        }
        let ring_keys = self.ring_rows()?;
        let mut checked = Checked {
            status,
            rows: 0,
            unchecked: 0,
            faults: 0,
            findings: Vec::new(),
        };
        for table in Table::ALL {
            self.pages(table, |rows| {
                let ring = self.keys_ring();
                let examiner = Examiner {
                    ring: &ring,
                    states: &ring_keys,
                    now,
                };
                let verdicts: Vec<Verdict> = rows.iter().map(|row| examiner.verdict(row)).collect();
                drop(ring);
                for (row, verdict) in rows.iter().zip(verdicts) {
                    checked.add(row, verdict);
                }
                if matches!(table, Table::Codes | Table::Machines) {
                    self.check_heads(rows, &mut checked)?;
                }
                progress(CheckProgress {
                    tenant: &self.tenant,
                    table,
                    rows: checked.rows,
                    total,
                });
                Ok(())
            })?;
        }
        Ok(checked)
    }

    /// Returns the states of the server's keys.
    fn ring_rows(&self) -> Result<Vec<RingKeyRow>, Error> {
        let mut keys = Vec::new();
        self.pages(Table::RingKeys, |rows| {
            for row in rows {
                keys.push(RingKeyRow::of(row)?);
            }
            Ok(())
        })?;
        Ok(keys)
    }

    /// Finds the codes and machines whose users' heads are missing or older.
    fn check_heads(&self, rows: &[Row], checked: &mut Checked) -> Result<(), Error> {
        let users: BTreeSet<&Value> = rows.iter().map(|row| row.value("user_name")).collect();
        let users = users
            .into_iter()
            .filter(|user| matches!(user, Value::Text(_)));
        let heads = Selection::key(Table::Heads, Vec::new()).any_of(users.cloned().collect());
        let query = Query {
            selections: vec![heads],
            ..Query::default()
        };
        let mut changes = BTreeMap::new();
        // A replica may lag behind the codes, so this is no load.
        self.store.update(&self.tenant, &query, &mut |snapshot| {
            let heads = snapshot.rows.iter().flatten();
            changes = heads
                .map(|row| (row.value("user_name").clone(), row.clone()))
                .collect();
            Ok(Vec::new())
        })?;
        for row in rows {
            let user = row.value("user_name");
            // One that cannot be read is a finding already.
            if !matches!(user, Value::Text(_)) {
                continue;
            }
            let fault = match (changes.get(user), row.value("number")) {
                (None, _) => Fault::NoHead,
                (Some(head), Value::Integer(number)) if is_behind(head, *number) => {
                    Fault::HeadBehind
                }
                _ => continue,
            };
            checked.find(row, fault);
        }
        Ok(())
    }
}

/// Returns `true` if a head that can be read has fewer changes than the number of a code.
fn is_behind(head: &Row, number: i64) -> bool {
    HeadRow::of(head).is_ok_and(|head| {
        let changes = head.sealed.unverified().changes;
        u64::try_from(number).is_ok_and(|number| number > changes)
    })
}

impl Checked {
    fn add(&mut self, row: &Row, verdict: Verdict) {
        self.rows = self.rows.saturating_add(1);
        match verdict {
            Verdict::Sound => {}
            Verdict::Unchecked => self.unchecked = self.unchecked.saturating_add(1),
            Verdict::Faulty(fault) => self.find(row, fault),
        }
    }

    fn find(&mut self, row: &Row, fault: Fault) {
        self.faults = self.faults.saturating_add(1);
        if self.findings.len() < KEPT {
            self.findings.push(Finding {
                table: row.table(),
                row: row.to_string(),
                fault,
            });
        }
    }
}
