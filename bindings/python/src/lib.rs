//! The extension module `stopgap._native`: Stopgap for Python.
//!
//! It converts, calls and maps errors; what a code is and who may do what is decided
//! by the core and the registry. One file for each noun. What Python users read stands
//! in the documentation of the classes, and the types are in `_native.pyi`.

#![allow(
    clippy::doc_link_with_quotes,
    clippy::doc_markdown,
    reason = "Python reads the documentation, as RST"
)]
#![allow(
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self,
    clippy::wrong_self_convention,
    reason = "methods and arguments are as Python hands them over"
)]

mod error;
mod exceptions;
mod function;
mod number;
mod octets;
mod pickle;
mod random;
mod record;
mod several;
mod tag;
mod text;
mod time;
mod word;
mod zone;

mod access;
mod actor;
mod agent;
mod agent_policy;
mod alphabet;
mod attempt;
mod code;
mod command;
mod enrolment;
mod format;
mod granted;
mod key;
mod key_ring;
mod life;
mod lock;
mod offline_policy;
mod online_grant;
mod online_policy;
mod purposes;
mod registry;
mod request;
mod request_code;
mod security_code;
mod throttle;
mod validity;

use error::Result;
use pyo3::pymodule;

// The safety of threads without the interpreter's lock is by construction (every
// class is frozen), but was never tried: such an interpreter takes its lock again.
#[pymodule(gil_used = true)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::{
        access::{Access, Scope},
        actor::Actor,
        agent::Agent,
        agent_policy::AgentPolicy,
        alphabet::Alphabet,
        attempt::Attempt,
        code::Code,
        command::command,
        enrolment::Enrolment,
        exceptions::throttled_message,
        format::CodeFormat,
        granted::Granted,
        key::{EnrolmentKey, MasterKey},
        key_ring::KeyRing,
        life::Life,
        lock::Lock,
        offline_policy::{Answer, OfflinePolicy},
        online_grant::OnlineGrant,
        online_policy::OnlinePolicy,
        registry::{Registry, code_state, made_at, of_rfc3339, to_rfc3339},
        request::{locate, minute_of, seconds_left},
        request_code::RequestCode,
        security_code::SecurityCode,
        throttle::{Throttle, ThrottlePolicy},
        validity::Validity,
        word::may,
    };
    /// The version of the library.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "as Python calls it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
    /// The OCRA suite of offline codes (RFC 6287, section 6).
    #[pymodule_export]
    const OCRA_SUITE: &str = stopgap::offline::SUITE;

    /// What is public, the package says.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> crate::Result<()> {
        module.delattr("__all__")
    }
}
