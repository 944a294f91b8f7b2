//! A suggestion for a word.

/// A value, and what a shell may show beside it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Suggestion {
    pub(super) value: String,
    pub(super) help: String,
}

impl Suggestion {
    pub(super) fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            help: String::new(),
        }
    }
}
