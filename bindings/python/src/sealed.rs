//! Members that all sealed records have.

/// Adds the members of a sealed record to classes that hold a `stopgap::Sealed`.
macro_rules! sealed {
    ($($class:ident,)*) => { $(
        #[pymethods]
        impl $class {
            /// The id of the key that made the tag. Unverified, like all fields.
            #[getter]
            fn key_id(&self) -> u32 {
                self.0.unverified().key_id.0
            }

            /// The tag, 32 bytes, which covers all fields. It is new after each change, so
            /// it is the version of the record too: update a stored record only if its tag
            /// is still the one that you loaded.
            #[getter]
            fn tag<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
                PyBytes::new(py, self.0.tag().as_bytes())
            }

            /// Checks the tag in constant time, and returns this record. Call it before you
            /// rely on a field.
            ///
            /// Raises:
            ///     Tampered: record and tag do not fit.
            ///     KeyMissing: the ring does not hold the record's key; with ``key_id``.
            fn open<'py>(slf: &Bound<'py, Self>, key_ring: &KeyRing) -> Result<Bound<'py, Self>> {
                slf.get().0.open(&key_ring.now()).or_raise(slf.py())?;
                Ok(slf.clone())
            }

            /// Returns the record and its tag as a dict of plain values, to be stored
            /// together: ``{"record": {...}, "tag": "..."}``. Bytes are hexadecimal, times
            /// RFC 3339 text.
            fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
                record::to_dict(py, &self.0)
            }

            /// Returns the sealed record of such a dict. The tag is not checked here.
            ///
            /// Raises:
            ///     Invalid: the dict describes no sealed record; ``reason`` is ``record``.
            #[staticmethod]
            fn from_dict(sealed: &Bound<'_, PyDict>) -> Result<Self> {
                record::from_dict(sealed).map(Self)
            }

            /// Returns the record and its tag as portable bytes, the same on every platform:
            /// for a store without columns.
            fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
                PyBytes::new(py, &self.0.to_bytes())
            }

            /// Returns the sealed record of such bytes. The tag is not checked here.
            ///
            /// Raises:
            ///     Invalid: the bytes are not those of a record of this class; ``reason`` is
            ///         ``record``.
            #[staticmethod]
            fn from_bytes(py: Python<'_>, sealed: Octets) -> Result<Self> {
                let read = stopgap::Sealed::from_bytes(&sealed);
                read.map(Self).map_err(|error| invalid(py, "record", &error))
            }

            fn __eq__(&self, other: &Self) -> bool {
                self.0.tag() == other.0.tag() && self.0.to_bytes() == other.0.to_bytes()
            }

            fn __hash__(&self) -> u64 {
                let mut hasher = DefaultHasher::new();
                self.0.tag().as_bytes().hash(&mut hasher);
                hasher.finish()
            }

            fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
                remade_of(slf, slf.get().to_dict(slf.py())?)
            }
        }
    )* };
}

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};

use crate::{
    Result,
    enrolment::Enrolment,
    error::{OrRaise, invalid},
    key_ring::KeyRing,
    octets::Octets,
    online_grant::OnlineGrant,
    pickle::{Remade, remade_of},
    preset::Preset,
    record,
    security_code::SecurityCode,
    user_throttle::UserThrottle,
    verification::Verification,
};

sealed! {
    Enrolment,
    OnlineGrant,
    Preset,
    SecurityCode,
    UserThrottle,
    Verification,
}
