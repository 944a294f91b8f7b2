//! The reference of C by Doxygen: pages of HTML, and a man page for each function.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    c::function,
    files::{empty, write as write_file},
};
use crate::{
    links::text,
    outcome::Outcome,
    python::target,
    step::{needs, program, root, run as show},
};

/// Writes the pages of HTML below a folder, and the man pages to `target/man/man3`.
pub(super) fn write(html: &Path) -> Outcome {
    let doxygen = program("doxygen --version");
    match needs(doxygen, "no doxygen; install the Debian package") {
        Ok(()) => both(html).into(),
        Err(skipped) => skipped,
    }
}

fn both(html: &Path) -> Result<String, String> {
    let header = text("include/stopgap.h")?;
    let functions: BTreeSet<&str> = header.lines().filter_map(function).collect();
    let work = target().join("doxygen");
    empty(&work)?;
    doxygen(&work.join("html"), &header, html, "html")?;
    doxygen(&work.join("man"), &grouped(&header), &target(), "man")?;
    let pages = man_pages(&target().join("man/man3"), &functions)?;
    Ok(format!("{} functions, {pages} man pages", functions.len()))
}

/// Runs Doxygen on a header. Every warning is an error, also about an item without a comment.
fn doxygen(work: &Path, header: &str, to: &Path, kind: &str) -> Result<(), String> {
    write_file(&work.join("stopgap.h"), header)?;
    let is = |other| if kind == other { "YES" } else { "NO" };
    empty(&to.join(kind))?;
    let mut doxygen = program("doxygen");
    doxygen
        .arg("bindings/c/Doxyfile")
        .env("STOPGAP_INPUT", work)
        .env("STOPGAP_OUTPUT", to)
        .env("STOPGAP_HTML", is("html"))
        .env("STOPGAP_MAN", is("man"))
        .current_dir(root());
    show(doxygen, |_| ())
}

/// The beginning of the name of a group. A struct and a function may have one name, and then
/// their man pages would have one name as well.
const GROUP: &str = "stopgap_man_";

/// Returns the header with each function in a group of its own, because Doxygen writes a man
/// page for each group. The first sentence of its comment is the title.
fn grouped(header: &str) -> String {
    let (mut grouped, mut comment) = (String::new(), String::new());
    let mut open = false;
    for line in header.lines() {
        if line.starts_with("///") || (line == "STOPGAP_MUST_USE" && !comment.is_empty()) {
            let _ = writeln!(comment, "{line}");
            continue;
        }
        let name = function(line).filter(|_| !comment.is_empty());
        if let Some(name) = name {
            let title = first_sentence(&comment);
            let _ = write!(grouped, "/// @defgroup {GROUP}{name} {title}\n/// @{{\n\n");
            open = true;
        }
        let _ = writeln!(grouped, "{comment}{line}");
        comment.clear();
        if open && line.ends_with(';') {
            grouped.push_str("/// @}\n");
            open = false;
        }
    }
    grouped
}

/// Returns the first sentence of a comment, without its full stop.
fn first_sentence(comment: &str) -> String {
    let lines = comment.lines().filter_map(|line| line.strip_prefix("///"));
    let all: Vec<&str> = lines.map(str::trim).collect();
    let all = all.join(" ");
    let end = all.find(". ").unwrap_or(all.len());
    let sentence = all.get(..end).unwrap_or_default();
    // A colon begins a list or the details.
    let sentence = sentence.split(": ").next().unwrap_or_default();
    sentence.trim().trim_end_matches('.').to_owned()
}

/// Gives each man page its name, removes the day on which it was made, and checks it. Returns
/// the number of pages.
fn man_pages(folder: &Path, functions: &BTreeSet<&str>) -> Result<usize, String> {
    let mut pages = 0_usize;
    for path in files(folder)? {
        let page = fs::read_to_string(&path).map_err(|error| says(&path, error))?;
        let name = name_of(&path);
        let (first, rest) = page.split_once('\n').unwrap_or_default();
        let day = first.split('"').nth(3).unwrap_or_default();
        let page = format!("{}\n{rest}", first.replacen(day, "", 1)).replace(GROUP, "");
        let is_call = name.strip_prefix(GROUP);
        let name = match is_call {
            Some(call) => call.to_owned(),
            // The page of a function has precedence.
            None if functions.contains(name.as_str()) => format!("struct_{name}"),
            None => name,
        };
        fs::remove_file(&path).map_err(|error| says(&path, error))?;
        let path = folder.join(format!("{name}.3"));
        write_file(&path, page)?;
        check(&path)?;
        pages = pages.saturating_add(1);
    }
    for name in functions {
        if !folder.join(format!("{name}.3")).is_file() {
            return Err(format!("{name} has no man page"));
        }
    }
    Ok(pages)
}

/// Formats a man page; a warning is an error. Without groff there is no check.
fn check(page: &Path) -> Result<(), String> {
    let mut groff = Command::new("groff");
    groff
        .args(["-Kutf8", "-ww", "-man", "-Tutf8", "-z"])
        .arg(page);
    let Ok(formatted) = groff.stdin(Stdio::null()).output() else {
        return Ok(());
    };
    let warnings = String::from_utf8_lossy(&formatted.stderr);
    if warnings.trim().is_empty() && formatted.status.success() {
        Ok(())
    } else {
        Err(warnings.into_owned())
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| says(folder, error))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    // The pages that get their names last replace no other.
    let mut paths: Vec<PathBuf> = paths
        .collect::<Result<_, _>>()
        .map_err(|error| says(folder, error))?;
    paths.sort_by_key(|path| name_of(path).starts_with(GROUP));
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn says(path: &Path, error: std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_its_group() {
        let header = "/// A type.\ntypedef struct t t;\n\n/// Frees it: all. Twice.\n\
            STOPGAP_MUST_USE\nstopgap_status stopgap_free(struct t *t,\n    int n);\n";
        let expected = "/// A type.\ntypedef struct t t;\n\n\
            /// @defgroup stopgap_man_stopgap_free Frees it\n/// @{\n\n\
            /// Frees it: all. Twice.\nSTOPGAP_MUST_USE\n\
            stopgap_status stopgap_free(struct t *t,\n    int n);\n/// @}\n";
        assert_eq!(grouped(header), expected);
    }

    #[test]
    fn a_title_is_the_first_sentence() {
        for (comment, title) in [
            ("/// Returns it.\n", "Returns it"),
            ("/// Returns\n/// it. Or not.\n", "Returns it"),
            ("/// Checks it: twice.\n", "Checks it"),
        ] {
            assert_eq!(first_sentence(comment), title);
        }
    }
}
