//! `--json`: every outcome is one document.

use std::{collections::BTreeSet, fs, path::Path};

use super::desk::{Desk, Said};

/// Returns the only document in the output.
fn document(said: &Said) -> serde_json::Value {
    assert_eq!(said.stdout.lines().count(), 1, "{}", said.stdout);
    serde_json::from_str(&said.stdout).unwrap()
}

#[test]
fn every_outcome_is_one_document() {
    let desk = Desk::ready();
    for (words, input, status, outcome, reason) in [
        ("online issue alice", "", 0, "done", None),
        (
            "online verify alice",
            "0000-0000-0000",
            1,
            "refused",
            Some("unknown"),
        ),
        ("online verify alice", "", 2, "error", Some("usage")),
        (
            "online issue alice --role user",
            "",
            1,
            "refused",
            Some("forbidden"),
        ),
        ("online issue", "", 2, "error", Some("usage")),
        (
            "online issue alice --length 1",
            "",
            2,
            "error",
            Some("usage"),
        ),
        ("agent status none", "", 3, "error", Some("io")),
        ("--store foo://bar purge", "", 3, "error", Some("store_url")),
        (
            "offline answer alice ZZZZ-ZZZZ",
            "",
            1,
            "refused",
            Some("not_enrolled"),
        ),
    ] {
        let said = desk.hears(input, &format!("{words} --json"));
        assert_eq!(said.status, status, "{words}");
        let document = document(&said);
        assert_eq!(document["outcome"], outcome, "{words}");
        assert_eq!(document["reason"].as_str(), reason, "{words}");
        assert_eq!(document["message"].is_string(), reason.is_some(), "{words}");
        assert_eq!(said.stderr.is_empty(), reason.is_none(), "{words}");
    }
}

#[test]
fn a_refusal_has_its_details() {
    let desk = Desk::ready();
    let said = desk.hears("3F9A-77C2-01B$", "online verify alice --json");
    said.is(
        1,
        "{\"outcome\":\"refused\",\"reason\":\"malformed\",\"message\":\"That is not a complete code; \
         check character 14.\",\"kind\":\"unexpected_symbol\",\"position\":13}\n",
        "That is not a complete code; check character 14.\n",
    );
    for _ in 0..5 {
        desk.hears("0000-0000-0000", "online verify alice");
    }
    let said = desk.hears("0000-0000-0000", "online verify alice --json");
    let document = document(&said);
    assert_eq!(document["reason"], "throttled");
    assert!(document["until"].as_str().unwrap().ends_with('Z'));
}

/// The README has an example of each command with `--json`.
#[test]
fn the_readme_shows_every_command_as_json() {
    let desk = Desk::new();
    assert_eq!(desk.stopgap("man --out .").status, 0);
    let pages = desk.files();
    let names: BTreeSet<&str> = pages
        .iter()
        .map(|page| page.trim_end_matches(".1"))
        .collect();
    let leaf = |name: &&str| {
        !names
            .iter()
            .any(|other| other.starts_with(&format!("{name}-")))
    };
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let mut shown = 0;
    for name in names.iter().copied().filter(leaf) {
        let words = name.replacen("stopgap-", "", 1).replace('-', " ");
        if words.starts_with("completions") || words.starts_with("man") {
            continue;
        }
        let example = readme
            .lines()
            .any(|line| line.contains(&format!("stopgap {words}")) && line.contains("--json"));
        assert!(example, "the README shows no {words} with --json");
        shown += 1;
    }
    assert!(shown > 25, "{shown}");
}
