//! The members of requests about security codes.

use std::ptr;

use super::{prelude::*, record::seconds, request::Memory};

/// The byte that the source of random numbers returns.
pub(super) const RANDOM: u8 = 0x5A;

/// An actor, mostly a super administrator.
pub(super) struct By {
    name: Lent,
    role: u32,
}

impl By {
    pub(super) fn draw(draw: &mut Draw<'_>) -> Self {
        let name = user(draw);
        let role = match draw.number(0..=3_u8) {
            0 => small(draw, 5),
            _ => 4,
        };
        Self { name, role }
    }

    pub(super) fn argument(&self) -> stopgap_actor {
        stopgap_actor {
            name: self.name.argument(),
            role: self.role,
        }
    }

    pub(super) fn read(&self) -> Outcome<Actor> {
        let name = self.name.name()?;
        Ok(Actor::new(name, role_of(self.role)?)?)
    }
}

/// A source of random numbers, sometimes missing or wrong.
pub(super) struct Source {
    // The memory to which the struct points.
    _byte: Box<u8>,
    random: Box<stopgap_random>,
    fault: u8,
}

impl Source {
    pub(super) fn draw(draw: &mut Draw<'_>) -> Self {
        let (mut byte, fault) = (Box::new(RANDOM), draw.number(0..=31));
        let mut random = Box::new(same(&mut byte));
        if fault == 31 {
            random.fill = None;
        }
        Self {
            _byte: byte,
            random,
            fault,
        }
    }

    pub(super) fn pointer(&self) -> *const stopgap_random {
        let pointer = &raw const *self.random;
        match self.fault {
            29 => ptr::null(),
            30 => pointer.wrapping_byte_add(1),
            _ => pointer,
        }
    }

    /// Returns `true` if the numbers are those of the caller.
    pub(super) fn read(&self) -> Outcome<bool> {
        match self.fault {
            29 => Ok(false),
            30 => Err(STOPGAP_ERR_MISALIGNED.into()),
            31 => Err(STOPGAP_ERR_NULL_ARGUMENT.into()),
            _ => Ok(true),
        }
    }
}

/// Draws the text of a prefix, sometimes one that is none.
pub(super) fn prefix(draw: &mut Draw<'_>) -> Lent {
    let text = match draw.number(0..=7_u8) {
        7 => draw.some(17),
        5 | 6 => b"acme",
        4 => b"",
        _ => b"stopgap",
    };
    Lent::new(draw, text)
}

/// Reads the prefix with which a code is shown; its text is at this offset, and its length
/// at the other one.
pub(super) fn issuing(
    memory: &Memory,
    prefix: &Lent,
    text: usize,
    length: usize,
) -> Outcome<SecurityFormat> {
    let mut format = SecurityFormat::default();
    let is_null = prefix.pointer::<u8>().is_null() || !memory.covers(text);
    let is_empty = prefix.length() == 0 || !memory.covers(length);
    if !(is_null && is_empty) {
        format.prefix = memory.text(prefix, length)?.parse()?;
    }
    Ok(format)
}

/// Draws the texts of a list of scopes.
pub(super) fn scopes(draw: &mut Draw<'_>) -> (Lent, u32) {
    let many = draw.number(31..=34_u8);
    let list = match draw.number(0..=7_u8) {
        0 => draw.some(20).to_vec(),
        1 => Vec::new(),
        2 => b"users:read orders:read users:read".to_vec(),
        3 => {
            let scopes: Vec<String> = (0..many).map(|scope| scope.to_string()).collect();
            scopes.join(" ").into_bytes()
        }
        4 => b"s".repeat(draw.number(63..=65)),
        _ => b"orders:read".to_vec(),
    };
    let unlimited = match draw.number(0..=7_u8) {
        0 => return (Lent::new(draw, b""), 1),
        1 => small(draw, 2),
        _ => 0,
    };
    (Lent::new(draw, &list), unlimited)
}

pub(super) fn scopes_of(list: &Lent, unlimited: u32) -> Outcome<Scopes> {
    let list = list.text()?;
    match unlimited {
        0 if list.is_empty() => Err(STOPGAP_ERR_SCOPES_EMPTY.into()),
        0 => Ok(Scopes::new(list.split(' '))?),
        1 if list.is_empty() => Ok(Scopes::UNLIMITED),
        other => Err(Failure::invalid(other)),
    }
}

/// Draws an expiry and the member `permanent`, mostly 0.
pub(super) fn expiry(draw: &mut Draw<'_>) -> (i64, u32) {
    match draw.number(0..=7_u8) {
        0 => (seconds(draw), draw.one_of(&[1, 1, 2, u32::MAX])),
        1 | 2 => (seconds(draw), 0),
        3 | 4 => (0, 1),
        _ => (0, 0),
    }
}

pub(super) fn expiry_of(expires_at: i64, permanent: u32) -> Outcome<Option<Expiry>> {
    match (expires_at, permanent) {
        (0, 0) => Ok(None),
        (0, 1) => Ok(Some(Expiry::Never)),
        (at, 0) => Ok(Some(Expiry::At(instant(at)?))),
        (_, other) => Err(Failure::invalid(other)),
    }
}

/// Draws a description, sometimes a long one.
pub(super) fn description(draw: &mut Draw<'_>) -> Lent {
    let words = match draw.number(0..=3_u8) {
        0 => b"d".repeat(draw.number(1_022..=1_026)),
        _ => draw.some(30).to_vec(),
    };
    Lent::new(draw, &words)
}
