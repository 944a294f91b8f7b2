//! The answers of a server to request codes.

use std::{mem::offset_of, ptr};

use super::{
    enrolment::{self, Machine},
    format,
    machine::{minutes, near, shown},
    prelude::*,
    record::Server,
    request::{Memory, notes},
};

/// A policy, and the result of reading it.
struct Policy {
    alphabet: format::Symbols,
    validity: Outcome<Validity>,
    locate: LocatePolicy,
    // The request points to it.
    face: Box<stopgap_offline_policy>,
}

impl Policy {
    fn draw(draw: &mut Draw<'_>) -> Self {
        let ((number, validity), locate) = (validity(draw), minutes(draw));
        let mut alphabet = format::Symbols::usual();
        if draw.number(0..=3_u8) == 0 {
            alphabet = format::alphabet(draw);
        }
        let face = Box::new(stopgap_offline_policy {
            alphabet: alphabet.pointer(),
            validity: number,
            locate: locate.into(),
        });
        Self {
            alphabet,
            validity,
            locate,
            face,
        }
    }

    fn symbols(&self) -> Alphabet {
        self.alphabet.alphabet.unwrap_or(Alphabet::UNAMBIGUOUS)
    }

    fn read(&self) -> Outcome<OfflinePolicy> {
        Ok(OfflinePolicy {
            validity: self.validity?,
            alphabet: self.symbols(),
            locate: self.locate,
        })
    }
}

/// A request to answer a request code, and all to which it points.
struct Request<'a> {
    machines: &'a [Machine],
    /// The index of the enrolment that is NULL, if it is one of them.
    missing: usize,
    pointers: Vec<*mut stopgap_enrolment>,
    user: Lent,
    typed: Lent,
    purpose: u32,
    policy: &'a Policy,
    zone: Lent,
    notes: [Lent; 4],
    memory: Memory,
}

impl<'a> Request<'a> {
    fn draw(draw: &mut Draw<'_>, machines: &'a [Machine], policy: &'a Policy, code: &str) -> Self {
        let machine = |(handle, _): &Machine| handle.pointer;
        let mut pointers: Vec<_> = machines.iter().map(machine).collect();
        let missing = draw.number(0..=15_usize);
        if let Some(pointer) = pointers.get_mut(missing) {
            *pointer = ptr::null_mut();
        }
        let (user, typed) = (user(draw), typed(draw, code));
        let purpose = match draw.number(0..=7_u8) {
            0 => small(draw, 8),
            _ => draw.one_of(&[1, 2, 4]),
        };
        let (zone, notes) = (zone_name(draw), notes(draw));
        let [source_address, request_id, reason, ticket] = &notes;
        let request = stopgap_answer_request {
            size: 0,
            user: user.argument(),
            text: typed.argument(),
            enrolments: pointers.as_ptr(),
            count: pointers.len(),
            purpose,
            policy: &raw const *policy.face,
            zone: zone.argument(),
            source_address: source_address.argument(),
            request_id: request_id.argument(),
            reason: reason.argument(),
            ticket: ticket.argument(),
        };
        let oldest = offset_of!(stopgap_answer_request, policy);
        let memory = Memory::new(draw, &request, oldest, oldest);
        Self {
            machines,
            missing,
            pointers,
            user,
            typed,
            purpose,
            policy,
            zone,
            notes,
            memory,
        }
    }

    fn pointer(&self) -> *const stopgap_answer_request {
        self.memory.pointer().cast()
    }

    fn policy(&self) -> Outcome<OfflinePolicy> {
        if self
            .memory
            .covers(offset_of!(stopgap_answer_request, policy))
        {
            self.policy.read()
        } else {
            Ok(OfflinePolicy::default())
        }
    }

    /// Answers the request by the rules of the header.
    fn answer<'r>(&'r self, server: &Server, now: i64) -> Outcome<Answer<'r>> {
        const LENGTHS: [usize; 4] = [
            offset_of!(stopgap_answer_request, source_address.len),
            offset_of!(stopgap_answer_request, request_id.len),
            offset_of!(stopgap_answer_request, reason.len),
            offset_of!(stopgap_answer_request, ticket.len),
        ];
        self.memory.check()?;
        let (user, typed) = (self.user.name()?, self.typed.typed()?);
        let request = VerifyRequest::new(user, &typed, purpose_of(self.purpose)?);
        let request = request.context(self.memory.context(&self.notes, LENGTHS)?);
        let policy = self.policy()?;
        let zone = if self
            .memory
            .covers(offset_of!(stopgap_answer_request, zone.len))
        {
            zone_of(&self.zone)?
        } else {
            Zone::UTC
        };
        let now = instant(now)?.with_timezone(&zone);
        if self.missing < self.pointers.len() {
            return Err(Failure::from(STOPGAP_ERR_NULL_ARGUMENT).of_element(self.missing));
        }
        let records = self.machines.iter().map(|(_, record)| record);
        Ok(policy.answer(&server.keys, records, &request, now)?)
    }
}

/// Answers a request code, mostly that of one of the machines.
pub(super) fn answer(draw: &mut Draw<'_>, server: &Server) {
    let machines = (0..draw.number(0..=3_u8)).filter_map(|_| enrolment::machine(draw, server));
    let machines: Vec<Machine> = machines.collect();
    let policy = Policy::draw(draw);
    let asks = machines.get(draw.number(0..=2_usize));
    let asks = asks.and_then(|(_, record)| record.key(&server.keys).ok());
    let asks = asks.unwrap_or_else(|| EnrolmentKey::from_bytes([1; 32]));
    let code = shown(draw, &asks, &policy.symbols());
    let request = Request::draw(draw, &machines, &policy, &code);
    let now = near(draw);
    let answered = || {
        let made = request.answer(server, now)?;
        let end = made.expires_at.map_or(STOPGAP_NEVER, |end| end.timestamp());
        Ok((
            (made.minute, end, made.index, u32::from(made.late)),
            validity_number(made.validity),
            u32::from(made.purpose.bit()),
            made.code.reveal().to_string(),
        ))
    };
    let says = |answer: stopgap_answer| {
        let which = (answer.minute, answer.expires_at, answer.index, answer.late);
        let code = text(answer.code.text).unwrap();
        (which, answer.validity, answer.purpose, code)
    };
    let (ring, pointer) = (server.ring.pointer, request.pointer());
    output(draw, answered, says, |answer, error| {
        c!(stopgap_offline_answer, ring, pointer, now, answer, error)
    });
}
