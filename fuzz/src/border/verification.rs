//! Verifications under an idempotency key, and their repetition.

use super::{
    format,
    prelude::*,
    record::{KEY, Server, scratch, seconds},
    request::Asked,
};

const CODE: &str = "3F9A-77C2-01BE";

/// Draws a code in a struct, rarely a text that is not a code.
fn code(draw: &mut Draw<'_>) -> stopgap_code {
    let mut code = stopgap_code {
        text: chars(CODE.as_bytes()),
    };
    match draw.number(0..=15_u8) {
        14 => code.text = chars(b"3F9A-77C2-01BF"),
        15 => code.text = field(draw),
        _ => {}
    }
    code
}

fn edit(draw: &mut Draw<'_>, verification: &mut stopgap_verification) {
    match draw.number(0..=6_u8) {
        0 => verification.answered_at = seconds(draw),
        1 => verification.key_id = small(draw, KEY),
        2 => verification.purpose = small(draw, 5),
        3 => scratch(draw, &mut verification.digest.bytes),
        4 => verification.user = field(draw),
        5 => verification.idempotency_key = field(draw),
        _ => scratch(draw, &mut verification.tag.bytes),
    }
}

/// Reads a verification and its answer by the rules of the header.
fn read(verification: &stopgap_verification, answer: &Lent) -> Outcome<Sealed<Verification>> {
    let answer = answer.bytes()?.to_vec();
    let record = Verification {
        key_id: KeyId(verification.key_id),
        user: name(verification.user)?,
        idempotency_key: text(verification.idempotency_key)?,
        purpose: purpose_of(verification.purpose)?,
        digest: CodeDigest::from_bytes(verification.digest.bytes),
        answered_at: stored(verification.answered_at)?,
        answer,
    };
    let tag = RecordTag::from_bytes(verification.tag.bytes);
    Ok(Sealed::from_parts(record, tag))
}

/// Seals an answer, and repeats the verification with the same request or another one.
pub(super) fn verifications(draw: &mut Draw<'_>, server: &Server) {
    let (asked, now) = (Asked::draw(draw, CODE), seconds(draw));
    let (code, answer) = (code(draw), draw.some(20));
    let answer = Lent::new(draw, answer);
    let sealed = || {
        asked.read(|request| {
            let code = format::code_of(&code)?;
            let answer_bytes = answer.bytes()?;
            let now = instant(now)?;
            let sealed = Verification::seal(&server.keys, request, &code, answer_bytes, now)?;
            let written: stopgap_verification = sealed.into();
            assert!(read(&written, &answer)?.open(&server.keys).is_ok());
            Ok(image(&written).to_vec())
        })
    };
    let says = |record: stopgap_verification| image(&record).to_vec();
    let (ring, request, typed) = (server.ring.pointer, asked.pointer(), &raw const code);
    let written = output(draw, sealed, says, |record, error| {
        let function = stopgap_verification_seal;
        c!(function, ring, request, typed, [answer;], now, record, error)
    });
    let Some(mut record) = written else { return };
    for _ in 0..draw.number(0..=3_u8).saturating_sub(2) {
        edit(draw, &mut record);
    }
    let other = match draw.number(0..=3_u8) {
        3 => draw.some(3).to_vec(),
        _ => answer.bytes().unwrap().to_vec(),
    };
    let answer = Lent::new(draw, &other);
    replay(draw, server, &record, &answer, &asked, now);
}

fn replay(
    draw: &mut Draw<'_>,
    server: &Server,
    record: &stopgap_verification,
    answer: &Lent,
    first: &Asked,
    then: i64,
) {
    let ring = server.ring.pointer;
    if draw.number(0..=3_u8) == 3 {
        let opened = || Ok(read(record, answer)?.open(&server.keys).map(|_| ())?);
        call(
            draw,
            &opened(),
            |error| c!(stopgap_verification_open, record, [answer;], ring, error),
        );
        return;
    }
    let other = draw.coin().then(|| Asked::draw(draw, CODE));
    let asked = other.as_ref().unwrap_or(first);
    let code = code(draw);
    let replay_seconds = match draw.number(0..=3_u8) {
        2 => small(draw, 90_000),
        3 => 86_400,
        _ => 600,
    };
    let now = match draw.number(0..=3_u8) {
        3 => seconds(draw),
        2 => then.saturating_add(draw.number(86_398..=86_401)),
        _ => then.saturating_add(draw.number(0..=601)),
    };
    let replayed = || {
        let sealed = read(record, answer)?;
        asked.read(|request| {
            let (code, policy) = (format::code_of(&code)?, ReplayPolicy { replay_seconds });
            let now = instant(now)?;
            let replayed = sealed.replay(&server.keys, request, &code, &policy, now)?;
            assert_eq!(Ok(replayed), answer.bytes());
            Ok(())
        })
    };
    let (request, code) = (asked.pointer(), &raw const code);
    let function = stopgap_verification_replay;
    call(draw, &replayed(), |error| {
        c!(
            function,
            record,
            [answer;],
            ring,
            request,
            code,
            replay_seconds,
            now,
            error
        )
    });
}
