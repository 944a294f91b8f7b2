//! Request codes, answers and redemptions across the border.

use std::{ffi::c_void, ptr};

use stopgap::{
    Alphabet, EnrolmentKey, KeyId, Purpose,
    offline::{
        Agent, AnswerError, Enrolment, LocatePolicy, OfflinePolicy, SealedState, locate as core,
        minute_of,
    },
};
use stopgap_c::{
    agent::{
        stopgap_agent, stopgap_agent_free, stopgap_agent_new, stopgap_agent_redeem,
        stopgap_agent_seal, stopgap_keep, stopgap_sealed_state,
    },
    answer::{stopgap_answer, stopgap_offline_answer, stopgap_offline_policy},
    enrolment::stopgap_enrolment,
    enrolment_key::{
        stopgap_enrolment_key, stopgap_enrolment_key_free, stopgap_enrolment_key_from_bytes,
    },
    request::{stopgap_locate, stopgap_located},
    status::{STOPGAP_CALLBACK_FAILED, STOPGAP_NULL_ARGUMENT, STOPGAP_OK},
};

use super::{
    format,
    memory::{Failure, Outcome, Slot, call, chars},
    record::{ISSUED, KEY, Server, field, issued, name, purpose_of, seconds, small, typed, user},
    value,
};
use crate::draw::Draw;

/// A key of a machine, in C; freed when it is dropped.
struct Key(*mut stopgap_enrolment_key);

impl Key {
    fn new(bytes: [u8; 32]) -> Self {
        let mut key = ptr::null_mut();
        // SAFETY: the contract of the header.
        let status = unsafe {
            stopgap_enrolment_key_from_bytes(bytes.as_ptr(), 32, &raw mut key, ptr::null_mut())
        };
        assert_eq!(status, STOPGAP_OK);
        Self(key)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: a key that was made for us.
        unsafe { stopgap_enrolment_key_free(&raw mut self.0) };
    }
}

/// Few minutes, for each costs two hashes.
fn minutes(draw: &mut Draw<'_>) -> LocatePolicy {
    LocatePolicy {
        past_minutes: draw.number(0..=10),
        ahead_minutes: draw.number(0..=5),
        diagnose_minutes: draw.number(0..=20),
    }
}

/// What a machine showed some minutes from when the records are issued.
fn shown(draw: &mut Draw<'_>, key: &EnrolmentKey, alphabet: &Alphabet) -> String {
    let minute = minute_of(issued()) + draw.number(-12..=8_i64);
    key.request_code(minute, alphabet).to_string()
}

fn near(draw: &mut Draw<'_>) -> i64 {
    match draw.number(0..=7_u8) {
        0 => seconds(draw),
        _ => ISSUED + draw.number(-300..=300),
    }
}

pub(super) fn locate(draw: &mut Draw<'_>) {
    let machines: Vec<[u8; 32]> = (0..draw.number(0..=3_u8)).map(|id| [id; 32]).collect();
    let handles: Vec<Key> = machines.iter().map(|key| Key::new(*key)).collect();
    let keys: Vec<EnrolmentKey> = machines
        .iter()
        .map(|key| EnrolmentKey::from_bytes(*key))
        .collect();
    let mut pointers: Vec<*const stopgap_enrolment_key> =
        handles.iter().map(|key| key.0.cast_const()).collect();
    let missing = draw.number(0..=15_usize);
    if let Some(pointer) = pointers.get_mut(missing) {
        *pointer = ptr::null();
    }
    let alphabet = format::alphabet(draw);
    let symbols = format::of_c(&alphabet);
    let asks = EnrolmentKey::from_bytes([draw.number(0..=3); 32]);
    let code = shown(draw, &asks, &symbols.unwrap_or(Alphabet::HEX));
    let (typed, policy, now) = (typed(draw, &code), minutes(draw), near(draw));
    let mut slot = Slot::<stopgap_located>::new();
    let (place, is_place) = slot.perhaps(draw);
    let located = || {
        if missing < keys.len() {
            return Err(Failure {
                index: missing,
                ..STOPGAP_NULL_ARGUMENT.into()
            });
        }
        let typed = typed.text()?;
        let symbols = symbols?;
        is_place?;
        let found = core(&keys, typed, &symbols, &policy, value::instant(now)?)?;
        Ok((found.index, found.minute))
    };
    let expected: Outcome<(usize, i64)> = located();
    call(draw, &expected, |error| {
        let (keys, count) = (pointers.as_ptr(), pointers.len());
        let (typed, length) = (typed.pointer(), typed.length());
        let (alphabet, policy) = (&raw const alphabet, policy.into());
        // SAFETY: the contract of the header.
        unsafe {
            stopgap_locate(
                keys,
                count,
                typed,
                length,
                alphabet,
                &raw const policy,
                now,
                place,
                error,
            )
        }
    });
    let found = slot.take(expected.is_ok());
    assert_eq!(
        found.map(|found| (found.index, found.minute)),
        expected.ok()
    );
}

fn enrolment(draw: &mut Draw<'_>) -> stopgap_enrolment {
    let named = |name: &[u8]| {
        let mut field = [0; 256];
        field[..name.len()].copy_from_slice(name);
        chars(field)
    };
    let mut enrolment = stopgap_enrolment {
        key_id: KEY,
        generation: draw.number(0..=1),
        user: named(b"alice"),
        machine: named(draw.one_of(&[b"LAPTOP".as_slice(), b"DESK"])),
    };
    match draw.number(0..=15_u8) {
        0 => enrolment.key_id = small(draw, KEY),
        1 => enrolment.generation = draw.number(0..=u32::MAX),
        2 => enrolment.user = field(draw),
        3 => enrolment.machine = field(draw),
        _ => {}
    }
    enrolment
}

fn read(enrolment: &stopgap_enrolment) -> Outcome<Enrolment> {
    Ok(Enrolment {
        key_id: KeyId(enrolment.key_id),
        generation: enrolment.generation,
        user: name(&enrolment.user)?,
        machine: name(&enrolment.machine)?,
    })
}

pub(super) fn answer(draw: &mut Draw<'_>, server: &Server) {
    let enrolments: Vec<stopgap_enrolment> = (0..draw.number(0..=3_u8))
        .map(|_| enrolment(draw))
        .collect();
    let (number, validity) = value::validity_number(draw);
    let locate = minutes(draw);
    let mut alphabet = OfflinePolicy::default().alphabet.into();
    if draw.number(0..=3_u8) == 0 {
        alphabet = format::alphabet(draw);
    }
    let policy = stopgap_offline_policy {
        alphabet,
        validity: number,
        locate: locate.into(),
    };
    let asks = enrolments.get(draw.number(0..=2_usize));
    let asks = asks.and_then(|one| read(one).ok());
    let asks = asks.and_then(|one| one.key(&server.keys).ok());
    let asks = asks.unwrap_or_else(|| EnrolmentKey::from_bytes([1; 32]));
    let symbols = format::of_c(&alphabet);
    let code = shown(draw, &asks, &symbols.unwrap_or(Alphabet::HEX));
    let (user, typed, zone) = (user(draw), typed(draw, &code), value::zone_name(draw));
    let asked = match draw.number(0..=7_u8) {
        0 => small(draw, 5),
        _ => draw.one_of(&[1, 4]),
    };
    let now = near(draw);
    let mut slot = Slot::<stopgap_answer>::new();
    let (place, is_place) = slot.perhaps(draw);
    let answered = || {
        let policy = OfflinePolicy {
            validity: validity?,
            alphabet: symbols?,
            locate,
        };
        let (user, typed) = (user.text()?, typed.text()?);
        let zone = value::zone(&zone)?;
        let now = value::instant(now)?.with_timezone(&zone);
        is_place?;
        let mut read_all = Vec::new();
        for (index, one) in enrolments.iter().enumerate() {
            read_all.push(read(one).map_err(|failure| Failure { index, ..failure })?);
        }
        let purpose = purpose_of(asked)?;
        let made = policy.answer(&server.keys, user, &read_all, typed, purpose, now);
        let made = made.map_err(|error| refused(error, user, &read_all))?;
        let index = read_all.iter().position(|one| ptr::eq(one, made.enrolment));
        Ok((
            (made.minute, made.expires_at.timestamp(), index.unwrap()),
            (value::number(made.validity), u32::from(made.purpose.bit())),
            made.code.reveal().to_string(),
        ))
    };
    let expected: Outcome<_> = answered();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe {
            stopgap_offline_answer(
                &raw const policy,
                server.ring,
                user.pointer(),
                user.length(),
                enrolments.as_ptr(),
                enrolments.len(),
                typed.pointer(),
                typed.length(),
                asked,
                now,
                zone.pointer(),
                zone.length(),
                place,
                error,
            )
        }
    });
    let found = slot.take(expected.is_ok()).map(|answer| {
        (
            (answer.minute, answer.expires_at, answer.index),
            (answer.validity, answer.purpose),
            super::record::text(&answer.code.text).unwrap(),
        )
    });
    assert_eq!(found, expected.ok());
}

/// The header's numbers for it.
fn refused(error: AnswerError, user: &str, enrolments: &[Enrolment]) -> Failure {
    match error {
        AnswerError::Malformed(malformed) => malformed.into(),
        AnswerError::WrongPurpose => 203.into(),
        AnswerError::NotEnrolled => 301.into(),
        AnswerError::ClockSkew { machine, minutes } => Failure {
            minutes,
            index: enrolments
                .iter()
                .position(|one| one.user == *user && one.machine == machine)
                .unwrap(),
            ..302.into()
        },
        AnswerError::Unrecognised => 303.into(),
        AnswerError::KeyMissing(missing) => missing.into(),
        AnswerError::Time(out_of_range) => out_of_range.into(),
        _ => 12.into(),
    }
}

/// Where a machine keeps its state, and what it says of that.
struct Disk {
    kept: Option<stopgap_sealed_state>,
    says: i32,
}

unsafe extern "C" fn keep(context: *mut c_void, state: *const stopgap_sealed_state) -> i32 {
    // SAFETY: a disk of ours, and a state of the library's, both lent to the call.
    unsafe {
        let disk: *mut Disk = context.cast();
        (*disk).kept = Some(*state);
        (*disk).says
    }
}

/// Some redemptions one after the other, beside the core's agent.
pub(super) fn redeem(draw: &mut Draw<'_>) {
    let bytes = [5; 32];
    let key = Key::new(bytes);
    let mut agent = ptr::null_mut::<stopgap_agent>();
    // SAFETY: the contract of the header.
    let status = unsafe { stopgap_agent_new(key.0, ptr::null(), &raw mut agent, ptr::null_mut()) };
    assert_eq!(status, STOPGAP_OK);
    let mut beside = Agent::new(EnrolmentKey::from_bytes(bytes));
    for _ in 0..draw.number(1..=3_u8) {
        redeem_once(draw, agent, &mut beside, &EnrolmentKey::from_bytes(bytes));
        let mut sealed = Slot::<stopgap_sealed_state>::new();
        // SAFETY: the contract of the header.
        let status = unsafe { stopgap_agent_seal(agent, sealed.pointer(), ptr::null_mut()) };
        assert_eq!(status, STOPGAP_OK);
        let sealed = sealed.take(true).map(|state| state.bytes);
        assert_eq!(sealed.as_ref(), Some(beside.seal().as_bytes()));
    }
    // SAFETY: an agent that was made for us.
    unsafe { stopgap_agent_free(&raw mut agent) };
}

fn redeem_once(
    draw: &mut Draw<'_>,
    agent: *mut stopgap_agent,
    beside: &mut Agent,
    key: &EnrolmentKey,
) {
    let minute = minute_of(issued()) + draw.number(-40..=2_i64);
    let bought = draw.one_of(&[Purpose::Reset, Purpose::Bypass]);
    let (_, validity) = value::validity_number(draw);
    let policy = OfflinePolicy::default();
    let validity = validity.unwrap_or(policy.validity);
    let code = key.offline_code(minute, bought, validity, &policy.alphabet);
    let code = code.reveal().to_string();
    let (typed, zone, now) = (typed(draw, &code), value::zone_name(draw), near(draw));
    let number = match draw.number(0..=3_u8) {
        0 => small(draw, 5),
        _ => bought.bit().into(),
    };
    let mut disk = Disk {
        kept: None,
        says: draw.one_of(&[0, 0, 0, 9]),
    };
    let says = disk.says;
    let keeping = stopgap_keep {
        keep: Some(keep),
        context: (&raw mut disk).cast(),
    };
    let mut slot = Slot::<i64>::new();
    let (place, is_place) = slot.perhaps(draw);
    let mut state: Option<SealedState> = None;
    let mut redeemed = || {
        let typed = typed.text()?;
        let zone = value::zone(&zone)?;
        let now = value::instant(now)?.with_timezone(&zone);
        is_place?;
        let (sealed, lock) = beside.redeem(typed, purpose_of(number)?, now).into_parts();
        state = Some(sealed);
        if says != 0 {
            return Err(Failure {
                callback: says,
                ..STOPGAP_CALLBACK_FAILED.into()
            });
        }
        Ok(lock?.until.timestamp())
    };
    let expected: Outcome<i64> = redeemed();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe {
            stopgap_agent_redeem(
                agent,
                typed.pointer(),
                typed.length(),
                number,
                now,
                zone.pointer(),
                zone.length(),
                &raw const keeping,
                place,
                error,
            )
        }
    });
    assert_eq!(slot.take(expected.is_ok()), expected.ok());
    let kept = disk.kept.map(|state| state.bytes);
    let state = state.map(|state| *state.as_bytes());
    assert_eq!(kept, state, "what the machine was given to keep");
}
