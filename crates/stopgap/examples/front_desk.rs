//! A help desk and a machine on one terminal.
//!
//! ```text
//! cargo run --release -p stopgap --example front_desk
//! ```
//!
//! The help desk issues an online code and verifies it as it is typed. Then a machine
//! that cannot reach the server shows a request code, and redeems the offline code that
//! answers it. Enter alone takes the text in brackets, and so does the end of piped
//! input.

use std::{
    error::Error,
    io::{self, BufRead, IsTerminal, Write},
};

use chrono::{DateTime, Local, Utc};
use stopgap::{
    KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Refusal, SysRng, Throttle, ThrottlePolicy,
    Validity, VerifyRequest,
    offline::{Agent, Enrolment, OfflinePolicy, Redeemed, Step, seconds_left},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut desk = Desk {
        keys: KeyRing::new(KeyId(1), &MasterKey::generate(&mut SysRng)?),
        person: Person::default(),
    };
    println!("Stopgap: a help desk and a machine. Enter alone takes the text in [brackets].");
    match desk.serve() {
        Err(error) if error.is::<Left>() => {
            println!("\nGood bye.");
            Ok(())
        }
        outcome => outcome,
    }
}

/// The server of the help desk, and the person at the terminal.
struct Desk {
    keys: KeyRing,
    person: Person,
}

impl Desk {
    fn serve(&mut self) -> Result<(), Box<dyn Error>> {
        heading("The help desk issues an online code");
        let user = self
            .person
            .types_one("User", "alice", str::parse::<stopgap::Name>)?;
        let validity = self
            .person
            .types_one("Valid for (8h, 7d, 1mo)", "7d", |typed| {
                typed.parse::<Validity>()
            })?;
        self.online(user.as_str(), validity)?;
        self.offline(user.as_str(), validity)
    }

    /// Issues an online code, and verifies it until it is typed correctly.
    fn online(&mut self, user: &str, validity: Validity) -> Result<(), Box<dyn Error>> {
        let policy = OnlinePolicy::default().validity(validity);
        let (code, mut record) = policy.issue(&self.keys, user, now(), &mut SysRng)?;
        let shown = code.reveal();
        println!("\n    {shown}\n    {}\n", shown.spoken());

        // A person copies it from a mail.
        let sloppy = shown.as_str().to_lowercase().replacen('-', " ", 1);
        let figures = ThrottlePolicy::default();
        let mut throttle = Throttle::default();
        loop {
            let typed = self.person.types("Type the code", &sloppy)?;
            let verdict = throttle.guard(&figures, now(), || {
                let request = VerifyRequest::new(user, &typed, Purpose::Bypass);
                record.verify(&self.keys, &request, now())
            });
            match verdict {
                Ok(granted) => {
                    let until = local(granted.expires_at());
                    println!("  Granted: {} for {user}, until {until}.", granted.purpose);
                    // A server stores this record before it acts on the grant.
                    record = granted.record;
                    break;
                }
                Err(refusal) => refused(&refusal),
            }
            if let Err(locked) = throttle.check(&figures, now()) {
                refused(&locked);
                println!("  An administrator unlocks the user.");
                throttle.reset();
            }
        }
        println!("  The same code after it was revoked:");
        let request = VerifyRequest::new(user, shown.as_str(), Purpose::Bypass);
        let revoked = record.revoke(&self.keys, now())?;
        if let Err(refusal) = revoked.verify(&self.keys, &request, now()) {
            refused(&refusal);
        }
        Ok(())
    }

    /// Shows a request code, answers it, and redeems the answer.
    fn offline(&mut self, user: &str, validity: Validity) -> Result<(), Box<dyn Error>> {
        heading("LAPTOP-17 cannot reach the server");
        // It was enrolled while it was online. Server and machine share this key only.
        let enrolment = Enrolment::new(&self.keys, user, "LAPTOP-17", now(), &mut SysRng)?;
        let enrolments = [enrolment];
        let [enrolment] = &enrolments;
        let mut machine = Machine {
            agent: Agent::new(enrolment.key(&self.keys)?),
            file: Vec::new(),
        };

        // An offline code is valid for days or a month.
        let validity = if validity.is_calendar() {
            validity
        } else {
            Validity::DAY
        };
        let policy = OfflinePolicy::default().validity(validity);
        let answer = loop {
            let request = machine.agent.request_code(now());
            let left = seconds_left(now());
            println!("\n    {request}    the next one in {left} s");
            println!("    {}\n", request.spoken());
            let what = "Help desk, type the request code";
            let typed = self.person.types(what, request.as_str())?;
            let request = VerifyRequest::new(user, &typed, Purpose::Bypass);
            match policy.answer(&self.keys, &enrolments, &request, now()) {
                Ok(answer) => break answer,
                Err(error) => println!("  {error} [{}]", error.reason()),
            }
        };
        let name = &answer.enrolment.machine;
        println!("  It is {name}, in minute {}.", answer.minute);
        if let Some(until) = answer.expires_at {
            let until = local(until);
            println!("  With this code, name and password are enough until {until}:");
        }
        let shown = answer.code.reveal();
        println!("\n    {shown}\n    {}\n", shown.spoken());

        loop {
            let typed = self
                .person
                .types("At the machine, type the answer", shown.as_str())?;
            match machine.redeem(&typed)? {
                Ok(redeemed) => {
                    if let Some(lock) = redeemed.password_only_lock() {
                        let until = local(lock.until);
                        println!("  Name and password are enough until {until}.");
                    }
                    break;
                }
                Err(refusal) => {
                    refused(&refusal);
                    match refusal {
                        Refusal::Expired { .. } => return Ok(()),
                        Refusal::Throttled { .. } => {
                            println!("  An administrator unlocks the machine.");
                            machine.keep(Agent::unlock)?;
                        }
                        _ => {}
                    }
                }
            }
        }
        println!("  The same code a second time:");
        if let Err(refusal) = machine.redeem(shown.as_str())? {
            refused(&refusal);
        }
        let active = machine.keep(|agent| agent.log_on(now()))?;
        let active = active.is_ok_and(|lock| lock.is_some());
        println!(
            "  Is the password-only lock active? {}.",
            if active { "Yes" } else { "No" }
        );
        Ok(())
    }
}

/// The agent, and the file of its state.
struct Machine {
    agent: Agent,
    file: Vec<u8>,
}

impl Machine {
    fn redeem(&mut self, typed: &str) -> io::Result<Result<Redeemed, Refusal>> {
        self.keep(|agent| agent.redeem(typed, Purpose::Bypass, now()))
    }

    /// Lets the agent take a step, writes its state, and only then returns the result.
    fn keep<T>(&mut self, step: impl FnOnce(&mut Agent) -> Step<'_, T>) -> io::Result<T> {
        step(&mut self.agent).keep(|state| {
            self.file.clear();
            self.file.write_all(state.as_bytes())
        })
    }
}

/// The person at the terminal, or the lines that are piped in.
#[derive(Default)]
struct Person {
    ended: bool,
}

/// The person at the terminal has left.
#[derive(Debug)]
struct Left;

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the input has ended")
    }
}

impl Error for Left {}

impl Person {
    /// Returns the line that is typed, or the default.
    fn types(&mut self, what: &str, default: &str) -> Result<String, Box<dyn Error>> {
        print!("{what} [{default}]: ");
        io::stdout().flush()?;
        let mut line = Vec::new();
        if !self.ended {
            self.ended = io::stdin().lock().read_until(b'\n', &mut line)? == 0;
        }
        let terminal = io::stdin().is_terminal();
        if terminal && self.ended {
            return Err(Left.into());
        }
        let line = String::from_utf8_lossy(&line);
        let typed = match line.trim_end_matches(['\r', '\n']) {
            "" => default,
            typed => typed,
        };
        if !terminal {
            println!("{typed}");
        }
        Ok(typed.to_owned())
    }

    /// Asks until the line that is typed can be read.
    fn types_one<T, E: std::fmt::Display>(
        &mut self,
        what: &str,
        default: &str,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Box<dyn Error>> {
        loop {
            match read(&self.types(what, default)?) {
                Ok(value) => return Ok(value),
                Err(error) => println!("  {error}."),
            }
        }
    }
}

/// Prints the sentence for the person, and the reason for the log.
fn refused(refusal: &Refusal) {
    println!(
        "  {} [{}]",
        refusal.public_message_in(&Local),
        refusal.reason()
    );
}

fn heading(text: &str) {
    println!("\n== {text}");
}

fn local(instant: DateTime<Utc>) -> impl std::fmt::Display {
    instant
        .with_timezone(&Local)
        .format("%Y-%m-%d %H:%M:%S %:z")
}

#[expect(clippy::disallowed_methods, reason = "a program may read the clock")]
fn now() -> DateTime<Local> {
    Local::now()
}
