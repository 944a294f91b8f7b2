//! `stopgap online issue --from`: a code for each user of a CSV file.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use chrono::SecondsFormat;
use csv::{ReaderBuilder, StringRecord, Trim};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use stopgap::{Name, OnlinePolicy};
use stopgap_registry::{Error, Issued};
use zeroize::Zeroizing;

use crate::{
    args::PolicyFlags,
    failure::Failure,
    home::Home,
    private_file::{self, Draft, FileError},
    show::{Reply, Screen, note},
    zone::Zone,
};

/// The head of what is written.
const HEAD: &str = "user,code,expires_at\n";

/// How many codes are in memory as text at a time.
const PART: usize = 1_024;

const COLUMNS: [&str; 4] = ["user", "valid", "purpose", "max_uses"];

/// Issues a code to each user of `from`, and writes them to `out`.
pub(crate) fn issue(
    from: &Path,
    out: &Path,
    policy: OnlinePolicy,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    // What is wrong with the files is said before anything is issued.
    private_file::must_not_exist(out)?;
    let file = File::open(from).map_err(|source| FileError::io(from, source))?;
    let people = read(file, from, policy, |first| {
        note(format_args!(
            "No line of {} names its columns: the first user is {first:?}.",
            from.display()
        ));
    })?;
    let mut draft = Draft::beside(out)?;
    let bar = bar(people.len());
    let lines: Vec<u64> = people.iter().map(|person| person.line).collect();
    let requests = people.into_iter();
    let requests =
        bar.wrap_iter(requests.map(|person| (person.user, person.own.map_or(policy, |own| *own))));
    // The codes are on the disk before they are good, and get their name once they
    // are. Whoever is cut off in between finds them in a hidden file beside `out`
    // and, in the list of codes, that they were issued. The other way round a full
    // disk would leave thousands of codes good that nobody ever saw.
    let keep = |issued: &[Issued]| {
        draft.clear()?;
        draft.write(HEAD.as_bytes())?;
        for part in issued.chunks(PART) {
            draft.write(&table(part, screen.zone)?)?;
        }
        Ok(draft.sync()?)
    };
    let issued = home
        .registry
        .issue_codes_and_keep(&home.actor, requests, &screen.zone, keep)
        .map_err(|error| at_line(from, &lines, error))?;
    draft.publish_or_keep()?;
    bar.finish_and_clear();
    screen.done(&Written {
        issued: issued.len(),
        out: out.to_owned(),
    })
}

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
    from: &Path,
    policy: OnlinePolicy,
    headless: impl Fn(&str),
) -> Result<Vec<Person>, Failure> {
    let wrong = |error: &csv::Error| {
        let what = match error.kind() {
            csv::ErrorKind::Io(_) => return FileError::csv(from, error).into(),
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => format!("columns: {len}, but {expected_len} in the first line"),
            csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text".into(),
            _ => error.to_string(),
        };
        let line = error.position().map_or(0, csv::Position::line);
        Failure::usage(format!("{}, line {line}: {what}", from.display()))
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .trim(Trim::All)
        .from_reader(file);
    let mut columns: Option<Columns> = None;
    let mut people = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let at = |error: String| {
            let from = from.display();
            Failure::usage(format!("{from}, line {line}: {error}"))
        };
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
        let from = from.display();
        return Err(Failure::usage(format!("{from}: there is nobody in it")));
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
        policy: OnlinePolicy,
    ) -> Result<Person, String> {
        let cell = |place: Option<usize>| {
            let cell = place.and_then(|place| record.get(place));
            cell.filter(|cell| !cell.is_empty())
        };
        let [user, valid, purpose, max_uses] = self.0.map(cell);
        let text = |error: &dyn std::error::Error| error.to_string();
        let user = user.unwrap_or_default().trim_start_matches('\u{FEFF}');
        let mut flags = PolicyFlags::default();
        if let Some(valid) = valid {
            flags.valid = Some(valid.parse().map_err(|error| text(&error))?);
        }
        for purpose in purpose.unwrap_or_default().split_whitespace() {
            let purpose = purpose.parse().map_err(|error| text(&error))?;
            flags.purpose.push(purpose);
        }
        if let Some(most) = max_uses {
            let most = most
                .parse()
                .map_err(|_| "max_uses is a number".to_owned())?;
            flags.max_uses = Some(most);
        }
        let own = if (valid, purpose, max_uses) == (None, None, None) {
            None
        } else {
            let own = flags.over(policy).map_err(|failure| failure.to_string())?;
            Some(Box::new(own))
        };
        Ok(Person {
            line,
            user: Name::new(user).map_err(|error| format!("the user: {error}"))?,
            own,
        })
    }
}

/// The codes as CSV. A spreadsheet may take a user's name that begins with `=` for
/// a formula; the names are the administrator's own, and are written as they are,
/// so that they can be joined with the file that they came from.
fn table(issued: &[Issued], zone: Zone) -> csv::Result<Zeroizing<Vec<u8>>> {
    let mut table = Zeroizing::new(Vec::with_capacity(issued.len().saturating_mul(384)));
    let mut writer = csv::Writer::from_writer(&mut *table);
    for Issued { code, record } in issued {
        let expires_at = record.expires_at.with_timezone(&zone);
        let expires_at = expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let code = code.reveal();
        writer.write_record([record.user.as_str(), code.as_str(), &expires_at])?;
    }
    writer.flush()?;
    drop(writer);
    Ok(table)
}

/// The line of the one that could not be issued.
fn at_line(from: &Path, lines: &[u64], error: Error) -> Failure {
    match error {
        Error::Batch { index, source } => {
            let line = lines.get(index).copied().unwrap_or_default();
            let place = format!("{}, line {line}", from.display());
            Failure::from(*source).at(&place)
        }
        error => error.into(),
    }
}

fn bar(people: usize) -> ProgressBar {
    let length = u64::try_from(people).unwrap_or(u64::MAX);
    // Drawn on the other stream, and on a terminal alone.
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:40} {human_pos} of {human_len}, {eta} left");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[derive(Serialize)]
struct Written {
    issued: usize,
    out: PathBuf,
}

impl Reply for Written {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let (issued, out) = (self.issued, self.out.display());
        screen.line(format_args!("Issued {issued} codes; they are in {out}."))
    }
}
