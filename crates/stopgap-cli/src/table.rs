//! Lists for people.

use std::io::{self, Write};

use anstyle::Style;
use chrono::{DateTime, Utc};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::{
    cell::{Cell, Form},
    column::{Choice, Column},
    flow::Flow,
    zone::Zone,
};

const HEAD: Style = Style::new().underline();
const DIM: Style = Style::new().dimmed();
/// The blanks between two columns.
const GAP: usize = 2;
/// The fewest symbols of a column that was chosen by its name.
const LEAST: usize = 4;

/// Rows under their heads. Records that have ended are dim.
pub(crate) struct Table {
    columns: &'static [Column],
    rows: Vec<Row>,
}

struct Row {
    cells: Vec<Cell>,
    dim: bool,
}

/// The way in which a table is laid out.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) form: Form,
    pub(crate) choice: Choice,
    /// The width into which the lines must fit.
    pub(crate) width: Option<usize>,
    pub(crate) now: DateTime<Utc>,
    pub(crate) zone: Zone,
}

/// A column of a table that is laid out.
struct Laid {
    place: usize,
    rank: u8,
    least: usize,
    cells: Vec<String>,
    width: usize,
}

impl Table {
    pub(crate) const fn new(columns: &'static [Column]) -> Self {
        let rows = Vec::new();
        Self { columns, rows }
    }

    /// Adds a row.
    pub(crate) fn row<T: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = T>, dim: bool) {
        let cells = cells.into_iter().map(Into::into).collect();
        self.rows.push(Row { cells, dim });
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Writes it with its columns aligned. Columns are cut and dropped until the lines fit.
    pub(crate) fn write(&self, out: &mut impl Write, layout: &Layout) -> io::Result<()> {
        self.write_below(out, layout, &mut Flow::default())
    }

    /// Writes it below other rows: with its head only if the columns are others than there.
    pub(crate) fn write_below(
        &self,
        out: &mut impl Write,
        layout: &Layout,
        above: &mut Flow,
    ) -> io::Result<()> {
        let mut columns = self.columns(layout, above);
        above.widen(columns.iter().map(|column| (column.place, column.width)));
        if let Some(width) = layout.width {
            columns = fit(columns, width);
        }
        let is_headed = above.show(columns.iter().map(|column| column.place));
        let style = |row: &Row| if row.dim { DIM } else { Style::new() };
        let styles = std::iter::once(HEAD).chain(self.rows.iter().map(style));
        for (index, style) in styles.enumerate().skip(usize::from(!is_headed)) {
            let mut line = String::new();
            for column in &columns {
                let text = column.cells.get(index).map_or("", String::as_str);
                let text = cut(text, column.width);
                let gap = column.width.saturating_sub(width(&text));
                line.push_str(&text);
                line.extend(std::iter::repeat_n(' ', gap.saturating_add(GAP)));
            }
            let line = line.trim_end();
            writeln!(out, "{style}{line}{style:#}")?;
        }
        Ok(())
    }

    /// Returns `true` if a column is shown when no columns are chosen.
    fn is_shown(&self, place: usize, layout: &Layout, above: &Flow) -> bool {
        let has_value = |row: &Row| row.cells.get(place).is_some_and(|cell| !cell.is_none());
        !self
            .columns
            .get(place)
            .is_some_and(|column| column.is_extra)
            || layout.form == Form::Wide && (above.shows(place) || self.rows.iter().any(has_value))
    }

    /// Returns the chosen columns at their full widths.
    fn columns(&self, layout: &Layout, above: &Flow) -> Vec<Laid> {
        let all = || {
            let places = 0..self.columns.len();
            let places = places.filter(|place| self.is_shown(*place, layout, above));
            places.collect()
        };
        let places = layout.choice.clone().unwrap_or_else(all);
        let is_chosen = layout.choice.is_some();
        let laid = |place: usize| {
            let column = self.columns.get(place)?;
            let cell = |row: &Row| {
                let cell = row.cells.get(place);
                cell.map(|cell| cell.text(layout.form, layout.now, layout.zone))
            };
            let texts = self.rows.iter().map(|row| cell(row).unwrap_or_default());
            let cells: Vec<String> = std::iter::once(column.head.to_owned())
                .chain(texts)
                .collect();
            let width = cells.iter().map(|cell| width(cell)).max();
            let width = width.unwrap_or_default().max(above.width(place));
            let least = match column.least {
                _ if is_chosen => LEAST,
                Some(least) => least.max(column.head.len()),
                None => width,
            };
            Some(Laid {
                rank: if is_chosen { 0 } else { column.rank },
                place,
                least: least.min(width),
                cells,
                width,
            })
        };
        places.into_iter().filter_map(laid).collect()
    }
}

/// Cuts columns as far as they may be, and drops those of the highest rank until the lines fit.
fn fit(mut columns: Vec<Laid>, most: usize) -> Vec<Laid> {
    loop {
        let total = |columns: &[Laid], width: fn(&Laid) -> usize| {
            let widths: usize = columns.iter().map(width).sum();
            let gaps = columns.len().saturating_sub(1).saturating_mul(GAP);
            widths.saturating_add(gaps)
        };
        if total(&columns, |column| column.least) <= most {
            let mut excess = total(&columns, |column| column.width).saturating_sub(most);
            while excess > 0 {
                // The widest one is cut first, so that they become alike.
                let may_be_cut = columns
                    .iter_mut()
                    .filter(|column| column.width > column.least);
                let Some(widest) = may_be_cut.max_by_key(|column| column.width) else {
                    break;
                };
                widest.width = widest.width.saturating_sub(1);
                excess = excess.saturating_sub(1);
            }
            return columns;
        }
        let ranks = columns.iter().enumerate();
        let last = ranks.max_by_key(|(_, column)| column.rank);
        match last.map(|(place, column)| (place, column.rank)) {
            Some((place, rank)) if rank > 0 => drop(columns.remove(place)),
            _ => return squeeze(columns, most),
        }
    }
}

/// Cuts columns that should not be cut, because the terminal is very narrow, and leaves out the
/// last ones.
fn squeeze(mut columns: Vec<Laid>, most: usize) -> Vec<Laid> {
    let mut left = most;
    columns.retain_mut(|column| {
        column.width = column.least.min(left);
        left = left.saturating_sub(column.width.saturating_add(GAP));
        column.width > 0
    });
    columns
}

/// Returns a text with at most this width; an ellipsis stands for the rest.
fn cut(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(1);
    let fits = |symbol: &char| {
        let width = symbol.width().unwrap_or_default();
        let rest = left.checked_sub(width);
        left = rest.unwrap_or_default();
        rest.is_some()
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// Returns the number of columns that a text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    static COLUMNS: [Column; 4] = [
        Column::new("ID"),
        Column::new("STATE").rank(2),
        Column::new("USER").cut(6),
        Column::new("NOTE").rank(1).cut(8),
    ];

    fn lines(width: Option<usize>, choice: Choice) -> Vec<String> {
        let mut table = Table::new(&COLUMNS);
        table.row(
            [
                "12345678",
                "active",
                "alice@example.com",
                "a long note 漢字漢字",
            ],
            false,
        );
        table.row(["9", "revoked", "bob", ""], false);
        let layout = Layout {
            form: Form::Short,
            choice,
            width,
            now: DateTime::UNIX_EPOCH,
            zone: Zone::Here,
        };
        let mut text = Vec::new();
        table.write(&mut text, &layout).unwrap();
        stripped(&text)
    }

    fn stripped(text: &[u8]) -> Vec<String> {
        let text = anstream::adapter::strip_bytes(text).into_vec();
        let text = String::from_utf8(text).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn rows_are_written_below_others() {
        static COLUMNS: [Column; 3] = [
            Column::new("USER").cut(6),
            Column::new("STATE").rank(1),
            Column::new("TICKET").extra(),
        ];
        let layout = |width| Layout {
            form: Form::Wide,
            choice: None,
            width: Some(width),
            now: DateTime::UNIX_EPOCH,
            zone: Zone::Here,
        };
        let mut above = Flow::starting(&[5]);
        let mut lines = |row: [&str; 3], width| {
            let mut table = Table::new(&COLUMNS);
            table.row(row, false);
            let mut text = Vec::new();
            let layout = layout(width);
            table.write_below(&mut text, &layout, &mut above).unwrap();
            stripped(&text)
        };
        let first = lines(["bob", "active", "-"], 80);
        assert_eq!(first, ["USER   STATE", "bob    active"]);
        assert_eq!(lines(["alice.b", "active", "-"], 80), ["alice.b  active"]);
        // The widths stay, and the head comes again if there are other columns.
        assert_eq!(lines(["bob", "active", "-"], 80), ["bob      active"]);
        let ticket = lines(["bob", "active", "INC-1"], 80);
        assert_eq!(
            ticket,
            ["USER     STATE   TICKET", "bob      active  INC-1"]
        );
        assert_eq!(lines(["bob", "active", "-"], 80), ["bob      active  -"]);
        assert_eq!(
            lines(["bob", "active", "-"], 16),
            ["USER     TICKET", "bob      -"]
        );
    }

    #[test]
    fn a_wide_terminal_shows_all() {
        let all = [
            "ID        STATE    USER               NOTE",
            "12345678  active   alice@example.com  a long note 漢字漢字",
            "9         revoked  bob",
        ];
        assert_eq!(lines(None, None), all);
        assert_eq!(lines(Some(58), None), all);
    }

    #[test]
    fn columns_are_cut_then_dropped() {
        assert_eq!(
            lines(Some(50), None),
            [
                "ID        STATE    USER             NOTE",
                "12345678  active   alice@example.…  a long note…",
                "9         revoked  bob",
            ]
        );
        assert_eq!(
            lines(Some(30), None),
            [
                "ID        USER       NOTE",
                "12345678  alice@ex…  a long n…",
                "9         bob",
            ]
        );
        assert_eq!(
            lines(Some(20), None),
            ["ID        USER", "12345678  alice@exa…", "9         bob"]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for choice in [None, Some(vec![3, 2, 1, 0]), Some(vec![1])] {
            for most in 1..70 {
                for line in lines(Some(most), choice.clone()) {
                    assert!(width(&line) <= most, "{most}: {line}");
                }
            }
        }
    }

    #[test]
    fn chosen_columns_come_in_their_order() {
        assert_eq!(
            lines(Some(80), Some(vec![2, 0])),
            [
                "USER               ID",
                "alice@example.com  12345678",
                "bob                9",
            ]
        );
        assert_eq!(
            lines(Some(14), Some(vec![2, 0])),
            ["USER    ID", "alice…  12345…", "bob     9"]
        );
    }
}
