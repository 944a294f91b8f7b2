//! One run of a program that calls PAM.

use std::{
    io::{self, Read, Write},
    process::{Child, ChildStdin, Command, Stdio},
};

/// A program that waits for an answer.
pub(crate) struct Logon {
    child: Child,
    input: Option<ChildStdin>,
    output: io::PipeReader,
    /// The output so far, with the lines of the log.
    raw: String,
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) is_granted: bool,
    /// The output for the person.
    pub(crate) said: String,
    /// The module's lines of the log.
    pub(crate) log: String,
}

impl Logon {
    /// Starts a program.
    pub(crate) fn begin(command: &mut Command) -> Self {
        let (output, writer) = io::pipe().unwrap();
        command
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer);
        let mut child = command.spawn().unwrap();
        // The only writers that are left are the program's.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let input = child.stdin.take();
        Self {
            child,
            input,
            output,
            raw: String::new(),
        }
    }

    /// Waits for the next question, and returns the request code that it shows.
    pub(crate) fn asked(&mut self) -> Option<String> {
        let from = self.raw.len();
        while !self.raw[from..].ends_with("Code from the help desk: ") {
            let mut byte = [0];
            assert_eq!(
                self.output.read(&mut byte).unwrap(),
                1,
                "no question: {}",
                self.raw
            );
            self.raw.push(byte[0].into());
        }
        let (_, shown) = self.raw[from..].split_once("Request code: ")?;
        Some(shown.lines().next().unwrap().to_owned())
    }

    /// Types a line.
    pub(crate) fn types(&mut self, line: &str) {
        // A program that has read enough may have ended.
        let _ = writeln!(self.input.as_mut().unwrap(), "{line}");
    }

    /// Types a line, and waits for the end.
    pub(crate) fn answers(mut self, line: &str) -> Ended {
        self.asked();
        self.types(line);
        self.ends()
    }

    /// Closes the input, and waits for the end.
    pub(crate) fn ends(mut self) -> Ended {
        drop(self.input.take());
        self.output.read_to_string(&mut self.raw).unwrap();
        let status = self.child.wait().unwrap();
        let (said, log) = without_log(&self.raw);
        Ended {
            is_granted: status.success(),
            said,
            log,
        }
    }
}

/// Divides the output into that of the program and the lines of the log, which may begin in the
/// middle of a line.
fn without_log(raw: &str) -> (String, String) {
    let (mut said, mut log) = (String::new(), String::new());
    for line in raw.split_inclusive('\n') {
        let (before, logged) = line.split_at(line.find("[log ").unwrap_or(line.len()));
        said.push_str(before);
        log.push_str(logged);
    }
    (said, log)
}

impl Ended {
    /// Asserts that the logon succeeded.
    #[track_caller]
    pub(crate) fn yes(self) -> Self {
        assert!(self.is_granted, "{self:?}");
        self
    }

    /// Asserts that the logon failed, and that the person and the log read this.
    #[track_caller]
    pub(crate) fn no(self, said: &str, log: &str) -> Self {
        assert!(!self.is_granted, "{self:?}");
        assert!(self.said.contains(said), "not {said:?}: {self:?}");
        assert!(self.log.contains(log), "not {log:?}: {self:?}");
        self
    }
}
