//! The CSV file of codes that were issued to the users of a file.

use std::borrow::Cow;

use chrono::SecondsFormat;
use csv::WriterBuilder;
use stopgap_registry::Issued;
use zeroize::Zeroizing;

use crate::{
    csv_text,
    people_file::{ADDED, People},
    zone::Zone,
};

/// The codes that are in memory as text at a time.
const PART: usize = 1_024;

/// The form of the file: that of the file of users, with a column for codes and one for expiries.
pub(crate) struct CodesFile<'a> {
    pub(crate) people: &'a People,
    pub(crate) zone: Zone,
    /// `true` if a cell that a spreadsheet would take for a formula gets an apostrophe.
    pub(crate) guards_formulas: bool,
}

impl CodesFile<'_> {
    /// Passes the file to `write`, part by part.
    pub(crate) fn write<E: From<csv::Error>>(
        &self,
        issued: &[Issued],
        mut write: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        write(&self.head()?)?;
        let people = self.people.lines.chunks(PART);
        for (people, issued) in people.zip(issued.chunks(PART)) {
            let capacity = issued.len().saturating_mul(384);
            let mut table = Zeroizing::new(Vec::with_capacity(capacity));
            let mut writer = self.writer(&mut table);
            for (person, Issued { code, record }) in people.iter().zip(issued) {
                for (cell, place) in person.cells.iter().zip(0_usize..) {
                    let is_user = place == self.people.user;
                    let cell = if is_user { record.user.as_str() } else { cell };
                    writer.write_field(&*self.guarded(cell))?;
                }
                let expires_at = record.expires_at.with_timezone(&self.zone);
                let expires_at = expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
                // The hyphens keep a spreadsheet from taking 1E10 for a number.
                let code = code.reveal();
                writer.write_record([code.as_str(), &expires_at])?;
            }
            writer.flush().map_err(csv::Error::from)?;
            drop(writer);
            write(&table)?;
        }
        Ok(())
    }

    fn head(&self) -> csv::Result<Vec<u8>> {
        let mut head = Vec::new();
        if self.people.is_marked {
            head.extend("\u{FEFF}".bytes());
        }
        let mut writer = self.writer(&mut head);
        for cell in &self.people.head {
            writer.write_field(&*self.guarded(cell.trim()))?;
        }
        writer.write_record(ADDED)?;
        writer.flush()?;
        drop(writer);
        Ok(head)
    }

    fn writer<'w>(&self, to: &'w mut Vec<u8>) -> csv::Writer<&'w mut Vec<u8>> {
        WriterBuilder::new()
            .delimiter(self.people.separator)
            .from_writer(to)
    }

    /// Returns a cell that no spreadsheet runs.
    fn guarded<'c>(&self, cell: &'c str) -> Cow<'c, str> {
        if self.guards_formulas {
            csv_text::guarded(cell)
        } else {
            Cow::Borrowed(cell)
        }
    }
}
