//! CSV files of users for whom codes are issued.

use std::collections::HashMap;

use csv::{ByteRecord, ReaderBuilder, StringRecord};
use stopgap::{Name, OnlinePolicy, Purpose, Purposes};

use crate::{
    counted::counted,
    csv_text::{BadQuote, BadText, CsvText, Lines, bad_quote},
    distance::validity,
    wrong_lines::{PeopleFileError, Wrong},
};

/// The columns that are read.
const COLUMNS: [&str; 4] = ["user", "valid", "purpose", "max_uses"];
/// The columns that are added.
pub(crate) const ADDED: [&str; 2] = ["code", "expires_at"];
/// The separators, in the order in which they are tried.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];
/// A file of users.
pub(crate) struct People {
    /// The names of the columns, as they are in the file.
    pub(crate) head: StringRecord,
    /// The place of the column `user`.
    pub(crate) user: usize,
    pub(crate) separator: u8,
    /// `true` if the file has a byte-order mark.
    pub(crate) is_marked: bool,
    /// The names of the columns that are copied and not read.
    pub(crate) copied: Vec<String>,
    pub(crate) lines: Vec<Person>,
}

/// A line of the file.
pub(crate) struct Person {
    pub(crate) line: u64,
    pub(crate) user: Name,
    /// The policy of the line if it has one; boxed, because most lines have none.
    pub(crate) own: Option<Box<OnlinePolicy>>,
    /// All cells of the line, as they are in the file.
    pub(crate) cells: StringRecord,
}

/// Reads the users of a file, or returns all lines that are wrong.
pub(crate) fn read(bytes: &[u8], policy: OnlinePolicy) -> Result<People, PeopleFileError> {
    let CsvText { bytes, is_marked } = CsvText::read(bytes).map_err(|BadText { line }| {
        PeopleFileError::one(
            line,
            "it is not UTF-16 text, as the file's first bytes say".into(),
        )
    })?;
    let separator = separator(&bytes);
    let mut lines = Lines::of(&bytes);
    let mut wrong = Wrong::default();
    let mut columns: Option<Columns> = None;
    let mut people = Vec::new();
    let mut known: HashMap<String, u64> = HashMap::new();
    for (record, bad) in records(&bytes, separator)? {
        let line = lines.line(begin(&record));
        if let Some(bad) = bad {
            wrong.push(lines.line(bad.position), bad.what.into());
            break;
        }
        let record = match StringRecord::from_byte_record(record) {
            Ok(record) => record,
            Err(_) if columns.is_some() => {
                wrong.push(line, "it is not UTF-8 text".into());
                continue;
            }
            Err(_) => return Err(PeopleFileError::one(line, "it is not UTF-8 text".into())),
        };
        let Some(columns) = &columns else {
            let found = Columns::of(record);
            columns = Some(found.map_err(|what| PeopleFileError::one(line, what))?);
            continue;
        };
        match columns.person(record, line, policy) {
            Ok(person) => {
                if let Some(first) = known.get(person.user.as_str()) {
                    let what = format!("the user {:?} is on line {first} already", person.user);
                    wrong.push(line, what);
                    continue;
                }
                known.insert(person.user.to_string(), line);
                people.push(person);
            }
            Err(what) => wrong.push(line, what),
        }
    }
    if !wrong.is_empty() {
        return Err(PeopleFileError::Lines(wrong));
    }
    let columns = columns.filter(|_| !people.is_empty());
    let Columns {
        head,
        places: [user, ..],
        copied,
    } = columns.ok_or(PeopleFileError::Empty)?;
    Ok(People {
        head,
        user: user.unwrap_or_default(),
        separator,
        is_marked,
        copied,
        lines: people,
    })
}

/// Returns the records. The one with a bad quotation mark is the last: what follows may be a part
/// of a cell.
fn records(
    bytes: &[u8],
    separator: u8,
) -> Result<Vec<(ByteRecord, Option<BadQuote>)>, PeopleFileError> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(bytes);
    let records: Result<Vec<_>, _> = reader.byte_records().collect();
    // Reading from memory does not fail.
    let mut records = records.map_err(|error| PeopleFileError::one(1, error.to_string()))?;
    let bad = bad_quote(bytes, separator);
    if let Some(bad) = bad {
        records.retain(|record| begin(record) <= bad.position);
    }
    let last = records.len().checked_sub(1);
    let records = records.into_iter().zip(0_usize..);
    let records = records.map(|(record, place)| (record, bad.filter(|_| Some(place) == last)));
    Ok(records.collect())
}

/// Returns the position of a record, in bytes.
fn begin(record: &ByteRecord) -> u64 {
    record.position().map_or(0, csv::Position::byte)
}

/// Returns the separator by which the first line has a column `user`, and the most columns.
fn separator(bytes: &[u8]) -> u8 {
    let mut best = (0, b',');
    for separator in SEPARATORS {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .delimiter(separator)
            .from_reader(bytes);
        let first = reader.byte_records().next().and_then(Result::ok);
        let first = first.unwrap_or_default();
        let is_user = |cell: &[u8]| cell.trim_ascii().eq_ignore_ascii_case(b"user");
        if first.iter().any(is_user) && first.len() > best.0 {
            best = (first.len(), separator);
        }
    }
    best.1
}

/// The columns of a file.
struct Columns {
    head: StringRecord,
    /// The places of those that are read.
    places: [Option<usize>; 4],
    copied: Vec<String>,
}

impl Columns {
    /// Returns the columns that the first line names.
    fn of(head: StringRecord) -> Result<Self, String> {
        let names = head.iter().map(|cell| cell.trim().to_lowercase());
        let names: Vec<String> = names.collect();
        let place = |column: &str| names.iter().position(|name| name == column);
        if place("user").is_none() {
            return Err(
                "no column user: the first line must name the columns, separated by commas, \
                semicolons or tabs"
                    .into(),
            );
        }
        for (name, number) in names.iter().zip(0_usize..) {
            if ADDED.contains(&name.as_str()) {
                return Err(format!(
                    "the column {name} is there already: rename or remove it, because the new \
                    file gets a column of that name"
                ));
            }
            if !name.is_empty() && place(name) != Some(number) {
                return Err(format!("the column {name:?} is there twice"));
            }
        }
        let is_copied = |name: &String| !name.is_empty() && !COLUMNS.contains(&name.as_str());
        Ok(Self {
            places: COLUMNS.map(place),
            copied: names
                .iter()
                .filter(|name| is_copied(name))
                .cloned()
                .collect(),
            head,
        })
    }

    fn person(
        &self,
        cells: StringRecord,
        line: u64,
        mut policy: OnlinePolicy,
    ) -> Result<Person, String> {
        if cells.len() != self.head.len() {
            let (found, expected) = (counted(cells.len(), "cell"), self.head.len());
            return Err(format!("{found}, but {expected} in the first line"));
        }
        let cell = |place: Option<usize>| {
            let cell = place.and_then(|place| cells.get(place)).map(str::trim);
            cell.filter(|cell| !cell.is_empty())
        };
        let [user, valid, purpose, max_uses] = self.places.map(cell);
        let text = |error: &dyn std::error::Error| error.to_string();
        let user = user.unwrap_or_default();
        if let Some(valid) = valid {
            policy = policy.validity(validity(valid).map_err(|error| text(&error))?);
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
            cells,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str) -> Vec<u64> {
        let file = read(text.as_bytes(), OnlinePolicy::default()).unwrap();
        file.lines.iter().map(|person| person.line).collect()
    }

    fn error_of(text: impl AsRef<[u8]>) -> (String, Vec<String>) {
        match read(text.as_ref(), OnlinePolicy::default()) {
            Ok(_) => (String::new(), vec![]),
            Err(error) => match &error {
                PeopleFileError::Lines(wrong) => (error.to_string(), wrong.list()),
                PeopleFileError::Empty => (error.to_string(), vec![]),
            },
        }
    }

    #[test]
    fn lines_have_the_numbers_of_an_editor() {
        for (text, lines) in [
            ("user\nalice\nbob\n", [2, 3]),
            ("user\r\nalice\r\nbob\r\n", [2, 3]),
            ("user\ralice\rbob\r", [2, 3]),
            ("\n\nuser\n\nalice\n\n\nbob", [5, 8]),
            ("\r\nuser\r\n\r\nalice\r\n\r\n\r\nbob", [4, 7]),
            ("user,note\nalice,\"two\r\nlines\"\nbob,\n", [2, 4]),
        ] {
            assert_eq!(lines_of(text), lines, "{text:?}");
        }
    }

    #[test]
    fn the_separator_is_that_of_the_first_line() {
        for (text, expected) in [
            ("user\nalice\n", b','),
            ("user,valid\nalice,7d\n", b','),
            ("user;valid\nalice;7d\n", b';'),
            ("user\tvalid\nalice\t7d\n", b'\t'),
            ("\"user\";\"a, b\"\nalice;\n", b';'),
            ("a;b,user\n1,alice\n", b','),
            ("valid,\tuser\n7d,\talice\n", b','),
        ] {
            let file = read(text.as_bytes(), OnlinePolicy::default()).unwrap();
            assert_eq!(file.separator, expected, "{text:?}");
            assert_eq!(file.lines[0].user, "alice", "{text:?}");
        }
    }

    #[test]
    fn an_unclosed_quotation_mark_is_named_by_its_line() {
        let what = "a cell begins with a quotation mark, and none ends it";
        for (text, line) in [
            ("user,note\nalice,x\n\"bob,y\ncarol,z\n", 3),
            ("user,note\n\nalice,\"x", 3),
            ("user,\"note\nalice,x\n", 1),
            ("user,note\r\nalice,\"x\r\n\"\"\r\n", 2),
            ("user,a,b\nalice,\"x\ny\",\"z", 3),
        ] {
            assert_eq!(
                error_of(text).0,
                format!(", line {line}: {what}"),
                "{text:?}"
            );
        }
        // Otherwise bob would get no code.
        let text = "user,note\nalice,\"x\nbob,y\ncarol,\"z\"\n";
        let behind = "there is text behind the second quotation mark of a cell";
        assert_eq!(error_of(text).0, format!(", line 2: {behind}"));
        assert_eq!(lines_of("user,note\nalice,\"\"\"x\"\"\"\n"), [2]);
        assert_eq!(lines_of("user,note\nalice,\"x\"\n"), [2]);
        // In the middle of a cell, a quotation mark is nothing but a character.
        assert_eq!(lines_of("user,note\nalice,5\"\nbob,6\"\n"), [2, 3]);
    }

    #[test]
    fn all_wrong_lines_are_listed() {
        let text = "user,valid\nalice,99d\nbob\nalice,7d\ncarol,1w\ncarol,7d\n,7d\n";
        let (summary, list) = error_of(text);
        assert_eq!(summary, ": 4 lines are wrong, so no code was issued");
        assert_eq!(
            list,
            [
                "  line 2: a validity has 1 to 31 days, not 99",
                "  line 3: one cell, but 2 in the first line",
                "  line 6: the user \"carol\" is on line 5 already",
                "  line 7: the user: a name must not be empty",
            ]
        );
        let (summary, list) = error_of("user,valid\n".to_owned() + &"a,0d\n".repeat(25));
        assert_eq!(summary, ": 25 lines are wrong, so no code was issued");
        assert_eq!(list.len(), 21);
        assert_eq!(list[20], "  … and 5 more");
        let (summary, list) = error_of(b"user\nM\xFCller\n\nalice\nalice\n");
        assert_eq!(summary, ": 2 lines are wrong, so no code was issued");
        assert_eq!(list[0], "  line 2: it is not UTF-8 text");
        assert_eq!(list[1], "  line 5: the user \"alice\" is on line 4 already");
    }

    #[test]
    fn other_columns_are_copied() {
        let text = "Email, USER ,,,Valid\na@x, alice ,1,, 7d\n";
        let file = read(text.as_bytes(), OnlinePolicy::default()).unwrap();
        assert_eq!(file.copied, ["email"]);
        let cells: Vec<&str> = file.lines[0].cells.iter().collect();
        assert_eq!(cells, ["a@x", " alice ", "1", "", " 7d"]);
        assert_eq!(file.lines[0].user, "alice");
    }
}
