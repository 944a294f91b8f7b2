//! The folder that mdBook reads: the pages of `docs/SUMMARY.md`, and the files to which
//! they link, at the same paths as in the project.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use super::files::write;
use crate::{
    links::{SUMMARY, is_page, listed, text},
    page::Page,
    pages::resolve,
    step::root,
};

/// The page that links to the references, which are not pages of the book.
const REFERENCES: &str = "\
# Functions and types

The references are made from the comments in the code.

| language | reference |
| --- | --- |
| Rust | [the core, `stopgap`](rust/stopgap/index.html) |
| Rust | [the registry, `stopgap-registry`](rust/stopgap_registry/index.html) |
| C and C++ | [the headers `stopgap.h` and `stopgap.hpp`](c/index.html) |
| Python | [the package `stopgap`](python/index.html) |
";
/// The heading in the summary below which that page stands.
const PART: &str = "# Reference\n";

/// Writes the folder `src` and the settings of the book. Returns the figures.
pub(super) fn stage(folder: &Path) -> Result<String, String> {
    let src = folder.join("src");
    write(&folder.join("book.toml"), text("docs/book.toml")?)?;
    let summary = text(SUMMARY)?;
    write(&src.join("SUMMARY.md"), contents(&summary)?)?;
    write(&src.join("references.md"), REFERENCES)?;
    let pages = listed(&summary)?;
    let mut files = BTreeSet::new();
    for page in &pages {
        let text = text(page)?;
        files.extend(linked(page, &text)?);
        write(&src.join(page), relinked(&text, |link| Ok(as_index(link)))?)?;
    }
    // The site has another page at the address of the summary: see book.toml.
    files.retain(|file| file != SUMMARY && !pages.contains(file));
    for file in &files {
        if is_page(file) {
            return Err(format!("a page links to {file}: list it in {SUMMARY}"));
        }
        let path: PathBuf = root().join(file);
        let bytes = fs::read(&path).map_err(|error| format!("{file}: {error}"))?;
        write(&src.join(file), bytes)?;
    }
    let (pages, files) = (pages.len(), files.len());
    Ok(format!("{pages} pages, and {files} files that they link"))
}

/// Returns the summary with links from the root instead of from `docs`, and with the
/// references.
fn contents(summary: &str) -> Result<String, String> {
    let references = format!("{PART}\n- [Functions and types](references.md)");
    let contents = relinked(summary, |link| {
        let (path, _) = resolve(SUMMARY, link)?.ok_or("a link to another site")?;
        Ok(path)
    })?;
    // A blank line would start another list.
    let part = format!("{PART}\n");
    if !contents.contains(&part) {
        return Err(format!("{SUMMARY} has no part {PART:?}"));
    }
    Ok(contents.replacen(&part, &format!("{references}\n"), 1))
}

/// Returns a text with other links.
fn relinked(text: &str, other: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    let mut parts = text.split("](");
    let mut relinked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let _ = match part.split_once(')') {
            Some((link, rest)) => write!(relinked, "]({}){rest}", other(link)?),
            None => write!(relinked, "]({part}"),
        };
    }
    Ok(relinked)
}

/// Returns a link as mdBook needs it, which makes `index.html` of `README.md`.
fn as_index(link: &str) -> String {
    let (path, anchor) = link.split_at(link.find('#').unwrap_or(link.len()));
    match path.strip_suffix("README.md") {
        Some(folder) if !path.contains(':') => format!("{folder}index.md{anchor}"),
        _ => link.into(),
    }
}

/// Returns the files of the project to which a page links.
fn linked(page: &str, text: &str) -> Result<BTreeSet<String>, String> {
    let links = Page::markdown(text).links;
    let files = links.iter().filter_map(|link| match resolve(page, link) {
        Ok(file) => file.map(|(file, _)| Ok(file)),
        Err(why) => Some(Err(format!("{page}: {link}: {why}"))),
    });
    files.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contents_link_from_the_root() {
        let summary = "[Stopgap](../README.md)\n\n# Reference\n\n- [Fleet](FLEET.md)\n";
        assert_eq!(
            contents(summary).as_deref(),
            Ok("[Stopgap](README.md)\n\n# Reference\n\n\
                - [Functions and types](references.md)\n- [Fleet](docs/FLEET.md)\n")
        );
        assert!(contents("[Stopgap](../README.md)\n").is_err());
        assert!(contents("# Reference\n\n- [Out](../../README.md)\n").is_err());
    }

    #[test]
    fn links_to_a_readme_become_those_to_an_index() {
        for (link, other) in [
            ("../README.md", "../index.md"),
            ("README.md#use", "index.md#use"),
            ("page.md", "page.md"),
            (
                "https://stopgap.example/README.md",
                "https://stopgap.example/README.md",
            ),
        ] {
            assert_eq!(as_index(link), other);
        }
    }

    #[test]
    fn linked_files_are_those_of_the_project() {
        let text = "[1](a.rs#L1) ![2](../b.svg) [3](https://stopgap.example) [4](#here)";
        let files = linked("docs/page.md", text).unwrap();
        let expected = ["b.svg", "docs/a.rs", "docs/page.md"].map(str::to_owned);
        assert_eq!(files, expected.into());
    }
}
