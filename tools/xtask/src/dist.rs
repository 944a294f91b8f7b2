//! `cargo xtask dist`: an archive for each target, with the library, the command, their
//! licenses and the lists of their crates; and Debian packages. The same sources give the
//! same bytes.

mod archive;
mod audit;
mod content;
mod debian;
mod glibc;
mod licenses;
mod package;
mod release;
mod sbom;
mod source;
mod sums;
mod trial;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use self::{
    release::{Compiler, GLIBC, Release},
    source::Source,
};
use crate::{
    python::target,
    step::{Outcome, Report, program, works},
    zig::Zig,
};

/// Makes the archives of some targets, or of all. With `--check` it makes them again in
/// another folder, and compares the bytes.
pub(crate) fn run(words: &[&str]) -> ExitCode {
    let (check, names) = match words {
        ["--check", names @ ..] => (true, names),
        names => (false, names),
    };
    let releases = match Release::named(names) {
        Ok(releases) => releases,
        Err(why) => return Outcome::Failed(why).close("dist"),
    };
    let report = Report::default();
    let mut made = Vec::new();
    for release in &releases {
        report.step(release.triple, || {
            let files = make(release, "build", &folder("made"));
            made.extend(files.iter().flatten().cloned());
            files.map(|files| sizes(&files))
        });
        if let Some(archive) = of(release, &made) {
            report.step("  unpacked", || tried(release, archive, &made));
        }
        if check && of(release, &made).is_some() {
            report.step("  made again", || again(release, &made));
        }
    }
    report.step("SHA256SUMS", || sums::write(&folder("made")));
    report.close()
}

/// Returns a folder of `target/dist`.
fn folder(name: &str) -> PathBuf {
    target().join("dist").join(name)
}

/// Returns the archive of a release among some files.
fn of<'a>(release: &Release, made: &'a [PathBuf]) -> Option<&'a Path> {
    let is_ours = |file: &&PathBuf| base(file).starts_with(&format!("{}.", release.name()));
    made.iter().find(is_ours).map(PathBuf::as_path)
}

fn base(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Returns the compiler of Zig if a release needs it.
fn zig(release: &Release) -> Result<Option<Zig>, Outcome> {
    match release.compiler {
        Compiler::Zig(_) => Ok(Some(Zig::ready()?)),
        Compiler::Mingw(prefix) if works(program(&format!("{prefix}-gcc --version"))) => Ok(None),
        Compiler::Mingw(prefix) => Err(Outcome::Skipped(format!(
            "no {prefix}-gcc; on Debian, apt-get install mingw-w64"
        ))),
    }
}

/// Builds a release in a folder of this name. Returns the archive and the packages.
fn make(release: &Release, name: &str, to: &Path) -> Result<Vec<PathBuf>, Outcome> {
    let zig = zig(release)?;
    let zig = zig.as_ref();
    let source = Source::copy(name)?;
    let content = source.stage.join(release.name());
    content::make(&source, release, zig, &content)?;
    checked(release, &content)?;
    fs::create_dir_all(to)?;
    let archive = if release.is_windows() {
        let archive = to.join(format!("{}.zip", release.name()));
        archive::zip(&content, &archive)?;
        archive
    } else {
        let archive = to.join(format!("{}.tar.gz", release.name()));
        archive::tar(&content, &archive, source.epoch)?;
        archive
    };
    let packages = debian::make(&source, release, zig, &content, to)?;
    let packages = packages.into_iter().map(|package| to.join(package));
    Ok(std::iter::once(archive).chain(packages).collect())
}

/// Checks the programs of an archive: their crates, and the glibc that they need.
fn checked(release: &Release, content: &Path) -> Result<(), String> {
    let files = archive::files(content).map_err(|error| error.to_string())?;
    let mut programs = 0_u32;
    for file in files {
        let path = content.join(&file);
        let is_library = [".so.", ".dylib", ".dll"]
            .iter()
            .any(|part| file.contains(part) && !file.contains(".dll.a"));
        let is_command = file == format!("bin/{}", release.command());
        if path.is_symlink() || !(is_library || is_command) {
            continue;
        }
        programs = programs.saturating_add(1);
        let root = if is_command {
            "stopgap-cli"
        } else {
            "stopgap-c"
        };
        let crates = audit::crates(&path, root)?;
        println!("{file}: {crates} crates");
        if release.is_linux()
            && let Some(version) = glibc::needed(&path)?
        {
            println!("{file}: glibc {}.{}", version.0, version.1);
            if version > GLIBC {
                return Err(format!("{file} needs glibc {}.{}", version.0, version.1));
            }
        }
    }
    if programs == 0 {
        return Err("the archive contains no program".into());
    }
    Ok(())
}

/// Unpacks an archive and its packages, and uses them.
fn tried(release: &Release, archive: &Path, made: &[PathBuf]) -> Result<String, Outcome> {
    let zig = zig(release)?;
    let place = folder("tried").join(release.triple);
    let figures = trial::of_archive(release, zig.as_ref(), archive, &place)?;
    let Some(debian) = release.debian else {
        return Ok(figures);
    };
    let ending = format!("_{}.deb", debian.architecture);
    let packages = made.iter().filter(|file| base(file).ends_with(&ending));
    let packages: Vec<_> = packages.cloned().collect();
    let place = folder("tried").join(format!("{}-packages", release.triple));
    let packages = trial::of_packages(release, zig.as_ref(), debian, &packages, &place)?;
    Ok(format!("{figures}; {packages}"))
}

/// Builds a release in another folder, and compares the bytes with those of the first.
fn again(release: &Release, made: &[PathBuf]) -> Result<String, Outcome> {
    let files = make(release, "build-in-another-folder", &folder("made-again"))?;
    for file in &files {
        let first = made.iter().find(|first| base(first) == base(file));
        let first = first.ok_or_else(|| format!("{} is new", base(file)))?;
        if fs::read(first)? != fs::read(file)? {
            let both = format!("{} and {}", first.display(), file.display());
            return Err(format!("not the same bytes: {both}").into());
        }
    }
    Ok(format!("{} files, the same bytes", files.len()))
}

/// Returns the names and sizes of files.
fn sizes(files: &[PathBuf]) -> String {
    let size = |file: &PathBuf| {
        let bytes = fs::metadata(file).map_or(0, |file| file.len());
        format!("{} ({} kB)", base(file), bytes.div_ceil(1000))
    };
    files.iter().map(size).collect::<Vec<_>>().join(", ")
}
