//! Codes that are presented: verifying and authenticating.

use pyo3::{prelude::*, types::PyList};
use stopgap::{Name, Purpose};
use stopgap_registry::Error;

use super::{Registry, record::Made};
use crate::{
    Result,
    access::told,
    error::{Raise, at},
    function::Function,
    text::{Held, Text},
    word::Member,
};

#[pymethods]
impl Registry {
    /// Verifies the code that a person typed, and counts a use of it where its uses are
    /// limited. Guarded by the user's throttle.
    ///
    /// With an ``attempt`` id, a text that the caller makes anew for each attempt, such
    /// as a UUID, the same call may be made again where its answer was lost: it gets the
    /// first answer and consumes nothing more. Behind a closed door it is throttled as all
    /// are, and gets the first answer later.
    ///
    /// Raises:
    ///     Malformed, Unknown, Revoked, WrongPurpose, NotYetValid, Expired, UsedUp,
    ///     Throttled, KeyMissing, Tampered: the code was refused; show the person
    ///         ``public_message``.
    ///     Invalid: the attempt id was used for another user, purpose or code
    ///         (``attempt_reused``), which counts as a failure.
    ///     StoreError: the same attempt may be made again.
    #[pyo3(signature = (user, typed, purpose, *, attempt=None))]
    fn verify_code<'py>(
        &self,
        py: Python<'py>,
        user: Text<'_>,
        typed: Text<'_>,
        purpose: Member<Purpose>,
        attempt: Option<Text<'_>>,
    ) -> Result<Bound<'py, PyAny>> {
        self.call(py, |core| {
            core.verify_code(&user, &typed, purpose.0, attempt.as_deref())
        })?
        .made(py)
    }

    /// Verifies many in one call: of each, the user, what was typed, and what for. The
    /// list has for each what :meth:`verify_code` gives, or the refusal, which is not
    /// raised. Each is a transaction of its own; ``clock`` is asked once.
    ///
    /// Raises:
    ///     Invalid: a user is no name; nothing was verified.
    ///     StoreError: with ``index``, which one it was, from 0. Those before it have been
    ///         decided, and their uses counted.
    fn verify_many<'py>(
        &self,
        py: Python<'py>,
        attempts: &Bound<'py, PyAny>,
    ) -> Result<Bound<'py, PyList>> {
        let attempt = |(index, attempt): (usize, Result<Bound<'py, PyAny>>)| {
            let attempt = attempt?;
            let (user, typed, purpose): (Held, Held, Member<Purpose>) = attempt.extract()?;
            match Name::borrowed(&user) {
                Ok(_) => Ok((user, typed, purpose.0)),
                Err(error) => Err(at(py, index, error.raise(py))),
            }
        };
        let attempts = attempts.try_iter()?.enumerate().map(attempt);
        let attempts: Vec<_> = attempts.collect::<Result<_>>()?;
        let verify = |core: std::sync::Arc<super::Core>| {
            let mut verdicts = Vec::with_capacity(attempts.len());
            for (user, typed, purpose) in &attempts {
                match core.verify_code(user, typed, *purpose, None) {
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

    /// Authenticates a security code that a program presents: what it may do, where
    /// ``role_of`` tells a user's :class:`Role`.
    ///
    /// This is one read, and no write: its use is noted in the record and in the log once
    /// a minute at most, and so is an unknown code. No transaction is open while
    /// ``role_of`` is called, and it may call the registry; what it raises comes out, and
    /// anything but a role is a ``TypeError``.
    ///
    /// Raises:
    ///     Malformed, Unknown, Expired, Tampered, KeyMissing: the code was refused.
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

/// Why a program was not authenticated.
enum Denied {
    Here(Error),
    /// What looking for a role raised.
    Raised(PyErr),
}

impl From<Error> for Denied {
    fn from(error: Error) -> Self {
        Self::Here(error)
    }
}
