//! The console blocks of a README, and a shell that runs them.

use std::{
    fmt, fs,
    path::Path,
    process::{Command, Stdio},
    sync::LazyLock,
};

use regex::Regex;

use super::binding::Binding;

/// The console blocks of a file, in order.
#[derive(Debug)]
pub struct Transcript {
    blocks: usize,
    steps: Vec<Step>,
}

/// A command and its expected output.
#[derive(Debug)]
struct Step {
    line: usize,
    command: String,
    says: Vec<String>,
}

impl Transcript {
    /// Reads the blocks of a Markdown file.
    pub fn read(markdown: &str) -> Result<Self, Difference> {
        let (mut blocks, mut steps) = (0, Vec::<Step>::new());
        let mut within = false;
        for (line, text) in (1..).zip(markdown.lines()) {
            match text {
                "```console" if !within => {
                    within = true;
                    blocks += 1;
                    let begins = markdown.lines().nth(line);
                    if !begins.is_some_and(|first| first.starts_with("$ ")) {
                        return Err(Difference::new(line, "a block must begin with a command"));
                    }
                }
                "```" => within = false,
                _ if !within => {}
                _ => match (text.strip_prefix("$ "), steps.last_mut()) {
                    (_, Some(step)) if step.command.ends_with("\\\n") => {
                        step.command.push_str(text);
                        step.continue_if_told();
                    }
                    (Some(command), _) => {
                        let (command, says) = (command.to_owned(), Vec::new());
                        steps.push(Step {
                            line,
                            command,
                            says,
                        });
                        steps.last_mut().unwrap().continue_if_told();
                    }
                    (None, Some(step)) => step.says.push(text.to_owned()),
                    (None, None) => {}
                },
            }
        }
        if within {
            return Err(Difference::new(0, "a block does not end"));
        }
        Ok(Self { blocks, steps })
    }

    pub fn blocks(&self) -> usize {
        self.blocks
    }
}

impl Step {
    /// Continues the command in the next line if it ends with a backslash.
    fn continue_if_told(&mut self) {
        if self.command.ends_with('\\') {
            self.command.push('\n');
        }
    }
}

/// Runs a transcript in its own folder.
///
/// The working folder and the exit status of a command are kept for the next one. A
/// command that fails must be followed by `$ echo $?`.
pub fn run(transcript: &Transcript) -> Result<(), Difference> {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let home = root.join("home");
    fs::create_dir(&home).unwrap();
    let mut shell = Shell {
        told: root.join("told"),
        folder: home.display().to_string(),
        status: 0,
    };
    let mut binding = Binding::default();
    for (index, step) in transcript.steps.iter().enumerate() {
        let said = shell.run(&binding.apply(&step.command));
        let asked = transcript.steps.get(index + 1);
        let asked = asked.is_some_and(|next| next.command == "echo $?");
        let says: Vec<&str> = said.lines().collect();
        let alike = says.len() == step.says.len()
            && says
                .iter()
                .zip(&step.says)
                .all(|(actual, expected)| binding.matches(expected, actual));
        if !alike {
            let what = format!("says\n{said}\nand not\n{}", step.says.join("\n"));
            return Err(step.difference(&what));
        }
        if shell.status != 0 && !asked {
            return Err(step.difference(&format!("exits with {}", shell.status)));
        }
    }
    Ok(())
}

/// A shell like that of a reader.
struct Shell {
    told: std::path::PathBuf,
    folder: String,
    status: i32,
}

/// The start of a command line that does not need the command to be installed.
static CARGO_RUN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bcargo run --release( -p stopgap-cli)? -- ").unwrap());

impl Shell {
    /// Runs a command, and returns the output of both streams.
    fn run(&mut self, command: &str) -> String {
        const SCRIPT: &str = r#"
            cd "$FOLDER" || exit 99
            trap 'pwd > "$TOLD"' EXIT
            (exit "$STATUS")
            eval "$COMMAND" 2>&1
        "#;
        let command = CARGO_RUN.replace_all(command, "stopgap ");
        let built = Path::new(env!("CARGO_BIN_EXE_stopgap")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("bash")
            .args(["-c", SCRIPT])
            .env_clear()
            .env("PATH", format!("{}:{path}", built.display()))
            .env("TZ", "UTC")
            .env("FOLDER", &self.folder)
            .env("TOLD", &self.told)
            .env("STATUS", self.status.to_string())
            .env("COMMAND", &*command)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        self.status = output.status.code().unwrap_or(-1);
        let told = fs::read_to_string(&self.told).unwrap();
        told.trim_end().clone_into(&mut self.folder);
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The line of a README that differs from the run, and the difference.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    line: usize,
    what: String,
}

impl Difference {
    fn new(line: usize, what: &str) -> Self {
        let what = what.into();
        Self { line, what }
    }
}

impl Step {
    fn difference(&self, what: &str) -> Difference {
        Difference::new(self.line, &format!("`{}` {what}", self.command))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}
