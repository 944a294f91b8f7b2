//! Machines: locating their requests, redeeming, and what they remember.

use stopgap::{
    Alphabet, EnrolmentKey, Purpose, Refusal, Validity,
    chrono::{DateTime, Utc},
    offline::{
        Agent, AgentPolicy, LocateError, LocatePolicy, Located, SealedState, StateError, locate,
        minute_of,
    },
};

use super::{expect, now, wrong};
use crate::{
    case::{Case, kept_wrong, keys, random, search, with_keys},
    tool::{Tool, Wrong},
};

/// How many minutes ago the request code was shown, where it was.
const SHOWN: i64 = 3;

fn shown_at() -> i64 {
    minute_of(now()).saturating_sub(SHOWN)
}

/// The end of the lock: a day from the first second of the minute.
fn lock_end() -> DateTime<Utc> {
    let seconds = shown_at().saturating_mul(60).saturating_add(86_400);
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

fn request_code(key: &[u8; 32], minute: i64) -> String {
    let key = EnrolmentKey::from_bytes(*key);
    let code = key.request_code(minute, &Alphabet::UNAMBIGUOUS);
    code.canonical().into()
}

fn offline_code(key: &[u8; 32], minute: i64) -> String {
    let key = EnrolmentKey::from_bytes(*key);
    let alphabet = Alphabet::UNAMBIGUOUS;
    let code = key.offline_code(minute, Purpose::Bypass, Validity::DAY, &alphabet);
    code.reveal().canonical().into()
}

/// One code that is typed, by keys under which it is not right: by far, and nearly.
fn not_right(typed_under: fn(&[u8; 32], i64) -> String, another: i64) -> Result<Vec<Case>, Wrong> {
    let typed = typed_under(&random(11), another);
    // Two of these symbols are right by chance under one key of 256.
    let near = |from: usize| {
        let symbols = from..from.saturating_add(2);
        search(|key| {
            typed_under(key, minute_of(now())).get(symbols.clone()) == typed.get(symbols.clone())
        })
    };
    let last = typed.len().saturating_sub(2);
    let mut classes = keys().to_vec();
    classes.extend([
        ("right for another minute", random(11)),
        ("right at symbols 3 and 4", near(2)?),
        ("right at the last two", near(last)?),
    ]);
    let case = |(class, key)| Case {
        class,
        key,
        kept: [0; 32],
        typed: typed.clone(),
    };
    Ok(classes.into_iter().map(case).collect())
}

pub(super) fn locate_found_cases() -> Result<Vec<Case>, Wrong> {
    with_keys(|key| Ok(([0; 32], request_code(key, shown_at()))))
}

pub(super) fn locate_found(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let located = Located {
        index: 0,
        minute: shown_at(),
    };
    find(case, tool, &Ok(located))
}

/// The code was right for a minute that nobody looks at.
pub(super) fn locate_unrecognised_cases() -> Result<Vec<Case>, Wrong> {
    not_right(request_code, minute_of(now()).saturating_add(10_000))
}

pub(super) fn locate_unrecognised(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    find(case, tool, &Err(LocateError::Unrecognised))
}

fn find(
    case: &Case,
    tool: &mut Tool,
    expected: &Result<Located, LocateError>,
) -> Result<(), Wrong> {
    let keys = [EnrolmentKey::from_bytes(tool.secret(case.key))];
    let policy = LocatePolicy::default();
    let alphabet = Alphabet::UNAMBIGUOUS;
    // Of a user without a machine it is read alone.
    tool.measure_reading(|| locate(&[], &case.typed, &alphabet, &policy, now()));
    let located = tool.measure(|| locate(&keys, &case.typed, &alphabet, &policy, now()));
    expect(tool, located, expected)
}

pub(super) fn redeem_granted_cases() -> Result<Vec<Case>, Wrong> {
    with_keys(|key| Ok(([0; 32], offline_code(key, shown_at()))))
}

pub(super) fn redeem_granted(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let mut agent = Agent::new(EnrolmentKey::from_bytes(tool.secret(case.key)));
    // For registration it is read alone, and the state is sealed.
    tool.measure_reading(|| agent.redeem(&case.typed, Purpose::Register, now()));
    let step = tool.measure(|| agent.redeem(&case.typed, Purpose::Bypass, now()));
    let (_, lock) = tool.public(step).into_parts();
    expect(tool, lock.map(|lock| lock.until), &Ok(lock_end()))
}

/// The code is right for the minute that comes next.
pub(super) fn redeem_refused_cases() -> Result<Vec<Case>, Wrong> {
    not_right(offline_code, minute_of(now()).saturating_add(1))
}

/// Over the whole window, and over the day before that tells a late code.
pub(super) fn redeem_refused(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    redeem_wrong(case, AgentPolicy::default(), tool)
}

fn redeem_wrong(case: &Case, policy: AgentPolicy, tool: &mut Tool) -> Result<(), Wrong> {
    let key = EnrolmentKey::from_bytes(tool.secret(case.key));
    let mut agent = Agent::new(key).with_policy(policy);
    let step = tool.measure(|| agent.redeem(&case.typed, Purpose::Bypass, now()));
    let (_, lock) = tool.public(step).into_parts();
    expect(tool, lock, &Err(Refusal::Unknown))
}

/// A code of which all but the last four bits are right.
pub(crate) fn redeem_nearly_right() -> Case {
    let key = random(12);
    let right = offline_code(&key, minute_of(now()));
    let symbols = Alphabet::UNAMBIGUOUS;
    let other = symbols
        .symbols()
        .chars()
        .find(|symbol| !right.ends_with(*symbol));
    let mut typed = right;
    typed.pop();
    typed.extend(other);
    Case {
        class: "wrong at last",
        key,
        kept: [0; 32],
        typed,
    }
}

/// Over the window alone, without a look for a late code.
pub(crate) fn redeem_in_window(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let policy = AgentPolicy {
        diagnose_minutes: 0,
        ..AgentPolicy::default()
    };
    redeem_wrong(case, policy, tool)
}

pub(super) fn seal(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let agent = Agent::new(EnrolmentKey::from_bytes(tool.secret(case.key)));
    let sealed = tool.measure(|| agent.seal());
    tool.came_of_secret(sealed.as_bytes().last_chunk::<32>().ok_or("no tag")?)
}

/// What a new agent remembers, which is no secret, and its tag.
fn sealed(key: &[u8; 32]) -> ([u8; SealedState::LEN], [u8; 32]) {
    let agent = Agent::new(EnrolmentKey::from_bytes(*key));
    let sealed = *agent.seal().as_bytes();
    (sealed, *sealed.last_chunk().unwrap_or(&[0; 32]))
}

pub(super) fn open_granted_cases() -> Result<Vec<Case>, Wrong> {
    with_keys(|key| Ok((sealed(key).1, String::new())))
}

pub(super) fn open_granted(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    open(case, tool, Ok(()))
}

pub(super) fn open_refused_cases() -> Result<Vec<Case>, Wrong> {
    kept_wrong("", |key| Ok(sealed(key).1))
}

pub(super) fn open_refused(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    open(case, tool, Err(StateError::DoesNotOpen))
}

fn open(case: &Case, tool: &mut Tool, expected: Result<(), StateError>) -> Result<(), Wrong> {
    let key = EnrolmentKey::from_bytes(tool.secret(case.key));
    let (mut state, _) = sealed(&[0; 32]);
    if let Some(tag) = state.last_chunk_mut() {
        *tag = tool.secret(case.kept);
    }
    let state = SealedState::from_slice(&state).map_err(wrong)?;
    let agent = tool.measure(|| Agent::resume(key, &state));
    expect(tool, agent.map(drop), &expected)
}
