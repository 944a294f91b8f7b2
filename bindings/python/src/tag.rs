//! The tags of records at rest.

use pyo3::prelude::*;
use stopgap::{RecordTag, Refusal};

use crate::{Result, octets::Octets};

/// A stored tag. If it has not 32 bytes, the store was changed.
pub(crate) struct Tag(Option<RecordTag>);

impl Tag {
    pub(crate) fn kept(self) -> Result<RecordTag, Refusal> {
        self.0.ok_or(Refusal::Tampered)
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Tag {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        let bytes: Octets = obj.extract()?;
        Ok(Self((*bytes).try_into().ok().map(RecordTag::from_bytes)))
    }
}
