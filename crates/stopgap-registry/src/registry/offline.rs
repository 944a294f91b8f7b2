//! Offline codes: answers to the request codes of machines.

use chrono::{DateTime, TimeZone, Utc};
use stopgap::{
    Action, Actor, Code, Name, Purpose, Sealed, Validity, VerifyRequest,
    offline::{Enrolment, OfflinePolicy},
};

use super::{Registry, loaded::Needs, machine::of_user, parts::EventParts};
use crate::{error::Error, event::EventKind};

/// The answer to a request code, to be read once to the person at the machine.
#[derive(Debug)]
#[must_use]
pub struct Answered {
    /// The code.
    pub code: Code,
    /// The machine that asked.
    pub machine: Name,
    /// The purpose.
    pub purpose: Purpose,
    /// The validity of the password-only lock; `P1D` for `reset`, which has no lock.
    pub validity: Validity,
    /// The minute at which the machine showed the request code, by its own clock.
    pub minute: i64,
    /// The end of the password-only lock if the machine is in the same zone; `None` for
    /// `reset`, which does not change the lock.
    pub expires_at: Option<DateTime<Utc>>,
    /// `true` if the machine may refuse the answer, because the request code is older
    /// than its window: ask for a new one if it does.
    pub late: bool,
}

impl Registry {
    /// Answers the request code that a user reads from a machine: finds the machine
    /// among the user's, and computes the code that it accepts once. An idempotency key
    /// has no meaning here.
    ///
    /// # Errors
    ///
    /// [`Error::Request`], whose message says what is wrong and what to do next:
    /// `malformed`, `not_enrolled`, `clock_skew`, `unrecognised`, `wrong_purpose`,
    /// `key_missing`, `tampered`. [`Error::InvalidValue`] if the validity is in minutes or
    /// hours. [`Error::Forbidden`] below the help desk, [`Error::InvalidName`],
    /// [`Error::Refused`] if the clock is wrong, [`Error::Store`].
    pub fn answer_request<Z: TimeZone>(
        &self,
        actor: &Actor,
        request: &VerifyRequest<'_>,
        validity: Validity,
        zone: &Z,
    ) -> Result<Answered, Error> {
        let user = Name::new(request.user)?;
        let purpose = request.purpose;
        let policy = OfflinePolicy {
            validity,
            ..self.offline
        };
        let mut parts = EventParts::of(EventKind::AnswerRequest, &user).context(&request.context);
        parts.detail = Some(match purpose {
            Purpose::Reset => purpose.to_string(),
            Purpose::Register | Purpose::Bypass => format!("{purpose} {validity}"),
        });
        let mut needs = Needs::new();
        let machines = needs.select(of_user(&user));
        self.act(
            actor,
            Action::AnswerRequest,
            &parts,
            &needs,
            |act, parts| {
                let machines: Vec<Sealed<Enrolment>> = act.loaded.all(machines)?;
                let now = act.now.with_timezone(zone);
                let answer = policy.answer(act.ring, &machines, request, now)?;
                let machine = answer.enrolment.machine.clone();
                parts.subject = Some(machine.to_string());
                Ok(Answered {
                    code: answer.code,
                    machine,
                    purpose: answer.purpose,
                    validity: answer.validity,
                    minute: answer.minute,
                    expires_at: answer.expires_at,
                    late: answer.late,
                })
            },
        )
    }
}
