//! The static library: one object, of which only the functions of the interface can be
//! seen.
//!
//! rustc leaves some symbols of Rust's own library global. Two such libraries in one
//! program would collide, and a module that links one would export them.

use std::{fs, path::Path};

use ar_archive_writer::{
    ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember, write_archive_to_stream,
};

use crate::{platform::Platform, step::output_of_both};

/// The name of the object in the library.
const MEMBER: &str = "stopgap.o";

/// Returns the bytes of the library for one that rustc made, with these other libraries
/// inside.
pub(super) fn of(platform: &Platform, made: &Path, inside: &[&Path]) -> Result<Vec<u8>, String> {
    let [linked, object] = ["linked.o", "o"].map(|ending| made.with_extension(ending));
    let mut lld = platform.tool("rust-lld", &["ld.lld"])?;
    lld.args(["-flavor", "gnu", "-r", "--whole-archive", "-o"]);
    lld.arg(&linked).arg(made).args(inside);
    output_of_both(lld)?;
    let mut objcopy = platform.tool("rust-objcopy", &["llvm-objcopy"])?;
    objcopy.args(["--wildcard", "--keep-global-symbol=stopgap_*"]);
    // Bitcode would be read by linkers with a plugin of another LLVM.
    objcopy.args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd"]);
    objcopy.arg("--strip-debug").args([&linked, &object]);
    output_of_both(objcopy)?;
    let bytes = fs::read(&object).map_err(|error| format!("{}: {error}", object.display()))?;
    for file in [linked, object] {
        fs::remove_file(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    packed(bytes).map_err(|error| format!("cannot write {}: {error}", made.display()))
}

/// Returns an archive with one object and the index of its symbols.
fn packed(object: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let member = NewArchiveMember {
        buf: Box::new(object),
        object_reader: &DEFAULT_OBJECT_READER,
        member_name: MEMBER.to_owned(),
        mtime: 0,
        uid: 0,
        gid: 0,
        perms: 0o644,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    write_archive_to_stream(&mut bytes, &[member], ArchiveKind::Gnu, false, None)?;
    Ok(bytes.into_inner())
}
