//! The text of security codes.

use std::hash::{Hash, Hasher};

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    types::{PyDict, PyString, PyTuple},
};
use stopgap::SecurityPrefix;

use crate::{
    Result,
    code::Code,
    error::OrRaise,
    pickle::{Remade, remade},
    several::each,
    text::{Text, quoted},
};

/// The text of security codes: the prefix, an underscore, 32 symbols, and a check of 8
/// symbols, ``stopgap_c73e7c…de141fdcd7``. Secret scanners recognize it.
///
/// Codes are shown with ``prefix``. Codes with it or a prefix of ``accepted`` are read, so
/// that a new prefix keeps the codes with the old one. A prefix has 2 to 16 of the
/// characters ``a-z0-9``, of which the first is a letter.
///
/// Raises:
///     Invalid: text that is no prefix.
///
/// >>> format = SecurityFormat(prefix="acme", accepted=["stopgap"])
/// >>> code = format.read("stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7")
/// >>> format.text(code)
/// SecurityText(..)
/// >>> format.text(code).reveal()[:12]
/// 'acme_c73e7c2'
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct SecurityFormat(pub(crate) stopgap::SecurityFormat);

impl Hash for SecurityFormat {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.prefix().hash(state);
        for prefix in &self.0.accepted {
            prefix.as_str().hash(state);
        }
    }
}

impl SecurityFormat {
    /// Returns the given format, or the default.
    pub(crate) fn or_default(format: Option<&Self>) -> stopgap::SecurityFormat {
        format.map(|format| format.0.clone()).unwrap_or_default()
    }
}

#[pymethods]
impl SecurityFormat {
    #[new]
    #[pyo3(signature = (*, prefix=None, accepted=None))]
    #[pyo3(text_signature = "(*, prefix='stopgap', accepted=())")]
    fn new(
        py: Python<'_>,
        prefix: Option<Text<'_>>,
        accepted: Option<&Bound<'_, PyAny>>,
    ) -> Result<Self> {
        let read = |text: Text<'_>| text.parse::<SecurityPrefix>().or_raise(py);
        let mut format = stopgap::SecurityFormat::default();
        if let Some(prefix) = prefix {
            format.prefix = read(prefix)?;
        }
        if let Some(accepted) = accepted {
            if accepted.is_instance_of::<PyString>() {
                return Err(PyTypeError::new_err(
                    "several prefixes are expected, not the letters of one",
                ));
            }
            format.accepted = each(accepted, |prefix| read(prefix.extract()?))?;
        }
        Ok(Self(format))
    }

    /// The prefix with which codes are shown.
    #[getter]
    fn prefix(&self) -> &str {
        self.0.prefix.as_str()
    }

    /// Other prefixes with which codes are read.
    #[getter]
    fn accepted<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.accepted.iter().map(SecurityPrefix::as_str))
    }

    /// Returns the text of a security code, to be shown to the person who asked for it.
    fn text(&self, code: &Code) -> SecurityText {
        SecurityText(self.0.text(&code.0))
    }

    /// Reads the text of a code. Case, white space, hyphens, invisible characters, and
    /// punctuation at both ends are ignored.
    ///
    /// Raises:
    ///     Malformed: the text is no such code. ``kind`` is ``check_failed`` for a typo. If
    ///         no prefix fits, this is the error of the prefix that agrees longest.
    fn read(&self, py: Python<'_>, text: Text<'_>) -> Result<Code> {
        self.0.read(&text).map(Code).or_raise(py)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let accepted = self.0.accepted.iter();
        let accepted = accepted.map(|prefix| quoted(py, prefix.as_str()));
        let accepted: Vec<String> = accepted.collect::<Result<_>>()?;
        Ok(format!(
            "SecurityFormat(prefix={}, accepted=[{}])",
            quoted(py, self.prefix())?,
            accepted.join(", ")
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let words = PyDict::new(slf.py());
        words.set_item("prefix", slf.get().prefix())?;
        words.set_item("accepted", slf.get().accepted(slf.py())?)?;
        remade(slf, &words)
    }
}

/// The text of a security code. It is shown by :meth:`reveal` only, and is wiped when it
/// is deleted.
#[pyclass(frozen, module = "stopgap")]
pub(crate) struct SecurityText(pub(crate) stopgap::SecurityText);

#[pymethods]
impl SecurityText {
    /// Returns the text, to be shown once: ``stopgap_c73e7c…de141fdcd7``.
    ///
    /// Python cannot wipe a ``str``: keep it no longer than needed.
    fn reveal(&self) -> &str {
        self.0.as_str()
    }

    fn __repr__(&self) -> &'static str {
        "SecurityText(..)"
    }

    fn __reduce__(&self) -> Result<()> {
        Err(PyTypeError::new_err(
            "the text of a code cannot be pickled or copied: call reveal()",
        ))
    }
}
