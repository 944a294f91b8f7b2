//! Verification of online codes, and the repetition of an answer that was lost.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use stopgap::{
    Attempt, Code, Granted, KeyId, KeyRing, Malformed, Name, OnlineGrant, Purpose, Refusal, Role,
    ThrottlePolicy,
};

use super::{
    Draft, Registry,
    grant::Asked,
    reading::{Reading, read},
    throttle::checked,
};
use crate::{
    error::Error,
    event::EventKind,
    store::{AttemptRow, CodeRow, StoreError, Transaction},
};

/// An answer as it is stored, to be repeated.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Granted {
        expires_at: DateTime<Utc>,
        uses_left: Option<u32>,
    },
    Refused(Refusal),
}

impl Registry {
    /// Verifies the code that a person typed, and counts a use if its uses are limited.
    /// The user's throttle limits failed attempts.
    ///
    /// The caller may name each attempt by an id of 1 to 255 bytes, such as a UUID. If
    /// the answer is lost, the same call with the same id returns the first answer and
    /// consumes nothing. During a lockout it is `throttled`, like every other call.
    /// Another code under that id is refused, and counts as a failure.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`], with `invalid_name` if the user is not a name;
    /// [`Error::AttemptReused`] if the id was used with another user, purpose or code;
    /// [`Error::Name`] if the id is not a name; [`Error::Store`], after which the same
    /// attempt may be repeated.
    pub fn verify_code<'u>(
        &self,
        user: &'u str,
        typed: &str,
        purpose: Purpose,
        attempt: Option<&str>,
    ) -> Result<Granted<'u>, Error> {
        let name = Name::new(user).map_err(Refusal::InvalidName)?;
        let attempt = attempt.map(Name::new).transpose()?;
        let ring = self.keys_ring();
        let looked = self.now()?;
        let asked = self.asked(&ring, &name, typed, purpose, attempt.as_ref(), looked)?;
        if let (Some(asked), None) = (&asked, &attempt)
            && let Some(granted) = self.grant_at_once(asked, user)?
        {
            return Ok(granted);
        }
        let presented_at = |now| Presented {
            ring: &ring,
            user: &name,
            purpose,
            now,
        };
        // If the store repeats the transaction, time has passed.
        let mut looked = Some(looked);
        let answer = self.transact(|rows| {
            let looked = looked.take();
            if let (Some(now), Some(asked), Some(id)) = (looked, &asked, &attempt)
                && let Some(answer) = presented_at(now).at_once(rows, asked, id)?
            {
                return Ok(Ok(answer));
            }
            let now = match looked {
                Some(looked) => self.observed(rows, looked)?,
                None => self.observe(rows)?,
            };
            let presented = presented_at(now);
            let formats = rows.formats()?;
            self.formats_are(&formats);
            let readings = read(&formats, typed);
            let named = match (&attempt, readings.as_deref()) {
                (Some(id), Ok(readings @ [first, ..])) => Some((id, first, readings)),
                _ => None,
            };
            let known = match named {
                Some((id, _, readings)) => rows.attempt(id)?.map(|row| (row, readings)),
                None => None,
            };
            let mut draft = Draft::of(EventKind::VerifyCode, &name);
            draft.detail = Some(purpose.to_string());
            let answer = if let Some((row, readings)) = known {
                draft.detail = Some(format!("{purpose}, asked again"));
                presented.asked_again(rows, &self.throttle, &row, readings)
            } else {
                let answer =
                    presented.through_the_door(rows, &self.throttle, &readings, &mut draft)?;
                if let Some((id, first, _)) = named {
                    rows.insert_attempt(&presented.row_of(id, &first.code, &answer)?)?;
                }
                Ok(answer)
            };
            if let Err(Error::Store(error)) = answer {
                return Err(error.into());
            }
            let mut event = draft.event(now, &name, Role::User)?;
            event.reason = match &answer {
                Ok(Answer::Granted { .. }) => None,
                Ok(Answer::Refused(refusal)) => Some(refusal.reason().into()),
                Err(error) => Some(error.reason().into()),
            };
            rows.append(&event)?;
            Ok(answer)
        })??;
        match answer {
            Answer::Granted {
                expires_at,
                uses_left,
            } => Ok(Granted {
                user,
                purpose,
                expires_at,
                uses_left,
            }),
            Answer::Refused(refusal) => Err(refusal.into()),
        }
    }
}

/// A verification, apart from the code.
struct Presented<'a> {
    ring: &'a KeyRing,
    user: &'a Name,
    purpose: Purpose,
    now: DateTime<Utc>,
}

impl Presented<'_> {
    /// Returns the answer to a new attempt if the store grants it in one statement.
    fn at_once(
        &self,
        rows: &mut dyn Transaction,
        asked: &Asked<'_>,
        id: &Name,
    ) -> Result<Option<Answer>, Error> {
        let (Some(reading), Some(row)) =
            (asked.first_reading(), rows.grant(&asked.presentation())?)
        else {
            return Ok(None);
        };
        let answer = match asked.check(&row)? {
            Ok(granted) => Answer::Granted {
                expires_at: granted.expires_at,
                uses_left: granted.uses_left,
            },
            Err(refusal) => {
                asked.take_back(rows, &row, refusal)?;
                Answer::Refused(refusal)
            }
        };
        rows.insert_attempt(&self.row_of(id, &reading.code, &answer)?)?;
        Ok(Some(answer))
    }

    /// Returns the answer to a new attempt. During a lockout nothing is read.
    fn through_the_door(
        &self,
        rows: &mut dyn Transaction,
        policy: &ThrottlePolicy,
        readings: &Result<Vec<Reading>, Malformed>,
        draft: &mut Draft,
    ) -> Result<Answer, Error> {
        let mut throttle = rows.throttle(self.user)?;
        let before = throttle;
        let verdict = match (throttle.check(policy, self.now), readings) {
            (Err(closed), _) => Err(closed),
            (Ok(()), Err(malformed)) => Err((*malformed).into()),
            (Ok(()), Ok(readings)) => self.decide(rows, readings, draft)?,
        };
        match verdict {
            Ok(_) => throttle.reset(),
            Err(Refusal::Unknown) => throttle.fail(policy, self.now),
            Err(_) => {}
        }
        if throttle != before {
            rows.set_throttle(self.user, &throttle)?;
        }
        Ok(verdict.unwrap_or_else(Answer::Refused))
    }

    /// Returns the answer to a repeated attempt. Another code under its id may be a guess
    /// at the granted one, so the throttle applies here too, and that is a failure.
    fn asked_again(
        &self,
        rows: &mut dyn Transaction,
        policy: &ThrottlePolicy,
        row: &AttemptRow,
        readings: &[Reading],
    ) -> Result<Answer, Error> {
        let (mut throttle, verdict) = checked(rows, policy, self.user, self.now)?;
        verdict?;
        // Formats may have been added since, and with them other readings.
        let mut answers = readings
            .iter()
            .map(|reading| self.first_answer(row, &reading.code));
        let answer = answers
            .find(|answer| !matches!(answer, Err(Error::AttemptReused)))
            .unwrap_or(Err(Error::AttemptReused));
        if matches!(answer, Err(Error::AttemptReused)) {
            throttle.fail(policy, self.now);
            rows.set_throttle(self.user, &throttle)?;
        }
        answer
    }

    /// Finds the code, and returns the core's verdict; counts a use.
    fn decide(
        &self,
        rows: &mut dyn Transaction,
        readings: &[Reading],
        draft: &mut Draft,
    ) -> Result<Result<Answer, Refusal>, Error> {
        for reading in readings {
            for (_, digest) in self.ring.online_digests(self.user, &reading.code) {
                if let Some(row) = rows.code(&digest)? {
                    draft.subject = Some(row.record.id.to_string());
                    return self.consume(rows, reading, row);
                }
            }
        }
        Ok(Err(Refusal::Unknown))
    }

    /// Consumes a code by one conditional statement, if the core grants it. If another
    /// call consumed it first, the core decides again.
    fn consume(
        &self,
        rows: &mut dyn Transaction,
        reading: &Reading,
        mut row: CodeRow,
    ) -> Result<Result<Answer, Refusal>, Error> {
        let typed = reading.code.reveal();
        for _ in 0..2 {
            let grant = OnlineGrant {
                format: reading.format,
                ..row.grant()
            };
            let checked = grant.check_tag(self.ring, &row.tag).and_then(|()| {
                let user = self.user.as_str();
                grant.check(self.ring, user, typed.canonical(), self.purpose, self.now)
            });
            let expires_at = match checked {
                Err(refusal) => return Ok(Err(refusal)),
                Ok(granted) => granted.expires_at,
            };
            let Some(most) = grant.max_uses else {
                return Ok(Ok(Answer::Granted {
                    expires_at,
                    uses_left: None,
                }));
            };
            if let Some(uses) = rows.consume_code(&row.digest)? {
                return Ok(Ok(Answer::Granted {
                    expires_at,
                    uses_left: Some(most.saturating_sub(uses)),
                }));
            }
            match rows.code(&row.digest)? {
                Some(now) => row = now,
                None => return Ok(Err(Refusal::Unknown)),
            }
        }
        Ok(Err(Refusal::UsedUp))
    }

    /// Returns the question and its answer, to be bound by a tag.
    fn attempt<'a>(
        &'a self,
        id: &'a Name,
        key_id: KeyId,
        code: &'a Code,
        answer: &'a str,
    ) -> Attempt<'a> {
        Attempt {
            key_id,
            id,
            user: self.user,
            purpose: self.purpose,
            code,
            answer: answer.as_bytes(),
        }
    }

    /// Returns the row of an answer.
    fn row_of(&self, id: &Name, code: &Code, answer: &Answer) -> Result<AttemptRow, Error> {
        let key_id = self.ring.newest_id();
        let answer = serde_json::to_string(answer).map_err(|error| {
            // Does not happen: an answer is plain data.
            StoreError::Other(error.into())
        })?;
        let attempt = self.attempt(id, key_id, code, &answer);
        let tag = attempt.tag(self.ring).map_err(Refusal::from)?;
        Ok(AttemptRow {
            id: id.clone(),
            key_id,
            answer,
            tag,
            at: self.now,
        })
    }

    /// Returns the answer to an earlier attempt if it was this one.
    fn first_answer(&self, row: &AttemptRow, code: &Code) -> Result<Answer, Error> {
        let attempt = self.attempt(&row.id, row.key_id, code, &row.answer);
        match attempt.check_tag(self.ring, &row.tag) {
            Err(Refusal::Tampered) => Err(Error::AttemptReused),
            Err(refusal) => Err(refusal.into()),
            Ok(()) => serde_json::from_str(&row.answer).map_err(|error| {
                let why = error.to_string();
                let table = "attempts";
                StoreError::Row { table, why }.into()
            }),
        }
    }
}
