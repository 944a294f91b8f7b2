//! Manual pages.

use std::{
    fs,
    process::{Command, Stdio},
};

use super::{
    desk::{Desk, Said, start},
    examples::examples,
};

#[test]
fn every_command_has_help_and_a_manual_page() {
    let desk = Desk::new();
    desk.stopgap("man --out pages/here").done("");
    let mut pages: Vec<String> = fs::read_dir(desk.path("pages/here"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert!(pages.len() >= 44, "{pages:?}");
    for page in &pages {
        let words = page.trim_end_matches(".1").replacen("stopgap", "", 1);
        let help = desk.stopgap(&format!("{} --help", words.replace('-', " ")));
        assert_eq!(help.status, 0, "{page}");
        assert!(help.stdout.contains("Usage: stopgap"), "{page}");
        // A page contains nothing about this machine.
        let text = desk.read(&format!("pages/here/{page}"));
        assert!(!text.contains(&desk.path("").display().to_string()));
    }
    let page = desk.stopgap("man");
    assert!(page.stdout.contains(".TH stopgap 1"));
}

/// Returns a page as a terminal of 80 columns shows it; `None` if there is no groff.
fn shown(page: &str) -> Option<String> {
    let mut groff = Command::new("groff");
    groff
        .args(["-man", "-Tascii", "-ww", "-P-bcu", "-rLL=78n"])
        .env("LC_ALL", "C")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if Command::new("groff").arg("--version").output().is_err() {
        eprintln!("skipped: there is no groff");
        return None;
    }
    let said = Said::of(start(groff, page).wait_with_output().unwrap());
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{page}");
    Some(said.stdout)
}

#[test]
fn every_page_has_its_sections() {
    let desk = Desk::new();
    desk.stopgap("man --out .").done("");
    for page in desk.files() {
        let text = desk.read(&page);
        assert!(text.is_ascii(), "{page}");
        for section in ["EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"] {
            assert!(text.contains(section), "{page} {section}");
        }
        for variable in [
            "HOME",
            "STORE",
            "MASTER_KEY_FILE",
            "TENANT",
            "CLOCK_TOLERANCE",
            "LANG",
            "PAGER",
        ] {
            let variable = format!("STOPGAP_{variable}");
            assert!(text.contains(&variable), "{page} {variable}");
        }
        for word in [
            "NO_COLOR",
            "CLICOLOR",
            "PGPASSFILE",
            "PGSERVICE",
            "stopgap.toml",
        ] {
            assert!(text.contains(word), "{page} {word}");
        }
    }
    let online = desk.read("stopgap-online.1");
    for page in ["stopgap", "stopgap\\-online\\-issue", "stopgap\\-agent"] {
        assert!(
            online.contains(&format!("\\fB{page}\\fR(1)")),
            "{page}: {online}"
        );
    }
}

/// Examples stand as they are typed: no line is filled, and no word hyphenated.
#[test]
fn examples_can_be_copied_from_a_page() {
    let desk = Desk::new();
    desk.stopgap("man --out .").done("");
    for page in desk.files() {
        let Some(shown) = shown(&desk.read(&page)) else {
            return; // It has printed a message.
        };
        let words = page.trim_end_matches(".1").replacen("stopgap", "", 1);
        let help = desk.stopgap(&format!("{} --help", words.replace('-', " ")));
        for example in examples(&help.stdout) {
            let example = example.replace('…', "...");
            let is_there = shown.lines().any(|line| line.trim_start() == example);
            assert!(is_there, "{page}: {example}\n{shown}");
        }
    }
}
