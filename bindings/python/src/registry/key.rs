//! The master keys of a store.

use pyo3::{prelude::*, types::PyList};
use stopgap::KeyId;

use super::{Registry, record::list_of};
use crate::{Result, actor::Actor, key::MasterKey, number::Whole};

#[pymethods]
impl Registry {
    /// Adds a key of the server's, not the tenant's, that issues from now on; the others
    /// go on verifying. Keep it in a safe place first, and give it to every other process
    /// that has the store open.
    ///
    /// Raises:
    ///     KeyExists: the registry holds a key of that id.
    ///     StoreError: the store was made with another key of that id (``wrong_key``), or
    ///         it was retired (``key_retired``).
    ///     Forbidden: the actor is below a super administrator.
    fn add_key(
        &self,
        py: Python<'_>,
        actor: &Actor,
        id: Whole<u32>,
        key: &MasterKey,
    ) -> Result<()> {
        self.call(py, |core| core.add_key(&actor.0, KeyId(id.0), &key.0))
    }

    /// The keys that the store knows.
    ///
    /// Raises:
    ///     Forbidden: the actor is below a super administrator.
    fn keys<'py>(&self, py: Python<'py>, actor: &Actor) -> Result<Bound<'py, PyList>> {
        list_of(py, self.call(py, |core| core.keys(&actor.0))?)
    }

    /// Retires a key that nothing needs any more, and drops it.
    ///
    /// Raises:
    ///     KeyInUse: something that still lives was made with it.
    ///     KeyIssues: it is the newest, which issues.
    ///     KeyMissing: there is none of that id.
    ///     Forbidden: the actor is below a super administrator.
    fn retire_key(&self, py: Python<'_>, actor: &Actor, id: Whole<u32>) -> Result<()> {
        self.call(py, |core| core.retire_key(&actor.0, KeyId(id.0)))
    }
}
