//! Online codes: issuing, listing, revoking.

use pyo3::{prelude::*, types::PyList};
use stopgap_registry::Issued;

use super::{
    Core, Registry, call,
    record::{Made, code_record, id_of, list_of},
    zone_of,
};
use crate::{
    Result,
    actor::Actor,
    error::OrRaise,
    function::Function,
    number::Whole,
    online_policy::OnlinePolicy,
    request::Issue,
    several::{each, pair},
    text::Text,
    zone::Zone,
};

/// The cause in the registry of an exception of the caller.
const RAISED: &str = "see what was raised";

#[pymethods]
impl Registry {
    /// Issues a code to a user by a policy, or by the default policy. ``request`` is an
    /// :class:`IssueRequest`, or the user's name. Days and the month are counted on the wall
    /// clock of ``zone``, by the zone's data; the default is UTC.
    ///
    /// Show ``issued.code`` once, and do not store it.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    ///     Invalid: the code would have expired already (``never_valid``).
    #[pyo3(signature = (actor, request, policy=None, *, zone=None))]
    #[pyo3(text_signature = "($self, actor, request, policy=None, *, zone=...)")]
    fn issue_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        request: Issue,
        policy: Option<&OnlinePolicy>,
        zone: Option<&Bound<'py, PyAny>>,
    ) -> Result<Bound<'py, PyAny>> {
        let policy = policy.map(|policy| policy.0).unwrap_or_default();
        let zone = zone_of(zone)?;
        let request = request.core().or_raise(py)?;
        let issued = self.call(py, |core| {
            // If the zone fails, the caller gets no code. So it is tried first.
            if let Err(raised) = try_out(&zone, &policy) {
                return Ok(Err(raised));
            }
            core.issue_code(&actor.0, request, &policy, &zone).map(Ok)
        });
        zone.check()?;
        issued??.made(py)
    }

    /// Issues many codes in one transaction: all of them, or none. A request is a user and
    /// the policy for the user's code.
    ///
    /// ``keep`` is called once with all of them, before the transaction begins: no code is
    /// valid yet, and the number of each record is 0. If it raises an exception, no code is
    /// issued, and the exception is raised. No other call waits for it, and it may call this
    /// registry. If another exception is raised after it, discard the codes that it has
    /// written down.
    ///
    /// Raises:
    ///     InvalidName, Invalid, TimeOutOfRange: as :meth:`issue_code`; ``index`` is the
    ///         place of the request, from 0. ``keep`` was not called.
    ///
    /// >>> dana = Actor("dana", Role.HELP_DESK)
    /// >>> with Registry.open("memory:", KeyRing(1, MasterKey.generate())) as registry:
    /// ...     requests = [(user, OnlinePolicy()) for user in ("alice", "bob")]
    /// ...     issued = registry.issue_many(dana, requests)
    /// >>> [one.record.user for one in issued]
    /// ['alice', 'bob']
    #[pyo3(signature = (actor, requests, *, zone=None, keep=None))]
    #[pyo3(text_signature = "($self, actor, requests, *, zone=..., keep=None)")]
    fn issue_many<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        requests: &Bound<'py, PyAny>,
        zone: Option<&Bound<'py, PyAny>>,
        keep: Option<Function>,
    ) -> Result<Bound<'py, PyList>> {
        let requests = each(requests, |request| {
            let (user, policy): (Text<'_>, PyRef<'_, OnlinePolicy>) =
                pair(&request, "a user and a policy")?;
            let user = user.named().or_raise(py)?;
            Ok((user.to_owned(), policy.0))
        })?;
        let zone = zone_of(zone)?;
        let call = self.begin(py)?;
        let Some(keep) = keep else {
            let mut raised = None;
            let issued = call.end(py, |core| {
                core.issue_codes_and_keep(&actor.0, requests, &zone, |_| {
                    raised = zone.check().err();
                    raised.as_ref().map_or(Ok(()), |_| Err(RAISED.into()))
                })
            })?;
            return match raised {
                Some(raised) => Err(raised),
                None => list_of(py, issued.or_raise(py)?),
            };
        };
        let prepare = |core: &Core| core.prepare_codes(&actor.0, requests, &zone);
        let (mut call, prepared) = call.step(py, prepare)?;
        let kept = zone.check().and_then(|()| {
            pass(py, &keep, prepared.issued())?;
            call.read_again(py, self.clock.as_ref())
        });
        if let Err(raised) = kept {
            let discard = |core: &Core| core.discard_prepared(&actor.0, prepared, RAISED.into());
            // An error of the store says less than the exception.
            let _ = call.end(py, discard)?;
            return Err(raised);
        }
        let issued = call.end(py, |core| core.issue_prepared(&actor.0, prepared))?;
        list_of(py, issued.or_raise(py)?)
    }

    /// Lists a user's codes that have not been purged, newest first.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    fn codes<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        user: Text<'_>,
    ) -> Result<Bound<'py, PyList>> {
        let user = user.named().or_raise(py)?;
        list_of(py, self.call(py, |core| core.codes(&actor.0, user))?)
    }

    /// Lists the codes of all users, oldest first: at most ``limit``, after ``after``, the last
    /// one of the page before.
    ///
    /// Raises:
    ///     Forbidden: the actor is below the help desk.
    #[pyo3(signature = (actor, *, after=None, limit=Whole(100)))]
    #[pyo3(text_signature = "($self, actor, *, after=None, limit=100)")]
    fn all_codes<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        after: Option<&Bound<'py, PyAny>>,
        limit: Whole<usize>,
    ) -> Result<Bound<'py, PyList>> {
        let after = after.map(code_record).transpose()?;
        let after = after.map(|code| code.id);
        let codes = self.call(py, |core| {
            core.all_codes(&actor.0, after, limit.0, |_| true)
        });
        list_of(py, codes?)
    }

    /// Revokes the newest code of a user that can still be used: the one that was issued last,
    /// whatever the clocks of the servers were.
    ///
    /// Raises:
    ///     NoCode: there is none.
    ///     StoreError: the store did not change (``store_ignored``).
    ///     Forbidden: the actor is below the help desk.
    fn revoke_last_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        user: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        let user = user.named().or_raise(py)?;
        self.call(py, |core| core.revoke_last_code(&actor.0, user))?
            .made(py)
    }

    /// Revokes the code of this id, if it can still be used.
    ///
    /// Raises:
    ///     NoCode: there is no such code, or it has ended.
    ///     Invalid: ``id`` is no id (``record_id``).
    ///     StoreError: the store did not change (``store_ignored``).
    ///     Forbidden: the actor is below the help desk.
    fn revoke_code<'py>(
        &self,
        py: Python<'py>,
        actor: &Actor,
        id: Text<'_>,
    ) -> Result<Bound<'py, PyAny>> {
        let id = id_of(py, &id)?;
        self.call(py, |core| core.revoke_code(&actor.0, id))?
            .made(py)
    }

    /// Revokes every code of a user that can still be used. Returns their number, which may
    /// be 0. Call it when a lost token has returned.
    ///
    /// Raises:
    ///     StoreError: the store did not change (``store_ignored``).
    ///     Forbidden: the actor is below the help desk.
    fn revoke_all_codes(&self, py: Python<'_>, actor: &Actor, user: Text<'_>) -> Result<usize> {
        let user = user.named().or_raise(py)?;
        self.call(py, |core| core.revoke_all_codes(&actor.0, user))
    }
}

/// Asks a zone the questions of issuing, to find out whether it fails.
fn try_out(zone: &Zone, policy: &stopgap::OnlinePolicy) -> Result<()> {
    let now = call::now().with_timezone(zone);
    let start = match policy.not_before {
        Some(first) => first.with_timezone(zone),
        None => now,
    };
    // The registry itself checks the years.
    let _ = policy.validity.expires_at(start);
    zone.check()
}

/// Passes copies of the codes to the caller's function.
fn pass(py: Python<'_>, keep: &Function, issued: &[Issued]) -> Result<()> {
    let again = |issued: &Issued| {
        let code = issued.code.reveal();
        let code = stopgap::Code::from_canonical(code.canonical()).or_raise(py)?;
        let record = issued.record.clone();
        Issued { code, record }.made(py)
    };
    let all = issued.iter().map(again).collect::<Result<Vec<_>>>()?;
    keep.done(py, (PyList::new(py, all)?,)).map(drop)
}
