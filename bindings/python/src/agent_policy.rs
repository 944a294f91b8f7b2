//! Policies of agents.

use std::hash::{Hash, Hasher};

use pyo3::{prelude::*, types::PyDict};
use stopgap::offline;

use crate::{
    Result,
    alphabet::Alphabet,
    number::Whole,
    pickle::{Remade, remade_of},
    record,
    throttle::ThrottlePolicy,
};

/// The settings of an agent. The defaults are the protocol's.
///
/// ``alphabet`` is the alphabet of request codes and offline codes; the server must have the
/// same. The request code may have been shown ``window_minutes`` ago, 30.
/// ``diagnose_minutes``, 1,440, is the age up to which a late code is told from a wrong one.
/// Both are at most 65,535. The clock may be set back by ``clock_tolerance_seconds``, 120.
/// ``throttle`` decides on lockouts.
///
/// >>> AgentPolicy(window_minutes=45).window_minutes
/// 45
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct AgentPolicy(pub(crate) offline::AgentPolicy);

impl Hash for AgentPolicy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.alphabet, self.throttle()).hash(state);
        (self.0.window_minutes, self.0.diagnose_minutes).hash(state);
        self.0.clock_tolerance_seconds.hash(state);
    }
}

#[pymethods]
impl AgentPolicy {
    #[new]
    #[pyo3(signature = (
        *,
        alphabet=&Alphabet::UNAMBIGUOUS,
        window_minutes=Whole(offline::AgentPolicy::default().window_minutes),
        diagnose_minutes=Whole(offline::AgentPolicy::default().diagnose_minutes),
        clock_tolerance_seconds=Whole(
            offline::AgentPolicy::default().clock_tolerance_seconds
        ),
        throttle=None,
    ))]
    #[pyo3(
        text_signature = "(*, alphabet=..., window_minutes=..., diagnose_minutes=..., \
        clock_tolerance_seconds=..., throttle=...)"
    )]
    fn new(
        alphabet: &Alphabet,
        window_minutes: Whole<u16>,
        diagnose_minutes: Whole<u16>,
        clock_tolerance_seconds: Whole<u32>,
        throttle: Option<&ThrottlePolicy>,
    ) -> Self {
        Self(offline::AgentPolicy {
            alphabet: alphabet.0,
            window_minutes: window_minutes.0,
            diagnose_minutes: diagnose_minutes.0,
            clock_tolerance_seconds: clock_tolerance_seconds.0,
            throttle: ThrottlePolicy::or_default(throttle),
        })
    }

    /// The symbols of request codes and offline codes.
    #[getter]
    fn alphabet(&self) -> Alphabet {
        Alphabet(self.0.alphabet)
    }

    /// The greatest age of a request code, in minutes.
    #[getter]
    fn window_minutes(&self) -> u16 {
        self.0.window_minutes
    }

    /// The age up to which a late code is told from a wrong one, in minutes.
    #[getter]
    fn diagnose_minutes(&self) -> u16 {
        self.0.diagnose_minutes
    }

    /// The number of seconds by which the clock may be set back.
    #[getter]
    fn clock_tolerance_seconds(&self) -> u32 {
        self.0.clock_tolerance_seconds
    }

    /// The policy of lockouts.
    #[getter]
    fn throttle(&self) -> ThrottlePolicy {
        ThrottlePolicy(self.0.throttle)
    }

    /// Returns plain values, to be stored.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyDict>> {
        record::to_dict(py, &self.0)
    }

    /// Returns the policy of such a dict; missing values are the defaults.
    ///
    /// Raises:
    ///     Invalid: the dict describes no policy.
    #[staticmethod]
    fn from_dict(record: &Bound<'_, PyDict>) -> Result<Self> {
        record::from_dict(record).map(Self)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        Ok(format!(
            "AgentPolicy(alphabet={}, window_minutes={}, diagnose_minutes={}, \
            clock_tolerance_seconds={}, throttle={})",
            self.alphabet().__repr__(py)?,
            self.window_minutes(),
            self.diagnose_minutes(),
            self.clock_tolerance_seconds(),
            self.throttle().__repr__()
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        remade_of(slf, slf.get().to_dict(slf.py())?)
    }
}
