//! `stopgap online issue --from`: a code for each user of a CSV file.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use stopgap::OnlinePolicy;
use stopgap_registry::{Error, Issued};

use crate::{
    codes_file::CodesFile,
    counted::counted,
    failure::Failure,
    home::Home,
    people_file::{self, People},
    private_file::{self, FileError},
    show::{Reply, Screen, note},
    watched_draft::WatchedDraft,
    wrong_lines::PeopleFileError,
};

/// The files of a batch.
pub(crate) struct Batch<'a> {
    /// The file of users; `-` is the standard input.
    pub(crate) from: &'a Path,
    /// The file of codes; `-` is the standard output.
    pub(crate) out: &'a Path,
    pub(crate) guards_formulas: bool,
}

/// Issues a code to each user of `from`, and writes them to `out`.
pub(crate) fn issue(
    batch: &Batch<'_>,
    policy: OnlinePolicy,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let Batch { from, out, .. } = *batch;
    // Errors of the files are found before a code is issued.
    if is_stream(out) {
        if screen.is_json() {
            let hint = "--json cannot be used with --out -, which prints CSV";
            return Err(Failure::usage(hint.into()));
        }
    } else {
        private_file::must_not_exist(out)?;
    }
    let people = read(from, policy)?;
    if !people.copied.is_empty() {
        let columns = people.copied.join(", ");
        note(format_args!(
            "Columns that are copied and not read: {columns}."
        ));
    }
    let issuing = Issuing {
        file: CodesFile {
            people: &people,
            zone: screen.zone,
            guards_formulas: batch.guards_formulas,
        },
        from,
        policy,
        home,
    };
    if is_stream(out) {
        issuing.to_stream()
    } else {
        issuing.to_file(out, screen)
    }
}

fn is_stream(path: &Path) -> bool {
    path == Path::new("-")
}

/// Returns the name of an input in messages.
fn name(from: &Path) -> String {
    if is_stream(from) {
        "standard input".into()
    } else {
        from.display().to_string()
    }
}

fn read(from: &Path, policy: OnlinePolicy) -> Result<People, Failure> {
    let mut bytes = Vec::new();
    let read = if is_stream(from) {
        io::stdin().lock().read_to_end(&mut bytes)
    } else {
        File::open(from).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    read.map_err(|source| FileError::io(Path::new(&name(from)), source))?;
    people_file::read(&bytes, policy).map_err(|error| {
        let failure = Failure::usage(format!("{}{error}", name(from)));
        match &error {
            PeopleFileError::Lines(wrong) => failure.listing(wrong, wrong.list()),
            PeopleFileError::Empty => failure,
        }
    })
}

/// Users whose codes are issued.
struct Issuing<'a> {
    file: CodesFile<'a>,
    from: &'a Path,
    policy: OnlinePolicy,
    home: &'a Home,
}

impl Issuing<'_> {
    /// Issues the codes, which `keep` gets before they are good.
    fn issue(
        &self,
        mut keep: impl FnMut(&[Issued]) -> Result<(), Failure>,
    ) -> Result<Vec<Issued>, Failure> {
        let people = &self.file.people.lines;
        let bar = bar(people.len());
        let requests = people.iter().map(|person| {
            let own = person.own.as_deref();
            (person.user.clone(), own.copied().unwrap_or(self.policy))
        });
        let requests = bar.wrap_iter(requests);
        let home = self.home;
        let mut failed = None;
        let issued =
            home.registry
                .issue_codes_and_keep(&home.actor, requests, &self.file.zone, |issued| {
                    keep(issued).map_err(|failure| {
                        let text = failure.to_string();
                        failed = Some(failure);
                        text.into()
                    })
                });
        bar.finish_and_clear();
        match (issued, failed) {
            (Err(Error::NotKept(_)), Some(failure)) => Err(failure),
            (issued, _) => issued.map_err(|error| self.at_line(error)),
        }
    }

    /// Adds the line of a user for whom no code could be issued.
    fn at_line(&self, error: Error) -> Failure {
        match error {
            Error::Batch { index, source } => {
                let person = self.file.people.lines.get(index);
                let line = person.map(|person| person.line).unwrap_or_default();
                let place = format!("{}, line {line}", name(self.from));
                Failure::from(*source).at(&place)
            }
            error => error.into(),
        }
    }

    /// Issues the codes and then prints them: a pipe cannot be emptied if they are not issued.
    fn to_stream(&self) -> Result<(), Failure> {
        let issued = self.issue(|_| Ok(()))?;
        let mut out = io::stdout().lock();
        let written = self
            .file
            .write(&issued, |part| out.write_all(part))
            .and_then(|()| out.flush());
        written.map_err(|error| {
            let what = format!(
                "the codes were issued, but could not all be written ({error}): revoke them by \
                \"stopgap online revoke USER\" for each user of {}",
                name(self.from)
            );
            Failure::trouble("not_shown", what)
        })?;
        note(format_args!("Issued {}.", counted(issued.len(), "code")));
        Ok(())
    }

    /// Issues the codes and writes them to a new file.
    ///
    /// They are on the disk before they are good, and the file gets its name once they are. If
    /// the machine stops between, they are in a hidden file beside `out`, and the list of codes
    /// shows that they were issued. In the other order, a full disk would leave thousands of
    /// good codes that were never shown.
    fn to_file(&self, out: &Path, screen: &mut Screen) -> Result<(), Failure> {
        let mut draft = WatchedDraft::beside(out)?;
        let issued = self.issue(|issued| {
            draft.clear()?;
            self.file
                .write(issued, |part| Ok::<_, Failure>(draft.write(part)?))?;
            Ok(draft.sync()?)
        });
        let issued = match issued {
            Err(failure) if failure.is_uncertain() => {
                let kept = draft.keep().unwrap_or_default();
                let what = format!(
                    "{failure}: if the codes were issued, they are in {}",
                    kept.display()
                );
                return Err(failure.saying(what));
            }
            issued => issued?,
        };
        let published = draft.publish()?;
        screen.done(&Written {
            issued: issued.len(),
            out: out.to_owned(),
        })?;
        published.end();
        Ok(())
    }
}

fn bar(people: usize) -> ProgressBar {
    let length = u64::try_from(people).unwrap_or(u64::MAX);
    // It is drawn on the standard error, and only on a terminal.
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
        let pronoun = if issued == 1 { "it is" } else { "they are" };
        let issued = counted(issued, "code");
        screen.line(format_args!("Issued {issued}; {pronoun} in {out}."))
    }
}
