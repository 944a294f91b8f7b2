//! Lists for people.

use std::{
    fmt,
    io::{self, Write},
};

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::plain::Plain;

const HEAD: Style = Style::new().underline();
const DIM: Style = Style::new().dimmed();

/// Rows under their heads. Records that have ended are dim.
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

    /// Adds a row. Its cells are made plain, because they may come from another program.
    pub(crate) fn row<T: fmt::Display>(&mut self, cells: impl IntoIterator<Item = T>, dim: bool) {
        let cells = cells
            .into_iter()
            .map(|cell| Plain(&cell.to_string()).to_string())
            .collect();
        self.rows.push(Row { cells, dim });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Writes it with its columns aligned, or cell by cell below each other if it is wider than
    /// the terminal.
    pub(crate) fn write(&self, out: &mut impl Write, columns: Option<usize>) -> io::Result<()> {
        let heads: Vec<String> = self.head.iter().map(|head| (*head).to_owned()).collect();
        let mut widths: Vec<usize> = heads.iter().map(|head| width(head)).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(&row.cells) {
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
        let fits = |cells: &[String]| columns.is_none_or(|columns| width(&line(cells)) <= columns);
        if !self.rows.iter().all(|row| fits(&row.cells)) {
            return self.write_upright(out);
        }
        writeln!(out, "{HEAD}{}{HEAD:#}", line(&heads))?;
        for row in &self.rows {
            let style = if row.dim { DIM } else { Style::new() };
            writeln!(out, "{style}{}{style:#}", line(&row.cells))?;
        }
        Ok(())
    }

    /// Writes each cell on a line of its own, after its head.
    fn write_upright(&self, out: &mut impl Write) -> io::Result<()> {
        let widest = self.head.iter().map(|head| width(head)).max();
        let widest = widest.unwrap_or_default();
        for (index, row) in self.rows.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            let style = if row.dim { DIM } else { Style::new() };
            for (head, cell) in self.head.iter().zip(&row.cells) {
                let gap = widest.saturating_sub(width(head)).saturating_add(2);
                let text = format!("{head}{:gap$}{cell}", "");
                writeln!(out, "{style}{}{style:#}", text.trim_end())?;
            }
        }
        Ok(())
    }
}

/// Returns the number of columns that a text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}
