//! The module, built by the command of its page, and the library that makes services private.

use std::{fs, path::PathBuf, process::Command, sync::OnceLock};

use crate::{
    place,
    programs::{self, Language},
};

/// The page of the module.
pub(crate) const PAGE: &str = include_str!("../../examples/pam/README.md");

/// The built files.
pub(crate) struct Built {
    pub(crate) module: PathBuf,
    /// Is preloaded into the programs that log on.
    pub(crate) private: PathBuf,
}

/// Returns the files, built by each compiler, or `None` and reports the tool that is missing.
pub(crate) fn built() -> Option<&'static Built> {
    static BUILT: OnceLock<Option<Built>> = OnceLock::new();
    let build = || {
        if let Some(missing) = missing() {
            programs::skipped(&format!("{missing} is not installed"));
            return None;
        }
        let built = Language::C.compilers().into_iter().map(build);
        built.reduce(|first, _| first)
    };
    BUILT.get_or_init(build).as_ref()
}

/// Returns the first tool that is missing.
fn missing() -> Option<&'static str> {
    let header = place::folder("header").join("header.c");
    fs::write(&header, "#include <security/pam_ext.h>\n").unwrap();
    let mut preprocess = Command::new(Language::C.compilers()[0]);
    let preprocessed = preprocess.arg("-E").arg(header).output().unwrap();
    if !preprocessed.status.success() {
        return Some("libpam0g-dev");
    }
    let tester = Command::new("pamtester").output();
    tester.is_err().then_some("pamtester")
}

fn build(compiler: &'static str) -> Built {
    let folder = place::folder(&format!("module-{compiler}"));
    let built = Built {
        module: folder.join("pam_stopgap.so"),
        private: folder.join("private.so"),
    };
    programs::run(&mut command_of_the_page(compiler, &built));
    let mut command = Command::new(compiler);
    command.args(programs::WARNINGS).args(["-fPIC", "-shared"]);
    command.arg(programs::root().join("bindings/c/tests/pam/private.c"));
    programs::run(command.arg("-o").arg(&built.private));
    built
}

/// Returns the command of the page with another compiler, with warnings as errors, and with the
/// library of the tests.
fn command_of_the_page(compiler: &str, built: &Built) -> Command {
    let mut command = Command::new(compiler);
    command.args(programs::WARNINGS);
    command.current_dir(programs::root());
    let line = PAGE.lines().find_map(|line| line.strip_prefix("cc "));
    for word in line.unwrap().split(' ') {
        match word {
            "bindings/c/examples/pam/*.c" => {
                let folder = programs::root().join("bindings/c/examples/pam");
                command.args(programs::files(&folder, "c"))
            }
            "target/release/libstopgap_c.a" => {
                command.arg(programs::library().join(programs::STATIC))
            }
            "pam_stopgap.so" => command.arg(&built.module),
            word => command.arg(word),
        };
    }
    command
}

#[test]
fn only_the_functions_of_pam_leave_the_module() {
    let Some(built) = built() else { return };
    let mut command = Command::new("nm");
    let listed = programs::run(command.args(["-D", "--defined-only"]).arg(&built.module));
    let names = listed.lines().map(|line| line.split(' ').next_back());
    let names: Vec<_> = names.map(Option::unwrap).collect();
    assert_eq!(
        names,
        [
            "pam_sm_acct_mgmt",
            "pam_sm_authenticate",
            "pam_sm_chauthtok",
            "pam_sm_close_session",
            "pam_sm_open_session",
            "pam_sm_setcred"
        ]
    );
}
