//! The README's C: what it quotes of the header stands there, and its program
//! compiles, by its own command, and works.

use std::{fs, process::Command};

use crate::programs::{self, Language};

/// The blocks of a language, in order.
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
    let line = shell.lines().find(|line| line.starts_with("cc ")).unwrap();
    for compiler in Language::C.compilers() {
        let folder = programs::folder(&format!("readme-{compiler}"));
        fs::write(folder.join("issue.c"), program[0]).unwrap();
        let include = format!("-I{}", programs::root().join("include").display());
        let library = programs::library().join("libstopgap.a");
        let mut command = Command::new(compiler);
        command.args(["-std=c99"]).args(programs::WARNINGS);
        for word in line.split(' ').skip(1) {
            match word {
                "-Iinclude" => command.arg(&include),
                // As the tests have it; Cargo puts it there with --release.
                "target/release/libstopgap.a" => command.arg(&library),
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
