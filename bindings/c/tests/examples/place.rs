//! The examples in C and C++, built by every installed compiler and used like a person.
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    ptr,
    sync::OnceLock,
};

use crate::programs::{self, Language};

/// 2026-11-21 15:00:00 UTC.
pub(crate) const NOW: i64 = 1_795_273_200;

/// The two programs of one compiler.
struct Built {
    compiler: &'static str,
    agent: PathBuf,
    server: PathBuf,
}

fn built() -> &'static [Built] {
    static BUILT: OnceLock<Vec<Built>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let mut all = Vec::new();
        for (language, ending) in [(Language::C, "c"), (Language::Cpp, "cpp")] {
            let compilers = language.compilers();
            assert!(!compilers.is_empty(), "no compiler");
            for compiler in compilers {
                let build = |name: &str| {
                    let source = format!("examples/{name}.{ending}");
                    let name = format!("example-{name}");
                    programs::program(compiler, language, &[&source], &name)
                };
                all.push(Built {
                    compiler,
                    agent: build("agent"),
                    server: build("server"),
                });
            }
        }
        all
    })
}

/// A server and a machine, with their folders.
pub(crate) struct Place {
    built: &'static Built,
    pub(crate) folder: PathBuf,
}

impl Place {
    /// Makes a place for each compiler, with the server's files.
    pub(crate) fn all(name: &str) -> impl Iterator<Item = Self> {
        built().iter().map(move |built| {
            let folder = programs::folder(&format!("{name}-{}", built.compiler));
            let place = Self { built, folder };
            let mut init = place.command(&built.server);
            init.args(["init", "server"]);
            Answer::of(&mut init, "").yes();
            place
        })
    }

    /// Returns the programs of the other compilers, with the same folder.
    pub(crate) fn others(&self) -> impl Iterator<Item = Self> {
        let others = built().iter().filter(|built| !ptr::eq(*built, self.built));
        others.map(|built| Self {
            built,
            folder: self.folder.clone(),
        })
    }

    /// Returns the path of a file of the server or the machine.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// Changes a file from outside.
    pub(crate) fn change(&self, file: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(self.path(file)).unwrap();
        change(&mut bytes);
        fs::write(self.path(file), bytes).unwrap();
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = programs::target::start(program);
        command.current_dir(&self.folder);
        command
    }

    /// Returns the server with these words after its folder.
    pub(crate) fn server_command(&self, words: &str) -> Command {
        let mut command = self.command(&self.built.server);
        command.arg("server").args(words.split_whitespace());
        command
    }

    /// Runs the server with these words and this line.
    pub(crate) fn server(&self, words: &str, line: &str) -> Answer {
        Answer::of(&mut self.server_command(words), line)
    }

    /// Runs the agent with these words and this line.
    pub(crate) fn agent(&self, words: &str, line: &str) -> Answer {
        let mut command = self.command(&self.built.agent);
        Answer::of(command.arg("machine").args(words.split_whitespace()), line)
    }

    /// Makes a place for each compiler, with an enrolled machine.
    pub(crate) fn all_enrolled(name: &str) -> impl Iterator<Item = Self> {
        Self::all(name).inspect(|place| {
            let key = place.server("enrol alice LAPTOP-17", "").yes();
            assert_eq!(key.len(), 64);
            assert_eq!(place.enrol(&key).yes(), "");
        })
    }

    /// Gives the machine its key.
    pub(crate) fn enrol(&self, key: &str) -> Answer {
        let mut command = self.command(&self.built.agent);
        Answer::of(command.args(["enrol", "machine"]), key)
    }

    /// Returns the request code at an instant.
    pub(crate) fn request_code(&self, now: i64) -> String {
        first_word(&self.agent(&format!("show {now}"), "").yes())
    }

    /// Returns the offline code for the request code at an instant.
    pub(crate) fn answered(&self, now: i64) -> String {
        let words = format!("answer alice bypass 1mo {now}");
        first_word(&self.server(&words, &self.request_code(now)).yes())
    }

    /// Issues a code at [`NOW`].
    pub(crate) fn issue(&self, words: &str) -> String {
        first_word(&self.server(&format!("issue {words} {NOW}"), "").yes())
    }
}

/// Returns the code at the beginning of a line.
pub(crate) fn first_word(line: &str) -> String {
    line.split(' ').next().unwrap().to_owned()
}

/// The output and the exit status of a program.
#[derive(Debug)]
pub(crate) struct Answer(Output);

impl Answer {
    /// Runs a command that reads this line.
    pub(crate) fn of(command: &mut Command, line: &str) -> Self {
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that does not read has closed its end.
        let _ = writeln!(child.stdin.take().unwrap(), "{line}");
        Self(child.wait_with_output().unwrap())
    }

    /// Asserts the exit status, and returns both outputs.
    fn ended(&self, with: i32) -> (String, String) {
        assert_eq!(self.0.status.code(), Some(with), "{self:?}");
        let text = |bytes: &[u8]| programs::target::lines(bytes).trim_end().to_owned();
        (text(&self.0.stdout), text(&self.0.stderr))
    }

    /// Returns the output of a yes without a complaint.
    #[track_caller]
    pub(crate) fn yes(&self) -> String {
        let (printed, said) = self.ended(0);
        assert_eq!(said, "");
        printed
    }

    /// Returns the complaint of a no without other output.
    #[track_caller]
    pub(crate) fn no(&self) -> String {
        let (printed, said) = self.ended(1);
        assert_eq!(printed, "");
        said
    }

    /// Returns the output and the complaint of a no.
    #[track_caller]
    pub(crate) fn no_and(&self) -> (String, String) {
        self.ended(1)
    }

    /// Returns the usage that a wrong call prints.
    #[track_caller]
    pub(crate) fn usage(&self) -> String {
        let (printed, said) = self.ended(2);
        assert_eq!(printed, "");
        said
    }

    pub(crate) fn is_yes(&self) -> bool {
        self.0.status.success()
    }
}
