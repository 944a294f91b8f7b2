//! The circumstances of a request.

use pyo3::{prelude::*, types::PyDict};
use stopgap_registry::EventContext;

use crate::{
    Result,
    pickle::{Remade, remade},
    text::{Text, quoted},
};

/// The circumstances of a request, all optional, for the audit log of a registry. No code
/// depends on them.
///
/// ``source_address`` is the network address from which the request came, ``request_id`` the
/// caller's id of it, ``reason`` the reason for which a code is issued, and ``ticket`` the
/// ticket of the help desk.
///
/// >>> Context(reason="lost token", ticket="INC-4711")
/// Context(reason='lost token', ticket='INC-4711')
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Context {
    source_address: Option<String>,
    request_id: Option<String>,
    reason: Option<String>,
    ticket: Option<String>,
}

impl Context {
    /// Returns the circumstances of a request; none if there are none.
    pub(crate) fn core(context: Option<&Py<Self>>) -> stopgap::Context<'_> {
        let mut core = stopgap::Context::default();
        if let Some(context) = context.map(Py::get) {
            core.source_address = context.source_address();
            core.request_id = context.request_id();
            core.reason = context.reason();
            core.ticket = context.ticket();
        }
        core
    }

    fn fields(&self) -> [(&'static str, Option<&str>); 4] {
        [
            ("source_address", self.source_address()),
            ("request_id", self.request_id()),
            ("reason", self.reason()),
            ("ticket", self.ticket()),
        ]
    }
}

impl From<EventContext> for Context {
    fn from(context: EventContext) -> Self {
        Self {
            source_address: context.source_address,
            request_id: context.request_id,
            reason: context.reason,
            ticket: context.ticket,
        }
    }
}

#[pymethods]
impl Context {
    #[new]
    #[pyo3(signature = (*, source_address=None, request_id=None, reason=None, ticket=None))]
    fn new(
        source_address: Option<Text<'_>>,
        request_id: Option<Text<'_>>,
        reason: Option<Text<'_>>,
        ticket: Option<Text<'_>>,
    ) -> Self {
        Self {
            source_address: source_address.map(Text::into_owned),
            request_id: request_id.map(Text::into_owned),
            reason: reason.map(Text::into_owned),
            ticket: ticket.map(Text::into_owned),
        }
    }

    /// The network address from which the request came.
    #[getter]
    fn source_address(&self) -> Option<&str> {
        self.source_address.as_deref()
    }

    /// The caller's id of the request, by which logs are joined.
    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The reason for which a code is issued or changed.
    #[getter]
    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The ticket of the help desk.
    #[getter]
    fn ticket(&self) -> Option<&str> {
        self.ticket.as_deref()
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let mut words = Vec::new();
        for (name, value) in self.fields() {
            if let Some(value) = value {
                words.push(format!("{name}={}", quoted(py, value)?));
            }
        }
        Ok(format!("Context({})", words.join(", ")))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let words = PyDict::new(slf.py());
        for (name, value) in slf.get().fields() {
            words.set_item(name, value)?;
        }
        remade(slf, &words)
    }
}

/// Returns the last part of a request's `repr`.
pub(crate) fn shown(py: Python<'_>, context: Option<&Py<Context>>) -> Result<String> {
    match context {
        None => Ok(String::new()),
        Some(context) => Ok(format!(", context={}", context.get().__repr__(py)?)),
    }
}
