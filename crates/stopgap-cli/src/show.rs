//! What people and programs see.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
};

use anstream::{AutoStream, adapter::strip_str};
use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Code, Spoken};
use terminal_size::{Width, terminal_size_of};

use crate::{
    failure::Failure,
    plain::Plain,
    relative::Relative,
    table::{Table, width},
    zone::{Zone, clock},
};

const CODE: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();

/// What a command found or did: an object for `--json`, and text for a person.
pub(crate) trait Reply: Serialize {
    fn show(&self, screen: &mut Screen) -> io::Result<()>;
}

/// Where a command writes to. Escape sequences reach terminals alone, and none
/// where `NO_COLOR` or `CLICOLOR=0` says so.
pub(crate) struct Screen {
    out: AutoStream<io::Stdout>,
    json: bool,
    terminal: bool,
    /// The widths of the lines of the live display.
    drawn: Vec<usize>,
    pub(crate) zone: Zone,
    pub(crate) now: DateTime<Utc>,
}

#[derive(Serialize)]
struct Done<'a, R> {
    outcome: &'static str,
    #[serde(flatten)]
    reply: &'a R,
}

impl Screen {
    pub(crate) fn new(json: bool) -> Self {
        Self {
            out: AutoStream::auto(io::stdout()),
            json,
            terminal: io::stdout().is_terminal(),
            drawn: Vec::new(),
            zone: Zone::Here,
            now: crate::zone::now(),
        }
    }

    /// Whether a person looks at the answer, and lines can be drawn over.
    pub(crate) fn is_live(&self) -> bool {
        let able = std::env::var_os("TERM").map_or(cfg!(windows), |term| term != "dumb");
        self.terminal && able
    }

    /// It was done: shows what there is to see.
    pub(crate) fn done(&mut self, reply: &impl Reply) -> Result<(), Failure> {
        self.try_done(reply)?;
        Ok(())
    }

    /// The same where a code is shown that nobody can be shown again.
    pub(crate) fn done_with_code(&mut self, reply: &impl Reply) -> Result<(), Failure> {
        let shown = self.try_done(reply);
        shown.map_err(|error| Failure::not_shown(&error))
    }

    fn try_done(&mut self, reply: &impl Reply) -> io::Result<()> {
        let outcome = "done";
        if self.json {
            // Not through a `Value`: a code would stay behind in memory.
            serde_json::to_writer(&mut self.out, &Done { outcome, reply })?;
            writeln!(self.out)?;
        } else {
            reply.show(self)?;
        }
        self.out.flush()
    }

    /// It was not done: says why, on the other stream.
    pub(crate) fn failed(&mut self, failure: &Failure) {
        // Where nobody can be told, the exit status still says it.
        if self.json {
            self.document(failure);
        }
        if let Some((before, message)) = failure.text() {
            let message = Plain(message);
            let _ = writeln!(anstream::stderr(), "{ERROR}{before}{ERROR:#}{message}");
        }
    }

    /// Why it was not done, for a program.
    pub(crate) fn document(&mut self, failure: &Failure) {
        let written = serde_json::to_writer(&mut self.out, &failure.document());
        let _ = written.map(|()| writeln!(self.out));
    }

    /// One line of the answer.
    pub(crate) fn line(&mut self, text: impl fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// A line for people that is not the answer: beside it on a terminal, and
    /// never on a pipe.
    pub(crate) fn aside(&mut self, text: impl fmt::Display) -> io::Result<()> {
        if self.terminal {
            writeln!(self.out, "{text}")
        } else if io::stderr().is_terminal() {
            writeln!(anstream::stderr(), "{text}")
        } else {
            Ok(())
        }
    }

    /// A code: big, in groups and in words on a terminal; on a pipe only itself.
    pub(crate) fn code(&mut self, code: &Code) -> io::Result<()> {
        let shown = code.reveal();
        self.spelled(shown.as_str(), &shown.spoken())
    }

    /// The same of a code in groups and the words for it.
    pub(crate) fn spelled(&mut self, code: &str, spoken: &Spoken<'_>) -> io::Result<()> {
        if self.terminal {
            let out = &mut self.out;
            writeln!(out, "\n    {CODE}{code}{CODE:#}\n    {spoken}\n")
        } else {
            writeln!(self.out, "{code}")
        }
    }

    /// The lines of a live display are drawn over the ones before.
    pub(crate) fn redraw(&mut self, lines: &[String]) -> io::Result<()> {
        // A line that is longer than the terminal is wide takes several rows of it.
        let columns = self.columns().unwrap_or(usize::MAX);
        let rows = |width: &usize| width.div_ceil(columns).max(1);
        let up: usize = self.drawn.iter().map(rows).sum();
        if up > 0 {
            // Up to the first line, and cleared from there; not through a stream that
            // takes this for a colour where there are to be none.
            write!(io::stdout(), "\x1b[{up}A\r\x1b[J")?;
        }
        for line in lines {
            writeln!(self.out, "{line}")?;
        }
        let shown = |line: &String| width(&strip_str(line).to_string());
        self.drawn = lines.iter().map(shown).collect();
        self.out.flush()
    }

    /// How wide the terminal is, where there is one.
    fn columns(&self) -> Option<usize> {
        let (Width(columns), _) = terminal_size_of(io::stdout())?;
        self.terminal.then_some(columns.into())
    }

    /// Rows under their heads, and a hint where there are more.
    pub(crate) fn table(&mut self, table: &Table, more: bool) -> io::Result<()> {
        if table.is_empty() {
            return self.aside("There is nothing to list.");
        }
        let columns = self.columns();
        table.write(&mut self.out, columns)?;
        if more {
            note("There are more: say a higher --limit.");
        }
        Ok(())
    }

    /// An instant on the wall clock, with its offset.
    pub(crate) fn clock(&self, instant: DateTime<Utc>) -> String {
        clock(instant, self.zone)
    }

    /// The same, and how far away that is.
    pub(crate) fn time(&self, instant: DateTime<Utc>) -> String {
        let relative = Relative::new(instant, self.now);
        format!("{} ({relative})", self.clock(instant))
    }

    /// The same, or a hyphen.
    pub(crate) fn time_or_none(&self, instant: Option<DateTime<Utc>>) -> String {
        instant.map_or_else(|| "-".into(), |instant| self.time(instant))
    }
}

/// A note on the other stream, about what was done on the way.
pub(crate) fn note(text: impl fmt::Display) {
    // Nothing depends on it.
    let _ = writeln!(anstream::stderr(), "{}", Plain(&text.to_string()));
}
