//! Validities, words, instants and lives across the border.

use std::ffi::CStr;

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use stopgap::{Life, LifeEvent, LifeState, Purpose, Role, Validity, offline};
use stopgap_c::{
    life::{
        STOPGAP_DELETED, STOPGAP_PERMANENT, stopgap_life_apply, stopgap_life_begin,
        stopgap_life_state_at,
    },
    purpose::{stopgap_purpose_parse, stopgap_purpose_text},
    request::{stopgap_minute_of, stopgap_seconds_left},
    role::{stopgap_role_parse, stopgap_role_text},
    status::{
        STOPGAP_INVALID_VALUE, STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_UNKNOWN_ZONE,
        stopgap_status_message, stopgap_status_name,
    },
    time::STOPGAP_NEVER,
    validity::{
        STOPGAP_MONTH, stopgap_validity_expires_at, stopgap_validity_parse, stopgap_validity_text,
    },
};

use super::memory::{Buffer, Failure, Lent, Outcome, Slot, call};
use crate::draw::Draw;

pub(super) fn invalid(number: u32) -> Failure {
    Failure::found(STOPGAP_INVALID_VALUE, usize::try_from(number).unwrap())
}

/// Any number, near the years that there are more often than not.
pub(super) fn seconds(draw: &mut Draw<'_>) -> i64 {
    match draw.number(0..=7_u8) {
        0 => draw.number(i64::MIN..=i64::MAX),
        1 => draw.one_of(&[i64::MIN, i64::MAX, -62_135_596_801, 253_402_300_800]),
        _ => draw.number(-62_135_700_000..=253_402_400_000),
    }
}

pub(super) fn stored(seconds: i64) -> Outcome<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(|| STOPGAP_TIME_OUT_OF_RANGE.into())
}

/// An instant that is an argument.
pub(super) fn instant(seconds: i64) -> Outcome<DateTime<Utc>> {
    match stored(seconds)? {
        instant if (1..=9999).contains(&instant.year()) => Ok(instant),
        _ => Err(STOPGAP_TIME_OUT_OF_RANGE.into()),
    }
}

/// A zone by its name.
pub(super) fn zone(name: &Lent) -> Outcome<Tz> {
    match name.text()? {
        "" => Ok(Tz::UTC),
        name => name.parse().map_err(|_| STOPGAP_UNKNOWN_ZONE.into()),
    }
}

pub(super) fn zone_name(draw: &mut Draw<'_>) -> Lent {
    let known: [&[u8]; 5] = [
        b"",
        b"UTC",
        b"Europe/Berlin",
        b"Australia/Lord_Howe",
        b"Europe/Berlin\0",
    ];
    let name = match draw.number(0..=7_u8) {
        0 => draw.some(20),
        _ => draw.one_of(&known),
    };
    Lent::new(draw, name)
}

pub(super) fn number(validity: Validity) -> u32 {
    match validity.to_string().strip_suffix('D') {
        Some(days) => days[1..].parse().unwrap(),
        None => STOPGAP_MONTH,
    }
}

pub(super) fn validity_number(draw: &mut Draw<'_>) -> (u32, Outcome<Validity>) {
    let number = match draw.number(0..=7_u8) {
        0 => draw.number(0..=u32::MAX),
        1 => STOPGAP_MONTH,
        _ => draw.number(0..=33),
    };
    let validity = match number {
        STOPGAP_MONTH => Ok(Validity::MONTH),
        days => Validity::days(days).map_err(Failure::from),
    };
    (number, validity)
}

/// A function that reads a word.
macro_rules! parse {
    ($draw:expr, $function:path, $words:expr, $read:expr) => {{
        let draw: &mut Draw<'_> = $draw;
        let words: &[&[u8]] = $words;
        let word = if draw.coin() {
            draw.some(24)
        } else {
            draw.one_of(words)
        };
        let word = Lent::new(draw, word);
        let mut slot = Slot::new();
        let (place, is_place) = slot.perhaps(draw);
        let read = || {
            let word = word.text()?;
            is_place?;
            $read(word)
        };
        let expected: Outcome<u32> = read();
        call(draw, &expected, |error| {
            // SAFETY: the contract of the header.
            unsafe { $function(word.pointer(), word.length(), place, error) }
        });
        assert_eq!(slot.take(expected.is_ok()), expected.ok());
    }};
}

/// A function that writes one.
macro_rules! write {
    ($draw:expr, $function:path, $number:expr, $word:expr) => {{
        let draw: &mut Draw<'_> = $draw;
        let mut buffer = Buffer::new(draw, 24);
        let word: Outcome<String> = buffer.check().and_then(|()| $word);
        let expected = word.clone().and_then(|word| buffer.fits(word.len() + 1));
        call(draw, &expected, |error| {
            let capacity = buffer.capacity();
            // SAFETY: the contract of the header.
            unsafe { $function($number, buffer.pointer(), capacity, buffer.needed(), error) }
        });
        buffer.holds_text(&word);
    }};
}

pub(super) fn words(draw: &mut Draw<'_>) {
    let any = draw.number(0..=5_u32);
    match draw.number(0..=5_u8) {
        0 => parse!(
            draw,
            stopgap_validity_parse,
            &[b"P7D", b"1 month", b"p32d", b"0d", b"7\0d"],
            |word: &str| Ok(number(word.parse()?))
        ),
        1 => {
            let (number, validity) = validity_number(draw);
            write!(
                draw,
                stopgap_validity_text,
                number,
                validity.map(|it| it.to_string())
            );
        }
        2 => parse!(
            draw,
            stopgap_purpose_parse,
            &[b"reset", b"Register", b"BYPASS", b"bypass\0"],
            |word: &str| Ok(word.parse::<Purpose>()?.bit().into())
        ),
        3 => {
            let purpose = match any {
                1 => Ok("reset".to_owned()),
                2 => Ok("register".to_owned()),
                4 => Ok("bypass".to_owned()),
                other => Err(invalid(other)),
            };
            write!(draw, stopgap_purpose_text, any, purpose);
        }
        4 => parse!(
            draw,
            stopgap_role_parse,
            &[
                b"user",
                b"help_desk",
                b"Administrator",
                b"super_administrator"
            ],
            |word: &str| {
                let role: Role = word.parse()?;
                let place = Role::ALL.into_iter().position(|one| one == role);
                Ok(u32::try_from(place.unwrap() + 1).unwrap())
            }
        ),
        _ => {
            let place = usize::try_from(any).unwrap().checked_sub(1);
            let role = place.and_then(|place| Role::ALL.get(place));
            let role = role.map(|role| role.as_str().to_owned());
            write!(
                draw,
                stopgap_role_text,
                any,
                role.clone().ok_or_else(|| invalid(any))
            );
        }
    }
}

pub(super) fn expires_at(draw: &mut Draw<'_>) {
    let (number, validity) = validity_number(draw);
    let (issued, name) = (seconds(draw), zone_name(draw));
    let mut slot = Slot::new();
    let (place, is_place) = slot.perhaps(draw);
    let expires = || {
        let zone = zone(&name)?;
        let issued = instant(issued)?.with_timezone(&zone);
        is_place?;
        Ok(validity?.expires_at(issued)?.timestamp())
    };
    let expected: Outcome<i64> = expires();
    call(draw, &expected, |error| {
        let (pointer, length) = (name.pointer(), name.length());
        // SAFETY: the contract of the header.
        unsafe { stopgap_validity_expires_at(number, issued, pointer, length, place, error) }
    });
    assert_eq!(slot.take(expected.is_ok()), expected.ok());
}

/// Functions of numbers alone, which take any.
pub(super) fn numbers(draw: &mut Draw<'_>) {
    let seconds = seconds(draw);
    assert_eq!(stopgap_minute_of(seconds), seconds.div_euclid(60));
    let left = 60 - seconds.rem_euclid(60);
    assert_eq!(i64::from(stopgap_seconds_left(seconds)), left);
    if let Ok(instant) = stored(seconds) {
        assert_eq!(offline::minute_of(instant), seconds.div_euclid(60));
    }
    let status = match draw.number(0..=3_u8) {
        0 => draw.number(i32::MIN..=i32::MAX),
        _ => draw.number(0..=800),
    };
    for text in [stopgap_status_name(status), stopgap_status_message(status)] {
        assert!(!text.is_null());
        // SAFETY: a text of the library's, which is terminated.
        let text = unsafe { CStr::from_ptr(text) };
        assert!(!text.to_str().unwrap().is_empty());
    }
}

fn life_number(life: Life) -> i64 {
    match life {
        Life::Until(end) => end.timestamp(),
        Life::Permanent => STOPGAP_PERMANENT,
        Life::Deleted => STOPGAP_DELETED,
    }
}

pub(super) fn life_of(number: i64) -> Outcome<Life> {
    match number {
        STOPGAP_PERMANENT => Ok(Life::Permanent),
        STOPGAP_DELETED => Ok(Life::Deleted),
        end => stored(end).map(Life::Until),
    }
}

pub(super) fn event_of(number: u32, expires_at: i64) -> Outcome<LifeEvent> {
    Ok(match number {
        1 => LifeEvent::Edit {
            expires_at: instant(expires_at)?,
        },
        2 => LifeEvent::MakePermanent,
        3 => LifeEvent::Reset,
        4 => LifeEvent::Reactivate,
        5 => LifeEvent::Describe,
        6 => LifeEvent::Delete,
        other => return Err(invalid(other)),
    })
}

/// The members of the struct that says it: the column, and the time or none.
pub(super) fn members(state: LifeState) -> (u32, i64) {
    match state {
        LifeState::Active { expires_at } => (1, expires_at.timestamp()),
        LifeState::Permanent => (2, STOPGAP_NEVER),
        LifeState::Expired { expired_at } => (3, expired_at.timestamp()),
        LifeState::Gone => (4, STOPGAP_NEVER),
    }
}

pub(super) fn lives(draw: &mut Draw<'_>) {
    let (life, now, edit) = (seconds(draw), seconds(draw), seconds(draw));
    let life = match draw.number(0..=3_u8) {
        0 => now.saturating_add(draw.number(-700_000..=100_000)),
        _ => life,
    };
    let mut slot = Slot::new();
    let (place, is_place) = slot.perhaps(draw);
    match draw.number(0..=2_u8) {
        0 => {
            let begun = || {
                is_place?;
                Ok(life_number(Life::begin(instant(now)?)?))
            };
            let expected: Outcome<i64> = begun();
            call(draw, &expected, |error| {
                // SAFETY: the contract of the header.
                unsafe { stopgap_life_begin(now, place, error) }
            });
            assert_eq!(slot.take(expected.is_ok()), expected.ok());
        }
        1 => {
            let event = draw.number(0..=8_u32);
            let applied = || {
                is_place?;
                let life = life_of(life)?;
                let event = event_of(event, edit)?;
                Ok(life_number(life.apply(event, instant(now)?)?))
            };
            let expected: Outcome<i64> = applied();
            call(draw, &expected, |error| {
                // SAFETY: the contract of the header.
                unsafe { stopgap_life_apply(life, event, edit, now, place, error) }
            });
            assert_eq!(slot.take(expected.is_ok()), expected.ok());
        }
        _ => state_at(draw, life, now),
    }
}

fn state_at(draw: &mut Draw<'_>, life: i64, now: i64) {
    let mut slot = Slot::new();
    let (place, is_place) = slot.perhaps(draw);
    let state = || {
        is_place?;
        let life = life_of(life)?;
        Ok(members(life.state(instant(now)?)))
    };
    let expected: Outcome<(u32, i64)> = state();
    call(draw, &expected, |error| {
        // SAFETY: the contract of the header.
        unsafe { stopgap_life_state_at(life, now, place, error) }
    });
    let found = slot.take(expected.is_ok());
    assert_eq!(found.map(|state| (state.kind, state.time)), expected.ok());
}
