//! Sessions of an agent as random sequences of events, beside a model written from SPEC,
//! "Redeeming", "Sealed state" and "Throttle".

use chrono::{DateTime, FixedOffset};
use stopgap::{
    Alphabet, CodeFormat, EnrolmentKey, Purpose, Refusal, ThrottlePolicy, Validity,
    offline::{Agent, AgentPolicy, PasswordOnlyLock, Redeemed, SealedState},
};

use crate::{
    civil,
    draw::Draw,
    normalize,
    state::{Fields, NEVER, state_key},
};

/// The most events of a session.
const EVENTS: usize = 24;

/// An answer of the help desk.
#[derive(Clone, Copy, Debug)]
struct Answer {
    minute: i64,
    purpose: Purpose,
    validity: Validity,
}

/// The meaning of a typed text.
#[derive(Clone, Copy, Debug)]
enum Typed {
    Nothing(stopgap::Malformed),
    Answer(Answer),
    Guess,
}

/// The end of the lock, if one is active, or the refusal and its time.
type Verdict<T = Option<i64>> = Result<T, (&'static str, Option<i64>)>;

fn verdict(result: Result<Option<PasswordOnlyLock>, Refusal>) -> Verdict {
    let until = result.map(|lock| lock.map(|lock| lock.until.timestamp()));
    until.map_err(refused)
}

fn refused(refusal: Refusal) -> (&'static str, Option<i64>) {
    let time = match refusal {
        Refusal::Expired { expired_at } => Some(expired_at),
        Refusal::Throttled { until } => until,
        Refusal::ClockRolledBack { seen } => Some(seen),
        _ => None,
    };
    (refusal.reason(), time.map(|time| time.timestamp()))
}

/// The machine of SPEC. Times are Unix seconds.
#[derive(Debug)]
struct Model {
    policy: AgentPolicy,
    kept: Fields,
}

impl Model {
    /// Step 2.
    fn see(&mut self, now: i64) -> Verdict<()> {
        if !civil::in_range(now) {
            return Err(("time_out_of_range", None));
        }
        let floor = self.kept.clock_floor;
        let tolerance = i64::from(self.policy.clock_tolerance_seconds);
        if floor != NEVER && now < floor - tolerance {
            return Err(("clock_rolled_back", Some(floor)));
        }
        self.kept.clock_floor = floor.max(now);
        Ok(())
    }

    fn redeem(&mut self, typed: Typed, purpose: Purpose, now: i64, ahead: i64) -> Verdict {
        if let Typed::Nothing(_) = typed {
            return Err(("malformed", None));
        }
        if purpose == Purpose::Register {
            return Err(("wrong_purpose", None));
        }
        self.see(now)?;
        let throttle = self.policy.throttle;
        let latest = now + i64::from(throttle.max_delay_seconds);
        self.kept.locked_until = self.kept.locked_until.min(latest);
        if self.kept.failures >= throttle.hard_limit {
            return Err(("throttled", None));
        }
        if now < self.kept.locked_until {
            return Err(("throttled", Some(self.kept.locked_until)));
        }
        let window = i64::from(self.policy.window_minutes);
        let back = i64::from(self.policy.diagnose_minutes);
        if let Typed::Answer(answer) = typed
            && answer.purpose == purpose
        {
            let age = now.div_euclid(60) - answer.minute;
            let used = self.kept.last_minute != NEVER && answer.minute <= self.kept.last_minute;
            if (0..=window).contains(&age) || (window < age && age <= back) {
                if used {
                    return Err(("used_up", None));
                }
                if age > window {
                    return Err(("expired", Some((answer.minute + window + 1) * 60)));
                }
                // The validity has no meaning for a reset, which changes no lock.
                let end = if purpose == Purpose::Bypass {
                    let end = civil::expiry(answer.validity, answer.minute * 60, ahead);
                    let end = end.ok_or(("time_out_of_range", None))?;
                    if now >= end {
                        return Err(("expired", Some(end)));
                    }
                    Some(end)
                } else {
                    None
                };
                self.kept.last_minute = answer.minute;
                self.forget();
                return Ok(end.map(|end| self.extend(end)));
            }
        }
        self.kept.failures += 1;
        let failures = self.kept.failures;
        self.kept.locked_until = NEVER;
        if failures >= throttle.free && failures < throttle.hard_limit {
            let first = i64::from(throttle.first_delay_seconds);
            let delay = first.saturating_mul(2_i64.saturating_pow(failures - throttle.free));
            self.kept.locked_until = now + delay.min(throttle.max_delay_seconds.into());
        }
        Err(("unknown", None))
    }

    fn forget(&mut self) {
        self.kept.failures = 0;
        self.kept.locked_until = NEVER;
    }

    fn extend(&mut self, end: i64) -> i64 {
        self.kept.lock_end = self.kept.lock_end.max(end);
        self.kept.lock_end
    }

    fn activate(&mut self, end: i64, now: i64) -> Verdict {
        self.see(now)?;
        if !civil::in_range(end) {
            return Err(("time_out_of_range", None));
        }
        if now < end {
            self.extend(end);
        }
        Ok(self.active(now))
    }

    fn lock(&mut self, now: i64) -> Verdict {
        self.see(now)?;
        Ok(self.active(now))
    }

    fn active(&self, now: i64) -> Option<i64> {
        Some(self.kept.lock_end).filter(|end| now < *end)
    }
}

/// Draws figures near those of the protocol. The agent computes a MAC for each minute, so
/// it looks back only a short time.
fn policy(draw: &mut Draw<'_>) -> AgentPolicy {
    let alphabet = draw.one_of(&[Alphabet::UNAMBIGUOUS, Alphabet::HEX]);
    match draw.number(0..=63_u8) {
        63 => AgentPolicy {
            alphabet,
            diagnose_minutes: 90,
            ..AgentPolicy::default()
        },
        _ => AgentPolicy {
            alphabet,
            window_minutes: draw.number(0..=6),
            diagnose_minutes: draw.number(0..=10),
            clock_tolerance_seconds: draw.one_of(&[120, 0, 1, 59, 4_000]),
            throttle: ThrottlePolicy {
                free: draw.number(0..=5),
                first_delay_seconds: draw.one_of(&[60, 0, 1, 3_600, u32::MAX]),
                max_delay_seconds: draw.one_of(&[3_600, 0, 61, 7_200]),
                hard_limit: draw.one_of(&[100, 0, 1, 3, 9]),
            },
        },
    }
}

struct Session<'a> {
    draw: Draw<'a>,
    key: [u8; 32],
    sealer: [u8; 32],
    agent: Agent,
    model: Model,
    answers: Vec<Answer>,
    now: DateTime<chrono::Utc>,
    ahead: i32,
}

impl Session<'_> {
    fn event(&mut self) {
        const STEPS: [i64; 14] = [
            0, 1, -1, 59, 60, 61, -60, -119, -120, -121, 300, 3_600, 86_400, -86_400,
        ];
        match self.draw.number(0..=11_u8) {
            0..=1 => {
                let step = self.draw.one_of(&STEPS);
                self.set(self.now.timestamp() + step);
            }
            2 => {
                let seconds = self.draw.number(-3_000_000_000..=3_000_000_000);
                self.set(seconds);
            }
            3..=4 => self.answer(),
            5..=7 => self.redeem(),
            8 => self.restart(),
            9 => self.look(),
            10 => self.activate(),
            _ => self.unlock(),
        }
        let sealed = self.model.kept.sealed(&self.sealer);
        assert_eq!(self.agent.seal().as_bytes()[..], sealed, "{:?}", self.model);
    }

    fn set(&mut self, seconds: i64) {
        self.now = self.draw.instant(seconds..=seconds);
    }

    fn answer(&mut self) {
        let shown = self.now.timestamp().div_euclid(60);
        self.answers.push(Answer {
            minute: shown + self.draw.number(-1..=1),
            purpose: self.draw.one_of(&[Purpose::Bypass, Purpose::Reset]),
            validity: self.draw.validity(),
        });
    }

    /// Draws a typed text, and returns its meaning.
    fn typed(&mut self) -> (String, Typed) {
        let alphabet = self.model.policy.alphabet;
        let form = self.draw.number(0..=7_u8);
        if form == 7 || self.answers.is_empty() {
            let text = self.draw.text(24);
            let format = CodeFormat::new(alphabet, 16);
            let typed = normalize::model(&format, &text);
            return (text, typed.map_or_else(Typed::Nothing, |_| Typed::Guess));
        }
        let answer = self.draw.one_of(&self.answers);
        let mut key = self.key;
        // The key of another machine.
        key[31] = u8::from(form == 6);
        let key = EnrolmentKey::from_bytes(key);
        let code = key.offline_code(answer.minute, answer.purpose, answer.validity, &alphabet);
        let code = code.unwrap();
        let code = code.reveal();
        match form {
            0..=2 => (code.as_str().to_owned(), Typed::Answer(answer)),
            3 => (code.canonical().to_lowercase(), Typed::Answer(answer)),
            4 => {
                let typed = code.as_str().replace('-', " \u{2013}\u{200B}");
                (format!("\u{201C}{typed}.\u{201D}"), Typed::Answer(answer))
            }
            5 => {
                let place = self.draw.number(0..=15);
                let mut symbols: Vec<char> = code.canonical().chars().collect();
                let others = alphabet.symbols().chars();
                let mut others = others.filter(|other| *other != symbols[place]);
                symbols[place] = others.nth(self.draw.number(0..=14)).unwrap();
                (String::from_iter(symbols), Typed::Guess)
            }
            _ => (code.as_str().to_owned(), Typed::Guess),
        }
    }

    fn redeem(&mut self) {
        let (text, typed) = self.typed();
        let purpose = match (self.draw.number(0..=9_u8), typed) {
            (0, _) => Purpose::Register,
            (1, _) => Purpose::Reset,
            (_, Typed::Answer(answer)) => answer.purpose,
            _ => Purpose::Bypass,
        };
        let zone = FixedOffset::east_opt(self.ahead).unwrap();
        let now = self.now.with_timezone(&zone);
        let step = self.agent.redeem(&text, purpose, now);
        let (state, result) = (step.state().unwrap(), step.confirm());
        if let Typed::Nothing(malformed) = typed {
            assert_eq!(result.unwrap_err(), malformed.into());
        }
        let (now, ahead) = (self.now.timestamp(), self.ahead.into());
        let expected = self.model.redeem(typed, purpose, now, ahead);
        let found = verdict(result.map(Redeemed::password_only_lock));
        assert_eq!(found, expected, "{typed:?} {purpose:?} {now}");
        assert_eq!(state.as_bytes(), self.agent.seal().as_bytes());
    }

    fn restart(&mut self) {
        let kept = *self.agent.seal().as_bytes();
        let sealed = SealedState::from_slice(&kept).unwrap();
        let agent = Agent::resume(EnrolmentKey::from_bytes(self.key), &sealed).unwrap();
        self.agent = agent.with_policy(self.model.policy);
    }

    fn look(&mut self) {
        let shown = self.agent.lock(self.now);
        let stored = self.agent.seal();
        let step = self.agent.log_on(self.now);
        let (state, lock) = (step.state(), step.confirm());
        assert_eq!(shown, lock);
        assert_eq!(verdict(lock), self.model.lock(self.now.timestamp()));
        match state {
            Some(state) => assert_eq!(state.as_bytes(), self.agent.seal().as_bytes()),
            // Only the clock floor and the tag may have changed.
            None => assert_eq!(self.agent.seal().as_bytes()[..24], stored.as_bytes()[..24]),
        }
    }

    fn activate(&mut self) {
        let near = self.now.timestamp();
        let until = match self.draw.number(0..=3_u8) {
            0 => self.draw.instant(-62_200_000_000..=253_500_000_000),
            _ => self.draw.instant(near - 2..=near + 100_000),
        };
        let lock = PasswordOnlyLock { until };
        let activated = self.agent.activate(lock, self.now).confirm();
        let expected = self.model.activate(until.timestamp(), near);
        assert_eq!(verdict(activated), expected, "until {until}");
    }

    fn unlock(&mut self) {
        if self.draw.coin() {
            self.agent.clear_lock().confirm();
            self.model.kept.lock_end = NEVER;
        } else {
            self.agent.unlock().confirm();
            self.model.forget();
        }
    }
}

pub fn target(data: &[u8]) {
    let mut draw = Draw::new(data);
    let key = draw.key();
    let policy = policy(&mut draw);
    let ahead = draw.one_of(&[0, 3_600, -34_200, 86_399, -86_399]);
    let start = match draw.number(0..=15_u8) {
        0 => draw.number(-62_135_700_000..=-62_135_500_000),
        1 => draw.number(253_399_000_000..=253_402_400_000),
        2 => 0,
        _ => draw.number(1_700_000_000..=1_900_000_000),
    };
    let mut session = Session {
        key,
        sealer: state_key(&key),
        agent: Agent::new(EnrolmentKey::from_bytes(key)).with_policy(policy),
        model: Model {
            policy,
            kept: Fields::NEW,
        },
        answers: Vec::new(),
        now: draw.instant(start..=start),
        ahead,
        draw,
    };
    for _ in 0..EVENTS {
        if session.draw.is_empty() {
            break;
        }
        session.event();
    }
}
