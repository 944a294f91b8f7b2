//! How a code is written.

use pyo3::{prelude::*, types::PyDict};
use stopgap::CodeLength;

use crate::{
    Result,
    alphabet::Alphabet,
    code::Code,
    error::OrRaise,
    number::Whole,
    octets::Octets,
    pickle::{Remade, remade},
    text::Text,
};

/// How a code is written: its alphabet, how many symbols it has (8 to 32, a check symbol
/// included), and whether the last one checks the others (ISO/IEC 7064, MOD 17,16).
///
/// Raises:
///     Invalid: another length.
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
    /// 12 hexadecimal symbols: online codes.
    #[classattr]
    const ONLINE: Self = Self(stopgap::CodeFormat::ONLINE);
    /// 32 hexadecimal symbols: security codes.
    #[classattr]
    const SECURITY: Self = Self(stopgap::CodeFormat::SECURITY);

    #[new]
    #[pyo3(signature = (*, alphabet=None, length=Whole(12), check_symbol=false))]
    #[pyo3(text_signature = "(*, alphabet=..., length=12, check_symbol=False)")]
    fn new(
        py: Python<'_>,
        alphabet: Option<&Alphabet>,
        length: Whole<usize>,
        check_symbol: bool,
    ) -> Result<Self> {
        Ok(Self(stopgap::CodeFormat {
            alphabet: alphabet.map_or(stopgap::Alphabet::HEX, |alphabet| alphabet.0),
            length: CodeLength::new(length.0).or_raise(py)?,
            check_symbol,
        }))
    }

    /// The symbols, and how what is typed is read.
    #[getter]
    fn alphabet(&self) -> Alphabet {
        Alphabet(self.0.alphabet)
    }

    /// The number of symbols, a check symbol included.
    #[getter]
    fn length(&self) -> usize {
        self.0.length.symbols()
    }

    /// Whether the last symbol checks the others.
    #[getter]
    fn check_symbol(&self) -> bool {
        self.0.check_symbol
    }

    /// Reads what a person typed: hyphens, white space and case do not matter, and
    /// full-width forms are read as ASCII.
    ///
    /// Raises:
    ///     Malformed: it is no such code. ``kind`` says in which way, ``position`` where;
    ///         nothing says what was typed.
    ///
    /// >>> code = CodeFormat.ONLINE.normalize(" 3f9a 77c2–01be ")
    /// >>> code.reveal()
    /// '3F9A-77C2-01BE'
    fn normalize(&self, py: Python<'_>, typed: Text<'_>) -> Result<Code> {
        self.0.normalize(&typed).map(Code).or_raise(py)
    }

    /// The code that these bytes write, two symbols to a byte: for randomness of one's
    /// own, which must be uniform. What stands in a check symbol's place is not used.
    ///
    /// Raises:
    ///     Invalid: another number of bytes than the symbols need.
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
