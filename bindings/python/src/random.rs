//! Random numbers of the system, or of a caller's function.

use pyo3::{exceptions::PyValueError, prelude::*, types::PyBytes};
use stopgap::{
    SysRng,
    rand_core::{TryCryptoRng, TryRng},
};

use stopgap_registry::RandomError;

use crate::error::{self, Raise};

use crate::Result;

/// The operating system's random numbers, or those of a function such as
/// `os.urandom`, for tests.
pub(crate) struct Random<'a, 'py>(
    pub(crate) Python<'py>,
    pub(crate) Option<&'a Bound<'py, PyAny>>,
);

impl TryRng for Random<'_, '_> {
    type Error = Failed;

    fn try_next_u32(&mut self) -> Result<u32, Failed> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Failed> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Failed> {
        let Self(py, function) = self;
        match function {
            None => System
                .try_fill_bytes(bytes)
                .map_err(|failure| Failed(failure.raise(*py))),
            Some(function) => fill(function, bytes).map_err(Failed),
        }
    }
}

fn fill(function: &Bound<'_, PyAny>, bytes: &mut [u8]) -> Result<()> {
    let random = function.call1((bytes.len(),))?;
    let random = random.cast::<PyBytes>()?.as_bytes();
    if random.len() != bytes.len() {
        return Err(PyValueError::new_err(format!(
            "random({}) gave {} bytes",
            bytes.len(),
            random.len()
        )));
    }
    bytes.copy_from_slice(random);
    Ok(())
}

impl TryCryptoRng for Random<'_, '_> {}

/// The exception of the function.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) PyErr);

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {}

impl Raise for Failed {
    fn raise(self, _: Python<'_>) -> PyErr {
        self.0
    }
}

/// The operating system's random numbers, without Python.
pub(crate) struct System;

impl TryRng for System {
    type Error = NoRandom;

    fn try_next_u32(&mut self) -> Result<u32, NoRandom> {
        SysRng.try_next_u32().map_err(NoRandom)
    }

    fn try_next_u64(&mut self) -> Result<u64, NoRandom> {
        SysRng.try_next_u64().map_err(NoRandom)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        SysRng.try_fill_bytes(bytes).map_err(NoRandom)
    }
}

impl TryCryptoRng for System {}

/// The operating system has no random numbers.
#[derive(Debug)]
pub(crate) struct NoRandom(RandomError);

impl std::fmt::Display for NoRandom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NoRandom {}

impl Raise for NoRandom {
    fn raise(self, py: Python<'_>) -> PyErr {
        error::random(py, self.0)
    }
}
