//! The columns of a table that grows.

/// The columns of the rows that were written before.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// The width of each column, by its place.
    widths: Vec<usize>,
    /// The places of the columns that were shown.
    shown: Vec<usize>,
}

impl Flow {
    /// Begins a table with these widths of its first columns.
    pub(crate) fn starting(widths: &[usize]) -> Self {
        Self {
            widths: widths.to_vec(),
            shown: Vec::new(),
        }
    }

    pub(crate) fn width(&self, place: usize) -> usize {
        self.widths.get(place).copied().unwrap_or_default()
    }

    /// Remembers places and widths of columns.
    pub(crate) fn widen(&mut self, columns: impl Iterator<Item = (usize, usize)>) {
        for (place, width) in columns {
            if self.widths.len() <= place {
                self.widths.resize(place.saturating_add(1), 0);
            }
            if let Some(before) = self.widths.get_mut(place) {
                *before = (*before).max(width);
            }
        }
    }

    /// Returns `true` if the column in this place was shown.
    pub(crate) fn shows(&self, place: usize) -> bool {
        self.shown.contains(&place)
    }

    /// Remembers the places of the columns that are shown. Returns `true` if they are others than
    /// before, so that they need a head.
    pub(crate) fn show(&mut self, places: impl Iterator<Item = usize>) -> bool {
        let before = std::mem::replace(&mut self.shown, places.collect());
        before != self.shown
    }
}
