//! The claims of SECURITY.md: each test that it names must exist.

use std::fs;

use crate::step::{Outcome, output, program, root};

/// The page names at least this many tests.
const FEWEST: usize = 30;

pub(crate) fn check() -> Outcome {
    named().into()
}

fn named() -> Result<String, Outcome> {
    let page = fs::read_to_string(root().join("SECURITY.md"))?;
    // Every line of the product with a function.
    let functions = output(program(
        "git grep --untracked --no-color -hw fn -- crates bindings",
    ))?;
    let exists = |test: &str| functions.contains(&format!("fn {test}("));
    let code = page.split('`').skip(1).step_by(2);
    let tests: Vec<&str> = code.filter(|code| is_name(code)).collect();
    let missing: Vec<_> = tests.iter().filter(|test| !exists(test)).collect();
    let tests = tests.len();
    let outcome = if !missing.is_empty() {
        Outcome::Failed(format!(
            "SECURITY.md names tests that do not exist: {missing:?}"
        ))
    } else if tests < FEWEST {
        Outcome::Failed(format!("SECURITY.md names only {tests} tests"))
    } else if exists("a_test_that_does_not_exist") {
        Outcome::Failed("a test that does not exist was found".into())
    } else {
        return Ok(format!("{tests} tests named, all exist"));
    };
    Err(outcome)
}

/// `true` if a piece of code is a function's name of several words.
fn is_name(code: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    code.contains('_') && code.chars().all(allowed)
}
