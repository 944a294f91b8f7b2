//! The C and C++ of the README: the header has the quoted part, and the programs compile by
//! their own commands and work.

use std::{fs, process::Command};

use crate::programs::{self, Language};

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
    let readme = fs::read_to_string(programs::root().join("README.md")).unwrap();
    let header = fs::read_to_string(programs::root().join("include/stopgap.h")).unwrap();
    let (program, quoted): (Vec<_>, Vec<_>) = blocks(&readme, "c")
        .into_iter()
        .partition(|block| block.contains("int main("));
    assert_eq!((program.len(), quoted.len()), (1, 1));
    for block in quoted {
        assert!(header.contains(block), "not in stopgap.h:\n{block}");
    }
    let shell = blocks(&readme, "sh").concat();
    works(Language::C, "issue.c", program[0], line(&shell, "cc "));
    let program = blocks(&readme, "cpp");
    assert_eq!(program.len(), 1);
    works(Language::Cpp, "issue.cpp", program[0], line(&shell, "c++ "));
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
        let library = programs::library().join(programs::STATIC);
        let mut command = Command::new(compiler);
        command.arg(language.standard()).args(programs::WARNINGS);
        for word in line.split(' ').skip(1) {
            match word {
                "-Iinclude" => command.arg(&include),
                // The library of the tests; --release has it in the other place.
                "target/release/libstopgap_c.a" => command.arg(&library),
                word => command.arg(word),
            };
        }
        programs::run(command.current_dir(&folder));
        let issued = programs::run(&mut Command::new(folder.join("issue")));
        let (tell, verified) = issued.split_once(".\n").unwrap();
        assert_eq!(tell.len(), "Tell alice 3F9A-77C2-01BE".len());
        assert_eq!(verified, "She may reset her password.\n");
    }
}
