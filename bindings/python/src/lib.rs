//! The extension module `stopgap._native`: Stopgap for Python.
//!
//! It converts, calls and maps errors; the core and the registry decide. There is one file
//! for each noun. The documentation of the classes is for Python users, and their types are
//! in `_native.pyi`.

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

mod datetime;
mod error;
mod exceptions;
mod fork;
mod frame;
mod function;
mod language;
mod number;
mod octets;
mod once;
mod pickle;
mod random;
mod record;
mod sealed;
mod several;
mod text;
mod time;
mod word;
mod zone;

mod access;
mod actor;
mod agent;
mod agent_policy;
mod alphabet;
mod code;
mod command;
mod context;
mod enrolment;
mod format;
mod granted;
mod key;
mod key_ring;
mod lifetime;
mod minute;
mod offline_policy;
mod online_grant;
mod online_policy;
mod password_only_lock;
mod preset;
mod purposes;
mod pydantic;
mod registry;
mod request;
mod request_code;
mod scopes;
mod security_code;
mod security_format;
mod throttle;
mod user_throttle;
mod validity;
mod verification;

use error::Result;
use pyo3::pymodule;

// Every class is frozen, so threads should be safe without the interpreter's lock. This was
// never tried, so such an interpreter takes its lock again.
#[pymodule(gil_used = true)]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::{
        access::{Access, Authentication},
        actor::Actor,
        agent::Agent,
        agent_policy::AgentPolicy,
        alphabet::Alphabet,
        code::Code,
        command::command,
        context::Context,
        enrolment::Enrolment,
        exceptions::public_message,
        format::CodeFormat,
        granted::Granted,
        key::{EnrolmentKey, MasterKey},
        key_ring::KeyRing,
        lifetime::Lifetime,
        minute::{minute_of, seconds_left},
        offline_policy::{Answer, OfflinePolicy},
        online_grant::OnlineGrant,
        online_policy::OnlinePolicy,
        password_only_lock::PasswordOnlyLock,
        preset::Preset,
        registry::{Registry, code_state, created_at, of_rfc3339, to_rfc3339},
        request::{IssueRequest, SecurityRequest, VerifyRequest},
        request_code::RequestCode,
        scopes::Scopes,
        security_code::SecurityCode,
        security_format::{SecurityFormat, SecurityText},
        throttle::{Throttle, ThrottlePolicy},
        user_throttle::UserThrottle,
        validity::Validity,
        verification::{ReplayPolicy, Verification},
        word::may,
    };
    /// The version of the library.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "as Python calls it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
    /// The OCRA suite of offline codes (RFC 6287, section 6).
    #[pymodule_export]
    const OCRA_SUITE: &str = stopgap::offline::SUITE;

    /// Watches forks. The package lists its public names itself.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> crate::Result<()> {
        crate::time::prepare(module.py())?;
        crate::fork::watch_forks(module.py())?;
        stopgap_registry::ask_while_waiting(crate::frame::is_interrupted);
        module.delattr("__all__")
    }
}
