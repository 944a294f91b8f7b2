//! The registry. Each file has the calls about one noun.

mod call;
mod core;
mod key;
mod log;
mod machine;
mod online;
mod open;
mod preset;
mod record;
mod security;
mod throttle;
mod tolerance;
mod verify;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::{
    PyTraverseError, PyVisit,
    exceptions::{PyBaseException, PyTypeError},
    prelude::*,
    types::{PyDict, PyTuple},
};
use stopgap_registry::Error;

use self::{
    call::Call,
    core::{Core, address, release},
};
use crate::{
    Result,
    error::{self, OrRaise},
    frame::{self, Frame},
    function::Function,
    text::quoted,
    zone::Zone,
};

pub(crate) use self::record::{code_state, created_at, of_rfc3339, to_rfc3339};

/// All use cases of codes, for one tenant of one store. Made by :meth:`open`.
///
/// Each call checks the actor's role, decides, writes in one transaction, and adds an event
/// to the audit log, also if it refuses or only reads. Of frequent events, attempts during a
/// lockout and uses of a security code, the log has one a minute with their number
/// (:attr:`Event.count`). They are counted in memory until then, so close the registry at the
/// end, by ``with`` or :meth:`close`.
///
/// Threads may share a registry, and several processes may open the same store. A fork waits
/// for running calls, two seconds at most. The child may use the registries of its parent: it
/// opens connections of its own, and has a copy of a store in memory. If a call took longer
/// than that, every call of a store in a file raises :class:`StoreError` in the child, with the
/// reason ``store_forked``. All times that are returned are in UTC.
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
    /// `None` if closed. The mutex is locked only for a moment, by a thread that holds the
    /// interpreter lock. A thread that forks holds that lock too, so the child never inherits a
    /// locked mutex.
    core: Mutex<Option<Arc<Core>>>,
    tenant: String,
    clock: Option<Function>,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let mut core = self.core().take();
        // The store may wait for a thread that waits for the interpreter.
        Python::try_attach(|py| release(py, &mut core));
    }
}

impl Registry {
    /// Runs a call that returns an error of the registry.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Core) -> Result<T, Error> + Send,
    ) -> Result<T> {
        self.begin(py)?.end(py, work)?.or_raise(py)
    }

    /// Begins a call: reads the clock, and holds the registry, so that the call ends normally if
    /// the registry is closed meanwhile.
    fn begin(&self, py: Python<'_>) -> Result<Call> {
        let address = self.core().as_ref().map(address);
        call::not_within(address.ok_or_else(|| closed(py))?)?;
        let now = call::read(py, self.clock.as_ref())?;
        let core = self.core().clone().ok_or_else(|| closed(py))?;
        Ok(Call::new(core, now))
    }

    fn core(&self) -> MutexGuard<'_, Option<Arc<Core>>> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores the events that are counted in memory.
fn flush(py: Python<'_>, clock: Option<&Function>, core: &Core) -> Result<()> {
    let now = call::read(py, clock)?;
    let frame = Frame {
        now,
        ..Frame::default()
    };
    call::run(py, frame, || core.flush())?.or_raise(py)
}

fn closed(py: Python<'_>) -> PyErr {
    let message = "the registry is closed; open it again";
    error::exception(py, "StoreError", "closed", message, None)
}

/// Returns the zone of a `tzinfo` argument; UTC if there is none.
fn zone_of(zone: Option<&Bound<'_, PyAny>>) -> Result<Zone> {
    zone.map_or(Ok(Zone::UTC), Zone::of_wall)
}

#[pymethods]
impl Registry {
    #[new]
    #[pyo3(signature = (*_arguments, **_words))]
    fn new(_arguments: &Bound<'_, PyTuple>, _words: Option<&Bound<'_, PyDict>>) -> Result<Self> {
        Err(PyTypeError::new_err(
            "a registry is made by Registry.open(url, key_ring)",
        ))
    }

    /// Closes the registry: stores the counted events (:meth:`flush`), and releases the store.
    /// Every later call raises :class:`StoreError` with the reason ``closed``. Running calls
    /// are not waited for, and end normally. Closing it again does nothing.
    ///
    /// Raises:
    ///     StoreError: the counted events were not stored. The registry is closed nevertheless.
    fn close(&self, py: Python<'_>) -> Result<()> {
        let mut core = self.core().take();
        let flushed = match &core {
            // The call that this thread is within stores the events when it ends.
            Some(core) if !frame::is_waiting(address(core)) => flush(py, self.clock.as_ref(), core),
            _ => Ok(()),
        };
        release(py, &mut core);
        flushed
    }

    /// Stores the events that are counted in memory: attempts during a lockout, and uses of
    /// security codes. A call does this too if a minute has passed, and so does :meth:`close`.
    fn flush(&self, py: Python<'_>) -> Result<()> {
        self.call(py, Core::flush)
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
    fn __exit__(&self, py: Python<'_>, exception: &Bound<'_, PyTuple>) -> Result<()> {
        let closed = self.close(py);
        // Python does not chain the exceptions of an extension module.
        if let (Err(error), Ok(context)) = (&closed, exception.get_item(1))
            && context.is_instance_of::<PyBaseException>()
        {
            error.value(py).setattr("__context__", context)?;
        }
        closed
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
