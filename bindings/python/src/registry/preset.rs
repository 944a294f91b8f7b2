//! Presets: named policies for online codes.

use pyo3::{prelude::*, types::PyDict};

use super::Registry;
use crate::{Result, actor::Actor, error::OrRaise, online_policy::OnlinePolicy, text::Text};

#[pymethods]
impl Registry {
    /// Stores a policy under a name. It replaces the policy that the name had.
    ///
    /// Raises:
    ///     Forbidden: the actor is below an administrator.
    fn set_preset(
        &self,
        py: Python<'_>,
        actor: &Actor,
        name: Text<'_>,
        policy: &OnlinePolicy,
    ) -> Result<()> {
        let name = name.named().or_raise(py)?;
        self.call(py, |core| core.set_preset(&actor.0, name, &policy.0))
    }

    /// Returns the policy of this name. The audit log has no event for it.
    ///
    /// Raises:
    ///     NoPreset: there is no preset of this name.
    fn preset(&self, py: Python<'_>, name: Text<'_>) -> Result<OnlinePolicy> {
        let name = name.named().or_raise(py)?;
        self.call(py, |core| core.preset(name)).map(OnlinePolicy)
    }

    /// Returns all presets, by name.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    fn presets<'py>(&self, py: Python<'py>, actor: &Actor) -> Result<Bound<'py, PyDict>> {
        let presets = PyDict::new(py);
        for (name, policy) in self.call(py, |core| core.presets(&actor.0))? {
            presets.set_item(name.as_str(), OnlinePolicy(policy))?;
        }
        Ok(presets)
    }

    /// Removes a preset. Codes that were issued by it stay valid.
    ///
    /// Raises:
    ///     NoPreset: there is no preset of this name.
    ///     Forbidden: the actor is below an administrator.
    fn remove_preset(&self, py: Python<'_>, actor: &Actor, name: Text<'_>) -> Result<()> {
        let name = name.named().or_raise(py)?;
        self.call(py, |core| core.remove_preset(&actor.0, name))
    }
}
