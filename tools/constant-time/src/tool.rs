//! What watches, as a subject sees it.

use std::{ffi::CString, hint::black_box, time::Instant};

use crate::valgrind;

/// Why a subject was not what it should be; never about a secret.
pub(crate) type Wrong = String;

/// What watches.
pub(crate) enum Tool {
    /// Memcheck: secrets are undefined, and what branches on them or indexes by them
    /// is reported.
    Memcheck {
        /// How many bytes were found to have come of a secret.
        checked: usize,
    },
    /// Callgrind counts the instructions of what is measured.
    Callgrind {
        /// The class of secrets.
        class: &'static str,
    },
    /// A clock measures.
    Clock {
        /// What was measured last, in nanoseconds.
        elapsed: u64,
    },
}

impl Tool {
    /// From here on, these bytes are secret.
    pub(crate) fn secret<const N: usize>(&self, mut bytes: [u8; N]) -> [u8; N] {
        if let Self::Memcheck { .. } = self {
            valgrind::make_undefined(&mut bytes);
        }
        bytes
    }

    /// From here on, this text is.
    pub(crate) fn secret_text(&self, text: String) -> String {
        let mut bytes = text.into_bytes();
        if let Self::Memcheck { .. } = self {
            valgrind::make_undefined(&mut bytes);
        }
        // SAFETY: valgrind marks the bytes and leaves them what they were: UTF-8.
        // To look at them again would be a branch on a secret.
        unsafe { String::from_utf8_unchecked(bytes) }
    }

    /// From here on, this is not: a verdict, when it is given.
    pub(crate) fn public<T>(&self, mut value: T) -> T {
        if let Self::Memcheck { .. } = self {
            valgrind::make_defined(&mut value);
        }
        value
    }

    /// What is measured: all that happens between is of the product.
    pub(crate) fn measure<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.measure_as("", work)
    }

    /// Reading what a person typed, which is no secret and is part of what is
    /// measured: callgrind counts it apart, so that it can be left out.
    pub(crate) fn measure_reading<T>(&mut self, work: impl FnOnce() -> T) {
        if let Self::Callgrind { .. } = self {
            self.measure_as(" (reading)", work);
        }
    }

    fn measure_as<T>(&mut self, part: &str, work: impl FnOnce() -> T) -> T {
        match self {
            Self::Memcheck { .. } => black_box(work()),
            Self::Callgrind { class } => {
                let name = CString::new(format!("{class}{part}")).unwrap_or_default();
                valgrind::start_counting();
                let value = black_box(work());
                valgrind::stop_counting(&name);
                value
            }
            Self::Clock { elapsed } => {
                #[expect(clippy::disallowed_methods, reason = "this is what measures")]
                let start = Instant::now();
                let value = black_box(work());
                #[expect(clippy::disallowed_methods, reason = "this is what measures")]
                let took = start.elapsed().as_nanos();
                *elapsed = u64::try_from(took).unwrap_or(u64::MAX);
                value
            }
        }
    }

    /// That all of these bytes came of a secret: else memcheck watched nothing.
    pub(crate) fn came_of_secret(&mut self, bytes: &[u8]) -> Result<(), Wrong> {
        if let Self::Memcheck { checked } = self {
            let (all, undefined) = (bytes.len(), valgrind::count_undefined(bytes));
            if undefined != all {
                return Err(format!("of {all} bytes {undefined} came of the secret"));
            }
            *checked = checked.saturating_add(all);
        }
        Ok(())
    }
}
