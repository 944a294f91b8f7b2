//! Pages and the files beside them, and the links between them.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;

use crate::page::Page;

/// Pages and files by their paths, with `/`, below one folder.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    pages: BTreeMap<String, Page>,
    files: BTreeSet<String>,
}

/// The links of pages.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Links {
    /// The number of relative links that have their file and their anchor.
    pub(crate) alive: usize,
    /// The number of links to other sites, which are not followed.
    pub(crate) external: usize,
    /// The other links, each with its page and with the reason.
    pub(crate) dead: Vec<String>,
}

impl Links {
    /// Returns the figures. Fails with the dead links, or if there are fewer relative links
    /// than expected.
    pub(crate) fn alive(&self, fewest: usize) -> Result<String, String> {
        let (alive, external) = (self.alive, self.external);
        if !self.dead.is_empty() {
            let dead = self.dead.join("\n  ");
            return Err(format!("{} dead links:\n  {dead}", self.dead.len()));
        }
        if alive < fewest {
            return Err(format!("only {alive} relative links were found"));
        }
        Ok(format!(
            "{alive} relative links are alive, {external} external ones are not followed"
        ))
    }
}

impl Pages {
    /// Adds a file, which links can name.
    pub(crate) fn add_file(&mut self, path: impl Into<String>) {
        self.files.insert(path.into());
    }

    /// Adds a page, whose links are looked at.
    pub(crate) fn add_page(&mut self, path: &str, page: Page) {
        self.add_file(path);
        self.pages.insert(path.into(), page);
    }

    /// Looks at the links of all pages.
    pub(crate) fn links(&self) -> Links {
        let mut links = Links::default();
        for (path, page) in &self.pages {
            for link in &page.links {
                match self.follow(path, page, link) {
                    Ok(true) => links.alive = links.alive.saturating_add(1),
                    Ok(false) => links.external = links.external.saturating_add(1),
                    Err(why) => links.dead.push(format!("{path}: {link}: {why}")),
                }
            }
        }
        links
    }

    /// Returns `true` for a relative link that has its file and its anchor, and `false` for
    /// a link to another site.
    fn follow(&self, from: &str, page: &Page, link: &str) -> Result<bool, String> {
        let Some((path, anchor)) = resolve(from, link)? else {
            return Ok(false);
        };
        if path != from && !self.files.contains(&path) {
            return Err("no such file".into());
        }
        if anchor.is_empty() {
            return Ok(true);
        }
        let to = if path == from {
            Some(page)
        } else {
            self.target(&path)
        };
        // A browser tries an anchor as it is written, and then decoded.
        let has = |to: &Page| to.has(&anchor) || decoded(&anchor).is_ok_and(|name| to.has(&name));
        if to.is_some_and(has) {
            Ok(true)
        } else {
            Err("no such anchor".into())
        }
    }

    /// Returns the page at a path, or the one to which it redirects.
    fn target(&self, path: &str) -> Option<&Page> {
        let page = self.pages.get(path)?;
        match &page.redirect {
            Some(link) => self.pages.get(&resolve(path, link).ok()??.0),
            None => Some(page),
        }
    }
}

/// Returns the path and the anchor, as it is written, to which a link of a page leads, or
/// `None` if it leads to another site. Fails if it leads out of the folder.
pub(crate) fn resolve(from: &str, link: &str) -> Result<Option<(String, String)>, String> {
    if is_external(link) {
        return Ok(None);
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let (path, _query) = path.split_once('?').unwrap_or((path, ""));
    let (path, anchor) = (decoded(path)?, anchor.to_owned());
    if path.is_empty() {
        return Ok(Some((from.into(), anchor)));
    }
    if path.starts_with('/') {
        return Err("not relative".into());
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or("leads out of the folder")?;
            }
            part => parts.push(part),
        }
    }
    Ok(Some((parts.join("/"), anchor)))
}

fn decoded(text: &str) -> Result<String, String> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(Into::into).map_err(|error| error.to_string())
}

/// Returns `true` for a link with a scheme, `https:` or `data:`, or with a host.
fn is_external(link: &str) -> bool {
    let of_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let scheme = link.split_once(':').map(|(scheme, _)| scheme);
    link.starts_with("//")
        || scheme.is_some_and(|scheme| !scheme.is_empty() && scheme.chars().all(of_scheme))
}

/// Fails unless a dead link and a dead anchor are found, in pages that `read` reads.
pub(crate) fn control(read: impl Fn(&str) -> Page, texts: [&str; 2]) -> Result<(), String> {
    let [good, bad] = texts;
    let mut pages = Pages::default();
    pages.add_page("folder/good", read(good));
    pages.add_page("folder/bad", read(bad));
    let found = pages.links();
    let dead = [
        "folder/bad: good#dead: no such anchor",
        "folder/bad: dead: no such file",
    ];
    if found.dead == dead && found.alive == 1 {
        return Ok(());
    }
    Err(format!("the control found {found:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(page: &str) -> Links {
        let mut pages = Pages::default();
        pages.add_file("include/stopgap.h");
        pages.add_page("README.md", Page::markdown("# Stopgap\n"));
        pages.add_page("docs/page.md", Page::markdown(page));
        pages.links()
    }

    #[test]
    fn links_that_lead_to_files_and_headings_are_alive() {
        let found = links(
            "# A page\n[1](../README.md) [2](../README.md#stopgap) [3](#a-page) [4](./page.md)\n\
             [5](../include/stopgap.h) [6](../READ%4DE.md?query#) [7](https://stopgap.example)\n\
             [8](mailto:dana@stopgap.example)",
        );
        let dead = vec![];
        assert_eq!(
            found,
            Links {
                alive: 6,
                external: 2,
                dead
            }
        );
        assert!(found.alive(6).is_ok());
        assert!(found.alive(7).is_err());
    }

    #[test]
    fn anchors_are_decoded_and_looked_up_behind_redirects() {
        let mut pages = Pages::default();
        let old = "<meta http-equiv=refresh content=\"0;URL=../new.html\">";
        pages.add_page("old/page.html", Page::html(old));
        pages.add_page("new.html", Page::html("<p id=a%3Cb><p id=\"c<d\">"));
        let links = "<a href=old/page.html#a%3Cb></a><a href=new.html#c%3Cd></a>";
        pages.add_page("index.html", Page::html(links));
        assert_eq!(pages.links().alive(2).map(|_| ()), Ok(()));
        pages.add_page("bad.html", Page::html("<a href=old/page.html#e></a>"));
        let dead = ["bad.html: old/page.html#e: no such anchor"];
        assert_eq!(pages.links().dead, dead);
    }

    #[test]
    fn dead_links_are_named_with_their_page_and_the_reason() {
        for (link, why) in [
            ("missing.md", "no such file"),
            ("README.md", "no such file"),
            ("../readme.md", "no such file"),
            ("../README.md#missing", "no such anchor"),
            ("#missing", "no such anchor"),
            ("../include/stopgap.h#missing", "no such anchor"),
            ("../../README.md", "leads out of the folder"),
            ("/README.md", "not relative"),
        ] {
            let found = links(&format!("[one]({link})"));
            assert_eq!(found.dead, [format!("docs/page.md: {link}: {why}")]);
            assert!(found.alive(0).is_err());
        }
    }
}
