//! The tile of the provider, in a program that does what `LogonUI` does.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStdin, ChildStdout},
};

use crate::windows::Windows;

/// A tile that is shown.
pub(crate) struct Tile {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    said: String,
}

impl Tile {
    /// Shows the tile, and waits for its last field.
    pub(crate) fn open(windows: &Windows) -> Self {
        let mut child = windows.start("logon_ui.exe", &[]);
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let said = String::new();
        let mut tile = Self {
            child,
            input,
            output,
            said,
        };
        while !tile.said.contains("submit button: ") {
            let mut line = String::new();
            let length = tile.output.read_line(&mut line).unwrap();
            assert_ne!(length, 0, "no tile: {}", tile.said);
            tile.said += &line.replace('\r', "");
        }
        tile
    }

    pub(crate) fn request_code(&self) -> String {
        let (_, code) = self.said.split_once("Request code: ").expect(&self.said);
        code.lines().next().unwrap().to_owned()
    }

    /// Types a line and submits it.
    pub(crate) fn types(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// Closes the tile, which must succeed, and returns all that it showed.
    pub(crate) fn closes(mut self) -> String {
        drop(self.input);
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        self.said += &rest.replace('\r', "");
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {}", self.said);
        self.said
    }
}
