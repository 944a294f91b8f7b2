//! Throttles: failed attempts and lockouts.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Action, Actor, KeyRing, Name, Refusal, Throttle};

use super::{
    Registry,
    act::Act,
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
        head::HeadRow,
    },
    store::Selection,
};

/// The throttle of a user in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserThrottle {
    /// The user, or the made-up name that someone tried.
    pub user: Name,
    /// The failed attempts, and the end of the lockout.
    #[serde(flatten)]
    pub throttle: Throttle,
    /// `true` if the user's attempts are refused now: the user is locked out, or the throttle
    /// was edited in the store.
    #[serde(rename = "locked")]
    pub is_locked: bool,
    /// `true` if the throttle was edited in the store: unlock the user.
    #[serde(rename = "tampered")]
    pub is_tampered: bool,
}

impl UserThrottle {
    /// Returns `true` if a lockout ends by itself.
    #[must_use]
    pub const fn has_end(&self) -> bool {
        !self.is_tampered && self.throttle.locked_until.is_some()
    }
}

impl Registry {
    /// Returns at most `limit` users with failed attempts that are wanted, by name, from the one
    /// after the user `after`, the last of the page before.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below the help desk, [`Error::Refused`] if the clock is wrong,
    /// [`Error::Store`].
    pub fn throttles(
        &self,
        actor: &Actor,
        after: Option<&Name>,
        limit: usize,
        is_wanted: impl Fn(&UserThrottle) -> bool,
    ) -> Result<Vec<UserThrottle>, Error> {
        let parts = EventParts::new(EventKind::ShowThrottle);
        let after = after.map(|user| vec![user.into()]);
        let show = |act: &Act<'_>, row: HeadRow| {
            let shown = self.shown(row, act.ring, act.now)?;
            let has_failures = shown.is_locked || shown.throttle.failures > 0;
            Ok((has_failures && is_wanted(&shown)).then_some(shown))
        };
        self.list(actor, Action::ReadUser, &parts, after, limit, show)
    }

    /// Returns the throttle of a head as a list shows it.
    pub(super) fn shown(
        &self,
        row: HeadRow,
        ring: &KeyRing,
        now: DateTime<Utc>,
    ) -> Result<UserThrottle, Error> {
        let user = row.sealed.unverified().user.clone();
        let stored = row.sealed.unverified().throttle;
        let mut throttle = match Head::of(Some(row), ring, &user) {
            Ok(head) => Some(head.throttle),
            Err(Refusal::Tampered) => None,
            Err(refusal) => return Err(refusal.into()),
        };
        let check = |throttle: &mut Throttle| throttle.check(&self.throttle, now).is_err();
        Ok(UserThrottle {
            is_locked: throttle.as_mut().is_none_or(check),
            is_tampered: throttle.is_none(),
            throttle: throttle.unwrap_or(stored),
            user,
        })
    }

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
