//! CSV files of users, to each of whom a code is issued.

use std::io::{self, Read};

use csv::{ReaderBuilder, StringRecord, Trim};
use stopgap::{Name, OnlinePolicy, Purpose, Purposes};

const COLUMNS: [&str; 4] = ["user", "valid", "purpose", "max_uses"];

/// A line of the file.
pub(crate) struct Person {
    pub(crate) line: u64,
    pub(crate) user: Name,
    /// Where the line has one of its own; most have not, and there may be many.
    pub(crate) own: Option<Box<OnlinePolicy>>,
}

/// Who stands in a file. `headless` hears its first cell where no line names the columns.
pub(crate) fn read(
    file: impl Read,
    policy: OnlinePolicy,
    headless: impl Fn(&str),
) -> Result<Vec<Person>, PeopleFileError> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .trim(Trim::All)
        .from_reader(file);
    let mut columns: Option<Columns> = None;
    let mut people = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let at = |what| PeopleFileError::Line { line, what };
        let Some(columns) = &columns else {
            let (found, is_head) = Columns::of(&record).map_err(at)?;
            if !is_head {
                headless(record.get(0).unwrap_or_default());
                people.push(found.person(&record, line, policy).map_err(at)?);
            }
            columns = Some(found);
            continue;
        };
        people.push(columns.person(&record, line, policy).map_err(at)?);
    }
    if people.is_empty() {
        return Err(PeopleFileError::Nobody);
    }
    Ok(people)
}

/// Which column is where.
struct Columns([Option<usize>; 4]);

impl Columns {
    /// By the first line, and whether that is a head.
    fn of(first: &StringRecord) -> Result<(Self, bool), String> {
        // A byte order mark, as spreadsheets write it, is not part of a name.
        let name = |cell: &str| cell.trim_start_matches('\u{FEFF}').to_ascii_lowercase();
        let heads: Vec<String> = first.iter().map(name).collect();
        let place = |column: &str| heads.iter().position(|head| head == column);
        let columns = Self(COLUMNS.map(place));
        if place("user").is_none() {
            return match heads.len() {
                // As spreadsheets write it in half of the world.
                1 if heads.iter().any(|head| head.contains([';', '\t'])) => {
                    Err("the columns are to be separated by commas".into())
                }
                1 => Ok((Self([Some(0), None, None, None]), false)),
                _ => Err("the first line must name the columns, and one of them user".into()),
            };
        }
        match heads.iter().find(|head| !COLUMNS.contains(&head.as_str())) {
            Some(other) => Err(format!(
                "there is no column {other:?}, only {}",
                COLUMNS.join(", ")
            )),
            None => Ok((columns, true)),
        }
    }

    fn person(
        &self,
        record: &StringRecord,
        line: u64,
        mut policy: OnlinePolicy,
    ) -> Result<Person, String> {
        let cell = |place: Option<usize>| {
            let cell = place.and_then(|place| record.get(place));
            cell.filter(|cell| !cell.is_empty())
        };
        let [user, valid, purpose, max_uses] = self.0.map(cell);
        let text = |error: &dyn std::error::Error| error.to_string();
        let user = user.unwrap_or_default().trim_start_matches('\u{FEFF}');
        if let Some(valid) = valid {
            policy = policy.valid_for(valid.parse().map_err(|error| text(&error))?);
        }
        let purposes = purpose.unwrap_or_default().split_whitespace();
        let purposes = purposes.map(str::parse::<Purpose>);
        let purposes: Purposes = purposes
            .collect::<Result<_, _>>()
            .map_err(|error| text(&error))?;
        if !purposes.is_empty() {
            policy = policy.purposes(purposes).map_err(|error| text(&error))?;
        }
        if let Some(most) = max_uses {
            let most = most
                .parse()
                .map_err(|_| "max_uses is a number".to_owned())?;
            policy = policy.max_uses(most).map_err(|error| text(&error))?;
        }
        let own = (valid, purpose, max_uses) != (None, None, None);
        Ok(Person {
            line,
            user: Name::new(user).map_err(|error| format!("the user: {error}"))?,
            own: own.then(|| Box::new(policy)),
        })
    }
}

/// What is wrong with such a file; said behind its name.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeopleFileError {
    #[error(": {0}")]
    Io(#[source] io::Error),
    #[error(", line {line}: {what}")]
    Line { line: u64, what: String },
    #[error(": there is nobody in it")]
    Nobody,
}

impl From<csv::Error> for PeopleFileError {
    fn from(error: csv::Error) -> Self {
        let line = error.position().map_or(0, csv::Position::line);
        let what = match error.kind() {
            csv::ErrorKind::Io(source) => {
                return Self::Io(io::Error::new(source.kind(), source.to_string()));
            }
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => format!("columns: {len}, but {expected_len} in the first line"),
            csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text".into(),
            _ => error.to_string(),
        };
        Self::Line { line, what }
    }
}
