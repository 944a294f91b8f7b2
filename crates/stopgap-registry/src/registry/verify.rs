//! Verification of online codes: load, decide, apply.

use chrono::{DateTime, Utc};
use serde::Serialize;
use stopgap::{
    Actor, CodeFormat, Name, Purpose, RecordId, Refusal, Role, Sealed, Verification, VerifyRequest,
    offline::PasswordOnlyLock,
};

use super::{
    Registry,
    act::Act,
    answer::{Answer, Outcome, Request},
    head::{self, Head},
    loaded::{Needs, Slot},
    locked::Locked,
    parts::EventParts,
    poison,
    tally::Subject,
    time,
};
use crate::{
    error::Error,
    event::EventKind,
    record::{
        Record,
        code::{self, CodeRow},
        head::HeadRow,
    },
    store::Selection,
};

/// The grant of a verified online code. The use is counted and stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Granted {
    /// The id of the code.
    pub id: RecordId,
    /// The user.
    pub user: Name,
    /// The purpose.
    pub purpose: Purpose,
    /// The expiry of the code.
    pub expires_at: DateTime<Utc>,
    /// The number of uses left after this one; `None` for any number.
    pub uses_left: Option<u32>,
    /// `true` if this is the answer to an earlier call with the same idempotency key, and
    /// nothing was consumed now.
    pub replayed: bool,
}

impl Granted {
    /// Returns the password-only lock that a code for [`Purpose::Bypass`] activates on
    /// the machine until the code's expiry. Pass it to
    /// [`Agent::activate`](stopgap::offline::Agent::activate).
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPurpose`] for another purpose.
    pub const fn password_only_lock(&self) -> Result<PasswordOnlyLock, Refusal> {
        match self.purpose {
            Purpose::Bypass => Ok(PasswordOnlyLock {
                until: self.expires_at,
            }),
            Purpose::Reset | Purpose::Register => Err(Refusal::WrongPurpose),
        }
    }
}

/// The records that a verification needs.
struct Slots {
    head: Slot<HeadRow>,
    codes: Slot<CodeRow>,
    verification: Option<Slot<Sealed<Verification>>>,
}

/// The decision on an attempt.
enum Decision {
    Answered(Box<Outcome>),
    /// The tenant has other formats than the text was read by.
    OtherFormats(Vec<CodeFormat>),
}

impl Registry {
    /// Verifies the code that a person typed, and counts a use if its uses are limited.
    /// The user's throttle limits failed attempts.
    ///
    /// The caller may name a verification by an idempotency key, such as a UUID that the
    /// server makes for a login session. If the answer is lost, the same request with the
    /// same key returns the first answer, a refusal as well, and consumes nothing. The event
    /// says that it is a replay, and so does [`Granted::replayed`]. A granted answer is not
    /// replayed once the code is revoked or has expired.
    ///
    /// A malformed text leaves no event. Attempts during a lockout change nothing in the
    /// store; their number is logged once a minute.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`]: the first refusal that holds of `invalid_name`,
    /// `invalid_idempotency_key`, a wrong clock, `tampered` if the user's head was edited in
    /// the store, `throttled`, `malformed`, `idempotency_key_expired`,
    /// `idempotency_key_reused` (the key was used with another code or purpose; a failure if
    /// the text is no code of this user), `unknown` (a failure), `tampered`, `revoked`,
    /// `wrong_purpose`, `not_yet_valid`, `expired`, `used_up`. [`Error::ClockDiffers`] if the
    /// clock is not that of the store. [`Error::Store`], after which the request may be
    /// repeated with its idempotency key.
    pub fn verify_code(&self, request: &VerifyRequest<'_>) -> Result<Granted, Error> {
        let user = Name::new(request.user).map_err(Refusal::InvalidName)?;
        let found = request.idempotency_key.map_or(1, str::len);
        if !(1..=255).contains(&found) {
            return Err(Refusal::InvalidIdempotencyKey { found }.into());
        }
        let outcome = self.answer(request, &user);
        self.flush_due();
        let outcome = outcome?;
        match outcome.answer {
            Answer::Granted {
                id,
                expires_at,
                uses_left,
            } => Ok(Granted {
                id,
                user,
                purpose: request.purpose,
                expires_at,
                uses_left,
                replayed: outcome.is_replay,
            }),
            Answer::Refused { refusal, .. } => Err(refusal.into()),
        }
    }

    fn answer(&self, typed: &VerifyRequest<'_>, user: &Name) -> Result<Outcome, Error> {
        let was_locked_out = self.tally().is_locked_out(user);
        if was_locked_out && let Some(refusal) = self.locked_out(user)? {
            return Ok(Outcome::refused(None, refusal));
        }
        let mut formats = self.known_formats();
        loop {
            let request = Request::read(&self.keys_ring(), user, typed, &self.replay, &formats);
            let mut needs = Needs::of_user(user);
            let slots = Slots {
                head: head::need(&mut needs, user),
                codes: needs.select(
                    Selection::index(CodeRow::TABLE, &code::BY_DIGEST, Vec::new())
                        .any_of(request.digests()),
                ),
                verification: typed
                    .idempotency_key
                    .map(|key| needs.get(vec![user.into(), key.as_bytes().into()])),
            };
            let decision = self.transact(&needs, |act| {
                self.decide_attempt(act, &slots, &request, &formats)
            })?;
            match decision {
                Decision::Answered(outcome) => return Ok(*outcome),
                Decision::OtherFormats(others) => {
                    self.know_formats(&others);
                    formats = others;
                }
            }
        }
    }

    fn known_formats(&self) -> Vec<CodeFormat> {
        let formats = Locked::new(|| self.formats.read().unwrap_or_else(poison));
        formats.clone()
    }

    /// Notes the formats of the tenant's codes, so that texts can be read before the records
    /// are loaded. Each decision checks that they are still the tenant's.
    pub(super) fn know_formats(&self, formats: &[CodeFormat]) {
        let mut known = Locked::new(|| self.formats.write().unwrap_or_else(poison));
        if *known != formats {
            formats.clone_into(&mut known);
        }
    }

    fn decide_attempt(
        &self,
        act: &mut Act<'_>,
        slots: &Slots,
        request: &Request<'_>,
        formats: &[CodeFormat],
    ) -> Result<Decision, Error> {
        time::not_set_back(act.now, act.tenant().seen_at)?;
        let user = request.user;
        let mut head = match Head::load(act, slots.head, user) {
            Err(Error::Refused(refusal)) => {
                let outcome = Outcome::refused(None, refusal);
                log(act, request, &outcome)?;
                return Ok(Decision::Answered(Box::new(outcome)));
            }
            head => head?,
        };
        let loaded = head.throttle;
        if let Err(refusal) = head.throttle.check(&self.throttle, act.now) {
            // A lockout that was set by a clock that was ahead is shortened.
            if head.throttle != loaded {
                head.store_throttle(act)?;
            }
            self.count_lockout(act.now, user, &refusal);
            return Ok(Decision::Answered(Box::new(Outcome::refused(
                None, refusal,
            ))));
        }
        let current = &act.tenant().formats;
        if current.as_slice() != formats {
            return Ok(Decision::OtherFormats(current.clone()));
        }
        let verification = match slots.verification {
            Some(slot) => act.loaded.one(slot)?,
            None => None,
        };
        let codes = act.loaded.all(slots.codes)?;
        let outcome = request.answer(act.ring, act.now, codes, verification)?;
        if let Answer::Refused {
            refusal: Refusal::Malformed(_),
            ..
        } = outcome.answer
        {
            return Ok(Decision::Answered(Box::new(outcome)));
        }
        log(act, request, &outcome)?;
        if let Some(verification) = &outcome.verification {
            act.insert(verification);
        }
        let is_granted = matches!(outcome.answer, Answer::Granted { .. });
        if is_granted {
            act.observe();
        }
        if outcome.is_failure {
            head.throttle.fail(&self.throttle, act.now);
            if head.throttle.check(&self.throttle, act.now).is_err() {
                self.tally().lock_out(user);
            }
            head.fail(act)?;
            return Ok(Decision::Answered(Box::new(outcome)));
        }
        if let Some((new, loaded)) = &outcome.change {
            act.replace(new, loaded);
        }
        if is_granted && !outcome.is_replay {
            head.throttle.reset();
        }
        let changes = u64::from(outcome.change.is_some() || outcome.verification.is_some());
        if changes > 0 || head.throttle != loaded {
            head.raise(act, changes.max(1))?;
        }
        Ok(Decision::Answered(Box::new(outcome)))
    }
}

impl Registry {
    /// Returns the refusal if a user is locked out, without a write.
    fn locked_out(&self, user: &Name) -> Result<Option<Refusal>, Error> {
        let mut needs = Needs::new();
        let slot = head::need(&mut needs, user);
        let refusal = self.look(&needs, |act| {
            time::not_set_back(act.now, act.tenant().seen_at)?;
            let mut head = Head::load(act, slot, user)?;
            let loaded = head.throttle;
            let checked = head.throttle.check(&self.throttle, act.now);
            let is_stored = head.throttle == loaded;
            Ok(checked
                .err()
                .filter(|_| is_stored)
                .map(|refusal| (act.now, refusal)))
        })?;
        let Some((now, refusal)) = refusal else {
            self.tally().unlock(user);
            return Ok(None);
        };
        self.count_lockout(now, user, &refusal);
        Ok(Some(refusal))
    }

    /// Counts an attempt during a lockout, which is logged once a minute.
    fn count_lockout(&self, now: DateTime<Utc>, user: &Name, refusal: &Refusal) {
        let mut tally = self.tally();
        tally.lock_out(user);
        tally.add(Subject::LockedOut(user.clone()), now, || {
            let mut parts = EventParts::of(EventKind::VerifyCode, user);
            parts.reason = Some(refusal.reason().into());
            (parts, oneself(user))
        });
    }
}

/// Adds the event of an answer.
fn log(act: &mut Act<'_>, request: &Request<'_>, outcome: &Outcome) -> Result<(), Error> {
    let purpose = request.typed.purpose;
    let context = &request.typed.context;
    let mut parts = EventParts::of(EventKind::VerifyCode, request.user).context(context);
    parts.subject = outcome.answer.code().map(|id| id.to_string());
    parts.detail = Some(if outcome.is_replay {
        format!("{purpose}, replay")
    } else {
        purpose.to_string()
    });
    if let Answer::Refused { refusal, .. } = &outcome.answer {
        parts.reason = Some(refusal.reason().into());
    }
    act.append(&parts, &oneself(request.user))
}

/// Returns the actor of a verification: the user who typed the code.
fn oneself(user: &Name) -> Actor {
    Actor {
        name: user.clone(),
        role: Role::User,
        on_behalf_of: None,
    }
}
