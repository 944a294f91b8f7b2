//! The codes and ids of this run that correspond to those in a README.

use std::collections::BTreeMap;

use super::shape::{Piece, Shape, pieces};

/// A map from the codes and ids in the README to those of this run.
#[derive(Debug, Default)]
pub struct Binding {
    actual_of: BTreeMap<String, String>,
}

impl Binding {
    /// Returns `true` if a line of this run matches the line in the README, and remembers
    /// which codes and ids correspond.
    pub fn matches(&mut self, expected: &str, actual: &str) -> bool {
        let (expected, actual) = (pieces(expected), pieces(actual));
        // A relative time may be wider in this run, and so may its table.
        let wide = |piece: &Piece<'_>| matches!(piece, Piece::Shaped(Shape::Relative, _));
        let loose = expected.iter().any(wide);
        expected.len() == actual.len()
            && expected
                .iter()
                .zip(&actual)
                .all(|pair| self.piece_matches(pair.0, pair.1, loose))
    }

    fn piece_matches(&mut self, expected: &Piece<'_>, actual: &Piece<'_>, loose: bool) -> bool {
        match (*expected, *actual) {
            (Piece::Plain(expected), Piece::Plain(actual)) if loose => {
                gaps(expected) == gaps(actual)
            }
            (Piece::Plain(expected), Piece::Plain(actual)) => expected == actual,
            (Piece::Shaped(Shape::Code | Shape::Id, expected), Piece::Shaped(shape, actual)) => {
                let same_shape = pieces(expected) == [Piece::Shaped(shape, expected)];
                same_shape && expected.len() == actual.len() && self.bind(expected, actual)
            }
            (Piece::Shaped(Shape::Time, expected), Piece::Shaped(Shape::Time, actual)) => {
                skeleton(expected) == skeleton(actual)
            }
            (Piece::Shaped(Shape::Relative, expected), Piece::Shaped(Shape::Relative, actual)) => {
                relatives_match(expected, actual)
            }
            (Piece::Shaped(Shape::SecondsLeft, _), Piece::Shaped(Shape::SecondsLeft, _))
            | (Piece::Shaped(Shape::Generation, _), Piece::Shaped(Shape::Generation, _)) => true,
            _ => false,
        }
    }

    /// Remembers that two codes or ids correspond. Returns `false` if one of them already
    /// corresponds to another.
    fn bind(&mut self, expected: &str, actual: &str) -> bool {
        if let Some(bound) = self.actual_of.get(expected) {
            return bound == actual;
        }
        if self.actual_of.values().any(|other| other == actual) {
            return false;
        }
        self.actual_of.insert(expected.into(), actual.into());
        true
    }

    /// Returns a command with the codes and ids of this run, even if a code is typed in
    /// lower case or without its hyphens.
    pub fn apply(&self, command: &str) -> String {
        let mut command = command.to_owned();
        for (expected, actual) in &self.actual_of {
            for typed in [
                |code: &str| code.to_owned(),
                |code: &str| code.to_lowercase(),
                |code: &str| code.replace('-', ""),
                |code: &str| code.replace('-', "").to_lowercase(),
                |code: &str| code.replace('-', " "),
                |code: &str| code.replace('-', " ").to_lowercase(),
            ] {
                command = command.replace(&typed(expected), &typed(actual));
            }
        }
        command
    }
}

/// Returns the text with at most two spaces in a row.
fn gaps(text: &str) -> String {
    let mut narrow = text.to_owned();
    while narrow.contains("   ") {
        narrow = narrow.replace("   ", "  ");
    }
    narrow
}

/// Returns a time with zeros for its digits. It leaves out the fraction of a second,
/// whose length varies because zeros at its end are not printed.
fn skeleton(time: &str) -> String {
    let whole = match time.split_once('.') {
        Some((before, behind)) => {
            let zone = behind.trim_start_matches(|figure: char| figure.is_ascii_digit());
            format!("{before}{zone}")
        }
        None => time.to_owned(),
    };
    let figure = |character: char| match character {
        '0'..='9' => '0',
        '-' => '+',
        other => other,
    };
    whole.chars().map(figure).collect()
}

/// Returns `true` if two relative times have the same direction and, in the future, the
/// same unit. On a slow machine, `now` can become some seconds ago.
fn relatives_match(expected: &str, actual: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.trim_matches(['(', ')']).split(' ');
        words
            .map(|word| word.trim_end_matches('s').to_owned())
            .collect()
    };
    let past = |words: &[String]| {
        words
            .last()
            .is_some_and(|last| last == "ago" || last == "now")
    };
    let (expected, actual) = (words(expected), words(actual));
    match (past(&expected), past(&actual)) {
        (true, true) => true,
        (false, false) => expected[2] == actual[2],
        _ => false,
    }
}
