//! The form of events: a table or CSV.

use crate::args::CsvFlags;

/// The form of events for people and spreadsheets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Table,
    Csv { guards_formulas: bool },
}

impl Form {
    pub(crate) const fn of(flags: &CsvFlags) -> Self {
        if flags.csv {
            Self::Csv {
                guards_formulas: !flags.no_formula_guard,
            }
        } else {
            Self::Table
        }
    }
}
