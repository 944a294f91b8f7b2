//! Alphabets.

use pyo3::{
    prelude::*,
    types::{PyDict, PyFrozenSet},
};
use stopgap::LookAlike;

use crate::{
    Result,
    error::OrRaise,
    pickle::{Remade, remade},
    several::each,
    text::Text,
    word::{self, Member, Word},
};

/// Sixteen distinct symbols of ``0-9A-Z``, in which codes are written. The symbol at index
/// *i* stands for the four bits of *i*.
///
/// ``look_alikes`` are letters that are read as a digit, because people type them for it. A
/// look-alike whose digit is no symbol changes nothing.
///
/// Raises:
///     Invalid: the text is no alphabet (``wrong_count``, ``lower_case``, ``not_a_symbol``,
///         ``repeated``), or a look-alike is a symbol itself (``ambiguous``).
///
/// >>> Alphabet("BCDFGHJKMPQRTVWX").symbols
/// 'BCDFGHJKMPQRTVWX'
/// >>> Alphabet.HEX
/// Alphabet.HEX
/// >>> Alphabet("0123456789ABCDEF", look_alikes=[LookAlike.O_AS_ZERO])
/// Alphabet('0123456789ABCDEF', look_alikes=[LookAlike.O_AS_ZERO])
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Alphabet(pub(crate) stopgap::Alphabet);

#[pymethods]
impl Alphabet {
    /// ``0123456789ABCDEF``, the default of online codes.
    #[classattr]
    const HEX: Self = Self(stopgap::Alphabet::HEX);
    /// ``Z3467ACEFHJKRWXY``, the default of request and offline codes: no two symbols look
    /// or sound alike.
    #[classattr]
    pub(crate) const UNAMBIGUOUS: Self = Self(stopgap::Alphabet::UNAMBIGUOUS);

    #[new]
    #[pyo3(signature = (symbols, *, look_alikes=None))]
    #[pyo3(text_signature = "(symbols, *, look_alikes=())")]
    fn new(
        py: Python<'_>,
        symbols: Text<'_>,
        look_alikes: Option<&Bound<'_, PyAny>>,
    ) -> Result<Self> {
        let mut alphabet = stopgap::Alphabet::new(&symbols).or_raise(py)?;
        if let Some(look_alikes) = look_alikes {
            let look_alikes = each(look_alikes, |one| one.extract::<Member<LookAlike>>())?;
            for look_alike in look_alikes {
                alphabet = alphabet.fold(look_alike.0).or_raise(py)?;
            }
        }
        Ok(Self(alphabet))
    }

    /// The symbols, in the order of the numbers that they stand for.
    #[getter]
    fn symbols(&self) -> &str {
        self.0.symbols()
    }

    /// The letters that are read as digits.
    #[getter]
    fn look_alikes<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyFrozenSet>> {
        let members = self.0.look_alikes().map(|look_alike| look_alike.member(py));
        PyFrozenSet::new(py, members.collect::<Result<Vec<_>>>()?)
    }

    /// Returns the alphabet that reads ``O`` as ``0``, and ``I`` and ``L`` as ``1``, if the
    /// digit is a symbol.
    ///
    /// Raises:
    ///     Invalid: letter and digit are both symbols (``ambiguous``).
    ///
    /// >>> folded = Alphabet.HEX.fold_look_alikes()
    /// >>> CodeFormat(alphabet=folded).normalize("OI23-4567-89AB").reveal()
    /// '0123-4567-89AB'
    fn fold_look_alikes(&self, py: Python<'_>) -> Result<Self> {
        self.0.fold_look_alikes().map(Self).or_raise(py)
    }

    /// Computes the check symbol of any number of symbols (ISO/IEC 7064, MOD 17,16), in
    /// upper case and without hyphens.
    ///
    /// Not for secrets: the time depends on the symbols. A :class:`CodeFormat` with
    /// ``check_symbol`` adds the check symbol itself.
    ///
    /// Raises:
    ///     Malformed: a character is no symbol; with ``position``.
    ///
    /// >>> Alphabet.HEX.check_symbol("D13C978E")
    /// '6'
    fn check_symbol(&self, py: Python<'_>, symbols: Text<'_>) -> Result<char> {
        self.0.check_symbol(&symbols).or_raise(py)
    }

    pub(crate) fn __repr__(&self, py: Python<'_>) -> Result<String> {
        if self.0 == stopgap::Alphabet::HEX {
            return Ok("Alphabet.HEX".into());
        }
        if self.0 == stopgap::Alphabet::UNAMBIGUOUS {
            return Ok("Alphabet.UNAMBIGUOUS".into());
        }
        let symbols = self.symbols();
        let look_alikes = self.0.look_alikes().map(|look_alike| {
            let member = look_alike.member(py)?;
            word::written(&member)
        });
        let look_alikes: Vec<String> = look_alikes.collect::<Result<_>>()?;
        if look_alikes.is_empty() {
            return Ok(format!("Alphabet('{symbols}')"));
        }
        let look_alikes = look_alikes.join(", ");
        Ok(format!(
            "Alphabet('{symbols}', look_alikes=[{look_alikes}])"
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let py = slf.py();
        let words = PyDict::new(py);
        words.set_item("symbols", slf.get().symbols())?;
        words.set_item("look_alikes", slf.get().look_alikes(py)?)?;
        remade(slf, &words)
    }
}
