//! Verifying online codes, and authenticating security codes.

use pyo3::{prelude::*, types::PyList};
use stopgap::Refusal;
use stopgap_registry::Error;

use super::{Registry, record::Made};
use crate::{
    Result,
    access::told,
    error::{OrRaise, Raise, at},
    function::Function,
    request::VerifyRequest,
    several::Several,
    text::Text,
};

#[pymethods]
impl Registry {
    /// Verifies the code that a person typed, and counts a use if its uses are limited. The
    /// user's throttle guards the call.
    ///
    /// If the request has an idempotency key, and the answer was lost, repeat the call with
    /// the same request within 10 minutes (``replay`` of :meth:`open`): it returns or raises
    /// the first answer, and counts nothing. ``verified.replayed`` tells it.
    ///
    /// A malformed text leaves no event. Attempts during a lockout are counted, and their number
    /// is logged once a minute.
    ///
    /// Raises:
    ///     InvalidName, Malformed, Unknown, Revoked, WrongPurpose, NotYetValid, Expired,
    ///     UsedUp, Throttled, KeyMissing, Tampered: the code was refused; show the person
    ///         ``public_message``.
    ///     InvalidIdempotencyKey, IdempotencyKeyExpired, IdempotencyKeyReused: use a new key.
    ///         A key that was used for another code or purpose may count as a failure.
    ///     StoreError: repeat the same request.
    fn verify_code<'py>(
        &self,
        py: Python<'py>,
        request: &VerifyRequest,
    ) -> Result<Bound<'py, PyAny>> {
        let request = request.core().map_err(Refusal::InvalidName).or_raise(py)?;
        self.call(py, |core| core.verify_code(&request))?.made(py)
    }

    /// Verifies many requests in one call. The list has the result of :meth:`verify_code` for
    /// each, or its refusal, which is not raised. Each request has its own transaction;
    /// ``clock`` is called once.
    ///
    /// Raises:
    ///     StoreError: ``index`` is the place of the request, from 0. Those before it have
    ///         been decided, and their uses counted.
    fn verify_many<'py>(
        &self,
        py: Python<'py>,
        requests: Several<VerifyRequest>,
    ) -> Result<Bound<'py, PyList>> {
        let requests = requests.0;
        let verify = |core: &super::Core| {
            let mut verdicts = Vec::with_capacity(requests.len());
            for request in &requests {
                let request = request.get().core();
                let request = request.map_err(|error| Refusal::from(error).into());
                match request.and_then(|request| core.verify_code(&request)) {
                    verdict @ (Ok(_) | Err(Error::Refused(_))) => verdicts.push(verdict),
                    Err(error) => return Err((verdicts.len(), error)),
                }
            }
            Ok(verdicts)
        };
        let verdicts = self.begin(py)?.end(py, verify)?;
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
    /// This is usually one read. The first use in a minute is stored at once, with an event;
    /// the others are counted, and stored in one event when the minute has passed
    /// (:meth:`flush`). Refusals are counted likewise; a malformed text leaves no event. No
    /// transaction is open while ``role_of`` is called, and it may call the registry. An
    /// exception of ``role_of`` is raised, and leaves no event.
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
        let call = self.begin(py)?;
        let (call, found) = call.step(py, |core| core.find_presented(&presented))?;
        let role = match found.user().map(|user| told(py, &role_of, user)) {
            Some(Err(raised)) => {
                call.abandon(py);
                return Err(raised);
            }
            Some(Ok(role)) => role,
            None => None,
        };
        let authenticated = call.end(py, |core| core.authenticate_found(found, role))?;
        authenticated.or_raise(py)?.made(py)
    }
}
