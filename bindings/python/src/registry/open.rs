//! Opening a registry.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use pyo3::{exceptions::PyTypeError, prelude::*, types::PyString};
use stopgap::{KeyError, KeySource, Name};

use super::{
    Core, Registry,
    call::{self, Said},
    tolerance::Tolerance,
};
use crate::{
    Result, error::OrRaise, frame::Frame, function::Function, key_ring::KeyRing,
    offline_policy::OfflinePolicy, security_format::SecurityFormat, text::Text,
    throttle::ThrottlePolicy, verification::ReplayPolicy,
};

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
    /// No call sees records of another tenant. ``throttle`` is for online codes. ``offline``
    /// has the settings of offline codes but their validity, which each answer has.
    /// ``security_format`` has the prefixes of security codes. ``replay`` is the time for which
    /// a verification with an idempotency key is replayed, 10 minutes by default.
    ///
    /// ``clock`` is for tests: it returns the present instant as an aware datetime. It is called
    /// at the beginning of each call, and again after ``keep``. No other call waits for it.
    /// ``clock_tolerance`` is the time by which the clock may differ from that of a server, by
    /// default 120 seconds. Pass ``None`` to allow any difference, for a simulated clock. If the
    /// clock differs by more, every call raises :class:`StoreError` with the reason
    /// ``clock_differs``, so that one wrong clock does not stop a fleet. A file and a store in
    /// memory have no clock.
    ///
    /// Raises:
    ///     StoreError: the store cannot be opened, is no store, or was made with another key
    ///         (``wrong_key``).
    ///     InvalidName: the tenant is no name.
    ///     Invalid: the clock tolerance is negative (``clock_tolerance``).
    #[staticmethod]
    #[pyo3(signature = (
        url, key_ring, *, tenant=None, clock=None, clock_tolerance=Tolerance::Default,
        throttle=None, offline=None, security_format=None, replay=None
    ))]
    #[pyo3(text_signature = "(url, key_ring, *, tenant='default', clock=None, \
        clock_tolerance=..., throttle=None, offline=None, security_format=None, replay=None)")]
    #[expect(clippy::too_many_arguments, reason = "each has a name in Python")]
    fn open(
        py: Python<'_>,
        url: &Bound<'_, PyAny>,
        key_ring: &Bound<'_, PyAny>,
        tenant: Option<Text<'_>>,
        clock: Option<Function>,
        clock_tolerance: Tolerance,
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
        let frame = Frame {
            now: call::read(py, clock.as_ref())?,
            ..Frame::default()
        };
        let said = clock.is_some();
        let core = call::run(py, frame, || {
            let mut builder = Core::builder(&keys)
                .tenant(&tenant)
                .throttle(throttle)
                .offline(offline)
                .security_format(security_format)
                .replay(replay);
            if let Tolerance::Given(tolerance) = clock_tolerance {
                builder = builder.clock_tolerance(tolerance);
            }
            if said {
                builder = builder.clock(Said::new());
            }
            builder.open(&url)
        })?;
        Ok(Self {
            core: Mutex::new(Some(Arc::new(core.or_raise(py)?))),
            tenant,
            clock,
        })
    }
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

/// Returns the address of a store. A path is always that of a file.
fn address_of(url: &Bound<'_, PyAny>) -> Result<String> {
    if let Ok(url) = url.cast::<PyString>() {
        return url.extract();
    }
    let os = PyModule::import(url.py(), "os")?;
    let path = os.call_method1("fspath", (url,))?;
    let path = path.cast::<PyString>()?.extract::<String>()?;
    // So that a path is that of a file, also if it looks like an address.
    let relative = Path::new(&path).is_relative() && !path.is_empty();
    let here = if relative { "./" } else { "" };
    Ok(format!("sqlite:{here}{path}"))
}
