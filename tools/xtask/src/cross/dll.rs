//! The DLL: its version as Windows shows it, its functions, and the import library with which
//! MSVC links programs.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{host::Host, native::Library, target::Compilers};
use crate::{
    python,
    step::{Outcome, output, root},
};

/// The name of the DLL, which the import library contains.
const DLL: &str = "stopgap_c.dll";

/// Makes `stopgap.def` and `stopgap.lib`, and compares the functions of the DLL and of the import
/// library with those of `stopgap.h`.
pub(crate) fn check(host: &Host, _: &Library) -> Result<String, Outcome> {
    let target = host.target;
    let Compilers::Gnu(prefix) = target.compilers else {
        return Err("there is no DLL".to_owned().into());
    };
    let functions = functions()?;
    let dll = python::target().join(target.triple).join("debug").join(DLL);
    let bytes = fs::read(&dll)?;
    let is_wide = target.triple.starts_with("x86_64-");
    for text in ["ProductVersion", env!("CARGO_PKG_VERSION")] {
        if !contains_wide(&bytes, text) {
            return Err(format!("{DLL} has no VERSIONINFO with {text}").into());
        }
    }
    let mut objdump = Command::new(format!("{prefix}objdump"));
    objdump.arg("-p").arg(&dll);
    same(&functions, &exported(&output(objdump)?), DLL)?;
    let library = import_library(&host.folder, &functions, is_wide)?;
    let mut nm = Command::new(format!("{prefix}nm"));
    nm.arg("--defined-only").arg(&library);
    let imported: BTreeSet<String> = output(nm)?
        .lines()
        .filter_map(|line| line.split_once(" T "))
        .map(|(_, name)| name)
        // Sections have symbols as well.
        .filter(|name| !name.starts_with('.'))
        .map(|name| {
            if is_wide {
                name
            } else {
                name.trim_start_matches('_')
            }
            .to_owned()
        })
        .collect();
    same(&functions, &imported, "stopgap.lib")?;
    Ok(format!(
        "VERSIONINFO; {} functions in {DLL} and in stopgap.lib",
        functions.len()
    ))
}

/// Makes the import library of MSVC from a list of the functions, in this folder.
fn import_library(
    folder: &Path,
    functions: &BTreeSet<String>,
    is_wide: bool,
) -> Result<PathBuf, Outcome> {
    // It fails without a definition, and with --help.
    let started = Command::new("llvm-dlltool").output();
    if started.is_err() {
        let why = "no llvm-dlltool; apt-get install --no-install-recommends llvm";
        return Err(Outcome::Skipped(why.into()));
    }
    let (definition, library) = (folder.join("stopgap.def"), folder.join("stopgap.lib"));
    let names: Vec<&str> = functions.iter().map(String::as_str).collect();
    let names = names.join("\n    ");
    fs::write(
        &definition,
        format!("LIBRARY {DLL}\nEXPORTS\n    {names}\n"),
    )?;
    let machine = if is_wide { "i386:x86-64" } else { "i386" };
    let mut dlltool = Command::new("llvm-dlltool");
    dlltool.args(["-m", machine, "-D", DLL, "-d"]);
    dlltool.arg(&definition).arg("-l").arg(&library);
    output(dlltool)?;
    Ok(library)
}

/// Returns the functions that the header declares.
fn functions() -> Result<BTreeSet<String>, Outcome> {
    let header = fs::read_to_string(root().join("include/stopgap.h"))?;
    let names = declared(&header);
    if names.len() < 60 {
        return Err(format!("stopgap.h has only {} functions", names.len()).into());
    }
    Ok(names)
}

/// Returns the functions that a header declares. Those that it defines are in no library.
fn declared(header: &str) -> BTreeSet<String> {
    let is_other = |line: &&str| {
        let starts = ["//", " ", "#", "*", "static ", "typedef "];
        starts.iter().any(|start| line.starts_with(start))
    };
    let code = header.lines().filter(|line| !is_other(line));
    let names = code.filter_map(|line| {
        let name = line.split_once('(')?.0.rsplit([' ', '*']).next()?;
        name.starts_with("stopgap_").then(|| name.to_owned())
    });
    names.collect()
}

/// Returns the names in the table of exports that objdump prints.
fn exported(listing: &str) -> BTreeSet<String> {
    let behind = listing.split_once("[Ordinal/Name Pointer] Table");
    let table = behind.map_or("", |(_, table)| table);
    // Behind the header of the table, up to an empty line.
    let lines = table
        .lines()
        .skip(1)
        .take_while(|line| !line.trim().is_empty());
    lines
        .filter_map(|line| line.rsplit([' ', '\t']).next())
        .map(str::to_owned)
        .collect()
}

fn same(wanted: &BTreeSet<String>, found: &BTreeSet<String>, place: &str) -> Result<(), String> {
    let missing: Vec<_> = wanted.difference(found).collect();
    let additional: Vec<_> = found.difference(wanted).collect();
    if missing.is_empty() && additional.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{place} lacks {missing:?} and has {additional:?} beside stopgap.h"
    ))
}

/// Returns `true` if bytes contain a text in UTF-16.
fn contains_wide(bytes: &[u8], text: &str) -> bool {
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(wide.len()).any(|window| window == wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_read() {
        let listing = "The Export Tables\n\n[Ordinal/Name Pointer] Table\n\
                       \t[   0] stopgap_a\n\t[   1] +base[   2] 0001 stopgap_b\n\nThe Function Table";
        let found: Vec<_> = exported(listing).into_iter().collect();
        assert_eq!(found, ["stopgap_a", "stopgap_b"]);
    }

    #[test]
    fn inline_functions_and_types_are_not_in_the_library() {
        let header = "typedef char stopgap_check[sizeof(int) == 4 ? 1 : -1];\n\
                      static inline int stopgap_inline(void)\n{\n    stopgap_a(1);\n}\n\
                      struct stopgap_x *stopgap_a(int a,\n                    int b);\n";
        assert_eq!(declared(header), BTreeSet::from(["stopgap_a".to_owned()]));
    }

    #[test]
    fn a_difference_is_an_error() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (one, two): (BTreeSet<_>, BTreeSet<_>) = (set(&["a"]), set(&["a", "b"]));
        assert!(same(&one, &one, "x").is_ok());
        assert!(same(&one, &two, "x").is_err() && same(&two, &one, "x").is_err());
    }

    #[test]
    fn wide_text_is_found() {
        assert!(contains_wide(b"\0a\0b\0", "ab"));
        assert!(!contains_wide(b"ab", "ab"));
    }
}
