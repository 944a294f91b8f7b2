//! The sealed record of a preset.

use pyo3::prelude::*;
use stopgap::Sealed;

use crate::{
    Result,
    error::OrRaise,
    key_ring::KeyRing,
    online_policy::OnlinePolicy,
    text::{Text, quoted},
};

/// The record of a preset, a named policy, and its tag.
///
/// The attributes are the fields as they are stored, *unverified*: :meth:`open` checks the
/// tag. Equal records have equal fields and tags.
///
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> record = Preset.seal(key_ring, "visitor", OnlinePolicy(max_uses=1))
/// >>> record.open(key_ring).policy.max_uses
/// 1
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Preset(pub(crate) Sealed<stopgap::Preset>);

#[pymethods]
impl Preset {
    /// Seals a policy under a name.
    ///
    /// Raises:
    ///     InvalidName: the text is no name.
    #[staticmethod]
    fn seal(
        py: Python<'_>,
        key_ring: &KeyRing,
        name: Text<'_>,
        policy: &OnlinePolicy,
    ) -> Result<Self> {
        let name = name.name().or_raise(py)?;
        stopgap::Preset::seal(&key_ring.now(), name, policy.0)
            .map(Self)
            .or_raise(py)
    }

    /// The name of the preset.
    #[getter]
    fn name(&self) -> &str {
        self.0.unverified().name.as_str()
    }

    /// The policy.
    #[getter]
    fn policy(&self) -> OnlinePolicy {
        OnlinePolicy(self.0.unverified().policy)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "Preset(key_id={}, name={}, policy={})",
            self.0.unverified().key_id,
            quoted(py, self.name())?,
            self.policy().__repr__(py)?,
        ))
    }
}
