//! `stopgap machine` and `stopgap offline`: the server's side of offline codes.

use std::{io, path::PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{Code, Name, Purpose, Validity, VerifyRequest, offline::Enrolment};

use crate::{
    args::{Answer, Enrol, ListMachines, MachineCommand, OfflineCommand},
    cell::Cell,
    code_text::CodeText,
    column::Column,
    enrolment_file::EnrolmentFile,
    failure::Failure,
    filters::MachineFilter,
    home::Home,
    plain::Plain,
    private_file::{self, Draft},
    show::{Reply, Screen, note},
    table::Table,
};

static COLUMNS: [Column; 5] = [
    Column::new("STATE"),
    Column::new("USER").cut(8),
    Column::new("MACHINE").cut(8),
    Column::new("GENERATION").rank(2),
    Column::new("ENROLLED").rank(1),
];

pub(crate) fn run(
    command: MachineCommand,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let (registry, actor) = (&home.registry, &home.actor);
    match command {
        MachineCommand::Enrol(enrol) => enrol_machine(&enrol, home, screen),
        MachineCommand::List(list) => list_machines(&list, home, screen),
        MachineCommand::Retire(retire) => {
            let name = &retire.machine;
            let (user, machine) = (name.user.as_str(), name.machine.as_str());
            let machine = registry.retire_machine(actor, user, machine)?;
            screen.done(&Retired { machine })
        }
    }
}

fn list_machines(list: &ListMachines, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    screen.view = list.list.view(&COLUMNS)?;
    let filter = MachineFilter::new(&list.filters);
    let is_wanted = |machine: &Enrolment| filter.matches(machine);
    let (registry, actor) = (&home.registry, &home.actor);
    let mut machines = match list.user.as_ref().or(list.filters.user.as_ref()) {
        Some(user) => {
            let machines = registry.machines(actor, user.as_str())?.into_iter();
            machines.filter(is_wanted).collect()
        }
        // One more than is shown, to know whether there are more.
        None => registry.all_machines(actor, None, list.limit.saturating_add(1), is_wanted)?,
    };
    let more = machines.len() > list.limit;
    machines.truncate(list.limit);
    screen.done(&List { machines, more })
}

pub(crate) fn run_offline(
    command: OfflineCommand,
    home: &Home,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let OfflineCommand::Answer(answer) = command;
    answer_request(&answer, home, screen)
}

fn enrol_machine(enrol: &Enrol, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    // The file is checked before the machine gets a new key.
    private_file::must_not_exist(&enrol.out)?;
    let mut draft = Draft::beside(&enrol.out)?;
    let (user, machine) = (enrol.machine.user.as_str(), enrol.machine.machine.as_str());
    let enrolled = home.registry.enrol_machine(&home.actor, user, machine)?;
    let file = EnrolmentFile::new(&enrolled.enrolment, &enrolled.key);
    file.write(&mut draft)?;
    draft.publish()?;
    screen.done(&Enrolled {
        user: enrolled.enrolment.user,
        machine: enrolled.enrolment.machine,
        generation: enrolled.enrolment.generation,
        out: enrol.out.clone(),
    })
}

fn answer_request(answer: &Answer, home: &Home, screen: &mut Screen) -> Result<(), Failure> {
    screen.zone = answer.zone;
    let user = answer.user.as_str();
    let request =
        VerifyRequest::new(user, &answer.request, answer.purpose).context(answer.context.context());
    let answered =
        home.registry
            .answer_request(&home.actor, &request, answer.valid, &answer.zone)?;
    screen.done_with_code(&Answered {
        code: CodeText(&answered.code),
        user: &answer.user,
        machine: &answered.machine,
        purpose: answered.purpose,
        validity: answered.validity,
        expires_at: answered.expires_at,
        late: answered.late,
        kept: &answered.code,
    })?;
    if answered.late {
        note(
            "warning: the request code is old, and the machine may refuse this answer: \
            if it does, ask for a new request code",
        );
    }
    Ok(())
}

#[derive(Serialize)]
struct Enrolled {
    user: Name,
    machine: Name,
    generation: u32,
    out: PathBuf,
}

impl Reply for Enrolled {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let (user, machine) = (Plain(self.user.as_str()), Plain(self.machine.as_str()));
        let out = self.out.display();
        screen.line(format_args!(
            "Enrolled {machine} of {user}. Bring {out} to it; it is a secret of that machine."
        ))
    }
}

#[derive(Serialize)]
struct List {
    machines: Vec<Enrolment>,
    more: bool,
}

impl Reply for List {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let mut table = Table::new(&COLUMNS);
        for machine in &self.machines {
            let retired = machine.retired_at.is_some();
            let cells: [Cell; 5] = [
                if retired { "retired" } else { "enrolled" }.into(),
                machine.user.as_str().into(),
                machine.machine.as_str().into(),
                machine.generation.to_string().into(),
                machine.enrolled_at.into(),
            ];
            table.row(cells, retired);
        }
        screen.table(&table, self.more)
    }
}

#[derive(Serialize)]
struct Retired {
    machine: Enrolment,
}

impl Reply for Retired {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let enrolment = &self.machine;
        let user = Plain(enrolment.user.as_str());
        let machine = Plain(enrolment.machine.as_str());
        screen.line(format_args!("Retired {machine} of {user}."))
    }
}

/// The code to read to the person at the machine.
#[derive(Serialize)]
struct Answered<'a> {
    code: CodeText<'a>,
    user: &'a Name,
    machine: &'a Name,
    purpose: Purpose,
    validity: Validity,
    expires_at: Option<DateTime<Utc>>,
    late: bool,
    #[serde(skip)]
    kept: &'a Code,
}

impl Reply for Answered<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        screen.code(self.kept)?;
        let (user, machine) = (Plain(self.user.as_str()), Plain(self.machine.as_str()));
        let purpose = self.purpose;
        let until = match self.expires_at {
            Some(expires_at) => format!(", until {}", screen.time(expires_at)),
            None => String::new(),
        };
        screen.aside(format_args!(
            "For {machine} of {user}, to {purpose}{until}. It can be redeemed once."
        ))
    }
}
