//! The claims of SECURITY.md: each test that it names is there.

use std::{fs, io, path::Path};

use crate::step::{Outcome, root};

/// What the page is to name at the least, lest a page that was emptied hold.
const FEWEST: usize = 30;

pub(crate) fn check() -> Outcome {
    let read = || -> io::Result<Outcome> {
        let page = fs::read_to_string(root().join("SECURITY.md"))?;
        let mut sources = String::new();
        for folder in ["crates", "bindings"] {
            gather(&root().join(folder), &mut sources)?;
        }
        let tests = named(&page);
        let missing: Vec<_> = tests
            .iter()
            .filter(|test| !is_there(test, &sources))
            .collect();
        Ok(if !missing.is_empty() {
            Outcome::Failed(format!("SECURITY.md names what is not there: {missing:?}"))
        } else if tests.len() < FEWEST {
            Outcome::Failed(format!("SECURITY.md names {} tests only", tests.len()))
        } else if is_there("nobody_wrote_this_test", &sources) {
            Outcome::Failed("a test that is not there was found".into())
        } else {
            Outcome::Passed(format!("{} tests named, all there", tests.len()))
        })
    };
    read().unwrap_or_else(|error| Outcome::Failed(error.to_string()))
}

/// What stands between backticks and is written as the name of a function of several
/// words.
fn named(page: &str) -> Vec<&str> {
    let function = |code: &&str| {
        let letters = |character: char| character.is_ascii_lowercase() || character == '_';
        code.contains('_')
            && code
                .chars()
                .all(|character| letters(character) || character.is_ascii_digit())
    };
    page.split('`')
        .skip(1)
        .step_by(2)
        .filter(function)
        .collect()
}

fn is_there(function: &str, sources: &str) -> bool {
    sources.contains(&format!("fn {function}("))
}

/// All Rust below a folder.
fn gather(folder: &Path, sources: &mut String) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
