//! The targets, and the programs of Debian that build and run for them.

/// A target.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) triple: &'static str,
    pub(crate) compilers: Compilers,
    pub(crate) runner: Runner,
    /// Packages of Debian with the compilers and the runner.
    pub(crate) packages: &'static str,
    /// The reasons for which columns are not tried. A word that ends in `*` stands for all
    /// columns.
    not_tried: &'static [(&'static str, &'static str)],
    /// Tests that do not run on this target, as words of libtest.
    pub(crate) skipped: &'static [&'static str],
}

/// The compilers of C and C++ for a target.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Compilers {
    /// Programs with this beginning of their names, such as `aarch64-linux-gnu-`.
    Gnu(&'static str),
    /// musl-gcc, and zig for C++, which musl-tools lacks.
    Musl,
    /// zig, through cargo-zigbuild.
    Zig,
}

/// The program that runs programs of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// None is needed.
    Native,
    Wine,
    /// A program of qemu-user, and the folder of the target's libraries.
    Qemu(&'static str, &'static str),
    /// There is none here.
    None,
}

/// `true` if a column can be tried.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach {
    Runs,
    /// It cannot, for this reason.
    No(&'static str),
}

/// Targets that are only built.
const NO_RUNNER: &[(&str, &str)] = &[("*", "no program here runs it")];

pub(crate) static TARGETS: [Target; 8] = [
    Target {
        triple: "x86_64-pc-windows-gnu",
        compilers: Compilers::Gnu("x86_64-w64-mingw32-"),
        runner: Runner::Wine,
        packages: "g++-mingw-w64-x86-64 wine64",
        not_tried: &[],
        skipped: &[],
    },
    Target {
        triple: "aarch64-unknown-linux-gnu",
        compilers: Compilers::Gnu("aarch64-linux-gnu-"),
        runner: Runner::Qemu("qemu-aarch64", "/usr/aarch64-linux-gnu"),
        packages: "g++-aarch64-linux-gnu qemu-user",
        not_tried: &[],
        skipped: &[],
    },
    Target {
        triple: "i686-unknown-linux-gnu",
        compilers: Compilers::Gnu("i686-linux-gnu-"),
        runner: Runner::Qemu("qemu-i386", "/usr/i686-linux-gnu"),
        packages: "g++-i686-linux-gnu qemu-user",
        not_tried: &[],
        skipped: &[],
    },
    Target {
        triple: "s390x-unknown-linux-gnu",
        compilers: Compilers::Gnu("s390x-linux-gnu-"),
        runner: Runner::Qemu("qemu-s390x", "/usr/s390x-linux-gnu"),
        packages: "g++-s390x-linux-gnu qemu-user",
        not_tried: &[],
        skipped: &[],
    },
    Target {
        triple: "x86_64-unknown-linux-musl",
        compilers: Compilers::Musl,
        runner: Runner::Native,
        packages: "musl-tools",
        not_tried: &[],
        skipped: &[],
    },
    Target {
        triple: "i686-pc-windows-gnu",
        compilers: Compilers::Gnu("i686-w64-mingw32-"),
        runner: Runner::None,
        packages: "g++-mingw-w64-i686",
        not_tried: NO_RUNNER,
        skipped: &[],
    },
    Target {
        triple: "aarch64-apple-darwin",
        compilers: Compilers::Zig,
        runner: Runner::None,
        packages: "python3-venv",
        not_tried: NO_RUNNER,
        skipped: &[],
    },
    Target {
        triple: "x86_64-apple-darwin",
        compilers: Compilers::Zig,
        runner: Runner::None,
        packages: "python3-venv",
        not_tried: NO_RUNNER,
        skipped: &[],
    },
];

/// Returns the target of this name.
pub(crate) fn named(triple: &str) -> Result<&'static Target, String> {
    let found = TARGETS.iter().find(|target| target.triple == triple);
    found.ok_or_else(|| format!("no target {triple}: see cargo xtask cross --list"))
}

impl Target {
    /// Returns the reach of a column.
    pub(crate) fn reach(&self, column: &str) -> Reach {
        let stands = |word: &str| word == "*" || word == column;
        let reason = self.not_tried.iter().find(|(word, _)| stands(word));
        reason.map_or(Reach::Runs, |(_, why)| Reach::No(why))
    }

    /// Returns a line for a list.
    pub(crate) fn about(&self) -> String {
        let runs = match self.runner {
            Runner::Native => "runs here",
            Runner::Wine => "runs under Wine",
            Runner::Qemu(..) => "runs under qemu",
            Runner::None => "is only built",
        };
        format!("{runs}; apt-get install {}", self.packages)
    }

    pub(crate) fn is_windows(&self) -> bool {
        self.triple.contains("-windows-")
    }

    /// Returns the ending of a program's name.
    pub(crate) fn suffix(&self) -> &'static str {
        if self.is_windows() { ".exe" } else { "" }
    }
}
