//! Trials of an archive and of Debian packages: the program of the page for C is built
//! against the unpacked files and run, and the command is run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    archive::unpack,
    release::{Compiler, Debian, Release},
};
use crate::{
    step::{Outcome, output_of_both, program, root, works},
    zig::Zig,
};

/// The output of the page's program.
const WELL: &str = concat!(env!("CARGO_PKG_VERSION"), ": STOPGAP_OK\n");

/// A setting that CMake makes itself on macOS.
const DARWIN: &str = "set(CMAKE_SHARED_LIBRARY_RUNTIME_C_FLAG \"-Wl,-rpath,\")\n";

/// The programs that build and run for a release.
struct Trial {
    /// The C compiler, with its flags.
    cc: String,
    /// The words before a program to run it; `None` if it cannot be run here.
    emulator: Option<&'static str>,
    /// The words for CMake.
    cmake: String,
}

impl Trial {
    fn of(release: &Release, zig: Option<&Zig>) -> Result<Self, Outcome> {
        let here = cfg!(all(target_os = "linux", target_arch = "x86_64"));
        let here = here.then_some("");
        let arm = "qemu-aarch64 -L /usr/aarch64-linux-gnu";
        let system = |name: &str| format!("-DCMAKE_SYSTEM_NAME={name}");
        let (cc, emulator, cmake) = match (release.triple, release.compiler, zig) {
            ("x86_64-unknown-linux-gnu", ..) => ("cc".into(), here, String::new()),
            ("x86_64-unknown-linux-musl", ..) => ("musl-gcc -static".into(), here, String::new()),
            ("aarch64-unknown-linux-gnu", ..) => {
                ("aarch64-linux-gnu-gcc".into(), Some(arm), system("Linux"))
            }
            (_, Compiler::Mingw(prefix), _) => (format!("{prefix}-gcc"), None, system("Windows")),
            (_, Compiler::Zig(target), Some(zig)) => {
                let cc = zig.program("cc", target)?.display().to_string();
                let include = "-DCMAKE_PROJECT_INCLUDE=$PWD/darwin.cmake";
                (cc, None, format!("{} {include}", system("Darwin")))
            }
            (triple, ..) => return Err(format!("no trial for {triple}").into()),
        };
        let trial = Self {
            cc,
            emulator,
            cmake,
        };
        for name in [trial.compiler(), "pkg-config", "cmake"]
            .into_iter()
            .chain(trial.runner())
        {
            if !works(program(&format!("{name} --version"))) {
                return Err(Outcome::Skipped(format!(
                    "made, but not tried: install {name}"
                )));
            }
        }
        Ok(trial)
    }

    /// Returns the name of the C compiler.
    fn compiler(&self) -> &str {
        self.cc.split(' ').next().unwrap_or_default()
    }

    /// Returns the name of the emulator.
    fn runner(&self) -> Option<&str> {
        self.emulator?
            .split(' ')
            .next()
            .filter(|name| !name.is_empty())
    }

    /// Returns the command that builds the page's program in each way, and runs it.
    fn commands(&self, libdir: &str) -> String {
        let Self {
            cc,
            emulator,
            cmake,
        } = self;
        let mut script = format!(
            "export PKG_CONFIG_PATH=$PREFIX/{libdir}/pkgconfig\n\
             {cc} expiry.c $(pkg-config --cflags --libs stopgap) -o shared\n\
             {cc} expiry.c $(pkg-config --cflags --libs stopgap-static) -o static\n\
             CC='{cc}' cmake -S . -B build {cmake} -DCMAKE_PREFIX_PATH=$PREFIX >cmake.log 2>&1 \
             || {{ cat cmake.log; exit 1; }}\n\
             cmake --build build >cmake.log 2>&1 || {{ cat cmake.log; exit 1; }}\n"
        );
        if let Some(run) = emulator {
            let path = format!("LD_LIBRARY_PATH=$PREFIX/{libdir}");
            let set = if run.is_empty() {
                format!("env {path}")
            } else {
                format!("{run} -E {path}")
            };
            for (before, program) in [
                (set.as_str(), "./shared"),
                (run, "./static"),
                (&set, "build/expiry"),
                (run, "build/expiry-static"),
            ] {
                script.extend([before, " ", program, "\n"]);
            }
        }
        script
    }

    /// Builds the page's program against a prefix, and runs it.
    fn builds(&self, place: &Path, prefix: &Path, libdir: &str) -> Result<(), String> {
        let page = fs::read_to_string(root().join("bindings/c/README.md"));
        let page = page.map_err(|error| error.to_string())?;
        for (file, language) in [("expiry.c", "c"), ("CMakeLists.txt", "cmake")] {
            let (_, rest) = page
                .split_once(&format!("```{language}\n"))
                .ok_or("no program in bindings/c/README.md")?;
            let text = rest.split("```").next().unwrap_or_default();
            fs::write(place.join(file), text).map_err(|error| error.to_string())?;
        }
        fs::write(place.join("darwin.cmake"), DARWIN).map_err(|error| error.to_string())?;
        let mut shell = Command::new("sh");
        shell.args(["-eu", "-c", &self.commands(libdir)]);
        shell.env("PREFIX", prefix).current_dir(place);
        let printed = output_of_both(shell)?;
        let times = if self.emulator.is_some() { 4 } else { 0 };
        // The linker may warn.
        let ran = printed.matches(WELL).count();
        if ran == times {
            Ok(())
        } else {
            Err(format!(
                "the program ran {ran} times, not {times}:\n{printed}"
            ))
        }
    }

    /// Runs the command in a folder of programs, if it can be run here.
    fn runs(&self, folder: &Path, release: &Release) -> Result<(), String> {
        let (Some(emulator), true) = (self.emulator, release.has_command) else {
            return Ok(());
        };
        let command = folder.join(release.command());
        let mut shell = Command::new("sh");
        shell.args(["-eu", "-c", &format!("{emulator} \"$0\" --version")]);
        let said = output_of_both({
            shell.arg(command);
            shell
        })?;
        if said.contains(env!("CARGO_PKG_VERSION")) {
            Ok(())
        } else {
            Err(format!("the command says {said}"))
        }
    }

    fn figures(&self, kind: &str) -> String {
        if self.emulator.is_some() {
            format!("{kind}: programs built by pkg-config and CMake run")
        } else {
            format!("{kind}: programs built by pkg-config and CMake, not run")
        }
    }
}

/// Unpacks an archive into an empty folder, and uses it.
pub(super) fn of_archive(
    release: &Release,
    zig: Option<&Zig>,
    archive: &Path,
    place: &Path,
) -> Result<String, Outcome> {
    let trial = Trial::of(release, zig)?;
    empty(place)?;
    unpack(archive, place).map_err(|error| error.to_string())?;
    let prefix = place.join(release.name());
    trial.builds(place, &prefix, "lib")?;
    trial.runs(&prefix.join("bin"), release)?;
    Ok(trial.figures("archive"))
}

/// Unpacks Debian packages into an empty folder, and uses them.
pub(super) fn of_packages(
    release: &Release,
    zig: Option<&Zig>,
    debian: Debian,
    packages: &[PathBuf],
    place: &Path,
) -> Result<String, Outcome> {
    let trial = Trial::of(release, zig)?;
    if !works(program("dpkg-deb --version")) {
        return Err(Outcome::Skipped("made, but not tried: install dpkg".into()));
    }
    empty(place)?;
    for package in packages {
        let mut dpkg = Command::new("dpkg-deb");
        dpkg.arg("-x").arg(package).arg(place.join("root"));
        output_of_both(dpkg)?;
    }
    let usr = place.join("root/usr");
    trial.builds(place, &usr, debian.libdir)?;
    trial.runs(&usr.join("bin"), release)?;
    Ok(trial.figures("packages"))
}

fn empty(folder: &Path) -> Result<(), String> {
    let failed = |error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)
}
