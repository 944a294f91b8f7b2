//! Lifetimes of security codes as sequences of events, beside the table of SPEC,
//! "Security codes".

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use stopgap::{
    Access, Actor, KeyId, KeyRing, Life, LifeError, LifeEvent, MasterKey, Refusal, Role,
    SecurityCode,
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
fn events(expires_at: DateTime<Utc>) -> [(&'static str, LifeEvent); 6] {
    [
        ("edit", LifeEvent::Edit { expires_at }),
        ("make_permanent", LifeEvent::MakePermanent),
        ("reset", LifeEvent::Reset),
        ("reactivate", LifeEvent::Reactivate),
        ("describe", LifeEvent::Describe),
        ("delete", LifeEvent::Delete),
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
                Ok(Self::Until(next))
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

fn nanos(instant: DateTime<Utc>) -> i128 {
    i128::from(instant.timestamp()) * SECOND + i128::from(instant.timestamp_subsec_nanos())
}

fn read(life: Life) -> Model {
    match life {
        Life::Until(end) => Model::Until(nanos(end)),
        Life::Permanent => Model::Permanent,
        Life::Deleted => Model::Deleted,
    }
}

static RECORD: LazyLock<(KeyRing, SecurityCode)> = LazyLock::new(|| {
    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let (now, access) = (DateTime::UNIX_EPOCH, Access::SuperAdministrator);
    let created = SecurityCode::create(&keys, &root, access, "", now, &mut Same(0));
    (keys, created.unwrap().1)
});

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
    let (keys, record) = &*RECORD;
    let mut record = record.clone();
    let mut now = draw.instant(0..=4_000_000_000);
    record.life = match draw.number(0..=3_u8) {
        0 => Life::Permanent,
        1 => Life::Until(instant(&mut draw, now)),
        _ => {
            let begun = Life::begin(now).unwrap();
            assert_eq!(read(begun), Model::Until(nanos(now) + DAY));
            begun
        }
    };
    for _ in 0..24 {
        if draw.is_empty() {
            break;
        }
        let near = match record.life {
            Life::Until(end) if draw.coin() => end,
            _ => now,
        };
        now = instant(&mut draw, near);
        let before = read(record.life);
        let column = before.column(nanos(now));
        let states = ["active", "permanent", "expired", "gone"];
        assert_eq!(record.state(now).as_str(), states[column]);
        match draw.number(0..=6_usize) {
            6 => authenticate(keys, &record, column, now),
            row => {
                let edit = instant(&mut draw, now);
                let role = match draw.number(0..=7_u8) {
                    0 => draw.one_of(&Role::ALL),
                    _ => Role::SuperAdministrator,
                };
                event(&mut record, row, role, edit, now);
            }
        }
    }
}

fn authenticate(keys: &KeyRing, record: &SecurityCode, column: usize, now: DateTime<Utc>) {
    let code = "0000 0000 0000 0000 0000 0000 0000 0000";
    let verdict = record.authenticate(keys, code, |_| Role::User, now);
    let expected = if civil::in_range(now.timestamp()) {
        cell("authenticate", column)
    } else {
        "time_out_of_range"
    };
    let reason = verdict.map_or_else(|refusal| refusal.reason(), |_| "yes");
    assert_eq!(reason, expected, "{record:?} at {now}");
    if let (Err(Refusal::Expired { expired_at }), life) = (verdict, record.life) {
        assert_eq!(life, Life::Until(expired_at));
    }
}

fn event(
    record: &mut SecurityCode,
    row: usize,
    role: Role,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) {
    let (row, event) = events(expires_at)[row];
    let before = record.life;
    let expected = match role {
        Role::SuperAdministrator => read(before).apply(row, nanos(expires_at), nanos(now)),
        _ => Err("forbidden"),
    };
    let actor = Actor::new("dana", role).unwrap();
    let applied = record.apply(&actor, event, now);
    if let (Err(LifeError::Expired { expired_at }), life) = (applied, before) {
        assert_eq!(life, Life::Until(expired_at));
    }
    let reason = applied.map_err(|error| error.reason());
    let found = reason.map(|()| read(record.life));
    assert_eq!(
        found, expected,
        "{row} of {before:?} at {now}, {expires_at}"
    );
    if found.is_err() {
        assert_eq!(record.life, before);
    }
}
