//! Offline codes: answering the request code of a machine.

use chrono::{DateTime, TimeZone, Utc};
use stopgap::{
    Action, Actor, Code, Name, Purpose, Validity,
    offline::{Enrolment, OfflinePolicy},
};

use super::{Draft, Registry};
use crate::{error::Error, event::EventKind};

/// The answer to a request code: read it to the person at the machine, once.
#[derive(Debug)]
#[must_use]
pub struct Answered {
    /// The code.
    pub code: Code,
    /// Which machine asked.
    pub machine: Name,
    /// What for.
    pub purpose: Purpose,
    /// For how long.
    pub validity: Validity,
    /// The minute at which the machine showed the request code, by its own clock.
    pub minute: i64,
    /// Until when its lock will be open, if the machine is in the same zone.
    pub expires_at: DateTime<Utc>,
}

impl Registry {
    /// Answers the request code that a user reads from a machine: finds out which
    /// of the user's machines shows it, and computes the code that this machine
    /// accepts once.
    ///
    /// # Errors
    ///
    /// [`Error::Answer`] says what is wrong and what to do next: `malformed`,
    /// `not_enrolled`, `clock_skew`, `unrecognised`, `wrong_purpose`,
    /// `key_missing`. [`Error::Forbidden`] below the help desk, [`Error::Name`],
    /// [`Error::Refused`] where the clock is wrong, [`Error::Store`].
    pub fn answer_request<Z: TimeZone>(
        &self,
        actor: &Actor,
        user: &str,
        typed: &str,
        purpose: Purpose,
        validity: Validity,
        zone: &Z,
    ) -> Result<Answered, Error> {
        let user = Name::new(user)?;
        let ring = self.keys_ring();
        let policy = OfflinePolicy {
            validity,
            ..self.offline
        };
        let mut draft = Draft::of(EventKind::AnswerRequest, &user);
        draft.detail = Some(format!("{purpose} {validity}"));
        self.act(actor, Action::AnswerRequest, draft, |act| {
            let machines = act.rows.machines(&user)?;
            let enrolments: Vec<Enrolment> = machines
                .into_iter()
                .filter(|machine| machine.retired_at.is_none())
                .map(|machine| machine.enrolment)
                .collect();
            let now = act.now.with_timezone(zone);
            let answer = policy.answer(&ring, user.as_str(), &enrolments, typed, purpose, now)?;
            let machine = answer.enrolment.machine.clone();
            act.draft.subject = Some(machine.to_string());
            Ok(Answered {
                code: answer.code,
                machine,
                purpose: answer.purpose,
                validity: answer.validity,
                minute: answer.minute,
                expires_at: answer.expires_at,
            })
        })
    }
}
