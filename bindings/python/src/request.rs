//! The requests to issue and to verify codes.

use std::hash::{Hash, Hasher};

use pyo3::{exceptions::PyTypeError, prelude::*, types::PyDict};
use stopgap::{Expiry, NameError, Purpose};

use crate::{
    Result,
    access::Access,
    context::{Context, shown},
    error::{self, OrRaise},
    pickle::{Remade, remade},
    scopes::{Given, Scopes},
    text::{Held, Text, quoted},
    time::{Instant, utc},
    word::{self, Member, Word},
};

/// A request to verify an online code, or to answer a request code: the user, the text that
/// the person typed, and the purpose.
///
/// ``idempotency_key`` is your name for this verification, 1 to 255 bytes of UTF-8, such as
/// a UUID: a registry answers a repetition with the same key in the same way, and counts no
/// second use. ``context`` has the circumstances, for the audit log.
///
/// Nothing is checked here but types; the calls that take a request check it. The text may be
/// a code, so it is not shown, and a request cannot be pickled.
///
/// >>> VerifyRequest("alice", "3f9a 77c2 01be", Purpose.BYPASS, idempotency_key="5f0c")
/// VerifyRequest(user='alice', text=.., purpose=Purpose.BYPASS, idempotency_key='5f0c')
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct VerifyRequest {
    user: Held,
    text: Held,
    purpose: Purpose,
    idempotency_key: Option<String>,
    context: Option<Py<Context>>,
}

impl VerifyRequest {
    /// Returns the request of the core. A user with a lone surrogate is no name.
    pub(crate) fn core(&self) -> Result<stopgap::VerifyRequest<'_>, NameError> {
        let user = self.user.named()?;
        let request = stopgap::VerifyRequest::new(user, &self.text, self.purpose)
            .context(Context::core(self.context.as_ref()));
        Ok(match &self.idempotency_key {
            Some(key) => request.idempotency_key(key),
            None => request,
        })
    }
}

#[pymethods]
impl VerifyRequest {
    #[new]
    #[pyo3(signature = (user, text, purpose, *, idempotency_key=None, context=None))]
    fn new(
        py: Python<'_>,
        user: Held,
        text: Held,
        purpose: Member<Purpose>,
        idempotency_key: Option<Text<'_>>,
        context: Option<Py<Context>>,
    ) -> Result<Self> {
        if idempotency_key
            .as_ref()
            .is_some_and(|key| key.named().is_err())
        {
            let message = "an idempotency key must be valid Unicode";
            return Err(error::refused(py, "invalid_idempotency_key", message, None));
        }
        Ok(Self {
            user,
            text,
            purpose: purpose.0,
            idempotency_key: idempotency_key.map(Text::into_owned),
            context,
        })
    }

    /// The user.
    #[getter]
    fn user(&self) -> &str {
        &self.user
    }

    /// The text that the person typed.
    #[getter]
    fn text(&self) -> &str {
        &self.text
    }

    /// The purpose.
    #[getter]
    fn purpose<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.purpose.member(py)
    }

    /// The idempotency key; ``None`` if there is none.
    #[getter]
    fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    /// The circumstances; ``None`` if there are none.
    #[getter]
    fn context(&self, py: Python<'_>) -> Option<Py<Context>> {
        self.context.as_ref().map(|context| context.clone_ref(py))
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let key = self.idempotency_key().map(|key| quoted(py, key));
        let key = key
            .transpose()?
            .map(|key| format!(", idempotency_key={key}"));
        Ok(format!(
            "VerifyRequest(user={}, text=.., purpose={}{}{})",
            quoted(py, self.user())?,
            word::written(&self.purpose(py)?)?,
            key.unwrap_or_default(),
            shown(py, self.context.as_ref())?,
        ))
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "a request holds what a person typed, and cannot be pickled or copied",
        ))
    }
}

/// A request to issue an online code to a user. The user's name alone will do in its place.
///
/// >>> IssueRequest("alice", context=Context(ticket="INC-4711"))
/// IssueRequest(user='alice', context=Context(ticket='INC-4711'))
#[pyclass(frozen, eq, hash, module = "stopgap")]
pub(crate) struct IssueRequest {
    user: Held,
    context: Option<Py<Context>>,
}

impl PartialEq for IssueRequest {
    fn eq(&self, other: &Self) -> bool {
        (self.user.named(), context_of(self.context.as_ref()))
            == (other.user.named(), context_of(other.context.as_ref()))
    }
}

impl Hash for IssueRequest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.user().hash(state);
        context_of(self.context.as_ref()).hash(state);
    }
}

fn context_of(context: Option<&Py<Context>>) -> Option<&Context> {
    context.map(Py::get)
}

#[pymethods]
impl IssueRequest {
    #[new]
    #[pyo3(signature = (user, *, context=None))]
    fn new(user: Held, context: Option<Py<Context>>) -> Self {
        Self { user, context }
    }

    /// The user.
    #[getter]
    fn user(&self) -> &str {
        &self.user
    }

    /// The circumstances; ``None`` if there are none.
    #[getter]
    fn context(&self, py: Python<'_>) -> Option<Py<Context>> {
        self.context.as_ref().map(|context| context.clone_ref(py))
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "IssueRequest(user={}{})",
            quoted(py, self.user())?,
            shown(py, self.context.as_ref())?,
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let (py, request) = (slf.py(), slf.get());
        let words = PyDict::new(py);
        words.set_item("user", request.user.named().or_raise(py)?)?;
        words.set_item("context", request.context(py))?;
        remade(slf, &words)
    }
}

/// An `IssueRequest` from Python, or a user's name.
pub(crate) enum Issue {
    Name(Held),
    Request(Py<IssueRequest>),
}

impl Issue {
    /// Returns the request of the core. A user with a lone surrogate is no name.
    pub(crate) fn core(&self) -> Result<stopgap::IssueRequest<'_>, NameError> {
        match self {
            Self::Name(user) => Ok(user.named()?.into()),
            Self::Request(request) => {
                let request = request.get();
                let context = Context::core(request.context.as_ref());
                Ok(stopgap::IssueRequest::new(request.user.named()?).context(context))
            }
        }
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Issue {
    type Error = PyErr;

    fn extract(obj: Borrowed<'a, 'py, PyAny>) -> Result<Self> {
        match obj.cast::<IssueRequest>() {
            Ok(request) => Ok(Self::Request(request.to_owned().unbind())),
            Err(_) => obj.extract().map(Self::Name),
        }
    }
}

/// A request to create a security code: its access level, and its scopes, which are
/// :attr:`Scopes.UNLIMITED` or several strings. ``description`` is one line of at most 1,024
/// bytes of UTF-8. The code expires after 24 hours, at ``expires_at``, or, if it is
/// ``permanent``, never.
///
/// Raises:
///     Invalid: the scopes are none; ``reason`` is ``no_scope``, ``too_many_scopes`` or
///         ``scope``.
///
/// >>> SecurityRequest(Access.same_as("bob"), ["reports:read"], description="nightly report")
/// SecurityRequest(access=Access.same_as('bob'), scopes=Scopes(['reports:read']), ...)
#[pyclass(frozen, eq, hash, module = "stopgap")]
pub(crate) struct SecurityRequest {
    access: stopgap::Access,
    scopes: Scopes,
    description: String,
    expiry: Expiry,
    context: Option<Py<Context>>,
}

impl SecurityRequest {
    pub(crate) fn core(&self) -> stopgap::SecurityRequest<'_> {
        stopgap::SecurityRequest::new(self.access.clone(), self.scopes.0.clone())
            .description(&self.description)
            .expiry(self.expiry)
            .context(Context::core(self.context.as_ref()))
    }
}

/// Returns the expiry of a new code; `None` if none is given.
pub(crate) fn expiry_of(expires_at: Option<Instant>, permanent: bool) -> Result<Option<Expiry>> {
    match (expires_at, permanent) {
        (Some(_), true) => Err(PyTypeError::new_err(
            "a permanent code has no expiry: pass expires_at or permanent, not both",
        )),
        (Some(expires_at), false) => Ok(Some(Expiry::At(expires_at.0))),
        (None, true) => Ok(Some(Expiry::Never)),
        (None, false) => Ok(None),
    }
}

impl PartialEq for SecurityRequest {
    fn eq(&self, other: &Self) -> bool {
        self.core() == other.core()
    }
}

impl Hash for SecurityRequest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.scopes, &self.description, self.expiry).hash(state);
        context_of(self.context.as_ref()).hash(state);
    }
}

#[pymethods]
impl SecurityRequest {
    #[new]
    #[pyo3(signature = (
        access, scopes, *, description=None, expires_at=None, permanent=false, context=None
    ))]
    #[pyo3(
        text_signature = "(access, scopes, *, description='', expires_at=None, \
        permanent=False, context=None)"
    )]
    fn new(
        access: &Access,
        scopes: Given,
        description: Option<Text<'_>>,
        expires_at: Option<Instant>,
        permanent: bool,
        context: Option<Py<Context>>,
    ) -> Result<Self> {
        Ok(Self {
            access: access.0.clone(),
            scopes: Scopes(scopes.0),
            description: description.map(Text::into_owned).unwrap_or_default(),
            expiry: expiry_of(expires_at, permanent)?.unwrap_or_default(),
            context,
        })
    }

    /// The access level.
    #[getter]
    fn access(&self) -> Access {
        Access(self.access.clone())
    }

    /// The scopes.
    #[getter]
    fn scopes(&self) -> Scopes {
        self.scopes.clone()
    }

    /// The description.
    #[getter]
    fn description(&self) -> &str {
        &self.description
    }

    /// The expiry; ``None`` if it is 24 hours after creation, or if the code is permanent.
    #[getter]
    fn expires_at<'py>(&self, py: Python<'py>) -> Result<Option<Bound<'py, PyAny>>> {
        match self.expiry {
            Expiry::At(expires_at) => utc(py, expires_at).map(Some),
            Expiry::InADay | Expiry::Never => Ok(None),
        }
    }

    /// ``True`` if the code is to be permanent.
    #[getter]
    fn permanent(&self) -> bool {
        self.expiry == Expiry::Never
    }

    /// The circumstances; ``None`` if there are none.
    #[getter]
    fn context(&self, py: Python<'_>) -> Option<Py<Context>> {
        self.context.as_ref().map(|context| context.clone_ref(py))
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "SecurityRequest(access={}, scopes={}, description={}{}{})",
            self.access().__repr__(py)?,
            self.scopes.__repr__(py)?,
            quoted(py, self.description())?,
            match self.expiry {
                Expiry::InADay => String::new(),
                Expiry::At(expires_at) => format!(", expires_at={}", utc(py, expires_at)?.repr()?),
                Expiry::Never => ", permanent=True".into(),
            },
            shown(py, self.context.as_ref())?,
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let (py, request) = (slf.py(), slf.get());
        let words = PyDict::new(py);
        words.set_item("access", request.access())?;
        words.set_item("scopes", request.scopes())?;
        words.set_item("description", request.description())?;
        words.set_item("expires_at", request.expires_at(py)?)?;
        words.set_item("permanent", request.permanent())?;
        words.set_item("context", request.context(py))?;
        remade(slf, &words)
    }
}
