//! The extension module `stopgap._native`: Stopgap for Python.
//!
//! It converts, calls and maps errors; what a code is and who may do what is decided
//! by the core and the registry. One file for each noun. What Python users read stands
//! in the documentation of the classes, and the types are in `_native.pyi`.

mod error;
mod number;
mod random;
mod record;
mod text;
mod time;
mod word;
mod zone;

mod alphabet;
mod code;
mod key;
mod validity;

use pyo3::prelude::*;

// The safety of threads without the interpreter's lock is by construction (every
// class is frozen), but was never tried: such an interpreter takes its lock again.
#[pymodule(gil_used = true)]
mod _native {
    #[pymodule_export]
    use crate::{
        alphabet::Alphabet,
        code::Code,
        error::throttled_message,
        key::{EnrolmentKey, MasterKey},
        validity::Validity,
        word::may,
    };
}
