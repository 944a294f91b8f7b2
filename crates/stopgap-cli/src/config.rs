//! `stopgap config`: the settings in force, and where each comes from.

use std::{io, path::Path};

use clap::{ArgMatches, parser::ValueSource};
use serde::Serialize;

use crate::{
    args::Globals,
    column::Column,
    config_file::{ConfigFile, NAME},
    failure::Failure,
    home,
    in_words::typed,
    show::{Reply, Screen},
    table::Table,
};

/// Shows the settings of a command line.
pub(crate) fn run(
    globals: &Globals,
    file: &ConfigFile,
    matches: &ArgMatches,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let path = home::folder(globals).join(NAME);
    let from = |name: &'static str, id: &str, in_file: bool| {
        let argument = matches.try_contains_id(id).unwrap_or_default();
        let source = argument.then(|| matches.value_source(id)).flatten();
        match source {
            Some(ValueSource::CommandLine) => "option".to_owned(),
            Some(ValueSource::EnvVariable) => format!("STOPGAP_{}", env_of(name)),
            _ if in_file => path.display().to_string(),
            _ => "default".to_owned(),
        }
    };
    let or = |value: Option<String>, default: &str| value.unwrap_or_else(|| default.to_owned());
    let text = |value: Option<&dyn ToString>| value.map(ToString::to_string);
    let place = home::place(globals)?;
    let settings = vec![
        Setting::new(
            "home",
            shown(home::folder(globals)),
            from("home", "home", false),
        ),
        Setting::new(
            "store",
            place.to_string(),
            from("store", "store", file.store.is_some()),
        ),
        Setting::new(
            "key_file",
            shown(&home::key_file(globals)),
            from("key_file", "key_file", file.key_file.is_some()),
        ),
        Setting::new(
            "tenant",
            globals.tenant().to_string(),
            from("tenant", "tenant", file.tenant.is_some()),
        ),
        Setting::new(
            "zone",
            or(text(file.zone.as_ref().map(|zone| zone as _)), "system"),
            from("zone", "", file.zone.is_some()),
        ),
        Setting::new(
            "valid",
            or(file.valid.map(typed), "1d"),
            from("valid", "", file.valid.is_some()),
        ),
        Setting::new(
            "preset",
            or(text(file.preset.as_ref().map(|preset| preset as _)), "-"),
            from("preset", "", file.preset.is_some()),
        ),
        Setting::new(
            "lang",
            screen.language.as_str().to_owned(),
            from("lang", "lang", file.lang.is_some()),
        ),
        Setting::new(
            "color",
            globals.color.unwrap_or_default().to_string(),
            from("color", "color", file.color.is_some()),
        ),
        Setting::new(
            "clock_tolerance",
            globals
                .clock_tolerance
                .map_or_else(|| "120".into(), |tolerance| tolerance.to_string()),
            from(
                "clock_tolerance",
                "clock_tolerance",
                file.clock_tolerance.is_some(),
            ),
        ),
    ];
    screen.done(&List { settings })
}

fn env_of(name: &str) -> String {
    match name {
        "key_file" => "MASTER_KEY_FILE".into(),
        name => name.to_ascii_uppercase(),
    }
}

fn shown(path: &Path) -> String {
    if path == Path::new("") {
        return ".".into();
    }
    path.display().to_string()
}

static COLUMNS: [Column; 3] = [
    Column::new("SETTING"),
    Column::new("VALUE").cut(12),
    Column::new("FROM").cut(8),
];

/// A setting in force.
#[derive(Serialize)]
struct Setting {
    name: &'static str,
    value: String,
    /// `option`, the name of an environment variable, a file, or `default`.
    source: String,
}

impl Setting {
    const fn new(name: &'static str, value: String, source: String) -> Self {
        Self {
            name,
            value,
            source,
        }
    }
}

#[derive(Serialize)]
struct List {
    settings: Vec<Setting>,
}

impl Reply for List {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let mut table = Table::new(&COLUMNS);
        for setting in &self.settings {
            table.row([setting.name, &setting.value, &setting.source], false);
        }
        screen.table(&table, false)
    }
}
