//! Request codes, and redemptions.

use std::{convert::identity, ffi::c_void, ptr};

use super::{
    format, key,
    prelude::*,
    record::{ISSUED, issued, seconds},
};

/// Draws a small number of minutes, because each costs two hashes.
pub(super) fn minutes(draw: &mut Draw<'_>) -> LocatePolicy {
    LocatePolicy {
        past_minutes: draw.number(0..=10),
        ahead_minutes: draw.number(0..=5),
        diagnose_minutes: draw.number(0..=20),
        window_minutes: draw.number(0..=10),
    }
}

/// Draws the code that a machine shows some minutes before or after the records were
/// issued.
pub(super) fn shown(draw: &mut Draw<'_>, key: &EnrolmentKey, alphabet: &Alphabet) -> String {
    let minute = minute_of(issued()) + draw.number(-12..=8_i64);
    key.request_code(minute, alphabet).to_string()
}

pub(super) fn near(draw: &mut Draw<'_>) -> i64 {
    match draw.number(0..=7_u8) {
        0 => seconds(draw),
        _ => ISSUED + draw.number(-300..=300),
    }
}

pub(super) fn located(draw: &mut Draw<'_>) {
    let machines: Vec<[u8; 32]> = (0..draw.number(0..=3_u8)).map(|id| [id; 32]).collect();
    let handles: Vec<_> = machines.iter().map(|bytes| key::handle(*bytes)).collect();
    let keys: Vec<_> = machines.into_iter().map(EnrolmentKey::from_bytes).collect();
    let mut pointers: Vec<_> = handles.iter().map(|key| key.pointer).collect();
    let missing = draw.number(0..=15_usize);
    if let Some(pointer) = pointers.get_mut(missing) {
        *pointer = ptr::null_mut();
    }
    let alphabet = format::alphabet(draw);
    let symbols = alphabet.alphabet.unwrap_or(Alphabet::UNAMBIGUOUS);
    let asks = EnrolmentKey::from_bytes([draw.number(0..=3); 32]);
    let code = shown(draw, &asks, &symbols);
    let (typed, policy, now) = (typed(draw, &code), minutes(draw), near(draw));
    let expected = || {
        let (typed, now) = (typed.typed()?, instant(now)?);
        if missing < keys.len() {
            return Err(Failure::from(STOPGAP_ERR_NULL_ARGUMENT).of_element(missing));
        }
        let found = policy.locate(&keys, &typed, &symbols, now)?;
        Ok((found.index, found.minute, u32::from(found.late)))
    };
    let policy = policy.into();
    let request = stopgap_locate_request {
        size: size_of::<stopgap_locate_request>(),
        typed: typed.argument(),
        keys: pointers.as_ptr(),
        count: pointers.len(),
        alphabet: alphabet.pointer(),
        policy: &raw const policy,
    };
    let request = &raw const request;
    let says = |found: stopgap_located| (found.index, found.minute, found.late);
    output(draw, expected, says, |found, error| {
        c!(stopgap_locate, request, now, found, error)
    });
}

/// The state that a machine has kept, and the status of its disk.
struct Disk {
    kept: Option<[u8; SealedState::LEN]>,
    says: i32,
}

unsafe extern "C" fn keep(context: *mut c_void, state: *const stopgap_sealed_state) -> i32 {
    // SAFETY: the disk is ours and the state the library's; both live during the call.
    unsafe {
        let disk: *mut Disk = context.cast();
        (*disk).kept = Some((*state).bytes);
        (*disk).says
    }
}

/// Some redemptions in a row, beside the core's agent.
pub(super) fn redeem(draw: &mut Draw<'_>) {
    let (bytes, policy) = ([5; 32], ptr::null());
    let key = key::handle(bytes);
    let agent = Handle::new(stopgap_agent_free, |agent, error| {
        c!(stopgap_agent_new, key.pointer, policy, agent, error)
    });
    let mut beside = Agent::new(EnrolmentKey::from_bytes(bytes));
    for _ in 0..draw.number(1..=3_u8) {
        redeem_once(
            draw,
            agent.pointer,
            &mut beside,
            &EnrolmentKey::from_bytes(bytes),
        );
        assert_eq!(key::sealed(agent.pointer), *beside.seal().as_bytes());
    }
}

fn redeem_once(
    draw: &mut Draw<'_>,
    agent: *mut stopgap_agent,
    beside: &mut Agent,
    key: &EnrolmentKey,
) {
    let minute = minute_of(issued()) + draw.number(-40..=2_i64);
    let bought = draw.one_of(&[Purpose::Reset, Purpose::Bypass]);
    let policy = OfflinePolicy::default();
    let validity = validity(draw).1.unwrap_or(policy.validity);
    let code = |validity| key.offline_code(minute, bought, validity, &policy.alphabet);
    // Minutes and hours cannot be those of an offline code.
    let code = code(validity).or_else(|_| code(policy.validity)).unwrap();
    let code = code.reveal().to_string();
    let (typed, zone_name, now) = (typed(draw, &code), zone_name(draw), near(draw));
    let purpose = match draw.number(0..=3_u8) {
        0 => small(draw, 5),
        _ => bought.bit().into(),
    };
    let says = draw.one_of(&[0, 0, 0, 9]);
    let mut disk = Disk { kept: None, says };
    let keeping = stopgap_keep {
        keep: Some(keep),
        context: context(&mut disk),
    };
    let mut state = None;
    let redeemed = || {
        let (typed, purpose) = (typed.typed()?, purpose_of(purpose)?);
        let zone = zone_of(&zone_name)?;
        let now = instant(now)?.with_timezone(&zone);
        let step = beside.redeem(&typed, purpose, now);
        state = step.state().map(|state| *state.as_bytes());
        if says != 0 {
            return Err(Failure::callback(says));
        }
        let lock = step.confirm()?.password_only_lock();
        Ok(lock.map_or(STOPGAP_NEVER, |lock| lock.until.timestamp()))
    };
    let keeping = &raw const keeping;
    let request = stopgap_redeem_request {
        size: size_of::<stopgap_redeem_request>(),
        typed: typed.argument(),
        purpose,
        zone: zone_name.argument(),
    };
    let request = &raw const request;
    output(draw, redeemed, identity, |until, error| {
        let function = stopgap_agent_redeem;
        c!(function, agent, request, now, keeping, until, error)
    });
    assert_eq!(disk.kept, state, "the state that the machine keeps");
    log_on(draw, agent, beside);
}

/// The query, and the step when a person logs on.
fn log_on(draw: &mut Draw<'_>, agent: *mut stopgap_agent, beside: &mut Agent) {
    let now = near(draw);
    let says = draw.one_of(&[0, 0, 0, 9]);
    let mut disk = Disk { kept: None, says };
    let keeping = stopgap_keep {
        keep: Some(keep),
        context: context(&mut disk),
    };
    let keeping = &raw const keeping;
    let until = |lock: Option<PasswordOnlyLock>| {
        let lock = lock.ok_or(Failure::from(STOPGAP_ERR_NO_LOCK))?;
        Ok(lock.until.timestamp())
    };
    let shown = || until(beside.lock(instant(now)?)?);
    output(draw, shown, identity, |until, error| {
        c!(stopgap_agent_lock, agent, now, until, error)
    });
    let mut state = None;
    let told = || {
        let step = beside.log_on(instant(now)?);
        state = step.state().map(|state| *state.as_bytes());
        if says != 0 && state.is_some() {
            return Err(Failure::callback(says));
        }
        until(step.confirm()?)
    };
    output(draw, told, identity, |until, error| {
        c!(stopgap_agent_log_on, agent, now, keeping, until, error)
    });
    assert_eq!(disk.kept, state, "the state that the machine keeps");
}
