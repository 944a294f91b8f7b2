//! The targets for which archives are made.

/// The C compiler of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compiler {
    /// Zig, by its own name of the target.
    Zig(&'static str),
    /// A cross compiler of MinGW-w64, by the prefix of its programs.
    Mingw(&'static str),
}

/// A target for which an archive is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Release {
    /// The target of rustc.
    pub(super) triple: &'static str,
    pub(super) compiler: Compiler,
    /// `true` if the archive contains the command.
    pub(super) has_command: bool,
    /// Debian's name of the processor, if there are packages.
    pub(super) debian: Option<Debian>,
}

/// The names that Debian has for a target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Debian {
    pub(super) architecture: &'static str,
    /// The folder of libraries below `/usr`.
    pub(super) libdir: &'static str,
}

/// The newest version of glibc that a program may need: that of RHEL 8; Ubuntu 20.04 and
/// Debian 11 have newer ones.
pub(super) const GLIBC: (u32, u32) = (2, 28);

pub(super) const RELEASES: [Release; 7] = [
    Release {
        triple: "x86_64-unknown-linux-gnu",
        compiler: Compiler::Zig("x86_64-linux-gnu.2.28"),
        has_command: true,
        debian: Some(Debian {
            architecture: "amd64",
            libdir: "lib/x86_64-linux-gnu",
        }),
    },
    Release {
        triple: "aarch64-unknown-linux-gnu",
        compiler: Compiler::Zig("aarch64-linux-gnu.2.28"),
        has_command: true,
        debian: Some(Debian {
            architecture: "arm64",
            libdir: "lib/aarch64-linux-gnu",
        }),
    },
    Release {
        triple: "x86_64-unknown-linux-musl",
        compiler: Compiler::Zig("x86_64-linux-musl"),
        has_command: true,
        debian: None,
    },
    Release {
        triple: "x86_64-pc-windows-gnu",
        compiler: Compiler::Mingw("x86_64-w64-mingw32"),
        has_command: true,
        debian: None,
    },
    Release {
        triple: "i686-pc-windows-gnu",
        compiler: Compiler::Mingw("i686-w64-mingw32"),
        has_command: true,
        debian: None,
    },
    Release {
        triple: "aarch64-apple-darwin",
        compiler: Compiler::Zig("aarch64-macos"),
        has_command: false,
        debian: None,
    },
    Release {
        triple: "x86_64-apple-darwin",
        compiler: Compiler::Zig("x86_64-macos"),
        has_command: false,
        debian: None,
    },
];

impl Release {
    /// Returns the releases with these names, or all if there is none.
    pub(super) fn named(names: &[&str]) -> Result<Vec<Self>, String> {
        if names.is_empty() {
            return Ok(RELEASES.to_vec());
        }
        let find = |name: &&str| {
            let found = RELEASES.iter().find(|release| release.triple == *name);
            let known = RELEASES.map(|release| release.triple).join(", ");
            found
                .copied()
                .ok_or_else(|| format!("no release for {name}: choose of {known}"))
        };
        names.iter().map(find).collect()
    }

    pub(super) fn is_windows(&self) -> bool {
        matches!(self.compiler, Compiler::Mingw(_))
    }

    /// `true` if the files are ELF.
    pub(super) fn is_linux(&self) -> bool {
        self.triple.contains("-linux-")
    }

    pub(super) fn is_darwin(&self) -> bool {
        self.triple.contains("-apple-")
    }

    /// Returns the name of the archive without its ending, which is that of its folder.
    pub(super) fn name(&self) -> String {
        format!("stopgap-{}-{}", env!("CARGO_PKG_VERSION"), self.triple)
    }

    /// Returns the name of the command.
    pub(super) fn command(&self) -> &'static str {
        if self.is_windows() {
            "stopgap.exe"
        } else {
            "stopgap"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_found_by_their_triples() {
        assert_eq!(Release::named(&[]).unwrap().len(), RELEASES.len());
        let one = Release::named(&["x86_64-pc-windows-gnu"]).unwrap();
        assert!(one[0].is_windows() && !one[0].is_linux() && !one[0].is_darwin());
        assert!(Release::named(&["x86_64-apple-darwin"]).unwrap()[0].is_darwin());
        assert!(Release::named(&["x86_64-linux"]).is_err());
    }

    #[test]
    fn zig_links_for_the_glibc_that_is_checked() {
        let suffix = format!("gnu.{}.{}", GLIBC.0, GLIBC.1);
        for release in RELEASES {
            if release.debian.is_some() {
                let Compiler::Zig(target) = release.compiler else {
                    panic!("{release:?}");
                };
                assert!(target.ends_with(&suffix), "{target}");
            }
        }
    }
}
