//! Names the shared library by the version of its interface, so that a program finds one that it
//! can work with, and no other. Gives a DLL its version as Windows shows it.

use std::{env, error::Error, fs, path::PathBuf, process::Command};

const VERSION: &str = include_str!("src/version.rs");

/// The resource of the DLL, with names between `@`.
const RESOURCE: &str = "windows/version.rc.in";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/version.rs");
    println!("cargo::rerun-if-changed={RESOURCE}");
    println!("cargo::rerun-if-env-changed=WINDRES");
    let abi = VERSION
        .split_once("STOPGAP_ABI_VERSION: u32 = ")
        .and_then(|(_, rest)| rest.split_once(';'))
        .map(|(abi, _)| abi)
        .ok_or("src/version.rs has no STOPGAP_ABI_VERSION")?;
    if env::var("CARGO_CFG_TARGET_VENDOR")? == "apple" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libstopgap.{abi}.dylib");
    } else if env::var("CARGO_CFG_TARGET_OS")? == "android" {
        // Its packages hold only names that end with `.so`.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libstopgap.so");
    } else if env::var_os("CARGO_CFG_UNIX").is_some() {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libstopgap.so.{abi}");
    } else if env::var("CARGO_CFG_TARGET_OS")? == "windows" {
        match resource(abi)? {
            Some(file) => println!("cargo::rustc-cdylib-link-arg={}", file.display()),
            None => println!(
                "cargo::warning=the DLL has no version: no windres or llvm-rc; install binutils \
                 or LLVM, or name the program in WINDRES"
            ),
        }
    }
    Ok(())
}

/// Compiles the resource. Returns `None` without a compiler of resources.
///
/// The crates that do this give the resource to the static library too, or only to programs.
fn resource(abi: &str) -> Result<Option<PathBuf>, Box<dyn Error>> {
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    let mut text = fs::read_to_string(RESOURCE)?;
    for (name, value) in [
        ("MAJOR", env::var("CARGO_PKG_VERSION_MAJOR")?),
        ("MINOR", env::var("CARGO_PKG_VERSION_MINOR")?),
        ("PATCH", env::var("CARGO_PKG_VERSION_PATCH")?),
        ("VERSION", env::var("CARGO_PKG_VERSION")?),
        ("ABI", abi.to_owned()),
    ] {
        text = text.replace(&format!("@{name}@"), &value);
    }
    let source = folder.join("version.rc");
    fs::write(&source, text)?;
    let is_msvc = env::var("CARGO_CFG_TARGET_ENV")? == "msvc";
    let (arch, format) = match &*env::var("CARGO_CFG_TARGET_ARCH")? {
        "x86" => ("i686".to_owned(), "pe-i386".to_owned()),
        other => (other.to_owned(), "pe-x86-64".to_owned()),
    };
    if is_msvc {
        let compiled = folder.join("version.res");
        let options = ["/fo".as_ref(), compiled.as_os_str()];
        let made = ["llvm-rc", "rc"].iter().any(|name| {
            let mut command = Command::new(name);
            runs(command.args(options).arg(&source))
        });
        return Ok(made.then_some(compiled));
    }
    let compiled = folder.join("version.o");
    let chosen = env::var("WINDRES").ok();
    let names = [format!("{arch}-w64-mingw32-windres"), "windres".to_owned()];
    let made = chosen.into_iter().chain(names).any(|name| {
        let mut command = Command::new(name);
        command.arg("--target").arg(&format).arg("--input");
        runs(command.arg(&source).arg("--output").arg(&compiled))
    });
    Ok(made.then_some(compiled))
}

/// Returns `true` if a command can be started and succeeds.
fn runs(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}
