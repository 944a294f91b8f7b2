//! Lifetimes of security codes as sequences of events, beside the table of SPEC,
//! "Security codes".

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    Access, Actor, KeyId, KeyRing, LifecycleError, LifecycleEvent, Lifetime, MasterKey, Refusal,
    Role, Scopes, Sealed, SecurityCode, SecurityFormat, SecurityRequest,
};

use crate::{
    civil,
    draw::{Draw, Same},
};

/// Active, permanent, expired and gone.
const TABLE: &str = "
    authenticate    yes             yes             expired     unknown
    edit            t               t               expired     not_found
    make_permanent  permanent       permanent       expired     not_found
    reset           24h             24h             expired     not_found
    reactivate      already_active  already_active  24h         not_found
    describe        stays           stays           stays       not_found
    delete          deleted         deleted         deleted     not_found";

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// The events in the order of the table.
fn events(expires_at: DateTime<Utc>) -> [(&'static str, LifecycleEvent<'static>); 6] {
    [
        ("edit", LifecycleEvent::Edit { expires_at }),
        ("make_permanent", LifecycleEvent::MakePermanent),
        ("reset", LifecycleEvent::Reset),
        ("reactivate", LifecycleEvent::Reactivate),
        ("describe", LifecycleEvent::Describe("reports")),
        ("delete", LifecycleEvent::Delete),
    ]
}

fn cell(row: &str, column: usize) -> &'static str {
    let row = TABLE.lines().find(|line| line.trim().starts_with(row));
    row.unwrap().split_whitespace().nth(column + 1).unwrap()
}

/// A lifetime in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Model {
    Until(i128),
    Permanent,
    Deleted,
}

impl Model {
    fn column(self, now: i128) -> usize {
        match self {
            Self::Until(end) if now < end => 0,
            Self::Permanent => 1,
            Self::Until(end) if now < end + 7 * DAY => 2,
            Self::Until(_) | Self::Deleted => 3,
        }
    }

    /// Returns the lifetime after an event by the table, or the reason for its refusal.
    fn apply(self, row: &str, edit: i128, now: i128) -> Result<Self, &'static str> {
        let in_years = |next: i128| {
            let seconds = i64::try_from(next.div_euclid(SECOND)).unwrap();
            if civil::in_range(seconds) {
                Ok(Self::Until(whole(next)))
            } else {
                Err("time_out_of_range")
            }
        };
        in_years(now)?;
        match cell(row, self.column(now)) {
            "t" if edit <= now => Err("expiry_not_in_future"),
            "t" => in_years(edit),
            "permanent" => Ok(Self::Permanent),
            "24h" => in_years(now + DAY),
            "stays" => Ok(self),
            "deleted" => Ok(Self::Deleted),
            refused => Err(refused),
        }
    }
}

/// Returns the time in whole microseconds, the precision of a record.
fn whole(nanos: i128) -> i128 {
    nanos - nanos.rem_euclid(1_000)
}

fn nanos(instant: DateTime<Utc>) -> i128 {
    i128::from(instant.timestamp()) * SECOND + i128::from(instant.timestamp_subsec_nanos())
}

fn read(sealed: &Sealed<SecurityCode>) -> Model {
    match sealed.unverified().lifetime {
        Lifetime::Until(end) => Model::Until(nanos(end)),
        Lifetime::Permanent => Model::Permanent,
        Lifetime::Deleted => Model::Deleted,
    }
}

static KEYS: LazyLock<KeyRing> =
    LazyLock::new(|| KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32])));

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

/// Creates the security code of zeros; `None` if the time or the expiry is out of range.
fn created(now: DateTime<Utc>) -> Option<Sealed<SecurityCode>> {
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let format = SecurityFormat::default();
    let created = SecurityCode::create(&KEYS, &format, &root(), request, now, &mut Same(0));
    let seconds = now.timestamp();
    let in_range = civil::in_range(seconds) && civil::in_range(seconds + civil::DAY);
    assert_eq!(created.is_ok(), in_range, "{now}");
    let (_, sealed) = created.ok()?;
    assert_eq!(read(&sealed), Model::Until(whole(nanos(now) + DAY)));
    Some(sealed)
}

/// Draws an instant near another, perhaps at a boundary, or anywhere.
fn instant(draw: &mut Draw<'_>, near: DateTime<Utc>) -> DateTime<Utc> {
    const STEPS: [i64; 9] = [0, 1, -1, 3_600, 86_400, -86_400, 518_400, 604_800, -604_800];
    let (min, max) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    let seconds = match draw.number(0..=9_u8) {
        0 => draw.number(-62_200_000_000..=253_500_000_000),
        1 => draw.number(min.timestamp()..=max.timestamp()),
        2 => near.timestamp() + draw.number(-700_000..=700_000),
        _ => near.timestamp() + draw.one_of(&STEPS),
    };
    let seconds = seconds.clamp(min.timestamp(), max.timestamp());
    let nanos = match draw.number(0..=3_u8) {
        0..=1 => near.timestamp_subsec_nanos(),
        2 => 0,
        _ => 999_999_999,
    };
    DateTime::from_timestamp(seconds, nanos).unwrap()
}

pub fn target(data: &[u8]) {
    let mut draw = Draw::new(data);
    let mut now = draw.instant(0..=4_000_000_000);
    let new = created(now).unwrap();
    let mut sealed = match draw.number(0..=3_u8) {
        0 => {
            let event = LifecycleEvent::MakePermanent;
            new.apply(&KEYS, &root(), event, now).unwrap()
        }
        1 => {
            // The expiry is a day later, near the instant that was drawn.
            let day = TimeDelta::try_days(1).unwrap();
            let before = instant(&mut draw, now).checked_sub_signed(day);
            before.and_then(created).unwrap_or(new)
        }
        _ => new,
    };
    for _ in 0..24 {
        if draw.is_empty() {
            break;
        }
        let near = match sealed.unverified().lifetime {
            Lifetime::Until(end) if draw.coin() => end,
            _ => now,
        };
        now = instant(&mut draw, near);
        let column = read(&sealed).column(nanos(now));
        let states = ["active", "permanent", "expired", "gone"];
        assert_eq!(sealed.unverified().state(now).as_str(), states[column]);
        match draw.number(0..=6_usize) {
            6 => authenticate(&sealed, column, now),
            row => {
                let edit = instant(&mut draw, now);
                let role = match draw.number(0..=7_u8) {
                    0 => draw.one_of(&Role::ALL),
                    _ => Role::SuperAdministrator,
                };
                event(&mut sealed, row, role, edit, now);
            }
        }
    }
}

fn authenticate(sealed: &Sealed<SecurityCode>, column: usize, now: DateTime<Utc>) {
    let text = "stopgap_0000000000000000000000000000000023024d1e";
    let code = SecurityFormat::default().read(text).unwrap();
    let verdict = sealed.authenticate(&KEYS, &code, |_| Role::User, now);
    let expected = if civil::in_range(now.timestamp()) {
        cell("authenticate", column)
    } else {
        "time_out_of_range"
    };
    let reason = verdict.map_or_else(|refusal| refusal.reason(), |_| "yes");
    assert_eq!(reason, expected, "{sealed:?} at {now}");
    if let Err(Refusal::Expired { expired_at }) = verdict {
        assert_eq!(sealed.unverified().lifetime, Lifetime::Until(expired_at));
    }
}

fn event(
    sealed: &mut Sealed<SecurityCode>,
    row: usize,
    role: Role,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) {
    let (row, event) = events(expires_at)[row];
    let before = read(sealed);
    let expected = match role {
        Role::SuperAdministrator => before.apply(row, nanos(expires_at), nanos(now)),
        _ => Err("forbidden"),
    };
    let actor = Actor::new("dana", role).unwrap();
    let applied = sealed.apply(&KEYS, &actor, event, now);
    if let Err(LifecycleError::Expired { expired_at }) = applied {
        assert_eq!(sealed.unverified().lifetime, Lifetime::Until(expired_at));
    }
    let reason = applied.as_ref().map_err(LifecycleError::reason);
    assert_eq!(
        reason.map(read),
        expected,
        "{row} of {before:?} at {now}, {expires_at}"
    );
    if let Ok(changed) = applied {
        *sealed = changed;
        let described = if row == "describe" { "reports" } else { "" };
        let description = &sealed.open(&KEYS).unwrap().description;
        assert!(description.starts_with(described), "{description}");
    }
}
