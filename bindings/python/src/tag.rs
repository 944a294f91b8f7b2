//! The tags of records at rest.

use pyo3::prelude::*;
use stopgap::{RecordTag, Refusal};

use crate::{Result, octets::Octets};

/// A tag as a store kept it. One that is not 32 bytes long was changed there.
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
