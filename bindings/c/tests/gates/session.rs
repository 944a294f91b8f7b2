//! A session of both examples, the agent and the server, under a tool.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{BARE, Program, is_deep};
use crate::programs::Language;

/// 2026-11-21 15:00:00 UTC.
const NOW: &str = "1795273200";

/// The agent and the server of each language.
const PAIRS: [[Program; 2]; 2] = [
    [
        example("agent-c", Language::C, &["examples/agent.c"]),
        example("server-c", Language::C, &["examples/server.c"]),
    ],
    [
        example("agent-cpp", Language::Cpp, &["examples/agent.cpp"]),
        example("server-cpp", Language::Cpp, &["examples/server.cpp"]),
    ],
];

/// Returns the pairs to watch: in the short form those of one language.
pub(crate) fn pairs(sooner: Language) -> impl Iterator<Item = &'static [Program; 2]> {
    let all = PAIRS.iter();
    all.filter(move |[agent, _]| is_deep() || agent.language == sooner)
}

const fn example(
    name: &'static str,
    language: Language,
    sources: &'static [&'static str],
) -> Program {
    Program {
        name,
        language,
        sources,
        ..BARE
    }
}

/// Two built examples, and the tool that watches them.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    pub(crate) tool: &'a [&'a str],
    pub(crate) agent: PathBuf,
    pub(crate) server: PathBuf,
    pub(crate) folder: PathBuf,
}

impl Session<'_> {
    /// Issues and verifies, shows, answers, redeems and remembers. Returns the number of
    /// runs.
    pub(crate) fn holds(&self) -> u32 {
        let first = |line: String| line.split(' ').next().unwrap().to_owned();
        let server = |words: &str, line: &str| self.run(&self.server, words, line, 0);
        let agent = |words: &str, line: &str, ends: i32| self.run(&self.agent, words, line, ends);
        server("init server", "");
        let code = first(server("server issue alice reset 1d", ""));
        let verified = server("server verify alice reset", &code);
        assert_eq!(verified, "granted until 2026-11-22T15:00:00Z");
        self.run(&self.server, "server verify alice reset", &code, 1);
        let key = server("server enrol alice LAPTOP-17", "");
        agent("enrol machine", &key, 0);
        let request = first(agent("machine show", "", 0));
        let answer = first(server("server answer alice bypass 1mo", &request));
        let active = "password-only until 2026-12-21T15:00:00Z";
        assert_eq!(agent("machine redeem", &answer, 0), active);
        assert_eq!(agent("machine redeem", &answer, 1), "");
        assert_eq!(agent("machine status", "", 0), active);
        agent("machine clear", "", 0);
        assert_eq!(agent("machine status", "", 1), "second factor needed");
        13
    }

    /// Runs a program with these words, a time and a line of input, and returns its output.
    /// A tool that reports something ends it with 9.
    fn run(&self, program: &Path, words: &str, line: &str, ends: i32) -> String {
        let start = self
            .tool
            .first()
            .map_or(program.as_os_str(), |tool| tool.as_ref());
        let mut command = Command::new(start);
        if let Some((_, rest)) = self.tool.split_first() {
            command.args(rest).arg(program);
        }
        command.args(words.split(' ')).current_dir(&self.folder);
        if !words.starts_with("init") && !words.contains("enrol ") {
            command.arg(NOW);
        }
        command.env("ASAN_OPTIONS", "exitcode=9");
        command.env("LSAN_OPTIONS", "exitcode=9");
        command.env("UBSAN_OPTIONS", "exitcode=9");
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that does not read has closed its end.
        let _ = writeln!(child.stdin.take().unwrap(), "{line}");
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(ends), "{command:?}: {said}");
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }
}
