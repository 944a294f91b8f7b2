//! `stopgap security list`.

use std::io;

use serde::Serialize;
use stopgap::LifecycleState;
use stopgap_registry::SecurityRecord;

use crate::{
    args::ListSecurityCodes,
    cell::Cell,
    column::Column,
    failure::Failure,
    filters::SecurityFilter,
    home::Home,
    in_words::{access, scopes},
    show::{Reply, Screen},
    table::Table,
};

static COLUMNS: [Column; 8] = [
    Column::new("ID"),
    Column::new("STATE"),
    Column::new("ACCESS").cut(8),
    Column::new("SCOPES").rank(2).cut(8),
    Column::new("EXPIRES"),
    Column::new("LAST USED").rank(3),
    Column::new("DESCRIPTION").rank(1).cut(12),
    Column::new("REPLACES").rank(4),
];

pub(crate) fn show(
    list: &ListSecurityCodes,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    screen.view = list.list.view(&COLUMNS)?;
    let filter = SecurityFilter::new(&list.filters, screen)?;
    // One more than is shown, to know whether there are more.
    let one_more = list.limit.saturating_add(1);
    let is_wanted = |code: &SecurityRecord| filter.matches(code);
    let codes = home
        .registry
        .security_codes(&home.actor, None, one_more, is_wanted);
    let mut codes = codes?;
    let more = codes.len() > list.limit;
    codes.truncate(list.limit);
    screen.done(&List { codes, more })
}

#[derive(Serialize)]
struct List {
    codes: Vec<SecurityRecord>,
    more: bool,
}

impl Reply for List {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        // The last column is empty unless a code was rotated.
        let are_linked = self.codes.iter().any(|code| code.replaces.is_some());
        let columns = match COLUMNS.split_last() {
            Some((_, others)) if !are_linked && screen.view.choice.is_none() => others,
            _ => &COLUMNS,
        };
        let mut table = Table::new(columns);
        for code in &self.codes {
            let expired = matches!(code.state, LifecycleState::Expired { .. });
            let mut cells: Vec<Cell> = vec![
                code.id.into(),
                code.state.as_str().into(),
                access(&code.access).into(),
                scopes(&code.scopes).into(),
                Cell::time_or_none(code.expires_at()),
                Cell::time_or_none(code.last_used_at),
                code.description.as_str().into(),
                code.replaces.map_or_else(|| "-".into(), Cell::from),
            ];
            cells.truncate(columns.len());
            table.row(cells, expired);
        }
        screen.table(&table, self.more)
    }
}
