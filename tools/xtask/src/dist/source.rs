//! A copy of the sources, in which an archive is built, and the environment of its build.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::release::{Compiler, Release};
use crate::{
    platform::Platform,
    python::target,
    step::{cargo, output, program, root, run as show},
    work_tree,
    zig::Zig,
};

/// A copy of the sources, and the files that are made of it.
#[derive(Debug)]
pub(super) struct Source {
    /// The sources.
    pub(super) tree: PathBuf,
    /// The folder of Cargo.
    cargo: PathBuf,
    /// The folder of the contents of archives.
    pub(super) stage: PathBuf,
    /// The time of all files, in Unix seconds: that of the last commit.
    pub(super) epoch: u64,
}

impl Source {
    /// Copies all files that git does not ignore into a folder of `target/dist`.
    pub(super) fn copy(name: &str) -> Result<Self, String> {
        let folder = target().join("dist").join(name);
        let tree = folder.join("tree");
        work_tree::copy(&tree)?;
        // Tools are the same for each copy.
        let tools = root().join("target/tools");
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        fs::create_dir_all(tree.join("target")).map_err(failed)?;
        fs::create_dir_all(&tools).map_err(failed)?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(&tools, tree.join("target/tools")).map_err(failed)?;
        let epoch = output(program("git log -1 --format=%ct"))?;
        let epoch = epoch.trim().parse().map_err(|_| "no commit has a time")?;
        let source = Self {
            tree,
            cargo: folder.join("cargo"),
            stage: folder.join("stage"),
            epoch,
        };
        // The lists of licenses and of crates read the manifests of all targets.
        let mut fetch = cargo("fetch --locked");
        source.within(&mut fetch);
        show(fetch, |_| ())?;
        Ok(source)
    }

    /// Returns the folder of what Cargo makes for a release in a profile.
    pub(super) fn built(&self, release: &Release, profile: &str) -> PathBuf {
        self.cargo.join(release.triple).join(profile)
    }

    /// Makes a command run in the copy, with everything that must not differ between two
    /// builds set to the same.
    pub(super) fn within(&self, command: &mut Command) {
        command.current_dir(&self.tree);
        command.env("CARGO_MANIFEST_DIR", self.tree.join("tools/xtask"));
        command.env("CARGO_TARGET_DIR", &self.cargo);
        command.env("SOURCE_DATE_EPOCH", self.epoch.to_string());
        command.env("CARGO_INCREMENTAL", "0").env("LC_ALL", "C");
        for profile in ["C", "RELEASE"] {
            command.env(format!("CARGO_PROFILE_{profile}_STRIP"), "symbols");
        }
        for variable in ["CARGO_BUILD_TARGET", "RUSTFLAGS", "CFLAGS", "LDFLAGS"] {
            command.env_remove(variable);
        }
    }

    /// Makes a command of Cargo build for a release.
    pub(super) fn builds(
        &self,
        command: &mut Command,
        release: &Release,
        zig: Option<&Zig>,
    ) -> Result<(), String> {
        self.within(command);
        let platform = Platform::of(Some(release.triple))?;
        let names = names(&self.tree, &self.cargo)?;
        let remap = |(from, to): &(PathBuf, &str)| {
            let from = from.display();
            (
                format!("--remap-path-prefix={from}={to}"),
                format!("-ffile-prefix-map={from}={to}"),
            )
        };
        let (mut rust, c): (Vec<_>, Vec<_>) = names.iter().map(remap).unzip();
        if release.is_windows() {
            rust.push("-Clink-arg=-Wl,--no-insert-timestamp".into());
        }
        if release.is_darwin() {
            // Zig's linker makes the UUID of everything it writes. rustc strips the library
            // afterwards, so the UUID would be of the paths of object files.
            rust.push("-Clink-arg=-s".into());
        }
        command.env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}"));
        let suffix = release.triple.replace('-', "_");
        command.env(format!("CFLAGS_{suffix}"), c.join(" "));
        let [cc, ar] = match (release.compiler, zig) {
            (Compiler::Mingw(prefix), _) => {
                ["gcc", "ar"].map(|name| format!("{prefix}-{name}").into())
            }
            (Compiler::Zig(target), Some(zig)) => {
                [zig.program("cc", target)?, zig.program("ar", target)?]
            }
            (Compiler::Zig(_), None) => return Err("Zig is not installed".into()),
        };
        command.env(platform.variable("LINKER"), &cc);
        command.env(format!("CC_{suffix}"), cc);
        command.env(format!("AR_{suffix}"), ar);
        Ok(())
    }
}

/// Returns the folders whose names would be in the programs, and the names to use.
fn names(tree: &Path, target: &Path) -> Result<Vec<(PathBuf, &'static str)>, String> {
    let sysroot = output(program("rustc --print sysroot"))?;
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let user = env::home_dir().map(|home| home.join(".cargo"));
    let cargo = home.or(user).ok_or("no CARGO_HOME")?;
    // The last that fits is used.
    Ok(vec![
        (cargo, "/cargo"),
        (sysroot.trim().into(), "/rust"),
        (tree.to_owned(), "/stopgap"),
        (target.to_owned(), "/target"),
    ])
}

/// Returns this program, which works in a copy of the sources.
pub(super) fn xtask(words: &[&OsStr]) -> Result<Command, String> {
    let mut command = Command::new(env::current_exe().map_err(|error| error.to_string())?);
    command.args(words).env("CARGO", cargo("").get_program());
    Ok(command)
}
