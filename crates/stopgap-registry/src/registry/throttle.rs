//! Throttles: failed attempts and lockouts.

use chrono::{DateTime, Utc};
use stopgap::{Action, Actor, Name, Refusal, Throttle, ThrottlePolicy};

use super::{Draft, Registry};
use crate::{
    error::Error,
    event::EventKind,
    store::{StoreError, Transaction},
};

impl Registry {
    /// Returns a user's failed attempts in a row, and the end of the lockout.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::Name`],
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn throttle(&self, actor: &Actor, user: &str) -> Result<Throttle, Error> {
        let user = Name::new(user)?;
        let draft = Draft::of(EventKind::ShowThrottle, &user);
        self.act(actor, Action::ReadUser, draft, |act| {
            Ok(checked(act.rows, &self.throttle, &user, act.now)?.0)
        })
    }

    /// Clears a user's failures, which unlocks the user.
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

/// Returns a user's throttle, and the refusal if the user is locked out. The core shortens
/// a lockout that ends later than any can, because a clock was ahead; that is stored.
pub(super) fn checked(
    rows: &mut dyn Transaction,
    policy: &ThrottlePolicy,
    user: &Name,
    now: DateTime<Utc>,
) -> Result<(Throttle, Result<(), Refusal>), StoreError> {
    let mut throttle = rows.throttle(user)?;
    let stored = throttle;
    let verdict = throttle.check(policy, now);
    if throttle != stored {
        rows.set_throttle(user, &throttle)?;
    }
    Ok((throttle, verdict))
}
