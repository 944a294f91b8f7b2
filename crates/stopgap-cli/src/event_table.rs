//! Tables of events.

use stopgap_registry::{Event, EventContext, EventKind};

use crate::{
    args::ListFlags, cell::Cell, column::Column, failure::Failure, show::View, table::Table,
};

static COLUMNS: [Column; 10] = [
    Column::new("WHEN"),
    Column::new("ACTOR").rank(1).cut(8),
    Column::new("WHAT"),
    Column::new("USER").cut(8),
    Column::new("OUTCOME").cut(8),
    Column::new("SUBJECT").rank(3).cut(8),
    Column::new("DETAIL").rank(2).cut(10),
    Column::new("REASON").extra(),
    Column::new("TICKET").extra(),
    Column::new("ID").extra(),
];

pub(crate) fn view(list: &ListFlags) -> Result<View, Failure> {
    list.view(&COLUMNS)
}

pub(crate) fn table<'e>(events: impl IntoIterator<Item = &'e Event>) -> Table {
    let mut table = Table::new(&COLUMNS);
    for event in events {
        let or_none = |text: Option<&str>| text.unwrap_or("-").into();
        let actor = match &event.on_behalf_of {
            Some(other) => format!("{} for {other}", event.actor),
            None => event.actor.to_string(),
        };
        let actor = Some(&*actor).filter(|_| !is_damaged(event));
        let of_context = |part: fn(&EventContext) -> Option<&str>| {
            or_none(event.context.as_ref().and_then(part))
        };
        let cells: [Cell; 10] = [
            event.at().into(),
            or_none(actor),
            event.kind.as_str().into(),
            or_none(event.user.as_ref().map(AsRef::as_ref)),
            outcome(event).into(),
            Cell::id_or_text(event.subject.as_deref().unwrap_or("-")),
            or_none(event.detail.as_deref()),
            of_context(|context| context.reason.as_deref()),
            of_context(|context| context.ticket.as_deref()),
            event.id.into(),
        ];
        table.row(cells, false);
    }
    table
}

/// Returns `true` if an event was changed in the store, and cannot be read.
pub(crate) fn is_damaged(event: &Event) -> bool {
    event.kind == EventKind::Damaged
}

/// Returns the outcome of an event, and the number of times if it is more than 1.
fn outcome(event: &Event) -> String {
    let outcome = match &event.reason {
        _ if is_damaged(event) => "-",
        Some(reason) => reason,
        None => "done",
    };
    match event.count {
        0 | 1 => outcome.to_owned(),
        many => format!("{outcome} ({many} times)"),
    }
}
