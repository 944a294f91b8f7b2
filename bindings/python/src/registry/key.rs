//! The master keys of a store.

use pyo3::{prelude::*, types::PyList};
use stopgap::KeyId;

use super::{
    Registry,
    record::{Made, list_of},
};
use crate::{Result, actor::Actor, key::MasterKey, number::Whole};

#[pymethods]
impl Registry {
    /// Adds a key of the server, not of the tenant. It becomes the primary key; the others
    /// still verify. Store the key in a safe place first, and add it in every other process
    /// that has the store open.
    ///
    /// Raises:
    ///     KeyExists: the registry has a key with this id.
    ///     StoreError: the store was made with another key of this id (``wrong_key``), or
    ///         the key was compromised (``key_retired``).
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

    /// Lists the keys that the store knows.
    ///
    /// Raises:
    ///     Forbidden: the actor is below a super administrator.
    fn keys<'py>(&self, py: Python<'py>, actor: &Actor) -> Result<Bound<'py, PyList>> {
        list_of(py, self.call(py, |core| core.keys(&actor.0))?)
    }

    /// Retires a key that is no longer needed, and removes it from the registry.
    ///
    /// Raises:
    ///     KeyInUse: something that can still be used was made with the key.
    ///     PrimaryKey: the key is the primary key; add another key first.
    ///     KeyMissing: there is no key with this id.
    ///     Forbidden: the actor is below a super administrator.
    fn retire_key(&self, py: Python<'_>, actor: &Actor, id: Whole<u32>) -> Result<()> {
        self.call(py, |core| core.retire_key(&actor.0, KeyId(id.0)))
    }

    /// Retires a key that another party may know, and ends all that was made with it in this
    /// tenant: codes, security codes, enrolments and presets. Returns them.
    ///
    /// In every tenant and process such records are refused from now on. Call this for each
    /// tenant to end and list its own. It may be called again if it failed.
    ///
    /// Raises:
    ///     PrimaryKey: the key is the primary key; add another key first.
    ///     KeyMissing: there is no key with this id.
    ///     Forbidden: the actor is below a super administrator.
    fn retire_compromised_key<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        id: Whole<u32>,
    ) -> Result<Bound<'py, PyAny>> {
        let id = KeyId(id.0);
        self.call(py, |core| core.retire_compromised_key(&actor.0, id))?
            .made(py)
    }
}
