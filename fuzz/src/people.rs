//! CSV files of users: the command reads every file that was written, and every file that
//! it reads can be written again.

use stopgap::{Name, OnlinePolicy, Purpose, Purposes, Validity};
use stopgap_cli::files;

use crate::draw::Draw;

/// The expected meaning of a line.
#[derive(Clone, Debug, Default)]
struct Person {
    user: String,
    valid: Option<Validity>,
    purpose: Vec<Purpose>,
    max_uses: Option<u32>,
}

impl Person {
    fn cell(&self, column: &str) -> String {
        let purposes = self.purpose.iter().map(|one| one.as_str());
        match column {
            "user" => self.user.clone(),
            "valid" => self.valid.map(|one| one.to_string()).unwrap_or_default(),
            "purpose" => purposes.collect::<Vec<_>>().join(" "),
            _ => self.max_uses.map(|one| one.to_string()).unwrap_or_default(),
        }
    }

    /// Returns the policy of the line, or the command's if the line has none.
    fn policy(&self) -> OnlinePolicy {
        let mut policy = OnlinePolicy::default();
        if let Some(valid) = self.valid {
            policy = policy.validity(valid);
        }
        if !self.purpose.is_empty() {
            let purposes: Purposes = self.purpose.iter().copied().collect();
            policy = policy.purposes(purposes);
        }
        match self.max_uses {
            Some(uses) => policy.max_uses(uses),
            None => policy,
        }
    }
}

/// Writes a cell by RFC 4180: quoted if necessary, or if asked.
fn cell(text: &str, quoted: bool) -> String {
    let must = text.contains(['"', ',', ';', '\t', '\n', '\r']);
    if must || quoted {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Draws a name without white space around it, which the command cuts off.
fn user(draw: &mut Draw<'_>) -> String {
    let text = draw.text(24);
    let text: String = text.chars().filter(|one| !one.is_control()).collect();
    let text = text.trim().trim_start_matches('\u{FEFF}').trim();
    let name = Name::new(text).map(|name| name.to_string());
    name.unwrap_or_else(|_| "alice".to_owned())
}

fn person(draw: &mut Draw<'_>, columns: &[&str]) -> Person {
    let mut person = Person {
        user: user(draw),
        ..Person::default()
    };
    for column in columns {
        match *column {
            "valid" if draw.coin() => person.valid = Some(draw.validity()),
            "max_uses" if draw.coin() => person.max_uses = Some(draw.number(1..=u32::MAX)),
            "purpose" => {
                let several = Purpose::ALL.into_iter().filter(|_| draw.coin());
                person.purpose = several.collect();
            }
            _ => {}
        }
    }
    person
}

fn there_and_back(draw: &mut Draw<'_>) {
    let mut columns = vec!["user"];
    for column in ["valid", "purpose", "max_uses"] {
        if draw.coin() {
            columns.insert(draw.number(0..=columns.len()), column);
        }
    }
    let ends = draw.one_of(&["\n", "\r\n"]);
    let separator = draw.one_of(&[",", ";", "\t"]);
    let mut text = String::from(draw.one_of(&["", "\u{FEFF}"]));
    let heads: Vec<String> = columns.iter().copied().map(str::to_owned).collect();
    let spaced = format!(" {separator} ");
    let heads = heads.join(draw.one_of(&[separator, &spaced]));
    text += &if draw.coin() {
        heads.to_uppercase()
    } else {
        heads
    };
    text += ends;
    let mut people = Vec::new();
    for _ in 0..draw.number(1..=5_u8) {
        let person = person(draw, &columns);
        // A user is on one line only.
        if people
            .iter()
            .any(|other: &Person| other.user == person.user)
        {
            continue;
        }
        let quoted = draw.coin();
        let cells = columns
            .iter()
            .map(|column| cell(&person.cell(column), quoted));
        text += &cells.collect::<Vec<_>>().join(separator);
        text += ends;
        people.push(person);
    }
    let bytes = if text.starts_with('\u{FEFF}') && draw.coin() {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    } else {
        text.clone().into_bytes()
    };
    let read = files::people(&bytes, OnlinePolicy::default());
    let read = read.unwrap_or_else(|error| panic!("{error}: {text:?}"));
    let people = people.into_iter().zip(2_u64..);
    let people = people.map(|(person, line)| (line, person.user.clone(), person.policy()));
    assert_eq!(read, people.collect::<Vec<_>>(), "{text:?}");
}

/// Checks that all users that are read have names, and that their file can be written and
/// read again.
fn anything(bytes: &[u8]) {
    let Ok(read) = files::people(bytes, OnlinePolicy::default()) else {
        return;
    };
    assert!(!read.is_empty());
    let mut text = String::from("user,valid,purpose,max_uses\n");
    for (_, user, policy) in &read {
        Name::new(user.as_str()).unwrap();
        let purposes = policy.purposes.iter().map(Purpose::as_str);
        let most = policy.max_uses.map(|most| most.to_string());
        let cells = [
            cell(user, true),
            policy.validity.to_string(),
            purposes.collect::<Vec<_>>().join(" "),
            most.unwrap_or_default(),
        ];
        text += &cells.join(",");
        text += "\n";
    }
    let again = files::people(text.as_bytes(), OnlinePolicy::default()).unwrap();
    let without = |read: Vec<(u64, String, OnlinePolicy)>| {
        let lines = read.into_iter();
        lines
            .map(|(_, user, policy)| (user, policy))
            .collect::<Vec<_>>()
    };
    assert_eq!(without(again), without(read));
}

pub fn target(data: &[u8]) {
    anything(data);
    there_and_back(&mut Draw::new(data));
}
