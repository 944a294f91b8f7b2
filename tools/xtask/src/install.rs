//! `cargo xtask install`: puts the C and C++ library where compilers find it.
//!
//! cargo-c installs neither `stopgap-static.pc` nor the files that CMake reads, and
//! building cargo-c takes minutes. Therefore this command installs the library.

mod archive;
mod files;
mod native;
mod options;

use std::{
    env, fs, io,
    path::PathBuf,
    process::{Command, ExitCode},
};

use self::{files::Built, options::Options};
use crate::{
    linker,
    platform::Platform,
    step::{cargo, output_of_both, root},
    tool::Tool,
};

/// Records the crates of a program in the program.
pub(crate) const AUDITABLE: Tool = Tool("cargo-auditable", "0.7.7");

pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    let options = match Options::read(arguments) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("install: {error}");
            return ExitCode::from(2);
        }
    };
    match install(&options) {
        Ok(folder) => {
            println!("Installed stopgap in {}", folder.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("install: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Builds and installs. Returns the prefix.
fn install(options: &Options) -> Result<PathBuf, String> {
    let platform = Platform::of(options.target.as_deref())?;
    let built = build(&platform, options)?;
    let folder = options.folder().map_err(|error| error.to_string())?;
    files::place(&platform, &built, &options.libdir, &folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// Builds both libraries, or the static one if the target has no shared libraries.
fn build(platform: &Platform, options: &Options) -> Result<Built, String> {
    let abi = abi().map_err(|error| error.to_string())?;
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| root().join("target").into());
    let target = std::path::absolute(target).map_err(|error| error.to_string())?;
    let told = output_of_both(rustc(platform, options, &target.clone(), &abi)?)?;
    let folder = target.join(platform.triple()).join("c");
    let native = native::read(&told)?;
    let made = folder.join(files::cargo_archive(platform));
    let unwinder = platform.library("self-contained/libunwind.a");
    let archive = if platform.is_elf() {
        let inside = native.needs_unwinder().then_some(unwinder.as_path());
        archive::of(platform, &made, inside.as_slice())?
    } else {
        fs::read(&made).map_err(|error| format!("{}: {error}", made.display()))?
    };
    Ok(Built {
        folder,
        archive,
        native: native.flags(),
        abi,
    })
}

/// Returns the command that builds the libraries.
fn rustc(
    platform: &Platform,
    options: &Options,
    target: &PathBuf,
    abi: &str,
) -> Result<Command, String> {
    let words = "rustc --package stopgap-c --lib --profile c";
    let mut command = if options.auditable {
        let mut command = AUDITABLE.subcommand()?;
        command.args(words.split(' '));
        command
    } else {
        cargo(words)
    };
    // Without the third crate type, the linker can optimize across crates.
    let kinds = if platform.is_static() {
        "staticlib"
    } else {
        "staticlib,cdylib"
    };
    command.args(["--crate-type", kinds, "--target", platform.triple()]);
    command
        .args(&options.features)
        .arg("--target-dir")
        .arg(target);
    command.args(["--", "--print", "native-static-libs"]);
    if platform.is_elf() && !platform.is_static() {
        let version = format!("STOPGAP_{abi}");
        let flag = linker::through(&mut command, &platform.linker(), &version)?;
        command.arg(flag);
    }
    command.env_remove("CARGO_BUILD_TARGET");
    Ok(command)
}

/// Returns the version of the interface, from the header.
fn abi() -> io::Result<String> {
    let header = fs::read_to_string(root().join("include/stopgap.h"))?;
    let mut lines = header.lines();
    lines
        .find_map(|line| line.strip_prefix("#define STOPGAP_ABI_VERSION "))
        .map(str::to_owned)
        .ok_or_else(|| io::Error::other("the header has no STOPGAP_ABI_VERSION"))
}
