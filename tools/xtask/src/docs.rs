//! `cargo xtask docs`: the documentation as one site, in `target/site/html`. The guides
//! are a book of mdBook; the references of Rust, C and Python stand beside it.

mod c;
mod doxygen;
mod files;
mod python;
mod rust;
mod site;
mod stage;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{
    links,
    python::target,
    step::{Report, run as show},
    tool::Tool,
};

const MDBOOK: Tool = Tool("mdbook", "0.5.4");
/// Without its server, which the command does not use.
const FEATURES: [&str; 3] = ["--no-default-features", "--features", "search"];

pub(crate) fn run() -> ExitCode {
    let report = Report::default();
    let folder = folder();
    let html = folder.join("html");
    report.step("links", links::check);
    report.step("book", || book(&folder));
    report.step("Rust", || rust::write(&html.join("rust")));
    report.step("C and C++", || c::write(&html.join("c")));
    report.step("Doxygen", || doxygen::write(&html.join("c")));
    report.step("Python", || python::write(&html.join("python")));
    report.step("site", || site::check(&html));
    let code = report.close();
    println!("{}", html.join("index.html").display());
    code
}

fn folder() -> PathBuf {
    target().join("site")
}

/// Empties the folder of the site, and builds the book in it.
fn book(folder: &Path) -> Result<String, String> {
    files::empty(folder)?;
    let staged = stage::stage(folder)?;
    let mut mdbook = MDBOOK.program(&FEATURES)?;
    mdbook.arg("build").arg(folder);
    show(mdbook, |_| ())?;
    Ok(staged)
}
