//! The library for a target, and the programs in C and C++ that use it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;

use super::{
    host::Host,
    target::{Compilers, Runner},
    zig,
};
use crate::{
    platform::Platform,
    python,
    step::{Outcome, count_tests, output_of_both},
    test_programs,
};

/// The package of the programs.
const PACKAGE: &str = "bindings/c";

/// The library of a target.
pub(crate) struct Library {
    archive: PathBuf,
    /// The file that a program is linked with to use the shared library.
    shared: Option<PathBuf>,
    /// The libraries that the static library needs.
    native: Vec<String>,
}

impl Library {
    /// Returns the sizes of the files.
    pub(crate) fn about(&self) -> String {
        let about = |path: &Path| {
            let size = fs::metadata(path).map_or(0, |about| about.len());
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            format!("{name} {} kB", size / 1_000)
        };
        let files = std::iter::once(&self.archive).chain(&self.shared);
        files.map(|path| about(path)).collect::<Vec<_>>().join(", ")
    }
}

/// Builds both libraries, without the third crate type, as `cargo xtask install` does.
pub(crate) fn build(host: &Host) -> Result<Library, Outcome> {
    let target = host.target;
    let is_zig = matches!(target.compilers, Compilers::Zig);
    let is_musl = matches!(target.compilers, Compilers::Musl);
    let mut command = if is_zig {
        let mut command = host.cargo("zigbuild", "--package stopgap-c --lib");
        zig::prepare(&mut command)?;
        command
    } else {
        let types = if is_musl {
            "staticlib"
        } else {
            "staticlib,cdylib"
        };
        let words =
            format!("--package stopgap-c --lib --crate-type {types} -- --print native-static-libs");
        host.cargo("rustc", &words)
    };
    command.env_remove("CARGO_BUILD_TARGET");
    let told = output_of_both(command)?;
    let native = told
        .lines()
        .find_map(|line| line.split_once("native-static-libs: "))
        .map_or("", |(_, native)| native);
    let folder = python::target().join(target.triple).join("debug");
    let shared = match target.compilers {
        Compilers::Musl => None,
        Compilers::Zig => Some("libstopgap_c.dylib"),
        Compilers::Gnu(_) if target.is_windows() => Some("libstopgap_c.dll.a"),
        Compilers::Gnu(_) => Some("libstopgap_c.so"),
    };
    let mut native: Vec<String> = native.split_whitespace().map(str::to_owned).collect();
    if native.iter().any(|flag| flag == "-lunwind") {
        native.insert(0, format!("-L{}", unwinder(host)?.display()));
    }
    let library = Library {
        archive: folder.join("libstopgap_c.a"),
        shared: shared.map(|name| folder.join(name)),
        native,
    };
    let files = std::iter::once(&library.archive).chain(&library.shared);
    for file in files {
        if !file.is_file() {
            return Err(format!("{} was not built", file.display()).into());
        }
    }
    if target.runner != Runner::None && library.native.is_empty() {
        return Err("rustc did not name the libraries to link".to_owned().into());
    }
    Ok(library)
}

/// Returns a folder that has only Rust's own unwinder, which musl-gcc does not have.
fn unwinder(host: &Host) -> Result<PathBuf, Outcome> {
    let platform = Platform::of(Some(host.target.triple))?;
    let folder = host.folder.join("unwinder");
    fs::create_dir_all(&folder)?;
    let unwinder = platform.library("self-contained/libunwind.a");
    fs::copy(unwinder, folder.join("libunwind.a"))?;
    Ok(folder)
}

/// The way in which programs are linked with the library.
#[derive(Clone, Copy, Debug)]
enum Link {
    Static,
    Shared,
}

/// Returns a test program of the harness, which builds and runs for the target.
fn harness(host: &Host, library: &Library, link: Link, test: &str) -> Result<Command, Outcome> {
    let target = host.target;
    let mut words: Vec<&str> = match target.compilers {
        // Neither the DLLs of gcc nor those of C++ are beside the program.
        Compilers::Gnu(_) if target.is_windows() => vec!["-static"],
        Compilers::Musl => vec!["-static"],
        Compilers::Gnu(_) | Compilers::Zig => Vec::new(),
    };
    let file = match (link, &library.shared) {
        (Link::Static, _) => {
            words.extend(library.native.iter().map(String::as_str));
            &library.archive
        }
        (Link::Shared, Some(shared)) => shared,
        (Link::Shared, None) => return Err("no shared library".to_owned().into()),
    };
    let about = json!({
        "target": target.triple,
        "cc": host.cc,
        "cxx": host.cxx,
        "runner": host.runner,
        "library": file,
        "link": words,
        "suffix": target.suffix(),
    });
    let path = host.folder.join(match link {
        Link::Static => "static.json",
        Link::Shared => "shared.json",
    });
    fs::write(&path, about.to_string())?;
    let mut command = test_programs::command(PACKAGE, test)?;
    command.env("STOPGAP_CROSS", &path);
    host.prepare(&mut command);
    if matches!(link, Link::Shared) {
        find_shared(host, file, &mut command)?;
    }
    Ok(command)
}

/// Lets a program find the shared library, under the name that it asks for.
fn find_shared(host: &Host, file: &Path, command: &mut Command) -> Result<(), Outcome> {
    let built = file.parent().unwrap_or(Path::new("."));
    let folder = host.folder.join("shared");
    fs::create_dir_all(&folder)?;
    if host.target.is_windows() {
        fs::copy(built.join("stopgap_c.dll"), folder.join("stopgap_c.dll"))?;
        let shim = host.folder.join("shim");
        // Wine separates folders as Windows does.
        let paths = format!("{};{}", folder.display(), shim.display());
        command.env("WINEPATH", paths);
    } else {
        fs::copy(file, folder.join("libstopgap.so.1"))?;
        let name = if matches!(host.target.runner, Runner::Qemu(..)) {
            "QEMU_SET_ENV"
        } else {
            "LD_LIBRARY_PATH"
        };
        let folder = folder.display();
        let value = match name {
            "QEMU_SET_ENV" => format!("LD_LIBRARY_PATH={folder}"),
            _ => folder.to_string(),
        };
        command.env(name, value);
    }
    Ok(())
}

/// Runs test programs of the harness, and returns how many tests passed.
fn tests(
    host: &Host,
    library: &Library,
    link: Link,
    test: &str,
    words: &[&str],
) -> Result<u32, Outcome> {
    let mut command = harness(host, library, link, test)?;
    command.args(words).args(host.target.skipped);
    Ok(count_tests(command)?)
}

/// Runs the vectors with the static library and with the shared one, and compares the bytes
/// with those of this machine.
pub(crate) fn vectors(host: &Host, library: &Library) -> Result<String, Outcome> {
    let mut ways = vec![("static", Link::Static)];
    if library.shared.is_some() {
        ways.push(("shared", Link::Shared));
    }
    for (_, link) in &ways {
        tests(host, library, *link, "vectors", &["own_vectors"])?;
        tests(host, library, *link, "identity", &[])?;
    }
    let ways: Vec<_> = ways.into_iter().map(|(name, _)| name).collect();
    Ok(format!(
        "vectors and identical bytes, {}",
        ways.join(" and ")
    ))
}

pub(crate) fn suite(host: &Host, library: &Library) -> Result<String, Outcome> {
    let ran = tests(host, library, Link::Static, "cpp", &["everything_holds"])?;
    Ok(format!("{ran} test of each mode"))
}

pub(crate) fn agent(host: &Host, library: &Library) -> Result<String, Outcome> {
    let mut ran = tests(host, library, Link::Static, "examples", &["--skip=readme"])?;
    if host.target.is_windows() {
        let samples = tests(host, library, Link::Static, "windows", &["--ignored"])?;
        ran = ran.saturating_add(samples);
    }
    Ok(format!("{ran} tests of agents and servers"))
}

pub(crate) fn readme(host: &Host, library: &Library) -> Result<String, Outcome> {
    let uses = tests(host, library, Link::Static, "uses", &[])?;
    let words = ["the_readme_is_right"];
    let readme = tests(host, library, Link::Static, "examples", &words)?;
    Ok(format!("{} tests", uses.saturating_add(readme)))
}
