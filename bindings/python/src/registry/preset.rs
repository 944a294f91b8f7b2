//! Presets: policies for online codes, by name.

use pyo3::{prelude::*, types::PyDict};

use super::Registry;
use crate::{Result, actor::Actor, online_policy::OnlinePolicy, text::Text};

#[pymethods]
impl Registry {
    /// Sets a policy under a name, in place of the one that it may have had.
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
        self.call(py, |core| core.set_preset(&actor.0, &name, &policy.0))
    }

    /// The policy of that name. It is not noted in the log: who issues by it is.
    ///
    /// Raises:
    ///     NoPreset: there is none.
    fn preset(&self, py: Python<'_>, name: Text<'_>) -> Result<OnlinePolicy> {
        self.call(py, |core| core.preset(&name)).map(OnlinePolicy)
    }

    /// All presets, by name.
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

    /// Removes a preset; codes that were issued by it stay.
    ///
    /// Raises:
    ///     NoPreset: there is none of that name.
    ///     Forbidden: the actor is below an administrator.
    fn remove_preset(&self, py: Python<'_>, actor: &Actor, name: Text<'_>) -> Result<()> {
        self.call(py, |core| core.remove_preset(&actor.0, &name))
    }
}
