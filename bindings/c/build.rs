//! Names the shared library by the version of its interface, so that a program
//! finds one that it can work with, and none else.

use std::{env, error::Error};

const VERSION: &str = include_str!("src/version.rs");

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/version.rs");
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
    }
    Ok(())
}
