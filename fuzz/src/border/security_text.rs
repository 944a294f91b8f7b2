//! The authentication of security codes, and the reading of their texts.

use std::{ffi::c_void, mem::offset_of, ptr};

use super::{
    prelude::*,
    record::{Server, seconds},
    request::Memory,
    security_code::{Code, lent_scopes, listed, record},
    security_member::prefix,
};

/// The prefixes that are accepted, sometimes with a text that is not a prefix, or at a wrong
/// pointer.
struct Prefixes {
    texts: Vec<Lent>,
    arguments: Vec<stopgap_text>,
    fault: u8,
}

impl Prefixes {
    fn draw(draw: &mut Draw<'_>) -> Self {
        let count = draw.number(0..=5_u8).saturating_sub(3);
        let texts: Vec<Lent> = (0..count).map(|_| prefix(draw)).collect();
        let arguments = texts.iter().map(Lent::argument).collect();
        Self {
            texts,
            arguments,
            fault: draw.number(0..=31),
        }
    }

    fn pointer(&self) -> *const stopgap_text {
        match self.fault {
            30 => ptr::null(),
            31 => self.arguments.as_ptr().wrapping_byte_add(1),
            _ => self.arguments.as_ptr(),
        }
    }

    /// Reads this number of prefixes.
    fn read(&self, count: usize) -> Outcome<SecurityFormat> {
        match self.fault {
            30 if count > 0 => return Err(STOPGAP_ERR_NULL_ARGUMENT.into()),
            31 => return Err(STOPGAP_ERR_MISALIGNED.into()),
            _ => {}
        }
        let mut accepted: Vec<SecurityPrefix> = Vec::new();
        for (index, prefix) in self.texts.iter().take(count).enumerate() {
            let read = prefix.text().and_then(|text| Ok(text.parse()?));
            accepted.push(read.map_err(|failure| failure.of_element(index))?);
        }
        let mut accepted = accepted.into_iter();
        Ok(SecurityFormat {
            prefix: accepted.next().unwrap_or_default(),
            accepted: accepted.collect(),
        })
    }
}

/// The answer of a caller's function about a user.
#[derive(Clone, Copy)]
struct Known {
    role: u32,
    answer: i32,
}

unsafe extern "C" fn asked(context: *mut c_void, user: stopgap_text, role: *mut u32) -> i32 {
    assert!(!user.ptr.is_null() && (1..=255).contains(&user.len));
    // SAFETY: the context is ours and lives during the call; the role is the library's.
    unsafe {
        let known: Known = *context.cast();
        role.write(known.role);
        known.answer
    }
}

pub(super) fn authenticate(draw: &mut Draw<'_>, server: &Server) {
    let Some((record, sealed, shown)) = record(draw, server) else {
        return;
    };
    match draw.number(0..=7_u8) {
        6 => read_text(draw, &shown),
        7 => {
            let opened = sealed.open(&server.keys).map(|_| ());
            let (record, ring) = (record.pointer, server.ring.pointer);
            call(draw, &opened.map_err(Failure::from), |error| {
                c!(stopgap_security_code_open, record, ring, error)
            });
        }
        _ => authenticate_text(draw, server, &record, &sealed, &shown),
    }
}

/// Reads what a person presented, without a record.
fn read_text(draw: &mut Draw<'_>, shown: &str) {
    let (presented, prefixes) = (typed(draw, shown), Prefixes::draw(draw));
    let expected = || {
        let format = prefixes.read(prefixes.texts.len())?;
        let code = format.read(&presented.typed()?)?;
        Ok(code.reveal().to_string())
    };
    let says = |code: stopgap_code| text(code.text).unwrap();
    let (accepted, count) = (prefixes.pointer(), prefixes.texts.len());
    output(draw, expected, says, |code, error| {
        let function = stopgap_security_read;
        c!(function, accepted, count, [presented], code, error)
    });
}

fn authenticate_text(
    draw: &mut Draw<'_>,
    server: &Server,
    record: &Handle<Code>,
    sealed: &Sealed<SecurityCode>,
    shown: &str,
) {
    type Request = stopgap_authenticate_request;
    let (presented, now) = (typed(draw, shown), seconds(draw));
    let prefixes = Prefixes::draw(draw);
    let mut known = Known {
        role: small(draw, 5),
        answer: draw.one_of(&[0, 0, 0, 7]),
    };
    let fault = draw.number(0..=31_u8);
    let asks = stopgap_role_of {
        role_of: if fault == 29 { None } else { Some(asked) },
        context: context(&mut known),
    };
    let asks = &raw const asks;
    let request = stopgap_authenticate_request {
        size: 0,
        presented: presented.argument(),
        role_of: match fault {
            30 => ptr::null(),
            31 => asks.wrapping_byte_add(1),
            _ => asks,
        },
        prefixes: prefixes.pointer(),
        prefix_count: prefixes.texts.len(),
    };
    let oldest = offset_of!(Request, prefixes);
    let memory = Memory::new(draw, &request, oldest, oldest);
    let format = || {
        if !memory.covers(offset_of!(Request, prefixes)) {
            return Ok(SecurityFormat::default());
        }
        let is_counted = memory.covers(offset_of!(Request, prefix_count));
        prefixes.read(if is_counted { prefixes.texts.len() } else { 0 })
    };
    let authenticated = || {
        memory.check()?;
        let (format, presented) = (format()?, presented.typed()?);
        match fault {
            30 => return Err(STOPGAP_ERR_NULL_ARGUMENT.into()),
            31 => return Err(STOPGAP_ERR_MISALIGNED.into()),
            _ => {}
        }
        let now = instant(now)?;
        let code = format.read(&presented)?;
        if fault == 29 {
            return Err(STOPGAP_ERR_NULL_ARGUMENT.into());
        }
        let mut role = Ok(Role::User);
        let asked = |_: &Name| {
            role = match known.answer {
                0 => role_of(known.role),
                callback => Err(Failure::callback(callback)),
            };
            role.unwrap_or(Role::User)
        };
        let given = sealed.authenticate(&server.keys, &code, asked, now)?;
        role?;
        let user = given.user.map_or(String::new(), ToString::to_string);
        let rights = (role_number(given.role), u32::from(given.limited));
        Ok((rights, user, listed(given.scopes)))
    };
    let says = |given: stopgap_authenticated| {
        let rights = (given.role, given.limited);
        (rights, lent(given.user), lent_scopes(given.scopes))
    };
    let (record, ring) = (record.pointer, server.ring.pointer);
    let (function, request) = (stopgap_security_code_authenticate, memory.pointer().cast());
    sized_output(draw, authenticated, says, |given, error| {
        c!(function, record, ring, request, now, given, error)
    });
}
