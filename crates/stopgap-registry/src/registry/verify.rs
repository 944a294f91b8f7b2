//! Verification of online codes, and its repetition by an idempotency key.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stopgap::{
    Code, CodeFormat, ComputedDigest, KeyRing, Name, OnlineGrant, Purpose, RecordId, Refusal,
    ReplayPolicy, Role, Sealed, ThrottlePolicy, Verification, VerifyRequest,
    offline::PasswordOnlyLock,
};

use super::{EventParts, Registry, TRIES};
use crate::{
    error::Error,
    event::EventKind,
    store::{StoreError, Transaction},
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

/// An answer as it is stored, to be replayed.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Granted {
        id: RecordId,
        expires_at: DateTime<Utc>,
        uses_left: Option<u32>,
    },
    Refused(Refusal),
}

impl Registry {
    /// Verifies the code that a person typed, and counts a use if its uses are limited.
    /// The user's throttle limits failed attempts.
    ///
    /// The caller may name a verification by an idempotency key, such as a UUID. If the
    /// answer is lost, the same request with the same key returns the first answer, a
    /// refusal as well, and consumes nothing. The event says that it is a replay, and so
    /// does [`Granted::replayed`]. A granted answer is not replayed once the code is
    /// revoked or has expired.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`]: the first refusal that holds of `invalid_name`,
    /// `invalid_idempotency_key`, a wrong clock, `throttled`, `malformed`,
    /// `idempotency_key_expired`, `idempotency_key_reused` (the key was used with another
    /// code or purpose; a failure if the text is no code of this user), `unknown` (a
    /// failure), `tampered`, `revoked`, `wrong_purpose`, `not_yet_valid`, `expired`,
    /// `used_up`. [`Error::Store`], after which the request may be repeated with its
    /// idempotency key.
    pub fn verify_code(&self, request: &VerifyRequest<'_>) -> Result<Granted, Error> {
        let user = Name::new(request.user).map_err(Refusal::InvalidName)?;
        let found = request.idempotency_key.map_or(1, str::len);
        if !(1..=255).contains(&found) {
            return Err(Refusal::InvalidIdempotencyKey { found }.into());
        }
        let ring = self.keys_ring();
        let outcome = self.transact(|rows| {
            let attempt = Attempt {
                ring: &ring,
                user: &user,
                request,
                replay: &self.replay,
                now: self.observe(rows)?,
            };
            let mut parts = EventParts::of(EventKind::VerifyCode, &user).context(&request.context);
            let outcome = attempt.throttled(rows, &self.throttle, &mut parts)?;
            let purpose = request.purpose;
            parts.detail = Some(if outcome.replayed {
                format!("{purpose}, replay")
            } else {
                purpose.to_string()
            });
            let mut event = parts.event(attempt.now, &user, Role::User)?;
            if let Answer::Refused(refusal) = outcome.answer {
                event.reason = Some(refusal.reason().into());
            }
            rows.append(&event)?;
            Ok(outcome)
        })?;
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
                replayed: outcome.replayed,
            }),
            Answer::Refused(refusal) => Err(refusal.into()),
        }
    }
}

/// A code as it was typed, and its digests under all keys.
struct Reading {
    code: Code,
    digests: Vec<ComputedDigest>,
}

/// The user's code that was typed, and the reading and the digest by which it was found.
struct Found<'r> {
    typed: &'r Code,
    digest: &'r ComputedDigest,
    record: Sealed<OnlineGrant>,
}

/// The answer to a request.
struct Outcome {
    answer: Answer,
    replayed: bool,
    /// `true` if the throttle counts a failure.
    failure: bool,
}

impl Outcome {
    /// Returns a new answer. Only `unknown` is a failure.
    const fn new(answer: Answer) -> Self {
        Self {
            answer,
            replayed: false,
            failure: matches!(answer, Answer::Refused(Refusal::Unknown)),
        }
    }

    /// Returns a refusal that is no failure, whatever its reason.
    const fn refused(refusal: Refusal) -> Self {
        Self {
            answer: Answer::Refused(refusal),
            replayed: false,
            failure: false,
        }
    }
}

/// One verification.
struct Attempt<'a> {
    ring: &'a KeyRing,
    user: &'a Name,
    request: &'a VerifyRequest<'a>,
    replay: &'a ReplayPolicy,
    now: DateTime<Utc>,
}

impl Attempt<'_> {
    /// Answers unless the user is locked out, and counts a failure.
    fn throttled(
        &self,
        rows: &mut dyn Transaction,
        policy: &ThrottlePolicy,
        parts: &mut EventParts,
    ) -> Result<Outcome, Error> {
        let mut throttle = rows.throttle(self.user)?;
        let stored = throttle;
        let outcome = if let Err(locked) = throttle.check(policy, self.now) {
            Outcome::refused(locked)
        } else {
            let outcome = self.read(rows, parts)?;
            match outcome.answer {
                Answer::Granted { .. } if !outcome.replayed => throttle.reset(),
                _ if outcome.failure => throttle.fail(policy, self.now),
                _ => {}
            }
            outcome
        };
        if throttle != stored {
            rows.set_throttle(self.user, &throttle)?;
        }
        Ok(outcome)
    }

    /// Reads the text, and answers it.
    fn read(&self, rows: &mut dyn Transaction, parts: &mut EventParts) -> Result<Outcome, Error> {
        let mut formats = rows.formats()?;
        if formats.is_empty() {
            formats.push(CodeFormat::ONLINE);
        }
        // This does not depend on the codes of the user: a guesser must not learn whether
        // there are any.
        let codes = match CodeFormat::normalize_any(&formats, self.request.text) {
            Ok(codes) => codes,
            Err(malformed) => return Ok(Outcome::refused(malformed.into())),
        };
        let readings: Vec<Reading> = codes.into_iter().map(|code| self.reading(code)).collect();
        let Some(key) = self.request.idempotency_key else {
            let (answer, _) = self.decide(rows, &readings, parts)?;
            return Ok(Outcome::new(answer));
        };
        if let Some(stored) = rows.verification(self.user, key)? {
            return self.repeated(rows, &readings, &stored, parts);
        }
        let (answer, typed) = self.decide(rows, &readings, parts)?;
        let first = || readings.first().map(|reading| &reading.code);
        if let Some(typed) = typed.or_else(first) {
            rows.insert_verification(&self.sealed(typed, &answer)?)?;
        }
        Ok(Outcome::new(answer))
    }

    fn reading(&self, code: Code) -> Reading {
        Reading {
            digests: self.ring.online_digests(self.user, &code).collect(),
            code,
        }
    }

    /// Seals an answer, to be replayed.
    fn sealed(&self, typed: &Code, answer: &Answer) -> Result<Sealed<Verification>, Error> {
        let answer = serde_json::to_vec(answer).map_err(|error| {
            // Does not happen: an answer is plain data.
            StoreError::Other(error.into())
        })?;
        let sealed = Verification::seal(self.ring, self.request, typed, &answer, self.now)?;
        Ok(sealed)
    }

    /// Answers a request whose idempotency key was used before.
    fn repeated(
        &self,
        rows: &mut dyn Transaction,
        readings: &[Reading],
        stored: &Sealed<Verification>,
        parts: &mut EventParts,
    ) -> Result<Outcome, Error> {
        // Formats may have been added since, and with them other readings.
        let mut replays = readings.iter().map(|reading| {
            let Self {
                ring, request, now, ..
            } = self;
            let answer = stored.replay(ring, request, &reading.code, self.replay, *now);
            answer.map(|answer| (answer, reading))
        });
        let reused = Refusal::IdempotencyKeyReused;
        let replay = replays.find(|replay| !matches!(replay, Err(refusal) if *refusal == reused));
        let (answer, reading) = match replay.unwrap_or(Err(reused)) {
            Ok(replay) => replay,
            Err(refusal) => {
                // It is a guess if the text is no code of this user.
                let failure = refusal == reused && self.find(rows, readings)?.is_none();
                return Ok(Outcome {
                    failure,
                    ..Outcome::refused(refusal)
                });
            }
        };
        let answer: Answer = serde_json::from_slice(answer).map_err(|error| StoreError::Row {
            table: "verifications",
            why: error.to_string(),
        })?;
        if let Answer::Granted { id, expires_at, .. } = answer {
            parts.subject = Some(id.to_string());
            let found = self.find(rows, std::slice::from_ref(reading))?;
            if let Err(refusal) = self.is_still_valid(found, expires_at) {
                return Ok(Outcome::refused(refusal));
            }
        }
        Ok(Outcome {
            answer,
            replayed: true,
            failure: false,
        })
    }

    /// Checks that a code that was granted before was not revoked and has not expired.
    fn is_still_valid(
        &self,
        found: Option<Found<'_>>,
        expires_at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        match found {
            Some(found) => found.record.check_not_ended(self.ring, self.now),
            // It was purged, or its key was retired.
            None if self.now >= expires_at => Err(Refusal::Expired {
                expired_at: expires_at,
            }),
            None => Err(Refusal::Unknown),
        }
    }

    /// Returns the user's code that was typed.
    fn find<'r>(
        &self,
        rows: &mut dyn Transaction,
        readings: &'r [Reading],
    ) -> Result<Option<Found<'r>>, Error> {
        for reading in readings {
            for digest in &reading.digests {
                let record = rows.code(&digest.digest())?;
                let record = record.filter(|record| record.unverified().user == *self.user);
                if let Some(record) = record {
                    return Ok(Some(Found {
                        typed: &reading.code,
                        digest,
                        record,
                    }));
                }
            }
        }
        Ok(None)
    }

    /// Finds the code, lets the core decide, and counts a use. Returns the answer, and the
    /// reading by which the code was found.
    ///
    /// If another transaction changed the record meanwhile, the core decides again about
    /// what it is now.
    fn decide<'r>(
        &self,
        rows: &mut dyn Transaction,
        readings: &'r [Reading],
        parts: &mut EventParts,
    ) -> Result<(Answer, Option<&'r Code>), Error> {
        let Some(found) = self.find(rows, readings)? else {
            return Ok((Answer::Refused(Refusal::Unknown), None));
        };
        let (typed, digest, mut record) = (Some(found.typed), found.digest, found.record);
        let id = record.unverified().id;
        parts.subject = Some(id.to_string());
        for _ in 0..TRIES {
            let granted = match record.check_digest(self.ring, self.request, digest, self.now) {
                Ok(granted) => granted,
                Err(refusal) => return Ok((Answer::Refused(refusal), typed)),
            };
            // A code with any number of uses does not change.
            if granted.record.tag() == record.tag()
                || rows.replace_code(&granted.record, record.tag())?
            {
                let answer = Answer::Granted {
                    id,
                    expires_at: granted.expires_at(),
                    uses_left: granted.uses_left,
                };
                return Ok((answer, typed));
            }
            match rows.code(&digest.digest())? {
                Some(fresh) => record = fresh,
                None => return Ok((Answer::Refused(Refusal::Unknown), typed)),
            }
        }
        Err(StoreError::Conflict(None).into())
    }
}
