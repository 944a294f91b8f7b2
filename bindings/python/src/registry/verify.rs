//! Verifying online codes, and authenticating security codes.

use pyo3::{prelude::*, types::PyList};
use stopgap::{Purpose, Refusal};
use stopgap_registry::Error;

use super::{Registry, record::Made};
use crate::{
    Result,
    access::told,
    error::{OrRaise, Raise, at},
    function::Function,
    text::{Held, Text},
    word::Member,
};

#[pymethods]
impl Registry {
    /// Verifies the code that a person typed, and counts a use if its uses are limited. The
    /// user's throttle guards the call.
    ///
    /// ``attempt`` is an id that the caller makes for each attempt, such as a UUID. If the
    /// answer was lost, repeat the call with the same id: it returns the first answer and
    /// counts nothing. During a lockout it is throttled, and returns the first answer later.
    ///
    /// Raises:
    ///     InvalidName, Malformed, Unknown, Revoked, WrongPurpose, NotYetValid, Expired,
    ///     UsedUp, Throttled, KeyMissing, Tampered: the code was refused; show the person
    ///         ``public_message``.
    ///     Invalid: the attempt id was used for another user, purpose or code
    ///         (``attempt_reused``), which counts as a failure.
    ///     StoreError: repeat the same attempt.
    #[pyo3(signature = (user, typed, purpose, *, attempt=None))]
    fn verify_code<'py>(
        &self,
        py: Python<'py>,
        user: Text<'_>,
        typed: Text<'_>,
        purpose: Member<Purpose>,
        attempt: Option<Text<'_>>,
    ) -> Result<Bound<'py, PyAny>> {
        let user = user.named().map_err(Refusal::InvalidName).or_raise(py)?;
        let attempt = attempt.as_ref().map(Text::named).transpose().or_raise(py)?;
        self.call(py, |core| {
            core.verify_code(user, &typed, purpose.0, attempt)
        })?
        .made(py)
    }

    /// Verifies many attempts in one call. An attempt is a user, the text that was typed, and
    /// a purpose. The list has the result of :meth:`verify_code` for each, or its refusal,
    /// which is not raised. Each attempt has its own transaction; ``clock`` is called once.
    ///
    /// Raises:
    ///     StoreError: ``index`` is the place of the attempt, from 0. Those before it have
    ///         been decided, and their uses counted.
    fn verify_many<'py>(
        &self,
        py: Python<'py>,
        attempts: &Bound<'py, PyAny>,
    ) -> Result<Bound<'py, PyList>> {
        let attempts = attempts.try_iter()?.map(|attempt| attempt?.extract());
        let attempts: Vec<(Held, Held, Member<Purpose>)> = attempts.collect::<Result<_>>()?;
        let verify = |core: std::sync::Arc<super::Core>| {
            let mut verdicts = Vec::with_capacity(attempts.len());
            for (user, typed, purpose) in &attempts {
                let user = user.named().map_err(|error| Refusal::from(error).into());
                match user.and_then(|user| core.verify_code(user, typed, purpose.0, None)) {
                    verdict @ (Ok(_) | Err(Error::Refused(_))) => verdicts.push(verdict),
                    Err(error) => return Err((verdicts.len(), error)),
                }
            }
            Ok(verdicts)
        };
        let verdicts = self.enter(py, true, |core| py.detach(|| verify(core)))?;
        let verdicts = verdicts.map_err(|(index, error)| at(py, index, error.raise(py)))?;
        let verdicts = verdicts.into_iter().map(|verdict| match verdict {
            Ok(granted) => granted.made(py),
            Err(refusal) => Ok(refusal.raise(py).into_value(py).into_bound(py).into_any()),
        });
        PyList::new(py, verdicts.collect::<Result<Vec<_>>>()?)
    }

    /// Authenticates a security code that a program presents. ``role_of`` is called with the
    /// name of the user whose rights it has, and returns the user's :class:`Role`.
    ///
    /// This is usually one read: the use of a code, or an unknown code, is recorded at most
    /// once a minute. No transaction is open while ``role_of`` is called, and it may call
    /// the registry. An exception of ``role_of`` is raised.
    ///
    /// Raises:
    ///     Malformed, Unknown, Expired, Tampered, KeyMissing: the code was refused.
    ///     TypeError: ``role_of`` returned no :class:`Role`.
    #[pyo3(signature = (presented, role_of))]
    fn authenticate<'py>(
        &self,
        py: Python<'py>,
        presented: Text<'_>,
        role_of: Function,
    ) -> Result<Bound<'py, PyAny>> {
        let authenticated = self.enter(py, false, |core| {
            py.detach(|| {
                core.try_authenticate(&presented, |user| {
                    Python::attach(|py| {
                        let mut raised = None;
                        let role = told(py, &role_of, user, &mut raised);
                        raised.map_or(Ok(role), |raised| Err(Denied::Raised(raised)))
                    })
                })
            })
        })?;
        match authenticated {
            Ok(authenticated) => authenticated.made(py),
            Err(Denied::Here(error)) => Err(error.raise(py)),
            Err(Denied::Raised(raised)) => Err(raised),
        }
    }
}

/// The reason for which a program was not authenticated.
enum Denied {
    Here(Error),
    /// An exception of `role_of`.
    Raised(PyErr),
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self::Here(error)
    }
}
