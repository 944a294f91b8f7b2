//! Does one piece of work, for callgrind to count its instructions: nothing else is
//! in `measured`. `counts list` names them.

use std::{hint::black_box, process::ExitCode};

use chrono::{TimeZone, Utc};
use chrono_tz::Europe::Zurich;
use stopgap::{
    Alphabet, CodeFormat, EnrolmentKey, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, SysRng,
    Validity,
    offline::{Agent, LocatePolicy, locate, minute_of},
};

/// What is counted. The last is a control: it does the first twice.
const NAMES: [&str; 11] = [
    "verify",
    "issue",
    "normalize",
    "normalize 256 bytes",
    "month in UTC",
    "month in a zone",
    "redeem",
    "locate 5 enrolments",
    "derive an enrolment key",
    "resume",
    "verify twice",
];

/// Callgrind collects in here alone.
#[inline(never)]
fn measured<R>(work: impl FnOnce() -> R) {
    black_box(work());
}

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    if name == "list" {
        println!("{}", NAMES.join("\n"));
        return ExitCode::SUCCESS;
    }
    if !NAMES.contains(&name.as_str()) {
        eprintln!("counts NAME, or counts list");
        return ExitCode::from(2);
    }
    let now = Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 42).unwrap();
    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let issue = || {
        (OnlinePolicy::default())
            .issue(&keys, black_box("alice"), now, &mut SysRng)
            .unwrap()
    };
    let (code, mut grant) = issue();
    let typed = code.reveal().to_string();
    let mut verify = || {
        let typed = black_box(typed.as_str());
        grant.verify(&keys, "alice", typed, Purpose::Bypass, now)
    };
    let long = "A-------".repeat(32);
    let enrolments: Vec<_> = (0..5)
        .map(|number| EnrolmentKey::from_bytes([number; 32]))
        .collect();
    let alphabet = Alphabet::UNAMBIGUOUS;
    let shown = enrolments[4].request_code(minute_of(now) - 60, &alphabet);
    let answer = enrolments[0].offline_code(
        minute_of(now) - 30,
        Purpose::Bypass,
        Validity::DAY,
        &alphabet,
    );
    let answer = answer.reveal().to_string();
    let mut agent = Agent::new(EnrolmentKey::from_bytes([0; 32]));
    let sealed = agent.seal();
    match name.as_str() {
        "verify" => measured(verify),
        "issue" => measured(issue),
        "normalize" => {
            measured(|| CodeFormat::ONLINE.normalize(black_box("3F9A-77C2-01BE")));
        }
        "normalize 256 bytes" => measured(|| CodeFormat::SECURITY.normalize(black_box(&long))),
        "month in UTC" => measured(|| Validity::MONTH.expires_at(black_box(now))),
        "month in a zone" => {
            let now = now.with_timezone(&Zurich);
            measured(|| Validity::MONTH.expires_at(black_box(now)));
        }
        "redeem" => measured(|| agent.redeem(black_box(&answer), Purpose::Bypass, now)),
        "locate 5 enrolments" => measured(|| {
            let typed = black_box(shown.as_str());
            locate(&enrolments, typed, &alphabet, &LocatePolicy::default(), now)
        }),
        "derive an enrolment key" => measured(|| EnrolmentKey::from_bytes(black_box([0; 32]))),
        "resume" => {
            let key = EnrolmentKey::from_bytes([0; 32]);
            measured(|| Agent::resume(key, black_box(&sealed)));
        }
        _ => measured(|| (verify(), verify())),
    }
    ExitCode::SUCCESS
}
