//! The extension module `stopgap._native`: Stopgap for Python.
//!
//! It converts, calls and maps errors; what a code is and who may do what is decided
//! by the core and the registry. One file for each noun. What Python users read stands
//! in the documentation of the classes, and the types are in `_native.pyi`.

mod error;
mod number;
mod pickle;
mod random;
mod record;
mod tag;
mod text;
mod time;
mod word;
mod zone;

mod alphabet;
mod attempt;
mod code;
mod format;
mod granted;
mod key;
mod key_ring;
mod lock;
mod online_grant;
mod online_policy;
mod purposes;
mod throttle;
mod validity;

use pyo3::prelude::*;

// The safety of threads without the interpreter's lock is by construction (every
// class is frozen), but was never tried: such an interpreter takes its lock again.
#[pymodule(gil_used = true)]
mod _native {
    #[pymodule_export]
    use crate::{
        alphabet::Alphabet,
        attempt::Attempt,
        code::Code,
        error::throttled_message,
        format::CodeFormat,
        granted::Granted,
        key::{EnrolmentKey, MasterKey},
        key_ring::KeyRing,
        lock::Lock,
        online_grant::OnlineGrant,
        online_policy::OnlinePolicy,
        throttle::{Throttle, ThrottlePolicy},
        validity::Validity,
        word::may,
    };
    /// The version of the library.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "as Python calls it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
