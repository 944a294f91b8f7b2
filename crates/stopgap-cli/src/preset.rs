//! `stopgap preset`: policies by name.

use std::io;

use serde::Serialize;
use stopgap::{Action, Name, OnlinePolicy};
use stopgap_registry::Error;

use crate::{
    args::{PresetCommand, SetPreset},
    column::Column,
    failure::Failure,
    home::Home,
    in_words::{typed, words},
    plain::Plain,
    prompt,
    show::{Reply, Screen},
    table::Table,
};

static COLUMNS: [Column; 6] = [
    Column::new("NAME").cut(8),
    Column::new("VALID"),
    Column::new("LENGTH").rank(2),
    Column::new("USES"),
    Column::new("SYMBOLS").rank(3).cut(8),
    Column::new("PURPOSES").rank(1).cut(8),
];

pub(crate) fn run(command: PresetCommand, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    match command {
        PresetCommand::Set(preset) => set(&preset, home, screen),
        PresetCommand::List { list } => {
            screen.view = list.view(&COLUMNS)?;
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
                preset: &name,
                policy: None,
                replaced: None,
                outcome: Outcome::Removed,
            })
        }
    }
}

/// Sets a preset. If this changes one, the changes are shown and must be confirmed: codes that
/// are issued by it from then on allow something else.
fn set(set: &SetPreset, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    let name = &set.name;
    let policy = set.policy.over(OnlinePolicy::default())?;
    let known = match registry.preset(name.as_str()) {
        Err(Error::NoPreset) => Known::No,
        // The role is refused below.
        _ if actor.may(Action::ManagePreset).is_err() => Known::No,
        Ok(policy) => Known::Policy(policy),
        Err(Error::Refused(refusal)) => Known::Unreadable(refusal.reason()),
        Err(error) => return Err(error.into()),
    };
    let changes = known.changes(&policy);
    if !changes.is_empty() && !set.replace {
        let shown = Plain(name.as_str());
        match prompt::agrees(&format!("Change the preset {shown} ({changes})?"))? {
            Some(true) => {}
            Some(false) => {
                return screen.done(&Changed {
                    preset: name,
                    policy: known.policy(),
                    replaced: None,
                    outcome: Outcome::Left,
                });
            }
            None => {
                return Err(Failure::usage(format!(
                    "the preset {name} would change ({changes}): pass --replace to change it"
                )));
            }
        }
    }
    registry.set_preset(actor, name.as_str(), &policy)?;
    let outcome = if changes.is_empty() {
        Outcome::Set
    } else {
        Outcome::Changed(changes)
    };
    screen.done(&Changed {
        preset: name,
        policy: Some(policy),
        replaced: known.policy(),
        outcome,
    })
}

/// The preset that has the name.
enum Known {
    No,
    Policy(OnlinePolicy),
    /// The reason for which it is refused.
    Unreadable(&'static str),
}

impl Known {
    const fn policy(&self) -> Option<OnlinePolicy> {
        match self {
            Self::Policy(policy) => Some(*policy),
            Self::No | Self::Unreadable(_) => None,
        }
    }

    /// Returns the changes by a new policy, in one line.
    fn changes(&self, new: &OnlinePolicy) -> String {
        let old = match self {
            Self::No => return String::new(),
            Self::Unreadable(reason) => return format!("it cannot be read: {reason}"),
            Self::Policy(old) => cells(old),
        };
        let pairs = COLUMNS
            .iter()
            .skip(1)
            .map(|column| column.head)
            .zip(old.iter().zip(cells(new)));
        let differing = pairs.filter(|(_, (old, new))| *old != new);
        let changes = differing.map(|(head, (old, new))| {
            let head = head.to_lowercase();
            format!("{head}: {old} → {new}")
        });
        changes.collect::<Vec<_>>().join("; ")
    }
}

/// Returns the cells of a policy, without the name.
fn cells(policy: &OnlinePolicy) -> [String; 5] {
    let format = policy.format;
    let check = if format.check_symbol {
        " and a check"
    } else {
        ""
    };
    let uses = policy.max_uses;
    [
        typed(policy.validity),
        format.length.to_string(),
        uses.map_or_else(|| "any".into(), |most| most.to_string()),
        format!("{}{check}", format.alphabet.symbols()),
        words(policy.purposes),
    ]
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
        let mut table = Table::new(&COLUMNS);
        for Preset { name, policy } in &self.presets {
            let [valid, length, uses, symbols, purposes] = cells(policy);
            let cells = [name.to_string(), valid, length, uses, symbols, purposes];
            table.row(cells, false);
        }
        screen.table(&table, false)
    }
}

#[derive(Serialize)]
struct Changed<'a> {
    preset: &'a Name,
    policy: Option<OnlinePolicy>,
    /// The policy that it had before.
    replaced: Option<OnlinePolicy>,
    #[serde(skip)]
    outcome: Outcome,
}

enum Outcome {
    Set,
    /// The changes, in one line.
    Changed(String),
    Left,
    Removed,
}

impl Reply for Changed<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let name = Plain(self.preset.as_str());
        match &self.outcome {
            Outcome::Set => screen.line(format_args!("Set the preset {name}.")),
            Outcome::Changed(changes) => {
                screen.line(format_args!("Changed the preset {name} ({changes})."))
            }
            Outcome::Left => screen.line(format_args!("The preset {name} is not changed.")),
            Outcome::Removed => screen.line(format_args!("Removed the preset {name}.")),
        }
    }
}
