//! A target of rustc: its properties, its linker, and Rust's own programs.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    step::{output, program},
    tool::about,
};

/// A target of rustc.
#[derive(Debug)]
pub(crate) struct Platform {
    triple: String,
    /// The triple of this machine.
    host: String,
    /// The lines of `rustc --print cfg`.
    cfg: BTreeSet<String>,
    sysroot: PathBuf,
}

impl Platform {
    /// Asks rustc about a target; `None` is this machine.
    pub(crate) fn of(target: Option<&str>) -> Result<Self, String> {
        let host = about(program("rustc"), "host: ")?;
        let triple = target.unwrap_or(&host).to_owned();
        let ask = |what: &str| -> Result<String, String> {
            let mut rustc = program("rustc --print");
            rustc.args([what, "--target", &triple]);
            Ok(output(rustc)?.trim_end().to_owned())
        };
        let cfg = ask("cfg")?.lines().map(str::to_owned).collect();
        if !Path::new(&ask("target-libdir")?).exists() {
            return Err(format!(
                "Rust's library for {triple} is not installed: run \"rustup target add {triple}\""
            ));
        }
        let sysroot = ask("sysroot")?.into();
        Ok(Self {
            triple,
            host,
            cfg,
            sysroot,
        })
    }

    pub(crate) fn triple(&self) -> &str {
        &self.triple
    }

    fn is(&self, line: &str) -> bool {
        self.cfg.contains(line)
    }

    pub(crate) fn is_windows(&self) -> bool {
        self.is("windows")
    }

    pub(crate) fn is_msvc(&self) -> bool {
        self.is(r#"target_env="msvc""#)
    }

    pub(crate) fn is_apple(&self) -> bool {
        self.is(r#"target_vendor="apple""#)
    }

    /// `true` if object files are ELF, with which Rust's own linker and objcopy can work.
    pub(crate) fn is_elf(&self) -> bool {
        self.is("unix") && !self.is_apple()
    }

    /// `true` if Rust links the C library statically, so that there is no shared library.
    pub(crate) fn is_static(&self) -> bool {
        self.is("unix") && self.is(r#"target_feature="crt-static""#)
    }

    /// Returns the number of bytes of a pointer.
    pub(crate) fn pointer_size(&self) -> &'static str {
        if self.is(r#"target_pointer_width="64""#) {
            "8"
        } else {
            "4"
        }
    }

    /// Returns a variable of Cargo for this target: `CARGO_TARGET_…_LINKER`.
    pub(crate) fn variable(&self, key: &str) -> String {
        let triple = self.triple.to_uppercase().replace(['-', '.'], "_");
        format!("CARGO_TARGET_{triple}_{key}")
    }

    /// Returns the C compiler that links: that of Cargo's variable, or the usual one.
    pub(crate) fn linker(&self) -> String {
        let given = env::var(self.variable("LINKER"));
        given.unwrap_or_else(|_| usual_linker(&self.triple, &self.host))
    }

    /// Returns a file of Rust's library for this target.
    pub(crate) fn library(&self, file: &str) -> PathBuf {
        let folder = self.sysroot.join("lib/rustlib").join(&self.triple);
        folder.join("lib").join(file)
    }

    /// Returns a program that rustup installs with rustc, or else one of these names.
    pub(crate) fn tool(&self, name: &str, others: &[&str]) -> Result<Command, String> {
        let folder = self.sysroot.join("lib/rustlib").join(&self.host);
        let ours = folder.join("bin").join(name);
        if ours.exists() {
            let mut command = Command::new(ours);
            // rust-objcopy needs the LLVM library of rustc.
            command.env("LD_LIBRARY_PATH", self.sysroot.join("lib"));
            command.env("DYLD_LIBRARY_PATH", self.sysroot.join("lib"));
            return Ok(command);
        }
        let works = |name: &&&str| crate::step::works(program(&format!("{name} --version")));
        let found = others.iter().find(works).map(Command::new);
        found.ok_or_else(|| format!("neither {name} nor {} is installed", others.join(" nor ")))
    }
}

/// Returns the C compiler's name on Debian and its relatives.
fn usual_linker(triple: &str, host: &str) -> String {
    if triple == host {
        return "cc".into();
    }
    let name = triple.replacen("-unknown-", "-", 1);
    let name = name.replacen("riscv64gc-", "riscv64-", 1);
    format!("{}-gcc", name.replacen("armv7-", "arm-", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilers_have_the_names_of_debian() {
        let host = "x86_64-unknown-linux-gnu";
        for (triple, linker) in [
            (host, "cc"),
            ("aarch64-unknown-linux-gnu", "aarch64-linux-gnu-gcc"),
            ("i686-unknown-linux-gnu", "i686-linux-gnu-gcc"),
            ("riscv64gc-unknown-linux-gnu", "riscv64-linux-gnu-gcc"),
            ("armv7-unknown-linux-gnueabihf", "arm-linux-gnueabihf-gcc"),
        ] {
            assert_eq!(usual_linker(triple, host), linker);
        }
    }

    #[test]
    fn this_machine_is_a_target() {
        let here = Platform::of(None).unwrap();
        assert_eq!(here.is_windows(), cfg!(windows));
        assert_eq!(here.is_apple(), cfg!(target_vendor = "apple"));
        assert_eq!(here.pointer_size(), size_of::<usize>().to_string());
        assert!(Platform::of(Some("no-such-target")).is_err());
    }
}
