//! The links and the anchors of a page, in Markdown or in HTML.

use std::collections::BTreeSet;

use html5gum::{DefaultEmitter, Token, Tokenizer};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The attributes of HTML that are links.
const LINKS: [&[u8]; 2] = [b"href", b"src"];

/// The links of a page, and the anchors that a link can name behind a `#`.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The links as they are written.
    pub(crate) links: Vec<String>,
    /// The link to which a page of HTML redirects.
    pub(crate) redirect: Option<String>,
    anchors: BTreeSet<String>,
}

impl Page {
    /// Reads a page of Markdown. Headings have the anchors that GitHub gives them.
    pub(crate) fn markdown(text: &str) -> Self {
        let mut page = Self::default();
        let (mut heading, mut html) = (None, String::new());
        for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    page.heading(&heading.take().unwrap_or_default());
                }
                Event::Html(part) | Event::InlineHtml(part) => html.push_str(&part),
                _ => {}
            }
        }
        page.tags(&html);
        page
    }

    /// Reads a page of HTML.
    pub(crate) fn html(text: &str) -> Self {
        let mut page = Self::default();
        page.tags(text);
        page
    }

    /// Returns `true` if a link can name this anchor.
    pub(crate) fn has(&self, anchor: &str) -> bool {
        self.anchors.contains(anchor) || self.has_lines(anchor)
    }

    /// Returns `true` if the anchor is a range of lines, `12-34`, as rustdoc's pages of
    /// source code understand it.
    fn has_lines(&self, anchor: &str) -> bool {
        let is_line = |line: &str| line.parse::<u32>().is_ok() && self.anchors.contains(line);
        let lines = anchor.split_once('-');
        lines.is_some_and(|(first, last)| is_line(first) && is_line(last))
    }

    /// Adds the anchor of a heading: its letters, figures, `-` and `_` in lower case, with
    /// `-` for each space. The second heading of the same text ends in `-1`.
    fn heading(&mut self, text: &str) {
        let kept = |c: char| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            _ => c.is_alphanumeric().then_some(c),
        };
        let name: String = text.to_lowercase().chars().filter_map(kept).collect();
        let numbered = (1_u32..).map(|number| format!("{name}-{number}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        self.anchors
            .extend(names.find(|name| !self.anchors.contains(name)));
    }

    fn tags(&mut self, html: &str) {
        let mut emitter = DefaultEmitter::default();
        // The text of a script is no HTML.
        emitter.naively_switch_states(true);
        for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
            let Token::StartTag(tag) = token else {
                continue;
            };
            for (name, value) in &tag.attributes {
                let name: &[u8] = name;
                let value = String::from_utf8_lossy(value).into_owned();
                let redirect = || Some(value.split_once("URL=")?.1.to_owned());
                if *tag.name == *b"meta" && name == b"content" {
                    self.redirect = redirect().or(self.redirect.take());
                } else if LINKS.contains(&name) {
                    self.links.push(value);
                } else if name == b"id" || (name == b"name" && *tag.name == *b"a") {
                    self.anchors.insert(value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_has_links_images_and_headings() {
        let page = Page::markdown(
            "# The `stopgap` command\n\n[a](b.md#c) and ![d](e.svg)\n\n## C and C++\n\n\
             ## A security code's lifecycle\n\n<img src=\"f.svg\"> <a id=\"g\"></a>\n\n\
             ```text\n[no](link.md)\n```\n\n`[no](link.md)`\n",
        );
        assert_eq!(page.links, ["b.md#c", "e.svg", "f.svg"]);
        for anchor in [
            "the-stopgap-command",
            "c-and-c",
            "a-security-codes-lifecycle",
            "g",
        ] {
            assert!(page.has(anchor), "{anchor} is not in {page:?}");
        }
        assert!(!page.has("C and C++"));
    }

    #[test]
    fn headings_of_the_same_text_are_numbered() {
        let page = Page::markdown("# Use\n\n## Use\n\n### Use\n");
        assert!(page.has("use") && page.has("use-1") && page.has("use-2"));
        assert!(!page.has("use-3"));
    }

    #[test]
    fn html_has_attributes_of_any_form() {
        let page = Page::html(
            "<a class=x href=a.html>a</a><script>let no = '<a href=\"no.html\">';</script>\
             <img src='b&amp;c.svg' name=no><h1 id=\"one\">1</h1><!-- <a href=\"no.html\"> -->",
        );
        assert_eq!(page.links, ["a.html", "b&c.svg"]);
        assert!(page.has("one") && !page.has("no"));
    }

    #[test]
    fn a_redirect_is_read() {
        let page = Page::html("<meta http-equiv=refresh content=\"0; URL=../a.html\">");
        assert_eq!(page.redirect.as_deref(), Some("../a.html"));
        assert_eq!(Page::html("<meta content=no>").redirect, None);
    }

    #[test]
    fn a_range_of_lines_needs_both_lines() {
        let page = Page::html("<a id=3></a><a id=7></a><a id=x></a>");
        assert!(page.has("3-7"));
        assert!(!page.has("3-8") && !page.has("3-x"));
    }
}
