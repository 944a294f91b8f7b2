//! Blocks of the page `README.md`.
#![allow(dead_code, reason = "each test uses a part of this")]

/// The page.
pub(crate) const TEXT: &str = include_str!("../../README.md");

/// A section of the page, by its title.
pub(crate) fn section(title: &str) -> &'static str {
    let heading = format!("\n## {title}\n");
    let (_, section) = TEXT.split_once(&heading).expect(title);
    section.split("\n## ").next().unwrap()
}

/// The block of this language that follows `skip` others.
pub(crate) fn block<'a>(text: &'a str, language: &str, skip: usize) -> &'a str {
    let fence = format!("```{language}\n");
    let block = text.split(&fence).nth(skip + 1);
    let block = block.unwrap_or_else(|| panic!("no {language} block in {text}"));
    block.split("```").next().unwrap()
}

/// All blocks of this language, joined.
pub(crate) fn blocks(text: &str, language: &str) -> String {
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}
