//! CSV files of users for whom codes are issued.

use std::io::{self, Read};

use csv::{ReaderBuilder, StringRecord, Trim};
use stopgap::{Name, OnlinePolicy, Purpose, Purposes};

const COLUMNS: [&str; 4] = ["user", "valid", "purpose", "max_uses"];

/// A line of the file.
pub(crate) struct Person {
    pub(crate) line: u64,
    pub(crate) user: Name,
    /// The policy of the line if it has one; boxed, because most lines have none.
    pub(crate) own: Option<Box<OnlinePolicy>>,
}

/// Returns the users of a file. `headless` is called with the first cell if no line names
/// the columns.
pub(crate) fn read(
    mut file: impl Read,
    policy: OnlinePolicy,
    headless: impl Fn(&str),
) -> Result<Vec<Person>, PeopleFileError> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(PeopleFileError::Io)?;
    let mut lines = Lines::of(&bytes);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .trim(Trim::All)
        .from_reader(&*bytes);
    let mut columns: Option<Columns> = None;
    let mut people = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = lines.line(error.position());
            let what = wrong(&error);
            PeopleFileError::Line { line, what }
        })?;
        let line = lines.line(record.position());
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
        return Err(PeopleFileError::Empty);
    }
    Ok(people)
}

/// The lines of a file, counted up to the last position that was asked for.
///
/// The count of the crate csv is too low after Windows line ends and after empty lines.
struct Lines<'a> {
    rest: &'a [u8],
    offset: u64,
    line: u64,
}

impl<'a> Lines<'a> {
    const fn of(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            offset: 0,
            line: 1,
        }
    }

    /// Returns the line on which a record begins; 0 if it is not known.
    fn line(&mut self, position: Option<&csv::Position>) -> u64 {
        let Some(position) = position else { return 0 };
        while let [byte, behind @ ..] = self.rest {
            let between = matches!(byte, b'\r' | b'\n');
            if self.offset >= position.byte() && !between {
                break;
            }
            // A carriage return ends a line unless a line feed does.
            if *byte == b'\n' || (*byte == b'\r' && behind.first() != Some(&b'\n')) {
                self.line = self.line.saturating_add(1);
            }
            self.offset = self.offset.saturating_add(1);
            self.rest = behind;
        }
        self.line
    }
}

/// The places of the columns.
struct Columns([Option<usize>; 4]);

impl Columns {
    /// Returns the columns by the first line, and `true` if that line is a head.
    fn of(first: &StringRecord) -> Result<(Self, bool), String> {
        // A byte order mark, as spreadsheets write it, is not part of a name.
        let name = |cell: &str| cell.trim_start_matches('\u{FEFF}').to_ascii_lowercase();
        let heads: Vec<String> = first.iter().map(name).collect();
        let place = |column: &str| heads.iter().position(|head| head == column);
        let columns = Self(COLUMNS.map(place));
        if place("user").is_none() {
            return match heads.len() {
                // Spreadsheets write this in many countries.
                1 if heads.iter().any(|head| head.contains([';', '\t'])) => {
                    Err("the columns must be separated by commas".into())
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
            policy = policy.validity(valid.parse().map_err(|error| text(&error))?);
        }
        let purposes = purpose.unwrap_or_default().split_whitespace();
        let purposes = purposes.map(str::parse::<Purpose>);
        let purposes: Purposes = purposes
            .collect::<Result<_, _>>()
            .map_err(|error| text(&error))?;
        if !purposes.is_empty() {
            policy = policy.purposes(purposes);
        }
        if let Some(most) = max_uses {
            let most = most
                .parse()
                .map_err(|_| "max_uses is a number".to_owned())?;
            policy = policy.max_uses(most);
        }
        policy.validate().map_err(|error| text(&error))?;
        let own = (valid, purpose, max_uses) != (None, None, None);
        Ok(Person {
            line,
            user: Name::new(user).map_err(|error| format!("the user: {error}"))?,
            own: own.then(|| Box::new(policy)),
        })
    }
}

/// An error in a file; it follows the name of the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeopleFileError {
    #[error(": {0}")]
    Io(#[source] io::Error),
    #[error(", line {line}: {what}")]
    Line { line: u64, what: String },
    #[error(": the file names no user")]
    Empty,
}

/// Returns the reason why a record cannot be read.
fn wrong(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("columns: {len}, but {expected_len} in the first line"),
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_the_numbers_of_an_editor() {
        for (text, lines) in [
            ("user\nalice\nbob\n", [2, 3]),
            ("user\r\nalice\r\nbob\r\n", [2, 3]),
            ("user\ralice\rbob\r", [2, 3]),
            ("\n\nuser\n\nalice\n\n\nbob", [5, 8]),
            ("\r\nuser\r\n\r\nalice\r\n\r\n\r\nbob", [4, 7]),
        ] {
            let people = read(text.as_bytes(), OnlinePolicy::default(), |_| ()).unwrap();
            let found: Vec<u64> = people.iter().map(|person| person.line).collect();
            assert_eq!(found, lines, "{text:?}");
        }
        for (text, error) in [
            (
                "user,valid\r\nalice,7d\r\nbob\r\n",
                ", line 3: columns: 1, but 2 in the first line",
            ),
            (
                "user,valid\r\n\r\nalice,40d\r\n",
                ", line 3: a validity has 1 to 31 days, not 40",
            ),
        ] {
            let error_of = read(text.as_bytes(), OnlinePolicy::default(), |_| ())
                .err()
                .unwrap();
            assert_eq!(error_of.to_string(), error);
        }
    }
}
