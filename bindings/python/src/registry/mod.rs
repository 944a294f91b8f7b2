//! The registry. Each file has the calls about one noun.

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
use stopgap::{KeyError, KeySource, Name};
use stopgap_registry::{Error, SystemClock};

use self::call::{Call, Said};
use crate::{
    Result,
    error::{self, OrRaise},
    function::Function,
    key_ring::KeyRing,
    offline_policy::OfflinePolicy,
    security_format::SecurityFormat,
    text::{Text, quoted},
    throttle::ThrottlePolicy,
    verification::ReplayPolicy,
    zone::Zone,
};

pub(crate) use self::record::{code_state, created_at, of_rfc3339, to_rfc3339};

/// The registry in Rust.
type Core = stopgap_registry::Registry;

/// All use cases of codes, for one tenant of one store. Made by :meth:`open`.
///
/// Each call checks the actor's role, decides, writes in one transaction, and adds an event
/// to the audit log, also if it refuses or only reads; :meth:`authenticate` adds fewer.
///
/// Threads may share a registry, and several processes may open the same store. After a
/// fork, the new process must open the store again: every call raises :class:`StoreError`
/// with the reason ``forked``. All times that are returned are in UTC.
///
/// Every call may raise :class:`Forbidden` if the actor's role does not suffice,
/// :class:`InvalidName`, :class:`ClockRolledBack` and :class:`TimeOutOfRange` if the clock
/// is wrong, and :class:`StoreError`. Nothing was done then, unless
/// :attr:`StoreError.outcome_is_known` is false.
///
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> dana = Actor("dana", Role.HELP_DESK)
/// >>> with Registry.open("memory:", key_ring) as registry:
/// ...     issued = registry.issue_code(dana, "alice", OnlinePolicy(max_uses=1))
/// ...     request = VerifyRequest("alice", issued.code.reveal(), Purpose.BYPASS)
/// ...     verified = registry.verify_code(request)
/// ...     registry.verify_code(request)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.UsedUp: the code has no use left
/// >>> verified.uses_left
/// 0
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Registry {
    /// `None` if closed. The mutex is never held during a call.
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
    /// Runs a call without the interpreter.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Core) -> Result<T, Error> + Send,
    ) -> Result<T> {
        self.enter(py, true, |core| py.detach(move || work(&core)))
            .and_then(|done| done.or_raise(py))
    }

    /// Begins a call. `alone` is `true` if the registry calls functions of the caller within
    /// a transaction: they must not call it.
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

    /// `true` in another process than the one that opened the store. Locks may be held by
    /// threads that do not exist there, and SQLite forbids even closing.
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

/// The keys of a tenant: derived from a ring, or from the caller's function.
enum Keys {
    Ring(Arc<stopgap::KeyRing>),
    Tenant(Py<KeyRing>),
}

impl Keys {
    fn of(source: &Bound<'_, PyAny>, tenant: &str) -> Result<Self> {
        if let Ok(ring) = source.cast::<KeyRing>() {
            return Ok(Self::Ring(ring.get().now()));
        }
        if !source.is_callable() {
            let found = source.get_type().name()?;
            let message = format!("a stopgap.KeyRing is expected, or a function, not {found}");
            return Err(PyTypeError::new_err(message));
        }
        let function: Function = source.extract()?;
        let ring = function.done(source.py(), (tenant,))?;
        Ok(Self::Tenant(ring.cast_into::<KeyRing>()?.unbind()))
    }
}

impl KeySource for Keys {
    type Error = KeyError;

    fn tenant_ring(&self, tenant: &Name) -> Result<stopgap::KeyRing, KeyError> {
        match self {
            Self::Ring(ring) => Ok(ring.tenant(tenant)),
            Self::Tenant(ring) => ring.get().again(),
        }
    }
}

/// Returns the zone of a `tzinfo` argument; UTC if there is none.
fn zone_of(zone: Option<&Bound<'_, PyAny>>) -> Result<Zone> {
    zone.map_or(Ok(Zone::UTC), Zone::of_wall)
}

/// Returns the address of a store. A path is always that of a file.
fn address_of(url: &Bound<'_, PyAny>) -> Result<String> {
    if let Ok(url) = url.cast::<PyString>() {
        return url.extract();
    }
    let os = PyModule::import(url.py(), "os")?;
    let path = os.call_method1("fspath", (url,))?;
    let path = path.cast::<PyString>()?.extract::<String>()?;
    // So that a path is that of a file, also if it looks like an address.
    let relative = std::path::Path::new(&path).is_relative() && !path.is_empty();
    let here = if relative { "./" } else { "" };
    Ok(format!("sqlite:{here}{path}"))
}

#[pymethods]
impl Registry {
    /// Opens the store at ``url``, and makes it if it does not exist: the path of a file or
    /// ``sqlite:PATH``, ``postgres://user:password@host/database`` for a server, or
    /// ``memory:`` for a store in memory. An ``os.PathLike`` is always a file.
    /// ``sqlite:////x`` is the file ``/x``, as in SQLAlchemy; ``sqlite:///x`` is refused, because
    /// other programs read it as ``/x``.
    ///
    /// ``key_ring`` is the ring of the server, from which the ring of the tenant is derived; or
    /// a function that is called once with the tenant's name, and returns the tenant's ring.
    /// No call sees records of another tenant. ``clock`` is for tests: it returns the
    /// present instant as an aware datetime, and is called once at the beginning of each
    /// call. ``throttle`` is for online codes. ``offline`` has the settings of offline codes
    /// but their validity, which each answer has. ``security_format`` has the prefixes of
    /// security codes. ``replay`` is the time for which a verification with an idempotency
    /// key is replayed, 10 minutes by default.
    ///
    /// Raises:
    ///     StoreError: the store cannot be opened, is no store, or was made with another key
    ///         (``wrong_key``).
    ///     InvalidName: the tenant is no name.
    #[staticmethod]
    #[pyo3(signature = (
        url, key_ring, *, tenant=None, clock=None, throttle=None, offline=None,
        security_format=None, replay=None
    ))]
    #[pyo3(
        text_signature = "(url, key_ring, *, tenant='default', clock=None, throttle=None, \
        offline=None, security_format=None, replay=None)"
    )]
    #[expect(clippy::too_many_arguments, reason = "each has a name in Python")]
    fn open(
        py: Python<'_>,
        url: &Bound<'_, PyAny>,
        key_ring: &Bound<'_, PyAny>,
        tenant: Option<Text<'_>>,
        clock: Option<Function>,
        throttle: Option<&ThrottlePolicy>,
        offline: Option<&OfflinePolicy>,
        security_format: Option<&SecurityFormat>,
        replay: Option<&ReplayPolicy>,
    ) -> Result<Self> {
        let url = address_of(url)?;
        let tenant = tenant.as_ref().map_or(Ok("default"), Text::named);
        let tenant = tenant.or_raise(py)?.to_owned();
        let security_format = SecurityFormat::or_default(security_format);
        let throttle = throttle.map(|policy| policy.0).unwrap_or_default();
        let offline = offline.map(|policy| policy.0).unwrap_or_default();
        let replay = replay.map(|policy| policy.0).unwrap_or_default();
        let keys = Keys::of(key_ring, &tenant)?;
        let _call = Call::begin(py, clock.as_ref(), None)?;
        let said = clock.is_some();
        let core = py.detach(|| {
            let builder = Core::builder(&keys)
                .tenant(&tenant)
                .throttle(throttle)
                .offline(offline)
                .security_format(security_format)
                .replay(replay);
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
    /// ``closed``. It does not wait for running calls, which end normally. Closing it again
    /// does nothing.
    fn close(&self, py: Python<'_>) {
        let core = self.core().take();
        if self.forked() {
            mem::forget(core);
            return;
        }
        py.detach(|| drop(core));
    }

    /// ``True`` if the registry was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.core().is_none()
    }

    /// The tenant.
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
            "a registry cannot be pickled or copied: open the store again",
        ))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The store holds no Python object.
        self.clock
            .as_ref()
            .map_or(Ok(()), |clock| visit.call(&clock.0))
    }
}
