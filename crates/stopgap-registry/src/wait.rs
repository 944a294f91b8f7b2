//! Waits of a store, which a program may end early.

#[cfg(feature = "postgres")]
use std::time::Duration;

use std::sync::OnceLock;

/// The longest time for which a store waits before it asks again. SQLite has its own pauses.
#[cfg(feature = "postgres")]
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// The question of the program.
static QUESTION: OnceLock<fn() -> bool> = OnceLock::new();

/// Lets stores ask a question about 20 times a second while they wait for a lock, a connection or
/// a server. The thread that waits asks. If the answer is `true`, the wait ends as if its time
/// were up: [`StoreError`](crate::StoreError) tells whether the outcome is known. A later
/// question has no effect.
#[doc(hidden)] // for the Python package
pub fn ask_while_waiting(is_interrupted: fn() -> bool) {
    let _ = QUESTION.set(is_interrupted);
}

/// Returns `true` if the wait of this thread shall end.
pub(crate) fn is_interrupted() -> bool {
    QUESTION.get().is_some_and(|ask| ask())
}
