//! The reference of C and C++: the headers as one page, with an index of the functions of
//! C and the types of C++.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use super::files::write as write_file;
use crate::{links::text, python::files, step::root};

const HEAD: &str = "\
<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>Stopgap for C and C++: the headers</title>
<style>
:root { color-scheme: light dark; }
body { font-family: sans-serif; line-height: 1.5; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; }
pre { line-height: 1.4; overflow-x: auto; }
ul { columns: 20rem; list-style: none; padding: 0; }
:target { outline: 2px solid; }
</style>
<h1>Stopgap for C and C++: the headers</h1>
<p>The headers are the reference: a comment stands before each function and each type.
<a href=\"../bindings/c/index.html\">Stopgap for C and C++</a> shows how to use them.
<a href=\"html/index.html\">Pages of Doxygen</a> have the functions of C one by one.</p>
";

/// A header, and the names that it declares.
struct Header {
    /// Its path below `include`.
    path: String,
    text: String,
}

/// Writes the page.
pub(super) fn write(to: &Path) -> Result<String, String> {
    let headers = headers()?;
    let mut page = HEAD.to_owned();
    let mut counts = Vec::new();
    for (title, is_c) in [("Functions of C", true), ("Types of C++", false)] {
        let _ = write!(page, "<h2>{title}</h2>\n<ul>\n");
        let of_kind = |header: &&Header| is_c == header.is_c();
        let names = headers.iter().filter(of_kind).flat_map(Header::names);
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names.dedup();
        for name in &names {
            let _ = writeln!(page, "<li><a href=\"#{name}\"><code>{name}</code></a>");
        }
        page.push_str("</ul>\n");
        counts.push(names.len());
    }
    page.push_str("<h2>Headers</h2>\n<ul>\n");
    for Header { path, .. } in &headers {
        let _ = writeln!(page, "<li><a href=\"#{path}\"><code>{path}</code></a>");
    }
    page.push_str("</ul>\n");
    for header in &headers {
        page.push_str(&header.html());
    }
    page.push_str("</html>\n");
    write_file(&to.join("index.html"), page)?;
    match counts[..] {
        [0, _] | [_, 0] => Err("no function of C or no type of C++ was found".into()),
        [functions, types] => Ok(format!("{functions} functions of C, {types} types of C++")),
        _ => Err("not two languages".into()),
    }
}

/// Reads the header of C, and then those of C++.
fn headers() -> Result<Vec<Header>, String> {
    let mut paths = vec!["stopgap.h".to_owned(), "stopgap.hpp".to_owned()];
    let mut parts = files(&root().join("include/stopgap"), ".hpp")?;
    parts.sort();
    let name = |part: &PathBuf| {
        part.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    paths.extend(parts.iter().map(|part| format!("stopgap/{}", name(part))));
    let headers = paths.into_iter().map(|path| {
        let text = text(&format!("include/{path}"))?;
        Ok(Header { path, text })
    });
    headers.collect()
}

impl Header {
    fn is_c(&self) -> bool {
        self.path == "stopgap.h"
    }

    /// Returns the name that a line declares, if the index has such names.
    fn name<'a>(&self, line: &'a str) -> Option<&'a str> {
        if self.is_c() {
            function(line)
        } else {
            class(line)
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.text.lines().filter_map(|line| self.name(line))
    }

    /// Returns the text with an anchor at each name, and one at its start.
    fn html(&self) -> String {
        let path = &self.path;
        let mut html = format!("<h2 id=\"{path}\"><code>{path}</code></h2>\n<pre>");
        for line in self.text.lines() {
            let escaped = escape(line);
            let _ = match self.name(line) {
                Some(name) => writeln!(html, "<span id=\"{name}\">{escaped}</span>"),
                None => writeln!(html, "{escaped}"),
            };
        }
        html.push_str("</pre>\n");
        html
    }
}

/// Returns the name of the function of C whose declaration starts in this line.
pub(super) fn function(line: &str) -> Option<&str> {
    if !line.starts_with(|c: char| c.is_ascii_lowercase()) || line.starts_with("typedef ") {
        return None;
    }
    let (before, _) = line.split_once('(')?;
    let name = before.rsplit([' ', '*']).next()?;
    name.starts_with("stopgap_").then_some(name)
}

/// Returns the name of the type of C++ whose definition starts in this line.
fn class(line: &str) -> Option<&str> {
    let kinds = ["class ", "struct ", "enum class "];
    let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let (name, rest) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
    // A type that is only announced ends in a semicolon.
    (!name.is_empty() && !rest.ends_with(';')).then_some(name)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_of_functions_are_found() {
        for (line, name) in [
            (
                "void stopgap_agent_free(struct stopgap_agent **agent);",
                Some("stopgap_agent_free"),
            ),
            (
                "const char *stopgap_version(void);",
                Some("stopgap_version"),
            ),
            (
                "stopgap_status stopgap_agent_new(const struct stopgap_key *key,",
                Some("stopgap_agent_new"),
            ),
            (
                "typedef stopgap_status (*stopgap_try)(void *context);",
                None,
            ),
            ("    int32_t (*keep)(void *context,", None),
            ("// Start from stopgap_policy_default().", None),
            ("extern \"C\" {", None),
        ] {
            assert_eq!(function(line), name, "{line}");
        }
    }

    #[test]
    fn definitions_of_types_are_found() {
        for (line, name) in [
            (
                "class code : public detail::secret<stopgap_code> {",
                Some("code"),
            ),
            (
                "enum class look_alike : stopgap_look_alikes {",
                Some("look_alike"),
            ),
            ("class enrolment_key", Some("enrolment_key")),
            ("struct granted {", Some("granted")),
            ("enum class role : stopgap_role;", None),
            ("    struct inner {", None),
            ("template <class Call>", None),
        ] {
            assert_eq!(class(line), name, "{line}");
        }
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("a<b> && c"), "a&lt;b&gt; &amp;&amp; c");
    }
}
