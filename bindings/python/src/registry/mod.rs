//! A registry. Each file has the calls about one noun.

mod call;
mod key;
mod log;
mod machine;
mod online;
mod preset;
mod record;
mod security;
mod throttle;
mod verify;

use std::{
    mem, process,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::PyTypeError,
    prelude::*,
    types::{PyString, PyTuple},
};
use stopgap_registry::{Error, SystemClock};

use self::call::{Call, Said};
use crate::{
    Result,
    error::{self, OrRaise},
    function::Function,
    key_ring::KeyRing,
    offline_policy::OfflinePolicy,
    text::{Text, quoted},
    throttle::ThrottlePolicy,
    zone::Zone,
};

pub(crate) use self::record::{code_state, made_at, of_rfc3339, to_rfc3339};

/// The registry in Rust.
type Core = stopgap_registry::Registry;

/// Everything that a server keeps of codes, and everything that is done with them, for
/// one tenant of one store. Made by :meth:`open`.
///
/// Each call checks the actor's role, decides, writes in one transaction and leaves an
/// event in the log, also where it refuses and where it only looks;
/// :meth:`authenticate` alone is quieter. Users, machines, tenants, presets and attempts
/// have names of 1 to 255 bytes of UTF-8 without control characters.
///
/// Safe from many threads, and several processes may open the same store. After a fork,
/// open it anew in the new process: there, every call raises :class:`StoreError` with the
/// reason ``forked``. All times that come out are in UTC.
///
/// What any call may raise besides what it says itself: :class:`Forbidden` where the
/// actor's role does not suffice, :class:`Invalid` for what is no name,
/// :class:`ClockRolledBack` and :class:`TimeOutOfRange` where the clock is wrong, and
/// :class:`StoreError`. Nothing is half done then, and nothing is done unless
/// :attr:`StoreError.outcome_is_known` is false.
///
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> dana = Actor("dana", Role.HELP_DESK)
/// >>> with Registry.open("memory:", key_ring) as registry:
/// ...     issued = registry.issue_code(dana, "alice", OnlinePolicy(max_uses=1))
/// ...     typed = issued.code.reveal()
/// ...     verified = registry.verify_code("alice", typed, Purpose.BYPASS)
/// ...     registry.verify_code("alice", typed, Purpose.BYPASS)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.UsedUp: the code has been used up
/// >>> verified.uses_left
/// 0
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Registry {
    /// None where it is closed. Held for a moment, never while anything is done.
    core: Mutex<Option<Arc<Core>>>,
    tenant: String,
    clock: Option<Function>,
    /// The process that opened it.
    process: u32,
}

impl Drop for Registry {
    fn drop(&mut self) {
        if self.forked() {
            mem::forget(self.core().take());
        }
    }
}

impl Registry {
    /// Does something with the registry, detached, within one call.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Core) -> Result<T, Error> + Send,
    ) -> Result<T> {
        self.enter(py, true, |core| py.detach(move || work(&core)))
            .and_then(|done| done.or_raise(py))
    }

    /// Begins a call; `alone` where the registry holds a transaction while it calls
    /// functions of the caller, which could only wait for it.
    fn enter<T>(
        &self,
        py: Python<'_>,
        alone: bool,
        work: impl FnOnce(Arc<Core>) -> T,
    ) -> Result<T> {
        if self.forked() {
            return Err(forked(py));
        }
        let core = self.core().clone();
        let core = core.ok_or_else(|| closed(py))?;
        let address = Arc::as_ptr(&core).addr();
        call::not_within(address)?;
        let _call = Call::begin(py, self.clock.as_ref(), alone.then_some(address))?;
        Ok(work(core))
    }

    /// Whether this is another process, which has a copy of the memory alone: locks in it
    /// may be held by threads that are not there, and SQLite forbids even closing.
    fn forked(&self) -> bool {
        process::id() != self.process
    }

    fn core(&self) -> MutexGuard<'_, Option<Arc<Core>>> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed(py: Python<'_>) -> PyErr {
    let message = "the registry is closed; open it again";
    error::exception(py, "StoreError", "closed", message, None)
}

fn forked(py: Python<'_>) -> PyErr {
    let message = "the registry was opened by another process; open it again after a fork";
    error::exception(py, "StoreError", "forked", message, None)
}

/// The zone on whose wall clock something expires: UTC where none is said.
fn zone_of(zone: Option<&Bound<'_, PyAny>>) -> Result<Zone> {
    zone.map_or(Ok(Zone::UTC), Zone::of_wall)
}

/// The address of a store. A path is one, whatever it looks like.
fn address_of(url: &Bound<'_, PyAny>) -> Result<String> {
    if let Ok(url) = url.cast::<PyString>() {
        return url.extract();
    }
    let os = PyModule::import(url.py(), "os")?;
    let path = os.call_method1("fspath", (url,))?;
    let path = path.cast::<PyString>()?.extract::<String>()?;
    // SQLite has a meaning of its own for one name.
    let here = if path == ":memory:" { "./" } else { "" };
    Ok(format!("sqlite://{here}{path}"))
}

#[pymethods]
impl Registry {
    /// Opens the store at ``url``, and makes it where there is none: the path of a file
    /// or ``sqlite:PATH``, ``postgres://user:password@host/database`` for a server, or
    /// ``memory:`` for one that forgets. An ``os.PathLike`` is always a file.
    /// ``sqlite:///x`` is the file ``/x``, not, as in SQLAlchemy, ``x``.
    ///
    /// ``key_ring`` is the ring of the server, as it is now; the tenant's is derived from
    /// it. No call sees another tenant's rows. ``clock`` gives the present instant as an
    /// aware datetime, for tests: it is asked once at the beginning of each call, and what
    /// it raises comes out of the call. ``throttle`` is for online codes; ``offline`` has
    /// the alphabet and the figures for offline codes, whose validity is said with each
    /// answer.
    ///
    /// Raises:
    ///     StoreError: the store cannot be opened, is something else or was made with
    ///         another key (``wrong_key``).
    ///     Invalid: the tenant is no name.
    #[staticmethod]
    #[pyo3(signature = (
        url, key_ring, *, tenant=None, clock=None, throttle=None, offline=None
    ))]
    #[pyo3(
        text_signature = "(url, key_ring, *, tenant='default', clock=None, throttle=None, \
        offline=None)"
    )]
    fn open(
        py: Python<'_>,
        url: &Bound<'_, PyAny>,
        key_ring: &KeyRing,
        tenant: Option<Text<'_>>,
        clock: Option<Function>,
        throttle: Option<&ThrottlePolicy>,
        offline: Option<&OfflinePolicy>,
    ) -> Result<Self> {
        let url = address_of(url)?;
        let tenant = tenant.map_or_else(|| "default".into(), Text::into_owned);
        let throttle = throttle.map(|policy| policy.0).unwrap_or_default();
        let offline = offline.map(|policy| policy.0).unwrap_or_default();
        let keys = key_ring.now();
        let _call = Call::begin(py, clock.as_ref(), None)?;
        let said = clock.is_some();
        let core = py.detach(|| {
            let builder = Core::builder(&keys)
                .tenant(&tenant)
                .throttle(throttle)
                .offline(offline);
            if said {
                builder.clock(Said).open(&url)
            } else {
                builder.clock(SystemClock).open(&url)
            }
        });
        Ok(Self {
            core: Mutex::new(Some(Arc::new(core.or_raise(py)?))),
            tenant,
            clock,
            process: process::id(),
        })
    }

    /// Closes the registry: every later call raises :class:`StoreError` with the reason
    /// ``closed``. It waits for nobody; calls that are under way end as they would have.
    /// A second time does nothing.
    fn close(&self, py: Python<'_>) {
        let core = self.core().take();
        if self.forked() {
            mem::forget(core);
            return;
        }
        py.detach(|| drop(core));
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.core().is_none()
    }

    /// The tenant whose rows it works with.
    #[getter]
    fn tenant(&self) -> &str {
        &self.tenant
    }

    fn __enter__(slf: PyRef<'_, Self>) -> Result<PyRef<'_, Self>> {
        if slf.closed() {
            return Err(closed(slf.py()));
        }
        Ok(slf)
    }

    #[pyo3(signature = (*exception))]
    fn __exit__(&self, py: Python<'_>, exception: &Bound<'_, PyTuple>) {
        let _ = exception;
        self.close(py);
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let closed = if self.closed() { ", closed" } else { "" };
        Ok(format!(
            "<stopgap.Registry of tenant {}{closed}>",
            quoted(py, &self.tenant)?
        ))
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "a registry is not pickled or copied; open the store again",
        ))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Not the store, which knows nothing of Python.
        self.clock
            .as_ref()
            .map_or(Ok(()), |clock| visit.call(&clock.0))
    }
}
