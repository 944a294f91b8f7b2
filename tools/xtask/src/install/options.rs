//! The command line of `cargo xtask install`.

use std::{
    io,
    path::{Component, Path, PathBuf},
};

/// The options.
#[derive(Debug, Default)]
pub(super) struct Options {
    prefix: PathBuf,
    /// The folder of a package, which replaces the root folder.
    destdir: PathBuf,
    /// The folder of the libraries, below the prefix.
    pub(super) libdir: LibDir,
    /// The target of rustc; `None` for this machine.
    pub(super) target: Option<String>,
    /// `true` to record the crates in the shared library.
    pub(super) auditable: bool,
    /// Words for Cargo.
    pub(super) features: Vec<String>,
}

impl Options {
    pub(super) fn read(arguments: &[&str]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut libdir = None;
        let mut arguments = arguments.iter();
        while let Some(&argument) = arguments.next() {
            let mut value = || {
                let value = arguments.next().filter(|value| !value.is_empty());
                value.ok_or_else(|| format!("{argument} needs a value"))
            };
            match argument {
                "--prefix" => options.prefix = value()?.into(),
                "--destdir" => options.destdir = value()?.into(),
                "--libdir" => libdir = Some(*value()?),
                "--target" => options.target = Some((*value()?).into()),
                "--auditable" => options.auditable = true,
                "--features" => options
                    .features
                    .extend([argument.into(), (*value()?).into()]),
                "--no-default-features" => options.features.push(argument.into()),
                other => return Err(format!("unknown option {other}: see cargo xtask help")),
            }
        }
        if options.prefix.as_os_str().is_empty() {
            return Err("no prefix: pass --prefix DIR".into());
        }
        if let Some(libdir) = libdir {
            options.libdir = LibDir::below(&options.prefix, libdir)?;
        }
        Ok(options)
    }

    /// Returns the folder to write to.
    pub(super) fn folder(&self) -> io::Result<PathBuf> {
        let prefix = std::path::absolute(&self.prefix)?;
        if self.destdir.as_os_str().is_empty() {
            return Ok(prefix);
        }
        let is_start =
            |part: &Component<'_>| matches!(part, Component::Prefix(_) | Component::RootDir);
        let below: PathBuf = prefix.components().skip_while(is_start).collect();
        Ok(std::path::absolute(&self.destdir)?.join(below))
    }
}

/// The folder of the libraries below the prefix, such as `lib` or
/// `lib/x86_64-linux-gnu`.
#[derive(Debug)]
pub(super) struct LibDir(Vec<String>);

impl Default for LibDir {
    fn default() -> Self {
        Self(vec!["lib".into()])
    }
}

impl LibDir {
    /// Reads a folder, relative to the prefix or absolute.
    fn below(prefix: &Path, folder: &str) -> Result<Self, String> {
        let path = Path::new(folder);
        let outside = || format!("--libdir {folder} is not below the prefix");
        let below = if path.is_absolute() {
            path.strip_prefix(prefix).map_err(|_| outside())?
        } else {
            path
        };
        let name = |part: Component<'_>| match part {
            Component::Normal(name) => name.to_str().map(str::to_owned),
            _ => None,
        };
        let parts = below
            .components()
            .filter(|part| *part != Component::CurDir)
            .map(|part| name(part).ok_or_else(outside));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        if parts.is_empty() {
            return Err(outside());
        }
        Ok(Self(parts))
    }

    /// Returns the folder with `/` between its parts, as pkg-config and CMake write it.
    pub(super) fn path(&self) -> String {
        self.0.join("/")
    }

    /// Returns the way from a folder in this one to the prefix: `..` for each step.
    pub(super) fn up(&self, depth: usize) -> String {
        vec![".."; self.0.len().saturating_add(depth)].join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn libdir(prefix: &str, folder: &str) -> Result<String, String> {
        let options = Options::read(&["--prefix", prefix, "--libdir", folder])?;
        Ok(options.libdir.path())
    }

    #[test]
    fn a_libdir_is_below_the_prefix() {
        assert_eq!(libdir("/usr", "lib64").unwrap(), "lib64");
        assert_eq!(
            libdir("/usr", "/usr/lib/x86_64-linux-gnu").unwrap(),
            "lib/x86_64-linux-gnu"
        );
        assert_eq!(libdir("p", "./lib//a/").unwrap(), "lib/a");
        for outside in ["/opt/lib", "../lib", "lib/../..", ".", "/usr"] {
            assert!(libdir("/usr", outside).is_err(), "{outside}");
        }
    }

    #[test]
    fn the_way_up_ends_at_the_prefix() {
        let options = Options::read(&["--prefix", "p"]).unwrap();
        assert_eq!(options.libdir.path(), "lib");
        assert_eq!(options.libdir.up(1), "../..");
        let options = ["--prefix", "p", "--libdir", "lib/x86_64-linux-gnu"];
        assert_eq!(Options::read(&options).unwrap().libdir.up(2), "../../../..");
    }

    #[test]
    fn an_option_without_its_value_is_refused() {
        for option in [
            "--prefix",
            "--destdir",
            "--libdir",
            "--target",
            "--features",
        ] {
            let error = Options::read(&["--prefix", "p", option]).unwrap_err();
            assert_eq!(error, format!("{option} needs a value"));
        }
        assert!(Options::read(&["--no-default-features"]).is_err());
    }

    #[test]
    fn a_package_has_the_prefix_below_its_folder() {
        let options = ["--prefix", "/usr", "--destdir", "/tmp/package"];
        let folder = Options::read(&options).unwrap().folder().unwrap();
        assert_eq!(folder, Path::new("/tmp/package/usr"));
    }
}
