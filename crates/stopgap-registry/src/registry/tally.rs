//! Frequent events, counted in memory and stored once a minute.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{Actor, Name, RecordId, Role};

use super::parts::EventParts;

/// The seconds for which events of a subject are counted before they are stored.
const COUNTED_SECONDS: i64 = 60;
/// The most subjects. With more, all are stored.
const SUBJECTS: usize = 4_096;

/// A subject whose events are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// Attempts of a user during a lockout.
    LockedOut(Name),
    /// Uses of a security code by an actor in a role.
    Used(RecordId, Role),
    /// Refused uses of a security code, by the reason.
    Refused(RecordId, &'static str),
    /// Unknown security codes.
    Unknown,
}

/// Events of one subject.
#[derive(Clone, Debug)]
pub(super) struct Count {
    pub(super) subject: Subject,
    pub(super) parts: EventParts,
    pub(super) actor: Actor,
    /// The number of events that are not stored yet.
    pub(super) number: u32,
    /// The time at which the minute began.
    begun_at: DateTime<Utc>,
    /// The time of the last event.
    pub(super) last_at: DateTime<Utc>,
}

/// The events that are counted in memory.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// The process whose events these are.
    generation: u64,
    counts: HashMap<Subject, Count>,
    /// The time at which the first of the minutes began.
    first_begun_at: Option<DateTime<Utc>>,
    /// The users who were locked out when last seen.
    lockouts: HashSet<Name>,
}

impl Tally {
    pub(super) fn new(generation: u64) -> Self {
        Self {
            generation,
            ..Self::default()
        }
    }

    /// Forgets the events of a parent of this process, which stores them itself.
    pub(super) fn leave_to_parent(&mut self, generation: u64) {
        if self.generation != generation {
            self.generation = generation;
            self.counts.clear();
            self.first_begun_at = None;
        }
    }

    /// Counts an event that is stored when its minute has passed.
    pub(super) fn add(
        &mut self,
        subject: Subject,
        now: DateTime<Utc>,
        parts: impl FnOnce() -> (EventParts, Actor),
    ) {
        self.begin(&subject, now, parts);
        if let Some(count) = self.counts.get_mut(&subject) {
            count.number = count.number.saturating_add(1);
            count.last_at = now;
        }
    }

    /// Counts an event that is stored when its minute has passed. Returns `false`, and does
    /// not count it, if it is the first of a minute: the caller stores it at once.
    pub(super) fn add_or_begin(
        &mut self,
        subject: Subject,
        now: DateTime<Utc>,
        parts: impl FnOnce() -> (EventParts, Actor),
    ) -> bool {
        let is_first = self.begin(&subject, now, parts);
        if let Some(count) = self.counts.get_mut(&subject).filter(|_| !is_first) {
            count.number = count.number.saturating_add(1);
            count.last_at = now;
        }
        !is_first
    }

    /// Begins the minute of a subject. Returns `false` if one has begun that has passed
    /// neither, or has events that are not stored yet.
    fn begin(
        &mut self,
        subject: &Subject,
        now: DateTime<Utc>,
        parts: impl FnOnce() -> (EventParts, Actor),
    ) -> bool {
        let begun = self.counts.get(subject);
        if begun.is_some_and(|count| count.number > 0 || is_within(now, count.begun_at)) {
            return false;
        }
        let (parts, actor) = parts();
        let count = Count {
            subject: subject.clone(),
            parts,
            actor,
            number: 0,
            begun_at: now,
            last_at: now,
        };
        self.counts.insert(subject.clone(), count);
        self.first_begun_at = Some(self.first_begun_at.map_or(now, |first| first.min(now)));
        true
    }

    /// Returns `true` if no event is counted.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Returns `true` if a minute has passed, or if there are too many subjects.
    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        let has_passed = |begun_at| !is_within(now, begun_at);
        self.counts.len() > SUBJECTS || self.first_begun_at.is_some_and(has_passed)
    }

    /// Takes the counts whose minute has passed, or all.
    pub(super) fn take(&mut self, now: DateTime<Utc>, all: bool) -> Vec<Count> {
        let all = all || self.counts.len() > SUBJECTS;
        let due: Vec<Subject> = self
            .counts
            .values()
            .filter(|count| all || !is_within(now, count.begun_at))
            .map(|count| count.subject.clone())
            .collect();
        let due = due.iter().filter_map(|subject| self.counts.remove(subject));
        let due = due.filter(|count| count.number > 0).collect();
        self.first_begun_at = self.counts.values().map(|count| count.begun_at).min();
        due
    }

    /// Puts counts back that could not be stored.
    pub(super) fn put_back(&mut self, counts: Vec<Count>) {
        for count in counts {
            let held = self.counts.entry(count.subject.clone());
            held.and_modify(|held| held.number = held.number.saturating_add(count.number))
                .or_insert(count);
        }
        self.first_begun_at = self.counts.values().map(|count| count.begun_at).min();
    }

    /// Forgets that the first event of a subject was stored.
    pub(super) fn forget(&mut self, subject: &Subject) {
        self.counts.remove(subject);
    }

    /// Notes that a user is locked out.
    pub(super) fn lock_out(&mut self, user: &Name) {
        if self.lockouts.len() >= SUBJECTS {
            self.lockouts.clear();
        }
        self.lockouts.insert(user.clone());
    }

    /// Returns `true` if the user was locked out when last seen. The lockout may have ended
    /// since.
    pub(super) fn is_locked_out(&self, user: &Name) -> bool {
        self.lockouts.contains(user)
    }

    pub(super) fn unlock(&mut self, user: &Name) {
        self.lockouts.remove(user);
    }
}

/// Returns `true` less than a minute from an instant, in either direction.
fn is_within(now: DateTime<Utc>, begun_at: DateTime<Utc>) -> bool {
    let minute = TimeDelta::try_seconds(COUNTED_SECONDS).unwrap_or_default();
    now.signed_duration_since(begun_at).abs() < minute
}
