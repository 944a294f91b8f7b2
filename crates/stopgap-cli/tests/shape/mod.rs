//! The parts of the output that differ between runs, recognized by their shape: codes,
//! ids and times.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A kind of text that is different in each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11`
    Id,
    /// `2026-11-21 15:00:00 +01:00`, `2026-11-21T15:00:00.123456Z`
    Time,
    /// `(in 6 days)`, `(3 hours ago)`, `(now)`
    Relative,
    /// `"seconds_left":42`
    SecondsLeft,
    /// `"generation":1294967301`
    Generation,
    /// `3F9A-77C2-01BE`, `stopgap_1b6d…`
    Code,
}

impl Shape {
    const ALL: [(&str, Self); 6] = [
        ("id", Self::Id),
        ("time", Self::Time),
        ("relative", Self::Relative),
        ("seconds_left", Self::SecondsLeft),
        ("generation", Self::Generation),
        ("code", Self::Code),
    ];
}

static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    let unit = "(?:second|minute|hour|day|year)s?";
    let shapes = [
        r"(?<id>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b)".to_owned(),
        r"(?<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:\d\d))".to_owned(),
        format!(r"(?<relative>\((?:in \d+ {unit}|\d+ {unit} ago|now)\))"),
        r#"(?<seconds_left>"seconds_left":\d+)"#.to_owned(),
        r#"(?<generation>"generation":\d+)"#.to_owned(),
        r"(?<code>\b[0-9A-Z]{4}(?:-[0-9A-Z]{4})+\b|\bstopgap_[0-9a-f]{40}\b)".to_owned(),
    ];
    Regex::new(&shapes.join("|")).unwrap()
});

/// A piece of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Plain(&'a str),
    Shaped(Shape, &'a str),
}

/// Splits a text into pieces: those that have a shape, and the plain text between them.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for captures in SHAPES.captures_iter(text) {
        let (shape, found) = shaped(&captures);
        if found.start() > end {
            pieces.push(Piece::Plain(&text[end..found.start()]));
        }
        pieces.push(Piece::Shaped(shape, found.as_str()));
        end = found.end();
    }
    if end < text.len() {
        pieces.push(Piece::Plain(&text[end..]));
    }
    pieces
}

fn shaped<'a>(captures: &Captures<'a>) -> (Shape, regex::Match<'a>) {
    let mut shapes = Shape::ALL.into_iter();
    shapes
        .find_map(|(name, shape)| Some((shape, captures.name(name)?)))
        .unwrap()
}
