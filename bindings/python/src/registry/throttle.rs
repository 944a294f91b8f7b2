//! The throttles of users.

use pyo3::prelude::*;

use super::Registry;
use crate::{Result, actor::Actor, error::OrRaise, text::Text, throttle::Throttle};

#[pymethods]
impl Registry {
    /// Returns a user's failures in a row, and the end of the last lockout.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    fn throttle(&self, py: Python<'_>, actor: &Actor, user: Text<'_>) -> Result<Throttle> {
        let user = user.named().or_raise(py)?;
        self.call(py, |core| core.throttle(&actor.0, user))
            .map(Throttle)
    }

    /// Unlocks a user: forgets the failures, and so ends a lockout.
    ///
    /// Raises:
    ///     Forbidden: the actor is below an administrator.
    fn unlock(&self, py: Python<'_>, actor: &Actor, user: Text<'_>) -> Result<()> {
        let user = user.named().or_raise(py)?;
        self.call(py, |core| core.unlock(&actor.0, user))
    }
}
