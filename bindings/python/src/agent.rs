//! The machine's side: shows request codes, redeems offline codes once.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread::{self, ThreadId},
};

use pyo3::{
    exceptions::{PyRuntimeError, PyTypeError},
    prelude::*,
    types::PyBytes,
};
use stopgap::{
    Purpose,
    offline::{self, SealedState, Step},
};

use crate::{
    Result,
    agent_policy::AgentPolicy,
    error::OrRaise,
    function::Function,
    key::EnrolmentKey,
    lock::Lock,
    octets::Octets,
    request_code::RequestCode,
    text::Text,
    time::{Instant, Local},
    word::Member,
};

/// The machine's side of one enrolment: shows request codes, redeems offline codes once,
/// and knows whether the temporary password-only lock is open.
///
/// ``Agent(key)`` is the agent of an enrolment that was just made. One that was used
/// before must :meth:`resume` instead, or it would redeem codes again: keep its state at
/// once, from :meth:`seal`, so that a state which is missing later is seen to be lost.
///
/// Whatever may change an agent takes ``keep``, a function that is called with the sealed
/// state, 76 bytes, and puts it safely on the machine's disk before anyone acts on what
/// was decided: a code is good once only if its machine remembers. Only then the result
/// is returned or raised. Where ``keep`` raises, that comes out and nothing else does:
/// the decision is lost, but the agent has made it. A code may then be spent and its lock
/// not be open until :meth:`lock` has kept the state and says so. ``keep`` must not use
/// the agent (``RuntimeError``), and must do its work before it returns: where it gives
/// something to await, that is as if it had raised a ``TypeError``.
///
/// Nothing in a sealed state is secret. An older copy put back is *not* noticed, and
/// brings redeemed codes back to life: keep it where the machine's users cannot write.
///
/// Safe from many threads, one at a time: a thread waits while another one's ``keep``
/// runs.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc)
/// >>> ring = KeyRing(1, MasterKey.generate())
/// >>> enrolment = Enrolment.first(ring, "alice", "LAPTOP-17")
/// >>> states = []
///
/// On the plane:
///
/// >>> agent = Agent(enrolment.key(ring))
/// >>> shown = agent.request_code(now=now)
///
/// At the help desk:
///
/// >>> answer = OfflinePolicy().answer(
/// ...     ring, "alice", [enrolment], shown.text, Purpose.BYPASS, now=now
/// ... )
/// >>> read_aloud = answer.code.reveal()
///
/// On the plane:
///
/// >>> lock = agent.redeem(read_aloud, Purpose.BYPASS, now=now, keep=states.append)
/// >>> lock.until.isoformat()
/// '2026-11-22T15:00:00+00:00'
/// >>> agent = Agent.resume(enrolment.key(ring), states[-1])
/// >>> agent.redeem(read_aloud, Purpose.BYPASS, now=now, keep=states.append)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.UsedUp: the code has been used up
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Agent {
    key: Py<EnrolmentKey>,
    policy: offline::AgentPolicy,
    core: Mutex<offline::Agent>,
    /// Whose turn it is with the agent.
    owner: Mutex<Option<ThreadId>>,
}

/// A thread's turn with the agent.
struct Turn<'a> {
    owner: &'a Mutex<Option<ThreadId>>,
    core: MutexGuard<'a, offline::Agent>,
}

impl Drop for Turn<'_> {
    // The agent itself is let go after this.
    fn drop(&mut self) {
        *owner(self.owner) = None;
    }
}

fn owner(owner: &Mutex<Option<ThreadId>>) -> MutexGuard<'_, Option<ThreadId>> {
    owner.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A copy, since an agent has a key of its own.
fn copy(key: &Py<EnrolmentKey>) -> stopgap::EnrolmentKey {
    stopgap::EnrolmentKey::from_bytes(*key.get().0.reveal())
}

impl Agent {
    fn of(key: Py<EnrolmentKey>, agent: offline::Agent, policy: Option<&AgentPolicy>) -> Self {
        let policy = policy.map_or_else(offline::AgentPolicy::default, |policy| policy.0);
        Self {
            key,
            policy,
            core: Mutex::new(agent.with_policy(policy)),
            owner: Mutex::new(None),
        }
    }

    /// Does something in this thread's turn, which it waits for, without the interpreter.
    fn in_turn<T: Send>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut offline::Agent) -> T + Send,
    ) -> Result<T> {
        let this = thread::current().id();
        // Only this thread makes itself the owner, so this cannot change meanwhile.
        if *owner(&self.owner) == Some(this) {
            return Err(PyRuntimeError::new_err(
                "this thread is in the middle of a call of this agent: keep, or a time \
                zone, must not use the agent",
            ));
        }
        Ok(py.detach(|| {
            let mut turn = Turn {
                core: self.core.lock().unwrap_or_else(PoisonError::into_inner),
                owner: &self.owner,
            };
            *owner(turn.owner) = Some(this);
            act(&mut turn.core)
        }))
    }

    /// Takes a step, keeps the state by `keep`, and only then gives the result.
    fn step<T: Send>(
        &self,
        py: Python<'_>,
        keep: &Function,
        act: impl FnOnce(&mut offline::Agent) -> Result<Step<T>> + Send,
    ) -> Result<T> {
        self.in_turn(py, |agent| {
            act(agent)?.keep(|state| {
                Python::attach(|py| {
                    let state = PyBytes::new(py, state.as_bytes());
                    keep.done(py, (state,)).map(drop)
                })
            })
        })?
    }
}

#[pymethods]
impl Agent {
    #[new]
    #[pyo3(signature = (key, *, policy=None))]
    fn new(key: Py<EnrolmentKey>, policy: Option<&AgentPolicy>) -> Self {
        let agent = offline::Agent::new(copy(&key));
        Self::of(key, agent, policy)
    }

    /// The agent as it was when it sealed this state.
    ///
    /// Raises:
    ///     StateError: it does not open; ``reason`` is ``wrong_length``,
    ///         ``does_not_open`` where it was changed or is another enrolment's, or
    ///         ``version`` where a newer Stopgap sealed it. What to do is for an
    ///         administrator to say: an agent that starts afresh instead would redeem
    ///         its last codes again.
    #[staticmethod]
    #[pyo3(signature = (key, sealed, *, policy=None))]
    fn resume(
        py: Python<'_>,
        key: Py<EnrolmentKey>,
        sealed: Octets,
        policy: Option<&AgentPolicy>,
    ) -> Result<Self> {
        let sealed = SealedState::from_slice(&sealed).or_raise(py)?;
        let agent = offline::Agent::resume(copy(&key), &sealed).or_raise(py)?;
        Ok(Self::of(key, agent, policy))
    }

    /// The state to keep, as the last call gave it to ``keep``: 76 bytes.
    fn seal<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyBytes>> {
        let sealed = self.in_turn(py, |agent| agent.seal())?;
        Ok(PyBytes::new(py, sealed.as_bytes()))
    }

    /// The request code to show now; another one in :func:`seconds_left` seconds.
    #[pyo3(signature = (*, now))]
    fn request_code(&self, py: Python<'_>, now: Instant) -> Result<RequestCode> {
        self.in_turn(py, |agent| agent.request_code(now.0))
            .map(RequestCode)
    }

    /// Redeems the offline code that a person typed: opens the lock, on the wall clock of
    /// the zone that ``now`` is in. The codes of all minutes within the window are
    /// compared, in constant time.
    ///
    /// Raises the first that holds of these, and only :class:`Unknown` counts as a
    /// failure.
    ///
    /// Raises:
    ///     Malformed: what was typed is not an offline code.
    ///     WrongPurpose: registration needs the server.
    ///     TimeOutOfRange: the clock, or the end of the lock, is outside the years 1 to
    ///         9999.
    ///     ClockRolledBack: the clock was set back; with ``seen``.
    ///     Throttled: too many failures; with ``retry_at``.
    ///     UsedUp: the code, or that of a later minute, was redeemed.
    ///     Expired: its request code was shown too long ago.
    ///     Unknown: no such code.
    #[pyo3(signature = (typed, purpose, *, now, keep))]
    fn redeem(
        &self,
        py: Python<'_>,
        typed: Text<'_>,
        purpose: Member<Purpose>,
        now: Local,
        keep: Function,
    ) -> Result<Lock> {
        let lock = self.step(py, &keep, |agent| {
            let zone = now.0.timezone();
            let before = agent.seal();
            let step = agent.redeem(&typed, purpose.0, now.0);
            zone.check().map(|()| step).inspect_err(|_| {
                // Decided by a wall clock that nobody told: as if nothing was.
                if let Ok(again) = offline::Agent::resume(copy(&self.key), &before) {
                    *agent = again.with_policy(self.policy);
                }
            })
        })?;
        lock.map(Lock::from).or_raise(py)
    }

    /// The lock that is open, or ``None``.
    ///
    /// Raises, for then it is not open:
    ///     ClockRolledBack: the clock was set back; with ``seen``.
    ///     TimeOutOfRange: it is outside the years 1 to 9999.
    #[pyo3(signature = (*, now, keep))]
    fn lock(&self, py: Python<'_>, now: Instant, keep: Function) -> Result<Option<Lock>> {
        let lock = self.step(py, &keep, |agent| Ok(agent.lock(now.0)))?;
        Ok(lock.or_raise(py)?.map(Lock::from))
    }

    /// Opens the lock that the server granted for an online code
    /// (:meth:`Granted.lock`). One that is open already, and ends later, stays.
    ///
    /// Raises:
    ///     Expired: it has ended; with ``expired_at``.
    ///     ClockRolledBack: the clock was set back; with ``seen``.
    ///     TimeOutOfRange: the clock or the lock is outside the years 1 to 9999.
    #[pyo3(signature = (lock, *, now, keep))]
    fn open_lock(&self, py: Python<'_>, lock: &Lock, now: Instant, keep: Function) -> Result<()> {
        let lock = self.step(py, &keep, |agent| Ok(agent.open_lock(lock.into(), now.0)))?;
        lock.map(drop).or_raise(py)
    }

    /// Clears the lock: the lost factor came back.
    #[pyo3(signature = (*, keep))]
    fn clear_lock(&self, py: Python<'_>, keep: Function) -> Result<()> {
        self.step(py, &keep, |agent| Ok(agent.clear_lock()))
    }

    /// Forgets all failures: an administrator opens the door.
    #[pyo3(signature = (*, keep))]
    fn reset_throttle(&self, py: Python<'_>, keep: Function) -> Result<()> {
        self.step(py, &keep, |agent| Ok(agent.reset_throttle()))
    }

    fn __repr__(&self) -> &'static str {
        "Agent(..)"
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "an agent holds a key, and is not pickled or copied; keep what it seal()s",
        ))
    }
}
