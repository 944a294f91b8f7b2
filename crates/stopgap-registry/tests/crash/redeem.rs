//! A process that is killed while it verifies codes.

use std::{collections::BTreeMap, io, path::Path, thread};

use chrono::Utc;
use stopgap_registry::{
    Registry,
    stopgap::{OnlinePolicy, Purpose, VerifyRequest},
};

use crate::{
    file::{File, open, root},
    kill_soon,
    worker::{Worker, tell},
};

/// The codes of a round. Two attempts are made with each.
const CODES: usize = 80;
const THREADS: usize = 4;

/// The outcome of crashes.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) granted: usize,
    pub(crate) unreported: usize,
}

struct Attempt {
    user: String,
    code: String,
    id: String,
}

impl Attempt {
    fn ask(&self, registry: &Registry) -> String {
        let request = VerifyRequest::new(&self.user, &self.code, Purpose::Bypass);
        match registry.verify_code(&request.idempotency_key(&self.id)) {
            Ok(granted) => format!("granted {}", granted.uses_left.unwrap()),
            Err(error) => error.reason().to_owned(),
        }
    }
}

/// Kills a process, and checks the promises of the registry afterwards.
///
/// # Errors
///
/// The promise that does not hold.
pub(crate) fn crash(file: &File, role: &str, round: usize) -> Result<Counted, String> {
    let registry = open(&file.path, 0);
    let attempts = issue(&registry, round);
    drop(registry);
    let mut worker = Worker::start(role, &[("STOPGAP_FILE", file.text())]);
    for attempt in &attempts {
        let Attempt { user, code, id } = attempt;
        worker.say(&format!("{user}\t{code}\t{id}\n"));
    }
    worker.say("go\n");
    kill_soon(&mut worker);
    let mut told = BTreeMap::new();
    while let Some(line) = worker.hear() {
        let (index, answer) = line.split_once(' ').unwrap();
        told.insert(index.parse::<usize>().unwrap(), answer.to_owned());
    }
    file.is_whole();
    consistent(file)?;
    // Each use whose answer was printed is stored.
    let registry = open(&file.path, 0);
    for (index, answer) in &told {
        let spent = uses(&registry, &attempts[*index].user);
        if spent != 1 {
            return Err(format!("{answer}, and the code was used {spent} times"));
        }
    }
    let mut counted = Counted::default();
    for (code, pair) in attempts.chunks(2).enumerate() {
        let mut granted = 0;
        for (place, attempt) in pair.iter().enumerate() {
            let answer = attempt.ask(&registry);
            let known = told.get(&(code * 2 + place));
            if known.is_some_and(|known| *known != answer) || attempt.ask(&registry) != answer {
                return Err(format!("{known:?} was answered, and now {answer}"));
            }
            counted.unreported += usize::from(known.is_none());
            granted += usize::from(answer == "granted 0");
            if answer != "granted 0" && answer != "used_up" {
                return Err(answer);
            }
        }
        if granted != 1 || uses(&registry, &pair[0].user) != 1 {
            return Err(format!("granted to {granted} attempts"));
        }
        counted.granted += granted;
    }
    consistent(file)?;
    Ok(counted)
}

/// Checks that the count, the answer and the event of each use are all stored, or none of
/// them.
fn consistent(file: &File) -> Result<(), String> {
    let numbers = [
        "SELECT coalesce(sum(uses), 0) FROM online_codes",
        "SELECT count(*) FROM verifications WHERE CAST(answer AS TEXT) LIKE '%granted%'",
        "SELECT count(*) FROM events WHERE kind = 'online.verify' AND reason IS NULL
            AND detail NOT LIKE '%replay%'",
    ];
    let [uses, answers, events] = numbers.map(|sql| file.number(sql));
    if uses == answers && answers == events {
        return Ok(());
    }
    Err(format!("{uses} uses, {answers} answers, {events} events"))
}

/// Issues codes, each to its own user. Returns two attempts with each code.
fn issue(registry: &Registry, round: usize) -> Vec<Attempt> {
    let once = OnlinePolicy::default().max_uses(1);
    let requests = (0..CODES).map(|code| (format!("user-{round}-{code}"), once));
    let issued = registry.issue_codes(&root(), requests, &Utc).unwrap();
    let attempts = issued.iter().flat_map(|issued| {
        ["a", "b"].map(|attempt| Attempt {
            user: issued.record.user.to_string(),
            code: issued.code.reveal().to_string(),
            id: format!("{}-{attempt}", issued.record.user),
        })
    });
    attempts.collect()
}

fn uses(registry: &Registry, user: &str) -> u32 {
    let records = registry.codes(&root(), user).unwrap();
    records.iter().map(|record| record.uses).sum()
}

/// Makes the attempts in the process that is killed. Several threads share them, and print each
/// answer when they have it.
pub(crate) fn work(registry: &Registry) {
    let lines = io::stdin().lines().map(Result::unwrap);
    let attempts: Vec<Attempt> = lines
        .take_while(|line| line != "go")
        .map(|line| {
            let mut parts = line.split('\t').map(str::to_owned);
            let mut part = || parts.next().unwrap();
            Attempt {
                user: part(),
                code: part(),
                id: part(),
            }
        })
        .collect();
    tell("going");
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let attempts = attempts.iter().enumerate().skip(thread).step_by(THREADS);
            scope.spawn(move || {
                for (index, attempt) in attempts {
                    tell(&format!("{index} {}", attempt.ask(registry)));
                }
            });
        }
    });
}

/// Opens the store in the same way as the worker of that name.
pub(crate) fn open_as(role: &str, path: &Path) -> Registry {
    match role {
        "redeem" => open(path, 0),
        _ => crate::file::open_carelessly(path),
    }
}
