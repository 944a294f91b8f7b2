//! The columns of a list, and the choice among them.

use crate::failure::Failure;

/// A column of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// The head, in capitals.
    pub(crate) head: &'static str,
    /// The place in the order in which columns are dropped on a narrow terminal: the highest
    /// first, and never 0.
    pub(crate) rank: u8,
    /// The fewest symbols to which its texts are cut; `None` if they are not.
    pub(crate) least: Option<usize>,
    /// `true` if it is only shown if it is chosen, or if all columns are shown and it has a value.
    pub(crate) is_extra: bool,
}

impl Column {
    /// Returns a column that is never dropped or cut.
    pub(crate) const fn new(head: &'static str) -> Self {
        Self {
            head,
            rank: 0,
            least: None,
            is_extra: false,
        }
    }

    /// Sets the place in the order in which columns are dropped.
    pub(crate) const fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// Lets its texts be cut to this number of symbols.
    pub(crate) const fn cut(self, least: usize) -> Self {
        let least = Some(least);
        Self { least, ..self }
    }

    /// Shows it only if it is chosen, or if all columns are shown and it has a value.
    pub(crate) const fn extra(self) -> Self {
        let is_extra = true;
        Self { is_extra, ..self }
    }

    /// Returns the name by which it is chosen.
    pub(crate) fn name(&self) -> String {
        self.head.to_lowercase().replace(' ', "-")
    }
}

/// The columns to show, in their order; `None` for all of them.
pub(crate) type Choice = Option<Vec<usize>>;

/// Returns the places of the columns with these names.
pub(crate) fn choose(columns: &[Column], names: &[String]) -> Result<Choice, Failure> {
    if names.is_empty() {
        return Ok(None);
    }
    let place = |name: &String| {
        let wanted = name.trim().to_lowercase().replace([' ', '_'], "-");
        let place = columns.iter().position(|column| column.name() == wanted);
        place.ok_or_else(|| {
            let known: Vec<String> = columns.iter().map(Column::name).collect();
            let known = known.join(", ");
            Failure::usage(format!("no column {name:?}: choose from {known}"))
        })
    };
    let places = names.iter().map(place);
    Ok(Some(places.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 2] = [Column::new("ID"), Column::new("LAST USED")];

    fn chosen(names: &[&str]) -> Result<Choice, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        choose(&COLUMNS, &names).map_err(|failure| failure.to_string())
    }

    #[test]
    fn columns_are_chosen_by_their_names() {
        assert_eq!(chosen(&[]), Ok(None));
        let both = Ok(Some(vec![1, 0]));
        assert_eq!(chosen(&["last-used", "id"]), both);
        assert_eq!(chosen(&["LAST USED", " Id"]), both);
        assert_eq!(
            chosen(&["id", "used"]),
            Err("no column \"used\": choose from id, last-used".into())
        );
    }
}
