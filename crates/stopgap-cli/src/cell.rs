//! The cells of a list.

use chrono::{DateTime, Utc};
use stopgap::RecordId;
use stopgap_registry::IdPrefix;

use crate::{
    plain::Plain,
    relative::Relative,
    zone::{Zone, clock, wall},
};

/// A cell, which is shown in several forms.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Text(String),
    Id(RecordId),
    Time(DateTime<Utc>),
}

/// The form in which ids and times are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Short ids and relative times, as on a terminal.
    Short,
    /// Short ids and times on the wall clock, for a terminal.
    Clock,
    /// Whole ids and times on the wall clock, for programs.
    Whole,
    /// Whole ids and both times, for `--wide`.
    Wide,
}

impl Cell {
    /// Returns the cell of an instant, or a hyphen.
    pub(crate) fn time_or_none(instant: Option<DateTime<Utc>>) -> Self {
        instant.map_or_else(|| "-".into(), Self::Time)
    }

    /// Returns the cell of a text that may be an id.
    pub(crate) fn id_or_text(text: &str) -> Self {
        match text.parse() {
            Ok(id) => Self::Id(id),
            Err(_) => text.into(),
        }
    }

    /// Returns `true` if there is no value.
    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::Text(text) if text == "-")
    }

    /// Returns the cell as text. It is made plain, because it may come from another program.
    pub(crate) fn text(&self, form: Form, now: DateTime<Utc>, zone: Zone) -> String {
        match self {
            Self::Text(text) => Plain(text).to_string(),
            Self::Id(id) if matches!(form, Form::Short | Form::Clock) => IdPrefix::short(*id),
            Self::Id(id) => id.to_string(),
            Self::Time(instant) => {
                let relative = Relative::new(*instant, now);
                match form {
                    Form::Short => relative.to_string(),
                    Form::Clock => wall(*instant, zone),
                    Form::Whole => clock(*instant, zone),
                    Form::Wide => format!("{} ({relative})", clock(*instant, zone)),
                }
            }
        }
    }
}

impl From<RecordId> for Cell {
    fn from(id: RecordId) -> Self {
        Self::Id(id)
    }
}

impl From<DateTime<Utc>> for Cell {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::Time(instant)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
