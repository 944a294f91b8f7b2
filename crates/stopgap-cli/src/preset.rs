//! `stopgap preset`: policies by name.

use std::io;

use serde::Serialize;
use stopgap::{Name, OnlinePolicy};

use crate::{
    args::PresetCommand,
    code_list::words,
    failure::Failure,
    home::Home,
    plain::Plain,
    show::{Reply, Screen},
    table::Table,
};

pub(crate) fn run(command: PresetCommand, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    match command {
        PresetCommand::Set(preset) => {
            let policy = preset.policy.over(OnlinePolicy::default())?;
            registry.set_preset(actor, preset.name.as_str(), &policy)?;
            screen.done(&Changed {
                preset: preset.name,
                policy: Some(policy),
            })
        }
        PresetCommand::List => {
            let presets = registry.presets(actor)?;
            let presets = presets.into_iter();
            screen.done(&List {
                presets: presets
                    .map(|(name, policy)| Preset { name, policy })
                    .collect(),
            })
        }
        PresetCommand::Remove { name, .. } => {
            registry.remove_preset(actor, name.as_str())?;
            screen.done(&Changed {
                preset: name,
                policy: None,
            })
        }
    }
}

#[derive(Serialize)]
struct Preset {
    name: Name,
    #[serde(flatten)]
    policy: OnlinePolicy,
}

#[derive(Serialize)]
struct List {
    presets: Vec<Preset>,
}

impl Reply for List {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let head = &["NAME", "VALID", "LENGTH", "USES", "SYMBOLS", "PURPOSES"];
        let mut table = Table::new(head);
        for Preset { name, policy } in &self.presets {
            let format = policy.format;
            let check = if format.check_symbol {
                " and a check"
            } else {
                ""
            };
            let uses = policy.max_uses;
            let cells = [
                name.to_string(),
                policy.validity.to_string(),
                format.length.to_string(),
                uses.map_or_else(|| "any".into(), |most| most.to_string()),
                format!("{}{check}", format.alphabet.symbols()),
                words(policy.purposes),
            ];
            table.row(cells, false);
        }
        screen.table(&table, false)
    }
}

#[derive(Serialize)]
struct Changed {
    preset: Name,
    policy: Option<OnlinePolicy>,
}

impl Reply for Changed {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let name = Plain(self.preset.as_str());
        match &self.policy {
            Some(_) => screen.line(format_args!("Set the preset {name}.")),
            None => screen.line(format_args!("Removed the preset {name}.")),
        }
    }
}
