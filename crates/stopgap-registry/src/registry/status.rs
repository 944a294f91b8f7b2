//! The state of a tenant: its clock, keys, lockouts, and codes that end soon.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer};
use stopgap::{Action, Actor, KeyId, LifecycleState, Name, Preset, Sealed};

use super::{Registry, loaded::Needs, parts::EventParts, throttle::UserThrottle, time};
use crate::{
    error::Error,
    event::{Event, EventKind},
    online::CodeRecord,
    record::{
        Record, Table, code::CodeRow, event, head::HeadRow, key::KeyRow, security_code::SecurityRow,
    },
    registry::key::KeyRecord,
    store::{Row, Selection, StoreError},
};

/// The users whom a status lists.
const LISTED: usize = 100;
/// The newest purges that are looked at: some were refused, or only counted.
const PURGES: usize = 100;

/// The state of a tenant at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The tenant.
    pub tenant: Name,
    /// The time of the registry's clock.
    pub now: DateTime<Utc>,
    /// The latest time that the tenant's registries have stored; `None` if none was stored.
    pub seen_at: Option<DateTime<Utc>>,
    /// The time of the store, if it has a clock of its own.
    pub store_time: Option<DateTime<Utc>>,
    /// The keys that the store knows, by id.
    pub keys: Vec<KeyRecord>,
    /// The compromised keys whose records were not all ended, in some tenant.
    pub not_ended: Vec<KeyId>,
    /// The number of users who are locked out.
    pub locked_users: u64,
    /// At most 100 users who are locked out: those whom only an administrator can unlock first,
    /// then by name.
    pub locked: Vec<UserThrottle>,
    /// The number of users whom only an administrator can unlock.
    pub locked_without_end: u64,
    /// The number of online codes that can be used, now or later.
    pub codes: u64,
    /// The number of those that expire before the end that was asked for.
    pub codes_ending: u64,
    /// The number of security codes that can be used.
    pub security_codes: u64,
    /// The number of those that expire before the end that was asked for.
    pub security_codes_ending: u64,
    /// The number of presets, heads, codes and security codes that cannot be read, and are counted
    /// nowhere else: see [`Registry::check`].
    pub unreadable: u64,
    /// The days for which a purge must keep events.
    pub log_retention_days: u32,
    /// The time of the last purge that was not refused; `None` if the log has none.
    pub purged_at: Option<DateTime<Utc>>,
}

/// A clock, compared with the latest time that was stored, and with the store's own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClockState {
    /// It is right, as far as the store can tell.
    Right,
    /// It was set back: calls are refused.
    SetBack,
    /// It differs from the store's clock by more than is tolerated: calls are refused.
    Differs {
        /// The seconds by which it is ahead; negative if it is behind.
        seconds: i64,
    },
}

impl ClockState {
    /// Returns `right`, `set_back` or `differs`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::SetBack => "set_back",
            Self::Differs { .. } => "differs",
        }
    }
}

impl Serialize for ClockState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Status {
    /// Returns the state of the clock, which may differ from the store's by `tolerance`.
    #[must_use]
    pub fn clock(&self, tolerance: Option<TimeDelta>) -> ClockState {
        match time::not_apart(self.now, self.store_time, tolerance) {
            Err(Error::ClockDiffers { seconds }) => ClockState::Differs { seconds },
            _ if time::not_set_back(self.now, self.seen_at).is_err() => ClockState::SetBack,
            _ => ClockState::Right,
        }
    }

    fn head(&mut self, one: UserThrottle) {
        if !one.is_locked {
            return;
        }
        self.locked_users = self.locked_users.saturating_add(1);
        let has_end = one.has_end();
        if !has_end {
            self.locked_without_end = self.locked_without_end.saturating_add(1);
        }
        if self.locked.len() >= LISTED {
            let last = self.locked.pop_if(|last| !has_end && last.has_end());
            if last.is_none() {
                return;
            }
        }
        let place = self
            .locked
            .partition_point(|other| (other.has_end(), &other.user) <= (has_end, &one.user));
        self.locked.insert(place, one);
    }

    fn code(&mut self, code: &CodeRecord, end: DateTime<Utc>) {
        if code.state(self.now).is_live() {
            self.codes = self.codes.saturating_add(1);
            let is_ending = code.expires_at < end;
            self.codes_ending = self.codes_ending.saturating_add(is_ending.into());
        }
    }

    fn security_code(&mut self, state: LifecycleState, end: DateTime<Utc>) {
        let is_ending = match state {
            LifecycleState::Active { expires_at } => expires_at < end,
            LifecycleState::Permanent => false,
            LifecycleState::Expired { .. } | LifecycleState::Gone => return,
        };
        self.security_codes = self.security_codes.saturating_add(1);
        self.security_codes_ending = self.security_codes_ending.saturating_add(is_ending.into());
    }

    /// Reads a row; counts one that cannot be read.
    fn read<R: Record>(&mut self, row: &Row) -> Option<R> {
        let read = R::of(row).ok();
        if read.is_none() {
            self.unreadable = self.unreadable.saturating_add(1);
        }
        read
    }
}

impl Registry {
    /// The seconds by which a clock may differ from that of the store, unless
    /// [`Builder::clock_tolerance`](crate::Builder::clock_tolerance) sets them.
    pub const CLOCK_TOLERANCE_SECONDS: i64 = 120;

    /// Returns the state of the tenant, and the numbers of codes that expire before `end`. It
    /// reads all heads and codes, but keeps few of them in memory.
    ///
    /// It works by a clock that was set back as well, and shows it. If the clock may differ from
    /// the store's, open the registry with
    /// [`clock_tolerance(None)`](crate::Builder::clock_tolerance).
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator, [`Error::Refused`] if the clock is outside
    /// the years 1970 to 9999, [`Error::Store`].
    pub fn status(&self, actor: &Actor, end: DateTime<Utc>) -> Result<Status, Error> {
        self.status_by(actor, EventKind::ShowStatus, end)
    }

    /// Returns the state of the tenant, and leaves an event of this kind.
    pub(super) fn status_by(
        &self,
        actor: &Actor,
        kind: EventKind,
        end: DateTime<Utc>,
    ) -> Result<Status, Error> {
        let mut status = self.begin_status(actor, kind)?;
        for key in &mut status.keys {
            let is_needed = match self.is_needed(key.id, status.now) {
                // Records that cannot be read may need it.
                Err(Error::Store(StoreError::Row { .. })) => true,
                looked => looked?,
            };
            key.needed = is_needed && !key.compromised;
            if is_needed && key.compromised {
                status.not_ended.push(key.id);
            }
        }
        self.pages(Table::Presets, |rows| {
            for row in rows {
                status.read::<Sealed<Preset>>(row);
            }
            Ok(())
        })?;
        self.pages(Table::Heads, |rows| {
            let ring = self.keys_ring();
            for row in rows {
                let head = status.read::<HeadRow>(row);
                let shown = head.map(|head| self.shown(head, &ring, status.now));
                if let Some(shown) = shown.transpose()? {
                    status.head(shown);
                }
            }
            Ok(())
        })?;
        self.pages(Table::Codes, |rows| {
            for row in rows {
                if let Some(code) = status.read::<CodeRow>(row) {
                    status.code(&CodeRecord::of(&code), end);
                }
            }
            Ok(())
        })?;
        self.pages(Table::SecurityCodes, |rows| {
            for row in rows {
                if let Some(code) = status.read::<SecurityRow>(row) {
                    let state = code.record.unverified().state(status.now);
                    status.security_code(state, end);
                }
            }
            Ok(())
        })?;
        Ok(status)
    }

    /// Checks the role, leaves the event, and returns what one look at the store shows.
    fn begin_status(&self, actor: &Actor, kind: EventKind) -> Result<Status, Error> {
        let mut needs = Needs::new();
        let known = needs.select::<KeyRow>(Selection::all(Table::Keys));
        let purges = vec![EventKind::Purge.as_str().into()];
        let purges = Selection::index(Table::Events, &event::BY_KIND, purges);
        let purges = needs.select::<Event>(purges.descending().limit(PURGES));
        // A clock that was set back is no error here.
        self.transact(&needs, |act| {
            let may = actor.may(Action::ReadLog);
            let mut parts = EventParts::new(kind);
            if may.is_err() {
                parts.reason = Some("forbidden".into());
            }
            act.append(&parts, actor)?;
            let known = act.loaded.all(known)?;
            let keys = known.iter().map(|row| KeyRecord::of(row, act)).collect();
            let purges = act.loaded.rows(purges).iter().map(Event::shown);
            let mut purges = purges.filter(Event::has_purged);
            let status = Status {
                tenant: self.tenant.clone(),
                now: act.now,
                seen_at: act.tenant().seen_at,
                store_time: act.loaded.0.time.map(time::whole_micros),
                keys,
                not_ended: Vec::new(),
                locked_users: 0,
                locked: Vec::new(),
                locked_without_end: 0,
                codes: 0,
                codes_ending: 0,
                security_codes: 0,
                security_codes_ending: 0,
                unreadable: 0,
                log_retention_days: act.tenant().log_days,
                purged_at: purges.next().map(|event| event.at()),
            };
            Ok(may.map(|()| status))
        })?
        .map_err(Error::from)
    }
}
