//! The reference of Rust, by rustdoc.

use std::{fs, path::Path};

use super::files::{copy, empty, write as write_file};
use crate::{
    python::target,
    step::{cargo, run as show},
};

/// The page of both libraries, to which rustdoc's own pages link.
const INDEX: &str = "\
<!doctype html>
<html lang=\"en\">
<meta charset=\"utf-8\">
<title>Stopgap for Rust</title>
<h1>Stopgap for Rust</h1>
<ul>
<li><a href=\"stopgap/index.html\">The core, <code>stopgap</code></a>
<li><a href=\"stopgap_registry/index.html\">The registry, <code>stopgap_registry</code></a>
</ul>
</html>
";

/// Writes the reference of the two libraries, without their dependencies.
pub(super) fn write(to: &Path) -> Result<String, String> {
    // Elsewhere than Cargo's own documentation, which has other crates too.
    let built = target().join("site/rustdoc");
    empty(&built)?;
    let mut command =
        cargo("doc --no-deps --all-features --package stopgap --package stopgap-registry");
    command.arg("--target-dir").arg(&built);
    // Cargo keeps what it compiled for other commands.
    command.env("CARGO_BUILD_BUILD_DIR", target());
    command.env("RUSTDOCFLAGS", "-D warnings");
    show(command, |_| ())?;
    let files = copy(&built.join("doc"), to)?;
    write_file(&to.join("index.html"), INDEX)?;
    // Each starts with the README of its crate, which is as deep in the project as this
    // page is in the site. The pages of the book end in another way.
    for library in ["stopgap", "stopgap_registry"] {
        let page = to.join(library).join("index.html");
        let text =
            fs::read_to_string(&page).map_err(|error| format!("{}: {error}", page.display()))?;
        write_file(&page, text.replace(".md\"", ".html\""))?;
    }
    Ok(format!("{files} files"))
}
