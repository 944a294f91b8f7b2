//! The results of a registry, as the records of `stopgap.records`.

use std::sync::OnceLock;

use chrono::{DateTime, SecondsFormat, Utc};
use pyo3::{
    prelude::*,
    types::{PyDict, PyList, PyTuple},
};
use stopgap::{KeyId, Name, RecordId, offline::Enrolment};
use stopgap_registry::{
    Answered, Authenticated, CodeRecord, Compromised, CreatedSecurityCode, Deletion, Enrolled,
    Event, Granted, Issued, KeyRecord, Purged, RotatedSecurityCode, SecurityRecord,
};

use crate::{
    Result,
    access::Access,
    code::Code,
    context::Context,
    error::{self, OrRaise},
    key::EnrolmentKey,
    number::Whole,
    once::{intern, once},
    purposes::{Purposes, frozenset},
    scopes::Scopes,
    security_format::SecurityText,
    text::Text,
    time::{Instant, utc, utc_or_none},
    validity::Validity,
    word::{Word, lifecycle_state},
};

/// A result that is a record in Python.
pub(super) trait Made {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>>;
}

/// Makes a record of a class from its fields in their order.
///
/// The constructor of a frozen dataclass takes longer than everything else here, so the
/// fields are written into the instance's dict.
fn make<'py>(
    py: Python<'py>,
    class: &str,
    fields: impl IntoPyObject<'py, Target = PyTuple, Output = Bound<'py, PyTuple>, Error = PyErr>,
) -> Result<Bound<'py, PyAny>> {
    static CLASSES: OnceLock<Py<PyDict>> = OnceLock::new();
    static NEW: OnceLock<Py<PyAny>> = OnceLock::new();
    let classes = || -> Result<Py<PyDict>> {
        let records = PyModule::import(py, "stopgap.records")?;
        Ok(records.getattr("_CLASSES")?.cast_into::<PyDict>()?.unbind())
    };
    let classes = once(&CLASSES, classes)?.bind(py);
    let class = classes.as_any().get_item(class)?;
    let (class, names): (Bound<'_, PyAny>, Bound<'_, PyTuple>) = class.extract()?;
    let new = || -> Result<Py<PyAny>> {
        let object = PyModule::import(py, "builtins")?.getattr("object")?;
        Ok(object.getattr("__new__")?.unbind())
    };
    let record = once(&NEW, new)?.bind(py).call1((class,))?;
    let values = record.getattr(intern!(py, "__dict__"))?;
    let values = values.cast::<PyDict>()?;
    for (name, value) in names.iter().zip(fields.into_pyobject(py)?.iter()) {
        values.set_item(name, value)?;
    }
    Ok(record)
}

/// Makes a list of records.
pub(super) fn list_of(py: Python<'_>, records: Vec<impl Made>) -> Result<Bound<'_, PyList>> {
    let records = records.into_iter().map(|record| record.made(py));
    PyList::new(py, records.collect::<Result<Vec<_>>>()?)
}

impl Made for Issued {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        make(py, "Issued", (Code(self.code), self.record.made(py)?))
    }
}

impl Made for CodeRecord {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (
            self.id.to_string(),
            self.user.as_str(),
            self.number,
            self.key_id.0,
            frozenset(py, self.purposes)?,
            utc_or_none(py, self.not_before)?,
            utc(py, self.expires_at)?,
            self.max_uses,
            self.uses,
            utc_or_none(py, self.revoked_at)?,
        );
        make(py, "CodeRecord", fields)
    }
}

impl Made for Granted {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (
            self.id.to_string(),
            self.user.as_str(),
            self.purpose.member(py)?,
            utc(py, self.expires_at)?,
            self.uses_left,
            self.replayed,
        );
        make(py, "Verified", fields)
    }
}

impl Made for Enrolled {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (self.enrolment.made(py)?, EnrolmentKey(self.key));
        make(py, "Enrolled", fields)
    }
}

impl Made for Enrolment {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (
            self.key_id.0,
            self.user.as_str(),
            self.machine.as_str(),
            self.generation,
            utc(py, self.enrolled_at)?,
            utc_or_none(py, self.retired_at)?,
        );
        make(py, "EnrolmentRecord", fields)
    }
}

impl Made for Answered {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (
            Code(self.code),
            self.machine.as_str(),
            self.purpose.member(py)?,
            Validity(self.validity),
            self.minute,
            utc_or_none(py, self.expires_at)?,
            self.late,
        );
        make(py, "Answered", fields)
    }
}

impl Made for CreatedSecurityCode {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (SecurityText(self.code), self.record.made(py)?);
        make(py, "CreatedSecurityCode", fields)
    }
}

impl Made for RotatedSecurityCode {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (
            SecurityText(self.code),
            self.record.made(py)?,
            self.replaced.made(py)?,
        );
        make(py, "RotatedSecurityCode", fields)
    }
}

impl Made for SecurityRecord {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let created_at = utc(py, self.created_at())?;
        let expires_at = utc_or_none(py, self.expires_at())?;
        let fields = (
            self.id.to_string(),
            self.key_id.0,
            Access(self.access),
            Scopes(self.scopes),
            self.description,
            created_at,
            lifecycle_state(py, &self.state)?,
            expires_at,
            utc_or_none(py, self.last_used_at)?,
            self.replaces.map(|id| id.to_string()),
        );
        make(py, "SecurityRecord", fields)
    }
}

impl Made for Deletion {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        make(py, "Deletion", (self.record.made(py)?, self.confirmation))
    }
}

impl Made for Authenticated {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (
            self.id.to_string(),
            self.role.member(py)?,
            self.user.as_ref().map(Name::as_str),
            self.limited,
            Scopes(self.scopes),
        );
        make(py, "Authenticated", fields)
    }
}

impl Made for KeyRecord {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (
            self.id.0,
            self.primary,
            self.present,
            self.needed,
            self.compromised,
            utc(py, self.added_at)?,
            utc_or_none(py, self.retired_at)?,
        );
        make(py, "KeyRecord", fields)
    }
}

impl Made for Compromised {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (
            list_of(py, self.codes)?.to_tuple(),
            list_of(py, self.security_codes)?.to_tuple(),
            list_of(py, self.machines)?.to_tuple(),
            PyTuple::new(py, self.presets.iter().map(Name::as_str))?,
        );
        make(py, "Compromised", fields)
    }
}

impl Made for Event {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let at = utc(py, self.at())?;
        let fields = (
            self.id.to_string(),
            at,
            self.actor.as_str(),
            self.role.member(py)?,
            self.on_behalf_of.as_ref().map(Name::as_str),
            self.kind.member(py)?,
            self.count,
            self.user.as_ref().map(Name::as_str),
            self.subject,
            self.detail,
            self.reason,
            self.context.map(Context::from),
        );
        make(py, "Event", fields)
    }
}

impl Made for Purged {
    fn made(self, py: Python<'_>) -> Result<Bound<'_, PyAny>> {
        let fields = (
            self.codes,
            self.security_codes,
            self.verifications,
            self.events,
        );
        make(py, "Purged", fields)
    }
}

/// Reads the id of a record.
pub(super) fn id_of(py: Python<'_>, id: &str) -> Result<RecordId> {
    id.parse::<RecordId>().or_raise(py)
}

/// Reads a `CodeRecord` of Python. Its fields may hold anything.
pub(super) fn code_record(record: &Bound<'_, PyAny>) -> Result<CodeRecord> {
    let py = record.py();
    let class = PyModule::import(py, "stopgap.records")?.getattr("CodeRecord")?;
    if !record.is_instance(&class)? {
        let found = record.get_type().name()?;
        let message = format!("a stopgap.CodeRecord is expected, not {found}");
        return Err(pyo3::exceptions::PyTypeError::new_err(message));
    }
    let field = |name| record.getattr(name);
    let user = field(intern!(py, "user"))?;
    let user: Text<'_> = user.extract()?;
    let instant = |name| -> Result<Option<DateTime<Utc>>> {
        let instant: Option<Instant> = field(name)?.extract()?;
        Ok(instant.map(|instant| instant.0))
    };
    Ok(CodeRecord {
        id: id_of(py, &field(intern!(py, "id"))?.extract::<Text<'_>>()?)?,
        user: user.name().or_raise(py)?,
        number: field(intern!(py, "number"))?.extract::<Whole<u64>>()?.0,
        key_id: KeyId(field(intern!(py, "key_id"))?.extract::<Whole<u32>>()?.0),
        purposes: field(intern!(py, "purposes"))?.extract::<Purposes>()?.0,
        not_before: instant(intern!(py, "not_before"))?,
        expires_at: field(intern!(py, "expires_at"))?.extract::<Instant>()?.0,
        max_uses: field(intern!(py, "max_uses"))?
            .extract::<Option<Whole<u32>>>()?
            .map(|most| most.0),
        uses: field(intern!(py, "uses"))?.extract::<Whole<u32>>()?.0,
        revoked_at: instant(intern!(py, "revoked_at"))?,
    })
}

/// Returns the state of a code at an instant.
#[pyfunction]
#[pyo3(name = "_code_state")]
pub(crate) fn code_state<'py>(
    record: &Bound<'py, PyAny>,
    now: Instant,
) -> Result<Bound<'py, PyAny>> {
    code_record(record)?.state(now.0).member(record.py())
}

/// Returns the instant in an id.
#[pyfunction]
#[pyo3(name = "_created_at")]
pub(crate) fn created_at<'py>(py: Python<'py>, id: Text<'_>) -> Result<Bound<'py, PyAny>> {
    utc(py, id_of(py, &id)?.created_at())
}

/// Returns an instant as text, as in Rust's JSON.
#[pyfunction]
#[pyo3(name = "_to_rfc3339")]
pub(crate) fn to_rfc3339(instant: Instant) -> String {
    instant.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Reads an instant.
#[pyfunction]
#[pyo3(name = "_of_rfc3339")]
pub(crate) fn of_rfc3339<'py>(py: Python<'py>, text: Text<'_>) -> Result<Bound<'py, PyAny>> {
    let instant = DateTime::parse_from_rfc3339(&text);
    let instant = instant.map_err(|error| error::invalid(py, "record", &error))?;
    utc(py, instant.to_utc())
}
