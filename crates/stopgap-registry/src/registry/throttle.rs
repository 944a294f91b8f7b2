//! Throttles: failed attempts and lockouts.

use stopgap::{Action, Actor, Name, Throttle};

use super::{EventParts, Registry};
use crate::{error::Error, event::EventKind};

impl Registry {
    /// Returns a user's failed attempts, and the end of the lockout.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::InvalidName`],
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn throttle(&self, actor: &Actor, user: &str) -> Result<Throttle, Error> {
        let user = Name::new(user)?;
        let parts = EventParts::of(EventKind::ShowThrottle, &user);
        self.act(actor, Action::ReadUser, parts, |act| {
            let mut throttle = act.rows.throttle(&user)?;
            let stored = throttle;
            // Shortens a lockout that was set by a clock that was ahead. The state itself
            // is no error here.
            let _ = throttle.check(&self.throttle, act.now);
            if throttle != stored {
                act.rows.set_throttle(&user, &throttle)?;
            }
            Ok(throttle)
        })
    }

    /// Unlocks a user: clears the failed attempts and the lockout.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator; otherwise as
    /// [`throttle`](Self::throttle).
    pub fn unlock(&self, actor: &Actor, user: &str) -> Result<(), Error> {
        let user = Name::new(user)?;
        let parts = EventParts::of(EventKind::Unlock, &user);
        self.act(actor, Action::ResetThrottle, parts, |act| {
            Ok(act.rows.set_throttle(&user, &Throttle::default())?)
        })
    }
}
