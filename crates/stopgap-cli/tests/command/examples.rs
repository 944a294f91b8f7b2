//! Every example of a help text is run.

use std::{
    collections::BTreeSet,
    fs,
    process::{Command, Stdio},
};

use regex::Regex;

use super::desk::{Desk, Said, start};

/// Returns the words of every command, without `stopgap`; the first one is empty.
fn commands() -> Vec<String> {
    let desk = Desk::new();
    assert_eq!(desk.stopgap("man --out .").status, 0);
    let pages = desk.files().into_iter();
    let words = pages.map(|page| page.trim_end_matches(".1").replacen("stopgap", "", 1));
    words.map(|words| words.replace('-', " ")).collect()
}

fn help(desk: &Desk, words: &str) -> String {
    let mut command = desk.command(&format!("{words} --help"));
    let said = Said::of(command.env("COLUMNS", "80").output().unwrap());
    assert_eq!(said.status, 0, "{words}: {}", said.stderr);
    said.stdout
}

/// Returns the examples of a help text.
pub fn examples(help: &str) -> Vec<String> {
    let example = Regex::new(r"(?m)^(?:  |Example: )((?:[A-Z_]+=\S+ )*stopgap .*)$").unwrap();
    let found = example.captures_iter(help);
    found.map(|found| found[1].to_owned()).collect()
}

/// A desk with all that the examples need.
struct Prepared {
    desk: Desk,
    code: String,
    security_code: String,
    security_id: String,
    /// The id of a security code that has expired.
    expired_id: String,
    answer: String,
    request: String,
    /// The ids of two online codes.
    ids: [String; 2],
}

fn ids(desk: &Desk, list: &str) -> Vec<String> {
    let listed = desk.stopgap(list).stdout;
    let ids = Regex::new("[0-9a-f-]{36}").unwrap();
    ids.find_iter(&listed)
        .map(|id| id.as_str().to_owned())
        .collect()
}

impl Prepared {
    fn new() -> Self {
        let desk = Desk::ready();
        let code = desk.line("online issue alice");
        desk.line("online issue bob");
        desk.line("machine enrol alice LAPTOP-17 --out laptop-17.enrolment");
        let request = desk.line("agent request laptop-17.enrolment");
        let answer = desk.line(&format!("offline answer alice {request}"));
        let security_code = desk.line("security create --same-as bob --scope reports.read");
        let security_id = ids(&desk, "security list").remove(0);
        let [one, other] = ids(&desk, "online list").try_into().unwrap();
        desk.line("security create --same-as carol --scope reports.read");
        let expired_id = ids(&desk, "security list").remove(1);
        desk.line(&format!("security rotate {expired_id} --overlap 0"));
        desk.stopgap("preset set lost-token --valid 1mo");
        desk.write("people.csv", "user\nalice\nbob\n");
        for folder in [
            "backup",
            ".local/share/man",
            ".zfunc",
            ".config/fish/completions",
        ] {
            fs::create_dir_all(desk.path(folder)).unwrap();
        }
        let completions = ".local/share/bash-completion/completions";
        fs::create_dir_all(desk.path(completions)).unwrap();
        assert_eq!(desk.stopgap("backup backup/stopgap-monday.db").status, 0);
        Self {
            code,
            security_code,
            security_id,
            expired_id,
            answer,
            request,
            ids: [one, other],
            desk,
        }
    }

    /// Returns an example with the ids and files of this desk in place of its own.
    fn filled(&self, example: &str) -> String {
        let short = |id: &str| id[28..].to_owned();
        let security_id = if example.contains("reactivate") {
            &self.expired_id
        } else {
            &self.security_id
        };
        let mut filled = example
            .replace("019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11", &self.ids[0])
            .replace("0c9d2e11", &short(&self.ids[0]))
            .replace("b18e", &short(&self.ids[1]))
            .replace("ZW4F-RK37", &self.request)
            .replace("/srv/stopgap", ".")
            .replace("/backup/", "backup/");
        if let Some(before) = filled.strip_suffix(" ID") {
            filled = format!("{before} {security_id}");
        }
        filled.replace(" ID ", &format!(" {security_id} "))
    }

    /// Returns a desk for one example: a copy of this one, changed as the example needs it.
    fn desk_for(&self, example: &str) -> Desk {
        let desk = Desk::new();
        let copied = Command::new("cp")
            .args(["-a", "."])
            .arg(desk.path(""))
            .current_dir(self.desk.path(""))
            .status();
        assert!(copied.unwrap().success());
        let forget = |names: &[&str]| {
            for name in names {
                let _ = fs::remove_file(desk.path(name));
            }
        };
        if example.contains(" backup /backup") {
            forget(&["backup/stopgap-monday.db"]);
        } else if example.contains(" restore ") && !example.contains("--replace") {
            forget(&["stopgap.db"]);
        } else if example.contains(" machine enrol ") {
            forget(&["laptop-17.enrolment"]);
        } else if example.contains(" init") {
            forget(&["stopgap.db", "stopgap.key"]);
        } else if example.contains(" key retire ") && !example.contains("--compromised") {
            // A key is retired if no record needs it.
            forget(&["stopgap.db", "stopgap.key"]);
            assert_eq!(desk.stopgap("init").status, 0);
            assert_eq!(desk.stopgap("key add").status, 0);
        } else if example.contains(" key retire ") {
            assert_eq!(desk.stopgap("key add").status, 0);
        } else if example.contains(" preset set ") && !example.contains("--replace") {
            assert_eq!(desk.stopgap("preset remove lost-token").status, 0);
        } else if example.contains(" agent status ") || example.contains(" agent logon ") {
            let activated = desk.hears(&self.answer, "agent redeem laptop-17.enrolment");
            assert_eq!(activated.status, 0, "{activated:?}");
        } else if example.contains("--tenant acme") {
            assert_eq!(desk.stopgap("tenant add acme").status, 0);
        }
        let code = if example.contains(" security ") {
            &self.security_code
        } else {
            &self.code
        };
        desk.write("code.txt", code);
        desk
    }

    /// Returns what the example reads from its standard input.
    fn input(&self, example: &str) -> &str {
        if example.contains(" redeem ") {
            &self.answer
        } else if example.contains(" verify ") || example.contains(" unlock ") {
            &self.code
        } else {
            ""
        }
    }

    /// Runs an example as a shell does. `agreed` is the option by which a question is answered.
    fn run(&self, example: &str, url: &str, agreed: &str) -> Said {
        let desk = self.desk_for(example);
        let words = self.filled(example);
        let address = Regex::new(r"postgres://[^\s]+").unwrap();
        let words = address.replace_all(&words, url).into_owned();
        if !url.is_empty() && example.contains(" unlock ") {
            let said = desk.stopgap(&format!("store copy stopgap.db {url}"));
            assert_eq!(said.status, 0, "{said:?}");
        }
        let stopgap = desk.command("");
        let bin = stopgap.get_program().to_str().unwrap();
        let (bin, _) = bin.rsplit_once('/').unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("{words}{agreed}")])
            .current_dir(desk.path(""))
            .env_clear()
            .env("PATH", format!("{bin}:{path}"))
            .env("HOME", desk.path(""))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = start(shell, self.input(example));
        Said::of(child.wait_with_output().unwrap())
    }
}

/// Returns the words that let a command end: the option that answers its question, or a reader
/// that goes away.
fn agreement(help: &str, example: &str) -> &'static str {
    let asks = help.contains("--yes ") || help.contains("--yes\n");
    let never = example.contains("--yes")
        || example.contains("--dry-run")
        || (example.contains(" key retire ") && !example.contains("--compromised"));
    if example.contains(" --follow") {
        // It follows until its reader is gone.
        " | head -n 1"
    } else if asks && !never {
        " --yes"
    } else {
        ""
    }
}

#[test]
fn every_example_works() {
    let prepared = Prepared::new();
    let server = test_postgres::server();
    let mut seen = BTreeSet::new();
    for command in commands() {
        let help = help(&prepared.desk, &command);
        for example in examples(&help) {
            if !seen.insert(example.clone()) {
                continue;
            }
            let needs_server = example.contains("postgres://");
            let database = match (&server, needs_server) {
                (None, true) => continue, // It has printed a message.
                (Some(server), true) => Some(server.database()),
                (_, false) => None,
            };
            let url = database.as_ref().map_or("", |database| database.url());
            let said = prepared.run(&example, url, agreement(&help, &example));
            assert_eq!(said.status, 0, "{example}: {said:?}");
        }
    }
    assert!(seen.len() >= 75, "{}", seen.len());
}

#[test]
fn every_command_has_an_example() {
    let desk = Desk::new();
    let commands = commands();
    let is_leaf = |words: &&String| {
        let below = format!("{words} ");
        !commands.iter().any(|other| other.starts_with(&below))
    };
    let leaves: Vec<&String> = commands.iter().filter(is_leaf).collect();
    assert!(leaves.len() >= 44, "{leaves:?}");
    for words in leaves {
        let examples = examples(&help(&desk, words));
        let is_of_it = |example: &String| example.contains(&format!("stopgap{words}"));
        let has_options = |example: &String| {
            let mut last = words.split_whitespace();
            last.all(|word| example.split_whitespace().any(|other| other == word))
        };
        assert!(
            examples.iter().any(|one| is_of_it(one) || has_options(one)),
            "{words}: {examples:?}"
        );
    }
}

/// No line of a help text is wider than a terminal, and no example is broken.
#[test]
fn helps_fit_80_columns() {
    let desk = Desk::new();
    for command in commands() {
        let help = help(&desk, &command);
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
        let mut wide = desk.command(&format!("{command} --help"));
        let wide = Said::of(wide.env("COLUMNS", "200").output().unwrap());
        assert_eq!(examples(&help), examples(&wide.stdout), "{command}");
    }
}

#[test]
fn the_first_help_fits_a_screen() {
    let help = help(&Desk::new(), "");
    assert!(help.lines().count() <= 45, "{help}");
    assert!(
        help.lines().all(|line| line.chars().count() <= 80),
        "{help}"
    );
}
