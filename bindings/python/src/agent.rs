//! The machine's side: shows request codes, redeems offline codes once.

use std::{
    process,
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
    thread::{self, ThreadId},
    time::Duration,
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
    fork::Running,
    function::Function,
    key::EnrolmentKey,
    octets::Octets,
    password_only_lock::PasswordOnlyLock,
    request_code::RequestCode,
    text::Text,
    time::{Instant, Local},
    word::Member,
};

/// The machine's side of one enrolment: shows request codes, redeems offline codes once,
/// and knows whether the password-only lock is active.
///
/// ``Agent(key)`` is the agent of an enrolment that was just made. An agent that was used
/// before must :meth:`resume` instead, or it would redeem codes again. Store the state of
/// :meth:`seal` at once, so that a missing state is noticed later.
///
/// Methods that may change an agent take ``keep``, a function that is called with the
/// sealed state, 76 bytes. It must store the state on the machine's disk before the result
/// is used: a code can be redeemed once only if the machine remembers it. After that the
/// result is returned or raised. If ``keep`` raises an exception, this exception is raised
/// instead, but the agent has changed. A code may then have been redeemed, and its lock be
/// inactive until :meth:`log_on` has stored the state. ``keep`` must not use the agent
/// (``RuntimeError``), and must not be a coroutine function (``TypeError``).
///
/// Nothing in a sealed state is secret. An older copy that is put back is *not* noticed, and
/// makes redeemed codes valid again: store it where the machine's users cannot write.
///
/// Threads may share an agent: a thread waits while the ``keep`` of another one runs. A fork
/// copies an agent, and both copies would redeem a code: use it in one of the processes only.
///
/// >>> from datetime import datetime, timezone
/// >>> now = datetime(2026, 11, 21, 15, 0, 42, tzinfo=timezone.utc)
/// >>> key_ring = KeyRing(1, MasterKey.generate())
/// >>> enrolment = Enrolment.first(key_ring, "alice", "LAPTOP-17", now=now)
/// >>> states = []
///
/// On the plane:
///
/// >>> agent = Agent(enrolment.key(key_ring))
/// >>> shown = agent.request_code(now=now)
///
/// At the help desk:
///
/// >>> request = VerifyRequest("alice", shown.text, Purpose.BYPASS)
/// >>> answer = OfflinePolicy().answer(key_ring, [enrolment], request, now=now)
/// >>> read_aloud = answer.code.reveal()
///
/// On the plane:
///
/// >>> lock = agent.redeem(read_aloud, Purpose.BYPASS, now=now, keep=states.append)
/// >>> lock.until.isoformat()
/// '2026-11-22T15:00:00+00:00'
/// >>> agent = Agent.resume(enrolment.key(key_ring), states[-1])
/// >>> agent.redeem(read_aloud, Purpose.BYPASS, now=now, keep=states.append)
/// Traceback (most recent call last):
///     ...
/// stopgap.errors.UsedUp: the code has no use left
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct Agent {
    core: Mutex<offline::Agent>,
    /// The thread whose turn it is.
    owner: Mutex<Option<Owner>>,
}

/// The pause between two tries to use an agent that another thread uses.
const PAUSE: Duration = Duration::from_millis(1);
/// The tries between two looks for signals.
const TRIES: u32 = 50;

/// A thread of a process.
#[derive(Clone, Copy)]
struct Owner {
    process: u32,
    thread: ThreadId,
}

/// A thread's turn with the agent.
struct Turn<'a> {
    owner: &'a Mutex<Option<Owner>>,
    core: MutexGuard<'a, offline::Agent>,
    _running: Running,
}

impl Drop for Turn<'_> {
    // The agent itself is let go after this.
    fn drop(&mut self) {
        *owner(self.owner) = None;
    }
}

fn owner(owner: &Mutex<Option<Owner>>) -> MutexGuard<'_, Option<Owner>> {
    owner.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Copies a key: an agent owns its key.
fn copy(key: &EnrolmentKey) -> stopgap::EnrolmentKey {
    stopgap::EnrolmentKey::from_bytes(*key.0.reveal())
}

impl Agent {
    fn of(agent: offline::Agent, policy: Option<&AgentPolicy>) -> Self {
        let policy = policy.map_or_else(offline::AgentPolicy::default, |policy| policy.0);
        Self {
            core: Mutex::new(agent.with_policy(policy)),
            owner: Mutex::new(None),
        }
    }

    /// Waits for this thread's turn. The exception of a signal handler, such as
    /// `KeyboardInterrupt`, ends the wait.
    fn turn(&self, py: Python<'_>) -> Result<Turn<'_>> {
        let this = Owner {
            process: process::id(),
            thread: thread::current().id(),
        };
        let is_owned = |by: fn(&Owner, &Owner) -> bool| {
            let owner = owner(&self.owner);
            owner.is_some_and(|owner| by(&owner, &this))
        };
        // Only this thread makes itself the owner, so the answer cannot change here.
        if is_owned(|owner, this| owner.thread == this.thread) {
            return Err(PyRuntimeError::new_err(
                "this thread is in the middle of a call of this agent: keep, a time zone or \
                another greenlet must not use the agent",
            ));
        }
        let running = Running::begin(py);
        let mut core = self.core.try_lock();
        for tries in 1_u32.. {
            if !matches!(core, Err(TryLockError::WouldBlock)) {
                break;
            }
            if is_owned(|owner, this| owner.process != this.process) {
                return Err(PyRuntimeError::new_err(
                    "the process was forked while another thread used this agent: resume it \
                    from the stored state",
                ));
            }
            py.detach(|| thread::sleep(PAUSE));
            if tries % TRIES == 0 {
                py.check_signals()?;
            }
            core = self.core.try_lock();
        }
        let core = match core {
            Ok(core) => core,
            Err(TryLockError::Poisoned(core)) => core.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(PyRuntimeError::new_err("the agent is busy"));
            }
        };
        *owner(&self.owner) = Some(this);
        Ok(Turn {
            owner: &self.owner,
            core,
            _running: running,
        })
    }

    /// Acts without the interpreter.
    fn in_turn<T: Send>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut offline::Agent) -> T + Send,
    ) -> Result<T> {
        let mut turn = self.turn(py)?;
        let core: &mut offline::Agent = &mut turn.core;
        Ok(py.detach(|| act(core)))
    }

    /// Takes a step, stores the state with `keep`, and then returns the result. No Rust waits
    /// for `keep` without the interpreter, because it may switch to another greenlet.
    fn step<T: Send>(
        &self,
        py: Python<'_>,
        keep: &Function,
        act: impl FnOnce(&mut offline::Agent) -> Result<Step<'_, T>> + Send,
    ) -> Result<T> {
        let mut turn = self.turn(py)?;
        let core: &mut offline::Agent = &mut turn.core;
        let step = py.detach(|| act(core))?;
        step.keep(|state| {
            let state = PyBytes::new(py, state.as_bytes());
            keep.done(py, (state,)).map(drop)
        })
    }
}

#[pymethods]
impl Agent {
    #[new]
    #[pyo3(signature = (key, *, policy=None))]
    fn new(key: &EnrolmentKey, policy: Option<&AgentPolicy>) -> Self {
        Self::of(offline::Agent::new(copy(key)), policy)
    }

    /// Returns the agent that sealed this state.
    ///
    /// Raises:
    ///     StateError: the state does not open. ``reason`` is ``wrong_length``,
    ///         ``does_not_open`` if it was changed or belongs to another enrolment, or
    ///         ``version`` if a newer Stopgap sealed it. An administrator must decide: a
    ///         new agent would redeem its last codes again.
    #[staticmethod]
    #[pyo3(signature = (key, sealed, *, policy=None))]
    fn resume(
        py: Python<'_>,
        key: &EnrolmentKey,
        sealed: Octets,
        policy: Option<&AgentPolicy>,
    ) -> Result<Self> {
        let sealed = SealedState::from_slice(&sealed).or_raise(py)?;
        let agent = offline::Agent::resume(copy(key), &sealed).or_raise(py)?;
        Ok(Self::of(agent, policy))
    }

    /// Returns the state as it is now: 76 bytes.
    fn seal<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyBytes>> {
        let sealed = self.in_turn(py, |agent| agent.seal())?;
        Ok(PyBytes::new(py, sealed.as_bytes()))
    }

    /// Returns the request code to show now; there is a new one in :func:`seconds_left`
    /// seconds.
    #[pyo3(signature = (*, now))]
    fn request_code(&self, py: Python<'_>, now: Instant) -> Result<RequestCode> {
        self.in_turn(py, |agent| agent.request_code(now.0))
            .map(RequestCode)
    }

    /// Redeems the offline code that a person typed. For ``Purpose.BYPASS``, the
    /// password-only lock becomes active, and is returned; days and the month are counted
    /// on the wall clock of the zone of ``now``. For ``Purpose.RESET``, the password may be
    /// reset now; the lock does not change, and ``None`` is returned. The codes of all
    /// minutes within the window are compared, in constant time.
    ///
    /// The first of these exceptions that applies is raised. Only :class:`Unknown` counts
    /// as a failure.
    ///
    /// Raises:
    ///     Malformed: the text is no offline code.
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
    ) -> Result<Option<PasswordOnlyLock>> {
        let redeemed = self.step(py, &keep, |agent| {
            let zone = now.0.timezone();
            let step = agent.redeem(&typed, purpose.0, now.0);
            match zone.check() {
                Ok(()) => Ok(step),
                // The zone failed, so the decision is void.
                Err(failure) => {
                    step.undo();
                    Err(failure)
                }
            }
        })?;
        Ok(redeemed
            .or_raise(py)?
            .password_only_lock()
            .map(PasswordOnlyLock::from))
    }

    /// Returns the password-only lock if it is active, or ``None``: for display. Nothing
    /// changes, and nothing is stored; when a person logs on, call :meth:`log_on`.
    ///
    /// Raises (the lock is then not active):
    ///     ClockRolledBack: the clock was set back; with ``seen``.
    ///     TimeOutOfRange: the clock is outside the years 1 to 9999.
    #[pyo3(signature = (*, now))]
    fn lock(&self, py: Python<'_>, now: Instant) -> Result<Option<PasswordOnlyLock>> {
        let lock = self.in_turn(py, |agent| agent.lock(now.0))?;
        Ok(lock.or_raise(py)?.map(PasswordOnlyLock::from))
    }

    /// Raises the clock floor, and returns the password-only lock if it is active, or
    /// ``None``: for a person who logs on. ``keep`` is called only if the stored clock floor
    /// lags by a minute or more, if the lock has ended since it was stored, or if an earlier
    /// state was not stored.
    ///
    /// Raises (the lock is then not active):
    ///     ClockRolledBack: the clock was set back; with ``seen``.
    ///     TimeOutOfRange: the clock is outside the years 1 to 9999.
    #[pyo3(signature = (*, now, keep))]
    fn log_on(
        &self,
        py: Python<'_>,
        now: Instant,
        keep: Function,
    ) -> Result<Option<PasswordOnlyLock>> {
        let lock = self.step(py, &keep, |agent| Ok(agent.log_on(now.0)))?;
        Ok(lock.or_raise(py)?.map(PasswordOnlyLock::from))
    }

    /// Activates the lock that the server granted for an online code
    /// (:meth:`Granted.password_only_lock`), if it ends after now and after the active one.
    /// Returns the lock that is active then; ``None`` if both have ended.
    ///
    /// Raises:
    ///     ClockRolledBack: the clock was set back; with ``seen``.
    ///     TimeOutOfRange: the clock or the lock is outside the years 1 to 9999.
    #[pyo3(signature = (lock, *, now, keep))]
    fn activate(
        &self,
        py: Python<'_>,
        lock: &PasswordOnlyLock,
        now: Instant,
        keep: Function,
    ) -> Result<Option<PasswordOnlyLock>> {
        let lock = self.step(py, &keep, |agent| Ok(agent.activate(lock.into(), now.0)))?;
        Ok(lock.or_raise(py)?.map(PasswordOnlyLock::from))
    }

    /// Deactivates the lock. Call it when the lost factor has returned.
    #[pyo3(signature = (*, keep))]
    fn clear_lock(&self, py: Python<'_>, keep: Function) -> Result<()> {
        self.step(py, &keep, |agent| Ok(agent.clear_lock()))
    }

    /// Forgets all failures, and so ends a lockout. An administrator must decide on it.
    #[pyo3(signature = (*, keep))]
    fn unlock(&self, py: Python<'_>, keep: Function) -> Result<()> {
        self.step(py, &keep, |agent| Ok(agent.unlock()))
    }

    fn __repr__(&self) -> &'static str {
        "Agent(..)"
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "an agent holds a key, and cannot be pickled or copied: store seal()",
        ))
    }
}
