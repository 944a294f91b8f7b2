//! Verifications under an idempotency key, and their repetition.

use std::mem::offset_of;

use super::{
    format,
    handle::{read, taken},
    prelude::*,
    record::{Server, seconds},
    request::Memory,
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

/// A request under an idempotency key, and its texts.
struct Repeatable {
    user: Lent,
    key: Lent,
    purpose: u32,
    code: Box<stopgap_code>,
    answer: Lent,
    memory: Memory,
}

impl Repeatable {
    fn draw(draw: &mut Draw<'_>, replay_seconds: u32) -> Self {
        let user = user(draw);
        let key = match draw.number(0..=7_u8) {
            0 => draw.some(20).to_vec(),
            1 => b"k".repeat(draw.number(254..=257)),
            2 => Vec::new(),
            _ => b"a key".to_vec(),
        };
        let key = Lent::new(draw, &key);
        let purpose = match draw.number(0..=7_u8) {
            0 => small(draw, 8),
            _ => draw.one_of(&[1, 2, 4]),
        };
        let (code, answer) = (Box::new(code(draw)), draw.some(20));
        let answer = Lent::new(draw, answer);
        let request = stopgap_verification_request {
            size: 0,
            user: user.argument(),
            idempotency_key: key.argument(),
            purpose,
            code: &raw const *code,
            answer: stopgap_bytes {
                ptr: answer.pointer(),
                len: answer.length(),
            },
            replay_seconds,
        };
        // The memory has whole words.
        let oldest = offset_of!(stopgap_verification_request, answer);
        let memory = Memory::new(draw, &request, oldest, oldest);
        Self {
            user,
            key,
            purpose,
            code,
            answer,
            memory,
        }
    }

    fn pointer(&self) -> *const stopgap_verification_request {
        self.memory.pointer().cast()
    }

    /// Reads the request by the rules of the header, and passes it to the core.
    fn read<T>(
        &self,
        call: impl FnOnce(&VerifyRequest<'_>, &Code, &[u8]) -> Outcome<T>,
    ) -> Outcome<T> {
        self.memory.check()?;
        let user = Name::new(self.user.name()?)?;
        let key = self.key.text()?;
        let purpose = purpose_of(self.purpose)?;
        let code = format::code_of(&self.code)?;
        let answer = if self
            .memory
            .covers(offset_of!(stopgap_verification_request, answer.len))
        {
            self.answer.bytes()?
        } else {
            &[]
        };
        let request = VerifyRequest::new(user.as_str(), "", purpose).idempotency_key(key);
        call(&request, &code, answer)
    }
}

/// Seals an answer, and repeats the verification with the same request or another one.
pub(super) fn verifications(draw: &mut Draw<'_>, server: &Server) {
    let (request, now) = (Repeatable::draw(draw, 0), seconds(draw));
    let mut kept = None;
    let sealed = || {
        request.read(|asked, code, answer| {
            let now = instant(now)?;
            let sealed = Verification::seal(&server.keys, asked, code, answer, now)?;
            let bytes = sealed.to_bytes();
            kept = Some(sealed);
            Ok(bytes)
        })
    };
    let (ring, pointer) = (server.ring.pointer, request.pointer());
    output(
        draw,
        sealed,
        taken::<stopgap_verification>,
        |record, error| c!(stopgap_verification_seal, ring, pointer, now, record, error),
    );
    let Some(sealed) = kept else { return };
    let (mut record, tag) = sealed.into_parts();
    match draw.number(0..=7_u8) {
        0 => record.answered_at = stored(ISSUED_LATER).unwrap(),
        1 => record.purpose = draw.one_of(&Purpose::ALL),
        2 => record.idempotency_key = "another key".into(),
        3 => record.answer.push(0),
        _ => {}
    }
    let bytes = Sealed::from_parts(record, tag).to_bytes();
    if let Some((handle, sealed)) = read::<stopgap_verification>(draw, bytes) {
        replay(draw, server, &handle, &sealed, &request, now);
    }
}

/// An instant after the issue of the records.
const ISSUED_LATER: i64 = super::record::ISSUED + 7;

fn answered(answer: stopgap_bytes) -> Vec<u8> {
    // SAFETY: lent by the record.
    unsafe { std::slice::from_raw_parts(answer.ptr, answer.len) }.to_vec()
}

fn replay(
    draw: &mut Draw<'_>,
    server: &Server,
    record: &Handle<stopgap_verification>,
    sealed: &Sealed<Verification>,
    first: &Repeatable,
    then: i64,
) {
    let (ring, record) = (server.ring.pointer, record.pointer);
    if draw.number(0..=3_u8) == 3 {
        let opened = || Ok(sealed.open(&server.keys)?.answer.clone());
        output(draw, opened, answered, |answer, error| {
            c!(stopgap_verification_open, record, ring, answer, error)
        });
        return;
    }
    let replay_seconds = match draw.number(0..=3_u8) {
        2 => small(draw, 90_000),
        3 => 86_400,
        _ => 600,
    };
    let other = draw.coin().then(|| Repeatable::draw(draw, replay_seconds));
    let request = other.as_ref().unwrap_or(first);
    let is_covered = request
        .memory
        .covers(offset_of!(stopgap_verification_request, replay_seconds));
    let policy = ReplayPolicy {
        replay_seconds: match replay_seconds {
            0 => 600,
            _ if other.is_none() || !is_covered => 600,
            seconds => seconds,
        },
    };
    let now = match draw.number(0..=3_u8) {
        3 => seconds(draw),
        2 => then.saturating_add(draw.number(86_398..=86_401)),
        _ => then.saturating_add(draw.number(0..=601)),
    };
    let replayed = || {
        request.read(|asked, code, _| {
            let now = instant(now)?;
            Ok(sealed
                .replay(&server.keys, asked, code, &policy, now)?
                .to_vec())
        })
    };
    let pointer = request.pointer();
    output(draw, replayed, answered, |answer, error| {
        let function = stopgap_verification_replay;
        c!(function, record, ring, pointer, now, answer, error)
    });
}
