//! What people and programs see.

use std::{
    fmt,
    io::{self, IsTerminal, Write},
};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Code, Spoken};
use unicode_width::UnicodeWidthStr;

use crate::{failure::Failure, relative::Relative, zone::Zone};

const CODE: Style = Style::new().bold();
const HEAD: Style = Style::new().underline();
const DIM: Style = Style::new().dimmed();
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
            zone: Zone::Here,
            now: crate::zone::now(),
        }
    }

    /// Whether a person looks at the answer.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
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
    pub(crate) fn redraw(&mut self, lines: &[String], first: bool) -> io::Result<()> {
        if !first {
            // Up to the first line; each is then cleared to its end.
            write!(self.out, "\x1b[{}A", lines.len())?;
        }
        for line in lines {
            writeln!(self.out, "\r\x1b[2K{line}")?;
        }
        self.out.flush()
    }

    pub(crate) fn table(&mut self, table: &Table) -> io::Result<()> {
        let width = |text: &str| UnicodeWidthStr::width(text);
        let rows = || table.rows.iter().map(|row| &row.cells);
        let heads: Vec<String> = table.head.iter().map(|head| (*head).to_owned()).collect();
        let mut widths: Vec<usize> = heads.iter().map(|head| width(head)).collect();
        for cells in rows() {
            for (widest, cell) in widths.iter_mut().zip(cells) {
                *widest = width(cell).max(*widest);
            }
        }
        let line = |cells: &[String]| {
            let mut line = String::new();
            for (cell, widest) in cells.iter().zip(&widths) {
                let gap = widest.saturating_sub(width(cell)).saturating_add(2);
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', gap));
            }
            line.truncate(line.trim_end().len());
            line
        };
        writeln!(self.out, "{HEAD}{}{HEAD:#}", line(&heads))?;
        for row in &table.rows {
            let style = if row.dim { DIM } else { Style::new() };
            writeln!(self.out, "{style}{}{style:#}", line(&row.cells))?;
        }
        Ok(())
    }

    /// An instant on the wall clock, with its offset.
    pub(crate) fn clock(&self, instant: DateTime<Utc>) -> String {
        let local = instant.with_timezone(&self.zone);
        local.format("%Y-%m-%d %H:%M:%S %:z").to_string()
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

/// Rows under their heads; in a dim row is what is over.
pub(crate) struct Table {
    head: &'static [&'static str],
    rows: Vec<Row>,
}

struct Row {
    cells: Vec<String>,
    dim: bool,
}

impl Table {
    pub(crate) fn new(head: &'static [&'static str]) -> Self {
        let rows = Vec::new();
        Self { head, rows }
    }

    /// Adds a row. What is in it may come from a store that somebody else wrote.
    pub(crate) fn row<T: fmt::Display>(&mut self, cells: impl IntoIterator<Item = T>, dim: bool) {
        let cells = cells
            .into_iter()
            .map(|cell| Plain(&cell.to_string()).to_string())
            .collect();
        self.rows.push(Row { cells, dim });
    }
}

/// Text that a terminal shows and does not obey: control characters, and those
/// that turn the direction of text or break its lines, are written as escapes.
pub(crate) struct Plain<'a>(pub(crate) &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '\u{61C}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}' => write!(f, "{}", character.escape_unicode()),
            character if character.is_control() => write!(f, "{}", character.escape_default()),
            character => fmt::Write::write_char(f, character),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_nothing_from_a_store() {
        let hostile = "a\x1b]0;x\x07\r\n\u{9b}2J\u{202e}b\u{2028}\u{2066}é漢";
        let shown = Plain(hostile).to_string();
        assert_eq!(
            shown,
            r"a\u{1b}]0;x\u{7}\r\n\u{9b}2J\u{202e}b\u{2028}\u{2066}é漢"
        );
        assert!(!shown.contains(char::is_control));
    }
}
