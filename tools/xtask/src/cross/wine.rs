//! Wine, with a prefix of its own in the target folder.

use std::{
    fs, io,
    process::{Command, ExitStatus, Stdio},
};

use super::host::{Host, missing};
use crate::{
    python,
    step::{Outcome, run, works},
};

/// The paths of the program: Debian's `wine` prints advice about 32-bit programs.
const PROGRAMS: [&str; 3] = ["/usr/lib/wine/wine64", "wine64", "wine"];

/// The paths of its server.
const SERVERS: [&str; 2] = ["/usr/lib/wine/wineserver64", "wineserver"];

/// The one function that Rust's library needs and Wine 8 lacks. Windows has it since 10.
const SHIM: &str = "\
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length)
{
    return RtlGenRandom(bytes, (ULONG)length);
}
";

/// Finds Wine, makes its prefix, and the DLL that it lacks.
pub(crate) fn ready(host: &mut Host) -> Result<(), Outcome> {
    let version = |name: &&&str| {
        let mut command = Command::new(name);
        command.arg("--version");
        works(command)
    };
    let wine = PROGRAMS.iter().find(version);
    let wine = wine.ok_or_else(|| missing(host.target, "Wine"))?;
    let prefix = python::target().join("cross/wine");
    let shim = host.folder.join("shim");
    host.runner = vec![(*wine).to_owned()];
    host.variables = vec![
        ("WINEPREFIX", prefix.clone()),
        ("WINEDEBUG", "-all".into()),
        // Neither .NET, nor HTML, nor entries in the menus of this machine.
        (
            "WINEDLLOVERRIDES",
            "mscoree=;mshtml=;winemenubuilder.exe=".into(),
        ),
        ("WINEPATH", shim.clone()),
    ];
    fs::create_dir_all(&prefix)?;
    serve(host)?;
    let made = prefix.join("made");
    if !made.exists() {
        let mut boot = host.start("wineboot".as_ref());
        boot.arg("--init");
        if !quietly(host, boot)?.success() {
            return Err("wineboot could not make the prefix".to_owned().into());
        }
        fs::write(made, "")?;
    }
    fs::create_dir_all(&shim)?;
    let source = host.folder.join("shim.c");
    fs::write(&source, SHIM)?;
    let mut compile = Command::new(&host.cc);
    compile.args(["-shared", "-o"]);
    compile.arg(shim.join("bcryptprimitives.dll"));
    compile.arg(source).arg("-ladvapi32");
    run(compile, |_| ())?;
    Ok(())
}

/// Starts Wine's server and services, which end ten minutes after the last program, because a program may
/// meet a server that ends. Otherwise they
/// would be children of a program under test, and write to its output.
fn serve(host: &Host) -> Result<(), Outcome> {
    let started = SERVERS.iter().find_map(|server| {
        let mut command = Command::new(server);
        command.arg("-p600");
        // It fails if the server runs already.
        quietly(host, command).ok()
    });
    started.ok_or_else(|| missing(host.target, "wineserver"))?;
    let mut command = host.start("cmd".as_ref());
    command.args(["/c", "exit"]);
    quietly(host, command)?;
    Ok(())
}

/// Runs a command whose children may go on after it, so they must not have its pipes.
fn quietly(host: &Host, mut command: Command) -> io::Result<ExitStatus> {
    host.prepare(&mut command);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null()).status()
}
