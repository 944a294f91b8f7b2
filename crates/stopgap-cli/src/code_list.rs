//! Lists of online codes.

use std::io;

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Name, Purpose, Purposes};
use stopgap_registry::{CodeRecord, CodeState};

use crate::{
    failure::Failure,
    home::Home,
    show::{Reply, Screen},
    table::Table,
};

/// Shows the codes of a user, or of all users.
pub(crate) fn show(
    user: Option<&Name>,
    limit: usize,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    // One more than is shown, to know whether there are more.
    let one_more = limit.saturating_add(1);
    let mut records = match user {
        Some(user) => home.registry.codes(&home.actor, user.as_str())?,
        None => home.registry.all_codes(&home.actor, None, one_more)?,
    };
    let more = records.len() > limit;
    records.truncate(limit);
    let now = screen.now;
    let codes = records.iter().map(|record| Listed::new(record, now));
    screen.done(&List {
        codes: codes.collect(),
        more,
    })
}

/// A code in a list, with its state.
#[derive(Serialize)]
pub(crate) struct Listed<'a> {
    #[serde(flatten)]
    pub(crate) record: &'a CodeRecord,
    pub(crate) issued_at: DateTime<Utc>,
    state: CodeState,
}

impl<'a> Listed<'a> {
    pub(crate) fn new(record: &'a CodeRecord, now: DateTime<Utc>) -> Self {
        Self {
            record,
            issued_at: record.issued_at(),
            state: record.state(now),
        }
    }
}

#[derive(Serialize)]
struct List<'a> {
    codes: Vec<Listed<'a>>,
    more: bool,
}

impl Reply for List<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let head = &[
            "ID", "STATE", "USER", "USES", "PURPOSES", "ISSUED", "EXPIRES",
        ];
        let mut table = Table::new(head);
        for code in &self.codes {
            let record = code.record;
            let uses = match record.max_uses {
                Some(most) => format!("{}/{most}", record.uses),
                None => "any".into(),
            };
            let cells = [
                record.id.to_string(),
                code.state.as_str().to_owned(),
                record.user.to_string(),
                uses,
                words(record.purposes),
                screen.clock(code.issued_at),
                screen.time(record.expires_at),
            ];
            table.row(cells, !code.state.is_live());
        }
        screen.table(&table, self.more)
    }
}

/// Returns the purposes in one line: `reset, register, bypass`.
pub(crate) fn words(purposes: Purposes) -> String {
    let words: Vec<&str> = purposes.iter().map(Purpose::as_str).collect();
    words.join(", ")
}
