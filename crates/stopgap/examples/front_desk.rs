//! A help desk and a machine on one terminal.
//!
//! ```text
//! cargo run --release -p stopgap --example front_desk
//! ```
//!
//! Issues an online code, reads it back as it is typed, then lets a machine that
//! cannot reach the server ask for an offline code and redeem it. Where nothing
//! is typed, or the input has ended, the example types by itself.

use std::{
    error::Error,
    io::{self, BufRead, IsTerminal, Write},
};

use chrono::{DateTime, Local, Utc};
use stopgap::{
    KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Refusal, SysRng, Throttle, ThrottlePolicy,
    Validity,
    offline::{Agent, Enrolment, OfflinePolicy, seconds_left},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut desk = Desk {
        keys: KeyRing::new(KeyId(1), &MasterKey::generate(&mut SysRng)?),
        person: Person::default(),
    };
    println!("Stopgap: a help desk and a machine. Enter alone takes what stands in [brackets].");
    let (user, validity) = desk.whom_and_how_long()?;
    desk.online(&user, validity)?;
    desk.offline(&user, validity)
}

/// Both sides of the counter, for the length of one run.
struct Desk {
    keys: KeyRing,
    person: Person,
}

impl Desk {
    fn whom_and_how_long(&mut self) -> Result<(String, Validity), Box<dyn Error>> {
        heading("The help desk issues an online code");
        let user = loop {
            let user = self.person.types("For whom", "alice")?;
            match user.parse::<stopgap::Name>() {
                Ok(user) => break user.to_string(),
                Err(error) => println!("  {error}."),
            }
        };
        let validity = loop {
            match self.person.types("Valid for (7d, 1mo)", "7d")?.parse() {
                Ok(validity) => break validity,
                Err(error) => println!("  {error}."),
            }
        };
        Ok((user, validity))
    }

    /// Issues an online code, and takes it as often as somebody likes to type.
    fn online(&mut self, user: &str, validity: Validity) -> Result<(), Box<dyn Error>> {
        let policy = OnlinePolicy::default().valid_for(validity);
        let (code, mut grant) = policy.issue(&self.keys, user, now(), &mut SysRng)?;
        let shown = code.reveal();
        println!("\n    {shown}\n    {}\n", shown.spoken());

        // As a person copies it out of a mail.
        let sloppy = shown.as_str().to_lowercase().replacen('-', " ", 1);
        let mut throttle = Throttle::default();
        loop {
            let typed = self.person.types("Type the code", &sloppy)?;
            let at = now();
            let verdict = throttle.guard(&ThrottlePolicy::default(), at.to_utc(), || {
                grant.verify(&self.keys, user, &typed, Purpose::Bypass, at.to_utc())
            });
            match verdict {
                Ok(granted) => {
                    println!(
                        "  Granted: {} for {}, until {}.",
                        granted.purpose,
                        granted.user,
                        local(granted.expires_at)
                    );
                    return Ok(());
                }
                Err(refusal) => refused(&refusal),
            }
            if throttle
                .check(&ThrottlePolicy::default(), at.to_utc())
                .is_err()
            {
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
        let mut agent = Agent::new(enrolment.key(&self.keys)?);

        let policy = OfflinePolicy::default().valid_for(validity);
        let answer = loop {
            let at = now().to_utc();
            let request = agent.request_code(at);
            let left = seconds_left(at);
            println!(
                "\n    {request}    another one in {left} s\n    {}\n",
                request.spoken()
            );
            let typed = self
                .person
                .types("Help desk, type the request code", &request.to_string())?;
            let answer = policy.answer(
                &self.keys,
                user,
                &enrolments,
                &typed,
                Purpose::Bypass,
                now(),
            );
            match answer {
                Ok(answer) => break answer,
                Err(error) => println!("  {} [{}].", error, error.reason()),
            }
        };
        println!(
            "  It is {}, as of minute {}. The answer opens it until {}:",
            answer.enrolment.machine,
            answer.minute,
            local(answer.expires_at)
        );
        let shown = answer.code.reveal();
        println!("\n    {shown}\n    {}\n", shown.spoken());

        loop {
            let typed = self
                .person
                .types("At the machine, type the answer", &shown.to_string())?;
            let step = agent.redeem(&typed, Purpose::Bypass, now());
            // A real agent writes the state to its file; this one ends below.
            match step.keep(|_state| Ok::<(), io::Error>(()))? {
                Ok(_) => break,
                Err(refusal @ Refusal::Throttled { .. }) => {
                    refused(&refusal);
                    println!("  An administrator opens the door again.");
                    let _ = agent.reset_throttle().state;
                }
                Err(refusal) => refused(&refusal),
            }
        }
        if let Some(lock) = agent.lock(now().to_utc()).result? {
            println!("  Name and password suffice until {}.", local(lock.until));
        }
        let again = agent.redeem(shown.as_str(), Purpose::Bypass, now()).result;
        println!("  The same answer once more:");
        again.err().iter().for_each(refused);
        Ok(())
    }
}

/// Whoever sits at the terminal; once there is no more input, nobody does.
#[derive(Default)]
struct Person {
    left: bool,
}

impl Person {
    /// A line that is typed, or the default.
    fn types(&mut self, what: &str, default: &str) -> io::Result<String> {
        print!("{what} [{default}]: ");
        io::stdout().flush()?;
        let mut line = Vec::new();
        if !self.left {
            self.left = io::stdin().lock().read_until(b'\n', &mut line)? == 0;
        }
        let line = String::from_utf8_lossy(&line);
        let typed = match line.trim_end_matches(['\r', '\n']) {
            "" => default,
            typed => typed,
        };
        if !io::stdin().is_terminal() {
            println!("{typed}");
        }
        Ok(typed.to_owned())
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
