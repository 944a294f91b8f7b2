//! Machines: their keys, requests, redemptions and sealed states.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use stopgap::{
    Alphabet, EnrolmentKey, KeyId, KeyRing, MasterKey, Name, Purpose, Refusal, Validity,
    chrono::DateTime,
    offline::{
        Agent, AgentPolicy, Enrolment, LocatePolicy, Redeemed, RequestError, SealedState,
        StateError, Step, minute_of,
    },
};

use crate::{
    case::{Case, cases, kept_right, kept_wrong, keys, random, secrets},
    tool::{Tool, Wrong, expect},
    valgrind::{public, secret},
    watched::{Watched, now, watched},
};

pub(super) const SUBJECTS: [Watched; 8] = [
    watched("derive", secrets, derive),
    watched("locate_found", || Ok(typed_right(request)), find),
    // The code is right for a minute outside the window.
    watched("locate_unrecognised", || typed_wrong(request, 9_999), find),
    watched("redeem_granted", || Ok(typed_right(offline_code)), redeem),
    // The code is right for the next minute.
    watched("redeem_refused", || typed_wrong(offline_code, 1), redeem),
    watched("seal", secrets, seal),
    watched("open_granted", || kept_right("", state_tag), open),
    watched("open_refused", || kept_wrong("", state_tag), open),
];

/// Redemption over the window, without a search for a late code. It is quick enough for a
/// million measurements.
pub(crate) const REDEEM_IN_WINDOW: Watched = watched(
    "redeem",
    || Ok(nearly_right()),
    |case, tool| {
        let policy = AgentPolicy {
            diagnose_minutes: 0,
            ..AgentPolicy::default()
        };
        redeem_by(policy, case, tool)
    },
);

/// The minute in which the machine showed its request code.
fn shown_at() -> i64 {
    minute_of(now()).saturating_sub(3)
}

fn request(key: &[u8; 32], minute: i64) -> String {
    let key = EnrolmentKey::from_bytes(*key);
    let code = key.request_code(minute, &Alphabet::UNAMBIGUOUS);
    code.canonical().into()
}

fn offline_code(key: &[u8; 32], minute: i64) -> String {
    let key = EnrolmentKey::from_bytes(*key);
    let alphabet = Alphabet::UNAMBIGUOUS;
    let code = key.offline_code(minute, Purpose::Bypass, Validity::DAY, &alphabet);
    // A validity of a day is always allowed; without a code, the empty text would be refused.
    let code = code.map(|code| code.reveal().canonical().to_owned());
    code.unwrap_or_default()
}

/// Makes cases with the right code of each key.
fn typed_right(code: fn(&[u8; 32], i64) -> String) -> Vec<Case> {
    let right = |(class, key)| {
        let typed = code(&key, shown_at());
        cases([(class, key, [0; 32])], &typed, true)
    };
    keys().into_iter().flat_map(right).collect()
}

/// Makes cases with one typed code, and keys whose code is different or nearly the same.
fn typed_wrong(code: fn(&[u8; 32], i64) -> String, later: i64) -> Result<Vec<Case>, Wrong> {
    let now = minute_of(now());
    let typed = code(&random(11), now.saturating_add(later));
    // Two symbols agree by chance for one key in 256.
    let near = |from: usize| {
        let symbols = |code: &str| code.get(from..from.saturating_add(2)).map(str::to_owned);
        let same = |key: &[u8; 32]| symbols(&code(key, now)) == symbols(&typed);
        (100..100_000).map(random).find(same).ok_or("no such key")
    };
    let last = typed.len().saturating_sub(2);
    let near_keys = [
        ("right for another minute", random(11)),
        ("right at symbols 3 and 4", near(2)?),
        ("right at the last two", near(last)?),
    ];
    let classes = keys().into_iter().chain(near_keys);
    let classes = classes.map(|(class, key)| (class, key, [0; 32]));
    Ok(cases(classes, &typed, false))
}

/// Makes the case of a code of which only the last four bits are wrong.
fn nearly_right() -> Vec<Case> {
    let key = random(12);
    let mut typed = offline_code(&key, minute_of(now()));
    let last = typed.pop();
    let symbols = Alphabet::UNAMBIGUOUS;
    typed.extend(symbols.symbols().chars().find(|other| Some(*other) != last));
    cases([("wrong at last", key, [0; 32])], &typed, false)
}

/// Derives a tenant's key, and the enrolment key of a machine.
fn derive(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let master = MasterKey::from_bytes(secret(case.key));
    let (name, mut random) = (Name::new("acme")?, ChaCha8Rng::seed_from_u64(0));
    let derived = tool.measure(|| {
        let tenant = master.tenant(&name);
        let keys = KeyRing::new(KeyId(1), &tenant);
        let enrolment = Enrolment::new(&keys, "alice", "LAPTOP-17", now(), &mut random)?;
        Ok::<_, Wrong>((tenant, enrolment.key(&keys)?))
    });
    let (tenant, enrolment_key) = derived?;
    tool.came_of_secret(tenant.reveal())?;
    tool.came_of_secret(enrolment_key.reveal())
}

fn find(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let keys = [EnrolmentKey::from_bytes(secret(case.key))];
    let (policy, alphabet) = (LocatePolicy::default(), Alphabet::UNAMBIGUOUS);
    let locate = |keys: &[EnrolmentKey]| policy.locate(keys, &case.typed, &alphabet, now());
    // Without a machine the code is only read.
    tool.measure_reading(|| locate(&[]));
    let verdict = tool.measure(|| locate(&keys));
    let minute = public(verdict).map(|located| located.minute);
    let expected = case.right.then_some(shown_at());
    expect(minute, &expected.ok_or(RequestError::Unrecognised))
}

/// Redeems over the whole window, and over the day before it for a late code.
fn redeem(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    redeem_by(AgentPolicy::default(), case, tool)
}

/// Returns the state to store, and the result.
fn stored<T>(step: Step<'_, T>) -> (Option<SealedState>, T) {
    (step.state(), step.confirm())
}

fn redeem_by(policy: AgentPolicy, case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let key = EnrolmentKey::from_bytes(secret(case.key));
    let mut agent = Agent::new(key).with_policy(policy);
    // For registration the code is only read, and the state is sealed.
    tool.measure_reading(|| stored(agent.redeem(&case.typed, Purpose::Register, now())));
    let step = tool.measure(|| stored(agent.redeem(&case.typed, Purpose::Bypass, now())));
    let (_, redeemed) = public(step);
    let lock = redeemed.map(Redeemed::password_only_lock);
    // The lock ends a day after the first second of the minute.
    let end = shown_at().saturating_mul(60).saturating_add(86_400);
    let end = DateTime::from_timestamp(end, 0).unwrap_or_default();
    let expected = case.right.then_some(Some(end)).ok_or(Refusal::Unknown);
    expect(lock.map(|lock| lock.map(|lock| lock.until)), &expected)
}

fn seal(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let agent = Agent::new(EnrolmentKey::from_bytes(secret(case.key)));
    let sealed = tool.measure(|| agent.seal());
    tool.came_of_secret(sealed.as_bytes().last_chunk::<32>().ok_or("no tag")?)
}

/// The sealed state of a new agent: public bytes and a tag.
fn sealed(key: &[u8; 32]) -> [u8; SealedState::LEN] {
    let agent = Agent::new(EnrolmentKey::from_bytes(*key));
    *agent.seal().as_bytes()
}

fn state_tag(key: &[u8; 32]) -> Result<[u8; 32], Wrong> {
    Ok(*sealed(key).last_chunk().ok_or("no tag")?)
}

fn open(case: &Case, tool: &mut Tool) -> Result<(), Wrong> {
    let key = EnrolmentKey::from_bytes(secret(case.key));
    let mut state = sealed(&[0; 32]);
    *state.last_chunk_mut().ok_or("no tag")? = secret(case.kept);
    let state = SealedState::from_slice(&state)?;
    let agent = tool.measure(|| Agent::resume(key, &state));
    let expected = case.right.then_some(()).ok_or(StateError::DoesNotOpen);
    expect(agent.map(drop), &expected)
}
