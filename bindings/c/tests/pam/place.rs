//! A help desk, a machine, and the machine's PAM service.

use std::{
    env,
    fs::{self, DirBuilder},
    io::Write,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    sync::Once,
};

use crate::{
    logon::Logon,
    module::{Built, built},
    programs::{self, Language},
};

/// The options of a machine that cannot reach a server.
pub(crate) const OFFLINE: &str = "enrolments=machine";
/// The options of a machine that can.
pub(crate) const ONLINE: &str = "home=desk command=stopgap timeout=60";
/// The options of a machine that can sometimes.
pub(crate) const BOTH: &str = "enrolments=machine home=desk command=stopgap timeout=60";

/// The folder of one test, with the folders `desk`, `machine` and `services`.
pub(crate) struct Place {
    folder: PathBuf,
    built: &'static Built,
}

impl Place {
    /// Makes the place, or returns `None` if a tool is missing.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let built = built()?;
        let folder = folder(name);
        for name in ["desk", "machine", "services"] {
            DirBuilder::new()
                .mode(0o700)
                .create(folder.join(name))
                .unwrap();
        }
        let other = "auth required pam_deny.so\n";
        fs::write(folder.join("services/other"), other).unwrap();
        let place = Self { folder, built };
        place.stopgap("init --home desk", "");
        Some(place)
    }

    /// Makes the place with the enrolment of alice, and a service with these options.
    pub(crate) fn enrolled(name: &str, options: &str) -> Option<Self> {
        let place = Self::new(name)?;
        place.enrol("alice");
        place.serve(options);
        Some(place)
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    pub(crate) fn enrol(&self, user: &str) {
        let words =
            format!("machine enrol {user} LAPTOP-17 --home desk --out machine/{user}.enrolment");
        self.stopgap(&words, "");
    }

    /// Writes the service file, with absolute paths in place of those in this place.
    pub(crate) fn serve(&self, options: &str) {
        let words = options.split(' ').map(|word| match word.split_once('=') {
            Some(("command", "stopgap")) => format!("[command={}]", stopgap().display()),
            Some((name @ ("enrolments" | "home" | "key_file" | "command"), file)) => {
                format!("[{name}={}]", self.path(file).display())
            }
            _ => word.to_owned(),
        });
        let words = words.collect::<Vec<_>>().join(" ");
        let line = format!("auth required [{}] {words}\n", self.built.module.display());
        fs::write(self.path("services/stopgap"), line).unwrap();
    }

    /// Begins to log a user on.
    pub(crate) fn log_on(&self, user: &str) -> Logon {
        self.test(user, &["authenticate", "setcred"])
    }

    /// Begins to run the operations of PAM for a user.
    pub(crate) fn test(&self, user: &str, operations: &[&str]) -> Logon {
        let mut command = Command::new("pamtester");
        self.run(command.args(["stopgap", user]).args(operations))
    }

    /// Begins to run a program with the services of this place.
    pub(crate) fn run(&self, command: &mut Command) -> Logon {
        // A space or a colon in the path would end it.
        let private = self.path("private.so");
        if !private.exists() {
            fs::copy(&self.built.private, &private).unwrap();
        }
        command
            .env("LD_PRELOAD", "./private.so")
            .current_dir(&self.folder);
        Logon::begin(command.env("PAM_SERVICES", self.path("services")))
    }

    /// Runs the command `stopgap` with these words and this line; it must succeed. Returns its
    /// output without the end of the line.
    pub(crate) fn stopgap(&self, words: &str, line: &str) -> String {
        let mut command = Command::new(stopgap());
        for (name, _) in env::vars().filter(|(name, _)| name.starts_with("STOPGAP_")) {
            command.env_remove(name);
        }
        command
            .env("TZ", "UTC")
            .env("LC_ALL", "C")
            .current_dir(&self.folder);
        command
            .args(words.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let _ = writeln!(child.stdin.take().unwrap(), "{line}");
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{words}: {ended:?}");
        String::from_utf8(ended.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// Issues an online code for alice.
    pub(crate) fn issue(&self, options: &str) -> String {
        self.stopgap(&format!("online issue alice --home desk {options}"), "")
    }

    /// Returns the help desk's answer to a request code.
    pub(crate) fn answer(&self, user: &str, request_code: &str, options: &str) -> String {
        let words = format!("offline answer {user} {request_code} --home desk {options}");
        self.stopgap(&words, "")
    }

    /// Builds a program that calls PAM as few programs do.
    pub(crate) fn caller(&self) -> PathBuf {
        let source = programs::root().join("bindings/c/tests/pam/caller.c");
        let program = self.path("caller");
        let mut compile = Command::new(Language::C.compilers()[0]);
        compile.args(programs::WARNINGS).arg(source);
        programs::run(compile.arg("-lpam").arg("-o").arg(&program));
        program
    }

    /// Changes a file from outside.
    pub(crate) fn change(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{file}");
        fs::write(self.path(file), text.replace(from, to)).unwrap();
    }
}

/// Makes an empty folder for a test of this process, because tests may run twice at once. Its
/// name has a space.
pub(crate) fn folder(name: &str) -> PathBuf {
    static SWEPT: Once = Once::new();
    SWEPT.call_once(sweep);
    programs::folder(&format!("pam {name}-{}", process::id()))
}

/// Removes the folders of processes that have ended.
fn sweep() {
    for entry in fs::read_dir(env!("CARGO_TARGET_TMPDIR")).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        let process = name
            .strip_prefix("pam ")
            .and_then(|name| name.rsplit('-').next());
        if process.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Returns the command, which Cargo builds as an example of this package.
fn stopgap() -> PathBuf {
    programs::library()
        .with_file_name("examples")
        .join("stopgap")
}
