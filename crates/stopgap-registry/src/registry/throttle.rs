//! Throttles: a user's failures in a row, looked at and forgotten.

use stopgap::{Action, Actor, Name, Throttle};

use super::{Draft, Registry};
use crate::{error::Error, event::EventKind};

impl Registry {
    /// A user's failures in a row, and until when their door is closed.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::Name`],
    /// [`Error::Refused`] where the clock is wrong, [`Error::Store`].
    pub fn throttle(&self, actor: &Actor, user: &str) -> Result<Throttle, Error> {
        let user = Name::new(user)?;
        let draft = Draft::of(EventKind::ShowThrottle, &user);
        self.act(actor, Action::ReadUser, draft, |act| {
            Ok(act.rows.throttle(&user)?)
        })
    }

    /// Forgets a user's failures: opens the door.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator; otherwise as
    /// [`throttle`](Self::throttle).
    pub fn reset_throttle(&self, actor: &Actor, user: &str) -> Result<(), Error> {
        let user = Name::new(user)?;
        let draft = Draft::of(EventKind::ResetThrottle, &user);
        self.act(actor, Action::ResetThrottle, draft, |act| {
            Ok(act.rows.set_throttle(&user, &Throttle::default())?)
        })
    }
}
