//! Events as CSV.

use chrono::SecondsFormat;
use stopgap_registry::Event;

use crate::{csv_text::guarded, plain::Plain, zone::Zone};

const HEAD: [&str; 15] = [
    "id",
    "at",
    "actor",
    "on_behalf_of",
    "role",
    "kind",
    "count",
    "user",
    "subject",
    "detail",
    "reason",
    "source_address",
    "request_id",
    "context_reason",
    "ticket",
];

/// Returns the line of names.
pub(crate) fn head() -> csv::Result<String> {
    written(|writer| writer.write_record(HEAD))
}

/// Returns a line for each event.
pub(crate) fn rows<'e>(
    events: impl IntoIterator<Item = &'e Event>,
    zone: Zone,
    guards_formulas: bool,
) -> csv::Result<String> {
    written(|writer| {
        for event in events {
            for cell in cells(event, zone) {
                let cell = Plain(&cell).to_string();
                if guards_formulas {
                    writer.write_field(&*guarded(&cell))?;
                } else {
                    writer.write_field(cell)?;
                }
            }
            writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    })
}

/// Returns the cells of an event; those without a value are empty.
fn cells(event: &Event, zone: Zone) -> [String; HEAD.len()] {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let context = event.context.clone().unwrap_or_default();
    let at = event.at().with_timezone(&zone);
    [
        event.id.to_string(),
        at.to_rfc3339_opts(SecondsFormat::Micros, true),
        event.actor.to_string(),
        text(event.on_behalf_of.as_ref().map(AsRef::as_ref)),
        event.role.to_string(),
        event.kind.to_string(),
        event.count.to_string(),
        text(event.user.as_ref().map(AsRef::as_ref)),
        text(event.subject.as_deref()),
        text(event.detail.as_deref()),
        text(event.reason.as_deref()),
        text(context.source_address.as_deref()),
        text(context.request_id.as_deref()),
        text(context.reason.as_deref()),
        text(context.ticket.as_deref()),
    ]
}

fn written(
    write: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>,
) -> csv::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    write(&mut writer)?;
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    // All cells are text.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
