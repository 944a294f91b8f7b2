//! Requests, whose structs can grow.

use std::mem::{MaybeUninit, offset_of};

use super::prelude::*;

const WORD: usize = size_of::<usize>();
/// The largest size that the library accepts.
const LARGEST: usize = 4_096;

/// A struct that begins with its size, in memory of exactly this size. If the library
/// must refuse the size, the memory contains only the size.
pub(super) struct Memory {
    words: Vec<MaybeUninit<usize>>,
    size: usize,
    valid: Outcome,
}

impl Memory {
    /// Draws a size from `oldest` on, or one that the library refuses: it accepts those
    /// from `least` on.
    pub(super) fn new<T: Copy>(
        draw: &mut Draw<'_>,
        request: &T,
        least: usize,
        oldest: usize,
    ) -> Self {
        let whole = size_of::<T>();
        let size = match draw.number(0..=31_u8) {
            25 | 26 => oldest,
            27 | 28 => draw.number(oldest / WORD..=whole / WORD) * WORD,
            29 => whole + draw.number(1..=4) * WORD,
            30 => draw.one_of(&[0, WORD, least - WORD, whole + 1, LARGEST, LARGEST + WORD]),
            31 => draw.number(0..=usize::MAX),
            _ => whole,
        };
        let size = if (least..oldest).contains(&size) {
            oldest
        } else {
            size
        };
        let is_believed = (oldest..=LARGEST).contains(&size) && size.is_multiple_of(WORD);
        let length = if is_believed { size / WORD } else { 1 };
        let mut words = vec![MaybeUninit::new(0); length];
        for (place, word) in words.iter_mut().enumerate().take(whole / WORD) {
            let from = (&raw const *request).cast::<MaybeUninit<usize>>();
            // SAFETY: the struct has that many words, of any content.
            *word = unsafe { from.add(place).read() };
        }
        words[0].write(size);
        let mut valid = is_believed;
        if size > whole && is_believed && draw.coin() {
            // A member that this version does not know.
            words[length - 1].write(1);
            valid = false;
        }
        let refused = Failure::found(STOPGAP_ERR_INVALID_VALUE, size);
        Self {
            words,
            size,
            valid: if valid { Ok(()) } else { Err(refused) },
        }
    }

    pub(super) fn pointer(&self) -> *const MaybeUninit<usize> {
        self.words.as_ptr()
    }

    /// Returns `true` if the size covers the member at this offset.
    pub(super) fn covers(&self, offset: usize) -> bool {
        offset < self.size
    }

    /// Returns the failure of a size that must be refused.
    pub(super) fn check(&self) -> Outcome {
        self.valid
    }

    /// Reads the text of a member, whose length is at this offset: an empty one if the size
    /// does not cover it.
    pub(super) fn text<'a>(&self, text: &'a Lent, length: usize) -> Outcome<&'a str> {
        if length < self.size {
            text.text()
        } else {
            Ok("")
        }
    }

    pub(super) fn context<'a>(
        &self,
        texts: &'a [Lent; 4],
        lengths: [usize; 4],
    ) -> Outcome<Context<'a>> {
        let mut read = [""; 4];
        for (place, (text, length)) in read.iter_mut().zip(texts.iter().zip(lengths)) {
            *place = self.text(text, length)?;
        }
        let [source_address, request_id, reason, ticket] = read;
        let context = Context::default().source_address(source_address);
        Ok(context.request_id(request_id).reason(reason).ticket(ticket))
    }
}

/// Draws the circumstances of a request.
pub(super) fn notes(draw: &mut Draw<'_>) -> [Lent; 4] {
    [(); 4].map(|()| {
        let text = match draw.number(0..=15_u8) {
            15 => draw.some(3),
            text => [b"a note".as_slice(), b""][usize::from(text & 1)],
        };
        Lent::new(draw, text)
    })
}

/// A request to verify a code, and its texts.
pub(super) struct Asked {
    user: Lent,
    typed: Lent,
    purpose: u32,
    notes: [Lent; 4],
    memory: Memory,
}

impl Asked {
    /// Draws a request, mostly of the user of the records and for this code.
    pub(super) fn draw(draw: &mut Draw<'_>, code: &str) -> Self {
        let (user, typed) = (user(draw), typed(draw, code));
        let purpose = match draw.number(0..=7_u8) {
            0 => small(draw, 8),
            _ => draw.one_of(&[1, 2, 4]),
        };
        let notes = notes(draw);
        let [source_address, request_id, reason, ticket] = &notes;
        let request = stopgap_verify_request {
            size: 0,
            user: user.argument(),
            text: typed.argument(),
            purpose,
            source_address: source_address.argument(),
            request_id: request_id.argument(),
            reason: reason.argument(),
            ticket: ticket.argument(),
        };
        let oldest = offset_of!(stopgap_verify_request, source_address);
        let memory = Memory::new(draw, &request, oldest, oldest);
        Self {
            user,
            typed,
            purpose,
            notes,
            memory,
        }
    }

    pub(super) fn pointer(&self) -> *const stopgap_verify_request {
        self.memory.words.as_ptr().cast()
    }

    /// Reads the request by the rules of the header, and passes it to the core.
    pub(super) fn read<T>(
        &self,
        call: impl FnOnce(&VerifyRequest<'_>) -> Outcome<T>,
    ) -> Outcome<T> {
        const LENGTHS: [usize; 4] = [
            offset_of!(stopgap_verify_request, source_address.len),
            offset_of!(stopgap_verify_request, request_id.len),
            offset_of!(stopgap_verify_request, reason.len),
            offset_of!(stopgap_verify_request, ticket.len),
        ];
        let memory = &self.memory;
        memory.valid?;
        let (user, typed) = (self.user.name()?, self.typed.typed()?);
        let request = VerifyRequest::new(user, &typed, purpose_of(self.purpose)?);
        let context = memory.context(&self.notes, LENGTHS)?;
        call(&request.context(context))
    }
}

/// A request to issue a code, and its texts.
pub(super) struct Issued {
    user: Lent,
    zone: Lent,
    /// The policy and the source of random numbers, to which the memory points.
    _lent: (Box<stopgap_online_policy>, Box<stopgap_random>),
    notes: [Lent; 4],
    memory: Memory,
}

impl Issued {
    /// Draws a request with this policy and source of random numbers.
    pub(super) fn draw(
        draw: &mut Draw<'_>,
        policy: stopgap_online_policy,
        random: stopgap_random,
    ) -> Self {
        let (user, zone, notes) = (user(draw), zone_name(draw), notes(draw));
        let (policy, random) = (Box::new(policy), Box::new(random));
        let [source_address, request_id, reason, ticket] = &notes;
        let request = stopgap_issue_request {
            size: 0,
            user: user.argument(),
            policy: &raw const *policy,
            zone: zone.argument(),
            random: &raw const *random,
            source_address: source_address.argument(),
            request_id: request_id.argument(),
            reason: reason.argument(),
            ticket: ticket.argument(),
        };
        // Without the callback the code would be another one each time.
        let oldest = offset_of!(stopgap_issue_request, source_address);
        let least = offset_of!(stopgap_issue_request, policy);
        let memory = Memory::new(draw, &request, least, oldest);
        Self {
            user,
            zone,
            _lent: (policy, random),
            notes,
            memory,
        }
    }

    pub(super) fn pointer(&self) -> *const stopgap_issue_request {
        self.memory.words.as_ptr().cast()
    }

    pub(super) fn zone(&self) -> &Lent {
        &self.zone
    }

    /// Reads the request by the rules of the header.
    pub(super) fn read(&self) -> Outcome<IssueRequest<'_>> {
        const LENGTHS: [usize; 4] = [
            offset_of!(stopgap_issue_request, source_address.len),
            offset_of!(stopgap_issue_request, request_id.len),
            offset_of!(stopgap_issue_request, reason.len),
            offset_of!(stopgap_issue_request, ticket.len),
        ];
        self.memory.valid?;
        let user = self.user.name()?;
        let context = self.memory.context(&self.notes, LENGTHS)?;
        Ok(IssueRequest::new(user).context(context))
    }
}
