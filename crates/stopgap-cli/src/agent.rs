//! `stopgap agent`: a machine that cannot reach the server.

use std::{io, thread, time::Duration};

use serde::Serialize;
use stopgap::{
    Language, Name, Purpose, Refusal,
    offline::{Agent, PasswordOnlyLock, Redeemed, RequestCode, seconds_left},
};

use crate::{
    agent_unlock::unlock,
    args::{AgentCommand, Redeem, Request},
    enrolment_file::Machine,
    failure::Failure,
    home::Home,
    lock_status::{Bypass, Status},
    plain::Plain,
    prompt,
    show::{Reply, Screen},
    zone::now,
};

pub(crate) fn run(
    command: AgentCommand,
    home: impl FnOnce() -> Result<Home, Failure>,
    screen: &mut Screen,
) -> Result<(), Failure> {
    match command {
        AgentCommand::Request(request) => show_request(&request, screen),
        AgentCommand::Redeem(redeem) => redeem_code(&redeem, screen),
        AgentCommand::Unlock { file } => unlock(&file.path, home, screen),
        AgentCommand::Logon { file } => {
            let mut machine = Machine::lock(&file.path)?;
            let lock = machine.keep(|agent| agent.log_on(now()))?;
            show_lock(machine, lock, screen)
        }
        AgentCommand::Status { file } => {
            let machine = Machine::look(&file.path)?;
            let lock = machine.agent.lock(now());
            show_lock(machine, lock, screen)
        }
        AgentCommand::Clear { file } => {
            let mut machine = Machine::lock(&file.path)?;
            machine.keep(Agent::clear_lock)?;
            screen.done(&Status::of(machine, None))
        }
    }
}

/// Shows whether the lock is active; the command fails if it is not.
fn show_lock(
    machine: Machine,
    lock: Result<Option<PasswordOnlyLock>, Refusal>,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let lock = lock.map_err(|refusal| Failure::refusal(&refusal))?;
    screen.done(&Status::of(machine, lock.map(|lock| lock.until)))?;
    match lock {
        Some(_) => Ok(()),
        None => Err(Failure::negative()),
    }
}

fn show_request(request: &Request, screen: &mut Screen) -> Result<(), Failure> {
    let machine = Machine::look(&request.file.path)?;
    if !request.watch {
        let now = now();
        let code = machine.agent.request_code(now);
        return screen.done(&Shown {
            user: &machine.enrolment.user,
            machine: &machine.enrolment.machine,
            request_code: code,
            seconds_left: seconds_left(now),
        });
    }
    let mut before = None;
    loop {
        let now = now();
        let code = machine.agent.request_code(now);
        if screen.is_live() {
            screen.redraw(&live(&code, seconds_left(now), screen.language))?;
        } else if before != Some(code) {
            screen.line(code)?;
        }
        before = Some(code);
        let rest = 1_000_u64.saturating_sub(now.timestamp_subsec_millis().into());
        thread::sleep(Duration::from_millis(rest));
    }
}

/// The lines of the live display.
fn live(code: &RequestCode, left: u32, language: Language) -> Vec<String> {
    let bold = anstyle::Style::new().bold();
    vec![
        String::new(),
        format!("    {bold}{code}{bold:#}"),
        format!("    {}", code.spoken().in_language(language)),
        String::new(),
        format!("Read it to the help desk. Another one in {left:2} s; Ctrl-C ends this."),
    ]
}

fn redeem_code(redeem: &Redeem, screen: &mut Screen) -> Result<(), Failure> {
    // The file is checked before the code is typed.
    Machine::look(&redeem.file.path)?;
    let typed = prompt::code("Code")?;
    let mut machine = Machine::lock(&redeem.file.path)?;
    let now = now().with_timezone(&screen.zone);
    let redeemed = machine.keep(|agent| agent.redeem(&typed, redeem.purpose, now))?;
    let redeemed = redeemed.map_err(|refusal| Failure::refusal(&refusal))?;
    let purpose = redeem.purpose;
    match redeemed {
        Redeemed::Bypass(lock) => {
            let status = Status::of(machine, Some(lock.until));
            screen.done(&Bypass { purpose, status })
        }
        Redeemed::Reset => {
            let enrolment = machine.enrolment;
            screen.done(&Reset {
                purpose,
                user: enrolment.user,
                machine: enrolment.machine,
                generation: enrolment.generation,
            })
        }
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    user: &'a Name,
    machine: &'a Name,
    #[serde(serialize_with = "as_text")]
    request_code: RequestCode,
    seconds_left: u32,
}

fn as_text<S: serde::Serializer>(code: &RequestCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(code.as_str())
}

impl Reply for Shown<'_> {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        screen.spelled(self.request_code.as_str(), self.request_code.spoken())?;
        let left = self.seconds_left;
        screen.aside(format_args!("Another one in {left} s."))
    }
}

/// A code that was redeemed for `reset`.
#[derive(Serialize)]
struct Reset {
    purpose: Purpose,
    user: Name,
    machine: Name,
    generation: u32,
}

impl Reply for Reset {
    fn show(&self, screen: &mut Screen) -> io::Result<()> {
        let (user, machine) = (Plain(self.user.as_str()), Plain(self.machine.as_str()));
        screen.line(format_args!(
            "The password of {user} may be reset on {machine} now. \
            The password-only lock has not changed."
        ))
    }
}
