//! The format of a code.

use pyo3::{prelude::*, types::PyDict};

use crate::{
    Result,
    alphabet::Alphabet,
    code::Code,
    error::OrRaise,
    number::Whole,
    octets::Octets,
    pickle::{Remade, remade},
    several::Several,
    text::Text,
};

/// The format of a code: its alphabet, its length (8 to 32 symbols, or 9 to 32 with a check
/// symbol), and whether the last symbol checks the others (ISO/IEC 7064, MOD 17,16).
///
/// Raises:
///     Invalid: another length (``length`` or ``checked_length``).
///
/// >>> CodeFormat(length=16, check_symbol=True)
/// CodeFormat(alphabet=Alphabet.HEX, length=16, check_symbol=True)
/// >>> CodeFormat() == CodeFormat.ONLINE
/// True
#[pyclass(frozen, eq, hash, module = "stopgap")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CodeFormat(pub(crate) stopgap::CodeFormat);

#[pymethods]
impl CodeFormat {
    /// 12 hexadecimal symbols, the default of online codes.
    #[classattr]
    const ONLINE: Self = Self(stopgap::CodeFormat::ONLINE);

    #[new]
    #[pyo3(signature = (*, alphabet=None, length=Whole(12), check_symbol=false))]
    #[pyo3(text_signature = "(*, alphabet=..., length=12, check_symbol=False)")]
    fn new(
        py: Python<'_>,
        alphabet: Option<&Alphabet>,
        length: Whole<u8>,
        check_symbol: bool,
    ) -> Result<Self> {
        let format = stopgap::CodeFormat {
            alphabet: alphabet.map_or(stopgap::Alphabet::HEX, |alphabet| alphabet.0),
            length: length.0,
            check_symbol,
        };
        format.validate().or_raise(py)?;
        Ok(Self(format))
    }

    /// The symbols, and the letters that are read as another symbol.
    #[getter]
    fn alphabet(&self) -> Alphabet {
        Alphabet(self.0.alphabet)
    }

    /// The number of symbols, a check symbol included.
    #[getter]
    fn length(&self) -> u8 {
        self.0.length
    }

    /// ``True`` if the last symbol checks the others.
    #[getter]
    fn check_symbol(&self) -> bool {
        self.0.check_symbol
    }

    /// Reads what a person typed. Case, hyphens, white space, invisible characters, and
    /// punctuation at both ends are ignored; full-width forms are read as ASCII.
    ///
    /// Raises:
    ///     Malformed: the text is no such code. ``kind`` and ``position`` tell why; nothing
    ///         tells what was typed.
    ///
    /// >>> code = CodeFormat.ONLINE.normalize(" “3f9a 77c2–01be”. ")
    /// >>> code.reveal()
    /// '3F9A-77C2-01BE'
    fn normalize(&self, py: Python<'_>, typed: Text<'_>) -> Result<Code> {
        self.0.normalize(&typed).map(Code).or_raise(py)
    }

    /// Reads what a person typed in one of several formats. Returns a code for each reading,
    /// in the order of the formats: at least one, and none twice.
    ///
    /// Raises:
    ///     Malformed: no format fits. ``kind`` is ``check_failed`` if the check symbol of one
    ///         does not fit; otherwise it is the error of the format with the nearest length,
    ///         or of the first one.
    ///
    /// >>> formats = [CodeFormat(length=8), CodeFormat.ONLINE]
    /// >>> [code.reveal() for code in CodeFormat.normalize_any(formats, "3f9a77c201be")]
    /// ['3F9A-77C2-01BE']
    #[staticmethod]
    fn normalize_any(py: Python<'_>, formats: Several<Self>, typed: Text<'_>) -> Result<Vec<Code>> {
        let formats: Vec<_> = formats.0.iter().map(|format| format.get().0).collect();
        let codes = stopgap::CodeFormat::normalize_any(&formats, &typed).or_raise(py)?;
        Ok(codes.into_iter().map(Code).collect())
    }

    /// Returns the code of these bytes, two symbols to a byte. Random bytes must be uniform.
    /// The half byte in the place of a check symbol is not used.
    ///
    /// Raises:
    ///     Invalid: the symbols need another number of bytes (``bytes``).
    ///
    /// >>> CodeFormat.ONLINE.encode(bytes.fromhex("3f9a77c201be")).reveal()
    /// '3F9A-77C2-01BE'
    fn encode(&self, py: Python<'_>, data: Octets) -> Result<Code> {
        self.0.encode(&data).map(Code).or_raise(py)
    }

    fn __repr__(&self, py: Python<'_>) -> Result<String> {
        let check_symbol = if self.0.check_symbol { "True" } else { "False" };
        Ok(format!(
            "CodeFormat(alphabet={}, length={}, check_symbol={check_symbol})",
            self.alphabet().__repr__(py)?,
            self.length(),
        ))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Result<Remade<'py>> {
        let words = PyDict::new(slf.py());
        words.set_item("alphabet", slf.get().alphabet())?;
        words.set_item("length", slf.get().length())?;
        words.set_item("check_symbol", slf.get().check_symbol())?;
        remade(slf, &words)
    }
}
