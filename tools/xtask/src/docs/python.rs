//! The reference of Python, by pdoc.

use std::path::Path;

use crate::{
    python::Environment,
    step::{cargo, run as show},
};

/// The newest pdoc that the Python at hand can have.
const PDOC: [&str; 2] = [
    "pdoc==16.0.0; python_version >= '3.10'",
    "pdoc==15.0.4; python_version < '3.10'",
];

/// Builds the package, and writes its reference.
pub(super) fn write(to: &Path) -> Result<String, String> {
    let environment = Environment::ready()?;
    show(cargo("build --package stopgap-python --lib"), |_| ())?;
    environment.built()?;
    let pip = ["pip", "install", "--quiet", "--disable-pip-version-check"];
    let mut install = environment.runs(&pip);
    install.args(PDOC);
    show(install, |_| ())?;
    let mut pdoc = environment.runs(&["pdoc", "--docformat", "restructuredtext"]);
    pdoc.arg("--no-show-source")
        .arg("--output-directory")
        .arg(to);
    pdoc.args(["stopgap", "!stopgap._native", "!stopgap.__main__"]);
    show(pdoc, |_| ())?;
    Ok("the package stopgap".into())
}
