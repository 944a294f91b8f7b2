//! Lists of online codes.

use std::io;

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap_registry::{CodeRecord, CodeState};

use crate::{
    args::ListCodes,
    cell::Cell,
    column::Column,
    failure::Failure,
    filters::CodeFilter,
    home::Home,
    in_words::words,
    show::{Reply, Screen},
    table::Table,
};

static COLUMNS: [Column; 7] = [
    Column::new("ID"),
    Column::new("STATE"),
    Column::new("USER").cut(8),
    Column::new("USES").rank(2),
    Column::new("PURPOSES").rank(3).cut(8),
    Column::new("ISSUED").rank(1),
    Column::new("EXPIRES"),
];

/// Shows the codes of a user, or of all users.
pub(crate) fn show(list: &ListCodes, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    screen.view = list.list.view(&COLUMNS)?;
    let filter = CodeFilter::new(&list.filters, screen)?;
    let is_wanted = |code: &CodeRecord| filter.matches(code);
    let (registry, actor) = (&home.registry, &home.actor);
    let mut records = match list.user.as_ref().or(list.filters.user.as_ref()) {
        Some(user) => {
            let codes = registry.codes(actor, user.as_str())?.into_iter();
            codes.filter(is_wanted).collect()
        }
        // One more than is shown, to know whether there are more.
        None => registry.all_codes(actor, None, list.limit.saturating_add(1), is_wanted)?,
    };
    let more = records.len() > list.limit;
    records.truncate(list.limit);
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
    pub(crate) state: CodeState,
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
        let mut table = Table::new(&COLUMNS);
        for code in &self.codes {
            let record = code.record;
            let cells: [Cell; 7] = [
                record.id.into(),
                code.state.as_str().into(),
                record.user.as_str().into(),
                uses(record).into(),
                words(record.purposes).into(),
                code.issued_at.into(),
                record.expires_at.into(),
            ];
            table.row(cells, !code.state.is_live());
        }
        screen.table(&table, self.more)
    }
}

/// Returns the uses of a code in one word: `1/5`, or `any`.
pub(crate) fn uses(record: &CodeRecord) -> String {
    match record.max_uses {
        Some(most) => format!("{}/{most}", record.uses),
        None => "any".into(),
    }
}
