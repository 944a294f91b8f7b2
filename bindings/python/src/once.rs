//! Values that are made once.
//!
//! `PyOnceLock` lets other threads run while it is locked. If one of them forks, the child
//! waits for ever. These are locked only for a moment, and with the interpreter.

use std::sync::OnceLock;

/// Returns the value, and makes it if it was not made. Threads that are the first at once make
/// several values, and use one of them.
pub(crate) fn once<T, E>(lock: &OnceLock<T>, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
    if let Some(value) = lock.get() {
        return Ok(value);
    }
    let value = make()?;
    Ok(lock.get_or_init(|| value))
}

/// Returns a `str` that is made once.
macro_rules! intern {
    ($py:expr, $text:literal) => {{
        static TEXT: ::std::sync::OnceLock<::pyo3::Py<::pyo3::types::PyString>> =
            ::std::sync::OnceLock::new();
        TEXT.get_or_init(|| ::pyo3::types::PyString::intern($py, $text).unbind())
            .bind($py)
    }};
}

pub(crate) use intern;
