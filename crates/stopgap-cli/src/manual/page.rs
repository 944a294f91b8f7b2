//! One manual page.

use std::io::{self, Write as _};

use clap::Command;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

/// The foot of each page, and its head.
const SOURCE: &str = concat!("\"stopgap ", env!("CARGO_PKG_VERSION"), "\"");
const MANUAL: &str = "\"Stopgap manual\"";

/// The environment variables of every command.
const ENVIRONMENT: [(&str, &str); 15] = [
    ("STOPGAP_HOME", "Folder of the files below, as --home"),
    ("STOPGAP_STORE", "Store, as --store"),
    ("STOPGAP_MASTER_KEY_FILE", "Key file, as --key-file"),
    ("STOPGAP_TENANT", "Tenant, as --tenant"),
    (
        "STOPGAP_CLOCK_TOLERANCE",
        "Seconds by which the clocks may differ, as --clock-tolerance",
    ),
    (
        "STOPGAP_LANG",
        "Language of refusals and spelling words, as --lang",
    ),
    (
        "LC_ALL, LC_MESSAGES, LANG",
        "Language if neither an option nor the configuration file names one",
    ),
    (
        "STOPGAP_PAGER, PAGER",
        "Pager of long lists on a terminal; none if it is empty or cat",
    ),
    ("LESS", "Options of less, if it is the pager [default: FRX]"),
    (
        "NO_COLOR, CLICOLOR, CLICOLOR_FORCE",
        "Colors if --color does not decide: see https://bixense.com/clicolors/",
    ),
    (
        "TZ",
        "Time zone, unless --zone or the configuration file names one",
    ),
    (
        "PGPASSFILE",
        "Password file of PostgreSQL [default: ~/.pgpass]",
    ),
    (
        "PGSERVICE",
        "Service of PostgreSQL, for an address that names none",
    ),
    (
        "PGSERVICEFILE",
        "Service file of PostgreSQL [default: ~/.pg_service.conf]",
    ),
    (
        "PGSYSCONFDIR",
        "Folder of the machine's service file, pg_service.conf",
    ),
];

const FILES: [(&str, &str); 3] = [
    (
        "stopgap.db",
        "Store, with stopgap.db-wal, -shm and -lock while programs use it",
    ),
    (
        "stopgap.key",
        "Master keys, readable by their owner alone. Without them nothing in the store works: keep \
         a copy apart from it",
    ),
    ("stopgap.toml", "Configuration file; see stopgap-config(1)"),
];

const STATUS: [(&str, &str); 4] = [
    ("0", "Done"),
    (
        "1",
        "Refused: a code that does not verify, a request that the rules forbid",
    ),
    ("2", "Wrong usage"),
    ("3", "Trouble with a file or the store"),
];

/// Returns the name of a command's page, without its section.
pub(super) fn name(command: &Command) -> &str {
    let name = command.get_display_name();
    name.unwrap_or_else(|| command.get_name())
}

/// Renders the page of a command.
pub(super) fn render(command: &Command, parent: Option<&Command>) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    writeln!(page, ".TH {} 1 \"\" {SOURCE} {MANUAL}", name(command))?;
    // Words are not hyphenated, and lines not stretched: both would change words to type.
    writeln!(page, ".nh\n.ad l")?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut rest = Roff::new();
    after_help(&mut rest, command);
    list(&mut rest, "EXIT STATUS", &STATUS);
    list(&mut rest, "ENVIRONMENT", &ENVIRONMENT);
    list(&mut rest, "FILES", &FILES);
    see_also(&mut rest, command, parent);
    rest.to_writer(&mut page)?;
    Ok(in_ascii(&String::from_utf8_lossy(&page)).into_bytes())
}

/// Writes other characters as escapes, so that the page is the same in any encoding.
fn in_ascii(page: &str) -> String {
    let page = page.replace('…', "...");
    let escaped = |character: char| match character {
        character if character.is_ascii() => character.to_string(),
        character => format!("\\[u{:04X}]", u32::from(character)),
    };
    page.chars().map(escaped).collect()
}

/// Writes the examples as they are, and the text that follows them.
fn after_help(roff: &mut Roff, command: &Command) {
    let Some(text) = command.get_after_help().map(ToString::to_string) else {
        return;
    };
    let (examples, notes) = examples(&text);
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
        roff.control("RS", ["2"]).control("nf", []);
        for example in examples {
            roff.text([roman(example)]);
        }
        roff.control("fi", []).control("RE", []);
    }
    if !notes.is_empty() {
        roff.control("SH", ["NOTES"]);
        for line in notes {
            match line {
                "" => roff.control("PP", []),
                line => roff.text([roman(line)]),
            };
        }
    }
}

/// Returns the examples of a help text, and its other lines.
fn examples(text: &str) -> (Vec<&str>, Vec<&str>) {
    let mut lines = text.lines().peekable();
    let mut examples = Vec::new();
    if let Some(one) = lines.next_if(|line| line.starts_with("Example: ")) {
        examples.extend(one.strip_prefix("Example: "));
    } else if lines.next_if(|line| is_heading(line)).is_some() {
        while let Some(line) = lines.next_if(|line| line.starts_with("  ")) {
            examples.extend(line.get(2..));
        }
    }
    while lines.next_if(|line| line.is_empty()).is_some() {}
    (examples, lines.collect())
}

fn is_heading(line: &str) -> bool {
    matches!(line, "Example:" | "Examples:")
}

fn list(roff: &mut Roff, heading: &str, items: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (name, text) in items {
        roff.control("TP", []);
        roff.text([bold(*name)]).text([roman(*text)]);
    }
}

/// Lists the pages of the commands above and below, and of those beside it.
fn see_also(roff: &mut Roff, command: &Command, parent: Option<&Command>) {
    let beside = parent.into_iter().flat_map(Command::get_subcommands);
    let beside = beside.filter(|other| other.get_name() != command.get_name());
    let below = command.get_subcommands();
    let pages: Vec<&str> = match parent {
        // All commands are listed as its own.
        None => below.map(name).collect(),
        Some(parent) => {
            let above = std::iter::once(parent);
            above.chain(below).chain(beside).map(name).collect()
        }
    };
    roff.control("SH", ["SEE ALSO"]);
    let last = pages.len().saturating_sub(1);
    for (place, page) in pages.iter().enumerate() {
        let end = if place == last { "" } else { "," };
        roff.text([bold(*page), roman(format!("(1){end}"))]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_apart_from_the_notes() {
        let lines = |text| examples(text);
        assert_eq!(
            lines("Examples:\n  stopgap a\n  stopgap b\n    of c\n\nA note.\n\nAnother."),
            (
                vec!["stopgap a", "stopgap b", "  of c"],
                vec!["A note.", "", "Another."]
            )
        );
        assert_eq!(
            lines("Example: stopgap a\nA note."),
            (vec!["stopgap a"], vec!["A note."])
        );
        assert_eq!(lines("A note."), (vec![], vec!["A note."]));
    }
}
