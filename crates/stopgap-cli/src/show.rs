//! Output for people and programs.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
};

use anstream::{
    AutoStream, ColorChoice,
    adapter::{strip_bytes, strip_str},
};
use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Code, Language, Spoken};
use terminal_size::{Height, Width, terminal_size_of};

use crate::{
    cell::Form,
    column::Choice,
    failure::Failure,
    flow::Flow,
    pager,
    plain::Plain,
    relative::Relative,
    table::{Layout, Table, width},
    zone::{Zone, clock},
};

const CODE: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();

/// The result of a command: an object for `--json`, and text for a person.
pub(crate) trait Reply: Serialize {
    fn show(&self, screen: &mut Screen) -> io::Result<()>;
}

/// The way in which a list is shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// `true` if all columns are shown in full.
    pub(crate) is_wide: bool,
    pub(crate) choice: Choice,
    /// `true` if a terminal gets times on the clock, and not from now.
    pub(crate) on_clock: bool,
    /// `true` if a long list is written without a pager.
    pub(crate) no_pager: bool,
}

/// The output of a command. Only terminals get escape sequences, and none if `NO_COLOR`
/// or `CLICOLOR=0` is set, unless `--color` says otherwise.
pub(crate) struct Screen {
    out: AutoStream<io::Stdout>,
    json: bool,
    terminal: bool,
    /// The widths of the lines of the live display.
    drawn: Vec<usize>,
    /// The language of spelling words and of sentences for the person.
    pub(crate) language: Language,
    pub(crate) view: View,
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
    pub(crate) fn new(json: bool, language: Language) -> Self {
        Self {
            out: AutoStream::auto(io::stdout()),
            json,
            terminal: io::stdout().is_terminal(),
            drawn: Vec::new(),
            language,
            view: View::default(),
            zone: Zone::Here,
            now: crate::zone::now(),
        }
    }

    /// Uses the choice of colors that was set since.
    pub(crate) fn recolor(&mut self) {
        self.out = AutoStream::auto(io::stdout());
    }

    /// Returns `true` if the output is a terminal on which lines can be redrawn.
    pub(crate) fn is_live(&self) -> bool {
        let able = std::env::var_os("TERM").map_or(cfg!(windows), |term| term != "dumb");
        self.terminal && able
    }

    /// Returns `true` if the output is a JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Shows the result of a command.
    pub(crate) fn done(&mut self, reply: &impl Reply) -> Result<(), Failure> {
        self.try_done(reply)?;
        Ok(())
    }

    /// Shows a result with a code that cannot be shown again.
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

    /// Shows a failure, on the standard error.
    pub(crate) fn failed(&mut self, failure: &Failure) {
        if failure.is_shown() {
            return;
        }
        // If this fails too, the exit status tells.
        if self.json {
            self.document(failure);
        }
        if let Some((before, message)) = failure.text(self.language) {
            let message = Plain(&message);
            let _ = writeln!(anstream::stderr(), "{ERROR}{before}{ERROR:#}{message}");
            failure.lines().iter().for_each(note);
        }
    }

    /// Writes the JSON document of a failure.
    pub(crate) fn document(&mut self, failure: &Failure) {
        let written = serde_json::to_writer(&mut self.out, &failure.document(self.language));
        let _ = written.map(|()| writeln!(self.out));
    }

    /// Writes a line of the result.
    pub(crate) fn line(&mut self, text: impl fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// Writes lines of the result.
    pub(crate) fn text(&mut self, lines: &str) -> io::Result<()> {
        self.out.write_all(lines.as_bytes())
    }

    /// Passes on what was written.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Writes a line for people that is not part of the result: to a terminal only.
    pub(crate) fn aside(&mut self, text: impl fmt::Display) -> io::Result<()> {
        if self.terminal {
            writeln!(self.out, "{text}")
        } else if io::stderr().is_terminal() {
            writeln!(anstream::stderr(), "{text}")
        } else {
            Ok(())
        }
    }

    /// Shows a code: in bold, in groups and in words on a terminal, otherwise alone.
    pub(crate) fn code(&mut self, code: &Code) -> io::Result<()> {
        let shown = code.reveal();
        self.spelled(shown.as_str(), shown.spoken())
    }

    /// Shows a secret that is copied and not read aloud: in bold on a terminal.
    pub(crate) fn secret(&mut self, secret: &str) -> io::Result<()> {
        if self.terminal {
            writeln!(self.out, "\n    {CODE}{secret}{CODE:#}\n")
        } else {
            writeln!(self.out, "{secret}")
        }
    }

    /// Shows a code that is given in groups and in words.
    pub(crate) fn spelled(&mut self, code: &str, spoken: Spoken<'_>) -> io::Result<()> {
        if self.terminal {
            let spoken = spoken.in_language(self.language);
            let out = &mut self.out;
            writeln!(out, "\n    {CODE}{code}{CODE:#}\n    {spoken}\n")
        } else {
            writeln!(self.out, "{code}")
        }
    }

    /// Draws the lines of a live display over the ones before.
    pub(crate) fn redraw(&mut self, lines: &[String]) -> io::Result<()> {
        // A line longer than the width of the terminal takes several rows.
        let columns = self.columns().unwrap_or(usize::MAX);
        let rows = |width: &usize| width.div_ceil(columns).max(1);
        let up: usize = self.drawn.iter().map(rows).sum();
        if up > 0 {
            // Up to the first line, then clear; `self.out` would remove this if colors
            // are off.
            write!(io::stdout(), "\x1b[{up}A\r\x1b[J")?;
        }
        for line in lines {
            writeln!(self.out, "{line}")?;
        }
        let shown = |line: &String| width(&strip_str(line).to_string());
        self.drawn = lines.iter().map(shown).collect();
        self.out.flush()
    }

    /// Returns the width of the terminal, if there is one.
    fn columns(&self) -> Option<usize> {
        self.size().map(|(columns, _)| columns)
    }

    /// Returns the columns and rows of the terminal, if there is one.
    fn size(&self) -> Option<(usize, usize)> {
        let (Width(columns), Height(rows)) = terminal_size_of(io::stdout())?;
        self.terminal.then_some((columns.into(), rows.into()))
    }

    /// Returns `true` if a text does not fit on the terminal with the prompt that follows.
    fn is_long(&self, text: &str) -> bool {
        let Some((columns, rows)) = self.size() else {
            return false;
        };
        let lines = text.lines();
        let needed = lines.map(|line| width(line).div_ceil(columns).max(1));
        needed.sum::<usize>() >= rows
    }

    fn layout(&self) -> Layout {
        let form = match (self.view.is_wide, self.terminal) {
            (true, _) => Form::Wide,
            (false, true) if self.view.on_clock => Form::Clock,
            (false, true) => Form::Short,
            (false, false) => Form::Whole,
        };
        Layout {
            form,
            choice: self.view.choice.clone(),
            width: self.columns().filter(|_| !self.view.is_wide),
            now: self.now,
            zone: self.zone,
        }
    }

    /// Shows rows below those before.
    pub(crate) fn grow(&mut self, table: &Table, above: &mut Flow) -> io::Result<()> {
        let layout = self.layout();
        table.write_below(&mut self.out, &layout, above)
    }

    /// Shows a table, and a hint if there are more rows.
    pub(crate) fn table(&mut self, table: &Table, more: bool) -> io::Result<()> {
        if table.is_empty() {
            return self.aside("There is nothing to list.");
        }
        let mut text = Vec::new();
        table.write(&mut text, &self.layout())?;
        let plain = strip_bytes(&text).into_vec();
        let is_paged =
            !self.view.no_pager && self.is_live() && self.is_long(&String::from_utf8_lossy(&plain));
        let colors = self.out.current_choice() != ColorChoice::Never;
        if !(is_paged && pager::show(if colors { &text } else { &plain })) {
            self.out.write_all(&text)?;
        }
        if more {
            note("There are more: pass a higher --limit.");
        }
        Ok(())
    }

    /// Returns an instant on the wall clock, with its offset.
    pub(crate) fn clock(&self, instant: DateTime<Utc>) -> String {
        clock(instant, self.zone)
    }

    /// Returns an instant on the wall clock, and its distance from now.
    pub(crate) fn time(&self, instant: DateTime<Utc>) -> String {
        let relative = Relative::new(instant, self.now);
        format!("{} ({relative})", self.clock(instant))
    }

    /// Returns [`time`](Self::time), or a hyphen.
    pub(crate) fn time_or_none(&self, instant: Option<DateTime<Utc>>) -> String {
        instant.map_or_else(|| "-".into(), |instant| self.time(instant))
    }
}

/// Writes a note to the standard error.
pub(crate) fn note(text: impl fmt::Display) {
    // Nothing depends on it.
    let _ = writeln!(anstream::stderr(), "{}", Plain(&text.to_string()));
}
