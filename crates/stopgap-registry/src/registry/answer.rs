//! The decision on a verification: from the records that were loaded to an answer.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stopgap::{
    Code, CodeFormat, ComputedDigest, KeyRing, Malformed, Name, RecordId, Refusal, ReplayPolicy,
    Sealed, Verification, VerifyRequest,
};

use crate::{
    error::Error,
    record::code::CodeRow,
    store::{StoreError, Value},
};

/// An answer as it is stored, to be replayed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Granted {
        id: RecordId,
        expires_at: DateTime<Utc>,
        uses_left: Option<u32>,
    },
    Refused {
        /// The code that was found.
        id: Option<RecordId>,
        refusal: Refusal,
    },
}

impl Answer {
    /// Returns the id of the code that was found.
    pub(super) const fn code(&self) -> Option<RecordId> {
        match self {
            Self::Granted { id, .. } => Some(*id),
            Self::Refused { id, .. } => *id,
        }
    }
}

/// The answer to a request, and the changes that it makes.
pub(super) struct Outcome {
    pub(super) answer: Answer,
    /// `true` if it was given before.
    pub(super) is_replay: bool,
    /// `true` if the throttle counts a failure.
    pub(super) is_failure: bool,
    /// The code with its use counted, and as it was loaded.
    pub(super) change: Option<(CodeRow, CodeRow)>,
    /// The answer to be stored under the idempotency key.
    pub(super) verification: Option<Sealed<Verification>>,
}

impl Outcome {
    const fn new(answer: Answer) -> Self {
        Self {
            answer,
            is_replay: false,
            is_failure: false,
            change: None,
            verification: None,
        }
    }

    /// Returns a refusal that changes nothing.
    pub(super) const fn refused(id: Option<RecordId>, refusal: Refusal) -> Self {
        Self::new(Answer::Refused { id, refusal })
    }
}

/// A request, and the codes as which its text can be read.
pub(super) struct Request<'a> {
    pub(super) user: &'a Name,
    pub(super) typed: &'a VerifyRequest<'a>,
    replay: &'a ReplayPolicy,
    readings: Result<Vec<Reading>, Malformed>,
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
    row: CodeRow,
}

impl<'a> Request<'a> {
    /// Reads the text by all formats of the tenant. This does not depend on the codes of the
    /// user: a guesser must not learn whether there are any.
    pub(super) fn read(
        ring: &KeyRing,
        user: &'a Name,
        typed: &'a VerifyRequest<'a>,
        replay: &'a ReplayPolicy,
        formats: &[CodeFormat],
    ) -> Self {
        let default = [CodeFormat::ONLINE];
        let formats = if formats.is_empty() {
            &default
        } else {
            formats
        };
        let codes = CodeFormat::normalize_any(formats, typed.text);
        let reading = |code: Code| Reading {
            digests: ring.online_digests(user, &code).collect(),
            code,
        };
        Self {
            user,
            typed,
            replay,
            readings: codes.map(|codes| codes.into_iter().map(reading).collect()),
        }
    }

    fn readings(&self) -> &[Reading] {
        self.readings.as_deref().unwrap_or_default()
    }

    /// Returns the digests by which the code may be found.
    pub(super) fn digests(&self) -> Vec<Value> {
        let digests = self.readings().iter().flat_map(|reading| &reading.digests);
        digests.map(|digest| (&digest.digest()).into()).collect()
    }

    /// Answers the request, given the codes with these digests and the verification under the
    /// idempotency key.
    pub(super) fn answer(
        &self,
        ring: &KeyRing,
        now: DateTime<Utc>,
        codes: Vec<CodeRow>,
        verification: Option<Sealed<Verification>>,
    ) -> Result<Outcome, Error> {
        if let Err(malformed) = &self.readings {
            return Ok(Outcome::refused(None, (*malformed).into()));
        }
        if let Some(stored) = verification {
            return self.repeated(ring, now, codes, &stored);
        }
        let found = find(self.readings(), self.user, codes);
        let typed = found.as_ref().map(|found| found.typed);
        let mut outcome = self.decide(ring, now, found);
        let first = self.readings().first().map(|reading| &reading.code);
        if let (Some(_), Some(code)) = (self.typed.idempotency_key, typed.or(first)) {
            let answer = serde_json::to_vec(&outcome.answer);
            // Does not happen: an answer is plain data.
            let answer = answer.map_err(|error| StoreError::Other(error.into()))?;
            let sealed = Verification::seal(ring, self.typed, code, &answer, now)?;
            outcome.verification = Some(sealed);
        }
        Ok(outcome)
    }

    /// Lets the core decide, and counts a use.
    fn decide(&self, ring: &KeyRing, now: DateTime<Utc>, found: Option<Found<'_>>) -> Outcome {
        let Some(Found { digest, row, .. }) = found else {
            return Outcome {
                is_failure: true,
                ..Outcome::refused(None, Refusal::Unknown)
            };
        };
        let id = row.sealed.unverified().id;
        let granted = match row.sealed.check_digest(ring, self.typed, digest, now) {
            Ok(granted) => granted,
            // It is a code of this user, so it was not guessed.
            Err(refusal) => return Outcome::refused(Some(id), refusal),
        };
        let mut outcome = Outcome::new(Answer::Granted {
            id,
            expires_at: granted.expires_at(),
            uses_left: granted.uses_left,
        });
        // A code with any number of uses does not change.
        if granted.record.tag() != row.sealed.tag() {
            let used = CodeRow {
                ends_at: match granted.uses_left {
                    Some(0) => now,
                    _ => row.ends_at,
                },
                sealed: granted.record,
                number: row.number,
            };
            outcome.change = Some((used, row));
        }
        outcome
    }

    /// Answers a request whose idempotency key was used before.
    fn repeated(
        &self,
        ring: &KeyRing,
        now: DateTime<Utc>,
        codes: Vec<CodeRow>,
        stored: &Sealed<Verification>,
    ) -> Result<Outcome, Error> {
        let reused = Refusal::IdempotencyKeyReused;
        // Formats may have been added since, and with them other readings.
        let mut replays = self.readings().iter().map(|reading| {
            let code = &reading.code;
            let answer = stored.replay(ring, self.typed, code, self.replay, now);
            answer.map(|answer| (answer, reading))
        });
        let replay = replays.find(|replay| !matches!(replay, Err(refusal) if *refusal == reused));
        let (answer, reading) = match replay.unwrap_or(Err(reused)) {
            Ok(replay) => replay,
            Err(refusal) => {
                let found = find(self.readings(), self.user, codes);
                // It is a guess if the text is no code of this user.
                let is_failure = refusal == reused && found.is_none();
                let id = found.map(|found| found.row.sealed.unverified().id);
                return Ok(Outcome {
                    is_failure,
                    ..Outcome::refused(id, refusal)
                });
            }
        };
        let answer: Answer = serde_json::from_slice(answer).map_err(|error| StoreError::Row {
            table: "verifications",
            why: error.to_string(),
        })?;
        if let Answer::Granted { id, expires_at, .. } = answer {
            let found = find(std::slice::from_ref(reading), self.user, codes);
            if let Err(refusal) = is_still_valid(ring, now, found, expires_at) {
                return Ok(Outcome::refused(Some(id), refusal));
            }
        }
        Ok(Outcome {
            is_replay: true,
            ..Outcome::new(answer)
        })
    }
}

/// Returns the user's code that was typed: the first by the order of the formats and of the
/// keys.
fn find<'r>(readings: &'r [Reading], user: &Name, mut codes: Vec<CodeRow>) -> Option<Found<'r>> {
    codes.retain(|row| row.sealed.unverified().user == *user);
    for reading in readings {
        for digest in &reading.digests {
            let bytes = *digest.digest().as_bytes();
            let place = codes
                .iter()
                .position(|row| *row.sealed.unverified().digest.as_bytes() == bytes);
            if let Some(place) = place {
                return Some(Found {
                    typed: &reading.code,
                    digest,
                    row: codes.swap_remove(place),
                });
            }
        }
    }
    None
}

/// Checks that a code that was granted before was not revoked and has not expired.
fn is_still_valid(
    ring: &KeyRing,
    now: DateTime<Utc>,
    found: Option<Found<'_>>,
    expires_at: DateTime<Utc>,
) -> Result<(), Refusal> {
    match found {
        Some(found) => found.row.sealed.check_not_ended(ring, now),
        // It was purged, or its key was retired.
        None if now >= expires_at => Err(Refusal::Expired {
            expired_at: expires_at,
        }),
        None => Err(Refusal::Unknown),
    }
}
