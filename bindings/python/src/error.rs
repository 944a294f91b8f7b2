//! Errors, as the exceptions of `stopgap.errors`: the one place where they are made.

use std::fmt::Display;

use pyo3::{
    intern,
    prelude::*,
    sync::PyOnceLock,
    types::{IntoPyDict, PyDict, PyTzInfo},
};
use stopgap::{
    AlphabetError, CreateError, DescriptionError, EncodeError, Forbidden, IssueError, KeyError,
    KeyMissing, KeyRingError, LengthError, LifeError, Malformed, NameError, PolicyError, Refusal,
    ValidityError, YearOutOfRange,
    offline::{AnswerError, GenerationsExhausted, LocateError, StateError},
};
use stopgap_registry::{Error, RandomError, RecordIdError, StoreError};

use crate::{time, word::Word, zone::Zone};

/// pyo3's `PyResult`, by the name that `cargo xtask mutants` knows how to change.
pub(crate) type Result<T, E = PyErr> = std::result::Result<T, E>;

/// An error of the core or the registry that Python sees as an exception.
pub(crate) trait Raise {
    fn raise(self, py: Python<'_>) -> PyErr;
}

/// `?` for results of the core and the registry.
pub(crate) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> Result<T>;
}

impl<T, E: Raise> OrRaise<T> for Result<T, E> {
    fn or_raise(self, py: Python<'_>) -> Result<T> {
        self.map_err(|error| error.raise(py))
    }
}

/// `stopgap.errors`.
fn errors(py: Python<'_>) -> Result<&Bound<'_, PyModule>> {
    static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let import = || PyModule::import(py, "stopgap.errors").map(Bound::unbind);
    Ok(ERRORS.get_or_try_init(py, import)?.bind(py))
}

/// An exception of a class that needs no more than this; a failure to make it is
/// raised in its place.
pub(crate) fn exception(
    py: Python<'_>,
    class: &str,
    reason: &str,
    message: &str,
    details: Option<&Bound<'_, PyDict>>,
) -> PyErr {
    let make = || -> Result<PyErr> {
        let details = details.map_or_else(|| PyDict::new(py), Clone::clone);
        details.set_item(intern!(py, "reason"), reason)?;
        let class = errors(py)?.getattr(class)?;
        Ok(PyErr::from_value(class.call((message,), Some(&details))?))
    };
    make().unwrap_or_else(|error| error)
}

/// `Invalid`: what was asked for makes no sense.
pub(crate) fn invalid(py: Python<'_>, reason: &str, error: &impl ToString) -> PyErr {
    exception(py, "Invalid", reason, &error.to_string(), None)
}

/// An error with its `index`, where it is one of ours.
pub(crate) fn at(py: Python<'_>, index: usize, error: PyErr) -> PyErr {
    let tell = || -> Result<()> {
        let base = errors(py)?.getattr(intern!(py, "StopgapError"))?;
        if error.is_instance(py, &base) {
            error.value(py).setattr(intern!(py, "index"), index)?;
        }
        Ok(())
    };
    tell().err().unwrap_or(error)
}

/// Whether what was raised is `Unknown`, the one refusal that counts as a failure.
pub(crate) fn is_unknown(py: Python<'_>, raised: &PyErr) -> bool {
    let class = errors(py).and_then(|errors| errors.getattr(intern!(py, "Unknown")));
    class.is_ok_and(|class| raised.is_instance(py, &class))
}

/// A subclass of `Refused`, by its reason.
pub(crate) fn refused(
    py: Python<'_>,
    reason: &str,
    message: &str,
    details: Option<&Bound<'_, PyDict>>,
) -> PyErr {
    let make = || -> Result<PyErr> {
        let details = details.map_or_else(|| PyDict::new(py), Clone::clone);
        let make = errors(py)?.getattr(intern!(py, "_refused"))?;
        Ok(PyErr::from_value(make.call1((reason, message, details))?))
    };
    make().unwrap_or_else(|error| error)
}

impl Raise for Refusal {
    fn raise(self, py: Python<'_>) -> PyErr {
        match refusal_details(py, &self) {
            Ok(details) => refused(py, self.reason(), &self.to_string(), Some(&details)),
            Err(error) => error,
        }
    }
}

fn refusal_details<'py>(py: Python<'py>, refusal: &Refusal) -> Result<Bound<'py, PyDict>> {
    let details = PyDict::new(py);
    let public = refusal.public_message().to_string();
    details.set_item(intern!(py, "public_message"), public)?;
    let instant = |name: &str, instant| details.set_item(name, time::utc(py, instant)?);
    match *refusal {
        Refusal::Malformed(malformed) => {
            details.set_item("kind", malformed.reason())?;
            match malformed {
                Malformed::UnexpectedSymbol { position } => {
                    details.set_item("position", position)?;
                }
                Malformed::WrongLength { expected, found } => {
                    details.set_item("expected", expected)?;
                    details.set_item("found", found)?;
                }
                _ => {}
            }
        }
        Refusal::Revoked { revoked_at } => instant("revoked_at", revoked_at)?,
        Refusal::NotYetValid { not_before } => {
            instant("not_before", not_before)?;
            instant("retry_at", not_before)?;
        }
        Refusal::Expired { expired_at } => instant("expired_at", expired_at)?,
        Refusal::Throttled { until: Some(until) } => instant("retry_at", until)?,
        Refusal::ClockRolledBack { seen } => instant("seen", seen)?,
        Refusal::KeyMissing { id } => details.set_item("key_id", id.0)?,
        _ => {}
    }
    Ok(details)
}

/// The sentence of a closed door, on the wall clock of a zone.
#[pyfunction]
#[pyo3(name = "_throttled_message")]
pub(crate) fn throttled_message(
    until: Option<time::Instant>,
    zone: &Bound<'_, PyTzInfo>,
) -> Result<String> {
    let zone = Zone::of(zone)?;
    let until = until.map(|until| until.0);
    let message = Refusal::Throttled { until }.public_message_in(&zone);
    let message = message.to_string();
    zone.check()?;
    Ok(message)
}

impl Raise for Malformed {
    fn raise(self, py: Python<'_>) -> PyErr {
        Refusal::from(self).raise(py)
    }
}

impl Raise for KeyMissing {
    fn raise(self, py: Python<'_>) -> PyErr {
        Refusal::from(self).raise(py)
    }
}

impl Raise for YearOutOfRange {
    fn raise(self, py: Python<'_>) -> PyErr {
        Refusal::from(self).raise(py)
    }
}

impl Raise for Forbidden {
    fn raise(self, py: Python<'_>) -> PyErr {
        let words = || -> Result<_> {
            [
                ("role", self.role.member(py)?),
                ("action", self.action.member(py)?),
            ]
            .into_py_dict(py)
        };
        match words() {
            Ok(details) => exception(
                py,
                "Forbidden",
                "forbidden",
                &self.to_string(),
                Some(&details),
            ),
            Err(error) => error,
        }
    }
}

impl Raise for AnswerError {
    fn raise(self, py: Python<'_>) -> PyErr {
        match &self {
            Self::Malformed(malformed) => malformed.raise(py),
            Self::WrongPurpose => Refusal::WrongPurpose.raise(py),
            Self::KeyMissing(missing) => missing.raise(py),
            Self::Time(time) => time.raise(py),
            Self::ClockSkew { machine, minutes } => {
                let details = PyDict::new(py);
                let told = details
                    .set_item("machine", machine.as_str())
                    .and_then(|()| details.set_item("minutes", minutes));
                match told {
                    Ok(()) => refused(py, self.reason(), &self.to_string(), Some(&details)),
                    Err(error) => error,
                }
            }
            _ => refused(py, self.reason(), &self.to_string(), None),
        }
    }
}

impl Raise for LocateError {
    fn raise(self, py: Python<'_>) -> PyErr {
        match &self {
            Self::Malformed(malformed) => malformed.raise(py),
            Self::ClockSkew { index, minutes } => {
                let details = PyDict::new(py);
                let told = details
                    .set_item("index", index)
                    .and_then(|()| details.set_item("minutes", minutes));
                match told {
                    Ok(()) => refused(py, self.reason(), &self.to_string(), Some(&details)),
                    Err(error) => error,
                }
            }
            _ => refused(py, self.reason(), &self.to_string(), None),
        }
    }
}

impl Raise for StateError {
    fn raise(self, py: Python<'_>) -> PyErr {
        exception(py, "StateError", self.reason(), &self.to_string(), None)
    }
}

impl Raise for GenerationsExhausted {
    fn raise(self, py: Python<'_>) -> PyErr {
        refused(py, "generations_exhausted", &self.to_string(), None)
    }
}

impl Raise for LifeError {
    fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Forbidden(forbidden) => forbidden.raise(py),
            Self::Description(description) => description.raise(py),
            Self::Time(time) => time.raise(py),
            Self::Expired { expired_at } => {
                let details = PyDict::new(py);
                let told = time::utc(py, expired_at)
                    .and_then(|expired_at| details.set_item("expired_at", expired_at));
                match told {
                    Ok(()) => refused(py, self.reason(), &self.to_string(), Some(&details)),
                    Err(error) => error,
                }
            }
            _ => refused(py, self.reason(), &self.to_string(), None),
        }
    }
}

impl Raise for KeyRingError {
    fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Missing(missing) => missing.raise(py),
            Self::Duplicate { .. } => refused(py, "key_exists", &self.to_string(), None),
            Self::Newest { .. } => refused(py, "key_issues", &self.to_string(), None),
            _ => refused(py, "key_ring", &self.to_string(), None),
        }
    }
}

impl<E: Raise + Display> Raise for IssueError<E> {
    fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Time(time) => time.raise(py),
            Self::Random(random) => random.raise(py),
            _ => invalid(py, self.reason(), &self),
        }
    }
}

impl<E: Raise + Display> Raise for CreateError<E> {
    fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Forbidden(forbidden) => forbidden.raise(py),
            Self::Time(time) => time.raise(py),
            Self::Random(random) => random.raise(py),
            _ => invalid(py, self.reason(), &self),
        }
    }
}

/// The operating system has no random numbers.
pub(crate) fn random(py: Python<'_>, failure: RandomError) -> PyErr {
    let message = format!("no random numbers: {failure}");
    exception(py, "StoreError", "random", &message, None)
}

impl Raise for StoreError {
    fn raise(self, py: Python<'_>) -> PyErr {
        exception(py, "StoreError", self.reason(), &self.to_string(), None)
    }
}

impl Raise for Error {
    fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Refused(refusal) => refusal.raise(py),
            Self::Forbidden(forbidden) => forbidden.raise(py),
            Self::Answer(error) => error.raise(py),
            Self::Life(error) => error.raise(py),
            Self::Name(error) => error.raise(py),
            Self::Description(error) => error.raise(py),
            Self::Key(error) => error.raise(py),
            Self::Random(failure) => random(py, failure),
            Self::Store(error) => error.raise(py),
            Self::Batch { index, source } => at(py, index, source.raise(py)),
            Self::KeyInUse { id } => {
                let details = PyDict::new(py);
                match details.set_item("key_id", id.0) {
                    Ok(()) => refused(py, self.reason(), &self.to_string(), Some(&details)),
                    Err(error) => error,
                }
            }
            Self::AttemptReused | Self::Issue(_) | Self::Create(_) => {
                invalid(py, self.reason(), &self)
            }
            Self::NotKept(_) | Self::KeyRetired { .. } | Self::WrongKey { .. } => {
                exception(py, "StoreError", self.reason(), &self.to_string(), None)
            }
            _ => refused(py, self.reason(), &self.to_string(), None),
        }
    }
}

macro_rules! invalid {
    ($($error:ty = $reason:literal,)*) => {
        $(impl Raise for $error {
            fn raise(self, py: Python<'_>) -> PyErr {
                invalid(py, $reason, &self)
            }
        })*
    };
}

invalid! {
    AlphabetError = "alphabet",
    DescriptionError = "description",
    EncodeError = "length",
    KeyError = "key",
    LengthError = "length",
    NameError = "name",
    PolicyError = "policy",
    RecordIdError = "record_id",
    ValidityError = "validity",
}
