//! The links of the project's Markdown: each relative one must have its file and its
//! anchor, and each guide its place in `docs/SUMMARY.md`.

use std::{fs, path::Path};

use crate::{
    page::Page,
    pages::{Pages, control, resolve},
    step::{Outcome, output, program, root},
};

/// The contents of the documentation site.
pub(crate) const SUMMARY: &str = "docs/SUMMARY.md";
/// The pages have at least this many relative links.
const FEWEST: usize = 80;

pub(crate) fn check() -> Outcome {
    alive().into()
}

fn alive() -> Result<String, String> {
    control(
        Page::markdown,
        ["# Here\n", "[1](good#here) [2](good#dead) [3](dead)\n"],
    )?;
    let mut pages = Pages::default();
    let mut guides = Vec::new();
    for file in tracked()? {
        if !is_page(&file) {
            pages.add_file(file);
            continue;
        }
        let page = Page::markdown(&text(&file)?);
        pages.add_page(&file, page);
        if file != SUMMARY
            && file
                .rsplit_once('/')
                .is_some_and(|(folder, _)| folder == "docs")
        {
            guides.push(file);
        }
    }
    let listed = listed(&text(SUMMARY)?)?;
    guides.retain(|guide| !listed.contains(guide));
    if !guides.is_empty() {
        return Err(format!("{SUMMARY} does not list {}", guides.join(", ")));
    }
    pages.links().alive(FEWEST)
}

/// Returns the files of the project that are there, also those that are not committed yet.
fn tracked() -> Result<Vec<String>, String> {
    let list = "git -c core.quotePath=off ls-files --cached --others --exclude-standard";
    let list = output(program(list))?;
    let files = list.lines().map(str::to_owned);
    Ok(files.filter(|file| root().join(file).exists()).collect())
}

/// Reads a file of the project.
pub(crate) fn text(file: &str) -> Result<String, String> {
    fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))
}

/// Returns the paths of the pages that a summary lists.
pub(crate) fn listed(summary: &str) -> Result<Vec<String>, String> {
    let links = Page::markdown(summary).links;
    let pages = links.iter().map(|link| {
        let resolved = resolve(SUMMARY, link)?;
        let (path, _) = resolved.ok_or_else(|| format!("{SUMMARY}: {link} is no page"))?;
        Ok(path)
    });
    pages.collect()
}

/// Returns `true` for a file of Markdown.
pub(crate) fn is_page(file: &str) -> bool {
    Path::new(file)
        .extension()
        .is_some_and(|extension| extension == "md")
}
