//! The C and C++ of the README, this crate's README and the guide for agents: the programs
//! compile by their own commands and work, and quoted parts are in the files that they are
//! quoted from.

use std::{fs, process::Command};

use crate::programs::{self, Language, target};

/// Returns the blocks of a language, in order.
fn blocks<'a>(markdown: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let begun = markdown.split(fence.as_str()).skip(1);
    begun
        .map(|rest| rest.split_once("```\n").unwrap().0)
        .collect()
}

#[test]
fn the_readme_is_right() {
    let readme = read("README.md");
    let program = blocks(&readme, "c");
    assert_eq!(program.len(), 1);
    let shell = blocks(&readme, "sh").concat();
    works(Language::C, "issue.c", program[0], line(&shell, "cc "));
    let program = blocks(&readme, "cpp");
    assert_eq!(program.len(), 1);
    works(Language::Cpp, "issue.cpp", program[0], line(&shell, "c++ "));
}

#[test]
fn the_page_quotes_the_header() {
    let page = read("bindings/c/README.md");
    let (_, section) = page.split_once("\n## How to read the header\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    assert_quoted(section, "c", 1, "include/stopgap.h");
}

#[test]
fn the_guide_quotes_the_agents() {
    let guide = read("docs/agent.md");
    assert_quoted(&guide, "c", 4, "bindings/c/examples/agent.c");
    assert_quoted(&guide, "cpp", 4, "bindings/c/examples/agent.cpp");
}

/// Returns a file of the project.
fn read(path: &str) -> String {
    fs::read_to_string(programs::root().join(path)).unwrap()
}

/// Asserts that a file has all blocks of a language, of which there are this many.
fn assert_quoted(markdown: &str, language: &str, number: usize, file: &str) {
    let source = read(file);
    let quoted = blocks(markdown, language);
    assert_eq!(quoted.len(), number, "{language}");
    for block in quoted {
        assert!(source.contains(block), "not in {file}:\n{block}");
    }
}

/// Returns the command with this beginning.
fn line<'a>(shell: &'a str, start: &str) -> &'a str {
    shell.lines().find(|line| line.starts_with(start)).unwrap()
}

/// Asserts that a program, compiled by a command with each compiler, issues and verifies.
fn works(language: Language, file: &str, program: &str, line: &str) {
    for compiler in language.compilers() {
        let folder = programs::folder(&format!("readme-{compiler}"));
        fs::write(folder.join(file), program).unwrap();
        let include = format!("-I{}", programs::root().join("include").display());
        let mut command = Command::new(compiler);
        command.arg(language.standard()).args(programs::WARNINGS);
        for word in line.split(' ').skip(1) {
            match word {
                "-Iinclude" => command.arg(&include),
                // The library of the tests, and what it needs on their target.
                "target/release/libstopgap_c.a" => target::link(&mut command),
                word if word.starts_with("-l") => continue,
                word => command.arg(word),
            };
        }
        programs::run(command.current_dir(&folder));
        let issued = programs::run(&mut target::start(&target::executable(&folder, "issue")));
        let (tell, verified) = issued.split_once(".\n").unwrap();
        assert_eq!(tell.len(), "Tell alice 3F9A-77C2-01BE".len());
        assert_eq!(verified, "She may reset her password.\n");
    }
}
