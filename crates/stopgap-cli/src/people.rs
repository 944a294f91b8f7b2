//! `stopgap online issue --from`: a code for each user of a CSV file.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use chrono::SecondsFormat;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use stopgap::OnlinePolicy;
use stopgap_registry::{Error, Issued};
use zeroize::Zeroizing;

use crate::{
    failure::Failure,
    home::Home,
    people_file::{self, PeopleFileError},
    private_file::{self, Draft, FileError},
    show::{Reply, Screen, note},
    zone::Zone,
};

/// The head of what is written.
const HEAD: &str = "user,code,expires_at\n";

/// How many codes are in memory as text at a time.
const PART: usize = 1_024;

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
    let people = people_file::read(file, policy, |first| {
        note(format_args!(
            "No line of {} names its columns: the first user is {first:?}.",
            from.display()
        ));
    });
    let people = people.map_err(|error| match error {
        PeopleFileError::Io(source) => FileError::io(from, source).into(),
        error => Failure::usage(format!("{}{error}", from.display())),
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
