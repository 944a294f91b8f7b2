//! Requests about security codes.

use std::{mem::offset_of, time::Duration};

use super::{
    prelude::*,
    record::seconds,
    request::{Memory, notes},
    security_member::{
        By, Source, description, expiry, expiry_of, issuing, prefix, scopes, scopes_of,
    },
};

/// A request to create a code, and its texts.
pub(super) struct Creation {
    actor: By,
    scopes: (Lent, u32),
    same_as: Lent,
    access: u32,
    expiry: (i64, u32),
    description: Lent,
    prefix: Lent,
    random: Source,
    notes: [Lent; 4],
    memory: Memory,
}

impl Creation {
    pub(super) fn draw(draw: &mut Draw<'_>) -> Self {
        let (actor, scopes, same_as) = (By::draw(draw), scopes(draw), user(draw));
        let (access, expiry) = (small(draw, 2), expiry(draw));
        let (description, prefix) = (description(draw), prefix(draw));
        let (random, notes) = (Source::draw(draw), notes(draw));
        let [source_address, request_id, reason, ticket] = &notes;
        let request = stopgap_security_request {
            size: 0,
            actor: actor.argument(),
            scopes: stopgap_scopes {
                list: scopes.0.argument(),
                unlimited: scopes.1,
            },
            same_as: same_as.argument(),
            access,
            permanent: expiry.1,
            expires_at: expiry.0,
            description: description.argument(),
            prefix: prefix.argument(),
            random: random.pointer(),
            source_address: source_address.argument(),
            request_id: request_id.argument(),
            reason: reason.argument(),
            ticket: ticket.argument(),
        };
        let oldest = offset_of!(stopgap_security_request, description);
        let memory = Memory::new(draw, &request, oldest, oldest);
        Self {
            actor,
            scopes,
            same_as,
            access,
            expiry,
            description,
            prefix,
            random,
            notes,
            memory,
        }
    }

    pub(super) fn pointer(&self) -> *const stopgap_security_request {
        self.memory.pointer().cast()
    }

    /// Reads the request by the rules of the header. Returns also whether the random numbers
    /// are those of the caller.
    pub(super) fn read(&self) -> Outcome<(SecurityFormat, Actor, SecurityRequest<'_>, bool)> {
        type Request = stopgap_security_request;
        const LENGTHS: [usize; 4] = [
            offset_of!(Request, source_address.len),
            offset_of!(Request, request_id.len),
            offset_of!(Request, reason.len),
            offset_of!(Request, ticket.len),
        ];
        let memory = &self.memory;
        memory.check()?;
        let (actor, same_as) = (self.actor.read()?, self.same_as.name()?);
        let access = match self.access {
            1 => Access::SuperAdministrator,
            2 => Access::SameAs(Name::new(same_as)?),
            other => return Err(Failure::invalid(other)),
        };
        let context = memory.context(&self.notes, LENGTHS)?;
        let scopes = scopes_of(&self.scopes.0, self.scopes.1)?;
        let description = memory.text(&self.description, offset_of!(Request, description.len))?;
        let mut request = SecurityRequest::new(access, scopes)
            .description(description)
            .context(context);
        if let Some(expiry) = expiry_of(self.expiry.0, self.expiry.1)? {
            request = request.expiry(expiry);
        }
        let (text, length) = (offset_of!(Request, prefix), offset_of!(Request, prefix.len));
        let format = issuing(memory, &self.prefix, text, length)?;
        let is_own = memory.covers(offset_of!(Request, random)) && self.random.read()?;
        Ok((format, actor, request, is_own))
    }
}

/// A request to replace a code, and its texts.
pub(super) struct Replacement {
    actor: By,
    overlap_seconds: u64,
    expiry: (i64, u32),
    prefix: Lent,
    random: Source,
    memory: Memory,
}

impl Replacement {
    pub(super) fn draw(draw: &mut Draw<'_>) -> Self {
        let (actor, expiry) = (By::draw(draw), expiry(draw));
        let overlap_seconds = match draw.number(0..=7_u8) {
            0 => draw.number(0..=u64::MAX),
            1 => 0,
            _ => draw.number(0..=200_000),
        };
        let (prefix, random) = (prefix(draw), Source::draw(draw));
        let request = stopgap_rotate_request {
            size: 0,
            actor: actor.argument(),
            overlap_seconds,
            expires_at: expiry.0,
            permanent: expiry.1,
            prefix: prefix.argument(),
            random: random.pointer(),
        };
        let oldest = offset_of!(stopgap_rotate_request, prefix);
        let memory = Memory::new(draw, &request, oldest, oldest);
        Self {
            actor,
            overlap_seconds,
            expiry,
            prefix,
            random,
            memory,
        }
    }

    pub(super) fn pointer(&self) -> *const stopgap_rotate_request {
        self.memory.pointer().cast()
    }

    /// Reads the request by the rules of the header, as [`Creation::read`] does.
    pub(super) fn read(&self) -> Outcome<(SecurityFormat, Actor, Rotation, bool)> {
        type Request = stopgap_rotate_request;
        let memory = &self.memory;
        memory.check()?;
        let mut rotation = Rotation::new(Duration::from_secs(self.overlap_seconds));
        if let Some(expiry) = expiry_of(self.expiry.0, self.expiry.1)? {
            rotation = rotation.expiry(expiry);
        }
        let (text, length) = (offset_of!(Request, prefix), offset_of!(Request, prefix.len));
        let format = issuing(memory, &self.prefix, text, length)?;
        let actor = self.actor.read()?;
        let is_own = memory.covers(offset_of!(Request, random)) && self.random.read()?;
        Ok((format, actor, rotation, is_own))
    }
}

/// A change of a code, and its texts.
pub(super) struct Change {
    actor: By,
    event: u32,
    expires_at: i64,
    description: Lent,
    memory: Memory,
}

impl Change {
    pub(super) fn draw(draw: &mut Draw<'_>) -> Self {
        let (actor, event, expires_at) = (By::draw(draw), small(draw, 7), seconds(draw));
        let description = description(draw);
        let change = stopgap_security_change {
            size: 0,
            actor: actor.argument(),
            event,
            expires_at,
            description: description.argument(),
        };
        let oldest = offset_of!(stopgap_security_change, expires_at);
        let memory = Memory::new(draw, &change, oldest, oldest);
        Self {
            actor,
            event,
            expires_at,
            description,
            memory,
        }
    }

    pub(super) fn pointer(&self) -> *const stopgap_security_change {
        self.memory.pointer().cast()
    }

    /// Reads the change by the rules of the header.
    pub(super) fn read(&self) -> Outcome<(Actor, LifecycleEvent<'_>)> {
        type Request = stopgap_security_change;
        let memory = &self.memory;
        memory.check()?;
        let event = match self.event {
            1 => {
                let is_covered = memory.covers(offset_of!(Request, expires_at));
                let expires_at = if is_covered { self.expires_at } else { 0 };
                LifecycleEvent::Edit {
                    expires_at: instant(expires_at)?,
                }
            }
            2 => LifecycleEvent::MakePermanent,
            3 => LifecycleEvent::Reset,
            4 => LifecycleEvent::Reactivate,
            5 => LifecycleEvent::Delete,
            6 => {
                let length = offset_of!(Request, description.len);
                LifecycleEvent::Describe(memory.text(&self.description, length)?)
            }
            other => return Err(Failure::invalid(other)),
        };
        Ok((self.actor.read()?, event))
    }
}
