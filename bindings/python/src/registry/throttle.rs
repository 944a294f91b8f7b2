//! Users' throttles.

use pyo3::prelude::*;

use super::Registry;
use crate::{Result, actor::Actor, text::Text, throttle::Throttle};

#[pymethods]
impl Registry {
    /// A user's failures in a row, and until when their door is closed.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    fn throttle(&self, py: Python<'_>, actor: &Actor, user: Text<'_>) -> Result<Throttle> {
        self.call(py, |core| core.throttle(&actor.0, &user))
            .map(Throttle)
    }

    /// Forgets a user's failures: opens the door.
    ///
    /// Raises:
    ///     Forbidden: the actor is below an administrator.
    fn reset_throttle(&self, py: Python<'_>, actor: &Actor, user: Text<'_>) -> Result<()> {
        self.call(py, |core| core.reset_throttle(&actor.0, &user))
    }
}
