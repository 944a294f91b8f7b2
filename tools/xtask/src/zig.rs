//! The C compiler of Zig, which links for an old glibc and for macOS. It comes from
//! `PyPI`, and cargo-zigbuild translates the flags of rustc for it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{interpreter::Interpreter, python::target, step::run as show, tool::Tool};

/// The Python package.
const ZIG: &str = "ziglang==0.15.2";
/// Translates the flags of rustc.
const ZIGBUILD: Tool = Tool("cargo-zigbuild", "0.24.1");

/// Zig in a virtual environment, and the folder of its compilers.
#[derive(Debug)]
pub(crate) struct Zig {
    python: PathBuf,
    zigbuild: PathBuf,
    folder: PathBuf,
}

impl Zig {
    /// Installs both, unless they are there.
    pub(crate) fn ready() -> Result<Self, String> {
        let zigbuild = ZIGBUILD.program(&[])?.get_program().into();
        let base = Interpreter::find().ok_or("no Python 3.9 or newer; install one")?;
        let folder = target().join("zig");
        let python = base.environment(&folder.join("venv"))?;
        let options = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        let mut pip = python.runs(&options);
        pip.arg(ZIG);
        show(pip, |_| ()).map_err(|error| format!("cannot install {ZIG}: {error}"))?;
        Ok(Self {
            python: folder.join("venv/bin/python"),
            zigbuild,
            folder,
        })
    }

    /// Returns the path of a program of Zig, `cc`, `c++` or `ar`, for a target of Zig such
    /// as `x86_64-linux-gnu.2.28`.
    pub(crate) fn program(&self, name: &str, target: &str) -> Result<PathBuf, String> {
        let path = self.folder.join(format!("{name}-{target}"));
        let flags = match name {
            "ar" => "",
            // Zig looks for undefined behavior unless it is told not to.
            _ => &format!("-fno-sanitize=all -target {target}"),
        };
        let text = format!(
            "#!/bin/sh\n\
             export CARGO_ZIGBUILD_PYTHON_PATH='{}' CARGO_ZIGBUILD_ZIG_PATH=no-zig\n\
             exec '{}' zig {name} -- {flags} \"$@\"\n",
            self.python.display(),
            self.zigbuild.display(),
        );
        executable(&path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }
}

fn executable(path: &Path, text: &str) -> std::io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(path, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
