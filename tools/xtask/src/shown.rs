//! The output of steps. A step that runs beside others keeps its output until it ends.

use std::cell::RefCell;

thread_local! {
    /// The output of the step that this thread runs, if it is kept.
    static KEPT: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Prints a line, or keeps it with the other output of a step that runs beside others.
pub(crate) fn say(line: &str) {
    KEPT.with_borrow_mut(|kept| match kept {
        Some(kept) => {
            kept.push_str(line);
            kept.push('\n');
        }
        None => println!("{line}"),
    });
}

/// `true` if this thread runs a step whose output is kept.
pub(crate) fn is_kept() -> bool {
    KEPT.with_borrow(Option::is_some)
}

/// Runs a step, and returns its output beside its result.
pub(crate) fn keep<T>(step: impl FnOnce() -> T) -> (T, String) {
    KEPT.set(Some(String::new()));
    let result = step();
    (result, KEPT.take().unwrap_or_default())
}
