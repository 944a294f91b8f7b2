//! The exception for each error of the core and the registry.

use std::fmt::Display;

use chrono::DateTime;
use pyo3::{
    prelude::*,
    types::{IntoPyDict, PyDict},
};
use stopgap::{
    Forbidden, InvalidValue, IssueError, KeyError, LifecycleError, Malformed, Name, NameError,
    Refusal,
    offline::{RequestError, StateError},
};
use stopgap_registry::{Error, ErrorKind, StoreError};

use crate::{
    error::{Raise, Result, at, exception, invalid, random, refused},
    language::Tag,
    once::intern,
    time,
    word::Word,
    zone::Zone,
};

impl Raise for Refusal {
    fn raise(self, py: Python<'_>) -> PyErr {
        match refusal_details(py, &self) {
            Ok(details) => {
                let message = match self {
                    // The class says that it is malformed.
                    Self::Malformed(malformed) => malformed.to_string(),
                    _ => self.to_string(),
                };
                refused(py, self.reason(), &message, Some(&details))
            }
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
        Refusal::InvalidName(error) => name_details(&details, error)?,
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
        Refusal::InvalidIdempotencyKey { found } => details.set_item("found", found)?,
        _ => {}
    }
    Ok(details)
}

fn name_details(details: &Bound<'_, PyDict>, error: NameError) -> Result<()> {
    details.set_item("kind", error.reason())?;
    match error {
        NameError::TooLong { found } => details.set_item("found", found),
        NameError::ControlCharacter { position } | NameError::InvisibleCharacter { position } => {
            details.set_item("position", position)
        }
        _ => Ok(()),
    }
}

// Outside verification the person at the screen may know what is wrong with the name.
impl Raise for NameError {
    fn raise(self, py: Python<'_>) -> PyErr {
        let details = PyDict::new(py);
        match name_details(&details, self) {
            Ok(()) => refused(py, "invalid_name", &self.to_string(), Some(&details)),
            Err(error) => error,
        }
    }
}

impl Raise for InvalidValue {
    fn raise(self, py: Python<'_>) -> PyErr {
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let details = match self {
            Self::TimeOutOfRange => return Refusal::TimeOutOfRange.raise(py),
            Self::WrongCount { found } | Self::DescriptionTooLong { found } => {
                vec![("found", found)]
            }
            Self::LowerCase { position }
            | Self::NotASymbol { position }
            | Self::Repeated { position }
            | Self::DescriptionControl { position } => vec![("position", position)],
            Self::Length { found } | Self::CheckedLength { found } => {
                vec![("found", found.into())]
            }
            Self::Days { found } | Self::Months { found } | Self::Minutes { found } => {
                vec![("found", number(found))]
            }
            Self::Bytes { expected, found } => vec![("expected", expected), ("found", found)],
            Self::Scope { index } => vec![("index", index)],
            _ => vec![],
        };
        invalid_with(py, self.reason(), &self, details)
    }
}

/// Makes an `Invalid` with numbers.
fn invalid_with(
    py: Python<'_>,
    reason: &str,
    error: &impl Display,
    details: impl IntoIterator<Item = (&'static str, usize)>,
) -> PyErr {
    let details: Vec<_> = details.into_iter().collect();
    match details.into_py_dict(py) {
        Ok(details) => exception(py, "Invalid", reason, &error.to_string(), Some(&details)),
        Err(error) => error,
    }
}

/// Returns the sentence for the person of a refusal, on the wall clock of a zone and in a
/// language. A sentence that is not that of the core is returned as it is, except for a
/// lockout, whose time depends on the zone.
#[pyfunction]
#[pyo3(name = "_public_message")]
pub(crate) fn public_message(
    refused: &Bound<'_, PyAny>,
    zone: &Bound<'_, PyAny>,
    language: Tag,
) -> Result<String> {
    let zone = Zone::of(zone)?;
    let written: String = refused.getattr("public_message")?.extract()?;
    let Some(refusal) = refusal_of(refused)? else {
        return Ok(written);
    };
    let is_lockout = matches!(refusal, Refusal::Throttled { .. });
    if !is_lockout && written != refusal.public_message().to_string() {
        return Ok(written);
    }
    let message = refusal.public_message_in(&zone).in_language(language.0);
    let message = message.to_string();
    zone.check()?;
    Ok(message)
}

/// Returns a refusal whose sentence is that of an exception; `None` if details are missing.
fn refusal_of(refused: &Bound<'_, PyAny>) -> Result<Option<Refusal>> {
    let word = |name| -> Option<String> { refused.getattr(name).ok()?.extract().ok() };
    let number = |name| -> Option<usize> { refused.getattr(name).ok()?.extract().ok() };
    let malformed = || {
        Some(match word("kind")?.as_str() {
            "too_long" => Malformed::TooLong,
            "unexpected_symbol" => Malformed::UnexpectedSymbol {
                position: number("position")?,
            },
            "wrong_length" => Malformed::WrongLength {
                expected: number("expected")?,
                found: number("found")?,
            },
            "check_failed" => Malformed::CheckFailed,
            _ => return None,
        })
    };
    Ok(match word("reason").unwrap_or_default().as_str() {
        "malformed" => malformed().map(Refusal::from),
        "expired" => Some(Refusal::Expired {
            expired_at: DateTime::UNIX_EPOCH,
        }),
        "used_up" => Some(Refusal::UsedUp),
        "throttled" => {
            let until: Option<time::Instant> = refused.getattr("retry_at")?.extract()?;
            let until = until.map(|until| until.0);
            Some(Refusal::Throttled { until })
        }
        "clock_rolled_back" | "time_out_of_range" => Some(Refusal::TimeOutOfRange),
        // The others have one sentence.
        _ => Some(Refusal::Unknown),
    })
}

impl Raise for Malformed {
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

impl Raise for RequestError {
    fn raise(self, py: Python<'_>) -> PyErr {
        match &self {
            Self::InvalidName(error) => error.raise(py),
            Self::InvalidValue(error) => error.raise(py),
            Self::Malformed(malformed) => malformed.raise(py),
            Self::WrongPurpose => Refusal::WrongPurpose.raise(py),
            Self::Record(refusal) => refusal.raise(py),
            Self::ClockSkew {
                index,
                machine,
                minutes,
            } => {
                let told = || -> Result<_> {
                    let details = PyDict::new(py);
                    details.set_item("index", index)?;
                    details.set_item("machine", machine.as_ref().map(Name::as_str))?;
                    details.set_item("minutes", minutes)?;
                    Ok(details)
                };
                match told() {
                    Ok(details) => refused(py, self.reason(), &self.to_string(), Some(&details)),
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

impl Raise for LifecycleError {
    fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Forbidden(forbidden) => forbidden.raise(py),
            Self::InvalidValue(error) => error.raise(py),
            Self::Record(refusal) => refusal.raise(py),
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

impl Raise for KeyError {
    fn raise(self, py: Python<'_>) -> PyErr {
        let details = match self {
            Self::Missing { id } => return Refusal::KeyMissing { id }.raise(py),
            Self::Duplicate { .. } => return refused(py, "key_exists", &self.to_string(), None),
            Self::Primary { .. } => return refused(py, "primary_key", &self.to_string(), None),
            Self::WrongLength { found } | Self::WrongHexLength { found } => {
                vec![("found", found)]
            }
            _ => vec![],
        };
        invalid_with(py, "invalid_key", &self, details)
    }
}

impl<E: Raise + Display> Raise for IssueError<E> {
    fn raise(self, py: Python<'_>) -> PyErr {
        match self {
            Self::InvalidName(error) => error.raise(py),
            Self::InvalidValue(error) => error.raise(py),
            Self::Forbidden(forbidden) => forbidden.raise(py),
            Self::Lifecycle(error) => error.raise(py),
            Self::Random(random) => random.raise(py),
            _ => invalid(py, self.reason(), &self),
        }
    }
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
            Self::Request(error) => error.raise(py),
            Self::Lifecycle(error) => error.raise(py),
            Self::InvalidName(error) => error.raise(py),
            Self::InvalidValue(error) => error.raise(py),
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
            Self::ClockDiffers { seconds } => {
                let details = PyDict::new(py);
                match details.set_item("seconds", seconds) {
                    Ok(()) => {
                        let message = self.to_string();
                        exception(py, "StoreError", self.reason(), &message, Some(&details))
                    }
                    Err(error) => error,
                }
            }
            Self::LogRetention { days } => {
                let days = usize::try_from(days).unwrap_or(usize::MAX);
                invalid_with(py, self.reason(), &self, [("expected", days)])
            }
            _ => match self.kind() {
                ErrorKind::Refused => refused(py, self.reason(), &self.to_string(), None),
                ErrorKind::Invalid => invalid(py, self.reason(), &self),
                ErrorKind::Store => {
                    exception(py, "StoreError", self.reason(), &self.to_string(), None)
                }
            },
        }
    }
}
