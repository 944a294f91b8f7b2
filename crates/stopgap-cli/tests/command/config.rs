//! `stopgap.toml` and `stopgap config`.

use std::fs;

use super::desk::{Desk, Said};

/// Returns the value and the source of each setting.
fn settings(said: &Said) -> Vec<(String, String, String)> {
    assert_eq!(said.status, 0, "{said:?}");
    let document: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let settings = document["settings"].as_array().unwrap().iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    settings
        .map(|setting| {
            (
                text(&setting["name"]),
                text(&setting["value"]),
                text(&setting["source"]),
            )
        })
        .collect()
}

fn setting(said: &Said, name: &str) -> (String, String) {
    let found = settings(said).into_iter().find(|(of, ..)| of == name);
    let (_, value, source) = found.unwrap();
    (value, source)
}

#[test]
fn settings_come_from_the_file_the_environment_and_options() {
    let desk = Desk::new();
    let config = |words: &str| {
        let mut command = desk.command(&format!("config --json {words}"));
        command.env("STOPGAP_TENANT", "acme");
        Said::of(command.output().unwrap())
    };
    let said = desk.stopgap("config --json");
    assert!(settings(&said).iter().all(|(_, _, from)| from == "default"));
    desk.write(
        "stopgap.toml",
        "# The desk.\nstore = \"there/desk.db\"\ntenant = \"other\"\nzone = \"Asia/Tokyo\"\n\
         valid = \"90m\"\npreset = \"lost-token\"\nclock_tolerance = 30\n",
    );
    let said = config("--clock-tolerance off");
    let file = "stopgap.toml".to_owned();
    assert_eq!(
        setting(&said, "store"),
        ("there/desk.db".into(), file.clone())
    );
    assert_eq!(
        setting(&said, "tenant"),
        ("acme".into(), "STOPGAP_TENANT".into())
    );
    assert_eq!(setting(&said, "zone"), ("Asia/Tokyo".into(), file.clone()));
    assert_eq!(setting(&said, "valid"), ("90m".into(), file.clone()));
    assert_eq!(setting(&said, "preset"), ("lost-token".into(), file));
    assert_eq!(
        setting(&said, "clock_tolerance"),
        ("off".into(), "option".into())
    );
    let (_, source) = setting(&config("--store x.db"), "store");
    assert_eq!(source, "option");
    let table = desk.stopgap("config").stdout;
    assert!(table.starts_with("SETTING"), "{table}");
}

#[test]
fn settings_have_their_effect() {
    let desk = Desk::new();
    fs::create_dir(desk.path("home")).unwrap();
    desk.write(
        "home/stopgap.toml",
        "store = \"desk.db\"\nkey_file = \"desk.key\"\nzone = \"Asia/Tokyo\"\nvalid = \"90m\"\n",
    );
    let issued = |words: &str| {
        let said = desk.stopgap(&format!("--home home online issue alice --json {words}"));
        let document: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        let instant = |name: &str| -> chrono::DateTime<chrono::Utc> {
            document["record"][name].as_str().unwrap().parse().unwrap()
        };
        (instant("expires_at") - instant("issued_at")).num_minutes()
    };
    assert_eq!(issued(""), 90);
    assert_eq!(issued("--valid 2h"), 120);
    assert_eq!(
        desk.files().len(),
        1,
        "paths are relative to the folder of the file"
    );
    for name in ["home/desk.db", "home/desk.key"] {
        assert!(desk.path(name).exists(), "{name}");
    }
    let list = desk.stopgap("--home home online list").stdout;
    assert!(list.contains(" +09:00"), "{list}");
    assert_eq!(
        desk.stopgap("--home home preset set short --valid 30m")
            .status,
        0
    );
    // A preset has a validity of its own.
    assert_eq!(issued("--preset short"), 30);
    desk.write(
        "home/stopgap.toml",
        "store = \"desk.db\"\nkey_file = \"desk.key\"\npreset = \"short\"\n",
    );
    assert_eq!(issued(""), 30);
}

#[test]
fn a_mistake_in_the_file_is_an_error_with_its_line() {
    let desk = Desk::new();
    for (text, error) in [
        ("store = \n", "stopgap.toml, line 1: "),
        (
            "\n\nstor = \"x\"\n",
            "stopgap.toml, line 3: unknown field `stor`, expected one of",
        ),
        (
            "zone = \"Berlin\"\n",
            "stopgap.toml, line 1: no such zone; it looks like Europe/Berlin",
        ),
        (
            "valid = \"40d\"\n",
            "stopgap.toml, line 1: a validity has 1 to 31 days, not 40",
        ),
        ("tenant = \"\"\n", "stopgap.toml, line 1: "),
        (
            "clock_tolerance = -1\n",
            "stopgap.toml, line 1: a clock tolerance is a number",
        ),
        (
            "store = \"sqlite:///x\"\n",
            "the store's address cannot be used",
        ),
    ] {
        desk.write("stopgap.toml", text);
        let said = desk.stopgap("init");
        assert_ne!(said.status, 0, "{text}");
        assert!(said.stderr.contains(error), "{text}: {}", said.stderr);
        assert_eq!(desk.files(), ["stopgap.toml"]);
    }
    desk.write("stopgap.toml", "");
    desk.set_mode("stopgap.toml", 0o666);
    desk.stopgap("init").failed(
        3,
        "other users can write stopgap.toml: type: chmod go-w stopgap.toml",
    );
    desk.set_mode("stopgap.toml", 0o644);
    assert_eq!(desk.stopgap("init").status, 0);
}
