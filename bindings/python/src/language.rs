//! Languages by their tags.

use pyo3::prelude::*;
use stopgap::Language;

use crate::{Result, error::OrRaise, text::Text};

/// A language, from a tag or the name of a locale.
#[derive(Clone, Copy)]
pub(crate) struct Tag(pub(crate) Language);

impl Tag {
    pub(crate) const ENGLISH: Self = Self(Language::English);
}

impl<'py> FromPyObject<'_, 'py> for Tag {
    type Error = PyErr;

    fn extract(obj: Borrowed<'_, 'py, PyAny>) -> Result<Self> {
        let tag: Text<'_> = obj.extract()?;
        tag.parse().map(Self).or_raise(obj.py())
    }
}
