//! Looks for the programs that a target needs, and installs those of rustup and pip.

use std::{fs, path::PathBuf};

use super::{
    host::{Host, needs},
    target::{Compilers, Runner, Target},
    wine, zig,
};
use crate::{
    python,
    step::{Outcome, output, program, run},
};

/// Looks for the programs. What rustup and pip have is installed.
pub(crate) fn host(target: &'static Target) -> Result<Host, Outcome> {
    let folder = python::target().join("cross").join(target.triple);
    fs::create_dir_all(&folder)?;
    let (cc, cxx) = match target.compilers {
        Compilers::Gnu(prefix) => (format!("{prefix}gcc"), format!("{prefix}g++")),
        Compilers::Musl => ("musl-gcc".into(), zig::compiler("x86_64-linux-musl")?),
        Compilers::Zig => (String::new(), String::new()),
    };
    if !matches!(target.compilers, Compilers::Zig) {
        for compiler in [&cc, &cxx] {
            needs(target, compiler)?;
        }
    }
    let mut host = Host {
        target,
        cc,
        cxx,
        runner: Vec::new(),
        variables: Vec::new(),
        folder,
    };
    match target.runner {
        Runner::Wine => wine::ready(&mut host)?,
        Runner::Qemu(qemu, root) => {
            needs(target, qemu)?;
            host.runner = vec![qemu.into(), "-L".into(), root.into()];
        }
        Runner::Native | Runner::None => {}
    }
    has_std(target)?;
    Ok(host)
}

/// Installs Rust's library for the target, unless it is there.
fn has_std(target: &Target) -> Result<(), Outcome> {
    let mut libraries = program("rustc --print target-libdir --target");
    libraries.arg(target.triple);
    let there = output(libraries).is_ok_and(|folder| PathBuf::from(folder.trim()).is_dir());
    if there {
        return Ok(());
    }
    let mut add = program("rustup target add");
    add.arg(target.triple);
    run(add, |_| ()).map_err(|error| {
        let triple = target.triple;
        Outcome::Skipped(format!(
            "no Rust for {triple} ({error}); rustup target add {triple}"
        ))
    })
}
