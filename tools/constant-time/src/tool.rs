//! The tool that watches a subject: memcheck, callgrind or a clock.
//!
//! A subject does the same for each of them: without valgrind, requests to its tools do
//! nothing.

use std::{error::Error, ffi::CString, fmt::Debug, hint::black_box, time::Instant};

use crate::valgrind::{count_undefined, public, start_counting, stop_counting};

/// The reason why a subject or a gate failed; never a secret.
pub(crate) type Wrong = Box<dyn Error>;

/// The suffix of a class for the part in which a typed code was only read.
pub(crate) const READING: &str = " (reading)";

#[derive(Default)]
pub(crate) struct Tool {
    /// The class of secrets, for callgrind.
    pub(crate) class: &'static str,
    /// The number of bytes that depend on secrets, according to memcheck.
    pub(crate) checked: usize,
    /// The last time, in nanoseconds.
    pub(crate) elapsed: u64,
}

impl Tool {
    /// Measures work of the product.
    pub(crate) fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.measure_as("", work)
    }

    /// Measures the reading of a typed code, which is not a secret: `ct::count`
    /// subtracts it from what [`measure`](Self::measure) counted.
    pub(crate) fn measure_reading<T>(&mut self, work: impl FnOnce() -> T) {
        self.measure_as(READING, work);
    }

    #[expect(clippy::disallowed_methods, reason = "this is what measures")]
    fn measure_as<T>(&mut self, part: &str, work: impl FnOnce() -> T) -> T {
        let name = CString::new(format!("{}{part}", self.class)).unwrap_or_default();
        let start = Instant::now();
        start_counting();
        let value = black_box(work());
        stop_counting(&name);
        let took = start.elapsed().as_nanos();
        self.elapsed = u64::try_from(took).unwrap_or(u64::MAX);
        value
    }

    /// Fails if a byte does not depend on a secret, because memcheck watched nothing
    /// then.
    pub(crate) fn came_of_secret(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        if let Some(undefined) = count_undefined(bytes) {
            let all = bytes.len();
            if undefined != all {
                return Err(format!("of {all} bytes {undefined} came of the secret").into());
            }
            self.checked = self.checked.saturating_add(all);
        }
        Ok(())
    }

    /// Counts a verdict that the compiler computes without a branch. If there is a
    /// branch, memcheck reports it.
    pub(crate) fn may_come_of_secret(&mut self, verdict: bool) {
        let undefined = count_undefined(&[verdict.into()]).unwrap_or_default();
        self.checked = self.checked.saturating_add(undefined);
    }
}

/// Fails unless a verdict, which is public from here on, is the expected one.
pub(crate) fn expect<T: PartialEq + Debug>(verdict: T, expected: &T) -> Result<(), Wrong> {
    let verdict = public(verdict);
    if verdict == *expected {
        return Ok(());
    }
    Err(format!("{verdict:?} instead of {expected:?}").into())
}
