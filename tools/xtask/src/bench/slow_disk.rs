//! A library that makes each fsync of a program slower, so that the cost of commits shows on
//! any disk.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use crate::step::{Outcome, needs, output, program};

/// The time that is added to each fsync.
pub(super) const MICROSECONDS: u32 = 2_000;

const SOURCE: &str = include_str!("slow_disk.c");

/// The library in a folder that is removed when this is dropped. The server of PostgreSQL may
/// run as another user, who cannot read the folder of the project.
pub(super) struct SlowDisk(PathBuf);

impl SlowDisk {
    /// Builds the library.
    pub(super) fn build() -> Result<Self, Outcome> {
        if cfg!(not(target_os = "linux")) {
            return Err(Outcome::Skipped("a slow disk is simulated on Linux".into()));
        }
        let remedy = "no C compiler; install one (Debian: build-essential)";
        needs(program("cc --version"), remedy)?;
        let folder = env::temp_dir().join(format!("stopgap-slow-disk-{}", process::id()));
        fs::create_dir(&folder)?;
        let disk = Self(folder);
        let source = disk.0.join("slow_disk.c");
        fs::write(&source, SOURCE)?;
        let mut compile = program("cc -std=c11 -Wall -Wextra -Werror -O1 -shared -fPIC");
        compile
            .arg(format!("-DMICROSECONDS={MICROSECONDS}"))
            .arg("-o")
            .arg(disk.library())
            .arg(&source);
        output(compile)?;
        Ok(disk)
    }

    pub(super) fn library(&self) -> PathBuf {
        self.0.join("slow_disk.so")
    }

    /// Returns the option that makes Cargo run programs with the library.
    pub(super) fn option(&self) -> String {
        let library = self.library();
        let library = Path::display(&library);
        format!("--config=target.'cfg(all())'.runner=['env', 'LD_PRELOAD={library}']")
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        // Only a small folder is left if this fails.
        let _ = fs::remove_dir_all(&self.0);
    }
}
