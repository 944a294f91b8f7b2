//! Group commit: writers of one process that come at the same time share a transaction, and
//! so wait for the disk once.
//!
//! Each writer works in its own thread, one after the other. The first begins a transaction.
//! A writer that is done leaves the transaction open if another waits for its turn, and
//! waits until that one, or one after it, has committed. Each but the first has a savepoint,
//! so that its failure does not undo the work of the others.
//!
//! After a commit, the writers of a group often write again, but not at the same instant. So a
//! group that is smaller than the last one waits a moment for more members.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{error, session::Session, watch::Watch};
use crate::store::{Result, StoreError};

/// The writers that share a transaction at most, so that the first does not wait for long.
const MEMBERS: usize = 64;

/// A group waits for more members for a quarter of the time that the last commit took.
const PART: u32 = 4;

/// The longest time for which a group waits for more members.
const LONGEST: Duration = Duration::from_millis(2);

/// The connection that writes.
pub(super) struct Writer {
    turn: Mutex<Turn>,
    watch: Arc<Watch>,
    /// The threads that wait for their turn.
    waiting: AtomicUsize,
}

/// The right to use the connection.
struct Turn {
    session: Session,
    /// The group of the open transaction.
    group: Option<Group>,
    last: Last,
}

/// The last group that committed.
#[derive(Default)]
struct Last {
    members: usize,
    /// The time that its commit took.
    taken: Duration,
}

/// The writers that share a transaction.
#[derive(Default)]
struct Group {
    members: usize,
    /// The time until which it waits for more members; `None` if it has not waited yet.
    waits_until: Option<Instant>,
    outcome: Arc<Outcome>,
}

/// The outcome of a transaction. Members wait until it is known.
type Outcome = OnceLock<Result<()>>;

impl Writer {
    pub(super) fn new(session: Session, watch: Arc<Watch>) -> Self {
        Self {
            turn: Mutex::new(Turn {
                session,
                group: None,
                last: Last::default(),
            }),
            watch,
            waiting: AtomicUsize::new(0),
        }
    }

    /// Waits for the turn of this thread.
    fn take_turn(&self) -> MutexGuard<'_, Turn> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let turn = self.turn.lock();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        // A thread that panics leaves no more than a transaction, which the next rolls back.
        turn.unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `true` if a thread waits for its turn. If the group is smaller than the last
    /// one, this gives others some time to come.
    fn is_followed(&self, group: &mut Group, last: &Last) -> bool {
        loop {
            if self.waiting.load(Ordering::SeqCst) > 0 {
                return true;
            }
            if group.members >= last.members {
                return false;
            }
            let now = now();
            if group.waits_until.is_none() {
                let part = last.taken.checked_div(PART).unwrap_or_default();
                group.waits_until = now.checked_add(part.min(LONGEST));
            }
            if group.waits_until.is_none_or(|ends| now >= ends) {
                return false;
            }
            thread::yield_now();
        }
    }

    /// Uses the connection while no member does.
    pub(super) fn on_connection<T>(&self, work: impl FnOnce(&mut Connection) -> T) -> T {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut turn.session.connection)
    }

    /// Lets a member work in a transaction, and returns its result when the transaction is
    /// committed: the result may rest on the work of others. An error undoes the member's
    /// work, and is returned at once.
    pub(super) fn write<T>(&self, member: impl FnOnce(&Session) -> Result<T>) -> Result<T> {
        let mut turn = self.take_turn();
        let mut group = turn.take_group(&self.watch)?;
        let session = &turn.session;
        let is_first = group.members == 0;
        group.members = group.members.saturating_add(1);
        let result = panic::catch_unwind(AssertUnwindSafe(|| {
            if is_first {
                return member(session);
            }
            session.run("SAVEPOINT member")?;
            let result = member(session)?;
            session.run("RELEASE member")?;
            Ok(result)
        }));
        let is_done = matches!(result, Ok(Ok(_)));
        let committed = if !is_done && !session.undo(is_first) {
            // No member's work is left.
            let cause = match &result {
                Ok(Err(cause)) => error::same(cause),
                _ => StoreError::Other("another thread panicked".into()),
            };
            self.watch.end_write();
            drop(turn);
            group.settle(Err(cause))
        } else if group.members < MEMBERS && self.is_followed(&mut group, &turn.last) {
            let outcome = Arc::clone(&group.outcome);
            turn.group = Some(group);
            drop(turn);
            if is_done {
                error::same_result(outcome.wait())
            } else {
                Ok(())
            }
        } else {
            let begun = now();
            // The change is lost if the log was deleted meanwhile.
            let committed = session.commit().and_then(|()| self.watch.check());
            self.watch.end_write();
            turn.last = Last {
                members: group.members,
                taken: now().saturating_duration_since(begun),
            };
            drop(turn);
            group.settle(committed)
        };
        match result {
            Ok(Ok(value)) => committed.map(|()| value),
            Ok(Err(cause)) => Err(cause),
            Err(panic) => panic::resume_unwind(panic),
        }
    }
}

impl Turn {
    /// Takes the group whose transaction is open, or begins a transaction.
    fn take_group(&mut self, watch: &Watch) -> Result<Group> {
        if let Some(group) = self.group.take() {
            return Ok(group);
        }
        // A thread that panicked while it committed may have left its transaction.
        self.session.roll_back();
        watch.check()?;
        watch.begin_write()?;
        if let Err(error) = self.session.run("BEGIN IMMEDIATE") {
            watch.end_write();
            return Err(error.into());
        }
        Ok(Group::default())
    }
}

impl Group {
    /// Tells the members the outcome.
    fn settle(self, result: Result<()>) -> Result<()> {
        // Only the thread that has the group sets it, once.
        let _ = self.outcome.set(error::same_result(&result));
        result
    }
}

/// Tells the members that the outcome is unknown, if the thread that commits panics.
impl Drop for Group {
    fn drop(&mut self) {
        let cause = "the thread that committed panicked";
        let _ = self.outcome.set(Err(StoreError::Unknown(cause.into())));
    }
}

impl Session {
    /// Undoes the work of a member. Returns `false` if no other member's work is left.
    fn undo(&self, is_first: bool) -> bool {
        let undone = !is_first
            && !self.connection.is_autocommit()
            && self.run("ROLLBACK TO member").is_ok()
            && self.run("RELEASE member").is_ok();
        if !undone {
            self.roll_back();
        }
        undone
    }

    fn commit(&self) -> Result<()> {
        let committed = self.run("COMMIT");
        if committed.is_err() {
            self.roll_back();
        }
        Ok(committed?)
    }

    /// Rolls the transaction back, if one is open. The next transaction cannot begin if that
    /// fails.
    fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            let _ = self.run("ROLLBACK");
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "no decision about a code depends on it"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
impl Writer {
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Lets the next group expect as many members, as if a commit had taken an hour.
    pub(super) fn expect(&self, members: usize) {
        let taken = Duration::from_secs(3_600);
        self.turn.lock().unwrap().last = Last { members, taken };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_panics_leaves_the_outcome_unknown() {
        let group = Group::default();
        let outcome = Arc::clone(&group.outcome);
        drop(group);
        assert!(matches!(outcome.wait(), Err(StoreError::Unknown(_))));
    }
}
