//! Throttles: failed attempts and lockouts.

use stopgap::{Action, Actor, Name, Throttle};

use super::{
    Registry,
    head::{self, Head},
    loaded::Needs,
    parts::EventParts,
};
use crate::{
    error::Error,
    event::EventKind,
    record::{
        Record,
        code::{self, CodeRow},
    },
    store::Selection,
};

impl Registry {
    /// Returns a user's failed attempts, and the end of the lockout.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::InvalidName`],
    /// [`Error::Refused`] with `tampered` if the throttle was edited in the store, or if the
    /// clock is wrong, [`Error::Store`].
    pub fn throttle(&self, actor: &Actor, user: &str) -> Result<Throttle, Error> {
        let user = Name::new(user)?;
        let parts = EventParts::of(EventKind::ShowThrottle, &user);
        let mut needs = Needs::of_user(&user);
        let slot = head::need(&mut needs, &user);
        self.act(actor, Action::ReadUser, &parts, &needs, |act, _| {
            let mut head = Head::load(act, slot, &user)?;
            let loaded = head.throttle;
            // Shortens a lockout that was set by a clock that was ahead. The state itself
            // is no error here.
            let _ = head.throttle.check(&self.throttle, act.now);
            let throttle = head.throttle;
            if throttle != loaded {
                head.store_throttle(act)?;
            }
            Ok(throttle)
        })
    }

    /// Unlocks a user: clears the failed attempts and the lockout. A head that was edited or
    /// deleted in the store is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator; otherwise as
    /// [`throttle`](Self::throttle).
    pub fn unlock(&self, actor: &Actor, user: &str) -> Result<(), Error> {
        let user = Name::new(user)?;
        let parts = EventParts::of(EventKind::Unlock, &user);
        let mut needs = Needs::of_user(&user);
        let head = head::need(&mut needs, &user);
        let newest = Selection::index(CodeRow::TABLE, &code::BY_USER, vec![(&user).into()]);
        let newest = needs.select::<CodeRow>(newest.descending().limit(1));
        self.act(actor, Action::ResetThrottle, &parts, &needs, |act, _| {
            let newest = act.loaded.one(newest)?.map_or(0, |row| row.number);
            match Head::load(act, head, &user) {
                Ok(head) if head.throttle == Throttle::default() && head.follows(newest) => Ok(()),
                Ok(mut head) => {
                    head.throttle.reset();
                    head.follow(newest);
                    head.store_throttle(act)
                }
                Err(Error::Refused(_)) => Head::replace(act, head, &user, newest),
                Err(error) => Err(error),
            }
        })?;
        self.tally().unlock(&user);
        Ok(())
    }
}
