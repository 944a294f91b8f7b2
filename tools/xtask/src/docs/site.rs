//! The links of the site: each relative one must have its file and its anchor.

use std::{fs, path::Path};

use crate::{
    page::Page,
    pages::{Pages, control},
};

/// The site has at least this many relative links.
const FEWEST: usize = 2_000;

/// The dead links that the tools make: pdoc links inherited members where they are not, and
/// rustdoc has words of another crate that it takes for a link.
const KNOWN: [&str; 6] = [
    "python/stopgap.html: #Invalid.reason:",
    "python/stopgap.html: #InvalidIdempotencyKey.found:",
    "python/stopgap.html: #NotYetValid.retry_at:",
    "python/stopgap.html: #Throttled.retry_at:",
    "rust/stopgap/struct.SysRng.html: rand_core::Rng:",
    "rust/stopgap/struct.SysRng.html: rand_core::UnwrapErr:",
];

/// Looks at every page of the site, the references included.
pub(super) fn check(html: &Path) -> Result<String, String> {
    control(
        Page::html,
        [
            "<p id=here>",
            "<a href=good#here></a><a href=good#dead></a><img src=dead>",
        ],
    )?;
    let mut pages = Pages::default();
    let count = gather(html, "", &mut pages)?;
    let mut links = pages.links();
    let all = links.dead.len();
    let is_known = |link: &str| KNOWN.iter().any(|known| link.starts_with(known));
    links.dead.retain(|link| !is_known(link));
    let known = all.saturating_sub(links.dead.len());
    let alive = links.alive(FEWEST)?;
    Ok(format!("{count} pages; {alive}; {known} known dead links"))
}

/// Reads the files below a folder. Returns the number of pages.
fn gather(folder: &Path, below: &str, pages: &mut Pages) -> Result<usize, String> {
    let cannot_read = |error| format!("{}: {error}", folder.display());
    let mut count = 0_usize;
    for entry in fs::read_dir(folder).map_err(cannot_read)? {
        let path = entry.map_err(cannot_read)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{below}{name}");
        if path.is_dir() {
            count = count.saturating_add(gather(&path, &format!("{name}/"), pages)?);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            let text = fs::read_to_string(&path).map_err(cannot_read)?;
            pages.add_page(&name, Page::html(&text));
            count = count.saturating_add(1);
        } else {
            pages.add_file(name);
        }
    }
    Ok(count)
}
