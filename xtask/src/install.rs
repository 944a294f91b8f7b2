//! `cargo xtask install`: the C and C++ library, where a compiler finds it.

use std::{
    env, fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{ExitCode, Stdio},
};

use crate::{
    library::{self, Library},
    step::{cargo, root},
};

/// What was asked for on the command line.
#[derive(Debug, Default)]
struct Options {
    /// Where the library will be used.
    prefix: PathBuf,
    /// What stands before the prefix while a package is made.
    destdir: PathBuf,
    /// Cargo's own: which features.
    features: Vec<String>,
}

impl Options {
    fn read(arguments: &[&str]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(&argument) = arguments.next() {
            let mut value = || {
                let value = arguments.next().filter(|value| !value.is_empty());
                value.ok_or_else(|| format!("{argument} needs a value"))
            };
            match argument {
                "--prefix" => options.prefix = value()?.into(),
                "--destdir" => options.destdir = value()?.into(),
                "--features" => options
                    .features
                    .extend([argument.into(), (*value()?).into()]),
                "--no-default-features" => options.features.push(argument.into()),
                other => return Err(format!("there is no option {other}; see cargo xtask help")),
            }
        }
        if options.prefix.as_os_str().is_empty() {
            return Err("--prefix DIR says where to".into());
        }
        Ok(options)
    }

    /// The folder that is filled.
    fn folder(&self) -> io::Result<PathBuf> {
        let prefix = std::path::absolute(&self.prefix)?;
        if self.destdir.as_os_str().is_empty() {
            return Ok(prefix);
        }
        let below: PathBuf = prefix.components().skip_while(is_start).collect();
        Ok(std::path::absolute(&self.destdir)?.join(below))
    }
}

/// Whether this is `/`, or `C:`.
fn is_start(component: &std::path::Component<'_>) -> bool {
    use std::path::Component::{Prefix, RootDir};
    matches!(component, Prefix(_) | RootDir)
}

pub(crate) fn run(arguments: &[&str]) -> ExitCode {
    match Options::read(arguments) {
        Err(error) => {
            eprintln!("install: {error}");
            ExitCode::from(2)
        }
        Ok(options) => match install(&options) {
            Ok(folder) => {
                println!("Installed stopgap in {}", folder.display());
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("install: {error}");
                ExitCode::FAILURE
            }
        },
    }
}

fn install(options: &Options) -> Result<PathBuf, String> {
    let (built, native) = build(&options.features).map_err(|error| error.to_string())?;
    let folder = options.folder().map_err(|error| error.to_string())?;
    let library = Library::new(&native).map_err(|error| error.to_string())?;
    let done = library
        .place(&built, &folder)
        .and_then(|()| library::headers(&folder));
    done.map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// Builds both libraries: the folder that they are in, and what a program that
/// links the static one needs besides.
fn build(features: &[String]) -> io::Result<(PathBuf, String)> {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let target = std::path::absolute(target)?;
    let mut command = cargo("rustc --package stopgap-c --lib --profile c");
    command.args(features).arg("--target-dir").arg(&target);
    command.args(["--", "--print", "native-static-libs"]);
    // For this machine: the names of the files are this machine's.
    command.env_remove("CARGO_BUILD_TARGET");
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let mut native = None;
    if let Some(stderr) = child.stderr.take() {
        for line in BufReader::new(stderr).lines() {
            let line = line?;
            match line.split_once("native-static-libs: ") {
                Some((_, libraries)) => native = Some(libraries.trim().to_owned()),
                None if line.starts_with("note: link against") => {}
                None => eprintln!("{line}"),
            }
        }
    }
    if !child.wait()?.success() {
        return Err(io::Error::other("the library could not be built"));
    }
    let native = native.ok_or_else(|| io::Error::other("rustc did not say what to link"))?;
    Ok((target.join("c"), native))
}

/// Puts bytes into a file, unless they are there already: what was linked against
/// it stays up to date. A program that has the old file open keeps it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    remove(path)?;
    fs::write(path, bytes)
}

/// Removes a file or a link that may be there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
