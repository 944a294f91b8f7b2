//! A help desk and a machine on one terminal.
//!
//! ```text
//! cargo run --release -p stopgap --example front_desk
//! ```
//!
//! Issues an online code, reads it back as it is typed, then lets a machine that
//! cannot reach the server ask for an offline code and redeem it. Enter alone takes
//! what stands in brackets; so does the example by itself where its input is piped
//! in and has ended.

use std::{
    error::Error,
    io::{self, BufRead, IsTerminal, Write},
};

use chrono::{DateTime, Local, Utc};
use stopgap::{
    KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Refusal, SysRng, Throttle, ThrottlePolicy,
    Validity,
    offline::{Agent, Enrolment, Lock, OfflinePolicy, Step, seconds_left},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut desk = Desk {
        keys: KeyRing::new(KeyId(1), &MasterKey::generate(&mut SysRng)?),
        person: Person::default(),
    };
    println!("Stopgap: a help desk and a machine. Enter alone takes what stands in [brackets].");
    match desk.serve() {
        Err(error) if error.is::<Left>() => {
            println!("\nGood bye.");
            Ok(())
        }
        outcome => outcome,
    }
}

/// Both sides of the counter, for the length of one run.
struct Desk {
    keys: KeyRing,
    person: Person,
}

impl Desk {
    fn serve(&mut self) -> Result<(), Box<dyn Error>> {
        heading("The help desk issues an online code");
        let user = self
            .person
            .types_one("For whom", "alice", str::parse::<stopgap::Name>)?;
        let validity = self
            .person
            .types_one("Valid for (7d, 1mo)", "7d", |typed| {
                typed.parse::<Validity>()
            })?;
        self.online(user.as_str(), validity)?;
        self.offline(user.as_str(), validity)
    }

    /// Issues an online code, and reads it as often as it is typed wrongly.
    fn online(&mut self, user: &str, validity: Validity) -> Result<(), Box<dyn Error>> {
        let policy = OnlinePolicy::default().valid_for(validity);
        let (code, mut grant) = policy.issue(&self.keys, user, now(), &mut SysRng)?;
        let shown = code.reveal();
        println!("\n    {shown}\n    {}\n", shown.spoken());

        // As a person copies it out of a mail.
        let sloppy = shown.as_str().to_lowercase().replacen('-', " ", 1);
        let figures = ThrottlePolicy::default();
        let mut throttle = Throttle::default();
        loop {
            let typed = self.person.types("Type the code", &sloppy)?;
            let verdict = throttle.guard(&figures, now(), || {
                grant.verify(&self.keys, user, &typed, Purpose::Bypass, now())
            });
            match verdict {
                Ok(granted) => {
                    let until = local(granted.expires_at);
                    println!("  Granted: {} for {user}, until {until}.", granted.purpose);
                    return Ok(());
                }
                Err(refusal) => refused(&refusal),
            }
            if let Err(closed) = throttle.check(&figures, now()) {
                refused(&closed);
                println!("  An administrator opens the door again.");
                throttle.reset();
            }
        }
    }

    /// Lets a machine ask, the help desk answer, and the machine redeem.
    fn offline(&mut self, user: &str, validity: Validity) -> Result<(), Box<dyn Error>> {
        heading("LAPTOP-17 cannot reach the server");
        // While it could, it was enrolled: this key is all that the two share.
        let enrolments = [Enrolment::new(&self.keys, user, "LAPTOP-17")?];
        let [enrolment] = &enrolments;
        let mut machine = Machine {
            agent: Agent::new(enrolment.key(&self.keys)?),
            file: Vec::new(),
        };

        let policy = OfflinePolicy::default().valid_for(validity);
        let answer = loop {
            let request = machine.agent.request_code(now());
            let left = seconds_left(now());
            println!("\n    {request}    another one in {left} s");
            println!("    {}\n", request.spoken());
            let what = "Help desk, type the request code";
            let typed = self.person.types(what, request.as_str())?;
            match policy.answer(
                &self.keys,
                user,
                &enrolments,
                &typed,
                Purpose::Bypass,
                now(),
            ) {
                Ok(answer) => break answer,
                Err(error) => println!("  {error} [{}]", error.reason()),
            }
        };
        let (name, until) = (&answer.enrolment.machine, local(answer.expires_at));
        println!("  It is {name}, as of minute {}.", answer.minute);
        println!("  The answer opens it until {until}:");
        let shown = answer.code.reveal();
        println!("\n    {shown}\n    {}\n", shown.spoken());

        loop {
            let typed = self
                .person
                .types("At the machine, type the answer", shown.as_str())?;
            match machine.redeem(&typed)? {
                Ok(lock) => {
                    let until = local(lock.until);
                    println!("  Name and password suffice until {until}.");
                    break;
                }
                Err(refusal) => {
                    refused(&refusal);
                    match refusal {
                        Refusal::Expired { .. } => return Ok(()),
                        Refusal::Throttled { .. } => {
                            println!("  An administrator opens the door again.");
                            let step = machine.agent.reset_throttle();
                            machine.keep(step)?;
                        }
                        _ => {}
                    }
                }
            }
        }
        println!("  The same answer once more:");
        if let Err(refusal) = machine.redeem(shown.as_str())? {
            refused(&refusal);
        }
        let step = machine.agent.lock(now());
        let open = machine.keep(step)?.is_ok_and(|lock| lock.is_some());
        println!(
            "  Is the machine open? {}.",
            if open { "Yes" } else { "No" }
        );
        Ok(())
    }
}

/// The agent, and the file that it keeps its state in.
struct Machine {
    agent: Agent,
    file: Vec<u8>,
}

impl Machine {
    fn redeem(&mut self, typed: &str) -> io::Result<Result<Lock, Refusal>> {
        let step = self.agent.redeem(typed, Purpose::Bypass, now());
        self.keep(step)
    }

    /// Writes the state before anyone hears the result.
    fn keep<T>(&mut self, step: Step<T>) -> io::Result<T> {
        self.file.clear();
        step.keep(|state| self.file.write_all(state.as_bytes()))
    }
}

/// Whoever sits at the terminal, or the lines that are piped in.
#[derive(Default)]
struct Person {
    ended: bool,
}

/// The person at the terminal has left.
#[derive(Debug)]
struct Left;

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nobody is there any more")
    }
}

impl Error for Left {}

impl Person {
    /// A line that is typed, or the default.
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

    /// The same, until it can be read.
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

/// The sentence for the person, and the reason for the log.
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

#[expect(clippy::disallowed_methods, reason = "a program may look at the clock")]
fn now() -> DateTime<Local> {
    Local::now()
}
