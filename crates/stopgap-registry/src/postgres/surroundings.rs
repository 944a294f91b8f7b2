//! The surroundings of a process, as far as an address depends on them.

use std::{env, path::PathBuf};

/// The variables of the environment that an address reads, and the folder of the user. An
/// empty value is none.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// `PGPASSFILE`.
    pub(super) passfile: Option<PathBuf>,
    /// `PGSERVICE`.
    pub(super) service: Option<String>,
    /// `PGSERVICEFILE`.
    pub(super) service_file: Option<PathBuf>,
    /// `PGSYSCONFDIR`.
    pub(super) machine: Option<PathBuf>,
    /// The folder of the user.
    pub(super) home: Option<PathBuf>,
}

impl Surroundings {
    /// Returns those of this process.
    pub(super) fn of_process() -> Self {
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        let path = |name| variable(name).map(PathBuf::from);
        Self {
            passfile: path("PGPASSFILE"),
            service: variable("PGSERVICE").map(|name| name.to_string_lossy().into_owned()),
            service_file: path("PGSERVICEFILE"),
            machine: path("PGSYSCONFDIR"),
            home: env::home_dir(),
        }
    }
}
